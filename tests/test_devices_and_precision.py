"""One meaning of the precisions everywhere."""

import warnings

import pytest
import torch

from pointrecon import devices
from pointrecon.devices import check_precision, in_bfloat16
from pointrecon.errors import InputError

CPU = torch.device("cpu")


def test_auto_and_32_are_float32_on_processors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not in_bfloat16("auto", CPU)
        assert not in_bfloat16("32", CPU)


def test_bf16_warns_where_the_processor_only_imitates_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_processor_has_it", lambda: False)
    with pytest.warns(UserWarning, match="no bfloat16 arithmetic.*auto"):
        assert in_bfloat16("bf16", CPU)
    monkeypatch.setattr(devices, "_processor_has_it", lambda: True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert in_bfloat16("bf16", CPU)


def test_torch_can_be_asked() -> None:
    assert devices._processor_has_it() in (True, False)


def test_other_words_are_refused_by_the_settings_name() -> None:
    with pytest.raises(InputError, match="train.precision must be auto, 32 or bf16, not 'fp8'"):
        check_precision("fp8", "train.precision")
    with pytest.raises(InputError, match="precision must be"):
        in_bfloat16("half", CPU)

"""Answers replayed as a CUDA graph are the plain ones: on a GPU by number, elsewhere which batches are replayed."""

import warnings

import numpy as np
import pytest
import torch
from torch import Tensor

from pointrecon.encode_settings import EncodeSettings
from pointrecon.evaluation.features import embedding_function
from pointrecon.models import create_model
from pointrecon.shapes import as_shapes
from pointrecon.training.captured_answer import CapturedAnswer
from pointrecon.training.cloud_stream import CloudStream
from pretended_cuda import PretendedCuda
from small import SMALL


class Pretended(PretendedCuda):
    """A graph remembers what was captured, and does it again, or wrongly."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        self.done: list[str] = []
        self.wrong = 0.0

    def answer(self, clouds: Tensor) -> Tensor:
        if self.capturing is None:
            self.done.append("plain")
            return clouds.sum((1, 2))
        found = torch.zeros(len(clouds))

        def replay() -> None:
            self.done.append("replayed")
            found.copy_(clouds.sum((1, 2)) + self.wrong)

        self.capturing.replay = replay
        return found


def asked(here: Pretended, captured: CapturedAnswer, *sizes: int) -> list[str]:
    here.done.clear()
    for size in sizes:
        clouds = torch.randn(size, 4, 3)
        torch.testing.assert_close(captured(clouds), clouds.sum((1, 2)))
    return here.done


def test_the_shape_that_came_twice_is_replayed_and_others_are_answered_plainly(monkeypatch) -> None:
    here = Pretended(monkeypatch)
    captured = CapturedAnswer(here.answer, torch.device("cpu"))
    assert asked(here, captured, 8, 3, 8) == ["plain", "plain", "plain", "replayed"]  # the last one is the trial
    assert asked(here, captured, 8, 8, 3, 3, 8) == ["replayed", "replayed", "plain", "plain", "replayed"]


def test_a_graph_casts_weights_itself(monkeypatch) -> None:
    """Autocast's casts of a batch go with it: a graph that read them would read anything later."""
    here, weight = Pretended(monkeypatch), torch.nn.Parameter(torch.randn(3, 3))
    casts: list[int] = []

    def answer(clouds: Tensor) -> Tensor:
        with torch.profiler.profile() as seen:
            clouds @ weight
        casts.append(sum(event.key == "aten::_to_copy" for event in seen.events()))
        return here.answer(clouds)

    captured = CapturedAnswer(answer, torch.device("cpu"))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for _ in range(2):
            captured(torch.randn(8, 4, 3))
    assert casts == [2, 1, 2]  # the clouds and the weight; the weight is known; captured, it is cast again


@pytest.mark.parametrize(("broken", "wrong", "words"), [(True, 0.0, "not permitted$"), (False, 9.0, "otherwise$")])
def test_what_cannot_be_captured_or_answers_otherwise_goes_on_plainly(monkeypatch, broken, wrong, words) -> None:
    here = Pretended(monkeypatch)
    here.broken, here.wrong = broken, wrong
    captured = CapturedAnswer(here.answer, torch.device("cpu"))
    with pytest.warns(UserWarning, match=f"without CUDA graphs.*{words}"):
        asked(here, captured, 8, 8)
    assert asked(here, captured, 8, 8) == ["plain", "plain"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("precision", ["32", "bf16"])
def test_a_captured_stream_gives_what_a_plain_one_gives(precision: str) -> None:
    model = create_model("nano", seed=0, **SMALL)
    shapes = as_shapes(np.random.default_rng(0).normal(size=(35, 200, 3)))
    answer, _ = embedding_function(model, "recon")
    settings = EncodeSettings(device="cuda", batch_size=8, precision=precision)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain, captured = (
            CloudStream(model, shapes, np.arange(35), answer, settings, captured=how).gather() for how in (False, True)
        )
    np.testing.assert_allclose(captured, plain, rtol=1e-2, atol=1e-2)

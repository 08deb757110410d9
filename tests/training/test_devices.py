"""Other precision and other devices: the same losses, wherever they are there."""

import pytest
import torch

from pointrecon import pretrain
from pointrecon.errors import InputError
from pointrecon.training.run_folder import RunFolder
from training_tables import settings, small_table


def last_loss(run) -> float:
    return [line["loss"] for line in RunFolder(run).metrics() if "loss" in line][-1]


def test_bf16_trains_close_to_float32(tmp_path) -> None:
    table = small_table(tmp_path / "t.npz")
    pretrain(table, tmp_path / "full", **settings())
    pretrain(table, tmp_path / "half", **settings(precision="bf16"))
    assert last_loss(tmp_path / "half") == pytest.approx(last_loss(tmp_path / "full"), rel=0.05)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_said(tmp_path) -> None:
    with pytest.raises(InputError, match="no GPU"):
        pretrain(small_table(tmp_path / "t.npz"), tmp_path / "run", **settings(device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("compile", ["on", "capture", "graphs"])
def test_every_way_of_running_on_cuda_gives_the_same_losses(tmp_path, compile: str) -> None:
    """Without dropped paths: torch.compile draws other random numbers."""
    table, how = small_table(tmp_path / "t.npz"), settings(device="cuda")
    how["model"]["drop_path"] = 0.0
    pretrain(table, tmp_path / "plain", **how)
    how["train"]["compile"] = compile
    pretrain(table, tmp_path / "other", **how)
    assert last_loss(tmp_path / "other") == pytest.approx(last_loss(tmp_path / "plain"), rel=0.01)

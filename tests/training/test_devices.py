"""Other precision and other devices: the same losses, wherever they are there."""

import pytest
import torch

from pointrecon import create_model, load_model, pretrain
from pointrecon.errors import InputError
from pointrecon.geometry import normalize
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
def test_cuda_encodes_like_the_cpu_and_trains(tmp_path) -> None:
    model = create_model("nano", seed=0).eval()
    points = normalize(torch.randn(4, 512, 3, generator=torch.Generator().manual_seed(0)))
    with torch.no_grad():
        ours = model.features(points)
        theirs = model.cuda().features(points.cuda()).cpu()
    assert torch.allclose(ours, theirs, atol=1e-4)
    pretrain(small_table(tmp_path / "t.npz"), tmp_path / "run", **settings(device="cuda"))
    load_model(tmp_path / "run" / "model")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_step_on_cuda_never_waits_for_the_device(tmp_path, monkeypatch) -> None:
    """Between two lines of the metrics file no operation may synchronise; torch raises where one does."""
    from pointrecon.training.pretrain_task import PretrainTask

    forward = PretrainTask.forward

    def watched(*args, **kwargs):
        torch.cuda.set_sync_debug_mode("error")
        try:
            return forward(*args, **kwargs)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    pretrain(small_table(tmp_path / "t.npz"), tmp_path / "warm", **settings(device="cuda"))
    monkeypatch.setattr(PretrainTask, "forward", watched)
    pretrain(small_table(tmp_path / "t.npz"), tmp_path / "run", **settings(device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("compile", ["off", "on", "capture", "graphs"])
def test_every_way_of_running_on_cuda_gives_the_same_losses(tmp_path, compile) -> None:
    table = small_table(tmp_path / "t.npz")
    pretrain(table, tmp_path / "cpu", **settings(device="cpu"))
    pretrain(table, tmp_path / "cuda", **settings(device="cuda", precision="32", compile=compile))
    assert last_loss(tmp_path / "cuda") == pytest.approx(last_loss(tmp_path / "cpu"), rel=0.05)

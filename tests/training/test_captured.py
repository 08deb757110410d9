"""A captured step is the plain one: on a GPU with its numbers, elsewhere which batches are captured and replayed."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from pointrecon import pretrain
from pointrecon.training.captured import CapturedStep
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.training_set import StreamingSet, TrainingSet
from pointrecon.training.updating import way_of
from pretended_cuda import PretendedCuda
from tiny_task import shapes
from training_tables import settings, small_table


class Recorded(PretendedCuda):
    """A graph remembers the step it was captured from, and does it again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        self.done: list[tuple[str, list[int]]] = []

    def step(self, index: Tensor) -> dict[str, Tensor]:
        if self.capturing is not None:
            loss = torch.zeros(())
            self.capturing.replay = lambda: (self.done.append(("replayed", index.tolist())), loss.copy_(index.sum()))
            return {"loss": loss}
        self.done.append(("plain", index.tolist()))
        return {"loss": index.sum().float()}


def taken(here: Recorded, captured: CapturedStep, *batches: list[int]) -> list[tuple[str, list[int]]]:
    here.done.clear()
    for batch in batches:
        assert float(captured(torch.tensor(batch))["loss"]) == sum(batch)
    return here.done


def test_each_size_is_captured_after_some_plain_batches_and_again_once_weights_moved(monkeypatch) -> None:
    here, weight = Recorded(monkeypatch), torch.zeros(3)
    captured = CapturedStep(here.step, torch.Generator(), [weight])
    assert [how for how, _ in taken(here, captured, [1], [2], [3])] == ["plain"] * 3
    assert taken(here, captured, [4], [5]) == [("replayed", [4]), ("replayed", [5])]
    assert taken(here, captured, [1, 2], [3]) == [("plain", [1, 2]), ("replayed", [3])]
    moved = captured._graphs[1]
    weight.data = torch.ones(3)
    assert taken(here, captured, [6]) == [("replayed", [6])]
    assert captured._graphs[1] is not moved


def test_a_step_that_cannot_be_captured_goes_on_plainly(monkeypatch) -> None:
    here = Recorded(monkeypatch)
    captured = CapturedStep(here.step, torch.Generator(), [])
    taken(here, captured, [1], [2], [3])
    here.broken = True
    with pytest.warns(UserWarning, match="without CUDA graphs.*: operation not permitted$"):
        assert taken(here, captured, [4]) == [("plain", [4])]
    assert taken(here, captured, [5]) == [("plain", [5])]


@pytest.mark.parametrize(
    ("compile", "cpu", "whole", "partly"),
    [
        ("auto", "off", "capture", "on"), ("capture", "off", "capture", "off"), ("graphs", "on", "graphs", "on"),
        ("on", "on", "on", "on"), ("off", "off", "off", "off"),
    ],
)  # fmt: skip
def test_a_step_runs_as_asked_and_as_can_be(compile: str, cpu: str, whole: str, partly: str) -> None:
    train, held = Training(compile=compile), TrainingSet(shapes(), points=16)
    streamed = StreamingSet(shapes(), points=16)
    device = SimpleNamespace(type="cuda")
    alone, several = (SimpleNamespace(device=device, world_size=world) for world in (1, 2))
    processor = SimpleNamespace(device=torch.device("cpu"), world_size=1)
    assert way_of(train, Optimization(), held, processor) == cpu
    assert way_of(train, Optimization(), held, alone) == whole
    found = [
        way_of(train, Optimization(), held, several),
        way_of(train, Optimization(), streamed, alone),
        way_of(train, Optimization(accumulate=2), held, alone),
    ]
    assert found == [partly] * 3


def losses(run: Any) -> list[float]:
    return [line["loss"] for line in RunFolder(run).metrics() if "loss" in line]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize(("drop_path", "precision"), [(0.0, "32"), (0.3, "32"), (0.3, "bf16")])
def test_a_captured_run_draws_what_a_plain_one_draws(tmp_path, drop_path: float, precision: str) -> None:
    table = small_table(tmp_path / "t.npz", 64)
    for how in ("off", "capture"):
        given = settings(device="cuda", compile=how, log_every=1, epochs=6, precision=precision)
        given["model"]["drop_path"] = drop_path
        pretrain(table, tmp_path / how, **given)
    assert losses(tmp_path / "capture") == pytest.approx(losses(tmp_path / "off"), rel=1e-2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_captured_run_goes_on_where_it_stopped(tmp_path) -> None:
    table = small_table(tmp_path / "t.npz", 64)
    given = settings(device="cuda", compile="capture", log_every=1, epochs=6)
    pretrain(table, tmp_path / "whole", **given)
    given["train"]["stop_after"] = 17
    pretrain(table, tmp_path / "parts", **given)
    pretrain(out=tmp_path / "parts", resume=True, train={"stop_after": 0})
    assert losses(tmp_path / "parts") == pytest.approx(losses(tmp_path / "whole"), rel=1e-2)

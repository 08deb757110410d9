"""Batches added before a step count as one large batch, shape by shape; so do processes.

Not where a loss compares the shapes of a batch (InfoNCE, self-contrast: batches added are batches of their own) or a
batch norm takes statistics (of each batch, and of each process's share).
"""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from pointrecon.models import create_model, model_config
from pointrecon.models.model_config import Teacher
from pointrecon.models.plus.plus_config import plus_config
from pointrecon.training.batches import Batch
from pointrecon.training.objective import Objective, model_for
from pointrecon.training.plus_start import new_plus
from pointrecon.training.pretrain_task import PretrainTask
from small import SMALL
from tiny_task import run_tiny, watched_steps

GOALS = [Objective(), Objective(contrast_loss="cosine"), Objective(contrast_loss="infonce", self_contrast=True)]
OF_PLUS = [Objective(), Objective(contrast_loss="infonce"), Objective(paradigm="contrast", stop_gradient=True)]
EVERY = [*((goal, False) for goal in GOALS), *((goal, True) for goal in OF_PLUS)]


def test_batches_added_are_one_large_batch(tmp_path) -> None:
    _, large = run_tiny(tmp_path / "large", train={"batch_size": 12})
    outcome, added = run_tiny(tmp_path / "added", {"accumulate": 3})
    assert outcome.step == 2
    torch.testing.assert_close(added.model.weight, large.model.weight)


def test_the_last_group_is_divided_by_what_it_holds(tmp_path) -> None:
    still = {"learning_rate": 1e-30, "final_rate": 0, "weight_decay": 0, "clip": 0}
    with watched_steps() as alone:
        run_tiny(tmp_path / "alone", still, {"epochs": 1})
    with watched_steps() as added:
        run_tiny(tmp_path / "added", {**still, "accumulate": 2}, {"epochs": 1})
    torch.testing.assert_close(added[0], (alone[0] + alone[1]) / 2)
    torch.testing.assert_close(added[1], alone[2])  # one batch of four


def whole_batch() -> tuple[Batch, torch.Tensor]:
    """Seven shapes, of which some lack features, and which patches are hidden."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    features = {"image": draw(7, 5), "text": draw(7, 6)}
    present = {"image": torch.arange(7) != 1, "text": torch.arange(7) < 5}
    mask = torch.zeros(7, SMALL["patches"], dtype=torch.bool).index_fill_(1, torch.arange(5), True)
    return Batch(draw(7, SMALL["points"], 3) / 3, features, present, torch.tensor([0, 1, 0, 2, -1, 1, 0])), mask


def of_plus(batch: Batch) -> Batch:
    """The same with three pictures of a shape, and a second text, which some have."""
    image, text = batch.features["image"], batch.features["text"]
    second = text.flip(1) * (torch.arange(len(text)) % 2)[:, None]
    return batch._replace(
        features={"image": torch.stack([image, -image, image.flip(1)], 1), "text": torch.stack([text, second], 1)}
    )


def task_for(goal: Objective, plus: bool = False) -> PretrainTask:
    teachers = {"image": Teacher("looks", 5), "text": Teacher("words", 6)}
    if plus:
        sizes = {**SMALL, "drop_path": 0.0, "mlp_width": 64, "image_queries": 4, "text_queries": 2}
        return PretrainTask(new_plus(model_for(goal, plus_config("plus-nano", **sizes), teachers), seed=0), goal).eval()
    model = create_model(model_for(goal, model_config("nano", **SMALL, drop_path=0.0), teachers), seed=0)
    return PretrainTask(model, goal).eval()  # batch norms' statistics are of each process's share


def gradients(task: nn.Module) -> dict[str, torch.Tensor]:
    return {name.removeprefix("module."): p.grad for name, p in task.named_parameters() if p.grad is not None}


def one_of_two(rank: int, port: int, folder: str) -> None:
    """A process's part: each goal's gradients, and a whole run."""
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": str(rank), "LOCAL_RANK": str(rank),
        "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "GROUP_RANK": "0", "TORCHELASTIC_RUN_ID": "test",
    }  # fmt: skip
    _, tiny = run_tiny(Path(folder) / "two", {"accumulate": 2}, {"device": "cpu"})
    found = []
    whole, mask = whole_batch()
    own = torch.arange(7).tensor_split(2)[rank]
    for goal, plus in EVERY:
        batch = of_plus(whole) if plus else whole
        mine = Batch(
            batch.points[own],
            {kind: value[own] for kind, value in batch.features.items()},
            {kind: value[own] for kind, value in batch.present.items()},
            batch.caption[own],
            whole=7,
        )
        task = nn.parallel.DistributedDataParallel(task_for(goal, plus), find_unused_parameters=True)
        losses = task(mine, mask=mask[own])
        (sum(losses.values()) * (len(own) * 2 / 7)).backward()
        found.append(gradients(task))
    if rank == 0:
        torch.save({"gradients": found, "weights": tiny.model.state_dict()}, Path(folder) / "found.pt")
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(one_of_two, (port, str(folder)), nprocs=2)
    return torch.load(folder / "found.pt", weights_only=True)


@pytest.mark.parametrize("number", range(len(EVERY)))
def test_two_processes_give_the_gradient_of_one(two_processes, number: int) -> None:
    (goal, plus), (batch, mask) = EVERY[number], whole_batch()
    task = task_for(goal, plus)
    sum(task(of_plus(batch) if plus else batch, mask=mask).values()).backward()
    mine, theirs = gradients(task), two_processes["gradients"][number]
    for name, value in mine.items():
        torch.testing.assert_close(theirs[name], value, rtol=0, atol=1e-4 * float(value.abs().max()) + 1e-7, msg=name)


def test_two_processes_learn_what_one_learns(two_processes, tmp_path) -> None:
    _, one = run_tiny(tmp_path, {"accumulate": 2}, {"device": "cpu"})
    torch.testing.assert_close(two_processes["weights"]["weight"], one.model.weight.detach())


def test_contrast_in_smaller_batches_is_another_loss() -> None:
    """What accumulation cannot give: negatives from outside the batch."""
    task, (batch, mask) = task_for(replace(GOALS[2], self_contrast=False)), whole_batch()
    whole = task(batch, mask=mask)["image"]
    few = batch._replace(
        points=batch.points[:3], caption=batch.caption[:3],
        features={k: v[:3] for k, v in batch.features.items()}, present={k: v[:3] for k, v in batch.present.items()},
    )  # fmt: skip
    assert task(few, mask=mask[:3])["image"] < whole

"""One side of `pretrain_step.py` in its own process: settings in, times and peak memory out, both as JSON."""

import json
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor

WARM_UP = 2
IMAGE_WIDTH, TEXT_WIDTH = 768, 512


def peak_bytes(device: str) -> int:
    """The most memory held so far: on a GPU what torch allocated there, else resident memory."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def wait_for(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def inputs(batch: int, points: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Clouds (B, N, 3) in the unit sphere, picture features (B, 768), text features (B, 512)."""
    rng = np.random.default_rng(0)
    clouds = rng.standard_normal((batch, points, 3)).astype(np.float32)
    clouds -= clouds.mean(1, keepdims=True)
    clouds /= np.linalg.norm(clouds, axis=-1).max(1)[:, None, None]
    image = rng.standard_normal((batch, IMAGE_WIDTH)).astype(np.float32)
    text = rng.standard_normal((batch, TEXT_WIDTH)).astype(np.float32)
    return tuple(torch.from_numpy(x).to(device) for x in (clouds, image, text))  # type: ignore[return-value]


def reference_step(size: str, batch: int, device: str) -> Callable[[], None]:
    """The released step, plainly."""
    from reference import Pretraining, make_optimiser
    from reference_geometry import random_masks

    torch.manual_seed(0)
    model = Pretraining(size).to(device).train()
    optimiser = make_optimiser(model)
    clouds, image, text = inputs(batch, 1024, device)
    rng = np.random.default_rng(0)

    def step() -> None:
        hidden = random_masks(batch, model.patches, model.masked, rng).to(device)
        out = model(clouds, image, text, hidden)
        (out.mdm + out.csc_img + out.csc_text).backward()
        optimiser.step()
        optimiser.zero_grad()

    return step


class OurStep:
    """The library's step, on the same clouds and features."""

    def __init__(self, size: str, batch: int, device: str) -> None:
        from pointrecon.models import Teacher, create_model, model_config
        from pointrecon.shapes.batches import Batch
        from pointrecon.tasks.objective import Objective, model_for
        from pointrecon.tasks.pretrain import PretrainTask
        from pointrecon.training.config import Optimisation
        from pointrecon.training.optimiser import make_optimiser

        objective = Objective()
        teachers = {"image": Teacher("benchmark", IMAGE_WIDTH), "text": Teacher("benchmark", TEXT_WIDTH)}
        config = model_for(objective, model_config(size), teachers)
        self.model = create_model(config, seed=0).to(device).train()
        self.task = PretrainTask(self.model, objective)
        self.optimiser = make_optimiser(self.task, Optimisation())
        clouds, image, text = inputs(batch, config.points, device)
        everyone = torch.ones(batch, dtype=torch.bool, device=device)
        self.batch = Batch(
            points=clouds,
            features={"image": image, "text": text},
            present={"image": everyone, "text": everyone},
            caption=torch.arange(batch, device=device),
        )
        self.generator = torch.Generator(device=device).manual_seed(0)

    def losses(self) -> Tensor:
        return torch.stack(list(self.task(self.batch, self.generator).values())).sum()

    def backward(self, loss: Tensor) -> None:
        loss.backward()

    def update(self) -> None:
        self.optimiser.step()
        self.optimiser.zero_grad()

    def __call__(self) -> None:
        self.backward(self.losses())
        self.update()


def timed_steps(step: Callable[[], None], steps: int, device: str) -> list[float]:
    """Seconds of each step after the warm-up."""
    seconds = []
    for number in range(WARM_UP + steps):
        wait_for(device)
        start = time.perf_counter()
        step()
        wait_for(device)
        if number >= WARM_UP:
            seconds.append(time.perf_counter() - start)
    return seconds


def breakdown(size: str, batch: int, steps: int, device: str) -> dict[str, float]:
    """Median seconds of each part of our step, by wrapping the functions and modules that do it."""
    from pointrecon.models import patches

    ours = OurStep(size, batch, device)
    encoder, decoder = ours.model.encoder, ours.model.decoder
    assert decoder is not None
    inside: dict[str, list[tuple[Any, str]]] = {
        "sampling": [(patches, "farthest_point_sample")],
        "neighbours": [(patches, "group")],
        "embedding": [(encoder.embed, "forward"), (encoder.position, "forward")],
        "blocks": [(block, "forward") for block in encoder.blocks],
        "decoder": [(decoder, "forward")],
    }
    whole: dict[str, list[tuple[Any, str]]] = {
        "losses": [(ours, "losses")],
        "backward": [(ours, "backward")],
        "optimiser": [(ours, "update")],
    }
    spent: dict[str, float] = defaultdict(float)

    def timed(function: Callable[..., Any], part: str) -> Callable[..., Any]:
        def timing(*args: Any, **kwargs: Any) -> Any:
            wait_for(device)
            start = time.perf_counter()
            result = function(*args, **kwargs)
            wait_for(device)
            spent[part] += time.perf_counter() - start
            return result

        return timing

    taken: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as wrapped:
        for part, places in {**inside, **whole}.items():
            for owner, name in places:
                wrapped.enter_context(mock.patch.object(owner, name, timed(getattr(owner, name), part)))
        for number in range(WARM_UP + steps):
            spent.clear()
            ours()
            if number >= WARM_UP:
                spent["losses"] -= sum(spent[part] for part in inside)
                for part in (*inside, *whole):
                    taken[part].append(spent[part])
    medians = {part: statistics.median(values) for part, values in taken.items()}
    missed = [part for part, second in medians.items() if second == 0]
    if missed:
        raise RuntimeError(f"nothing was timed for {missed}: the library's functions have moved")
    medians["losses, masks, rest"] = medians.pop("losses")
    return medians


def main() -> None:
    asked = json.loads(sys.argv[1])
    size, batch, device = asked["size"], asked["batch"], asked["device"]
    if asked["threads"]:
        torch.set_num_threads(asked["threads"])
    start = peak_bytes(device)
    answer = {**asked, "torch": torch.__version__, "threads": torch.get_num_threads()}
    if asked["side"] == "breakdown":
        answer["parts"] = breakdown(size, batch, asked["steps"], device)
    else:
        make = OurStep if asked["side"] == "ours" else reference_step
        answer["seconds"] = timed_steps(make(size, batch, device), asked["steps"], device)
        answer |= {"start_bytes": start, "peak_bytes": peak_bytes(device)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()

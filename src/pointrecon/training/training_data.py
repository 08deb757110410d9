"""What a run learns from: its share of the shapes, the teachers it imitates, and where the shapes are held."""

import os
import sys
import warnings
from typing import Any

import numpy as np
import torch

from pointrecon.errors import InputError
from pointrecon.memory import free_memory
from pointrecon.models.model_config import QUERIES, ModelConfig, Teacher
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.screen import say
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.objective import Objective
from pointrecon.training.training_set import StreamingSet, TrainingSet, held_bytes


def share_of(count: int, fraction: float, *, seed: int, least: int) -> np.ndarray:
    """Places (m,) of a seeded share of ``count`` shapes, in order: at least ``least``, or all where there are fewer.

    With one seed a smaller share is part of a larger one.
    """
    kept = max(round(fraction * count), least)
    return np.sort(np.random.default_rng(seed).permutation(count)[:kept])


def teachers_of(shapes: Shapes) -> dict[str, list[str]]:
    """Kind → the columns of such teachers' features, sorted."""
    return {kind: sorted(key for key in shapes.feature_shapes if key.startswith(f"{kind}/")) for kind in QUERIES[1:]}


def choose_teachers(shapes: Shapes, objective: Objective) -> tuple[dict[str, str], dict[str, Teacher]]:
    """Which feature columns the image and text query imitate: those that the objective names, or the first.

    Returns:
        ("image"/"text" → name of the features, "image"/"text" → :class:`Teacher`).

    Raises:
        InputError: when a named column is not there.
    """
    chosen, teachers = objective.imitates(teachers_of(shapes)), dict[str, Teacher]()
    for kind, key in chosen.items():
        info = shapes.feature_info(key)
        made_by = str(info.get("sha256") or info.get("model", ""))
        teachers[kind] = Teacher(
            key.split("/", 1)[1], shapes.feature_shapes[key][1], str(info.get("spec", "")), made_by,
            list(info.get("templates", [])),
        )  # fmt: skip
    return chosen, teachers


def make_set(
    seen: Shapes,
    config: ModelConfig | PlusConfig,
    chosen: dict[str, str],
    device: torch.device,
    *,
    hold: str = "auto",
    parts: bool = False,
    rotate: str = "none",
    targets: str = "one",
    active: bool = True,
) -> TrainingSet | StreamingSet:
    """The shapes to train on, held on the device or streamed.

    Args:
        config: of the model: its points, up axis, and whether it looks at colors.
        chosen: "image"/"text" → features to imitate.
        hold: see :class:`pointrecon.training.loop_settings.Training`.
        parts: bring the part labels of the points.
        targets: of the teachers' features: one, mean or all, see :class:`pointrecon.training.objective.Objective`.
        rotate: how clouds will be turned; warns where that needs to know which way is up, and nobody told.
        active: tell what was chosen, and how far reading is.
    """
    if active:
        warn_of_up(seen, config.up, rotate)
    colors = getattr(config, "channels", 3) == 6
    settings: dict[str, Any] = {"points": config.points, "up": config.up, "device": device, "parts": parts}
    settings |= {"targets": targets, "colors": colors, **chosen}
    needed, free = held_bytes(seen, chosen.values(), parts=parts, colors=colors), free_memory(device)
    if device.type != "cuda":  # processes of one machine share its memory
        free //= int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if hold == "stream" or (hold == "auto" and needed > free / 2):
        if active:
            say(f"shapes are streamed from the table; held, they take {needed / 2**20:.0f} MiB", file=sys.stderr)
        return StreamingSet(seen, **settings)
    if needed > free:
        raise InputError(
            f"the shapes take {needed / 2**20:.0f} MiB and {free / 2**20:.0f} MiB are free on {device}; "
            "use --train.hold stream or auto"
        )
    return TrainingSet(seen, progress=active, **settings)


def warn_of_up(shapes: Shapes, up: str, rotate: str) -> None:
    """Warn, once, where it matters that shapes to learn from do not say which axis points up; the model's is ``up``."""
    known = shapes.ups - {"unknown"}
    if known == shapes.ups or (not known and rotate != "up"):
        return
    matters = [f"augment.rotate up turns them about {up} all the same"] if rotate == "up" else []
    if known:
        matters.append(f"they are not turned, while the others' axis ({', '.join(sorted(known))}) is made {up}")
    warnings.warn(
        f"some of the shapes do not say which axis points up: {', and '.join(matters)}; say it when importing them "
        "(--up), or take --augment.rotate any",
        stacklevel=2,
    )

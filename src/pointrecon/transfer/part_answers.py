"""The parts that a model with a part head gives every point of shapes; its categories and their parts."""

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pointrecon.encode_settings import EncodeSettings
from pointrecon.errors import InputError
from pointrecon.geometry import Augmentation, augment
from pointrecon.models.model_config import Head
from pointrecon.shapes.importers.benchmarks.official_names import SHAPENETPART, shapenetpart_parts
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.batches import mix
from pointrecon.training.cloud_stream import CloudStream


def categories_of(model: torch.nn.Module) -> dict[str, list[int]]:
    """Name → parts' numbers of a model with a part head; InputError for another.

    Released checkpoints do not tell: those of 16 categories and 50 parts are ShapeNetPart's; of others categories are
    numbered, and each has all parts.
    """
    head = _part_head(model)
    if head.category_parts:
        return head.category_parts
    if not _is_shapenetpart(head):
        return {f"category {i}": list(range(len(head.classes))) for i in range(head.categories)}
    first = count()
    return {name: [next(first) for _ in parts] for name, (_, parts) in SHAPENETPART.items()}


def part_names_of(model: torch.nn.Module) -> list[str]:
    """Names of all parts of a model with a part head, of released checkpoints ShapeNetPart's; else InputError."""
    head = _part_head(model)
    return shapenetpart_parts() if _is_shapenetpart(head) else list(head.classes)


def _part_head(model: torch.nn.Module) -> Head:
    config: Any = model.config
    head: Head | None = config.head
    if head is None or head.kind != "parts":
        raise InputError("this model has no part head; 'pointrecon segment' trains one")
    return head


def _is_shapenetpart(head: Head) -> bool:
    return not head.category_parts and (head.categories, len(head.classes)) == (len(SHAPENETPART), 50)


def part_answers(
    model: torch.nn.Module,
    shapes: Shapes,
    *,
    votes: int = 1,
    augmentation: Augmentation | None = None,
    points: int | None = None,
    batch_size: int = 16,
    device: str | torch.device | None = None,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> list[np.ndarray]:
    """The part of every point of shapes, among the parts of the shape's category.

    The encoder sees as many points as the model was trained with, drawn once and the same for all shapes; the head
    labels all points of the cloud, whose features are interpolated from the patches. In a vote the log-probabilities of
    several copies are averaged; the first is the shape itself, the others are changed by ``augmentation`` and draw
    other points.

    Args:
        shapes: their labels are their categories.
        points: that the encoder sees; what the model was made for when left out.
        votes, device, advance: as for :func:`class_scores`.

    Returns:
        (M, N) int16 without voting, and with several votes another with.

    Raises:
        InputError: for a model without a part head, or scores that are not finite.
    """
    config: Any = model.config
    module: Any = model
    categories = categories_of(model)
    points, how = points or config.points, augmentation or Augmentation(rotate="none")
    size = max(shapes.size, points)
    own = torch.zeros(len(categories), len(config.head.classes), dtype=torch.bool)
    for number, parts in enumerate(categories.values()):
        own[number, parts] = True
    drawn = [_draw(size, points, mix(seed, vote, 5)) for vote in range(votes)]
    changes = [torch.Generator().manual_seed(mix(seed, vote, 3)) for vote in range(votes)]
    category = torch.from_numpy(shapes.label)
    done = 0

    def answer(clouds: Tensor) -> Tensor:
        nonlocal done
        mine = category[done : done + len(clouds)].to(clouds.device)  # batches come in order
        done += len(clouds)
        total, found = torch.zeros((), device=clouds.device), []
        for vote in range(votes):
            copy = augment(clouds, how, changes[vote], up=config.up) if vote else clouds
            few = copy if drawn[vote] is None else copy[:, drawn[vote]]
            total = total + module.label_points(module.cut(few), copy, mine).float()
            if vote in (0, votes - 1):
                found.append(_among(total, own.to(clouds.device)[mine]))
        return torch.cat(found, 1)

    stream = CloudStream(
        model, shapes, np.arange(len(shapes)), answer, EncodeSettings(
            points=size, batch_size=batch_size, device=str(device or next(model.parameters()).device),
            precision="32", seed=seed,
        ),
    )  # fmt: skip
    parts_found = []
    for _, values in stream:
        if not np.isfinite(values).all():
            raise InputError("the segmenter gives scores that are not finite; train again with a lower learning rate")
        parts_found.append(values.astype(np.int16))
        if advance is not None:
            advance(votes * len(values))
    both = np.concatenate(parts_found)
    return [passed[:, : shapes.size] for passed in np.split(both, both.shape[1] // size, 1)]


def _draw(size: int, count: int, seed: int) -> Tensor | None:
    """Which points the encoder sees, in the order they are stored; None for all."""
    if size <= count:
        return None
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))[:count].sort().values


def _among(scores: Tensor, own: Tensor) -> Tensor:
    """(B, N) the best of the parts that a shape has (B, P), as floats; NaN where scores (B, N, P) are no numbers."""
    best = scores.masked_fill(~own[:, None], float("-inf")).max(-1)
    return torch.where(best.values.isfinite(), best.indices.float(), torch.nan)

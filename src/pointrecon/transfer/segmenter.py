"""A part segmenter from a pre-trained model: build it, train it, and the parts it gives every point."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from pointrecon.errors import InputError
from pointrecon.evaluation.part_scores import part_scores
from pointrecon.geometry import Augmentation, augment
from pointrecon.models.model import ReconModel
from pointrecon.models.model_config import Head
from pointrecon.shapes.importers.benchmarks.official_names import SHAPENETPART, shapenetpart_parts
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.batches import mix
from pointrecon.training.cloud_stream import CloudStream
from pointrecon.training.keeping import Keeping
from pointrecon.training.loop import Outcome
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.segment_task import SegmentTask
from pointrecon.training.selection import Selection
from pointrecon.training.training_set import StreamingSet, TrainingSet
from pointrecon.transfer.backbone import check_batches, train_and_keep, with_head

METRIC = "instance_miou"  # what decides on the epoch, where it is measured


def build_segmenter(
    source: ReconModel,
    parts: Sequence[str],
    categories: Mapping[str, Sequence[int]],
    *,
    seed: int = 0,
    from_scratch: bool = False,
    **overrides: Any,
) -> ReconModel:
    """A model with the released part head and the backbone of ``source``.

    Args:
        source: the pre-trained model.
        parts: names of all parts.
        categories: name → its parts' numbers.
        seed: of the head's weights, and of all weights from scratch.
        from_scratch: random weights instead of the source's.
        **overrides: settings that do not change the weights: drop_path, points, patches.

    Raises:
        InputError: for settings that do not fit.
    """
    own = {name: list(numbers) for name, numbers in categories.items()}
    head = Head("parts", list(parts), len(own), own)
    return with_head(source, head, seed=seed, from_scratch=from_scratch, **overrides)


def train_segmenter(
    task: SegmentTask,
    data: TrainingSet | StreamingSet,
    optim: Optimization,
    train: Training,
    keep: Keeping,
    folder: RunFolder,
    fabric: Fabric,
    *,
    check: Shapes | None = None,
    fingerprint: str = "",
    again: str = "",
    what: str = "part segmentation",
) -> tuple[Outcome, Selection]:
    """Train, and give the model the weights to keep once the run is finished.

    Args:
        task: with the model to train.
        data: training shapes with parts, their categories as labels.
        optim: the optimizer.
        train: the loop; every ``probe_every`` epochs the scores on ``check`` are measured.
        keep: which epoch's weights to keep.
        folder: the run folder.
        fabric: from ``make_fabric``.
        check: shapes that decide on the epoch; without any the last epoch's weights are kept.
        fingerprint: of the data.
        again: the command that resumes such a run. what: it is called on the screen.

    Raises:
        InputError: as ``fit`` does, or when the batches are too small for the head's batch norm.
    """
    check_batches("parts", len(data), train.batch_size, fabric.world_size)

    def measure(model: torch.nn.Module) -> dict[str, float]:
        assert check is not None
        answer = part_answers(model, check, batch_size=train.batch_size, device=fabric.device)[0]
        return part_scores(truth_of(check), answer, check.label, categories_of(model)).metrics()

    return train_and_keep(
        task, data, optim, train, keep, folder, fabric,
        metric=METRIC, measure=None if check is None else measure, fingerprint=fingerprint,
        again=again or f"pointrecon segment --resume {folder.path}", what=what,
    )  # fmt: skip


def categories_of(model: torch.nn.Module) -> dict[str, list[int]]:
    """Name → parts' numbers of a model with a part head.

    Released checkpoints do not tell: those of 16 categories and 50 parts are ShapeNetPart's; of others categories are
    numbered, and each has all parts.

    Raises:
        InputError: for a model without a part head.
    """
    head = _part_head(model)
    if head.category_parts:
        return head.category_parts
    if not _is_shapenetpart(head):
        return {f"category {i}": list(range(len(head.classes))) for i in range(head.categories)}
    first = count()
    return {name: [next(first) for _ in parts] for name, (_, parts) in SHAPENETPART.items()}


def part_names_of(model: torch.nn.Module) -> list[str]:
    """Names of all parts of a model with a part head, of released checkpoints those of ShapeNetPart.

    Raises:
        InputError: for a model without a part head.
    """
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


def truth_of(shapes: Shapes) -> np.ndarray:
    """(M, N) int16 part numbers of shapes that have part labels, -1 for points without."""
    return shapes.parts(np.arange(len(shapes)))


def part_answers(
    model: torch.nn.Module,
    shapes: Shapes,
    *,
    votes: int = 1,
    augmentation: Augmentation | None = None,
    batch_size: int = 16,
    device: str | torch.device | None = None,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> list[np.ndarray]:
    """The part of every point of shapes, among the parts of the shape's category.

    The encoder sees as many points as the model was trained with, drawn once and the same for all shapes; the head
    labels all points of the cloud, whose features are interpolated from the patches. In a vote the log-probabilities
    of several copies are averaged; the first is the shape itself, the others are changed by ``augmentation`` and
    draw other points.

    Args:
        model: with a part head.
        shapes: the shapes, their categories as labels.
        votes: copies of each shape, the first included.
        augmentation: changes of the copies after the first.
        batch_size: clouds at once.
        device: where to compute; where the model is when left out.
        seed: draws points and changes.
        advance: called with the number of clouds done, for a bar.

    Returns:
        (M, N) int16 without voting, and with several votes another with.

    Raises:
        InputError: for a model without a part head, or scores that are not finite.
    """
    config: Any = model.config
    module: Any = model
    rows: Any = shapes
    categories = categories_of(model)
    size, how = max(shapes.size, config.points), augmentation or Augmentation(rotate="none")
    own = torch.zeros(len(categories), len(config.head.classes), dtype=torch.bool)
    for number, parts in enumerate(categories.values()):
        own[number, parts] = True
    drawn = [_draw(size, config.points, mix(seed, vote, 5)) for vote in range(votes)]
    changes = [torch.Generator().manual_seed(mix(seed, vote, 3)) for vote in range(votes)]
    category = torch.from_numpy(shapes.label)
    done = 0

    def answer(clouds: Tensor) -> Tensor:
        nonlocal done
        mine = category[done : done + len(clouds)].to(clouds.device)  # batches come in order
        done += len(clouds)
        total, found = torch.zeros((), device=clouds.device), []
        for vote in range(votes):
            copy = augment(clouds, how, changes[vote]) if vote else clouds
            few = copy if drawn[vote] is None else copy[:, drawn[vote]]
            total = total + module.label_points(module.cut(few), copy, mine).float()
            if vote in (0, votes - 1):
                found.append(_among(total, own.to(clouds.device)[mine]))
        return torch.cat(found, 1)

    stream = CloudStream(
        model, rows, np.arange(len(shapes)), answer, up=shapes.meta.up, batch_size=batch_size, device=device,
        points=size, seed=seed,
    )  # fmt: skip
    parts_found = []
    for _, values in stream:
        if not np.isfinite(values).all():
            raise InputError("the segmenter gives scores that are not finite; train again with a lower learning rate")
        parts_found.append(values.astype(np.int16))
        if advance is not None:
            advance(len(values))
    both = np.concatenate(parts_found)
    return [passed[:, : shapes.size] for passed in np.split(both, both.shape[1] // size, 1)]


def _draw(size: int, count: int, seed: int) -> Tensor | None:
    """Which points the encoder sees, in the order they are stored; None for all."""
    if size <= count:
        return None
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))[:count].sort().values


def _among(scores: Tensor, own: Tensor) -> Tensor:
    """(B, N) the best of the parts that are a shape's own, as floats; NaN where scores are not numbers.

    Shape:
        scores: (B, N, P); own: (B, P) bool.
    """
    best = scores.masked_fill(~own[:, None], float("-inf")).max(-1)
    return torch.where(best.values.isfinite(), best.indices.float(), torch.nan)

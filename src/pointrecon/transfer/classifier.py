"""A classifier from a pre-trained model: build it, train it, and its scores with and without voting."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric

from pointrecon.errors import InputError
from pointrecon.geometry import Augmentation, augment
from pointrecon.models.model import ReconModel
from pointrecon.models.model_config import Head, ModelConfig
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.batches import mix
from pointrecon.training.classification import Classification, check_mode
from pointrecon.training.classify_task import ClassifyTask, draw_farthest
from pointrecon.training.cloud_stream import CloudStream
from pointrecon.training.keeping import Keeping
from pointrecon.training.loop import Outcome
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.selection import Selection
from pointrecon.training.training_set import StreamingSet, TrainingSet
from pointrecon.transfer.backbone import check_batches, train_and_keep, with_head

METRIC = "accuracy"  # what decides on the epoch, where it is measured


def build_classifier(
    source: ReconModel,
    mode: str,
    classes: list[str],
    *,
    seed: int = 0,
    from_scratch: bool = False,
    **overrides: Any,
) -> ReconModel:
    """A model with a head over ``classes`` and the backbone of ``source``.

    Decoder and projections are left out, and the stop-gradient is taken away, as in the released fine-tuning.

    Args:
        source: the pre-trained model.
        mode: "linear" gets a linear head, "full" and "mlp3" three layers, as released.
        classes: their names.
        seed: of the head's weights, and of all weights from scratch.
        from_scratch: random weights instead of the source's.
        **overrides: settings of :class:`ModelConfig` that do not change the weights: drop_path, points, patches.

    Raises:
        InputError: for an unknown mode or settings that do not fit.
    """
    head = Head("linear" if check_mode(mode) == "linear" else "mlp3", list(classes))
    return with_head(source, head, seed=seed, from_scratch=from_scratch, **overrides)


def train_classifier(
    task: ClassifyTask,
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
    what: str = "fine-tuning",
) -> tuple[Outcome, Selection]:
    """Train, and give the model the weights to keep once the run is finished.

    Args:
        task: with the model to train.
        data: the labeled training shapes.
        optim: the optimizer.
        train: the loop; every ``probe_every`` epochs the accuracy on ``check`` is measured.
        keep: which epoch's weights to keep.
        folder: the run folder.
        fabric: from ``make_fabric``.
        check: shapes that decide on the epoch; without any the last epoch's weights are kept.
        fingerprint: of the data.
        again: the command that resumes such a run. what: it is called on the screen.

    Raises:
        InputError: as ``fit`` does, or when the batches are too small for the head's batch norm.
    """
    head = task.model.config.head
    assert head is not None
    check_batches(head.kind, len(data), train.batch_size, fabric.world_size)

    def measure(model: torch.nn.Module) -> dict[str, float]:
        assert check is not None
        scores = class_scores(model, check, draw=task.how.draw, batch_size=2 * train.batch_size, device=fabric.device)
        return {METRIC: float(np.mean(scores[0].argmax(1) == check.label))}

    return train_and_keep(
        task, data, optim, train, keep, folder, fabric,
        metric=METRIC, measure=None if check is None else measure, fingerprint=fingerprint,
        again=again or f"pointrecon finetune --resume {folder.path}", what=what,
    )  # fmt: skip


def class_scores(
    model: torch.nn.Module,
    shapes: Shapes,
    *,
    votes: int = 1,
    augmentation: Augmentation | None = None,
    draw: str = "random",
    batch_size: int = 64,
    device: str | torch.device | None = None,
    bf16: bool = False,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> np.ndarray:
    """The scores a classifier gives shapes, once as they are and again for changed copies of them.

    A vote of n copies is the mean of the first n rows. The first copy is the shape itself; the others are changed by
    ``augmentation`` and draw other points (METHOD section 5, "voting": ten copies, here once and not the best of many
    repetitions).

    Args:
        model: with a classification head.
        shapes: the shapes.
        votes: copies of each shape, the first included.
        augmentation: changes of the copies after the first.
        draw: "random" points of larger clouds, or "farthest" (see :class:`Classification`).
        batch_size: clouds at once.
        device: where to compute; where the model is when left out.
        bf16: compute in bfloat16 where torch knows it to be safe.
        seed: draws points and changes.
        advance: called with the number of clouds done, for a bar.

    Returns:
        (votes, M, classes) float32.

    Raises:
        InputError: for scores that are not finite.
    """
    config: Any = model.config
    how = augmentation or Augmentation(rotate="none")
    rows: Any = shapes
    passes = []
    for vote in range(votes):
        generator = torch.Generator().manual_seed(mix(seed, vote, 3)) if vote else None

        def score(clouds: torch.Tensor, generator: torch.Generator | None = generator) -> torch.Tensor:
            if draw == "farthest":
                clouds = draw_farthest(clouds, config.points, generator)
            if generator is not None:
                clouds = augment(clouds, how, generator)
            return model(clouds)

        stream = CloudStream(
            model, rows, np.arange(len(shapes)), score, up=shapes.meta.up, batch_size=batch_size, device=device,
            points=max(shapes.size, config.points) if draw == "farthest" else None, bf16=bf16,
            seed=mix(seed, vote, 4) if vote else seed,
        )  # fmt: skip
        passes.append(stream.gather(advance))
    scores = np.stack(passes)
    if not np.isfinite(scores).all():
        raise InputError("the classifier gives scores that are not finite; train again with a lower learning rate")
    return scores


def class_counts(label: np.ndarray, classes: int) -> list[int]:
    """How many shapes of each class there are among (M,) labels."""
    return np.bincount(label, minlength=classes).tolist()


def training_points(shapes: Shapes, config: ModelConfig, how: Classification) -> int:
    """Points a training batch must have: the model's own, or all there are where farthest ones are drawn."""
    return max(shapes.size, config.points) if how.draw == "farthest" else config.points

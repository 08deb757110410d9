"""Fine-tune a model to classify shapes, over seeds, with the test shapes seen once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from pointrecon.encode_settings import EncodeSettings
from pointrecon.errors import InputError
from pointrecon.evaluation.inputs import check_labeled
from pointrecon.evaluation.measured import Results
from pointrecon.evaluation.record import score
from pointrecon.evaluation.splits import Splits
from pointrecon.geometry import Augmentation, augment
from pointrecon.models.model_config import Head
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.batches import mix
from pointrecon.training.classify_task import ClassifyTask, check_rebuilds, draw_farthest, rebuilds
from pointrecon.training.cloud_stream import CloudStream
from pointrecon.training.head_settings import REBUILD_WEIGHT
from pointrecon.transfer.skeleton import run_transfer
from pointrecon.transfer.transfer_config import FinetuneConfig
from pointrecon.transfer.transfer_way import Found, Transfer, protocol_splits


def finetune(
    model: str | Path | nn.Module | None = None,
    data: Any = None,
    out: str | Path | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    config: FinetuneConfig | None = None,
    **settings: Any,
) -> Results:
    """Fine-tune for classification; write the run folder, the model with its head, and the records.

    With several seeds each has a run folder of its own below ``out``.

    Args:
        model: a model, its folder or run, or a released ``.pth``; from scratch also a size such as "nano".
        data: shapes with labels, as `as_shapes` takes them.
        out: the run folder.
        resume: go on with the run in ``out``. Model and settings are its own, and ``data`` is needed only where the
            shapes were in memory or have moved.
        overwrite: start afresh where a run is already.
        config: settings to begin with, instead of the defaults.
        **settings: nested settings, for instance ``mode="linear", seeds=3, train={"epochs": 30}``, or ``recipe``.

    Returns:
        records of the task "finetune/full" and so on, with voting "finetune/full/votes10"; and the model folder.

    Raises:
        InputError: for bad settings, shapes without labels or test shapes, a model that does not fit, a loss that is
            not finite, or a folder in use.
        Stopped: it was asked to stop; the same call with ``resume`` goes on.
    """
    return run_transfer(
        Finetuning, model, data, out, resume=resume, overwrite=overwrite, config=config, **settings
    )  # fmt: skip


class Finetuning(Transfer[FinetuneConfig]):
    """Fine-tuning to classify."""

    command, mark, settings = "finetune", "mode", FinetuneConfig
    measures = ("accuracy",)
    needs = "shapes with labels, for instance parts.lance"

    @classmethod
    def on(
        cls, config: FinetuneConfig, source: EitherModel, shapes: Shapes, splits: Splits | None = None
    ) -> "Finetuning":
        """This way on these shapes, with splits of their own or those of the protocol."""
        check_labeled(shapes)
        splits = splits or protocol_splits(shapes, config)
        head = Head("linear" if config.mode == "linear" else "mlp3", list(shapes.meta.classes))
        this = cls(config, source, shapes, splits, head, f"finetune/{config.mode}")
        if weight := this.rebuild_weight:
            check_rebuilds(source.config, config.mode)
            splits.notes.append(f"the loss rebuilds patches, too, with the weight {weight:g}")
        return this

    @property
    def rebuild_weight(self) -> float:
        """Of the loss of rebuilt patches: the one asked for, else the method's own."""
        asked = self.config.classify.rebuild_weight
        own = REBUILD_WEIGHT if rebuilds(self.source.config, self.config.mode) else 0.0
        return own if asked is None else asked

    def settings_of_model(self) -> dict[str, Any]:
        """The decoder where patches are rebuilt, and no LayerScale where it is to be left out."""
        own, found = self.source.config, dict[str, Any]()
        if self.rebuild_weight:
            found["decoder_depth"] = own.decoder_depth
        if self.config.drop_layer_scale and isinstance(own, PlusConfig):
            found["layer_scale"] = False
        return found

    def task(self, model: EitherModel, seen: Shapes) -> ClassifyTask:
        """Cross-entropy."""
        counts = np.bincount(seen.label, minlength=len(self.head.classes)).tolist()
        how = replace(self.config.classify, rebuild_weight=self.rebuild_weight)
        return ClassifyTask(model, self.config.mode, how, self.config.augment, counts=counts)

    def drawn(self, model: EitherModel, seen: Shapes) -> int:
        """All points there are where farthest ones are drawn."""
        return _points(seen, model.config.points, self.config.classify.draw)

    def scores(self, model: nn.Module, shapes: Shapes, *, votes: int = 1, **how: Any) -> Found:
        """Accuracy."""
        config = self.config
        found = class_scores(
            model, shapes, votes=votes, augmentation=config.augment, draw=config.classify.draw,
            batch_size=2 * config.train.batch_size, **how,
        )  # fmt: skip
        return [
            (count, score(shapes.label, found[:count].mean(0).argmax(1), self.head.classes))
            for count in dict.fromkeys((1, votes))
        ]


def class_scores(
    model: nn.Module,
    shapes: Shapes,
    *,
    votes: int = 1,
    augmentation: Augmentation | None = None,
    draw: str = "random",
    batch_size: int = 64,
    device: str | torch.device | None = None,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> np.ndarray:
    """The scores (votes, M, classes) float32 a classifier gives shapes, as they are and for changed copies of them.

    A vote of n copies is the mean of the first n rows. The first copy is the shape itself; the others are changed by
    ``augmentation`` and draw other points (METHOD section 5, "voting": ten copies, here once and not the best of many
    repetitions). InputError for scores that are not finite.

    Args:
        votes: copies of each shape, the first included.
        draw: "random" points of larger clouds, or "farthest" (see :class:`Classification`).
        device: where the model is when left out.
        advance: called with the number of clouds done, for a bar.
    """
    module: Any = model
    config = module.config
    how = augmentation or Augmentation(rotate="none")
    passes = []
    for vote in range(votes):
        generator = torch.Generator().manual_seed(mix(seed, vote, 3)) if vote else None

        def score(clouds: torch.Tensor, generator: torch.Generator | None = generator) -> torch.Tensor:
            if draw == "farthest":
                clouds = draw_farthest(clouds, config.points, generator)
            if generator is not None:
                clouds = augment(clouds, how, generator, up=config.up)
            return module.classify(module.cut(clouds))

        stream = CloudStream(
            model, shapes, np.arange(len(shapes)), score, EncodeSettings(
                points=_points(shapes, config.points, draw), batch_size=batch_size, precision="32",
                device=str(device or next(model.parameters()).device), seed=mix(seed, vote, 4) if vote else seed,
            ),
        )  # fmt: skip
        passes.append(stream.gather(advance))
    scores = np.stack(passes)
    if not np.isfinite(scores).all():
        raise InputError("the classifier gives scores that are not finite; train again with a lower learning rate")
    return scores


def _points(shapes: Shapes, wanted: int, draw: str) -> int:
    """Points of a cloud that are read: as many as wanted, or all there are where farthest ones are drawn."""
    return max(shapes.size, wanted) if draw == "farthest" else wanted

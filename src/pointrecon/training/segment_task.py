"""The part segmentation task: a batch with part labels goes in, the loss comes out."""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from pointrecon.errors import InputError
from pointrecon.geometry import Augmentation, augment, gather, random_sample
from pointrecon.models.fast.linear import full_precision
from pointrecon.models.heads import PartHead
from pointrecon.models.patches import Patches
from pointrecon.models.plus.plus_model import EitherModel, ReconPlusModel
from pointrecon.training.batches import Batch
from pointrecon.training.compiled import compile_stacks
from pointrecon.training.head_settings import Segmentation
from pointrecon.training.optimizer import plus_decay, usual_decay
from pointrecon.training.processes import of_all


class SegmentTask(nn.Module):
    """Negative log likelihood of every point's part under a model with a part head. Points without a part are left out.

    Source: METHOD section 2, "Heads".
    """

    def __init__(
        self, model: EitherModel, how: Segmentation | None = None, augmentation: Augmentation | None = None
    ) -> None:
        """InputError for a model without a part head, or changes that put other points in a point's place."""
        super().__init__()
        if not isinstance(model.head, PartHead):
            raise InputError("this model has no part head; build one with build_segmenter")
        self.model, self.how = model, how or Segmentation()
        self.plus = isinstance(model, ReconPlusModel)
        if isinstance(model, ReconPlusModel):  # the head reads queries before their norm, which nothing else uses
            model.encoder.query_norm.requires_grad_(False)
        self.augmentation = augmentation or Augmentation(rotate="none")
        check_augmentation(self.augmentation)

    def learning_rate_factor(self, name: str) -> float:
        """By how much faster than the rest the parameter of this name learns."""
        return self.how.head_rate if name.startswith("model.head.") else 1.0

    def decays(self, name: str, parameter: Tensor) -> bool:
        """Whether the parameter of this name decays."""
        return (plus_decay if self.plus else usual_decay)(name, parameter)

    def compile(self) -> None:
        """Compile the layers; see :func:`pointrecon.training.compiled.compile_stacks`."""
        compile_stacks(self.model)

    def forward(self, batch: Batch, generator: Generator | None = None) -> dict[str, Tensor]:
        """The loss, "segmentation", of clouds (B, N, 3 or 6) with parts (B, N), -1 for none; labels are categories.

        ``generator`` decides augmentation and the points that count.
        """
        assert batch.part is not None
        assert batch.label is not None
        with torch.no_grad(), full_precision(batch.points):
            points, part = augment(batch.points, self.augmentation, generator, up=self.model.config.up), batch.part
            patches = self.model.cut(points)
            if 0 < self.how.loss_points < points.shape[1]:
                index = random_sample(points, self.how.loss_points, generator)
                points, part = gather(points, index), part.gather(1, index)
        found = self.losses(patches, points, batch.label, part)
        factor = of_all((part >= 0).sum(), len(part), batch.whole)
        return {name: loss * factor for name, loss in found.items()}

    def losses(self, patches: Patches, points: Tensor, category: Tensor, part: Tensor) -> dict[str, Tensor]:
        """The loss of clouds already cut, at these points (B, n, 3) with parts (B, n)."""
        scores = self.model.label_points(patches, points, category).flatten(0, 1).float()
        total = F.nll_loss(scores, part.flatten(), ignore_index=-1, reduction="sum")
        return {"segmentation": total / (part >= 0).sum().clamp_min(1)}


def check_augmentation(augmentation: Augmentation) -> None:
    """Raise InputError for changes that put other points in a point's place: its part would no longer be its own."""
    for name in ("drop", "crop"):
        if getattr(augmentation, name):
            raise InputError(f"augment.{name} replaces points, whose parts it does not know; leave it at 0 to segment")

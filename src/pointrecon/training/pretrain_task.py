"""The pre-training task: a batch goes in, named losses come out."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from pointrecon.geometry import Augmentation, augment
from pointrecon.models.fast.linear import full_precision
from pointrecon.models.masks import draw_mask, hidden_patches
from pointrecon.models.model import ReconModel
from pointrecon.models.patches import Patches
from pointrecon.training.batches import Batch
from pointrecon.training.compiled import compile_stacks, compiled
from pointrecon.training.losses import imitation, reconstruction, same_caption, self_contrast
from pointrecon.training.objective import Objective
from pointrecon.training.processes import everywhere


class PretrainTask(nn.Module):
    """ReCon's pre-training losses for a model built by :func:`pointrecon.training.objective.model_for`."""

    def __init__(self, model: ReconModel, objective: Objective, augmentation: Augmentation | None = None) -> None:
        super().__init__()
        self.model = model
        self.objective = objective
        self.augmentation = augmentation or Augmentation(rotate="none")
        self._imitation: Callable[..., Tensor] = imitation

    def compile(self) -> None:
        """Compile the layers and the imitation. What draws stays as it is: so do its random numbers."""
        compile_stacks(self.model)
        self._imitation = compiled(imitation)

    def forward(
        self, batch: Batch, generator: Generator | None = None, *, mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Losses of one batch, each already weighted; their sum is what is optimized.

        They are "reconstruction", "image", "text" and "self", as far as the objective has them. ``generator`` decides
        augmentation and mask; ``mask``, (B, G) bool, has the hidden patches instead of a drawn one.
        """
        objective, model = self.objective, self.model
        count = None
        with torch.no_grad(), full_precision(batch.points):
            patches = model.cut(augment(batch.points, self.augmentation, generator, up=model.config.up))
            if mask is None:
                mask = draw_mask(patches.centers, objective.mask_ratio, objective.mask_kind, generator)
                count = hidden_patches(objective.mask_ratio, mask.shape[1])
        return self.losses(patches, mask, count, batch)

    def losses(self, patches: Patches, mask: Tensor, count: int | None, batch: Batch) -> dict[str, Tensor]:
        """The losses of clouds already cut and masked (of ``batch`` only the teachers' part is read).

        Contrast is among the shapes of all processes.
        """
        objective, model = self.objective, self.model
        whole = batch.whole or len(batch.caption)
        rebuilt = model.rebuild(patches, mask, count=count, embed_all=objective.batch_statistics == "all")
        losses: dict[str, Tensor] = {}
        if rebuilt.patches is not None:
            loss = reconstruction(rebuilt.patches, rebuilt.hidden.points, objective.reconstruction_loss)
            losses["reconstruction"] = objective.reconstruction_weight * loss
        # A model without text is not told through the pictures' negatives either what shapes are called.
        told = objective.contrast_loss == "infonce" and "text" in model.config.teachers
        same = same_caption(everywhere(batch.caption, whole)) if told else None
        for kind in model.config.teachers:
            loss = self._imitation(
                everywhere(model.project(rebuilt.encoding, kind), whole),
                everywhere(batch.features[kind], whole),
                everywhere(batch.present[kind], whole),
                objective.contrast_loss,
                temperature=objective.temperature,
                same=same,
            )
            losses[kind] = loss * (objective.image_weight if kind == "image" else objective.text_weight)
        if model.self_contrast is not None:
            embedding = model.self_contrast(rebuilt.encoding.queries[:, 0]).float()
            every = everywhere(embedding, whole), everywhere(batch.caption, whole)
            losses["self"] = objective.self_weight * self_contrast(*every)
        return losses

"""The pre-training task: a batch goes in, named losses come out."""

from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor, nn

from pointrecon.geometry import Augmentation, augment
from pointrecon.models.fast.linear import full_precision
from pointrecon.models.masks import draw_mask, hidden_patches
from pointrecon.models.model import ReconModel
from pointrecon.models.patches import Patches
from pointrecon.training.batches import Batch
from pointrecon.training.compiled import compile_stacks, compiled
from pointrecon.training.feature_spread import FeatureSpread
from pointrecon.training.losses import imitation, reconstruction, same_caption, self_contrast
from pointrecon.training.objective import Objective
from pointrecon.training.processes import everywhere


class PretrainTask(nn.Module):
    """ReCon's pre-training losses for a model built by :func:`pointrecon.training.objective.model_for`."""

    def __init__(
        self,
        model: ReconModel,
        objective: Objective,
        augmentation: Augmentation | None = None,
        spreads: Mapping[str, FeatureSpread] | None = None,
    ) -> None:
        """``spreads``: of the features that ``objective.standardize`` names, "image" and "text"."""
        super().__init__()
        self.model = model
        self.objective = objective
        self.augmentation = augmentation or Augmentation(rotate="none")
        self._imitation: Callable[..., Tensor] = imitation
        for kind, spread in (spreads or {}).items():
            self.register_buffer(f"{kind}_center", spread.center, persistent=False)
            self.register_buffer(f"{kind}_scale", spread.scale, persistent=False)

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

    def _standardized(self, features: Tensor, kind: str) -> Tensor:
        center: Tensor | None = getattr(self, f"{kind}_center", None)
        return features if center is None else (features.float() - center) / getattr(self, f"{kind}_scale")

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
            pair = (
                self._standardized(everywhere(model.project(rebuilt.encoding, kind), whole), kind),
                self._standardized(everywhere(batch.features[kind], whole), kind),
                everywhere(batch.present[kind], whole),
            )
            loss = self._imitation(*pair, objective.contrast_loss, temperature=objective.temperature, same=same)
            if objective.regression_weight:
                loss = loss + objective.regression_weight * self._imitation(*pair, "smooth_l1")
            losses[kind] = loss * (objective.image_weight if kind == "image" else objective.text_weight)
        if model.self_contrast is not None:
            embedding = model.self_contrast(rebuilt.encoding.queries[:, 0]).float()
            every = everywhere(embedding, whole), everywhere(batch.caption, whole)
            losses["self"] = objective.self_weight * self_contrast(*every)
        return losses

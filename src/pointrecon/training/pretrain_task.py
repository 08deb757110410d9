"""The pre-training task: a batch goes in, named losses come out."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn

from pointrecon.geometry import Augmentation, augment
from pointrecon.models.encoder import Encoding
from pointrecon.models.fast.linear import full_precision
from pointrecon.models.masks import draw_mask, hidden_patches
from pointrecon.models.model import ReconModel
from pointrecon.models.patches import Patches
from pointrecon.models.plus.patch_order import draw_hidden_columns
from pointrecon.models.plus.plus_model import ReconPlusModel
from pointrecon.training.batches import Batch
from pointrecon.training.compiled import compile_stacks, compiled
from pointrecon.training.feature_spread import FeatureSpread
from pointrecon.training.losses import imitation, reconstruction, same_caption, self_contrast
from pointrecon.training.objective import Objective
from pointrecon.training.optimizer import plus_decay, usual_decay
from pointrecon.training.plus_losses import matched, plus_reconstruction, summed
from pointrecon.training.processes import everywhere


class PretrainTask(nn.Module):
    """ReCon's or ReCon++'s pre-training losses for a model built by :func:`pointrecon.training.objective.model_for`."""

    def __init__(
        self,
        model: ReconModel | ReconPlusModel,
        objective: Objective,
        augmentation: Augmentation | None = None,
        spreads: Mapping[str, FeatureSpread] | None = None,
    ) -> None:
        """``spreads``: of the features that ``objective.standardize`` names, "image" and "text"."""
        super().__init__()
        self.model = model
        self.objective = objective = objective.for_model(model.config)
        self._plus = isinstance(model, ReconPlusModel)
        if self._plus and model.decoder is not None:
            model.decoder.requires_grad_(objective.reconstructs)  # else it idles: no gradient, no decay
        # matching features with queries asks the host, which no CUDA graph can
        self.waits = self._plus and objective.contrasts and objective.targets == "all"
        self.augmentation = augmentation or Augmentation(rotate="none")
        self._imitation: Callable[..., Tensor] = imitation
        for kind, spread in (spreads or {}).items():
            self.register_buffer(f"{kind}_center", spread.center, persistent=False)
            self.register_buffer(f"{kind}_scale", spread.scale, persistent=False)

    def decays(self, name: str, parameter: Tensor) -> bool:
        """Whether a parameter does, by its name in the task."""
        return (plus_decay if self._plus else usual_decay)(name, parameter)

    def compile(self) -> None:
        """Compile the layers and the imitation. What draws stays as it is: so do its random numbers."""
        compile_stacks(self.model)
        self._imitation = compiled(imitation)

    def forward(
        self, batch: Batch, generator: Generator | None = None, *, mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Losses of one batch, each already weighted; their sum is what is optimized.

        They are "reconstruction" (of ReCon++ "cd_l2", "cd_l1" and "color"), "image", "text" and "self", as far as the
        objective has them. ``generator`` decides augmentation and mask; ``mask``, (B, G) bool, or (G,) where masking is
        causal, has the hidden patches instead of a drawn one.
        """
        model, count = self.model, None
        with torch.no_grad(), full_precision(batch.points):
            patches = model.cut(augment(batch.points, self.augmentation, generator, up=model.config.up))
            if mask is None:
                mask, count = self._drawn(patches.centers, generator)
        return self.losses(patches, mask, count, batch)

    def _drawn(self, centers: Tensor, generator: Generator | None) -> tuple[Tensor, int | None]:
        """What is hidden of patches with these centers, and how many, where a cloud's are counted."""
        ratio, count = self.objective.mask_ratio, centers.shape[1]
        if isinstance(self.model, ReconPlusModel) and self.model.config.masking == "causal":
            return draw_hidden_columns(count, ratio, generator).to(centers.device), None
        return draw_mask(centers, ratio, self.objective.mask_kind, generator), hidden_patches(ratio, count)

    def _standardized(self, features: Tensor, kind: str) -> Tensor:
        center: Tensor | None = getattr(self, f"{kind}_center", None)
        return features if center is None else (features.float() - center) / getattr(self, f"{kind}_scale")

    def losses(self, patches: Patches, mask: Tensor, count: int | None, batch: Batch) -> dict[str, Tensor]:
        """The losses of clouds already cut and masked (of ``batch`` only the teachers' part is read).

        Contrast is among the shapes of all processes.
        """
        objective, model = self.objective, self.model
        whole = batch.whole or len(batch.points)
        how: dict[str, Any] = {"count": count, "embed_all": objective.batch_statistics == "all"}
        if self._plus:
            how["decode"] = objective.reconstructs
        rebuilt = model.rebuild(patches, mask, **how)
        losses: dict[str, Tensor] = {}
        if rebuilt.patches is not None:
            for name, loss in self._reconstruction(rebuilt.patches, rebuilt.hidden.points).items():
                losses[name] = objective.reconstruction_weight * loss
        for kind in model.config.teachers:
            pairs = [everywhere(part, whole) for part in self._pairs(rebuilt.encoding, kind, batch)]
            same = self._same(batch, whole, len(pairs[0]))
            student, teacher, present = (part.flatten(0, 1) for part in pairs)
            loss = self._compared(self._standardized(student, kind), self._standardized(teacher, kind), present, same)
            losses[kind] = loss * (objective.image_weight if kind == "image" else objective.text_weight)
        if isinstance(model, ReconModel) and model.self_contrast is not None:
            embedding = model.self_contrast(rebuilt.encoding.queries[:, 0]).float()
            every = everywhere(embedding, whole), everywhere(batch.caption, whole)
            losses["self"] = objective.self_weight * self_contrast(*every)
        return losses

    def _reconstruction(self, rebuilt: Tensor, truth: Tensor) -> dict[str, Tensor]:
        if self._plus:
            return plus_reconstruction(rebuilt, truth)
        return {"reconstruction": reconstruction(rebuilt, truth, self.objective.reconstruction_loss)}

    def _pairs(self, encoding: Encoding, kind: str, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Projected queries (B, M, D) beside the teacher's features for them, and what each pair counts, (B, M)."""
        model, features, present = self.model, batch.features[kind], batch.present[kind]
        if isinstance(model, ReconModel):
            return model.project(encoding, kind).unsqueeze(1), features.unsqueeze(1), present.unsqueeze(1)
        rows = features if features.ndim == 3 else features.unsqueeze(1)
        return matched(model.project_each(encoding, kind), torch.where(present[:, None, None], rows.float(), 0.0))

    def _same(self, batch: Batch, whole: int, clouds: int) -> Tensor | None:
        """Clouds (C, C) bool that InfoNCE does not push apart, over all processes; None for the other losses.

        A model without text is not told through the pictures' negatives either what shapes are called.
        """
        if self.objective.contrast_loss != "infonce":
            return None
        if "text" in self.model.config.teachers:
            return same_caption(everywhere(batch.caption, whole))
        return torch.eye(clouds, dtype=torch.bool, device=batch.points.device)

    def _compared(self, student: Tensor, teacher: Tensor, present: Tensor, same: Tensor | None) -> Tensor:
        """The contrast loss of R = C · M pairs (R, D)."""
        objective, pair = self.objective, (student, teacher, present)
        if same is not None:  # nor are pairs of one cloud
            pairs = len(student) // len(same)
            same = same.repeat_interleave(pairs, 0).repeat_interleave(pairs, 1)
        loss = self._imitation(*pair, objective.contrast_loss, temperature=objective.temperature, same=same)
        factor = summed(present) if self._plus else 1.0  # of smooth L1
        if objective.contrast_loss == "smooth_l1":
            return factor * loss
        if objective.regression_weight:
            loss = loss + objective.regression_weight * factor * self._imitation(*pair, "smooth_l1")
        return loss

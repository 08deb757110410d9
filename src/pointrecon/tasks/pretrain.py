"""The pre-training task: a batch goes in, named losses come out."""

from torch import Generator, Tensor, nn

from pointrecon.geometry import Augmentation, augment
from pointrecon.models.masks import draw_mask
from pointrecon.models.model import ReconModel
from pointrecon.shapes.batches import Batch
from pointrecon.tasks.losses import imitation, reconstruction, same_caption, self_contrast
from pointrecon.tasks.objective import Objective


class PretrainTask(nn.Module):
    """ReCon's pre-training losses for a model built by :func:`pointrecon.tasks.objective.model_for`."""

    def __init__(self, model: ReconModel, objective: Objective, augmentation: Augmentation | None = None) -> None:
        super().__init__()
        self.model = model
        self.objective = objective
        self.augmentation = augmentation or Augmentation(rotate="none")

    def forward(
        self, batch: Batch, generator: Generator | None = None, *, mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Losses of one batch, each already weighted; their sum is what is optimised.

        Args:
            batch: clouds (B, N, 3) and their teachers' features.
            generator: decides augmentation and mask.
            mask: (B, G) bool, hidden patches, instead of a drawn mask.

        Returns:
            "reconstruction", "image", "text" and "self", as far as the objective has them.
        """
        objective, model = self.objective, self.model
        patches = model.cut(augment(batch.points, self.augmentation, generator))
        if mask is None:
            mask = draw_mask(patches.centres, objective.mask_ratio, objective.mask_kind, generator)
        rebuilt = model.rebuild(patches, mask)
        losses: dict[str, Tensor] = {}
        if rebuilt.patches is not None:
            loss = reconstruction(rebuilt.patches, rebuilt.hidden.points, objective.reconstruction_loss)
            losses["reconstruction"] = objective.reconstruction_weight * loss
        same = same_caption(batch.caption) if objective.contrast_loss == "infonce" else None
        for kind in model.config.teachers:
            loss = imitation(
                model.project(rebuilt.encoding, kind),
                batch.features[kind],
                batch.present[kind],
                objective.contrast_loss,
                temperature=objective.temperature,
                same=same,
            )
            losses[kind] = loss * (objective.image_weight if kind == "image" else objective.text_weight)
        if model.self_contrast is not None:
            embedding = model.self_contrast(rebuilt.encoding.queries[:, 0]).float()
            losses["self"] = objective.self_weight * self_contrast(embedding, batch.caption)
        return losses

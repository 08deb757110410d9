"""The classification task: a labeled batch goes in, the loss comes out."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from pointrecon.errors import InputError
from pointrecon.geometry import Augmentation, augment, gather, resize
from pointrecon.models.fast.functions import farthest_point_sample
from pointrecon.models.fast.linear import full_precision
from pointrecon.models.model_config import QUERIES, ModelConfig
from pointrecon.models.patches import Patches
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_model import EitherModel, ReconPlusModel
from pointrecon.training.batches import Batch
from pointrecon.training.compiled import compile_stacks
from pointrecon.training.head_settings import Classification, check_mode
from pointrecon.training.optimizer import plus_decay, usual_decay
from pointrecon.training.plus_losses import plus_reconstruction
from pointrecon.training.processes import of_all

_CLASS = ("model.head.", "model.encoder.class_query")  # what learns faster in ReCon++, and decays
WIDER = 1200 / 1024  # farthest points drawn from, over points wanted (METHOD section 4)


class ClassifyTask(nn.Module):
    """Cross-entropy of a model with a classification head; of a causal ReCon++ model perhaps with rebuilt patches.

    In the modes "linear" and "mlp3" all but the head is frozen: no gradient, and in evaluation mode, so that the
    statistics of its batch norms stay as they are.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        model: EitherModel,
        mode: str = "full",
        how: Classification | None = None,
        augmentation: Augmentation | None = None,
        *,
        counts: Sequence[int] | None = None,
    ) -> None:
        """``counts`` are the training shapes of each class, for balanced class weights.

        Raises:
            InputError: for an unknown mode, a model without a classification head, balanced weights without counts, or
                patches to rebuild where the model cannot.
        """
        super().__init__()
        head = model.config.head
        if model.head is None or head is None or head.kind == "parts":
            raise InputError("this model has no classification head; build one with build_classifier")
        self.model, self.how = model, how or Classification()
        self.frozen = check_mode(mode) != "full"
        self.rebuild_weight = self.how.rebuild_weight or 0.0
        if self.rebuild_weight:
            check_rebuilds(model.config, mode)
        self.plus = isinstance(model.config, PlusConfig)
        self.augmentation = augmentation or Augmentation(rotate="none")
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(not self.frozen or name.startswith("head."))
        weights = None
        if self.how.class_weights == "balanced":
            if counts is None or len(counts) != len(head.classes):
                raise InputError("balanced class weights need the number of training shapes of every class")
            weights = balanced_weights(counts)
        self.register_buffer("class_weights", weights, persistent=False)

    def train(self, mode: bool = True) -> "ClassifyTask":
        """Training mode, in which a frozen backbone stays as in evaluation."""
        super().train(mode)
        if self.frozen:
            self.model.eval()
            assert self.model.head is not None
            self.model.head.train(mode)
        return self

    def learning_rate_factor(self, name: str) -> float | list[float]:
        """By how much faster than the rest the parameter of this name learns; of the queries, each of them.

        The class query and its position learn as fast as the head (METHOD section 4).
        """
        fast = self.how.head_rate
        if self.plus:
            return fast if name.startswith(_CLASS) else 1.0
        if name.endswith((".queries", ".query_positions")):
            return [fast if query == "class" else 1.0 for query in QUERIES]
        return fast if name.startswith("model.head.") else 1.0

    def decays(self, name: str, parameter: Tensor) -> bool:
        """Whether a parameter decays: of ReCon++ also all of the head and the class query (METHOD-PLUS section 4)."""
        if self.plus:
            return plus_decay(name, parameter) or name.startswith(_CLASS)
        return usual_decay(name, parameter)

    def compile(self) -> None:
        """Compile the layers; see :func:`pointrecon.training.compiled.compile_stacks`."""
        compile_stacks(self.model)

    def forward(self, batch: Batch, generator: Generator | None = None) -> dict[str, Tensor]:
        """The loss "classification" of clouds (B, N, 3) or (B, N, 6) with labels (B,), none of them negative.

        And "reconstruction" where patches are rebuilt. ``generator`` decides points and augmentation.
        """
        assert batch.label is not None
        with torch.no_grad(), full_precision(batch.points):
            points = batch.points
            if self.how.draw == "farthest":
                points = draw_farthest(points, self.model.config.points, generator)
            patches = self.model.cut(augment(points, self.augmentation, generator, up=self.model.config.up))
        found = self.losses(patches, batch.label)
        if self.class_weights is None:
            return found
        factor = of_all(self.class_weights[batch.label].sum(), len(batch.label), batch.whole)
        return {**found, "classification": found["classification"] * factor}

    def losses(self, patches: Patches, label: Tensor) -> dict[str, Tensor]:
        """The losses of clouds already cut."""
        model, found = self.model, dict[str, Tensor]()
        assert model.head is not None
        if self.rebuild_weight and isinstance(model, ReconPlusModel):
            rebuilt = model.rebuild(patches)
            assert rebuilt.patches is not None
            gaps = plus_reconstruction(rebuilt.patches[..., :3], patches.points[..., :3])
            found["reconstruction"] = self.rebuild_weight * (gaps["cd_l1"] + gaps["cd_l2"])
            summary = model.head_input(rebuilt.encoding)
        else:
            with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
                summary = model.head_input(model.encode_patches(patches))
        scores = model.head(summary).float()
        loss = F.cross_entropy(scores, label, self.class_weights, label_smoothing=self.how.label_smoothing)
        return {"classification": loss, **found}


def rebuilds(config: ModelConfig | PlusConfig, mode: str) -> bool:
    """Whether a model can rebuild patches while it learns to classify: causal, with a decoder, all weights learning."""
    causal = isinstance(config, PlusConfig) and config.masking == "causal"
    return causal and config.decoder_depth > 0 and mode == "full"


def check_rebuilds(config: ModelConfig | PlusConfig, mode: str) -> None:
    """Raise InputError where it cannot."""
    if not rebuilds(config, mode):
        raise InputError(
            "classify.rebuild_weight rebuilds patches with the decoder of a causal ReCon++ model in mode full, which "
            "this is not; leave it out, or set it to 0"
        )


def draw_farthest(points: Tensor, count: int, generator: Generator | None = None) -> Tensor:
    """``count`` points spread over each cloud: drawn at random from somewhat more farthest points.

    Without a generator the ``count`` farthest points themselves, as for testing.

    Shape:
        points: (B, N, 3) → (B, count, 3); colors behind the coordinates stay with their points.

    Source: METHOD section 4 (1024 of 1200, 2048 of 2400).
    """
    wide = min(count if generator is None else round(count * WIDER), points.shape[1])
    if wide < points.shape[1]:
        points = gather(points, farthest_point_sample(points[..., :3].contiguous(), wide))
    return resize(points, count, generator)


def balanced_weights(counts: Sequence[int]) -> Tensor:
    """(K,) float32: one over each class's share of the shapes, on average 1 over them; 0 for classes without any."""
    number = torch.as_tensor(counts, dtype=torch.float32)
    there = number > 0
    return torch.where(there, number.sum() / (there.sum() * number.clamp_min(1)), 0.0)

"""The ReCon model: an encoder, and whatever of decoder, projections and head its configuration asks for."""

from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from pointrecon.errors import InputError
from pointrecon.geometry.preparing import as_clouds, check_prepared, prepared_clouds
from pointrecon.models.decoder import MaskedDecoder
from pointrecon.models.encoder import Encoder, Encoding
from pointrecon.models.facts import ModelFacts
from pointrecon.models.heads import PartHead, SelfContrastHead, classifier_input, head_of, tapped
from pointrecon.models.masks import draw_mask, split_mask
from pointrecon.models.model_config import QUERIES, ModelConfig, model_config
from pointrecon.models.patches import Patches, check_cuttable, cut, warn_of_number

FEATURES = ("recon", "patches", "queries", "all")


class Rebuilt(NamedTuple):
    """Masked reconstruction of a batch, for the loss and for looking at."""

    encoding: Encoding  # of the V visible patches
    patches: Tensor | None  # (B, H, S, 3) the rebuilt hidden patches; None without a decoder
    hidden: Patches  # as they are


class Reconstruction(NamedTuple):
    """Clouds to look at: (B, n, 3) visible input, (B, m, 3) rebuilt hidden part, (B, N, 3) original."""

    visible: Tensor
    rebuilt: Tensor
    original: Tensor


def pooled(encoding: Encoding, summary: Tensor, feature: str) -> Tensor:
    """One feature per cloud, one of `FEATURES`; ``summary`` (B, D) is what its queries say side by side.

    InputError for another feature.
    """
    queries, patches, _ = encoding
    if feature == "recon":
        return torch.cat([queries.amax(1), patches.amax(1) + patches.mean(1)], 1)
    if feature == "patches":
        return patches.amax(1) + patches.mean(1)
    if feature == "queries":
        return summary
    if feature == "all":
        return torch.cat([summary, patches.amax(1), patches.mean(1)], 1)
    raise InputError(f"there is no feature '{feature}'; choose one of {', '.join(FEATURES)}")


class ReconModel(nn.Module):
    """A ReCon model: ``config`` decides its layers and its input, ``facts`` tell what its weights come from.

    ``encode``, ``features``, ``reconstruct`` and the call take clouds as :meth:`prepare` makes them, (B, N, 3) in numpy
    or torch, and raise InputError for others, or for coordinates that are not finite. ``cut`` and what takes patches
    trust the caller: training goes there with augmented clouds.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.facts = ModelFacts()
        self.encoder = Encoder(config)
        self.query_encoder = Encoder(config) if config.streams == "towers" else None
        decoder = config.width, config.heads, config.decoder_depth, config.patch_size
        self.decoder = MaskedDecoder(*decoder) if config.decoder_depth else None
        self.projections = nn.ModuleDict(
            {kind: nn.Linear(config.width, teacher.width) for kind, teacher in sorted(config.teachers.items())}
        )
        self.self_contrast = SelfContrastHead(config.width) if config.self_contrast else None
        self.head = head_of(config.head, config.width) if config.head is not None else None

    def __repr__(self) -> str:
        config, head = self.config, self.config.head
        has = [f"{len(head.classes)} classes"] if head is not None else []
        has += [f"{kind} teacher {teacher.name}" for kind, teacher in config.teachers.items()]
        count = sum(p.numel() for p in self.parameters()) / 1e6
        return f"ReconModel({', '.join([config.size, f'{count:.1f} M parameters', f'{config.points} points', *has])})"

    def prepare(self, points: Any, up: str | None = None) -> Tensor:
        """Whatever clouds there are, as this model wants them: its number of points, upright, centered, scaled.

        Args:
            points: numpy or torch (N, 3) or (B, N, 3), or a list of clouds of different sizes. Larger clouds are
                drawn from, the same points each time, smaller ones repeated up.
            up: the axis that points up in them, x, y or z; left out, the model's own (``config.up``).

        Returns:
            (B, config.points, 3) float32 on the model's device.

        Raises:
            InputError: for another shape or axis, or coordinates that are not finite.
        """
        own = self.config
        clouds = prepared_clouds(points, own.points, up_from=up or own.up, up_to=own.up)
        return clouds.to(next(self.parameters()).device)

    def _given(self, points: Any) -> Tensor:
        """(B, N, 3) on the model's device, checked to be prepared; not in compiled code, which cannot raise."""
        if torch.compiler.is_compiling():
            return points
        clouds = as_clouds(points, look=False).to(next(self.parameters()).device, torch.float32)
        check_prepared(clouds.detach())
        warn_of_number(clouds, self.config.points)
        return clouds

    def cut(self, points: Tensor) -> Patches:
        """Patches of (B, N, 3) clouds, with this model's sizes; InputError for another shape or too few points."""
        config = self.config
        check_cuttable(points, config.patches, config.patch_size)
        return cut(points, config.patches, config.patch_size, config.skip_origin)

    def encode(self, points: Tensor) -> Encoding:
        """Queries (B, 3, C), patch tokens (B, G, C) and centers (B, G, 3) of prepared clouds; differentiable."""
        return self.encode_prepared(self._given(points))

    def encode_prepared(self, points: Tensor) -> Encoding:
        """:meth:`encode` of clouds that are prepared for certain: nobody looks, so no GPU is waited for."""
        return self.encode_patches(self.cut(points))

    def encode_patches(self, patches: Patches, visible: Tensor | None = None) -> Encoding:
        """The same for clouds already cut (all patches, or only the visible ones).

        With ``visible``, (B, V) indices, only those go on after the embedding, whose batch norms see all of them.
        """
        encoding = self.encoder(patches, visible)
        if self.query_encoder is not None:
            encoding = encoding._replace(queries=self.query_encoder(patches, visible).queries)
        return encoding

    @torch.no_grad()
    def features(self, points: Any, feature: str = "recon") -> Tensor:
        """One frozen feature per prepared cloud, for probes and search: :meth:`pool` of its encoding, no gradients."""
        return self.pool(self.encode(points), feature)

    def query_names(self) -> list[str]:
        """What the queries are called, in their order."""
        return list(QUERIES)

    @staticmethod
    def pool(encoding: Encoding, feature: str = "recon") -> Tensor:
        """One feature per cloud from an encoding, (B, D).

        Args:
            feature: "recon" (released SVM feature: [maximum over queries, maximum + mean over patches], D = 2C),
                "patches" (its second half, C), "queries" (the three queries joined, 3C) or "all" (queries, maximum and
                mean of the patches, 5C); InputError for another.
        """
        return pooled(encoding, encoding.queries.flatten(1), feature)

    def project(self, encoding: Encoding, feature: str) -> Tensor:
        """The "image" or "text" query in its teacher's space, (B, D); InputError without such a projection."""
        if feature not in self.projections:
            have = ", ".join(self.projections) or "none"
            raise InputError(f"this model was not taught by a {feature} teacher (its projections: {have})")
        return self.projections[feature](encoding.queries[:, QUERIES.index(feature)])

    def rebuild(self, patches: Patches, mask: Tensor, *, count: int | None = None, embed_all: bool = False) -> Rebuilt:
        """Encode the visible patches and rebuild the hidden ones.

        Args:
            mask: (B, G) bool, True where hidden.
            count: how many are hidden, where it is known (see :func:`split_mask`).
            embed_all: embed hidden patches too, for nothing but the statistics of the batch norms: the released
                training's. The visible ones alone give other statistics, for 40% of the work.
        """
        visible_index, hidden_index = split_mask(mask, count)
        hidden = patches.take(hidden_index)
        if embed_all:
            encoding = self.encode_patches(patches, visible_index)
        else:
            encoding = self.encode_patches(patches.take(visible_index))
        rebuilt = self.decoder(encoding.patches, encoding.centers, hidden.centers) if self.decoder is not None else None
        return Rebuilt(encoding, rebuilt, hidden)

    @torch.no_grad()
    def reconstruct(
        self, points: Any, *, mask_ratio: float = 0.6, mask_kind: str = "random", generator: Generator | None = None
    ) -> Reconstruction:
        """Hide patches of prepared clouds and rebuild them, to look at; InputError without a decoder."""
        if self.decoder is None:
            raise InputError("this model has no decoder, so it cannot rebuild; load the pre-trained model folder")
        points = self._given(points)
        patches = self.cut(points)
        mask = draw_mask(patches.centers, mask_ratio, mask_kind, generator)
        rebuilt = self.rebuild(patches, mask)
        visible = patches.take(split_mask(mask)[0])
        assert rebuilt.patches is not None
        return Reconstruction(
            (visible.points + visible.centers.unsqueeze(2)).flatten(1, 2),
            (rebuilt.patches + rebuilt.hidden.centers.unsqueeze(2)).flatten(1, 2),
            points,
        )

    def forward(self, points: Any, category: Tensor | None = None) -> Tensor:
        """Class scores (B, classes), or per-point log-probabilities (B, N, classes) with a part head.

        ``category``, (B,) int64, is for a part head that is told it. InputError without a head.
        """
        points = self._given(points)
        if isinstance(self.head, PartHead):
            return self.label_points(self.cut(points), points, category)
        return self.classify(self.cut(points))

    def classify(self, patches: Patches) -> Tensor:
        """Class scores (B, classes) of clouds already cut; InputError without a classification head."""
        if self.head is None or isinstance(self.head, PartHead):
            raise InputError("this model has no classification head; use encode, or fine-tune it first")
        return self.head(self.head_input(self.encode_patches(patches)))

    def head_input(self, encoding: Encoding) -> Tensor:
        """What a classification head reads of an encoding, (B, 4C): :func:`classifier_input`."""
        return classifier_input(encoding)

    def label_points(self, patches: Patches, points: Tensor, category: Tensor | None = None) -> Tensor:
        """Log-probabilities of the parts at any points of clouds already cut, (B, N, classes). METHOD section 2.

        Args:
            points: (B, N, 3), of the same clouds, not necessarily those the patches were cut from.
            category: (B,) int64 shape category, for a head that is told it.

        Raises:
            InputError: when the model has no part head.
        """
        if not isinstance(self.head, PartHead):
            raise InputError("this model has no part head; 'pointrecon segment' trains one")
        layers = list(self.encoder.layers(patches))
        taps = torch.cat([self.encoder.norm(tokens) for tokens in tapped([tokens for _, tokens in layers])], 2)
        queries = layers[-1][0]
        if self.query_encoder is not None:
            *_, (queries, _) = self.query_encoder.layers(patches)
        return self.head.label_all(points, patches.centers, taps, queries, category)


def create_model(size: str | ModelConfig = "nano", *, seed: int | None = None, **overrides: Any) -> ReconModel:
    """A new, untrained model of a named size ("nano", "mini", "tiny", "small", "base") or of a configuration.

    Args:
        size: size name or :class:`ModelConfig`.
        seed: seed of the random weights; without it torch's global generator is used.
        **overrides: any :class:`ModelConfig` setting, for instance ``patches=128, points=2048``.

    Raises:
        InputError: for an unknown size or setting, or values that do not fit together.
    """
    config = replace(size, **overrides) if isinstance(size, ModelConfig) else model_config(size, **overrides)
    if seed is None:
        return ReconModel(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ReconModel(config)

"""The ReCon++ model: an encoder with many queries, and whatever of decoder, projections and head it was given."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from pointrecon.errors import InputError
from pointrecon.geometry.preparing import as_clouds, check_prepared, prepared_clouds
from pointrecon.models.decoder import MaskedDecoder
from pointrecon.models.encoder import Encoding
from pointrecon.models.facts import ModelFacts
from pointrecon.models.heads import PartHead, head_of, tapped
from pointrecon.models.masks import draw_mask, split_mask
from pointrecon.models.model import Rebuilt, ReconModel, Reconstruction, pooled
from pointrecon.models.patches import Patches, check_cuttable, warn_of_number
from pointrecon.models.plus.causal_decoder import CausalDecoder
from pointrecon.models.plus.patch_order import cut_colored, draw_hidden_columns
from pointrecon.models.plus.plus_clouds import check_colors_prepared, is_colored, prepared_colored
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_encoder import PlusEncoder


class ReconPlusModel(nn.Module):
    """A ReCon++ model: ``config`` decides its layers and its input, ``facts`` tell what its weights come from.

    It is used as a :class:`pointrecon.models.model.ReconModel` is; clouds are (B, N, 6) where ``config.channels`` is 6.
    Source: METHOD-PLUS.
    """

    def __init__(self, config: PlusConfig) -> None:
        super().__init__()
        self.config = config
        self.facts = ModelFacts()
        self.encoder = PlusEncoder(config)
        self.decoder: MaskedDecoder | CausalDecoder | None = None
        if config.decoder_depth and config.masking == "causal":
            self.decoder = CausalDecoder(config)
        elif config.decoder_depth:
            sizes = config.width, config.heads, config.decoder_depth, config.patch_size
            self.decoder = MaskedDecoder(*sizes, channels=config.channels, bias=True)
        self.projections = nn.ModuleDict(
            {kind: nn.Linear(config.width, teacher.width) for kind, teacher in sorted(config.teachers.items())}
        )
        self.head = head_of(config.head, config.width) if config.head is not None else None

    def __repr__(self) -> str:
        config, head = self.config, self.config.head
        count = sum(p.numel() for p in self.parameters()) / 1e6
        has = [f"{config.points} points", f"{len(head.classes)} classes" if head else config.kind]
        return f"ReconPlusModel({', '.join([config.size, f'{count:.1f} M parameters', *has])})"

    def prepare(self, points: Any, colors: Any = None, up: str | None = None) -> Tensor:
        """Whatever clouds there are, as this model wants them: its number of points, upright, centered, scaled.

        Args:
            points: numpy or torch (N, 3) or (B, N, 3), or a list of clouds of different sizes; or all with six
                channels, colors last. Larger clouds are drawn from, the same points each time, smaller ones repeated.
            colors: of each point, in the same form: 0 to 255 where they are whole numbers or any is above 1, else 0 to
                1. Without colors a shape is gray (0.4).
            up: the axis that points up in them, x, y or z; left out, the model's own (``config.up``).

        Returns:
            (B, config.points, config.channels) float32 on the model's device.

        Raises:
            InputError: for another shape or axis, numbers that are not finite, no colors, or colors for a model
                without.
        """
        own = self.config
        if is_colored(self):
            clouds = prepared_colored(points, colors, own.points, up_from=up or own.up, up_to=own.up)
        elif colors is not None:
            raise InputError("this model knows no colors; leave them out")
        else:
            clouds = prepared_clouds(points, own.points, up_from=up or own.up, up_to=own.up)
        return clouds.to(next(self.parameters()).device)

    def _given(self, points: Any) -> Tensor:
        """(B, N, channels) on the model's device, checked to be prepared; not in compiled code, which cannot raise."""
        if torch.compiler.is_compiling():
            return points
        clouds = as_clouds(points, look=False, channels=(self.config.channels,))
        clouds = clouds.to(next(self.parameters()).device, torch.float32)
        check_prepared(clouds[..., :3].detach())
        if is_colored(self):
            check_colors_prepared(clouds.detach())
        warn_of_number(clouds, self.config.points)
        return clouds

    def cut(self, points: Tensor) -> Patches:
        """Patches of (B, N, channels) clouds, in a row where masking is causal; InputError for another shape."""
        config = self.config
        check_cuttable(points, config.patches, config.patch_size, config.channels)
        row = config.masking == "causal"
        return cut_colored(points, config.patches, config.patch_size, in_a_row=row, skip_origin=config.skip_origin)

    def encode(self, points: Any) -> Encoding:
        """Queries (B, Q, C), patch tokens (B, G, C) and centers (B, G, 3) of prepared clouds; differentiable.

        The queries are those of images, of texts, and last the class query of a model for transfer. Where masking is
        causal the centers are in their row, and the token at a place knows the patches before it.
        """
        return self.encode_prepared(self._given(points))

    def encode_prepared(self, points: Tensor) -> Encoding:
        """:meth:`encode` of clouds that are prepared for certain: nobody looks, so no GPU is waited for."""
        return self.encode_patches(self.cut(points))

    def encode_patches(self, patches: Patches, visible: Tensor | None = None, hidden: Tensor | None = None) -> Encoding:
        """The same for clouds already cut; ``visible`` and ``hidden`` as for the encoder."""
        return self.encoder(patches, visible, hidden)

    @torch.no_grad()
    def features(self, points: Any, feature: str = "recon") -> Tensor:
        """One frozen feature per prepared cloud, for probes and search: :meth:`pool` of its encoding, no gradients."""
        return self.pool(self.encode(points), feature)

    def feature_widths(self) -> dict[str, int]:
        """The features that :meth:`pool` makes, the usual one first, and how wide each is, in token widths."""
        summaries = 2 + self.config.class_query
        return {"recon": 2, "patches": 1, "queries": summaries, "all": summaries + 2}

    def pool(self, encoding: Encoding, feature: str = "recon") -> Tensor:
        """One feature per cloud from an encoding, (B, D).

        Args:
            feature: "recon" ([maximum over all queries, maximum + mean over patches], D = 2C), "patches" (its second
                half, C), "queries" (the class query if there is one, the maximum over the image queries, that over the
                text queries, joined) or "all" ("queries", maximum and mean of the patches, joined); InputError for
                another.
        """
        return pooled(encoding, self._summary(encoding.queries), feature)

    def _summary(self, queries: Tensor) -> Tensor:
        """[class query, maximum of the image queries, of the text queries], (B, 2C) or (B, 3C)."""
        of_images, of_texts, of_class = queries.split(self._counts, 1)
        return torch.cat([of_class.flatten(1), of_images.amax(1), of_texts.amax(1)], 1)

    def query_names(self) -> list[str]:
        """What the queries are called, in their order: "image 1", ..., "text 1", ..., "class"."""
        images, texts, classes = self._counts
        named = [f"{kind} {i + 1}" for kind, count in (("image", images), ("text", texts)) for i in range(count)]
        return [*named, *["class"] * classes]

    @property
    def _counts(self) -> list[int]:
        return [self.config.image_queries, self.config.text_queries, int(self.config.class_query)]

    def project_each(self, encoding: Encoding, feature: str) -> Tensor:
        """Every "image" or "text" query in its teacher's space, of unit length, (B, Q, D).

        Raises:
            InputError: without such a projection.
        """
        if feature not in self.projections:
            have = ", ".join(self.projections) or "none"
            raise InputError(f"this model was not taught by a {feature} teacher (its projections: {have})")
        queries = encoding.queries.split(self._counts, 1)[("image", "text").index(feature)]
        return F.normalize(self.projections[feature](queries), dim=2)

    def project(self, encoding: Encoding, feature: str) -> Tensor:
        """The mean of :meth:`project_each`, (B, D)."""
        return self.project_each(encoding, feature).mean(1)

    def beside_words(self, encoding: Encoding) -> Tensor:
        """What names are compared with, (B, D): the image queries and a share of the text queries, if of one teacher.

        InputError without a text projection. Source: METHOD-PLUS section 4, "Zero-shot".
        """
        text, teachers = self.project(encoding, "text"), self.config.teachers
        if "image" not in teachers or teachers["image"].name != teachers["text"].name:
            return text
        return self.project(encoding, "image") + self.config.text_share * text

    def rebuild(
        self,
        patches: Patches,
        mask: Tensor | None = None,
        *,
        count: int | None = None,
        embed_all: bool = False,
        decode: bool = True,
    ) -> Rebuilt:
        """Encode what is not hidden, and rebuild: hidden patches, or where masking is causal all of them.

        Args:
            mask: True where hidden: (B, G) bool with as many in each row; where masking is causal (G,) bool, positions
                that no other reads, or None for none.
            count, embed_all: as for :meth:`pointrecon.models.model.ReconModel.rebuild`, where masking is random.
            decode: False leaves the decoder out, as where there is none.

        Raises:
            InputError: without a mask, where masking is random.
        """
        decoder = self.decoder if decode else None
        if self.config.masking == "causal":
            encoding = self.encode_patches(patches, hidden=mask)
            rebuilt = decoder(encoding.patches, encoding.centers, mask) if decoder is not None else None
            return Rebuilt(encoding, rebuilt, patches)
        if mask is None:
            raise InputError("a model whose masking is random rebuilds hidden patches; give a mask")
        visible, of_hidden = split_mask(mask, count)
        hidden = patches.take(of_hidden)
        if embed_all:
            encoding = self.encode_patches(patches, visible)
        else:
            encoding = self.encode_patches(patches.take(visible))
        rebuilt = decoder(encoding.patches, encoding.centers, hidden.centers) if decoder is not None else None
        return Rebuilt(encoding, rebuilt, hidden)

    @torch.no_grad()
    def reconstruct(
        self, points: Any, *, mask_ratio: float = 0.7, generator: Generator | None = None
    ) -> Reconstruction:
        """Hide patches of prepared clouds and rebuild them, to look at; InputError without a decoder.

        Where masking is causal every patch is rebuilt from those before it, so all of the cloud is "rebuilt".
        """
        if self.decoder is None:
            raise InputError("this model has no decoder, so it cannot rebuild; load the pre-trained model")
        points = self._given(points)
        patches = self.cut(points)
        if self.config.masking == "causal":
            mask = draw_hidden_columns(self.config.patches, mask_ratio, generator).to(points.device)
            visible = patches
        else:
            mask = draw_mask(patches.centers, mask_ratio, "random", generator)
            visible = patches.take(split_mask(mask)[0])
        rebuilt = self.rebuild(patches, mask)
        assert rebuilt.patches is not None
        return Reconstruction(_placed(visible), _placed(rebuilt.hidden._replace(points=rebuilt.patches)), points)

    def forward(self, points: Any, category: Tensor | None = None) -> Tensor:
        """Class scores (B, classes) of prepared clouds; with a part head log-probabilities (B, N, classes).

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

    def label_points(self, patches: Patches, points: Tensor, category: Tensor | None = None) -> Tensor:
        """Log-probabilities of the parts at any points of clouds already cut, (B, N, classes).

        The head is ReCon's (METHOD section 2, "Heads"), on this local stream and these queries. Where masking is causal
        all patches of the row are read, and each token stands at the patch it read last. ``points`` (B, N, 3), colors
        behind them or not, and ``category`` are as for :meth:`pointrecon.models.model.ReconModel.label_points`.
        InputError without a part head.
        """
        if not isinstance(self.head, PartHead):
            raise InputError("this model has no part head; 'pointrecon segment' trains one")
        layers = list(self.encoder.layers(patches, whole=True))
        first = int(self.config.masking == "causal")  # a start token stands at no patch
        taps = [self.encoder.norm(tokens[:, first:]) for tokens in tapped([tokens for _, tokens in layers])]
        return self.head.label_all(points, patches.centers, torch.cat(taps, 2), layers[-1][0], category)

    def head_input(self, encoding: Encoding) -> Tensor:
        """[class query, maximum of image queries, of text queries, of patches], (B, 4C). METHOD-PLUS section 2.10."""
        return torch.cat([self._summary(encoding.queries), encoding.patches.amax(1)], 1)


def _placed(patches: Patches) -> Tensor:
    """All points of patches where they are, (B, G · S, channels)."""
    moved = patches.points[..., :3] + patches.centers.unsqueeze(2)
    return torch.cat([moved, patches.points[..., 3:]], -1).flatten(1, 2)


EitherModel = ReconModel | ReconPlusModel

"""The encoder of ReCon++: patch tokens, in any order or in a row, and its queries."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from pointrecon.geometry import gather
from pointrecon.models.blocks import LayerStack, kept_paths
from pointrecon.models.encoder import Encoding
from pointrecon.models.patches import PatchEmbedding, Patches, Position
from pointrecon.models.plus.patch_order import seen_keys
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_layers import GuidedBlock, LargePatchEmbedding, sine_positions


class PlusEncoder(LayerStack):
    """Embeds patches and runs both streams; the places of patches are added before every block.

    Where masking is causal, a learned token stands before the first patch, and the last patch is not read: what
    stands at a position knows the patches before it. Source: METHOD-PLUS section 2.
    """

    def __init__(self, config: PlusConfig) -> None:
        super().__init__()
        width, causal = config.width, config.masking == "causal"
        large = config.embedding == "large"
        self.embed = (
            LargePatchEmbedding(width, config.channels)
            if large
            else PatchEmbedding(width, config.stem, config.channels)
        )
        self.position = None if causal else Position(width)
        self.start, self.start_position = (
            nn.Parameter(_normal(torch.empty(width))) if causal else None for _ in range(2)
        )
        count = config.image_queries + config.text_queries
        self.queries = nn.Parameter(nn.init.trunc_normal_(torch.empty(count, width), std=0.02))  # of images first
        self.class_query = (
            nn.Parameter(nn.init.trunc_normal_(torch.empty(width), std=0.02)) if config.class_query else None
        )
        self.drop_path = config.drop_path  # of the last block, growing to it from none at the first
        self.blocks = nn.ModuleList(
            GuidedBlock(
                width, config.heads, config.mlp_width, scaled=config.layer_scale, stop_gradient=config.stop_gradient
            )
            for _ in range(config.depth)
        )
        self.norm = nn.LayerNorm(width)
        self.query_norm = nn.LayerNorm(width)

    def layers(
        self, patches: Patches, visible: Tensor | None = None, hidden: Tensor | None = None, *, whole: bool = False
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """(queries, patch tokens) after each block, before the final norms; arguments as for :meth:`forward`.

        With ``whole`` the last patch of a row is read, too: there is one token more, and behind the first one each
        stands for a patch, which it has read.
        """
        tokens, centers = self.quick(self.embed, patches.points), patches.centers
        seen = None
        if visible is not None:
            tokens, centers = gather(tokens, visible), gather(centers, visible)
        if self.position is not None:
            places = self.position(centers)
        else:
            assert self.start is not None
            assert self.start_position is not None
            read = tokens.shape[1] if whole else tokens.shape[1] - 1
            seen = seen_keys(read + 1, hidden, tokens.device)
            places = sine_positions(centers[:, :read], tokens.shape[2])
            tokens, places = _behind(self.start, tokens[:, :read]), _behind(self.start_position, places)
        queries = self.queries if self.class_query is None else torch.cat([self.queries, self.class_query[None]])
        queries = queries.expand(tokens.shape[0], -1, -1)
        paths: Any = [None] * len(self.blocks)
        if self.training and self.drop_path:
            rates = torch.linspace(0, self.drop_path, len(self.blocks), device=tokens.device)
            paths = kept_paths(rates, GuidedBlock.branches, len(tokens))
        for block, kept in zip(self.blocks, paths, strict=True):
            queries, tokens = self.run(block, queries, tokens + places, kept, seen)
            yield queries, tokens

    def forward(self, patches: Patches, visible: Tensor | None = None, hidden: Tensor | None = None) -> Encoding:
        """Queries (B, Q, C), those of images, of texts, and the class query; a token of each patch, (B, G, C).

        Args:
            visible: (B, V) patches that go on after the embedding, where masking is random.
            hidden: (G,) bool, positions that no other one reads, where masking is causal.
        """
        *_, (queries, tokens) = self.layers(patches, visible, hidden)
        centers = patches.centers if visible is None else gather(patches.centers, visible)
        return Encoding(self.query_norm(queries), self.norm(tokens), centers)


def _normal(values: Tensor) -> Tensor:
    """N(0, 1); where nothing is stored drawing would load torch's compiler, for seconds."""
    return values if values.is_meta else values.normal_()


def _behind(first: Tensor, rest: Tensor) -> Tensor:
    """(C,) put before each of (B, G, C), (B, 1 + G, C)."""
    return torch.cat([first.to(rest.dtype).expand(rest.shape[0], 1, -1), rest], 1)

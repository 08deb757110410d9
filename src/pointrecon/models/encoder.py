"""The encoder: patch tokens and three queries through blocks of one of two kinds."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pointrecon.geometry import gather
from pointrecon.models.blocks import PreNormBlock, Recomputing, ReconBlock
from pointrecon.models.model_config import QUERIES, ModelConfig
from pointrecon.models.patches import PatchEmbedding, Patches, Position


class Encoding(NamedTuple):
    """What the encoder makes of a batch."""

    queries: Tensor  # (B, 3, C) the class, image and text query
    patches: Tensor  # (B, G, C) patch tokens
    centers: Tensor  # (B, G, 3) where the patches are


class Encoder(Recomputing, nn.Module):
    """Embeds patches and runs both streams. Positions are added again before every block (METHOD section 2.3)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, heads, depth = config.width, config.heads, config.depth
        self.embed = PatchEmbedding(width, config.stem)
        self.position = Position(width)
        self.queries = nn.Parameter(torch.zeros(len(QUERIES), width))
        self.query_positions = nn.Parameter(torch.randn(len(QUERIES), width) * 0.02)
        nn.init.trunc_normal_(self.queries, std=0.02)
        rates = [config.drop_path * i / max(depth - 1, 1) for i in range(depth)]
        self.blocks = nn.ModuleList(
            ReconBlock(width, heads, rate, config.stop_gradient)
            if config.streams == "recon"
            else PreNormBlock(width, heads, rate)
            for rate in rates
        )
        self.norm = nn.LayerNorm(width)

    def layers(self, patches: Patches, visible: Tensor | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """(queries, patch tokens) after each block, before the final norm; of the ``visible`` (B, V) patches."""
        tokens, centers = self.embed(patches.points), patches.centers
        if visible is not None:
            tokens, centers = gather(tokens, visible), gather(centers, visible)
        places = self.position(centers)
        queries = self.queries.expand(len(tokens), -1, -1)
        count = queries.shape[1]
        for block in self.blocks:
            if isinstance(block, ReconBlock):
                queries, tokens = self.run(block, queries + self.query_positions, tokens + places)
            else:
                both = self.run(block, torch.cat([queries + self.query_positions, tokens + places], 1))
                queries, tokens = both[:, :count], both[:, count:]
            yield queries, tokens

    def forward(self, patches: Patches, visible: Tensor | None = None) -> Encoding:
        *_, (queries, tokens) = self.layers(patches, visible)
        centers = patches.centers if visible is None else gather(patches.centers, visible)
        return Encoding(self.norm(queries), self.norm(tokens), centers)

"""The encoder: patch tokens and three queries through blocks of one of two kinds."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from pointrecon.geometry import gather
from pointrecon.models.blocks import LayerStack, PreNormBlock, ReconBlock, kept_paths
from pointrecon.models.model_config import QUERIES, ModelConfig
from pointrecon.models.patches import PatchEmbedding, Patches, Position


class Encoding(NamedTuple):
    """What the encoder makes of a batch."""

    queries: Tensor  # (B, 3, C) the class, image and text query
    patches: Tensor  # (B, G, C) patch tokens
    centers: Tensor  # (B, G, 3) where the patches are


class Encoder(LayerStack):
    """Embeds patches and runs both streams. Positions are added again before every block (METHOD section 2.3)."""

    drop_rates: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, heads, depth = config.width, config.heads, config.depth
        self.embed = PatchEmbedding(width, config.stem)
        self.position = Position(width)
        self.queries = nn.Parameter(torch.zeros(len(QUERIES), width))
        positions = torch.empty(len(QUERIES), width)
        rates = torch.empty(depth)
        if not positions.is_meta:  # where these load torch's compiler, for seconds
            positions = torch.randn(len(QUERIES), width) * 0.02
            rates = torch.linspace(0, config.drop_path, depth)
        self.query_positions = nn.Parameter(positions)
        nn.init.trunc_normal_(self.queries, std=0.02)
        self.drop_path = config.drop_path  # of the last block, growing to it from none at the first
        self.blocks = nn.ModuleList(
            ReconBlock(width, heads, config.stop_gradient) if config.streams == "recon" else PreNormBlock(width, heads)
            for _ in range(depth)
        )
        self.branches = (ReconBlock if config.streams == "recon" else PreNormBlock).branches
        self.register_buffer("drop_rates", rates, persistent=False)
        self.norm = nn.LayerNorm(width)

    def layers(self, patches: Patches, visible: Tensor | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """(queries, patch tokens) after each block, before the final norm; of the ``visible`` (B, V) patches."""
        tokens, centers = self.quick(self.embed, patches.points), patches.centers
        if visible is not None:
            tokens, centers = gather(tokens, visible), gather(centers, visible)
        places = self.position(centers)
        queries = self.queries.expand(tokens.shape[0], -1, -1)
        count = queries.shape[1]
        paths: Any = [None] * len(self.blocks)
        if self.training and self.drop_path:
            paths = kept_paths(self.drop_rates, self.branches, len(tokens))
        for block, kept in zip(self.blocks, paths, strict=True):
            if isinstance(block, ReconBlock):
                queries, tokens = self.run(block, queries + self.query_positions, tokens + places, kept)
            else:
                both = self.run(block, torch.cat([queries + self.query_positions, tokens + places], 1), 0, kept)
                queries, tokens = both[:, :count], both[:, count:]
            yield queries, tokens

    def forward(self, patches: Patches, visible: Tensor | None = None) -> Encoding:
        *_, (queries, tokens) = self.layers(patches, visible)
        centers = patches.centers if visible is None else gather(patches.centers, visible)
        return Encoding(self.norm(queries), self.norm(tokens), centers)

"""The masked decoder: rebuilds the hidden patches from the visible tokens."""

import torch
from torch import Tensor, nn

from pointrecon.models.blocks import LayerStack, PreNormBlock
from pointrecon.models.fast.linear import SingleLinear
from pointrecon.models.patches import Position


class MaskedDecoder(LayerStack):
    """Visible tokens, then one learned token per hidden patch, each with its place; only hidden ones are read out.

    Source: METHOD section 2.7.
    """

    def __init__(
        self, width: int, heads: int, depth: int, patch_size: int, *, channels: int = 3, bias: bool = False
    ) -> None:
        """``channels`` of a point; ``bias`` of query, key and value."""
        super().__init__()
        self.channels = channels
        self.mask_token = nn.Parameter(torch.zeros(width))
        nn.init.trunc_normal_(self.mask_token, std=0.02)
        self.position = Position(width)
        self.blocks = nn.ModuleList(PreNormBlock(width, heads, bias=bias) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.predict = SingleLinear(width, channels * patch_size)

    def forward(self, tokens: Tensor, visible: Tensor, hidden: Tensor) -> Tensor:
        """(B, V, C) tokens, (B, V, 3) visible and (B, H, 3) hidden centers → (B, H, S, channels)."""
        places = self.position(torch.cat([visible, hidden], 1))
        stream = torch.cat([tokens, self.mask_token.expand(*hidden.shape[:2], -1)], 1)
        seen = visible.shape[1]
        for block in self.blocks[:-1]:
            stream = self.run(block, stream + places)
        stream = self.run(self.blocks[-1], stream + places, seen)  # of the last block only hidden patches are read out
        return self.predict(self.norm(stream)).unflatten(2, (-1, self.channels))

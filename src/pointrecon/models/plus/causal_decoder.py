"""The decoder of ReCon++ where masking is causal: rebuilds each patch from those before it."""

import torch
from torch import Tensor, nn

from pointrecon.models.blocks import LayerStack, PreNormBlock
from pointrecon.models.fast.linear import SingleLinear
from pointrecon.models.plus.patch_order import seen_keys
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_layers import sine_positions


class CausalDecoder(LayerStack):
    """All patches of a row from the tokens at their positions, told where the next patch lies from the last one.

    Source: METHOD-PLUS section 2.8.
    """

    def __init__(self, config: PlusConfig) -> None:
        super().__init__()
        width, self.channels = config.width, config.channels
        self.blocks = nn.ModuleList(PreNormBlock(width, config.heads, bias=True) for _ in range(config.decoder_depth))
        self.norm = nn.LayerNorm(width)
        self.predict = SingleLinear(width, config.channels * config.patch_size)

    def forward(self, tokens: Tensor, centers: Tensor, hidden: Tensor | None = None) -> Tensor:
        """(B, G, C) tokens of a row and its (B, G, 3) centers → (B, G, S, channels).

        ``hidden`` is as for the encoder.
        """
        seen = seen_keys(tokens.shape[1], hidden, tokens.device)
        places = sine_positions(_steps(centers), tokens.shape[2])
        for block in self.blocks:
            tokens = self.run(block, tokens + places, 0, None, seen)
        return self.predict(self.norm(tokens)).unflatten(2, (-1, self.channels))


def _steps(centers: Tensor) -> Tensor:
    """The first center, then the direction to each from the one before it, (B, G, 3)."""
    gap = centers.diff(dim=1)
    return torch.cat([centers[:, :1], gap / (gap.norm(dim=2, keepdim=True) + 1e-5)], 1)

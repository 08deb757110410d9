"""A frozen encoder of the ReCon kind in bfloat16, with fewer passes over memory than its blocks under autocast.

The function is the encoder's in evaluation mode under autocast, up to rounding. What differs:

- weights are cast once, not at each call; the patch embedding's batch norms are folded into its layers;
- between the layers patch tokens are bfloat16 (the few queries float32), while every sum, norm and mean over a layer is
  taken in float32 as before: a residual sum goes straight into the norm that follows it and is never kept;
- patch tokens' GELU is part of the product before it. On CUDA that is the approximation by tanh, 0.0005 off at most,
  which is within bfloat16's rounding.

Positions and the first layer on coordinates stay float32, and so does what comes out of the last norm.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from pointrecon.models.fast import switch
from pointrecon.models.fast.folded_embedding import embed_folded, fold
from pointrecon.models.fast.functions import summed_norm
from pointrecon.models.fast.linear import full_precision

HALF = torch.bfloat16


def taken(model: Any, clouds: Tensor) -> bool:
    """Whether a model's encoding of these clouds goes through a :class:`FrozenEncoder`."""
    return not model.training and switch.by_frozen(clouds) and serves(model)


def serves(model: Any) -> bool:
    """Whether a model's encoder has blocks of the ReCon kind, and no second tower."""
    return getattr(model.config, "streams", "") == "recon"


class FrozenEncoder(nn.Module):
    """A copy of an encoder's weights as they are now; it does not follow later training."""

    def __init__(self, encoder: Any) -> None:
        """Copy the weights of a :class:`pointrecon.models.encoder.Encoder` of a model that :func:`serves` names."""
        super().__init__()
        self.weights = fold(encoder.embed, HALF)
        self.position = copy.deepcopy(encoder.position)
        self.blocks: Any = copy.deepcopy(encoder.blocks)
        self.norm = copy.deepcopy(encoder.norm)
        for linear in (self.position[2], *(one for one in self.blocks.modules() if isinstance(one, nn.Linear))):
            linear.to(HALF)
        self.queries = encoder.queries.detach().clone()
        self.query_positions = encoder.query_positions.detach().clone()
        self.requires_grad_(False).eval()

    @torch.no_grad()
    def forward(self, patches: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, 3, C), patch tokens (B, G, C), both float32, and centers (B, G, 3) of a batch of patches."""
        points, centers = patches
        with torch.autocast(centers.device.type, HALF):
            places = self.position(centers)
            tokens: tuple[Tensor, ...] = (self._embedded(points), places)
            queries = tuple(one.expand(len(centers), -1, -1) for one in (self.queries, self.query_positions))
            for number, block in enumerate(self.blocks):
                if number:
                    tokens, queries = (*tokens, places), (*queries, self.query_positions)
                memory = summed_norm(block.norm1, *tokens, dtype=HALF)
                asked = summed_norm(block.query_norm1, *queries, dtype=torch.float32)
                asked = summed_norm(block.query_norm2, asked, block.cross(asked, memory), dtype=torch.float32)
                queries = asked, block.query_mlp(asked)
                seen = summed_norm(block.norm2, memory, block.attn(memory), dtype=HALF)
                tokens = seen, _with_gelu_within(block.mlp, seen)
            found = (summed_norm(self.norm, *terms, dtype=torch.float32) for terms in (queries, tokens))
            return *found, centers

    def _embedded(self, points: Tensor) -> Tensor:
        """(B, G, S, 3) → (B, G, C)."""
        with full_precision(points):
            return embed_folded(points.flatten(0, 1), self.weights).unflatten(0, points.shape[:2])


def _with_gelu_within(mlp: Any, tokens: Tensor) -> Tensor:
    rows = tokens.flatten(0, 1)
    inner = torch._addmm_activation(mlp.fc1.bias, rows, mlp.fc1.weight.T, use_gelu=True)
    return mlp.fc2(inner).view_as(tokens)

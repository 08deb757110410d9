"""A frozen encoder of the ReCon kind in bfloat16, with fewer passes over memory than its blocks under autocast.

The function is the encoder's in evaluation mode under autocast, up to rounding. What differs:

- weights are cast once, not at each call; the patch embedding's batch norms are folded into its layers;
- between the layers patch tokens are bfloat16 (the few queries float32), while every sum, norm and mean over a layer is
  taken in float32 as before: a residual sum goes straight into the norm that follows it and is never kept.

Positions and the first layer on coordinates stay float32, and so does what comes out of the last norm.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from pointrecon.models.fast import switch
from pointrecon.models.fast.folded_embedding import embed_patches_lean, fold
from pointrecon.models.fast.linear import full_precision
from pointrecon.models.fast.plain_norm import summed_norm_plain

HALF = torch.bfloat16


_EARNED = False  # nothing of this was measured on a GPU yet


def taken(model: Any, clouds: Tensor) -> bool:
    """Whether a model's encoding of these clouds goes through a :class:`FrozenEncoder`: on CUDA in bfloat16.

    Like every way of :mod:`~pointrecon.models.fast.switch` it can be switched off; by itself it is not taken yet.
    """
    mode = switch._mode
    if not (mode == "all" or (mode == "auto" and _EARNED)) or model.training:
        return False
    half = torch.is_autocast_enabled("cuda") and torch.get_autocast_dtype("cuda") == HALF
    return clouds.is_cuda and half and not torch.is_grad_enabled() and serves(model)


def serves(model: Any) -> bool:
    """Whether a model's encoder has blocks of the ReCon kind, and no second tower."""
    return model.config.streams == "recon"


class FrozenEncoder(nn.Module):
    """A copy of an encoder's weights as they are now; it does not follow later training.

    Attributes:
        kernels: whether Triton's layer norm is taken on CUDA, once it passed its trial.
        gelu_within: whether patch tokens' GELU is part of the product before it. On CUDA that is the approximation by
            tanh, 0.0005 off at most, which is within bfloat16's rounding.
        chunk: patches that are embedded at a time by plain layers, few enough for a GPU's cache; 0: all.
        queries_beside: whether the queries' many small kernels run on a CUDA stream of their own.
    """

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
        self.kernels = find_spec("triton") is not None
        self.gelu_within = self.queries_beside = False
        self._side: Any = None
        self.chunk = 0
        self.requires_grad_(False).eval()

    @torch.no_grad()
    def forward(self, patches: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, 3, C), patch tokens (B, G, C), both float32, and centers (B, G, 3) of a batch of patches."""
        points, centers = patches
        device = centers.device.type
        with torch.autocast(device, HALF):
            places = self.position(centers)
            tokens: tuple[Tensor, ...] = (self._embedded(points).unflatten(0, points.shape[:2]), places)
            queries = tuple(one.expand(len(centers), -1, -1) for one in (self.queries, self.query_positions))
            memories: list[Tensor] = []
            for number, block in enumerate(self.blocks):
                if number:
                    tokens, queries = (*tokens, places), (*queries, self.query_positions)
                # queries beside may be behind: what they read is kept
                memories = [*(memories if self.queries_beside else ()), self._normed(block.norm1, *tokens)]
                with self._aside(centers):
                    asked = self._normed(block.query_norm1, *queries, dtype=torch.float32)
                    read = block.cross(asked, memories[-1])
                    asked = self._normed(block.query_norm2, asked, read, dtype=torch.float32)
                    queries = asked, block.query_mlp(asked)
                seen = self._normed(block.norm2, memories[-1], block.attn(memories[-1]))
                tokens = seen, self._mlp(block.mlp, seen)
            if self._side is not None:
                torch.cuda.current_stream(centers.device).wait_stream(self._side)
            found = (self._normed(self.norm, *terms, dtype=torch.float32) for terms in (queries, tokens))
            return *found, centers

    @contextmanager
    def _aside(self, centers: Tensor) -> Iterator[None]:
        """Where queries are computed: patches never wait for them, so on a GPU they may go beside."""
        if not (self.queries_beside and centers.is_cuda):
            yield
            return
        if self._side is None:
            self._side = torch.cuda.Stream(centers.device)
        self._side.wait_stream(torch.cuda.current_stream(centers.device))
        with torch.cuda.stream(self._side):
            yield

    def _embedded(self, points: Tensor) -> Tensor:
        """(B, G, S, 3) → (B·G, C)."""
        rows = points.flatten(0, 1)
        with full_precision(points):
            if switch.by_triton("embedding", points):
                from pointrecon.models.fast.embedding_kernel import embed_folded

                found = embed_folded(rows, self.weights)
                if found is not None:
                    return found
            parts = rows.split(self.chunk) if self.chunk else (rows,)
            return torch.cat([embed_patches_lean(part, self.weights) for part in parts])

    def _mlp(self, mlp: Any, tokens: Tensor) -> Tensor:
        if not self.gelu_within:
            return mlp(tokens)
        rows = tokens.flatten(0, 1)
        inner = torch._addmm_activation(mlp.fc1.bias, rows, mlp.fc1.weight.T, use_gelu=True)
        return mlp.fc2(inner).view_as(tokens)

    def _normed(self, norm: nn.LayerNorm, *terms: Tensor, dtype: torch.dtype = HALF) -> Tensor:
        first = terms[0]
        with full_precision(first):
            if self.kernels and first.is_cuda:
                from pointrecon.models.fast.summed_norm import agrees, summed_norm

                if agrees(first.device, first.shape[-1]):
                    return summed_norm(norm, *terms, dtype=dtype)
            return summed_norm_plain(norm, *terms, dtype=dtype)

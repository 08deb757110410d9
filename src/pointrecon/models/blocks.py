"""Transformer blocks: the usual pre-norm block, and the ReCon-block with its two streams."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from pointrecon.models.fast.linear import Linear, full_precision, linear, linear_gelu


def call(layer: nn.Module, *values: Any) -> Any:
    """``layer(*values)``: compiled, one program for all layers that differ in their weights alone."""
    return layer(*values)


class LayerStack(nn.Module):
    """Layers on top of one another, and how training runs them."""

    # forget what happens inside blocks, and compute it again for the backward pass (activation checkpointing): about a
    # third more time, less memory
    recompute = False
    call: Callable[..., Any] = staticmethod(call)  # or what training has compiled of it

    def __getstate__(self) -> dict[str, Any]:
        """A copy or a pickle is not compiled."""
        return {name: value for name, value in self.__dict__.items() if name != "call"}

    def run(self, block: nn.Module, *values: Any) -> Any:
        """``block(*values)``."""
        if self.recompute and torch.is_grad_enabled():
            # nothing is drawn inside a block, and CUDA graphs cannot tell the state of random numbers
            return checkpoint(self.quick, block, *values, use_reentrant=False, preserve_rng_state=False)
        return self.quick(block, *values)

    def quick(self, layer: nn.Module, *values: Any) -> Any:
        """``layer(*values)``, always kept for the backward pass. Only training is worth compiling for."""
        return (self.call if self.training else call)(layer, *values)


def kept_paths(rates: Tensor, branches: int, batch: int) -> Tensor:
    """Which residual branches of a batch stay, and how much they count: 0, or 1 over the share that stays.

    A block of rate r loses each of its branches in a share r of the samples (stochastic depth).

    Shape:
        rates: (D,) → (D, branches, batch, 1, 1) float32.
    """
    keep = 1 - rates[:, None, None]
    drawn = torch.rand(len(rates), branches, batch, device=rates.device)
    return ((drawn < keep) / keep)[..., None, None]


def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Scaled dot-product attention of (B, H, G, D) tensors; on CPUs in float32, where bfloat16's gradient is slow."""
    if queries.device.type == "cpu" and queries.dtype == torch.bfloat16:
        with full_precision(queries):
            return F.scaled_dot_product_attention(queries.float(), keys.float(), values.float())
    return F.scaled_dot_product_attention(queries, keys, values)


class SelfAttention(nn.Module):
    """Multi-head self-attention, (B, G, C) → (B, G, C). No bias on query, key and value."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = Linear(width, 3 * width, bias=False)
        self.proj = Linear(width, width)

    def forward(self, tokens: Tensor, first: int = 0) -> Tensor:
        """Every token from ``first`` on reads all tokens, (B, G, C) → (B, G - first, C)."""
        batch, count, width = tokens.shape
        if first:
            q = linear(tokens[:, first:], self.qkv.weight[:width]).unflatten(2, (self.heads, -1))
            k, v = linear(tokens, self.qkv.weight[width:]).view(batch, count, 2, self.heads, -1).unbind(2)
        else:
            q, k, v = self.qkv(tokens).view(batch, count, 3, self.heads, -1).unbind(2)
        found = attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
        return self.proj(found.transpose(1, 2).reshape(batch, count - first, width))


class CrossAttention(nn.Module):
    """Queries (B, Q, C) read a memory (B, G, C) → (B, Q, C).

    With few queries it is cheaper to carry each head's query through the key weight to the memory than every memory
    token to the keys, and to read the values after the mean over the memory: (q·Kᵀ)xᵀ = q(xK)ᵀ and (p·x)V = p(xV).
    The function is the plain one's; neither keys nor values exist.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = Linear(width, width, bias=False)
        self.kv = Linear(width, 2 * width, bias=False)
        self.proj = Linear(width, width)

    def forward(self, queries: Tensor, memory: Tensor) -> Tensor:
        batch, count, width = queries.shape
        heads, split = self.heads, width // self.heads
        key, value = self.kv.weight.view(2, heads, split, width).unbind(0)  # (H, D, C) each
        asked = (self.q(queries) * split**-0.5).view(batch * count, heads, split).transpose(0, 1)
        asked = (asked @ key).view(heads, batch, count, width).transpose(0, 1).flatten(1, 2)  # (B, H·Q, C)
        share = (asked @ memory.transpose(1, 2).to(asked.dtype)).float().softmax(-1).to(asked.dtype)
        read = (share @ memory.to(asked.dtype)).view(batch, heads, count, width)
        read = read.transpose(0, 1).flatten(1, 2) @ value.transpose(1, 2)  # (H, B·Q, D)
        return self.proj(read.transpose(0, 1).reshape(batch, count, width))


class Mlp(nn.Module):
    """Two linear layers with GELU between, four times as wide inside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = Linear(width, 4 * width)
        self.fc2 = Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(linear_gelu(tokens, self.fc1.weight, self.fc1.bias))


class PreNormBlock(nn.Module):
    """The usual pre-norm block: the residual runs beside the norms."""

    branches = 2

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, tokens: Tensor, first: int = 0, paths: Tensor | None = None) -> Tensor:
        """(B, G, C) → the tokens from ``first`` on, (B, G - first, C); the others are only read.

        ``paths``, (2, B, 1, 1), are its :func:`kept_paths`; None keeps all.
        """
        tokens = tokens[:, first:] + _weighed(self.attn(self.norm1(tokens), first), paths, 0)
        return tokens + _weighed(self.mlp(self.norm2(tokens)), paths, 1)


class ReconBlock(nn.Module):
    """Local stream: self-attention among patches. Global stream: queries read the patches, behind a stop-gradient.

    Both streams are *replaced* by their normalized values before the residual sums, and both attentions read the
    same normalized patches. Queries do not attend to one another; patches never read queries.

    Source: METHOD section 2.4.
    """

    branches = 4

    def __init__(self, width: int, heads: int, stop_gradient: bool = True) -> None:
        super().__init__()
        self.stop_gradient = stop_gradient
        self.norm1 = nn.LayerNorm(width)
        self.attn = SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)
        self.query_norm1 = nn.LayerNorm(width)
        self.cross = CrossAttention(width, heads)
        self.query_norm2 = nn.LayerNorm(width)
        self.query_mlp = Mlp(width)

    def forward(self, queries: Tensor, patches: Tensor, paths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(B, 3, C) queries and (B, G, C) patches; ``paths``, (4, B, 1, 1), are its :func:`kept_paths`."""
        queries, patches = self.query_norm1(queries), self.norm1(patches)
        memory = patches.detach() if self.stop_gradient else patches
        queries = queries + _weighed(self.cross(queries, memory), paths, 0)
        patches = patches + _weighed(self.attn(patches), paths, 1)
        queries, patches = self.query_norm2(queries), self.norm2(patches)
        return queries + _weighed(self.query_mlp(queries), paths, 2), patches + _weighed(self.mlp(patches), paths, 3)


def _weighed(branch: Tensor, paths: Tensor | None, number: int) -> Tensor:
    return branch if paths is None else branch * paths[number]

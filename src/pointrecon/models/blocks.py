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


def attend(queries: Tensor, keys: Tensor, values: Tensor, seen: Tensor | None = None) -> Tensor:
    """Scaled dot-product attention of (B, H, G, D) tensors; on CPUs in float32, where bfloat16's gradient is slow.

    ``seen``, (G, G) bool, says which keys (columns) a query (row) reads; None is all.
    """
    if queries.device.type == "cpu" and queries.dtype == torch.bfloat16:
        with full_precision(queries):
            return F.scaled_dot_product_attention(queries.float(), keys.float(), values.float(), seen)
    return F.scaled_dot_product_attention(queries, keys, values, seen)


class SelfAttention(nn.Module):
    """Multi-head self-attention, (B, G, C) → (B, G, C). ``bias`` is that of query, key and value."""

    def __init__(self, width: int, heads: int, bias: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = Linear(width, 3 * width, bias=bias)
        self.proj = Linear(width, width)

    def forward(self, tokens: Tensor, first: int = 0, seen: Tensor | None = None) -> Tensor:
        """Every token from ``first`` on reads all tokens, or those ``seen`` (see :func:`attend`): (B, G - first, C)."""
        batch, count, width = tokens.shape
        if first:
            weight, bias = self.qkv.weight, self.qkv.bias
            of_q, of_kv = (None, None) if bias is None else (bias[:width], bias[width:])
            q = linear(tokens[:, first:], weight[:width], of_q).unflatten(2, (self.heads, -1))
            k, v = linear(tokens, weight[width:], of_kv).view(batch, count, 2, self.heads, -1).unbind(2)
        else:
            q, k, v = self.qkv(tokens).view(batch, count, 3, self.heads, -1).unbind(2)
        found = attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), seen)
        return self.proj(found.transpose(1, 2).reshape(batch, count - first, width))


class CrossAttention(nn.Module):
    """Queries (B, Q, C) read a memory (B, G, C) → (B, Q, C).

    With few queries it is cheaper to carry each head's query through the key weight to the memory than every memory
    token to the keys, and to read the values after the mean over the memory: (q·Kᵀ)xᵀ = q(xK)ᵀ and (p·x)V = p(xV).
    The function is the plain one's; neither keys nor values exist. A bias of the keys adds the same to each of a
    query's scores, which changes no share; that of the values is added once, as shares sum to one.
    """

    def __init__(self, width: int, heads: int, bias: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.q = Linear(width, width, bias=bias)
        self.kv = Linear(width, 2 * width, bias=bias)
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
        read = read.transpose(0, 1).reshape(batch, count, width)
        return self.proj(read if self.kv.bias is None else read + self.kv.bias[width:].to(read.dtype))


class Mlp(nn.Module):
    """Two linear layers with GELU between, four times as wide inside, or ``inner``."""

    def __init__(self, width: int, inner: int | None = None) -> None:
        super().__init__()
        inner = inner or 4 * width
        self.fc1 = Linear(width, inner)
        self.fc2 = Linear(inner, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(linear_gelu(tokens, self.fc1.weight, self.fc1.bias))


class PreNormBlock(nn.Module):
    """The usual pre-norm block: the residual runs beside the norms."""

    branches = 2

    def __init__(
        self, width: int, heads: int, *, bias: bool = False, inner: int | None = None, scaled: bool = False
    ) -> None:
        """``bias`` of query, key and value, ``inner`` width of the MLP; ``scaled`` branches have a LayerScale."""
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = SelfAttention(width, heads, bias)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width, inner)
        self.scale1, self.scale2 = (layer_scale(width) if scaled else None for _ in range(2))

    def forward(
        self, tokens: Tensor, first: int = 0, paths: Tensor | None = None, seen: Tensor | None = None
    ) -> Tensor:
        """(B, G, C) → the tokens from ``first`` on, (B, G - first, C); the others are only read.

        ``paths``, (2, B, 1, 1), are its :func:`kept_paths`; ``seen`` is as for :func:`attend`. None keeps all.
        """
        found = self.attn(self.norm1(tokens), first, seen)
        tokens = tokens[:, first:] + weighed(found, paths, 0, self.scale1)
        return tokens + weighed(self.mlp(self.norm2(tokens)), paths, 1, self.scale2)


def layer_scale(width: int) -> nn.Parameter:
    """LayerScale: what each channel of a branch counts at first, next to nothing. Touvron et al., CaiT, 2021."""
    return nn.Parameter(torch.full((width,), 1e-5))


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
        queries = queries + weighed(self.cross(queries, memory), paths, 0)
        patches = patches + weighed(self.attn(patches), paths, 1)
        queries, patches = self.query_norm2(queries), self.norm2(patches)
        return queries + weighed(self.query_mlp(queries), paths, 2), patches + weighed(self.mlp(patches), paths, 3)


def weighed(branch: Tensor, paths: Tensor | None, number: int, scale: Tensor | None = None) -> Tensor:
    """A residual branch as it counts: times its LayerScale and its kept paths, where there are any."""
    branch = branch if scale is None else branch * scale
    return branch if paths is None else branch * paths[number]

"""Transformer blocks: the usual pre-norm block, and the ReCon-block with its two streams."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DropPath(nn.Module):
    """Leave a residual branch out for a random share ``rate`` of the samples; scale the rest up."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return branch
        keep = 1 - self.rate
        mask = torch.rand(len(branch), *[1] * (branch.ndim - 1), device=branch.device) < keep
        return branch * (mask.to(branch.dtype) / keep)


class SelfAttention(nn.Module):
    """Multi-head self-attention, (B, G, C) → (B, G, C). No bias on query, key and value."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        batch, count, width = tokens.shape
        q, k, v = self.qkv(tokens).view(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, count, width))


class CrossAttention(nn.Module):
    """Queries (B, Q, C) read a memory (B, G, C) → (B, Q, C)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width, bias=False)
        self.kv = nn.Linear(width, 2 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, queries: Tensor, memory: Tensor) -> Tensor:
        batch, count, width = queries.shape
        q = self.q(queries).view(batch, count, self.heads, -1).transpose(1, 2)
        k, v = self.kv(memory).view(batch, memory.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, count, width))


class Mlp(nn.Module):
    """Two linear layers with GELU between, four times as wide inside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(tokens)))


class Block(nn.Module):
    """The usual pre-norm block: the residual runs beside the norms."""

    def __init__(self, width: int, heads: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)
        self.drop_path = DropPath(drop_path)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.drop_path(self.attn(self.norm1(tokens)))
        return tokens + self.drop_path(self.mlp(self.norm2(tokens)))


class ReconBlock(nn.Module):
    """Local stream: self-attention among patches. Global stream: queries read the patches, behind a stop-gradient.

    Both streams are *replaced* by their normalised values before the residual sums, and both attentions read the
    same normalised patches. Queries do not attend to one another; patches never read queries.

    Source: METHOD section 2.4.
    """

    def __init__(self, width: int, heads: int, drop_path: float = 0.0, stop_gradient: bool = True) -> None:
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
        self.drop_path = DropPath(drop_path)

    def forward(self, queries: Tensor, patches: Tensor) -> tuple[Tensor, Tensor]:
        queries, patches = self.query_norm1(queries), self.norm1(patches)
        memory = patches.detach() if self.stop_gradient else patches
        queries = queries + self.drop_path(self.cross(queries, memory))
        patches = patches + self.drop_path(self.attn(patches))
        queries, patches = self.query_norm2(queries), self.norm2(patches)
        return queries + self.drop_path(self.query_mlp(queries)), patches + self.drop_path(self.mlp(patches))

"""The attention weights of every block, computed once more from the inputs of the attention layers.

The models' own layers never hold these weights (the cross-attention does not even build keys). Hooks hand over what the
layers are given; the models stay as they are.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.models.blocks import CrossAttention, PreNormBlock, ReconBlock, SelfAttention
from pointrecon.models.model import ReconModel
from pointrecon.models.model_config import QUERIES


class Weights(NamedTuple):
    """Attention of some readers (patches or queries) over the patches, in one layer.

    Attributes:
        over: (B, H, R, G), every row sums to 1.
        aside: (B, H, R) the share that went to the three queries instead, which have no place; it is left out of
            ``over``. Always 0 in ReCon-blocks; models of one joined stream have it.
    """

    over: Tensor
    aside: Tensor


Listener = Callable[[int, Weights], None]  # (layer from 0, weights)


def self_attention(layer: SelfAttention, tokens: Tensor) -> Tensor:
    """The weights with which tokens (B, G, C) read one another, (B, H, G, G); rows read, columns are read."""
    width = tokens.shape[2]
    q, k = F.linear(tokens, layer.qkv.weight[: 2 * width]).unflatten(2, (2, layer.heads, -1)).permute(2, 0, 3, 1, 4)
    return _softmax(q, k)


def cross_attention(layer: CrossAttention, queries: Tensor, memory: Tensor) -> Tensor:
    """The weights with which queries (B, Q, C) read a memory (B, G, C), (B, H, Q, G)."""
    width = queries.shape[2]
    q = layer.q(queries).unflatten(2, (layer.heads, -1)).transpose(1, 2)
    k = F.linear(memory, layer.kv.weight[:width]).unflatten(2, (layer.heads, -1)).transpose(1, 2)
    return _softmax(q, k)


def _softmax(q: Tensor, k: Tensor) -> Tensor:
    return (q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)).float().softmax(-1)


@contextmanager
def listening(model: ReconModel, local: Listener, queries: Listener) -> Iterator[None]:
    """While it lasts, every pass through the encoder tells each layer's attention.

    Args:
        model: of any kind of streams. With two towers the queries are those of their own tower, which is what the
            model gives out.
        local: told how patches read patches, R = G.
        queries: told how the class, image and text query read patches, R = 3.
    """
    count, handles = len(QUERIES), []

    def hear(layer: nn.Module, number: int, *listeners: tuple[Listener, slice, int]) -> None:
        """Tell each listener its rows; the first so many columns are aside."""

        def tell(layer: Any, values: tuple[Any, ...]) -> None:
            crossing = isinstance(layer, CrossAttention)
            weights = cross_attention(layer, *values[:2]) if crossing else self_attention(layer, values[0])
            for listener, rows, aside in listeners:
                mine = weights[:, :, rows]
                over = mine[..., aside:]
                whole = over / over.sum(-1, keepdim=True).clamp_min(1e-30)
                listener(number, Weights(whole, mine[..., :aside].sum(-1)))

        handles.append(layer.register_forward_pre_hook(tell))

    every, towers = slice(None), model.query_encoder is not None
    patches, asked = (local, slice(count, None), count), (queries, slice(count), count)
    for encoder, mine in ((model.encoder, [patches] if towers else [patches, asked]), (model.query_encoder, [asked])):
        for number, block in enumerate(encoder.blocks if encoder is not None else ()):
            if isinstance(block, ReconBlock):
                hear(block.attn, number, (local, every, 0))
                hear(block.cross, number, (queries, every, 0))
            else:
                assert isinstance(block, PreNormBlock)
                hear(block.attn, number, *mine)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()

"""The attention weights of every block, computed once more from the inputs of the attention layers.

The models' own layers never hold these weights (the cross-attention does not even build keys). Hooks hand over what the
layers are given; the models stay as they are.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
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
    count = len(QUERIES)

    def joined(layer: int, weights: Tensor, rows: slice, listener: Listener) -> None:
        aside, over = weights[:, :, rows, :count].sum(-1), weights[:, :, rows, count:]
        listener(layer, Weights(over / over.sum(-1, keepdim=True).clamp_min(1e-30), aside))

    def own(layer: int, weights: Tensor, listener: Listener) -> None:
        listener(layer, Weights(weights, torch.zeros_like(weights[..., 0])))

    def hook(number: int, stream: str) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        def tell(layer: nn.Module, values: tuple[Any, ...]) -> None:
            if isinstance(layer, CrossAttention):
                own(number, cross_attention(layer, *values[:2]), queries)
                return
            assert isinstance(layer, SelfAttention)
            weights = self_attention(layer, values[0])
            if stream == "recon":
                own(number, weights, local)
            if stream in ("patches", "both"):
                joined(number, weights, slice(count, None), local)
            if stream in ("queries", "both"):
                joined(number, weights, slice(count), queries)

        return tell

    towers = model.query_encoder is not None
    handles = []
    for encoder, stream in ((model.encoder, "patches" if towers else "both"), (model.query_encoder, "queries")):
        for number, block in enumerate(encoder.blocks if encoder is not None else ()):
            if isinstance(block, ReconBlock):
                handles.append(block.attn.register_forward_pre_hook(hook(number, "recon")))
                handles.append(block.cross.register_forward_pre_hook(hook(number, "recon")))
            else:
                assert isinstance(block, PreNormBlock)
                handles.append(block.attn.register_forward_pre_hook(hook(number, stream)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()

"""Where attention goes: how far it reaches in every layer and head, and its map on one shape.

The models' own layers never hold these weights (the cross-attention does not even build keys), so they are computed
once more from the inputs of the attention layers. Hooks hand over what the layers are given; the models stay as they
are.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import Encode
from pointrecon.models.blocks import CrossAttention, PreNormBlock, ReconBlock, SelfAttention
from pointrecon.models.model import ReconModel
from pointrecon.models.model_config import QUERIES
from pointrecon.progress import Bar
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.cloud_stream import CloudStream

_MOST_WEIGHTS = 1 << 24  # of one layer and batch in memory: 64 MB


class Weights(NamedTuple):
    """Attention of some readers (patches or queries) over the patches, in one layer."""

    over: Tensor  # (B, H, R, G), every row sums to 1
    # (B, H, R) the share that went to the three queries instead, which have no place; it is left out of `over`. Always
    # 0 in ReCon-blocks; models of one joined stream have it
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

    ``local`` is told how patches read patches, R = G; ``queries`` how the class, image and text query read them, R = 3:
    with two towers those of the queries' own tower, which is what the model gives out.
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


@dataclass
class Reach:
    """How far attention reaches, means over shapes; L layers, H heads, Q = 3 queries (class, image, text).

    Lengths are in radii of the unit sphere that every cloud is scaled into, entropies in nats: exp(entropy) is the
    number of patches that are read, were each read equally.
    """

    shapes: int
    patches: int
    local_distance: np.ndarray  # (L, H) mean from a patch's center to those it reads, weighted by attention
    local_entropy: np.ndarray  # (L, H)
    local_aside: np.ndarray  # (L, H) the share of attention on the queries (see `Weights`)
    # (L, H, Q) mean distance of the centers a query reads from their own weighted mean, as a query has no place that
    # distances could start from
    query_spread: np.ndarray
    query_entropy: np.ndarray  # (L, H, Q)
    query_aside: np.ndarray  # (L, H, Q)
    even_distance: float  # what the two lengths would be if all patches were read equally
    even_spread: float


def reach_of(model: ReconModel, clouds: Tensor) -> Tensor:
    """The numbers of `Reach` for each of some prepared clouds, (B, N, 3) → (B, 3·L·H·4 + 2).

    First the lengths, entropies and asides of patches and the three queries, then the two even lengths.
    """
    patches = model.cut(clouds)
    centers = patches.centers.float()
    gaps = torch.cdist(centers, centers, compute_mode="donot_use_mm_for_euclid_dist")
    found = clouds.new_zeros((len(clouds), 3, model.config.depth, model.config.heads, 1 + len(QUERIES)))

    def patches_read(layer: int, weights: Weights) -> None:
        distance = (weights.over * gaps[:, None]).sum(-1)
        found[:, :, layer, :, 0] = torch.stack([distance, _entropy(weights.over), weights.aside], 1).mean(-1)

    def queries_read(layer: int, weights: Weights) -> None:
        spread = _spread(weights.over, centers)
        found[:, :, layer, :, 1:] = torch.stack([spread, _entropy(weights.over), weights.aside], 1)

    with listening(model, patches_read, queries_read):
        model.encode_patches(patches)
    even = torch.full_like(centers[:, None, None, :, 0], 1 / centers.shape[1])  # one head, one reader
    lengths = torch.stack([gaps.mean((1, 2)), _spread(even, centers).flatten()], 1)
    return torch.cat([found.flatten(1), lengths], 1)


def _entropy(weights: Tensor) -> Tensor:
    return torch.special.entr(weights).sum(-1)


def _spread(weights: Tensor, centers: Tensor) -> Tensor:
    """(B, H, R, G) weights over (B, G, 3) centers → (B, H, R)."""
    middle = weights @ centers[:, None]
    return (weights * torch.cdist(middle, centers[:, None], compute_mode="donot_use_mm_for_euclid_dist")).sum(-1)


def measure_reach(
    model: ReconModel, shapes: Shapes, index: np.ndarray, *, encode: Encode = None, progress: bool = True
) -> Reach:
    """How far attention reaches, averaged over the shapes at these places. Memory does not grow with their number.

    InputError without shapes, or when the model gives something not finite.
    Source: Dosovitskiy et al. 2021 (ViT), figure 7, for the distance between patches.
    """
    if not len(index):
        raise InputError("there are no shapes to measure attention on; give a table with at least one")
    config = model.config
    settings = encode_settings(encode)
    most = max(1, _MOST_WEIGHTS // (config.heads * config.patches**2))
    stream = CloudStream(
        model, shapes, index, lambda clouds: reach_of(model, clouds),
        replace(settings, batch_size=min(settings.batch_size, most)),
    )  # fmt: skip
    total: np.ndarray | float = 0.0
    with Bar("attention", len(index), show=progress) as bar:
        for ids, values in stream:
            bad = np.flatnonzero(~np.isfinite(values).all(1))
            if len(bad):
                raise InputError(
                    f"the model's attention is not finite for the shape '{ids[bad[0]]}'; its weights or that cloud "
                    "are damaged"
                )
            total = total + values.astype(np.float64).sum(0)
            bar.advance(len(values))
    mean = np.asarray(total) / len(index)
    found = mean[:-2].reshape(3, config.depth, config.heads, 1 + len(QUERIES))
    return Reach(len(index), config.patches, *found[..., 0], *found[..., 1:], *map(float, mean[-2:]))


@dataclass
class Maps:
    """Attention on one shape, of every layer and head; N points, G patches."""

    id: str  # of the shape
    points: np.ndarray  # (N, 3) as the model saw them: centered, scaled, turned to its up axis
    centers: np.ndarray  # (G, 3)
    owner: np.ndarray  # (N,) int64, the patch whose center is nearest to each point
    queries: np.ndarray  # (L, H, 3, G) how the class, image and text query read the patches; rows sum to 1
    patch: int  # the patch that is looked at
    local: np.ndarray  # (L, H, G) how that patch reads the patches
    tokens: np.ndarray  # (G, C) what the encoder says of the patches in the end

    def on_points(self, layer: int) -> dict[str, np.ndarray]:
        """ "class", "image", "text" and "patch" → (N,) attention of each point's patch, mean over the heads of a
        layer (from 0), in even shares: 1 is what it would be if all patches were read equally."""
        rows = dict(zip(QUERIES, self.queries[layer].mean(0), strict=True)) | {"patch": self.local[layer].mean(0)}
        return {name: (row * len(row))[self.owner] for name, row in rows.items()}


def map_attention(
    model: ReconModel,
    shapes: Shapes,
    place: int,
    *,
    near: Sequence[float] | None = None,
    encode: Encode = None,
    also: Callable[[Tensor], object] | None = None,
) -> Maps:
    """The attention on one shape; ``near`` as for `pointrecon.attention`.

    ``also`` is called with the shape's prepared cloud (1, N, 3) while the model is on its device in evaluation mode.
    """
    found: list[Maps] = []

    def answer(clouds: Tensor) -> Tensor:
        patches = model.cut(clouds)
        centers = patches.centers[0]
        if near is None:
            patch = int(centers.norm(dim=1).argmax())
        else:
            patch = int((centers - centers.new_tensor(near)).norm(dim=1).argmin())
        local, queries = list[Tensor](), list[Tensor]()  # of all layers, which are heard in order
        with listening(
            model, lambda _, told: local.append(told.over[0, :, patch]), lambda _, told: queries.append(told.over[0])
        ):
            tokens = model.encode_patches(patches).patches[0].float()
        owner = torch.cdist(clouds[0], centers).argmin(1)
        every = (clouds[0], centers, owner, torch.stack(queries), torch.stack(local), tokens)
        cloud, middles, nearest, read, own, told = (v.cpu().numpy() for v in every)
        found.append(Maps("", cloud, middles, nearest, read, patch, own, told))
        if also is not None:
            also(clouds)
        return clouds.new_zeros((1, 1))

    stream = CloudStream(model, shapes, np.array([place]), answer, encode_settings(encode))
    for ids, _ in stream:
        found[0].id = str(ids[0])
    return found[0]

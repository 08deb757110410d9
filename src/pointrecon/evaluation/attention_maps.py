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
from pointrecon.models.plus.plus_layers import GuidedBlock
from pointrecon.models.plus.plus_model import EitherModel, ReconPlusModel
from pointrecon.progress import Bar
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.cloud_stream import CloudStream

_MOST_WEIGHTS = 1 << 24  # of one layer and batch in memory: 64 MB


class Weights(NamedTuple):
    """Attention of some readers (patches or queries) over the patches, in one layer."""

    over: Tensor  # (B, H, R, G), every row sums to 1
    # (B, H, R) the share that went to what has no place instead, left out of `over`: to the three queries in models of
    # one joined stream, to the start token in causal ReCon++ models; always 0 in others
    aside: Tensor


Listener = Callable[[int, Weights], None]  # (layer from 0, weights)


def self_attention(layer: SelfAttention, tokens: Tensor, seen: Tensor | None = None) -> Tensor:
    """The weights with which tokens (B, G, C) read one another, (B, H, G, G); rows read, columns are read.

    ``seen``, (G, G) bool, says which columns a row reads; None is all.
    """
    width = tokens.shape[2]
    bias = None if layer.qkv.bias is None else layer.qkv.bias[: 2 * width]
    both = F.linear(tokens, layer.qkv.weight[: 2 * width], bias)
    q, k = both.unflatten(2, (2, layer.heads, -1)).permute(2, 0, 3, 1, 4)
    return _softmax(q, k, seen)


def cross_attention(layer: CrossAttention, queries: Tensor, memory: Tensor) -> Tensor:
    """The weights with which queries (B, Q, C) read a memory (B, G, C), (B, H, Q, G)."""
    width = queries.shape[2]
    q = layer.q(queries).unflatten(2, (layer.heads, -1)).transpose(1, 2)
    k = F.linear(memory, layer.kv.weight[:width]).unflatten(2, (layer.heads, -1)).transpose(1, 2)
    return _softmax(q, k)


def _softmax(q: Tensor, k: Tensor, seen: Tensor | None = None) -> Tensor:
    scores = (q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)).float()
    return (scores if seen is None else scores.masked_fill(~seen, -torch.inf)).softmax(-1)


def kinds_of(names: Sequence[str]) -> dict[str, list[int]]:
    """Kind of query, "class", "image" or "text" → its numbers among the queries of these names; several in ReCon++."""
    kinds: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        kinds.setdefault(name.split(" ")[0], []).append(number)
    return kinds


def is_row(model: EitherModel) -> bool:
    """Whether a model reads its patches in a row: behind a start token, each with those before it, the last never."""
    return isinstance(model, ReconPlusModel) and model.config.masking == "causal"


def read_centers(model: EitherModel, centers: Tensor) -> Tensor:
    """Where the patches are that a model reads, (B, G, 3) → (B, G', 3)."""
    return centers[:, :-1] if is_row(model) else centers


@contextmanager
def listening(model: EitherModel, local: Listener, queries: Listener) -> Iterator[None]:
    """While it lasts, every pass through the encoder tells each layer's attention.

    ``local`` is told how patches read patches, R = G; ``queries`` how each of the Q queries reads them, R = Q: with two
    towers those of the queries' own tower, which is what the model gives out. In a row the patches are those that are
    read (`read_centers`), and each reads by the token that has read it last.
    """
    count, handles = len(model.query_names()), []

    def hear(layer: nn.Module, number: int, *listeners: tuple[Listener, slice, int]) -> None:
        """Tell each listener its rows; the first so many columns are aside."""

        def tell(layer: Any, values: tuple[Any, ...]) -> None:
            crossing = isinstance(layer, CrossAttention)
            seen = values[2] if len(values) > 2 else None
            weights = cross_attention(layer, *values[:2]) if crossing else self_attention(layer, values[0], seen)
            for listener, rows, aside in listeners:
                mine = weights[:, :, rows]
                over = mine[..., aside:]
                whole = over / over.sum(-1, keepdim=True).clamp_min(1e-30)
                listener(number, Weights(whole, mine[..., :aside].sum(-1)))

        handles.append(layer.register_forward_pre_hook(tell))

    second: Any = getattr(model, "query_encoder", None)
    every, towers, start = slice(None), second is not None, int(is_row(model))
    patches, asked = (local, slice(count, None), count), (queries, slice(count), count)
    for encoder, mine in ((model.encoder, [patches] if towers else [patches, asked]), (second, [asked])):
        for number, block in enumerate(encoder.blocks if encoder is not None else ()):
            if isinstance(block, GuidedBlock):
                hear(block.local.attn, number, (local, slice(start, None), start))
                hear(block.cross, number, (queries, every, start))
            elif isinstance(block, ReconBlock):
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
    """How far attention reaches, means over shapes; L layers, H heads, Q queries.

    Lengths are in radii of the unit sphere that every cloud is scaled into, entropies in nats: exp(entropy) is the
    number of patches that are read, were each read equally.
    """

    shapes: int
    names: list[str]  # of the queries
    patches: int  # that are read
    local_distance: np.ndarray  # (L, H) mean from a patch's center to those it reads, weighted by attention
    local_entropy: np.ndarray  # (L, H)
    local_aside: np.ndarray  # (L, H) the share of attention on what has no place (see `Weights`)
    # (L, H, Q) mean distance of the centers a query reads from their own weighted mean, as a query has no place that
    # distances could start from
    query_spread: np.ndarray
    query_entropy: np.ndarray  # (L, H, Q)
    query_aside: np.ndarray  # (L, H, Q)
    # what the two lengths, and exp(local_entropy), would be if each read equally all patches that it can read
    even_distance: float
    even_spread: float
    even_read: float


def reach_of(model: EitherModel, clouds: Tensor) -> Tensor:
    """The numbers of `Reach` for each of some prepared clouds, (B, N, 3) → (B, 3·L·H·(1 + Q) + 3).

    First the lengths, entropies and asides of patches and the Q queries, then even lengths and the even entropy.
    """
    patches = model.cut(clouds)
    centers = read_centers(model, patches.centers.float())
    gaps = torch.cdist(centers, centers, compute_mode="donot_use_mm_for_euclid_dist")
    found = clouds.new_zeros((len(clouds), 3, model.config.depth, model.config.heads, 1 + len(model.query_names())))

    def patches_read(layer: int, weights: Weights) -> None:
        distance = (weights.over * gaps[:, None]).sum(-1)
        found[:, :, layer, :, 0] = torch.stack([distance, _entropy(weights.over), weights.aside], 1).mean(-1)

    def queries_read(layer: int, weights: Weights) -> None:
        spread = _spread(weights.over, centers)
        found[:, :, layer, :, 1:] = torch.stack([spread, _entropy(weights.over), weights.aside], 1)

    with listening(model, patches_read, queries_read):
        model.encode_patches(patches)
    even = torch.full_like(centers[:, None, None, :, 0], 1 / centers.shape[1])  # one head, one reader
    readable = _readable(model, centers.shape[1]).to(centers)
    each = readable.sum(1)
    distance = ((gaps * readable).sum(2) / each).mean(1)
    lengths = torch.stack([distance, _spread(even, centers).flatten(), each.log().mean().expand(len(clouds))], 1)
    return torch.cat([found.flatten(1), lengths], 1)


def _readable(model: EitherModel, count: int) -> Tensor:
    """Which patches (columns) each of those that are read can read, (G', G') bool."""
    every = torch.ones(count, count, dtype=torch.bool)
    return every.tril() if is_row(model) else every


def _entropy(weights: Tensor) -> Tensor:
    return torch.special.entr(weights).sum(-1)


def _spread(weights: Tensor, centers: Tensor) -> Tensor:
    """(B, H, R, G) weights over (B, G, 3) centers → (B, H, R)."""
    middle = weights @ centers[:, None]
    return (weights * torch.cdist(middle, centers[:, None], compute_mode="donot_use_mm_for_euclid_dist")).sum(-1)


def measure_reach(
    model: EitherModel, shapes: Shapes, index: np.ndarray, *, encode: Encode = None, progress: bool = True
) -> Reach:
    """How far attention reaches, averaged over the shapes at these places. Memory does not grow with their number.

    InputError without shapes, or when the model gives something not finite.
    Source: Dosovitskiy et al. 2021 (ViT), figure 7, for the distance between patches.
    """
    if not len(index):
        raise InputError("there are no shapes to measure attention on; give a table with at least one")
    config, names = model.config, model.query_names()
    settings = encode_settings(encode)
    most = max(1, _MOST_WEIGHTS // (config.heads * config.patches * max(config.patches, len(names))))
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
    found = mean[:-3].reshape(3, config.depth, config.heads, 1 + len(names))
    local, queries = found[..., 0], found[..., 1:]
    distance, spread, entropy = map(float, mean[-3:])
    return Reach(
        len(index), names, config.patches - is_row(model), local[0], local[1], local[2], queries[0], queries[1],
        queries[2], distance, spread, float(np.exp(entropy)),
    )  # fmt: skip


@dataclass
class Maps:
    """Attention on one shape, of every layer and head; N points, G patches that are read, Q queries."""

    id: str  # of the shape
    points: np.ndarray  # (N, 3) as the model saw them: centered, scaled, turned to its up axis
    centers: np.ndarray  # (G, 3)
    owner: np.ndarray  # (N,) int64, the patch whose center is nearest to each point
    names: list[str]  # of the queries
    queries: np.ndarray  # (L, H, Q, G) how they read the patches; rows sum to 1
    patch: int  # the patch that is looked at
    local: np.ndarray  # (L, H, G) how that patch reads the patches
    readable: int  # how many of them it can read
    tokens: np.ndarray  # (G, C) what the encoder says of the patches in the end; in a row, having read each last

    def on_points(self, layer: int) -> dict[str, np.ndarray]:
        """Each query's name and "patch" → (N,) attention of each point's patch, mean over the heads of a layer (from
        0), in even shares: 1 is what it would be if all patches that can be read were read equally."""
        rows = dict(zip(self.names, self.queries[layer].mean(0) * len(self.centers), strict=True))
        rows["patch"] = self.local[layer].mean(0) * self.readable
        return {name: row[self.owner] for name, row in rows.items()}

    def by_kind(self) -> dict[str, np.ndarray]:
        """Kind of query → (L, G) attention, mean over heads and the queries of the kind, in even shares."""
        shares = self.queries.mean(1) * len(self.centers)
        return {kind: shares[:, numbers].mean(1) for kind, numbers in kinds_of(self.names).items()}


def map_attention(
    model: EitherModel,
    shapes: Shapes,
    place: int,
    *,
    near: Sequence[float] | None = None,
    encode: Encode = None,
    also: Callable[[Tensor], object] | None = None,
) -> Maps:
    """The attention on one shape; ``near`` as for `pointrecon.attention`.

    ``also`` is called with the shape's prepared cloud, (1, N, 3) or (1, N, 6), while the model is on its device in
    evaluation mode.
    """
    found: list[Maps] = []

    def answer(clouds: Tensor) -> Tensor:
        patches = model.cut(clouds)
        centers = read_centers(model, patches.centers)[0]
        if near is None:
            patch = int(centers.norm(dim=1).argmax())
        else:
            patch = int((centers - centers.new_tensor(near)).norm(dim=1).argmin())
        local, queries = list[Tensor](), list[Tensor]()  # of all layers, which are heard in order
        with listening(
            model, lambda _, told: local.append(told.over[0, :, patch]), lambda _, told: queries.append(told.over[0])
        ):
            tokens = model.encode_patches(patches).patches[0, int(is_row(model)) :].float()
        cloud = clouds[0, :, :3]
        owner = torch.cdist(cloud, centers).argmin(1)
        every = (cloud, centers, owner, torch.stack(queries), torch.stack(local), tokens)
        points, middles, nearest, read, own, told = (v.cpu().numpy() for v in every)
        readable = int(_readable(model, len(centers))[patch].sum())
        found.append(Maps("", points, middles, nearest, model.query_names(), read, patch, own, readable, told))
        if also is not None:
            also(clouds)
        return clouds.new_zeros((1, 1))

    stream = CloudStream(model, shapes, np.array([place]), answer, encode_settings(encode))
    for ids, _ in stream:
        found[0].id = str(ids[0])
    return found[0]

"""Attention weights are the models' own, and their distances are what they are said to be."""

import numpy as np
import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.evaluation.attention_maps import (
    Reach,
    cross_attention,
    listening,
    map_attention,
    measure_reach,
    reach_of,
    self_attention,
)
from pointrecon.models import ReconModel, create_model
from pointrecon.models.blocks import CrossAttention, SelfAttention
from pointrecon.shapes import ShapeArrays, Shapes, as_shapes
from small import SMALL

STREAMS = ("recon", "shared", "towers")


def model(streams: str = "recon", **more) -> ReconModel:
    made = create_model("nano", seed=4, **{**SMALL, "streams": streams, **more}).eval()
    with torch.no_grad():  # far from the even attention of fresh weights
        for name, weights in made.named_parameters():
            if name.endswith(("qkv.weight", "cross.q.weight", "cross.kv.weight")):
                weights *= 6
    return made


def clouds(count: int = 5) -> torch.Tensor:
    points = torch.randn(count, SMALL["points"], 3, generator=torch.Generator().manual_seed(1))
    points = points * torch.tensor([1.0, 0.6, 0.3])
    return points / points.norm(dim=-1).amax(1)[:, None, None]


def shapes(count: int = 5) -> Shapes:
    return as_shapes(ShapeArrays.from_points(clouds(count), id=[f"shape {i}" for i in range(count)], up="y"))


@pytest.mark.parametrize("streams", STREAMS)
@torch.no_grad()
def test_the_weights_are_those_the_layers_used(streams: str) -> None:
    made, seen = model(streams), []

    def check(layer, values, out) -> None:
        count = values[0].shape[1]
        if isinstance(layer, CrossAttention):
            weights, memory = cross_attention(layer, *values), values[1]
            v = torch.nn.functional.linear(memory, layer.kv.weight).chunk(2, -1)[1]
        else:
            weights, memory = self_attention(layer, values[0]), values[0]
            v = layer.qkv(memory).chunk(3, -1)[2]
        assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-5)
        assert weights.max() > 0.5  # something to tell apart
        read = weights @ v.unflatten(2, (layer.heads, -1)).transpose(1, 2)
        expected = layer.proj(read.transpose(1, 2).reshape(len(out), count, -1))
        assert (expected - out).abs().max() <= 1e-5 * out.abs().max()
        seen.append(type(layer).__name__)

    for layer in made.modules():
        if isinstance(layer, CrossAttention | SelfAttention):
            layer.register_forward_hook(check)
    made.encode(clouds())
    kinds = {"recon": ["CrossAttention", "SelfAttention"], "shared": ["SelfAttention"], "towers": ["SelfAttention"] * 2}
    assert sorted(seen) == sorted(kinds[streams] * SMALL["depth"])


@pytest.mark.parametrize("streams", STREAMS)
@torch.no_grad()
def test_every_layer_tells_both_streams_once_and_nothing_stays_behind(streams: str) -> None:
    made, told, patches = model(streams), [], SMALL["patches"]

    def listener(rows: int):
        def listen(layer, weights) -> None:
            assert weights.over.shape == (5, SMALL["heads"], rows, patches)
            assert torch.allclose(weights.over.sum(-1), torch.ones_like(weights.aside), atol=1e-5)
            low, high, mean = (float(f(weights.aside)) for f in (torch.amin, torch.amax, torch.mean))
            assert (low, high) == (0, 0) if streams == "recon" else low >= 0 and high <= 1.00001 and 0 < mean < 1
            told.append((rows, layer))

        return listen

    before = made.encode(clouds())
    with listening(made, listener(patches), listener(3)):
        during = made.encode(clouds())
    made.encode(clouds())
    assert sorted(told) == sorted((rows, layer) for rows in (3, patches) for layer in range(SMALL["depth"]))
    assert all(torch.equal(one, other) for one, other in zip(before, during, strict=True))


@torch.no_grad()
def test_with_two_towers_each_stream_is_told_by_its_own() -> None:
    made = model("towers")
    first = reach_of(made, clouds())
    assert made.query_encoder is not None
    made.query_encoder.blocks[0].attn.qkv.weight.mul_(0.1)
    second = reach_of(made, clouds())
    one, other = (found[:, :-3].unflatten(1, (-1, 4)) for found in (first, second))
    assert torch.equal(one[..., 0], other[..., 0])
    assert not torch.allclose(one[..., 1:], other[..., 1:], atol=1e-3)


@torch.no_grad()
def test_lengths_are_what_they_are_said_to_be() -> None:
    made, cloud = model(), clouds(1)
    reach, maps = measure_reach(made, shapes(1), np.array([0]), progress=False), map_attention(made, shapes(1), 0)
    weights = {}
    with listening(made, lambda n, w: weights.update({("local", n): w.over}), lambda n, w: weights.update({n: w.over})):
        centers = made.encode(torch.from_numpy(maps.points[None])).centers[0].numpy().astype(float)
    assert np.abs(maps.points - cloud[0].numpy()).max() < 0.1  # centered anew
    for layer in range(SMALL["depth"]):
        for head in range(SMALL["heads"]):
            far, spread = [], []
            for i, row in enumerate(weights["local", layer][0, head].numpy()):
                far.append(sum(w * np.linalg.norm(centers[i] - c) for w, c in zip(row, centers, strict=True)))
            for row in weights[layer][0, head].numpy():
                middle = sum(w * c for w, c in zip(row, centers, strict=True))
                spread.append(sum(w * np.linalg.norm(middle - c) for w, c in zip(row, centers, strict=True)))
            assert reach.local_distance[layer, head] == pytest.approx(np.mean(far), rel=1e-4)
            assert reach.query_spread[layer, head] == pytest.approx(spread, rel=1e-4)
            row = weights[layer][0, head].numpy().astype(float)
            assert reach.query_entropy[layer, head] == pytest.approx(-(row * np.log(row)).sum(-1), rel=1e-3)


@pytest.mark.parametrize("streams", STREAMS)
def test_even_attention_has_the_even_lengths(streams: str) -> None:
    made, patches = model(streams), SMALL["patches"]
    with torch.no_grad():
        for name, weights in made.named_parameters():
            if name.endswith(("qkv.weight", "cross.q.weight")):
                weights[: SMALL["width"]] = 0  # queries ask for nothing in particular
    reach = measure_reach(made, shapes(), np.arange(5), progress=False)
    assert reach.local_distance == pytest.approx(np.full((3, 2), reach.even_distance), rel=1e-4)
    assert reach.query_spread == pytest.approx(np.full((3, 2, 3), reach.even_spread), rel=1e-4)
    assert reach.local_entropy == pytest.approx(np.full((3, 2), np.log(patches)), rel=1e-4)
    aside = 0 if streams == "recon" else 3 / (3 + patches)
    assert reach.local_aside == pytest.approx(np.full((3, 2), aside), abs=1e-5)
    assert reach.query_aside == pytest.approx(np.full((3, 2, 3), aside), abs=1e-5)


def test_the_mean_is_over_the_shapes_whatever_the_batches() -> None:
    made, arrays = model(), shapes(7)
    every = [measure_reach(made, arrays, np.array([i]), progress=False) for i in range(7)]
    for size in (1, 3, 64):
        reach = measure_reach(made, arrays, np.arange(7), encode={"batch_size": size}, progress=False)
        assert reach.shapes == 7
        for name in ("local_distance", "query_spread", "query_entropy", "even_spread"):
            mean = np.mean([getattr(one, name) for one in every], 0)
            assert getattr(reach, name) == pytest.approx(mean, rel=1e-4)


def test_a_map_is_of_the_patch_asked_for() -> None:
    made, collection = model(), shapes()
    far = map_attention(made, collection, 3)
    assert far.id == "shape 3"
    assert far.patch == np.linalg.norm(far.centers, axis=1).argmax()
    near = map_attention(made, collection, 3, near=tuple(far.centers[5] + 0.001))
    assert near.patch == 5
    assert not np.allclose(near.local, far.local)
    assert np.allclose(near.queries, far.queries)
    assert far.queries.shape == (3, 2, 3, 12)
    for rows in (far.queries, far.local):
        assert np.allclose(rows.sum(-1), 1, atol=1e-5)
    gaps = np.linalg.norm(far.points[:, None] - far.centers, axis=2)
    assert np.allclose(gaps[np.arange(len(gaps)), far.owner], gaps.min(1), atol=1e-5)
    shares = far.on_points(1)
    assert list(shares) == ["class", "image", "text", "patch"]
    assert shares["image"][7] == pytest.approx(12 * far.queries[1, :, 1, far.owner[7]].mean(), rel=1e-5)


def test_damaged_weights_are_told() -> None:
    made = model()
    with torch.no_grad():
        made.encoder.blocks[1].attn.qkv.weight[0, 0] = float("nan")
    with pytest.raises(InputError, match="'shape 0'"):
        measure_reach(made, shapes(), np.arange(5), progress=False)
    with pytest.raises(InputError, match="no shapes"):
        measure_reach(made, shapes(), np.arange(0), progress=False)


def test_the_mode_of_the_model_is_left_as_it_was() -> None:
    made = model().train()
    assert isinstance(measure_reach(made, shapes(), np.arange(2), progress=False), Reach)
    assert made.training
    assert not any(layer._forward_pre_hooks for layer in made.modules())

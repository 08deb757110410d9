"""Attention of ReCon++ models: of every query, of patches in a row behind a start token, and of colored clouds."""

from pathlib import Path

import numpy as np
import pytest
import torch

from plus_models import plus_model, transfer_model
from pointrecon import attention, show
from pointrecon.evaluation import load_records
from pointrecon.evaluation.attention_maps import (
    Weights,
    cross_attention,
    listening,
    map_attention,
    measure_reach,
    self_attention,
)
from pointrecon.models import ReconPlusModel
from pointrecon.models.blocks import CrossAttention, SelfAttention
from pointrecon.shapes import ShapeArrays, as_shapes

KINDS = ("openshape", "causal", "transfer")
NAMES = ["image 1", "image 2", "image 3", "text 1", "text 2"]


def model(kind: str) -> ReconPlusModel:
    causal = {"masking": "causal", "channels": 3}
    made = transfer_model() if kind == "transfer" else plus_model(**(causal if kind == "causal" else {}))
    with torch.no_grad():  # far from the even attention of fresh weights
        for name, weights in made.named_parameters():
            if name.endswith(("attn.qkv.weight", "attn.qkv.bias", "cross.q.weight", "cross.q.bias", "cross.kv.weight")):
                weights *= 6
    return made


def shapes() -> ShapeArrays:
    draw = np.random.default_rng(0)
    points, color = draw.normal(size=(3, 64, 3)) * [1, 0.6, 0.3], draw.integers(0, 256, (3, 64, 3))
    return ShapeArrays.from_points(points, color=color, up="y", id=["a", "b", "c"])


def clouds(made: ReconPlusModel) -> torch.Tensor:
    found = shapes()
    points = found.points.astype(np.float32)
    return made.prepare(points, found.color) if made.config.channels == 6 else made.prepare(points)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_the_weights_are_those_the_layers_used(kind: str) -> None:
    made, seen = model(kind), []

    def check(layer, values, out) -> None:
        if isinstance(layer, CrossAttention):
            weights, memory = cross_attention(layer, *values), values[1]
            v = torch.nn.functional.linear(memory, layer.kv.weight, layer.kv.bias).chunk(2, -1)[1]
        else:
            weights, memory = self_attention(layer, values[0], values[2]), values[0]
            v = layer.qkv(memory).chunk(3, -1)[2]
        assert weights.max() > 0.5
        read = weights @ v.unflatten(2, (layer.heads, -1)).transpose(1, 2)
        expected = layer.proj(read.transpose(1, 2).flatten(2))
        assert (expected - out).abs().max() <= 1e-5 * out.abs().max()
        seen.append(type(layer).__name__)

    for layer in made.encoder.modules():
        if isinstance(layer, CrossAttention | SelfAttention):
            layer.register_forward_hook(check)
    made.encode(clouds(made))
    assert sorted(seen) == ["CrossAttention"] * 2 + ["SelfAttention"] * 2


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_each_patch_and_query_tells_what_it_reads(kind: str) -> None:
    made, local, queries = model(kind), list[Weights](), list[Weights]()
    row = kind != "openshape"
    with listening(made, lambda _, told: local.append(told), lambda _, told: queries.append(told)):
        made.encode(clouds(made))
    read, names = 11 if row else 12, [*NAMES, *["class"] * (kind == "transfer")]
    assert made.query_names() == names
    for told, readers in ((local, read), (queries, len(names))):
        for one in told:
            assert one.over.shape == (3, 2, readers, read)
            assert torch.allclose(one.over.sum(-1), torch.ones_like(one.aside), atol=1e-5)
            assert (one.aside > 0).all() if row else (one.aside == 0).all()
    for one in local:
        assert (one.over.triu(1) == 0).all() if row else (one.over.triu(1) > 0).any()


def test_even_attention_in_a_row_has_the_even_lengths() -> None:
    made = model("causal")
    with torch.no_grad():
        for name, weights in made.named_parameters():
            if name.endswith(("attn.qkv.weight", "attn.qkv.bias", "cross.q.weight", "cross.q.bias")):
                weights[: made.config.width] = 0  # nobody asks for anything in particular
    reach = measure_reach(made, as_shapes(shapes()), np.arange(3), encode={"device": "cpu"}, progress=False)
    assert (reach.patches, reach.names) == (11, NAMES)
    assert reach.local_distance == pytest.approx(np.full((2, 2), reach.even_distance), rel=1e-4)
    assert reach.query_spread == pytest.approx(np.full((2, 2, 5), reach.even_spread), rel=1e-4)
    assert np.exp(reach.local_entropy) == pytest.approx(np.full((2, 2), reach.even_read), rel=1e-4)
    assert reach.even_read == pytest.approx(np.exp(np.log(np.arange(1, 12)).mean()))
    assert reach.query_aside == pytest.approx(np.full((2, 2, 5), 1 / 12), rel=1e-4)


@torch.no_grad()
def test_a_map_is_of_the_patch_that_was_read_last() -> None:
    made, collection = model("causal"), as_shapes(shapes())
    found = map_attention(made, collection, 1, encode={"device": "cpu"})
    encoding = made.encode(torch.from_numpy(found.points)[None])
    assert np.allclose(found.centers, encoding.centers[0, :-1])
    assert np.allclose(found.tokens, encoding.patches[0, 1:], atol=1e-5)
    assert found.readable == found.patch + 1
    assert (found.local[..., found.readable :] == 0).all()
    shares = found.on_points(0)
    assert list(shares) == [*NAMES, "patch"]
    row = found.local[0].mean(0)
    assert np.allclose(shares["patch"], (row * found.readable)[found.owner])
    kinds = found.by_kind()
    assert kinds["text"] == pytest.approx(found.queries.mean(1)[:, 3:].mean(1) * 11)


@pytest.mark.parametrize("kind", KINDS)
def test_the_analysis_writes_a_cloud_for_each_query(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    made = model(kind)
    found = attention(made, shapes(), tmp_path / "seen", encode={"device": "cpu"}, progress=False)
    names = [name.replace(" ", "-") for name in made.query_names()]
    clouds_written = {path.stem for path in (tmp_path / "seen").glob("*.ply")}
    assert clouds_written == {*names, "patch"}
    (record,) = load_records(tmp_path / "seen" / "attention.json")
    arrays = np.load(tmp_path / "seen" / "attention.npz")
    assert arrays["names"].tolist() == made.query_names()
    assert record.metrics["image_spread/1"] == pytest.approx(arrays["query_spread"][0, :, :3].mean())
    assert any("in a row" in note for note in record.notes) == (kind != "openshape")
    columns = [column.header for column in found.table().columns]
    assert columns[5:] == ["image (3)", "text (2)", *["class"] * (kind == "transfer")]


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_shown(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    made = model(kind)
    out = [tmp_path / "seen.html", tmp_path / "seen.png"]
    found = show(shapes(), out, model=made, encode={"device": "cpu"}, progress=False)
    look, row = found.looks[0], kind != "openshape"
    kinds = ["image", "text", *["class"] * (kind == "transfer")]
    assert look.attention.shape == (2, len(kinds), 11 if row else 12)
    assert [tab.key for tab in found.tabs if tab.options and tab.key != "rebuilt"] == kinds
    assert look.rebuilt.shape == ((12 if row else 8) * 8, 3) if kind != "openshape" else look.rebuilt.shape[1] == 3
    assert len(look.visible) == 0 if row else len(look.visible) + len(look.rebuilt) == 12 * 8
    assert all(path.stat().st_size > 1000 for path in out)

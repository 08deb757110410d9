"""Every size and paradigm: shapes, invariances, gradients, saving and loading."""

import dataclasses

import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.geometry import normalize
from pointrecon.models import Head, ModelConfig, Teacher, create_model, load_model, model_config, save_model, size_names
from pointrecon.models.masks import draw_mask, split_mask
from small import SMALL


def clouds(batch: int = 2, points: int = 96, seed: int = 0) -> torch.Tensor:
    return normalize(torch.randn(batch, points, 3, generator=torch.Generator().manual_seed(seed)))


@pytest.mark.parametrize("size", size_names())
def test_every_size_encodes_and_learns(size: str) -> None:
    model = create_model(size, seed=0, points=64, patches=4, patch_size=8)
    encoding = model.encode(clouds(2, 64))
    assert encoding.queries.shape == (2, 3, model.config.width)
    assert encoding.patches.shape == (2, 4, model.config.width)
    (encoding.queries.sum() + encoding.patches.sum()).backward()
    assert model.encoder.embed.lift.weight.grad is not None


def test_released_sizes_have_the_paper_s_parameters() -> None:
    for size, millions in (("tiny", 13.15), ("small", 22.94), ("base", 50.78)):
        with torch.device("meta"):
            model = create_model(size, teachers={"image": Teacher("a", 768), "text": Teacher("b", 512)})
        assert round(sum(p.numel() for p in model.parameters()) / 1e6, 2) == millions


@pytest.mark.parametrize("streams", ["recon", "shared", "towers"])
def test_encoding_ignores_the_order_of_points_and_of_the_batch(streams: str) -> None:
    model = create_model("nano", seed=0, streams=streams, **SMALL).eval()
    points = clouds()
    order = torch.randperm(95, generator=torch.Generator().manual_seed(0)) + 1
    shuffled = torch.cat([points[:, :1], points[:, order]], 1)  # sampling starts at point 0 (METHOD section 2.1)
    for feature in ("recon", "patches", "queries", "all"):
        first = model.features(points, feature)
        assert torch.allclose(first, model.features(shuffled, feature), atol=1e-5)
        assert torch.allclose(first.flip(0), model.features(points.flip(0), feature), atol=1e-5)


def test_recon_streams_are_one_way() -> None:
    model = create_model("nano", seed=0, **SMALL).eval()
    points = clouds()
    before = model.encode(points)
    with torch.no_grad():
        model.encoder.queries += 1
    after = model.encode(points)
    assert torch.equal(before.patches, after.patches)
    assert not torch.allclose(before.queries, after.queries)


@pytest.mark.parametrize("stop", [True, False])
def test_stop_gradient_both_ways(stop: bool) -> None:
    model = create_model("nano", seed=0, stop_gradient=stop, **SMALL)
    model.encode(clouds()).queries.sum().backward()
    touched = any(p.grad is not None and p.grad.abs().max() > 0 for p in model.encoder.embed.parameters())
    assert touched is not stop


def test_split_embedding_equals_the_plain_join() -> None:
    torch.manual_seed(0)
    model = create_model("nano", seed=0, **SMALL)
    embed = model.encoder.embed
    patches = torch.randn(3, 5, 8, 3)
    x = patches.view(-1, 3)
    rows = embed.point(torch.relu(embed.norm1(embed.lift(x)))).view(15, 8, -1)
    joined = torch.cat([rows.amax(1, keepdim=True).expand_as(rows), rows], -1).view(15 * 8, -1)
    plain = embed.out(torch.relu(embed.norm2(embed.join(joined)))).view(3, 5, 8, -1).amax(2)
    embed.norm1.reset_running_stats()
    embed.norm2.reset_running_stats()
    assert torch.allclose(embed(patches), plain, atol=1e-5)


@pytest.mark.parametrize("kind", ["random", "block"])
def test_masks_hide_the_right_number(kind: str) -> None:
    centers = torch.randn(4, 64, 3, generator=torch.Generator().manual_seed(0))
    mask = draw_mask(centers, 0.6, kind, torch.Generator().manual_seed(1))
    assert mask.sum(1).tolist() == [38] * 4
    visible, hidden = split_mask(mask)
    assert visible.shape == (4, 26)
    assert hidden.shape == (4, 38)
    assert bool((visible.diff(dim=1) > 0).all())
    assert not mask.gather(1, visible).any()
    if kind == "block":  # hidden patches are nearer to their middle than visible ones
        for cloud, row in zip(centers, mask, strict=True):
            gaps = torch.cdist(cloud, cloud)
            assert any(gaps[m][row].max() <= gaps[m][~row].min() for m in range(64) if row[m])


def test_rebuild_and_reconstruct_shapes() -> None:
    model = create_model("nano", seed=0, **SMALL).eval()
    seen = model.reconstruct(clouds(), generator=torch.Generator().manual_seed(0))
    assert seen.visible.shape == (2, 5 * 8, 3)
    assert seen.rebuilt.shape == (2, 7 * 8, 3)
    with pytest.raises(InputError, match="decoder"):
        create_model("nano", **{**SMALL, "decoder_depth": 0}).reconstruct(clouds())


@pytest.mark.parametrize(
    "head", [Head("linear", ["a", "b"]), Head("mlp3", ["a", "b", "c"]), Head("parts", ["x", "y"], 3)]
)
def test_heads_and_folder_round_trip(head: Head, tmp_path) -> None:
    model = create_model("nano", seed=0, head=head, teachers={"text": Teacher("minilm", 7)}, **SMALL).eval()
    model.facts.metrics["accuracy"] = 0.5
    folder = save_model(model, tmp_path / "m")
    again = load_model(folder)
    assert again.config == model.config
    assert torch.equal(again(clouds()), model(clouds()))
    assert "accuracy" in (folder / "README.md").read_text()
    with pytest.raises(InputError, match="exists"):
        save_model(model, folder)
    save_model(model, folder, overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m"]


def test_bad_models_are_refused_in_one_sentence(tmp_path) -> None:
    for make in (
        lambda: model_config("huge"),
        lambda: model_config("nan"),
        lambda: model_config("nano", pionts=3),
        lambda: create_model("nano", points=10),
        lambda: create_model("nano", width=33, heads=4),
        lambda: load_model(tmp_path),
        lambda: load_model(tmp_path / "none.pth"),
        lambda: create_model("nano", **SMALL).encode(clouds(1, 5)),
        lambda: create_model("nano", **SMALL).encode(torch.zeros(2, 96, 4)),
        lambda: create_model("nano", **SMALL).project(create_model("nano", **SMALL).encode(clouds()), "text"),
        lambda: create_model("nano", **SMALL)(clouds()),
        lambda: create_model("nano", **SMALL).features(clouds(), "best"),
    ):
        with pytest.raises(InputError) as caught:
            make()
        assert "\n" not in str(caught.value)


def test_damaged_folder_is_refused(tmp_path) -> None:
    folder = save_model(create_model("nano", seed=0, **SMALL), tmp_path / "m")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:500])
    with pytest.raises(InputError, match="damaged"):
        load_model(folder)
    weights.unlink()
    with pytest.raises(InputError, match="no model.safetensors"):
        load_model(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        load_model(folder)


def test_configuration_survives_a_dictionary() -> None:
    config = ModelConfig(head=Head("linear", ["a"]), teachers={"image": Teacher("x", 3)})
    assert ModelConfig.from_dict(dataclasses.asdict(config)) == config
    with pytest.raises(InputError, match="did you mean 'patches'"):
        ModelConfig.from_dict({"patch": 3})


def test_seed_decides_the_weights() -> None:
    first, second, other = (create_model("nano", seed=s, **SMALL) for s in (0, 0, 1))
    assert torch.equal(first.encoder.embed.lift.weight, second.encoder.embed.lift.weight)
    assert not torch.equal(first.encoder.embed.lift.weight, other.encoder.embed.lift.weight)

"""What a ReCon++ model does with the clouds a caller gives, and that its parts are what they are said to be."""

from typing import Any

import numpy as np
import pytest
import torch

from plus_models import plus_model, transfer_model
from pointrecon.errors import InputError
from pointrecon.geometry import farthest_point_sample
from pointrecon.models import PlusConfig
from pointrecon.models.fast import switch
from pointrecon.models.masks import draw_mask
from pointrecon.models.patches import PatchEmbedding, cut
from pointrecon.models.plus.patch_order import draw_hidden_columns, row_of, seen_keys
from pointrecon.models.plus.plus_layers import LargePatchEmbedding, sine_positions


def raw(batch: int = 2, points: int = 100) -> np.ndarray:
    return np.random.default_rng(0).random((batch, points, 3)) * 40 + 100


def shades(batch: int = 2, points: int = 100) -> np.ndarray:
    return np.random.default_rng(1).random((batch, points, 3))


def test_colors_stay_with_their_points_in_every_form() -> None:
    model, points, colors = plus_model(), raw(), shades()
    clouds = model.prepare(points, colors)
    assert clouds.shape == (2, 64, 6)
    plain = model.prepare(points)
    assert torch.equal(clouds[..., :3], plain[..., :3])
    assert torch.equal(plain[..., 3:], torch.full((2, 64, 3), 0.4))
    both = np.concatenate([points, colors], -1)
    for other in (
        model.prepare(both),
        model.prepare(torch.from_numpy(points), torch.from_numpy(colors)),
        model.prepare(list(points), list(colors)),
        torch.cat([model.prepare(one, color) for one, color in zip(points, colors, strict=True)]),
        model.prepare(list(both)),
    ):
        assert torch.equal(other, clouds)
    whole = np.rint(colors * 255).astype(np.uint8)
    assert torch.allclose(model.prepare(points, whole), clouds, atol=1 / 255)
    assert torch.equal(model.prepare(points, whole), model.prepare(points, whole.astype(float)))
    dark = np.ones_like(whole)  # bytes, however small
    assert torch.allclose(model.prepare(points, dark)[..., 3:], torch.tensor(1 / 255))
    turned = model.prepare(points, colors, up="z")
    assert torch.equal(turned[..., 3:], clouds[..., 3:])
    assert torch.allclose(turned[..., 1], clouds[..., 2], atol=1e-6)


@pytest.mark.parametrize(
    ("points", "colors", "words"),
    [
        (raw(), shades(1), "shape of the points"),
        (raw(), shades(points=99), "shape of the points"),
        (raw(), shades() * 300, "not 0 to 1"),
        (raw(), shades() - 0.5, "not 0 to 1"),
        (raw(), np.full((2, 100, 3), np.nan), "not finite"),
        (np.concatenate([raw(), shades()], -1), shades(), "leave one out"),
        (raw()[..., :2], None, "3 or 6"),
    ],
)
def test_what_are_no_colors_is_refused(points: Any, colors: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        plus_model().prepare(points, colors)
    assert "\n" not in str(caught.value)


def test_unprepared_clouds_are_refused() -> None:
    model = plus_model()
    clouds = model.prepare(raw(), shades())
    model.encode(clouds)
    bright = clouds.clone()
    bright[1, 2, 4] = 1.5
    for bad, words in ((clouds[..., :3], "points, 6"), (bright, "not 0 to 1"), (clouds * 2, "not prepared")):
        with pytest.raises(InputError, match=words):
            model.features(bad)
    with pytest.raises(InputError, match="no colors"):
        transfer_model().prepare(raw(), shades())
    with pytest.raises(InputError, match="no classification head"):
        model(clouds)
    with pytest.raises(InputError, match="no feature 'views'"):
        model.features(clouds, "views")
    with pytest.warns(UserWarning, match="clouds of 60 points"):
        model.encode(plus_model(points=60).prepare(raw()))


def test_colors_change_the_answer_and_the_order_of_points_does_not() -> None:
    model = plus_model()
    clouds = model.prepare(raw(), shades())
    queries, patches, centers = model.encode(clouds)
    assert (queries.shape, patches.shape, centers.shape) == ((2, 5, 24), (2, 12, 24), (2, 12, 3))
    mixed = torch.cat([clouds[:, :1], clouds[:, 1:].flip(1)], 1)  # the first point is where sampling starts
    assert torch.allclose(model.encode(mixed).queries, queries, atol=1e-5)
    gray = torch.cat([clouds[..., :3], torch.full_like(clouds[..., :3], 0.4)], -1)
    assert not torch.allclose(model.encode(gray).queries, queries, atol=1e-4)


@pytest.mark.parametrize("made", [plus_model(), plus_model(masking="causal"), transfer_model()])
def test_features_are_as_wide_as_they_say(made: Any) -> None:
    clouds = made.prepare(raw())
    for feature, widths in made.feature_widths().items():
        assert made.features(clouds, feature).shape == (2, widths * 24)


def test_a_row_takes_the_nearest_center_next() -> None:
    points = torch.randn(3, 40, 3, generator=torch.Generator().manual_seed(0))
    centers = torch.stack([cloud[i] for cloud, i in zip(points, farthest_point_sample(points, 15), strict=True)])
    for places, order in zip(centers, row_of(centers).tolist(), strict=True):
        assert order[0] == 0
        left = set(range(1, 15))
        for here, there in zip(order, order[1:], strict=False):
            assert there == min(left, key=lambda one, here=here: float((places[one] - places[here]).norm()))
            left.remove(there)
    assert torch.equal(plus_model(masking="causal", channels=3).cut(points).centers[:, 0], points[:, 0])


def test_a_position_knows_nothing_of_the_patches_from_it_on() -> None:
    model = plus_model(masking="causal")
    patches = model.cut(model.prepare(raw()))
    rebuilt = model.rebuild(patches)
    changed = patches._replace(points=patches.points.clone())
    changed.points[:, 7:] += 1
    again = model.rebuild(changed)
    assert torch.equal(rebuilt.encoding.patches[:, :8], again.encoding.patches[:, :8])
    assert not torch.equal(rebuilt.encoding.patches[:, 8], again.encoding.patches[:, 8])
    assert rebuilt.patches is not None
    assert again.patches is not None
    assert torch.equal(rebuilt.patches[:, :8], again.patches[:, :8])
    last = patches._replace(points=patches.points.clone())
    last.points[:, -1] += 1  # the last patch is never read
    assert torch.equal(model.rebuild(last).encoding.queries, rebuilt.encoding.queries)


def test_hidden_columns() -> None:
    mask = draw_hidden_columns(64, 0.6, torch.Generator().manual_seed(0))
    assert int(mask.sum()) == 32
    assert not mask[:10].any()
    seen = seen_keys(64, mask, torch.device("cpu"))
    for i in range(64):
        assert seen[i].nonzero()[:, 0].tolist() == [j for j in range(i + 1) if j == i or not mask[j]]
    assert not draw_hidden_columns(8, 0.6).any()


def test_rebuilding_and_looking_at_it() -> None:
    draw = torch.Generator().manual_seed(0)
    for model in (plus_model(), plus_model(masking="causal"), transfer_model()):
        clouds, channels = model.prepare(raw()), model.config.channels
        seen = model.reconstruct(clouds, generator=draw)
        rebuilt = 8 if model.config.masking == "random" else 12  # int(0.7 * 12), or every patch
        assert seen.rebuilt.shape == (2, rebuilt * 8, channels)
        assert seen.visible.shape == (2, (4 if model.config.masking == "random" else 12) * 8, channels)
    with pytest.raises(InputError, match="no decoder"):
        plus_model(decoder_depth=0).reconstruct(plus_model().prepare(raw()))
    with pytest.raises(InputError, match="give a mask"):
        plus_model().rebuild(plus_model().cut(plus_model().prepare(raw())))


@pytest.mark.parametrize("masking", ["random", "causal"])
def test_training_drops_paths(masking: str) -> None:
    model = plus_model(masking=masking, drop_path=0.5).train()
    patches = model.cut(model.prepare(raw()))
    mask = draw_hidden_columns(12, 0.5) if masking == "causal" else draw_mask(patches.centers, 0.7)
    answers = []
    for _ in range(2):
        torch.manual_seed(3)
        rebuilt = model.rebuild(patches, mask, embed_all=True)
        assert rebuilt.patches is not None
        (rebuilt.patches.square().mean() + model.project(rebuilt.encoding, "image").square().sum()).backward()
        answers.append(rebuilt.patches)
    assert torch.equal(*answers)
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)
    others = [model.rebuild(patches, mask, embed_all=True).encoding.patches for _ in range(6)]
    assert any(not torch.equal(others[0], other) for other in others[1:])


def test_the_large_embedding_is_the_plain_one() -> None:
    torch.manual_seed(0)
    made = LargePatchEmbedding(24, channels=6, stem=8).eval()
    patches = torch.randn(2, 3, 5, 6)
    rows = made.point(made.norm2(made.widen(made.norm1(made.lift(patches.view(-1, 6))).relu())).relu())
    whole = rows.view(6, 5, 32)
    joined = torch.cat([whole.amax(1, keepdim=True).expand_as(whole), whole], 2).view(30, 64)
    wanted = made.out(made.norm3(made.join(joined)).relu()).view(2, 3, 5, 24).amax(2)
    assert torch.allclose(made(patches), wanted, atol=1e-5)


def test_the_fused_embedding_takes_colors() -> None:
    torch.manual_seed(0)
    made = PatchEmbedding(24, 8, channels=6)
    patches = torch.randn(2, 9, 5, 6)
    for training in (True, False):
        answers = []
        for way in ("all", "off"):
            before = switch.use(way)
            made.train(training).zero_grad()
            out = made(patches)
            (out * torch.linspace(-1, 1, 24)).sum().backward()
            answers.append([out, made.lift.weight.grad, made.join.weight.grad])
            switch.use(before)
        assert all(torch.allclose(a, b, rtol=1e-3, atol=2e-4) for a, b in zip(*answers, strict=True))


def test_sine_positions_of_a_place() -> None:
    code = sine_positions(torch.tensor([[[0.25, 0.5, 0.0]]]), 20)[0, 0]
    wanted = [1, 0, 1, 0, 1, 0, 0, -1, 0, -1, 0, -1, 0, 1, 0, 1, 0, 1, 0, 0]
    assert torch.allclose(code, torch.tensor(wanted, dtype=torch.float32), atol=1e-6)


def test_plain_patches_are_recons() -> None:
    points = torch.randn(2, 64, 3, generator=torch.Generator().manual_seed(0))
    ours, theirs = plus_model(channels=3).cut(points), cut(points, 12, 8)
    assert torch.equal(ours.points, theirs.points)
    assert torch.equal(ours.centers, theirs.centers)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"channels": 4}, "channels is 4"),
        ({"masking": "block"}, "random or causal"),
        ({"class_query": True}, "class query"),
        ({"patches": 99999}, "cannot hold"),
        ({"width": 25}, "multiple of model.heads"),
        ({"chanels": 6}, "did you mean 'channels'"),
        ({"image_queries": 0}, "at least 1"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        PlusConfig.from_dict(settings)

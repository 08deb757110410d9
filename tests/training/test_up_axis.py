"""Which way is up: of tables, of models, when turning, joining and drawing pictures."""

import warnings

import numpy as np
import pytest
import torch

from pointrecon.geometry import Augmentation, augment
from pointrecon.shapes import ShapeArrays, as_shapes
from pointrecon.shapes.pictures.splat import render_clouds
from pointrecon.training.training_data import warn_of_up
from pointrecon.training.training_set import TrainingSet

AXES = "xyz"


def pole(up: str, count: int = 4) -> ShapeArrays:
    """Clouds a hundred times as long along their up axis as across it."""
    points = np.random.default_rng(0).normal(size=(count, 64, 3)) * 0.01
    points[..., AXES.find(up) if up in AXES else 2] *= 100
    return ShapeArrays.from_points(points, up=up, id=[f"{up}{i}" for i in range(count)])


def tallest(points: torch.Tensor) -> set[str]:
    """The axes along which clouds are long, most of all."""
    return {AXES[i] for i in points.std(1).argmax(1).tolist()}


@pytest.mark.parametrize("table", AXES)
@pytest.mark.parametrize("model", AXES)
@pytest.mark.parametrize("rotate", ["up", "none"])
def test_what_is_up_stays_up(table: str, model: str, rotate: str) -> None:
    data = TrainingSet(pole(table), points=64, up=model)
    batch = data.draw(torch.arange(4), torch.Generator().manual_seed(0))
    turned = augment(batch.points, Augmentation(rotate=rotate), torch.Generator().manual_seed(1), up=model)
    assert tallest(turned) == {model}
    if rotate == "up":
        other = [i for i in range(3) if AXES[i] != model]
        assert not torch.allclose(turned[..., other], batch.points[..., other])
        torch.testing.assert_close(turned[..., AXES.index(model)], batch.points[..., AXES.index(model)])


def test_any_turns_every_way() -> None:
    batch = TrainingSet(pole("z", 40), points=64, up="y").draw(torch.arange(40), torch.Generator().manual_seed(0))
    assert tallest(augment(batch.points, Augmentation(rotate="any"), torch.Generator().manual_seed(1))) == set(AXES)


@pytest.mark.parametrize("model", AXES)
def test_joined_tables_stand_the_same_way(model: str, tmp_path) -> None:
    places = []
    for up in AXES:
        places.append(tmp_path / f"{up}.npz")
        pole(up).save(places[-1])
    joined = as_shapes(places)
    assert joined.ups == set(AXES)
    batch = TrainingSet(joined, points=64, up=model).draw(torch.arange(12), torch.Generator().manual_seed(0))
    assert tallest(augment(batch.points, Augmentation(rotate="up"), torch.Generator().manual_seed(1), up=model)) == {
        model
    }


@pytest.mark.parametrize("up", AXES)
def test_pictures_are_drawn_upright(up: str) -> None:
    points = torch.from_numpy(pole(up).points[:1].astype(np.float32))
    for drawn in render_clouds(points, up=up)[0].float():
        image = drawn if drawn.shape[-1] == 3 else drawn.movedim(0, -1)
        lit = ((image - image[0, 0]).abs().sum(-1) > 0).nonzero()
        rows, columns = (int(lit[:, i].max() - lit[:, i].min()) for i in (0, 1))
        assert rows > 2 * columns


@pytest.mark.parametrize(
    ("ups", "rotate", "says"),
    [
        (["unknown"], "up", "augment.rotate up turns them about y"),
        (["unknown"], "none", ""),
        (["unknown"], "any", ""),
        (["z", "unknown"], "none", "they are not turned"),
        (["z", "x"], "up", ""),
    ],
)
def test_not_knowing_is_said_once_where_it_matters(ups: list[str], rotate: str, says: str, tmp_path) -> None:
    places = []
    for up in ups:
        places.append(tmp_path / f"{up}.npz")
        pole(up).save(places[-1])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_up(as_shapes(places), "y", rotate)
    assert [says in str(one.message) for one in caught] == [True] * bool(says)

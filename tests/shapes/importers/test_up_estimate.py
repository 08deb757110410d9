"""Which axis points up: turned with the shape, agreed on by a collection, and said to be unknown where it is."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.cli.main import main
from pointrecon.shapes import ShapeArrays, estimate_up, import_shapes, make_shapes, open_table
from pointrecon.shapes.importers.up_axis import places_that_vote, up_probabilities, up_vote
from pointrecon.shapes.importers.up_hints import DIRECTIONS, HINTS, up_hints

KINDS = ["chair", "stool", "table", "desk", "armchair", "mug"]


@pytest.fixture(scope="module")
def clouds() -> np.ndarray:
    """Shapes with y up."""
    made = make_shapes(count=30, categories=KINDS, points=512, seed=3, workers=1)
    assert isinstance(made, ShapeArrays)
    return made.points.astype(np.float64)


@pytest.fixture(scope="module")
def found(clouds: np.ndarray) -> np.ndarray:
    return up_probabilities(clouds)


def test_hints_turn_with_the_shape_and_know_no_place_or_size(clouds: np.ndarray) -> None:
    cloud = clouds[0]
    hints = up_hints(cloud)
    assert hints.shape == (len(DIRECTIONS), len(HINTS))
    assert np.allclose(up_hints(np.roll(cloud, 1, axis=1)), np.roll(hints, 2, axis=0), atol=1e-9)
    over = up_hints(cloud * [1, -1, -1])  # half a turn about x
    assert np.abs(over - hints[[0, 1, 3, 2, 5, 4]]).max() < 0.1  # nearly: bins end elsewhere
    assert np.abs(over - hints).max() > 0.5
    assert np.allclose(up_hints(7 * cloud + 3), hints, atol=1e-6)
    assert np.array_equal(up_hints(cloud), hints)


def test_a_collection_agrees_on_its_axis(clouds: np.ndarray, found: np.ndarray) -> None:
    assert np.allclose(found.sum(1), 1)
    vote = up_vote(found)
    assert estimate_up(clouds) == vote
    assert (vote.up, vote.direction, vote.shapes) == ("y", "y", 30)
    assert f"{100 * vote.share:.0f}% of 30 shapes" in vote.words()
    turned = up_vote(np.roll(found, 2, axis=1))
    assert (turned.up, turned.share) == ("z", vote.share)
    heads = up_vote(found[:, [0, 1, 3, 2, 4, 5]])
    assert (heads.up, heads.direction) == ("unknown", "-y")
    assert "stand on their heads" in heads.words()


def test_it_is_unknown_where_they_do_not_agree(found: np.ndarray) -> None:
    mixed = np.stack([np.roll(row, 2 * (i % 3)) for i, row in enumerate(found)])
    assert up_vote(mixed).up == "unknown"
    assert "--up says it" in up_vote(mixed).words()
    assert up_vote(found[:0]).up == "unknown"


def test_few_shapes_must_be_clear(found: np.ndarray) -> None:
    clear = found[found[:, 2].argsort()]
    assert clear[-1, 2] > 0.9 > clear[0, 2]
    one = up_vote(clear[-1:])
    assert one.up == "y"
    assert one.words() == f"y, estimated: {100 * clear[-1, 2]:.0f}% confidence"
    assert up_vote(clear[:1]).up == up_vote(clear[[0, -1, -1]]).up == "unknown"


@pytest.mark.parametrize("shape", ["a point", "a line", "a plane", "few"])
def test_what_has_no_sides_has_no_estimate_but_no_error(shape: str) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(3 if shape == "few" else 200, 3))
    points *= {"a point": [0, 0, 0], "a line": [1, 0, 0], "a plane": [1, 0, 1]}.get(shape, [1, 1, 1])
    found = up_probabilities([points])
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1)


def test_who_votes_is_spread_over_the_collection() -> None:
    assert places_that_vote(5).tolist() == [0, 1, 2, 3, 4]
    assert places_that_vote(0).tolist() == []
    many = places_that_vote(10_000)
    assert len(many) == 96
    assert (many[0], many[-1]) == (0, 9999)


def test_an_import_takes_the_axis_that_its_files_agree_on(
    clouds: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("lancedb")
    for number, cloud in enumerate(clouds[:10]):
        (tmp_path / "parts").mkdir(exist_ok=True)
        np.save(tmp_path / "parts" / f"{number:02d}.npy", np.roll(cloud, 1, axis=1))
    words = ["shapes", "import", str(tmp_path / "parts"), "-o", str(tmp_path / "t.lance"), "--points", "512"]
    assert main([*words, "--workers", "1", "--up", "auto"]) == 0
    told = capsys.readouterr()
    assert "up axis: z, estimated:" in told.out
    assert "10 files of 10 are looked at" in told.err
    table = open_table(tmp_path / "t.lance")
    assert table.meta.up == "z"
    facts = table.frame()
    assert {*facts["up"]} == {"z"}
    assert {*facts["up_source"]} == {"estimated"}
    np.save(tmp_path / "parts" / "new.npy", clouds[0] @ np.diag([1, -1, -1]))
    again = import_shapes(tmp_path / "parts", tmp_path / "t.lance", up="auto", resume=True, workers=1)
    assert (again.shapes, again.up) == (1, "z")  # the table's own, not asked again
    assert {*open_table(tmp_path / "t.lance").frame()["up_source"]} == {"estimated"}


def test_an_import_of_shapes_that_disagree_says_unknown(clouds: np.ndarray, tmp_path: Path) -> None:
    mixed = np.stack([np.roll(cloud, i % 3, axis=1) for i, cloud in enumerate(clouds)])
    np.savez(tmp_path / "many.npz", points=mixed)
    report = import_shapes(tmp_path / "many.npz", tmp_path / "t.npz", up="auto", workers=1)
    assert report.up == "unknown"
    assert report.up_words.startswith("unknown: ")
    assert open_table(tmp_path / "t.npz").meta.up == "unknown"

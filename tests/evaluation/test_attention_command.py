"""The attention analysis as a command and a function: what it writes, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest
import torch

from labeled import sticks
from pointrecon import attention, create_model, save_model
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation import load_records
from pointrecon.models import Teacher
from pointrecon.shapes import ShapeArrays
from pointrecon.shapes.readers.read import read_shape
from small import SMALL

pytest.importorskip("matplotlib")
CLOUDS = {"class.ply", "image.ply", "text.ply", "patch.ply"}
FILES = {"attention.npz", "attention.json", "distances.png", "maps.png", *CLOUDS}
QUIET = {"progress": False}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = create_model("nano", seed=0, **SMALL, teachers={"text": Teacher("words", 4)})
    return save_model(made, tmp_path_factory.mktemp("runs") / "model")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "sticks.npz"
    sticks(24).save(path)
    return path


def test_the_command_writes_everything(model: Path, table: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "seen"
    words = ["attention", str(model), str(table), "-o", str(out), "--layer", "2", "--near", "-0.1", "0.9", "0"]
    assert main([*words, "--device", "cpu"]) == 0
    screen = capsys.readouterr().out
    assert "even" in screen
    assert str(out) in screen.replace("\n", "")
    assert {path.name for path in out.iterdir()} == FILES
    for name in ("distances.png", "maps.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    arrays = np.load(out / "attention.npz")
    depth, heads, patches = SMALL["depth"], SMALL["heads"], SMALL["patches"]
    assert arrays["local_distance"].shape == (depth, heads)
    assert arrays["query_spread"].shape == (depth, heads, 3)
    assert arrays["map_queries"].shape == (depth, heads, 3, patches)
    assert arrays["map_local"].shape == (depth, heads, patches)
    test = sticks(24).in_split("test")
    assert str(arrays["map_id"]) == test.id[0]
    (record,) = load_records(out / "attention.json")
    assert (record.task, record.split, record.counts["test"]) == ("attention", "test", len(test))
    assert record.metrics["local_distance/2"] == pytest.approx(arrays["local_distance"][1].mean())
    assert record.metrics["image_spread"] == pytest.approx(arrays["query_spread"][:, :, 1].mean())
    assert record.choices["layer"] == 2
    assert main([*words, "--device", "cpu"]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_clouds_are_colored_by_the_attention_of_their_patch(model: Path, table: Path, tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    found = attention(model, table, out=tmp_path / "seen", **QUIET)
    for name, shares in found.maps.on_points(SMALL["depth"] - 1).items():
        file = tmp_path / "seen" / f"{name}.ply"
        cloud = trimesh.load(file)
        assert np.allclose(cloud.vertices, found.maps.points, atol=1e-6)
        color = np.asarray(cloud.colors)[:, :3]
        most = color[shares.argmax()]
        for other in np.unique(shares):
            same = color[shares == other]
            assert (same == same[0]).all()
        assert most[0] > most[2]  # the more, the redder
        assert read_shape(file, 8).color is not None
        assert b"property float quality" in file.read_bytes()


@pytest.mark.parametrize("streams", ["recon", "shared", "towers"])
def test_models_without_teachers_and_of_other_streams(streams: str, table: Path, tmp_path: Path) -> None:
    made = create_model("nano", seed=1, **SMALL, streams=streams)
    found = attention(made, ShapeArrays.load(table), **QUIET)
    assert found.out is None
    assert np.isfinite(found.reach.query_spread).all()
    assert any("no teacher" in note for note in found.record.notes)
    assert any("joined stream" in note for note in found.record.notes) == (streams != "recon")


def test_a_file_instead_of_a_table(model: Path, tmp_path: Path) -> None:
    cloud = np.random.default_rng(0).normal(size=(300, 3)) * [1, 2, 5]
    np.save(tmp_path / "part$1.npy", cloud)
    found = attention(model, tmp_path / "part$1.npy", up="z", out=tmp_path / "seen", **QUIET)
    assert found.reach.shapes == 1
    assert found.maps.id == "part$1"
    assert np.ptp(found.maps.points, 0).argmax() == 1  # turned: this model's up axis is y
    assert attention(model, cloud[None], **QUIET).record.notes == []


def test_the_same_seed_gives_the_same_and_splits_are_kept_apart(model: Path, table: Path) -> None:
    first, again = (attention(model, table, encode={"seed": 3}, **QUIET) for _ in range(2))
    assert np.array_equal(first.reach.query_spread, again.reach.query_spread)
    other = attention(model, table, split="all", **QUIET)
    assert other.reach.shapes == 24 > first.reach.shapes


WRONG = {
    "layer": ({"layer": 4}, "the layers 1 to 3"),
    "split": ({"split": "val2"}, "'all' takes every shape"),
    "shape": ({"shape": "000l"}, "did you mean '00"),
    "up": ({"up": "z"}, "knows its own up axis, y"),
    "axis": ({"up": "w"}, "use x, y, z"),
    "near": ({"near": (0.0, float("nan"), 0.0)}, "three numbers"),
    "points": ({"encode": {"points": 4}}, "fewer than"),
    "batch": ({"encode": {"batch_size": 0}}, "at least 1"),
    "device": ({"encode": {"device": "abacus"}}, "mps, not"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused_writes_nothing(name: str, model: Path, table: Path, tmp_path: Path) -> None:
    options, words = WRONG[name]
    with pytest.raises(InputError, match=words) as caught:
        attention(model, table, out=tmp_path / "seen", **{**QUIET, **options})
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_other_folders_and_models_are_left_alone(model: Path, table: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(InputError, match="no attention analysis"):
        attention(model, table, out=tmp_path / "mine", overwrite=True, **QUIET)
    with pytest.raises(InputError, match="a ReCon model, and 'Linear' is none"):
        attention(torch.nn.Linear(2, 2), table, **QUIET)
    with pytest.raises(InputError, match="no file|no shape table|is there"):
        attention(model, tmp_path / "nowhere.lance", **QUIET)
    attention(model, table, out=tmp_path / "seen", **QUIET)
    attention(model, table, out=tmp_path / "seen", overwrite=True, shape=str(sticks(24).id[2]), **QUIET)
    assert str(np.load(tmp_path / "seen" / "attention.npz")["map_id"]) == sticks(24).id[2]

"""`pointrecon show`: what is shown is what the model says, and page and figure are whole, offline and escaped."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from labeled import sticks
from pointrecon import create_model, save_model, show
from pointrecon.cli.main import main
from pointrecon.drawing import ball_picture, ball_view
from pointrecon.errors import InputError
from pointrecon.evaluation.looks import mask_ratio_of, token_colors, token_parts
from pointrecon.models import ReconModel, Teacher
from pointrecon.models.files.folder import load_model
from pointrecon.reports.showing import Showing
from pointrecon.shapes import as_shapes
from small import SMALL

QUIET = {"progress": False}
NAME = "<script>alert(1)</script>"
PANELS = ["shape", "patches", "rebuilt", "features", "alike", "class", "image", "text"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, a table of whose shapes one has an odd name, and a file."""
    place, arrays = tmp_path_factory.mktemp("show"), sticks(6)
    arrays.id = np.array([NAME, *arrays.id[1:]])
    arrays.save(place / "t.npz")
    save_model(create_model("nano", seed=0, **SMALL, teachers={"text": Teacher("words", 4)}), place / "run" / "model")
    np.savetxt(place / "part.xyz", np.random.default_rng(0).normal(size=(150, 3)) * [1, 2, 5])
    return place


@pytest.fixture(scope="module")
def model(place: Path) -> ReconModel:
    return load_model(place / "run")


@pytest.fixture(scope="module")
def shown(place: Path, model: ReconModel) -> Showing:
    return show([NAME, "0004"], data=place / "t.npz", model=model, mask_ratio=0.5, **QUIET)


def data_of(page: str) -> dict:
    (text,) = re.findall(r"<script type='application/json' id=look-data>(.*?)</script>", page)
    return json.loads(text)


def test_what_is_shown_is_what_the_model_says(place: Path, model: ReconModel, shown: Showing) -> None:
    shapes = as_shapes(place / "t.npz")
    for look, at in zip(shown.looks, (0, 4), strict=True):
        cloud = torch.from_numpy(look.maps.points)[None]
        encoding = model.encode(cloud)
        assert np.allclose(look.maps.tokens, encoding.patches[0].detach(), atol=1e-5)
        assert np.allclose(look.maps.centers, encoding.centers[0])
        assert look.attention == pytest.approx(look.maps.queries.mean(1) * SMALL["patches"])
        assert look.attention.mean(-1) == pytest.approx(np.ones((SMALL["depth"], 3)), rel=1e-4)
        made = model.reconstruct(cloud, mask_ratio=0.5, generator=torch.Generator().manual_seed(0))
        assert np.allclose(look.rebuilt, made.rebuilt[0], atol=1e-5)
        assert len(look.visible) == len(look.rebuilt) == SMALL["patches"] // 2 * SMALL["patch_size"]
        # all points of the shape, in the frame of the points that the model was given: a part of them, here repeated
        gaps = np.linalg.norm(look.points[:, None] - look.maps.points, axis=2)
        assert gaps.min(0).max() < 1e-5
        assert len(look.points) == shapes.size
        far = np.linalg.norm(look.points[:, None] - look.maps.centers, axis=2)
        assert np.allclose(far[np.arange(len(far)), look.owner], far.min(1))
        raw = shapes.read(np.array([at])).points[0]
        assert np.ptp(look.points, 0).argmax() == np.ptp(raw, 0).argmax()


def colors_of(*tokens: np.ndarray) -> list[np.ndarray]:
    return token_colors(token_parts(tokens))


def test_like_features_have_like_colors_in_all_shapes() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(8, 5)), rng.normal(size=(6, 5))
    other[2] = one[3]
    found = colors_of(one, other)
    assert [colors.shape for colors in found] == [(8, 3), (6, 3)]
    assert np.allclose(found[1][2], found[0][3])
    every = np.concatenate(found)
    assert every.min() >= 0
    assert every.max() <= 1
    assert np.ptp(every, 0).min() > 0.5  # whitened: no channel is wasted
    mirrored = np.diag([1, 1, -1, 1, 1])
    turned = colors_of(one @ mirrored, other @ mirrored)
    for channel in range(3):  # the same features, up to a sign of a channel
        same = np.allclose(every[:, channel], np.concatenate(turned)[:, channel])
        assert same or np.allclose(1 - every[:, channel], np.concatenate(turned)[:, channel])
    assert (colors_of(np.ones((4, 5)))[0] == 0.5).all()
    assert colors_of(np.outer(np.arange(4.0), np.ones(5)))[0][:, 1:].tolist() == [[0.5, 0.5]] * 4


def test_the_page_is_offline_and_escaped(shown: Showing) -> None:
    page = shown.page()
    assert not re.search(r"https?:|src=|href=|url\(|@import", page)
    assert NAME not in page
    assert page.count("<script") == 2
    assert [tab["key"] for tab in data_of(page)["tabs"]] == PANELS
    first = data_of(page)["shapes"][0]
    look = shown.looks[0]
    assert np.allclose(np.reshape(first["points"], (-1, 3)) / 1000, look.points, atol=1e-3)
    assert first["owner"] == look.owner.tolist()
    assert len(first["paints"]["text"]) == SMALL["depth"]
    assert {len(colors) for colors in first["paints"]["text"]} == {SMALL["patches"]}
    assert len(set(first["paints"]["patches"][0])) == SMALL["patches"]
    codes, tokens = np.array(first["codes"]), np.concatenate([look.maps.tokens for look in shown.looks])
    around = (look.maps.tokens - tokens.mean(0)).astype(float)
    lengths = np.linalg.norm(around, axis=1)
    cosine = around @ around.T / lengths / lengths[:, None]
    assert np.allclose(codes @ codes.T / 127**2, cosine, atol=0.05)
    assert "No teacher taught this query" in next(tab["note"] for tab in data_of(page)["tabs"] if tab["key"] == "image")
    assert "srcdoc" in shown._repr_html_()


def test_the_command_writes_figure_and_page(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    out = [str(tmp_path / "seen.png"), str(tmp_path / "seen.html")]
    words = ["show", "0001", str(place / "part.xyz"), "--data", str(place / "t.npz"), "--model", str(place / "run")]
    assert main([*words, "--up", "z", "--layer", "1", "--device", "cpu", "-o", *out]) == 0
    assert "seen.html" in capsys.readouterr().out.replace("\n", "")
    assert Path(out[0]).read_bytes().startswith(b"\x89PNG")
    data = data_of(Path(out[1]).read_text("utf-8"))
    assert [tab["start"] for tab in data["tabs"][-3:]] == [0, 0, 0]
    assert np.ptp(np.reshape(data["shapes"][1]["points"], (-1, 3)), 0).argmax() == 1  # turned: y is up
    before = Path(out[1]).read_bytes()
    assert main([*words, "-o", out[1]]) == 2
    assert "exists already" in capsys.readouterr().err
    assert Path(out[1]).read_bytes() == before
    words.remove(str(place / "part.xyz"))
    assert main([*words, "-o", out[1], "--overwrite"]) == 0
    assert len(data_of(Path(out[1]).read_text("utf-8"))["shapes"]) == 1


def test_without_a_decoder_nothing_is_rebuilt_and_it_says_so(place: Path) -> None:
    bare = create_model("nano", seed=0, **{**SMALL, "decoder_depth": 0})
    found = show(place / "part.xyz", model=bare, up="z", **QUIET)
    assert [tab.key for tab in found.tabs] == [key for key in PANELS if key != "rebuilt"]
    assert "no decoder" in found.notes[0]
    assert found.looks[0].name == "part.xyz"
    assert "no decoder" in found.page()


def test_files_may_stand_as_they_look(place: Path, model: ReconModel) -> None:
    found = show(place / "part.xyz", model=model, up="auto", **QUIET)
    (note,) = found.notes
    assert note.startswith("up axis of part")
    assert note in found.page()


def test_the_share_that_is_hidden_is_the_runs_own(place: Path, tmp_path: Path) -> None:
    assert mask_ratio_of(place / "run") == mask_ratio_of("made-nano") == 0.6
    (tmp_path / "model").mkdir()
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"objective": {"mask_ratio": 0.8}}))
    assert mask_ratio_of(tmp_path) == mask_ratio_of(tmp_path / "model") == 0.8


WRONG = {
    "id": (["00l1"], {}, "did you mean '0001'"),
    "no table": (["0001"], {"data": None}, "--data"),
    "file": (["gone.stl"], {"data": None}, "gone.stl"),
    "layer": (["0001"], {"layer": 4}, "the layers 1 to 3"),
    "ratio": (["0001"], {"mask_ratio": 1.0}, "between 0 and 1"),
    "ending": (["0001"], {"out": "seen.pdf"}, r"\.png or \.html"),
    "many": ([sticks(30)], {}, "24 can be shown"),
    "none": ([], {}, "nothing to show"),
    "model": (["0001"], {"model": torch.nn.Linear(2, 2)}, "a ReCon model, and 'Linear' is none"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused_writes_nothing(
    name: str, place: Path, model: ReconModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes, options, words = WRONG[name]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=words) as caught:
        show(shapes, **{"out": "seen.html", "data": place / "t.npz", "model": model, **QUIET, **options})
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_too_many_files_is_refused_before_one_is_read(tmp_path: Path, monkeypatch) -> None:
    for i in range(25):
        (tmp_path / f"{i}.xyz").write_text("0 0 0\n1 0 0\n0 1 0\n")
    monkeypatch.setattr("pointrecon.reports.showing.resolve_shapes", None)
    with pytest.raises(InputError, match="has 25 shapes, and 24 can be shown"):
        show(tmp_path)


def test_what_is_near_hides_what_is_behind() -> None:
    ray = np.array([[0.0, 0.0, -0.5], [0.0, 0.0, 0.5], [0.7, 0.0, 0.0]])
    view = ball_view(ray @ _turned(), "y", size=80)
    assert set(np.unique(view[0])) == {-1, 1, 2}
    picture = ball_picture(view, np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]))
    seen = picture[view[0] == 1]
    assert (seen[:, 1] > seen[:, 0]).all()
    assert set(np.unique(picture[..., 3])) == {0, 1}


def _turned() -> np.ndarray:
    """Rows right, up, toward the eye of figures, as `flattened` has them, so that z is the line of sight."""
    from pointrecon.drawing import flattened

    return flattened(np.eye(3), "y").T

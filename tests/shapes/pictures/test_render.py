"""Pictures in tables: added once, resumed, replaced on demand; meshes where there is off-screen graphics."""

import io
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.shapes.pictures import mesh_pictures
from pointrecon.shapes.pictures.mesh_pictures import _pyvista, png, render_mesh, render_pictures
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.shape_table import ShapeTable, create_table, open_table

image = pytest.importorskip("PIL.Image")


def balls(count: int = 5) -> ShapeArrays:
    points = np.random.default_rng(0).standard_normal((count, 200, 3))
    points /= np.linalg.norm(points, axis=2, keepdims=True)
    return ShapeArrays.from_points(points, source=["ball.obj"] * (count - 1) + ["missing.obj"], up="y")


@pytest.fixture(params=["lance", "npz"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> ShapeTable:
    if request.param == "lance":
        pytest.importorskip("lancedb")
    arrays = balls()
    table = create_table(tmp_path / f"balls.{request.param}", arrays.meta)
    table.append(arrays)
    return table


def widths(table: ShapeTable) -> list[list[int]]:
    pictures = open_table(table.path).load(pictures=True).pictures
    assert pictures is not None
    return [[image.open(io.BytesIO(p)).width for p in shape] for shape in pictures]


def test_every_shape_gets_its_pictures_once(table: ShapeTable) -> None:
    table.add_pictures([table.ids()[1]], [[png(np.zeros((9, 9), np.uint8))]])
    report = render_pictures(table.path, views=2, size=16)
    assert (report.rendered, report.already_there, report.skipped) == (4, 1, [])
    assert widths(table) == [[16, 16], [9], [16, 16], [16, 16], [16, 16]]
    assert render_pictures(table.path, views=2, size=16).rendered == 0
    assert len(open_table(table.path).picture_ids()) == 5


def test_overwrite_draws_all_again(table: ShapeTable) -> None:
    render_pictures(table.path, views=2, size=16)
    assert render_pictures(table.path, views=1, size=24, overwrite=True).rendered == 5
    assert widths(table) == [[24]] * 5
    assert open_table(table.path).take([3, 0]).pictures is not None


def test_pictures_must_fit_the_table(table: ShapeTable) -> None:
    one = [png(np.zeros((9, 9), np.uint8))]
    known = str(table.ids()[0])
    for ids, pictures in (([known], []), (["nobody"], [one]), ([known, known], [one, one])):
        with pytest.raises(InputError):
            table.add_pictures(ids, pictures)
    assert table.picture_ids() == set()


def test_a_picture_shows_the_shape(table: ShapeTable) -> None:
    render_pictures(table.path, views=1, size=32)
    pictures = open_table(table.path).load(pictures=True).pictures
    assert pictures is not None
    pixels = np.asarray(image.open(io.BytesIO(pictures[0][0])))
    assert pixels.dtype == np.uint8
    assert pixels[0, 0] == 255
    assert (pixels[12:20, 12:20] < 255).all()


@pytest.mark.parametrize(
    "wrong",
    [{"views": 0}, {"size": 2}, {"from_": "memory"}, {"from_": "mesh"}, {"from_": "mesh", "mesh_root": "/no/such"}],
)
def test_bad_settings_are_one_sentence(tmp_path: Path, wrong: dict) -> None:
    balls().save(tmp_path / "balls.npz")
    with pytest.raises(InputError):
        render_pictures(tmp_path / "balls.npz", **wrong)
    with pytest.raises(InputError, match="no shape table"):
        render_pictures(tmp_path / "none.npz")


def test_the_command_line_does_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "balls.npz"
    balls().save(path)
    assert main(["shapes", "render", str(path), "--views", "1", "--size", "16"]) == 0
    assert "5 shapes drawn" in capsys.readouterr().out
    assert main(["shapes", "render", str(path), "--from", "mesh"]) == 2
    assert "--mesh-root" in capsys.readouterr().err


@pytest.fixture(scope="module")
def graphics() -> None:
    pytest.importorskip("pyvista")
    try:
        _pyvista()
    except InputError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("graphics")
def test_meshes_are_drawn_from_every_side(tmp_path: Path) -> None:
    box = [[x, y, z] for x in (0, 4) for y in (0, 1) for z in (0, 2)]
    faces = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    lines = [f"v {x} {y} {z}" for x, y, z in box] + [f"f {' '.join(str(i + 1) for i in f)}" for f in faces]
    (tmp_path / "ball.obj").write_text("\n".join(lines))
    pictures = render_mesh(tmp_path / "ball.obj", views=4, size=48)
    assert pictures.shape == (4, 48, 48)
    assert pictures.dtype == np.uint8
    assert (pictures[:, 0, 0] == 255).all()
    assert (pictures[:, 24, 24] < 255).all()
    assert len({p.tobytes() for p in pictures}) == 4
    balls().save(tmp_path / "balls.npz")
    report = render_pictures(tmp_path / "balls.npz", views=2, size=32, from_="mesh", mesh_root=tmp_path)
    assert report.rendered == 4
    assert [key for key, _ in report.skipped] == ["0004"]
    with pytest.raises(InputError, match="no mesh"):
        render_mesh(tmp_path / "nothing.obj")


def test_asked_to_stop_it_says_how_to_go_on(
    table: ShapeTable, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = mesh_pictures.cloud_pictures

    def asked(*args: object, **settings: object) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        return draw(*args, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(mesh_pictures, "cloud_pictures", asked)
    monkeypatch.setattr(mesh_pictures, "_BATCH", 2)
    words = ["shapes", "render", str(table.path), "--views", "1", "--size", "16"]
    assert main(words) == 143
    assert capsys.readouterr().err == f"pointrecon: stopped; go on with: pointrecon {' '.join(words)} --resume\n"
    assert len(open_table(table.path).picture_ids()) == 2
    monkeypatch.setattr(mesh_pictures, "cloud_pictures", draw)
    assert main([*words, "--resume"]) == 0
    assert "3 shapes drawn (2 had some already)" in capsys.readouterr().out

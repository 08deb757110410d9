"""An import that goes on follows its table's settings; one process writes; Ctrl-C at any moment loses nothing."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from other_process import another_holds
from pointrecon.cli.main import main
from pointrecon.errors import InputError, Stopped
from pointrecon.shapes import ShapeArrays, import_shapes, open_table
from pointrecon.shapes.importers.pool import seconds_left
from pointrecon.shapes.readers.child import Children, Task

pytest.importorskip("lancedb")
COMMAND = [sys.executable, "-m", "pointrecon", "shapes", "import"]


def clouds(folder: Path, names: str | list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        np.savetxt(folder / f"{name}.xyz", np.random.default_rng(len(name)).normal(size=(20, 3)))
    return folder


def after(happens: Callable[[int], object]) -> Callable[..., Iterator[object]]:
    """How `Children` read, where something happens after each file."""
    read = Children.read

    def reading(children: Children, tasks: Sequence[Task], *stop: Any) -> Iterator[object]:
        for place, result in enumerate(read(children, tasks, *stop)):
            happens(place)
            yield result

    return reading


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    return clouds(tmp_path / "parts", "abcdefgh")


@pytest.mark.parametrize("out", ["t.lance", "t.npz"])
def test_other_settings_than_the_tables_are_refused_naming_both(parts: Path, tmp_path: Path, out: str) -> None:
    table = tmp_path / out
    import_shapes(parts, table, points=16, up="z", test=0.25, seed=3, units="mm", workers=1)
    for name, value, sentence in [
        ("up", "y", "--up z, not y"),
        ("points", 32, "--points 16, not 32"),
        ("test", 0.5, "--test 0.25, not 0.5"),
        ("test", 0.0, "--test 0.25, not 0.0"),
        ("validation", 0.1, "--validation 0.0, not 0.1"),
        ("split", "train", "--split nothing, not train"),
        ("seed", 4, "--seed 3, not 4"),
        ("labels_from", "none", "--labels-from auto, not none"),
        ("units", "m", "--units mm, not m"),
    ]:
        with pytest.raises(InputError, match=sentence):
            import_shapes(parts, table, resume=True, workers=1, **{name: value})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the source parts, not others"):
        import_shapes(clouds(tmp_path / "others", "z"), table, resume=True, workers=1)
    assert (len(open_table(table)), open_table(table).meta.up) == (8, "z")


def test_an_axis_told_later_does_not_turn_the_whole_table(parts: Path, tmp_path: Path) -> None:
    import_shapes(parts, tmp_path / "t.lance", points=16, workers=1)
    with pytest.raises(InputError, match="--up unknown, not z"):
        import_shapes(parts, tmp_path / "t.lance", up="z", resume=True, workers=1)
    assert open_table(tmp_path / "t.lance").meta.up == "unknown"


def test_new_shapes_follow_the_tables_own_rule(parts: Path, tmp_path: Path) -> None:
    rule = {"points": 16, "up": "z", "test": 0.25, "validation": 0.5, "seed": 3, "caption_from_class": False}
    import_shapes(parts, tmp_path / "t.lance", workers=1, **rule)  # type: ignore[arg-type]
    clouds(parts, [f"new{i}" for i in range(8)])
    assert import_shapes(parts, tmp_path / "t.lance", resume=True, workers=1).shapes == 8
    table = open_table(tmp_path / "t.lance")
    arrays = table.load()
    assert (arrays.points.shape, arrays.meta.up) == ((16, 16, 3), "z")
    assert "" not in arrays.split.tolist()
    import_shapes(parts, tmp_path / "whole.lance", workers=1, **rule)  # type: ignore[arg-type]
    whole = open_table(tmp_path / "whole.lance").load()
    there = dict(zip(whole.id.tolist(), whole.split.tolist(), strict=True))
    new = [i for i, id in enumerate(arrays.id.tolist()) if id.startswith("new")]
    assert [arrays.split[i] for i in new] == [there[arrays.id[i]] for i in new]
    assert import_shapes(parts, tmp_path / "t.lance", resume=True, workers=1, **rule).shapes == 0  # type: ignore[arg-type]


def test_no_import_goes_on_with_a_table_that_none_made(parts: Path, tmp_path: Path) -> None:
    ShapeArrays.from_points(np.random.default_rng(0).normal(size=(2, 16, 3)) / 9).save(tmp_path / "t.npz")
    with pytest.raises(InputError, match="not made by an import"):
        import_shapes(parts, tmp_path / "t.npz", points=16, resume=True, workers=1)


def test_a_file_of_another_kind_is_not_taken_for_gltf(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    (tmp_path / "parts").mkdir()
    trimesh.creation.box().export(tmp_path / "parts" / "a.glb")
    import_shapes(tmp_path / "parts", tmp_path / "t.npz", points=16, workers=1)
    assert open_table(tmp_path / "t.npz").meta.up == "y"
    clouds(tmp_path / "parts", "b")
    with pytest.raises(InputError, match="say --up y"):
        import_shapes(tmp_path / "parts", tmp_path / "t.npz", resume=True, workers=1)
    import_shapes(tmp_path / "parts", tmp_path / "t.npz", up="y", resume=True, workers=1)
    assert len(open_table(tmp_path / "t.npz")) == 2


@pytest.mark.parametrize("out", ["t.lance", "t.npz"])
def test_two_imports_into_one_new_table(tmp_path: Path, out: str) -> None:
    """Whoever says that shapes were imported has them in the table; the other says who writes, or that one is there."""
    for name in ("one", "two"):
        clouds(tmp_path / name, [f"{name}{i:03d}" for i in range(100)])
    words = ["-o", tmp_path / out, "--points", "16", "--workers", "1"]
    calls = [[*COMMAND, tmp_path / name, *words] for name in ("one", "two")]
    both = [subprocess.Popen(call, stdout=-1, stderr=-1, text=True) for call in calls]
    told = [process.communicate() for process in both]
    assert sorted(process.returncode for process in both) == [0, 2]
    winner = next(i for i, process in enumerate(both) if process.returncode == 0)
    assert "100 shapes imported" in told[winner][0]
    loser = told[1 - winner][1]
    assert f"is being written by process {both[winner].pid}" in loser or "exists already" in loser
    ids = open_table(tmp_path / out).ids().tolist()
    assert ids == [f"{('one', 'two')[winner]}{i:03d}" for i in range(100)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["one", "two", out])


def test_who_writes_is_named(parts: Path, tmp_path: Path) -> None:
    with another_holds(tmp_path / "t.lance") as number, pytest.raises(InputError, match=f"process {number} on "):
        import_shapes(parts, tmp_path / "t.lance", points=16, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["parts"]
    assert import_shapes(parts, tmp_path / "t.lance", points=16, workers=1).shapes == 8


def test_what_another_made_meanwhile_is_not_removed(
    parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By something that knows no lock."""
    other = ShapeArrays.from_points(np.random.default_rng(0).normal(size=(2, 16, 3)) / 9)
    monkeypatch.setattr(Children, "read", after(lambda number: other.save(tmp_path / "t.npz")))
    with pytest.raises(InputError, match="exists already"):
        import_shapes(parts, tmp_path / "t.npz", points=16, workers=1)
    assert len(open_table(tmp_path / "t.npz")) == 2


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_asked_to_stop_it_says_how_to_go_on(
    parts: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    status: int,
) -> None:
    words = ["shapes", "import", str(parts), "-o", str(tmp_path / "t.lance"), "--points", "16"]
    with monkeypatch.context() as at_c:
        at_c.setattr(Children, "read", after(lambda place: os.kill(os.getpid(), number) if place == 2 else None))
        assert main([*words, "--workers", "1", "--test", "0.5"]) == status
    again = shlex.join(["pointrecon", *words, "--workers", "1", "--test", "0.5", "--resume"])
    assert capsys.readouterr().err.splitlines()[1:] == [f"pointrecon: stopped; go on with: {again}"]
    assert open_table(tmp_path / "t.lance").ids().tolist() == ["a", "b", "c"]
    assert main(shlex.split(again)[1:]) == 0
    import_shapes(parts, tmp_path / "whole.lance", points=16, test=0.5, workers=1)
    for one, two in zip(
        open_table(tmp_path / "t.lance").load().split, read_splits(tmp_path / "whole.lance"), strict=True
    ):
        assert one == two


def read_splits(table: Path) -> list[str]:
    return [str(split) for split in open_table(table).load(features=()).split]


def test_in_python_it_raises_stopped(parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Children, "read", after(lambda place: os.kill(os.getpid(), signal.SIGINT)))
    with pytest.raises(Stopped):
        import_shapes(parts, tmp_path / "t.npz", points=16, workers=1)
    assert len(open_table(tmp_path / "t.npz")) == 1


@pytest.mark.slow
def test_no_traceback_whenever_it_is_stopped(tmp_path: Path) -> None:
    clouds(tmp_path / "parts", [f"{i:04d}" for i in range(400)])
    for moment in np.linspace(0.2, 4.0, 12).tolist():
        words = [*COMMAND, tmp_path / "parts", "-o", tmp_path / "t.lance", "--points", "512", "--workers", "2"]
        words += ["--resume"] if (tmp_path / "t.lance").exists() else []
        process = subprocess.Popen(words, stdout=-1, stderr=-1, text=True, start_new_session=True)
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate()
        assert "Traceback" not in told, (moment, told)
        assert process.returncode in (0, 130, -signal.SIGINT)  # the last: Python had not begun
    assert sorted(path.name for path in tmp_path.iterdir())[:1] == ["parts"]


def test_the_estimate_leaves_out_the_start_of_the_processes() -> None:
    # two processes that take 5 s to start, then each reads a file in 0.2 s: 10 files a second
    times = [5.0 + 0.2 * (1 + i // 2) for i in range(32)]
    assert seconds_left(times, 1032) == pytest.approx(100, rel=0.05)
    assert seconds_left([7.0], 1000) == 0  # one file tells nothing but when its process had started
    assert seconds_left([7.0, 7.1], 1002) == pytest.approx(100)


def test_an_import_that_goes_on_tells_the_whole_table(tmp_path: Path) -> None:
    clouds(tmp_path / "in" / "bolt", "a")
    clouds(tmp_path / "in" / "nut", "b")
    import_shapes(tmp_path / "in", tmp_path / "t.npz", points=8, split="train")
    clouds(tmp_path / "in" / "pipe", "c")
    report = import_shapes(tmp_path / "in", tmp_path / "t.npz", resume=True)
    assert (report.shapes, report.summary) == (1, "classes: 3 (bolt, nut, pipe); splits: train 3")

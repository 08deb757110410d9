"""Files and folders written whole: what a killed process leaves is swept, what it had moved aside is put back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pointrecon import files
from pointrecon.files import is_blank, made_aside, put_in_place, sweep, whole_folder, write_text
from pointrecon.lock import alone

KILLED = """
import os, signal, sys
from pathlib import Path
from pointrecon.files import {how}
with {how}(Path(sys.argv[1])) as place:
    (place / "half").write_text("x") if hasattr(place, "mkdir") else place.write(b"x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("how", ["written_whole", "whole_folder"])
def test_the_next_call_sweeps_what_a_killed_one_left(how: str, tmp_path: Path) -> None:
    path = tmp_path / "a.b"
    subprocess.run([sys.executable, "-c", KILLED.format(how=how), path], check=False)
    assert [p.name[:5] for p in tmp_path.iterdir()] == [".a.b."]
    files._swept.discard(str(tmp_path))
    write_text(tmp_path / "c", "whole")
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def test_what_others_write_and_have_stays(tmp_path: Path) -> None:
    names = [
        f".t.lance.{files._host()}-{os.getppid()}-00000000.part",  # of a process that runs
        ".t.lance.ffffff-1-00000000.part",  # of another machine
        ".mine.part",
    ]
    for name in names:
        (tmp_path / name).mkdir()
    sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    assert not is_blank(tmp_path)


@pytest.mark.parametrize("exchanges", [True, False])
def test_the_old_gives_way_to_the_new(exchanges: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exchanges:
        monkeypatch.setattr(files, "_exchanged", lambda *_: False)
    for text in ("old", "new"):
        with whole_folder(tmp_path / "t") as part:
            (part / text).write_text(text)
    with made_aside(tmp_path / "f") as part:
        part.write_text("f")
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")) == ["f", "t", "t/new"]


def test_what_was_moved_aside_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_exchanged", lambda *_: False)
    monkeypatch.setattr(files, "_is_running", lambda _: False)
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()

    class Killed(BaseException):
        pass

    def rename(self: Path, target: Path, before=Path.rename) -> Path:
        if self.name == "new":
            raise Killed
        return before(self, target)

    with monkeypatch.context() as now:
        now.setattr(Path, "rename", rename)
        with pytest.raises(Killed):
            put_in_place(tmp_path / "new", tmp_path / "old")
    assert not (tmp_path / "old").exists()
    sweep(tmp_path)
    assert (tmp_path / "old" / "old").exists()


def test_who_takes_a_lock_sweeps_beside_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED.format(how="whole_folder"), tmp_path / "t"], check=False)
    with alone(tmp_path / "t"):
        assert [p.name for p in tmp_path.iterdir()] == [".t.lock"]
    assert list(tmp_path.iterdir()) == []

"""A file is read in a process of its own: whatever happens to that one, the others and the caller live on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pointrecon
from odd_readers import abort, fill, forge, hang, leave, own_id, panic, prints, segfault, value
from pointrecon.errors import InputError
from pointrecon.shapes.readers.child import Children, Task, read_apart
from pointrecon.shapes.readers.child_main import main as child_main
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.limits import Limits, bytes_of, check_triangles
from pointrecon.shapes.readers.parcels import pack, unpack

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and limits of memory are POSIX's")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.xyz").write_text("0 0 0\n1 0 0\n0 1 0\n")
    return tmp_path / "a.xyz"


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def soon(holds: Callable[[], bool]) -> bool:
    return any(holds() or time.sleep(0.02) for _ in range(250))


@POSIX
@pytest.mark.parametrize(
    ("reader", "limits", "reason"),
    [
        (abort, Limits(), "crashes its reader (SIGABRT), or needs more than 4 GB"),
        (leave, Limits(), "crashes its reader (status 0)"),
        (forge, Limits(), "needs more than 4 GB"),
        (segfault, Limits(), "crashes its reader (SIGSEGV)"),
        (panic, Limits(), "crashes its reader (Panic: at the disco)"),
        (
            hang,
            Limits(seconds=0.2),
            "takes longer than 0.2 s to read: allow more with 'shapes import --seconds-per-file'",
        ),
        (fill, Limits(memory=300_000_000), "needs more than 0.3 GB of memory to read: check it, or allow more with"),
    ],
)
def test_what_goes_wrong_costs_one_file_and_no_other(
    file: Path, reader: Callable, limits: Limits, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = file.with_name("before")
    with Children(2, limits) as children:
        results = list(children.read([(partial(value, i) if i != 2 else reader, file) for i in range(8)]))
    told = results.pop(2)
    assert told.startswith(reason), told
    assert results == [0, 1, 3, 4, 5, 6, 7]
    assert not before.exists()
    assert capfd.readouterr() == ("", "")
    with pytest.raises(InputError) as refused:
        read_apart(reader, file, limits=limits)
    assert str(refused.value).startswith(f"{file} {reason}")


def test_what_a_library_prints_is_neither_shown_nor_taken_for_the_answer(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert read_apart(prints, file) == 5
    assert capfd.readouterr() == ("", "")


@POSIX
def test_a_process_that_ended_meanwhile_is_replaced(file: Path) -> None:
    process, _ = read_apart(own_id, file)
    os.kill(process, signal.SIGKILL)
    assert read_apart(partial(value, 7), file) == 7


@POSIX
def test_a_fork_has_a_process_of_its_own(file: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "import multiprocessing\n"
        "from odd_readers import own_id\n"
        "from pointrecon.shapes.readers.child import read_apart\n"
        f"read = lambda: read_apart(own_id, {str(file)!r})[0]\n"
        "first, told = read(), multiprocessing.Queue()\n"
        "fork = multiprocessing.get_context('fork').Process(target=lambda: told.put(read()))\n"
        "fork.start()\n"
        "print(told.get() != first, read() == first)\n"
        "fork.join()\n"
    )
    done = subprocess.run([sys.executable, "-Wd", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True True\n", "")


def test_one_process_reads_file_after_file_in_the_callers_folder(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = read_apart(own_id, file)
    monkeypatch.chdir(tmp_path)
    again, folder = read_apart(own_id, Path("a.xyz"))
    assert (first, os.path.realpath(folder)) == (again, os.path.realpath(tmp_path))
    assert first != os.getpid()


@POSIX
def test_nobody_waits_for_a_hanging_reader_when_the_caller_stops(file: Path) -> None:
    began = time.monotonic()
    with Children(2) as children:
        assert next(children.read([(partial(value, 0), file), *[(hang, file)] * 3])) == 0
    with Children(1) as children:
        tasks = [(partial(value, 0), file), *[(hang, file)] * 2]
        results: list[Any] = []
        for result in children.read(tasks, stop=lambda: bool(results)):
            results.append(result)
    assert results == [0]
    assert time.monotonic() - began < 30  # a hanging one has a minute
    assert not [t for t in threading.enumerate() if t.name.startswith("reading")]


def test_each_file_has_its_own_time(file: Path) -> None:
    with Children(1, Limits(seconds=1.0)) as children:  # longer in all
        assert list(children.read([(partial(time.sleep, 0.4), file)] * 3)) == [None] * 3
    with Children(1, Limits(seconds=60)) as children:
        assert list(children.read([(partial(value, 1), file)])) == [1]
        began = time.monotonic()
        assert read_apart(partial(value, 2), file, limits=Limits(seconds=60)) == 2
    with pytest.raises(
        InputError, match="takes longer than 0.2 s"
    ):  # the process of before, whose alarm was a minute's
        read_apart(hang, file, limits=Limits(seconds=0.2))
    assert time.monotonic() - began < 30
    assert not [one for one in threading.enumerate() if isinstance(one, threading.Timer)]


@POSIX
@pytest.mark.parametrize(("reader", "seconds"), [("hang", 60), ("hang_in_a_library", 0.5)])
def test_a_killed_parent_leaves_no_child(file: Path, tmp_path: Path, reader: str, seconds: float) -> None:
    told = tmp_path / "number"
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from odd_readers import *; from functools import partial\n"
        "from pointrecon.shapes.readers.child import Limits, read_apart\n"
        f"read_apart(partial({reader}, {str(told)!r}), {str(file)!r}, limits=Limits({seconds}))"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    assert soon(lambda: told.exists() and told.read_text() != "")
    child = int(told.read_text())
    assert alive(child) or seconds < 1
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert soon(lambda: not alive(child))


def test_whoever_reads_one_file_reads_it_apart(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pointrecon.read_shape(file, 3).points.shape == (3, 3)
    mesh = file.with_suffix(".off")
    mesh.write_text("OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n3 2 1 0\n")
    with pytest.raises(InputError, match=r"a.off has more than 1 triangle:"):
        pointrecon.read_shape(mesh, 3, limits=Limits(triangles=1))
    asked = []

    def seen(self: Children, tasks: Sequence[Task], *stop: Any) -> Iterator[Any]:
        asked.extend(path for _, path in tasks)
        yield "is not read here"

    monkeypatch.setattr(Children, "read", seen)
    for read in (pointrecon.read_shape, pointrecon.as_shapes):
        for one in (file, mesh):
            with pytest.raises(InputError, match="is not read here"):
                read(one)
    assert asked == [file, mesh] * 2


def test_a_plain_script_may_read_a_file(file: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import pointrecon\nprint('once')\nprint(len(pointrecon.as_shapes({str(file)!r})))\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["once", "1"], done.stderr
    assert done.stderr == ""


def test_the_process_loads_nothing_heavy() -> None:
    code = f"import sys, {child_main.__module__}, pointrecon.shapes.readers.read; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"torch", "scipy", "h5py", "trimesh", "PIL", "pandas", "lancedb", "joblib", "rich", "multiprocessing"}
    assert heavy & set(loaded) == set()


def test_what_is_sent_comes_back() -> None:
    rng = np.random.default_rng(0)
    cloud = Cloud(
        rng.normal(size=(5, 3)).astype(np.float16),
        color=rng.integers(0, 9, (5, 3), dtype=np.uint8),
        note="ä\udcff",
        facts={"area": 1.5, "volume": float("nan"), "faces": 3},
        pictures=[b"\x89PNG", b""],
    )
    values = [np.zeros((0, 3)), np.array(["a", "bcd"]), np.arange(6).reshape(2, 3).T, np.float32(1.5), True, None]
    header, pieces = pack((cloud, values, {"a": [1]}))
    back, others, more = unpack(header, bytearray(b"".join(pieces)))
    for name in ("points", "color"):
        np.testing.assert_array_equal(getattr(back, name), getattr(cloud, name))
        assert getattr(back, name).dtype == getattr(cloud, name).dtype
    assert (back.note, back.pictures, back.normals, more) == (cloud.note, cloud.pictures, None, {"a": [1]})
    assert str(back.facts) == str(cloud.facts)
    for one, other in zip(values, others, strict=True):
        np.testing.assert_array_equal(one, other)
    back.points[0] = 1  # and is the caller's own


@pytest.mark.parametrize(
    "header", [b'{"=array": ["O", [1], 0, 8]}', b'{"=os.system": {}}', b'{"=array": ["f8", [9], 0, 8]}']
)
def test_what_was_forged_is_refused(header: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, RecursionError)):
        unpack(header, bytearray(8))


def test_limits() -> None:
    assert [bytes_of(text) for text in ("4GB", "500 mb", "1.5G", "12", 7)] == [4e9, 5e8, 1.5e9, 12, 7]
    with pytest.raises(InputError, match="write it as 4GB"):
        bytes_of("a lot")
    with pytest.raises(InputError, match="above zero"):
        Limits(seconds=0)
    with pytest.raises(InputError, match="readers need memory to start: allow a file 300MB or more"):
        Limits(memory=bytes_of("200MB"))
    large = Limits().for_size(100_000_000)
    assert (large.seconds, large.memory) == (70, 4_400_000_000)
    check_triangles(20_000_000, "a.stl")
    with pytest.raises(InputError, match=r"a.stl has more than 20000000 triangles: .*--triangles-per-file"):
        check_triangles(20_000_001, "a.stl")

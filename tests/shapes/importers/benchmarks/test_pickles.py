"""Pickles of arrays are read; nothing in a pickle ever runs."""

import contextlib
import io
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks.pickles import load_pickle, read_object_npy, read_pickle

ARRAYS = {
    "float": np.arange(12, dtype=np.float32).reshape(3, 4),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big endian": np.arange(3, dtype=">i4"),
    "bool": np.array([True, False]),
    "text": np.array(["chair", "bed"]),
    "nothing": np.zeros((0, 3)),
    "scalar": np.float64(2.5),
}


def write(path: Path, content: object, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_come_back_from_every_protocol(tmp_path: Path, protocol: int) -> None:
    found = read_pickle(write(tmp_path / "a.pkl", {**ARRAYS, "plain": [1, "a", (None, 2.5, b"x")]}, protocol))
    assert found["plain"] == [1, "a", (None, 2.5, b"x")]
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype, name
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_a_pickle_of_python_2_and_of_old_numpy(tmp_path: Path) -> None:
    text = pickle.dumps(ARRAYS["float"], protocol=2).replace(b"numpy._core", b"numpy.core")
    (tmp_path / "a.pkl").write_bytes(text)
    np.testing.assert_array_equal(read_pickle(tmp_path / "a.pkl"), ARRAYS["float"])
    # python 2 wrote bytes as its plain strings (opcode U, SHORT_BINSTRING)
    old = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03"
        b"(K\x01K\x02\x85cnumpy\ndtype\nq\x04U\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
        b"K\x00tb\x89U\x02\xe9\x07tb."
    )
    (tmp_path / "b.pkl").write_bytes(old)
    np.testing.assert_array_equal(read_pickle(tmp_path / "b.pkl"), np.array([233, 7], np.uint8))


class Touch:
    """Makes a file when it is unpickled in the usual way."""

    def __init__(self, path: Path, call: object = os.system) -> None:
        self.path, self.call = path, call

    def __reduce__(self) -> tuple:
        return self.call, (f"touch {self.path}",)


@pytest.mark.parametrize("call", [os.system, eval, exec, subprocess.getoutput, np.load, getattr])
def test_code_is_refused_and_does_not_run(tmp_path: Path, call: object) -> None:
    path = write(tmp_path / "a.pkl", [ARRAYS["float"], Touch(tmp_path / "ran", call)])
    with pytest.raises(InputError, match="was refused: it asks for .* nothing in it was run"):
        read_pickle(path)
    assert not (tmp_path / "ran").exists()


def test_stand_ins_cannot_be_called_filled_or_returned_otherwise(tmp_path: Path) -> None:
    hostile = {
        "a name as a value": b"cnumpy\nndarray\n.",
        "filling a name": b"cnumpy\nndarray\n(dX\x05\x00\x00\x00_nameX\x06\x00\x00\x00encodesb.",
        "setting slots of a name": b"cnumpy\ndtype\n(N}X\x05\x00\x00\x00_nameX\x01\x00\x00\x00xs\x86b.",
        "calling ndarray": b"cnumpy\nndarray\n(K\x05tR.",
        "dots in a name": b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.",
        "an unknown persistent id": b"Pabc\n.",
        "an extension": b"\x80\x02\x82\x01.",
    }
    for name, content in hostile.items():
        with pytest.raises(InputError):
            load_pickle(io.BytesIO(content), tmp_path / name)


def test_records_wrong_sizes_and_loops_are_refused(tmp_path: Path) -> None:
    for content in (np.zeros(2, dtype=[("x", "f4")]), np.array(["2020-01-01"], dtype="M8[D]"), {1, 2}, 1j * np.ones(2)):
        with pytest.raises(InputError, match="refused"):
            read_pickle(write(tmp_path / "a.pkl", content))
    whole = pickle.dumps(np.arange(4, dtype=np.uint8), protocol=2)
    for wrong in (whole.replace(b"K\x04\x85", b"K\x05\x85"), whole.replace(b"K\x04\x85", b"J\xff\xff\xff\xff\x85")):
        assert wrong != whole
        with pytest.raises(InputError, match="damaged"):
            load_pickle(io.BytesIO(wrong), tmp_path)
    loop: list = []
    loop.append(loop)
    with pytest.raises(InputError, match="contains itself"):
        read_pickle(write(tmp_path / "a.pkl", loop))
    deep: object = np.zeros(1)
    for _ in range(40):  # 2 to the power of 40 items, were each made anew
        deep = [deep, deep]
    assert len(read_pickle(write(tmp_path / "a.pkl", deep))) == 2


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_gives_a_sentence(data: st.DataObject) -> None:
    content = [[ARRAYS["float"]], [np.array([3], np.int32)]]
    whole = bytearray(pickle.dumps(content, protocol=data.draw(st.sampled_from([2, 4, 5]))))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    del whole[data.draw(st.integers(1, len(whole))) :]
    with contextlib.suppress(InputError):  # any other error fails the test
        load_pickle(io.BytesIO(bytes(whole)), Path("a.dat"))


def test_objects_in_npy_files(tmp_path: Path) -> None:
    shape = {"xyz": ARRAYS["float"], "text": ["a chair"]}
    np.save(tmp_path / "a.npy", shape, allow_pickle=True)
    found = read_object_npy(tmp_path / "a.npy")
    np.testing.assert_array_equal(found["xyz"], shape["xyz"])
    assert found["text"] == ["a chair"]
    np.save(tmp_path / "b.npy", np.array([Touch(tmp_path / "ran")], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="refused"):
        read_object_npy(tmp_path / "b.npy")
    assert not (tmp_path / "ran").exists()
    (tmp_path / "c.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:60])
    with pytest.raises(InputError, match="damaged"):
        read_object_npy(tmp_path / "c.npy")
    with pytest.raises(InputError, match="there is no file"):
        read_pickle(tmp_path / "nothing.pkl")

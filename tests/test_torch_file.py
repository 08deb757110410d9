"""Files of torch: the same tensors as torch reads, and nothing that a file tries works."""

import sys
import tracemalloc
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hostile_pickles import as_archive, as_stream, as_tar, hostile_pickles, memory_bombs
from pointrecon.errors import InputError
from pointrecon.models import load_model
from pointrecon.models.files.released import read_checkpoint
from pointrecon.torch_file import read_torch_file

DTYPES = [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]


def contents() -> dict:
    base = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    state = torch.nn.BatchNorm1d(3).state_dict()  # an OrderedDict with attributes
    return {
        "views": [base, base.T, base[2:4], base[:, 1:2], base.view(3, 8), base[::2, ::3]],
        "types": {str(one): torch.arange(5).to(one) for one in DTYPES},
        "bool": torch.tensor([True, False]),
        "nothing": [torch.zeros(0), torch.zeros(0, 3), torch.tensor(2.5)],
        "ordered": OrderedDict(a=1, b=OrderedDict(state)),
        "parameter": torch.nn.Parameter(base[:2].clone()),
        "sizes": base.shape,
        "plain": [1, -(2**70), 2.5, "text ü", b"bytes\xff", None, True, (1, (2,)), {3: "x", (1, "a"): "y"}],
        "numbers": [np.float64(0.5), np.int64(-3), np.bool_(True)],
    }


def same(ours: object, theirs: object) -> None:
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, torch.Tensor)
        assert (ours.dtype, ours.shape, ours.stride()) == (theirs.dtype, theirs.shape, theirs.stride())
        assert torch.equal(ours, theirs.detach())
    elif isinstance(theirs, dict):
        assert isinstance(ours, dict)
        assert list(ours) == list(theirs)
        for key in theirs:
            same(ours[key], theirs[key])
    elif isinstance(theirs, list | tuple):
        assert isinstance(ours, list | tuple)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
    else:
        assert ours == theirs


@pytest.mark.parametrize("archive", [True, False])
def test_the_same_as_torch_reads(archive: bool, tmp_path: Path) -> None:
    torch.save(contents(), tmp_path / "a.pth", _use_new_zipfile_serialization=archive)
    same(read_torch_file(tmp_path / "a.pth"), torch.load(tmp_path / "a.pth", weights_only=False))


def test_types_without_a_class_of_storages(tmp_path: Path) -> None:
    wanted = {"a": torch.arange(4).to(torch.float8_e4m3fn), "b": torch.arange(3).to(torch.uint16)}
    torch.save(wanted, tmp_path / "a.pth")
    found = read_torch_file(tmp_path / "a.pth")
    assert {name: one.dtype for name, one in found.items()} == {"a": torch.float8_e4m3fn, "b": torch.uint16}
    assert all(torch.equal(found[name].float(), one.float()) for name, one in wanted.items())


@pytest.mark.parametrize(("form", "every"), [(as_archive, 5), (as_stream, 7), (as_tar, 50), (bytes, 11)])
def test_nothing_that_a_file_tries_works(form: Callable[[bytes], bytes], every: int, tmp_path: Path) -> None:
    """Refused in a sentence, run by nobody; a share of them, each opcode with each name in turn."""
    path, mark = tmp_path / "a.pth", tmp_path / "mark"
    for name, pickled in list(hostile_pickles(mark).items())[::every]:
        path.write_bytes(form(pickled))
        with pytest.raises(InputError) as caught:
            load_model(path)
        assert ("\n" not in str(caught.value), str(path) in str(caught.value), name) == (True, True, name)
    assert not mark.exists()
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize("form", [as_archive, as_stream, bytes])
def test_few_bytes_take_little_memory(form: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    tracemalloc.start()
    try:
        for name, pickled in memory_bombs().items():
            path.write_bytes(form(pickled))
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            with pytest.raises(InputError):
                load_model(path)
            assert (tracemalloc.get_traced_memory()[1] - before < 20_000_000, name) == (True, name)
    finally:
        tracemalloc.stop()


def test_a_refused_name_is_told(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for name, pickled in hostile_pickles(mark).items():
        if name.startswith(("shell: ", "dots: ")) and "OBJ" not in name:
            for form in (as_archive, as_stream, bytes):
                (tmp_path / "a.pth").write_bytes(form(pickled))
                asked = "posix.system" if name.startswith("shell") else "builtins.print.__self__.eval"
                with pytest.raises(InputError, match=f"it asks for '{asked}'.*nothing in it was run"):
                    read_checkpoint(tmp_path / "a.pth")


def test_a_changed_byte_of_the_weights_is_noticed(tmp_path: Path) -> None:
    torch.save({"a": torch.arange(1000.0)}, tmp_path / "a.pth")
    whole = bytearray((tmp_path / "a.pth").read_bytes())
    whole[whole.index(torch.arange(1000.0).numpy().tobytes()) + 99] ^= 1
    (tmp_path / "a.pth").write_bytes(whole)
    with pytest.raises(InputError, match="CRC"):
        read_checkpoint(tmp_path / "a.pth")


@pytest.mark.parametrize("archive", [True, False])
def test_what_is_left_out_takes_no_memory(archive: bool, tmp_path: Path) -> None:
    weights = torch.arange(1000.0)
    itself = {"moments": [torch.nn.Parameter(torch.zeros(1_000_000))], "of": weights[2:]}
    content = {"base_model": {"w": weights, "v": weights[:5]}, "optimizer": itself, "epoch": 3}
    torch.save(content, tmp_path / "a.pth", _use_new_zipfile_serialization=archive)
    read_torch_file(tmp_path / "a.pth")  # what is imported at first
    tracemalloc.start()
    found = read_torch_file(tmp_path / "a.pth", without=("optimizer",))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    same(found, {name: content[name] for name in ("base_model", "epoch")})
    assert peak < 1_000_000
    torch.save([weights], tmp_path / "b.pth", _use_new_zipfile_serialization=archive)
    same(read_torch_file(tmp_path / "b.pth", without=("optimizer",)), [weights])


def test_archives_that_are_not_as_torch_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    good = {"archive/data.pkl": b"\x80\x02}.", "archive/byteorder": b"little"}
    for names in (
        {**good, "archive/byteorder": b"big"},
        {"archive/data.pkl": b"\x80\x02" + b"N0" * (33 << 20) + b"N."},
        {"data.pkl": b"\x80\x02}."},
        {**good, "other/data.pkl": b"\x80\x02}."},
        {"../data.pkl": b"\x80\x02}.", "../../a": b""},
    ):
        with zipfile.ZipFile(path, "w") as file:
            for name, content in names.items():
                file.writestr(name, content)
        with pytest.raises(InputError, match=r"a\.pth"):
            load_model(path)


def test_names_and_shapes_are_no_promise(tmp_path: Path) -> None:
    """A hundred thousand blocks by name, a width of ten million: told before anything of the size is made."""
    some = {"cls_token": torch.zeros(1), "img_token": torch.zeros(1), "text_token": torch.zeros(1)}
    some |= {name.replace("token", "pos"): value for name, value in some.items()}
    some |= {"norm.weight": torch.zeros(384), "encoder.first_conv.0.weight": torch.zeros(128, 3, 1)}
    for more in (
        {"blocks.blocks.99999.norm1.weight": torch.zeros(384)},
        {"norm.weight": torch.zeros(1_000_000), "blocks.blocks.0.norm1.weight": torch.zeros(1)},
    ):
        torch.save({"base_model": {**some, **more}}, tmp_path / "a.pth")
        with pytest.raises(InputError, match="larger model|lacks|shape"):
            load_model(tmp_path / "a.pth")

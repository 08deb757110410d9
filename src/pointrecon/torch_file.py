"""Reading what ``torch.save`` wrote, as tensors and plain values: nothing in it is run, nothing is larger than it is.

Both of torch's formats: the archive (since 1.6) and the stream before it, as ``torch/serialization.py`` writes them.
Not ``torch.load(weights_only=True)``: that calls dozens of torch's own functions with whatever a file says, such as
``bytearray`` with a size, and believes sizes of tensors that no storage has.
"""

import io
import math
import pickle
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

from pointrecon.strict_pickle import Called, RefusedPickle, StandIn, StrictUnpickler

_MAGIC, _VERSION = 0x1950A86A20F9469CFC6C, 1001  # of the stream
_MOST = 64 << 20  # bytes of names, sizes and settings; a thousand tensors take 200 KB
_DTYPES = {
    "Double": torch.float64, "Float": torch.float32, "Half": torch.float16, "BFloat16": torch.bfloat16,
    "Long": torch.int64, "Int": torch.int32, "Short": torch.int16, "Char": torch.int8, "Byte": torch.uint8,
    "Bool": torch.bool, "Untyped": torch.uint8,
}  # fmt: skip
_NUMPY = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


def read_torch_file(path: Path, *, without: tuple[str, ...] = ()) -> Any:
    """The content of a file that ``torch.save`` wrote; tensors are on the CPU.

    Of a dict the keys in ``without`` are left out, and what only they need is not read: an optimizer is as large as two
    models.

    Raises:
        OSError: it cannot be opened.
        RefusedPickle: it holds anything but tensors and plain values.
        Exception: it is damaged, or no such file; the message says why.
    """
    with path.open("rb") as file:
        head = file.read(512)
        file.seek(0)
        if head[:4] == b"PK\x03\x04":
            return _read_archive(file, path.stat().st_size, without)
        if head[257:262] == b"ustar":
            raise ValueError("it is of the tar format of torch before 0.1.10: load it with torch and save it again")
        return _read_stream(file, without)


def _read_archive(file: BinaryIO, size: int, without: tuple[str, ...]) -> Any:
    with zipfile.ZipFile(file) as archive:
        members = {member.filename: member for member in archive.infolist()}
        if sum(member.file_size for member in members.values()) > size or len(members) < len(archive.infolist()):
            raise ValueError("it is packed, as torch never does")
        pickled = [name for name in members if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(pickled) != 1:
            raise ValueError("an archive without data.pkl is not torch's")
        folder = pickled[0].removesuffix("data.pkl")
        order = f"{folder}byteorder"
        if order in members and archive.read(order) != b"little":
            raise ValueError("it was written on a machine with another byte order")

        def content(key: str) -> bytearray:
            member = members[f"{folder}data/{key}"]
            kept = bytearray(member.file_size)
            with archive.open(member) as stored:
                if stored.readinto(kept) != len(kept) or stored.read(1):  # type: ignore[attr-defined]
                    raise EOFError
            return kept

        if members[pickled[0]].file_size > _MOST:
            raise ValueError("it says more about its tensors than any model needs")
        told, wanted = archive.read(pickled[0]), None
        if without:
            wanted = _needed(_Content(io.BytesIO(told), None).load(), without)
        return _left(_Content(io.BytesIO(told), content, wanted=wanted).load(), without)


def _read_stream(file: BinaryIO, without: tuple[str, ...]) -> Any:
    def plain() -> Any:
        return StrictUnpickler(file, {}, _MOST).load()

    if plain() != _MAGIC or plain() != _VERSION:
        raise ValueError("it is not torch's")
    if plain().get("little_endian") is not True:
        raise ValueError("it was written on a machine with another byte order")
    start, size = file.tell(), file.seek(0, 2)
    file.seek(start)
    first = _Content(file, None, _MOST)  # storages come behind what they are part of: it is read twice
    wanted = _needed(first.load(), without)
    contents: dict[str, bytearray] = {}
    for key in plain():
        count, width = int.from_bytes(file.read(8), "little"), first.kinds[key].itemsize
        if count * width > size - file.tell():
            raise EOFError("cut short")
        if key in wanted:
            contents[key] = bytearray(file.read(count * width))
        else:
            file.seek(count * width, 1)
    file.seek(start)
    return _left(_Content(file, contents.__getitem__, _MOST, wanted=wanted).load(), without)


def _left(content: Any, without: tuple[str, ...]) -> Any:
    return (
        {key: value for key, value in content.items() if key not in without} if isinstance(content, dict) else content
    )


def _needed(content: Any, without: tuple[str, ...]) -> set[str]:
    """Keys of the storages in a content that was learned without reading them, but for what is left out."""
    found, stack, seen = set[str](), [_left(content, without)], set[int]()
    while stack:
        one = stack.pop()
        if isinstance(one, _Storage):
            found.add(one.key)
        elif isinstance(one, dict | list | tuple) and id(one) not in seen:
            seen.add(id(one))
            stack.extend(one.values() if isinstance(one, dict) else one)
    return found


class _Storage(StandIn):
    """Numbers of one type, without shape; None while they are not read, and then it stands for its tensors."""

    __slots__ = ("key", "numbers")

    def __init__(self, numbers: Tensor | None, key: str) -> None:
        self.numbers, self.key = numbers, key


class _Kind(StandIn):
    """A class of storages."""

    __slots__ = ("dtype",)

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype


class _NumpyType(StandIn):
    """A numpy type: numbers of a known size, nothing else."""

    __slots__ = ("name",)

    def __init__(self, name: Any) -> None:
        if name not in _NUMPY:
            raise RefusedPickle("it asks for 'numpy.dtype' of another kind than numbers")
        self.name = name

    def fill(self, state: Any) -> None:
        """Byte order and the like, which numbers of these sizes written by torch do not need."""


class _Content(StrictUnpickler):
    """The pickle inside of either format."""

    def __init__(self, file: BinaryIO, contents: Any, most: int | None = None, wanted: set[str] | None = None) -> None:
        """Take what gives a storage's bytes by its key, for those wanted (all); None to learn only what there is."""
        super().__init__(file, _NAMES, most)
        self._contents, self._wanted = contents, wanted
        self._storages: dict[str, _Storage] = {}
        self.kinds: dict[str, torch.dtype] = {}  # of storages, by key

    def persistent_load(self, pid: Any) -> _Storage:
        """A storage: ("storage", its class, its key, the device it was on, how many numbers)."""
        word, kind, key, _, count, *more = pid
        if word != "storage" or not isinstance(kind, _Kind) or type(count) is not int or any(more):
            raise RefusedPickle("it keeps something else than storages beside")
        if self.kinds.setdefault(str(key), kind.dtype) != kind.dtype:
            raise ValueError("a storage is of two types")
        if str(key) not in self._storages:
            self._storages[str(key)] = _Storage(self._numbers(str(key), kind.dtype, count), str(key))
        return self._storages[str(key)]

    def _numbers(self, key: str, dtype: torch.dtype, count: int) -> Tensor | None:
        if self._contents is None or (self._wanted is not None and key not in self._wanted):
            return None
        raw = self._contents(key)
        if count < 0 or count * dtype.itemsize > len(raw):
            raise EOFError(f"a storage should hold {count} numbers and has {len(raw)} bytes")
        return torch.frombuffer(raw, dtype=dtype, count=count) if count else torch.empty(0, dtype=dtype)


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *unused: Any) -> Tensor | _Storage:
    """``torch._utils._rebuild_tensor`` and ``_v2``: a view of a storage, and no larger than that."""
    if not isinstance(storage, _Storage) or not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise RefusedPickle("it makes a tensor of something else than a storage")
    if any(type(number) is not int or number < 0 for number in (offset, *size, *stride)) or len(size) != len(stride):
        raise ValueError("a tensor's shape makes no sense")
    numbers = storage.numbers
    if numbers is None:
        return storage
    count = math.prod(size)
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if count else offset
    if count > len(numbers) or last > len(numbers) or (count and last == len(numbers)):
        raise EOFError(f"a tensor of the shape {size} does not fit its storage of {len(numbers)} numbers"[:150])
    return torch.as_strided(numbers, size, stride, offset)


def _tensor_of_type(
    storage: Any, offset: Any, size: Any, stride: Any, grad: Any, hooks: Any, dtype: Any, *unused: Any
) -> Tensor | _Storage:
    """``torch._utils._rebuild_tensor_v3``, of types that have no class of storages."""
    if not isinstance(storage, _Storage) or not isinstance(dtype, torch.dtype):
        raise RefusedPickle("it makes a tensor of something else than a storage")
    kept = storage.numbers
    whole = None if kept is None else kept[: len(kept) // dtype.itemsize * dtype.itemsize].view(dtype)
    return _tensor(_Storage(whole, storage.key), offset, size, stride)


def _parameter(data: Any, *unused: Any) -> Any:
    if not isinstance(data, Tensor | _Storage):
        raise RefusedPickle("it makes a parameter of something else than a tensor")
    return data


def _scalar(kind: Any, content: Any) -> float | int | bool:
    """A numpy scalar, as a plain number."""
    if not isinstance(kind, _NumpyType) or not isinstance(content, bytes):
        raise pickle.UnpicklingError("a number without its type")
    return np.frombuffer(content, np.dtype(f"<{kind.name}"), 1).item()


def _encoded(text: Any, encoding: Any = "latin1") -> bytes:
    if not isinstance(text, str):
        raise pickle.UnpicklingError("bytes of something else than text")
    return text.encode("latin1")  # how old protocols write bytes


_NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): Called(lambda *pairs: {}),
    ("torch", "Size"): Called(lambda sizes: tuple(sizes) if isinstance(sizes, tuple | list) else ()),
    ("torch", "device"): Called(lambda *words: ":".join(str(word)[:20] for word in words[:2])),
    ("torch._utils", "_rebuild_tensor"): Called(_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): Called(_tensor),
    ("torch._utils", "_rebuild_tensor_v3"): Called(_tensor_of_type),
    ("torch._utils", "_rebuild_parameter"): Called(_parameter),
    ("torch._utils", "_rebuild_parameter_with_state"): Called(_parameter),
    ("numpy", "dtype"): Called(lambda name, *unused: _NumpyType(name)),
    ("_codecs", "encode"): Called(_encoded),
}
_NAMES |= {(f"numpy.{core}.multiarray", "scalar"): Called(_scalar) for core in ("core", "_core")}
_NAMES |= {
    (module, f"{name}Storage"): _Kind(kind) for name, kind in _DTYPES.items() for module in ("torch", "torch.cuda")
}
_NAMES |= {("torch.storage", "UntypedStorage"): _Kind(torch.uint8)}
_NAMES |= {
    ("torch", str(kind).removeprefix("torch.")): kind for kind in vars(torch).values() if type(kind) is torch.dtype
}

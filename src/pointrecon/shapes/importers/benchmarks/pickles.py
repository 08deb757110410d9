"""Pickles read without running anything in them: numpy arrays, numbers, text, lists, tuples and dicts, nothing else.

The pickle's names are never looked up. Those that numpy writes are answered with stand-ins of this file, which only
keep what they are told; the arrays are made afterwards, from checked shapes, types and bytes.
"""

import math
import pickle
import re
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from pointrecon.errors import InputError
from pointrecon.strict_pickle import DAMAGE, RefusedPickle, StandIn, StrictUnpickler

_MODULES = ("numpy", "numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric")
_NAMES = {(module, name) for module in _MODULES for name in ("ndarray", "dtype", "_reconstruct", "scalar")}
_NAMES |= {(module, "_frombuffer") for module in _MODULES} | {("_codecs", "encode")}
_NAMES |= {("__builtin__", "bytes"), ("builtins", "bytes")}  # how old protocols write no bytes at all
_TYPE = re.compile(r"([fiubSU])(\d{1,6})|(O)\d?|(\?)")


def read_pickle(path: Path) -> Any:
    """The content of a pickle file: dicts, lists and tuples of numpy arrays, numbers and text.

    InputError where it is missing, damaged, or asks for anything else; nothing in it was run.
    """
    try:
        with path.open("rb") as file:
            return load_pickle(file, path)
    except FileNotFoundError:
        raise InputError(f"there is no file {path}: check the path") from None


def read_object_npy(path: Path) -> Any:
    """The object in a ``.npy`` file that was saved with pickling allowed, read as `read_pickle` does; errors too."""
    try:
        with path.open("rb") as file:
            major, minor = np.lib.format.read_magic(file)
            header = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
            if (major, minor) not in ((1, 0), (2, 0)):
                raise InputError(f"{path} is of an unknown version {major}.{minor} of the npy format: save it again")
            _, _, dtype = header[major](file)
            if not dtype.hasobject:
                raise InputError(f"{path} holds plain numbers, not an object")
            return load_pickle(file, path)
    except FileNotFoundError:
        raise InputError(f"there is no file {path}: check the path") from None
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{path} is no readable array file: damaged or cut short") from error


def load_pickle(file: BinaryIO, path: Path) -> Any:
    """`read_pickle` from an open file; `path` is named in errors."""
    try:
        return _plain(StrictUnpickler(file, {(module, name): _Named(name) for module, name in _NAMES}).load(), {})
    except RefusedPickle as error:
        raise InputError(f"{path} was refused: {error}; nothing in it was run, get it from its source") from None
    except DAMAGE as error:
        raise InputError(f"{path} is damaged, or no pickle of arrays: download it again") from error


class _Named(StandIn):
    """One of numpy's names, called by the pickle with what the array is made of."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def call(self, *args: Any) -> Any:
        if self._name == "dtype":
            return _Type(args[0])
        if self._name == "_reconstruct":
            return _Array()
        if self._name == "_frombuffer":
            buffer, dtype, shape, order = args
            return _Array(shape, dtype, order == "F", buffer)
        if self._name == "scalar":
            return _Array((), args[0], False, args[1])
        if self._name == "encode" and isinstance(args[0], str):
            return args[0].encode("latin1")
        if self._name == "bytes" and not args:
            return b""
        _stop()


class _Type(StandIn):
    """A numpy type of plain numbers, text or objects."""

    __slots__ = ("name", "order")

    def __init__(self, name: Any) -> None:
        name = name.decode("latin1") if isinstance(name, bytes) else name
        match = _TYPE.fullmatch(name) if isinstance(name, str) else None
        if match is None:
            raise RefusedPickle(f"it holds values of the type {str(name)[:30]!r}")
        self.name, self.order = ("O" if match[3] else name), "="

    def fill(self, state: Any) -> None:
        order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
        if order not in ("<", ">", "|", "=") or any(part is not None for part in state[2:5]):
            raise RefusedPickle("it holds records, not plain arrays")
        self.order = order

    def dtype(self) -> np.dtype:
        return np.dtype(self.order + self.name)


class _Array(StandIn):
    """An array to be: what the pickle says about it."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def fill(self, state: Any) -> None:
        if len(state) != 5:
            _stop()
        self.parts = tuple(state[1:])

    def made(self, seen: dict[int, Any]) -> Any:
        """The array; of objects, the object itself or a list of them."""
        shape, kind, fortran, raw = self.parts
        if not isinstance(kind, _Type) or not all(isinstance(n, int) and n >= 0 for n in shape):
            _stop()
        if kind.name == "O":
            if not isinstance(raw, list) or len(raw) != math.prod(shape) or len(shape) > 1:
                _stop()
            return _plain(raw, seen) if shape else _plain(raw[0], seen)
        if isinstance(raw, str):  # made once, however many arrays are of it
            if ~id(raw) not in seen:
                seen[~id(raw)] = raw.encode("latin1")
            raw = seen[~id(raw)]
        dtype = kind.dtype()
        if not isinstance(raw, bytes | bytearray) or len(raw) != math.prod(shape) * dtype.itemsize:
            _stop()
        return np.frombuffer(raw, dtype).reshape(shape, order="F" if fortran else "C")


def _plain(value: Any, seen: dict[int, Any]) -> Any:
    """The same with arrays in place of stand-ins. What occurs twice is made once; loops are refused."""
    if isinstance(value, str | bytes | bytearray | int | float | bool | complex | None):
        return value
    if id(value) in seen:
        known = seen[id(value)][1]
        if known is _UNDER_WAY:
            raise RefusedPickle("it contains itself")
        return known
    seen[id(value)] = (value, _UNDER_WAY)  # the value is kept, or its id could be given away again
    made: Any
    if isinstance(value, _Array):
        made = value.made(seen)
    elif isinstance(value, dict):
        made = {key: _plain(item, seen) for key, item in value.items()}
        made = {(k.made(seen).item() if isinstance(k, _Array) else k): v for k, v in made.items()}
    elif isinstance(value, list):
        made = [_plain(item, seen) for item in value]
    elif isinstance(value, tuple):
        made = tuple(_plain(item, seen) for item in value)
    else:
        raise RefusedPickle(f"it holds a '{type(value).__name__.lstrip('_')}'")
    seen[id(value)] = (value, made)
    return made


_UNDER_WAY = object()


def _stop() -> NoReturn:
    raise pickle.UnpicklingError("not what numpy writes")

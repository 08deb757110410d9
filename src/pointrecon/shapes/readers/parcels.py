"""What a reading process sends back, as JSON and the bytes of arrays: who unpacks it runs nothing that came along."""

import json
from dataclasses import fields
from typing import Any

import numpy as np

from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.table_meta import TableMeta

_KNOWN: dict[str, type] = {one.__name__: one for one in (Cloud, ShapeArrays, TableMeta)}
_PLAIN = {str, int, float, bool, type(None)}  # as JSON has them, and most values are
_ALIGN = 64
_KINDS = "biufcUS"  # kinds of arrays that are their bytes


def pack(value: Any) -> tuple[bytes, list[memoryview]]:
    """A header and the bytes to send behind it. Values: numbers, texts, bytes, arrays, clouds, and lists of these.

    Arrays of objects come back as lists.
    """
    pieces: list[memoryview] = []
    at = 0

    def stored(content: Any) -> list[int]:
        nonlocal at
        piece = memoryview(content).cast("B") if len(content) else memoryview(b"")
        start, at = at, at + len(piece) + -len(piece) % _ALIGN
        pieces.extend((piece, memoryview(bytes(-len(piece) % _ALIGN))))
        return [start, len(piece)]

    def plain(value: Any) -> Any:
        if type(value) in _PLAIN:
            return value
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in _KINDS:
                raise TypeError(f"arrays of {value.dtype} are not sent")
            return {
                "=array": [value.dtype.str, value.shape, *stored(np.ascontiguousarray(value).reshape(-1).view("u1"))]
            }
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, bytes):
            return {"=bytes": stored(value)}
        if isinstance(value, tuple):
            return {"=tuple": [plain(one) for one in value]}
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, dict):
            return {str(key): plain(one) for key, one in value.items()}
        if (name := type(value).__name__) in _KNOWN:
            return {f"={name}": {f.name: plain(getattr(value, f.name)) for f in fields(value)}}
        return value

    return json.dumps(plain(value)).encode(), pieces


def unpack(header: bytes, body: bytearray) -> Any:
    """The value that `pack` took. ValueError, TypeError or KeyError for anything else."""
    content = memoryview(body)

    def restored(found: dict[str, Any]) -> Any:
        if len(found) != 1 or not (key := next(iter(found))).startswith("="):
            return found
        (given,) = found.values()
        if key == "=tuple":
            return tuple(given)
        if key == "=bytes":
            return bytes(content[given[0] : given[0] + given[1]])
        if key == "=array":
            kind, shape, start, length = given
            dtype = np.dtype(kind)
            if dtype.kind not in _KINDS:
                raise ValueError(f"arrays of {dtype} are not sent")
            return np.frombuffer(content[start : start + length], np.uint8).view(dtype).reshape(shape)
        return _KNOWN[key[1:]](**given)

    return json.loads(header, object_hook=restored)

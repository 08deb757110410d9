"""Reading PCD clouds: ascii, binary and binary_compressed (Point Cloud Library, file formats 0.5 to 0.7)."""

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud, without_invalid
from pointrecon.shapes.readers.columns import cloud_of_columns
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.text_cells import Table

_KINDS = {"F": "f", "I": "i", "U": "u"}
_PACKED = ("rgb", "rgba")


class _Field(NamedTuple):
    name: str
    kind: np.dtype
    repeat: int


def read_pcd(source: SourceFile) -> Cloud:
    """A PCD cloud. Points marked invalid (NaN, as depth cameras do) are dropped, which the note says.

    Numbers in ascii keep all their digits. What the header says twice and differently, and what follows the last point,
    the note tells. InputError for fewer points than the header says, or rows of other widths.
    """
    path, content = source.path, source.read_bytes()
    try:
        header, body = _header(content)
        fields = _fields(header)
        size = math.prod(int(header[key][0]) for key in ("WIDTH", "HEIGHT") if key in header)
        count = int(header["POINTS"][0]) if "POINTS" in header else size
        kind = header["DATA"][0].lower()
        if kind == "ascii":  # so that lines count as in the file
            body = b"\n" * content.count(b"\n", 0, len(content) - len(body)) + body
        if count < 0 or kind not in _BODIES:
            raise ValueError("header")
        columns, more = _BODIES[kind](body, fields, count, path)
    except InputError:
        raise
    except (KeyError, ValueError, IndexError, TypeError, MemoryError, OverflowError) as error:
        raise InputError(f"{path} is no readable PCD file: damaged or cut short") from error
    names, arrays = _unpacked([field.name for field in fields], columns)
    cloud = cloud_of_columns(names, arrays, path)
    notes = [cloud.note, f"{more} after the last point left out" if more else ""]
    if "WIDTH" in header and size != count:
        notes.append(f"its header says {size} points by WIDTH and HEIGHT, {count} by POINTS, which was followed")
    return without_invalid(replace(cloud, note="; ".join(filter(None, notes))))


def _unpacked(names: list[str], columns: list[np.ndarray]) -> tuple[list[str], list[np.ndarray | None]]:
    """The columns with r, g and b in place of the one that packs them."""
    arrays: list[np.ndarray | None] = [*columns]
    if packed := next((name for name in _PACKED if name in names), ""):
        place = names.index(packed)
        bits = columns[place]
        # in text, NaN is what is left of a color whose alpha made it none; in binary it is the color
        lost = np.isnan(bits) & (bits.dtype == np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            if lost.any() and np.nanmax(bits, initial=0) > 1:
                bits = np.nan_to_num(bits).astype(np.int64)
            bits = bits.astype(np.float32).view(np.uint32) if bits.dtype.kind == "f" else bits.astype(np.uint32)
        names = [*names[:place], "r", "g", "b", *names[place + 1 :]]
        three = [(bits >> shift & 255).astype(np.uint8) for shift in (16, 8, 0)]
        arrays[place : place + 1] = [np.where(lost, np.nan, one) for one in three] if lost.any() else three
    return names, arrays


def _header(content: bytes) -> tuple[dict[str, list[str]], bytes]:
    header: dict[str, list[str]] = {}
    start = 0
    while "DATA" not in header:
        end = content.index(b"\n", start)
        words = content[start:end].decode("latin-1").split()
        start = end + 1
        if words and not words[0].startswith("#"):
            header[words[0].upper()] = words[1:]
    return header, content[start:]


def _fields(header: dict[str, list[str]]) -> list[_Field]:
    names = header["FIELDS"] if "FIELDS" in header else header["COLUMNS"]  # as file format 0.5 has it
    counts = [int(c) for c in header.get("COUNT", ["1"] * len(names))]
    if min(counts) < 1 or not len(names) == len(header["TYPE"]) == len(header["SIZE"]) == len(counts):
        raise ValueError("header")
    kinds = [np.dtype(f"<{_KINDS[k.upper()]}{int(s)}") for k, s in zip(header["TYPE"], header["SIZE"], strict=True)]
    return [_Field(*field) for field in zip((name.lower() for name in names), kinds, counts, strict=True)]


def _ascii(body: bytes, fields: list[_Field], count: int, path: Path) -> tuple[list[np.ndarray], str]:
    text = body.decode("latin-1")
    text = re.sub(r"#.*", "", text.replace("\r", "\n")) if "#" in text or "\r" in text else text
    width = sum(field.repeat for field in fields)
    table, between = Table(path, text, None, [], width, 1).numbers(range(width))
    if len(table) < count or between:
        raise _short(len(table), count, path)
    columns, start = [], 0
    for field in fields:
        column = table[:count, start]
        # packed colors are written as the integer or as the float whose bits they are
        if field.name in _PACKED:
            whole = field.kind.kind != "f" or np.nanmax(column, initial=0) > 1
            column = column if np.isnan(column).any() or not whole else column.astype(np.int64)
        elif field.kind.kind == "f" or np.isfinite(column).all():
            with np.errstate(over="ignore"):
                typed = column.astype(field.kind)
            column = typed if np.array_equal(typed, column, equal_nan=True) else column
        columns.append(column)
        start += field.repeat
    return columns, f"{len(table) - count} points" if len(table) > count else ""


def _binary(body: bytes, fields: list[_Field], count: int, path: Path) -> tuple[list[np.ndarray], str]:
    record = np.dtype([(f"{i}", field.kind, (field.repeat,)) for i, field in enumerate(fields)])
    if len(body) < count * record.itemsize:
        raise _short(len(body) // record.itemsize, count, path)
    records = np.frombuffer(body, record, count)
    more = len(body[count * record.itemsize :].strip(b"\0\r\n "))
    return [records[f"{i}"][:, 0] for i in range(len(fields))], f"{more} bytes" if more else ""


def _compressed(body: bytes, fields: list[_Field], count: int, path: Path) -> tuple[list[np.ndarray], str]:
    packed, size = (int(v) for v in np.frombuffer(body, "<u4", 2))
    if size != count * sum(field.kind.itemsize * field.repeat for field in fields) or len(body) < 8 + packed:
        raise ValueError("size")
    body, columns, start = _unpack_lzf(body[8 : 8 + packed], size), [], 0
    for field in fields:  # one field after the other, not point by point
        columns.append(np.frombuffer(body, field.kind, count * field.repeat, start).reshape(count, field.repeat)[:, 0])
        start += field.kind.itemsize * count * field.repeat
    return columns, ""


def _short(have: int, count: int, path: Path) -> InputError:
    return InputError(f"{path} is cut short: it has {have} of the {count} points that its header says")


_BODIES = {"ascii": _ascii, "binary": _binary, "binary_compressed": _compressed}


def _unpack_lzf(packed: bytes, size: int) -> bytes:
    """LZF: a control byte below 32 copies that many + 1 literal bytes, others repeat earlier output."""
    out, at = bytearray(), 0
    while at < len(packed):
        control = packed[at]
        at += 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += packed[at]
            at += 1
        back = (control & 31) << 8 | packed[at]
        at += 1
        start, length = len(out) - back - 1, length + 2
        if start < 0:
            raise ValueError("reference before the start")
        earlier = out[start : start + length]  # fewer bytes where the run overlaps what it writes: they repeat
        out += (earlier * -(-length // len(earlier)))[:length]
        if len(out) > size:
            raise ValueError("too long")
    if len(out) != size:
        raise ValueError("too short")
    return bytes(out)

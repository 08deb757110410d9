"""Reading PCD clouds: ascii, binary and binary_compressed (Point Cloud Library, file format 0.7)."""

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud, without_invalid
from pointrecon.shapes.readers.columns import cloud_of_names
from pointrecon.shapes.readers.source_file import SourceFile

_KINDS = {"F": "f", "I": "i", "U": "u"}


def read_pcd(source: SourceFile) -> Cloud:
    """A PCD cloud. Points marked invalid (NaN, as depth cameras do) are dropped, which the note says."""
    path, content = source.path, source.read_bytes()
    try:
        header, body = _header(content)
        fields = _fields(header)
        count = int(header["POINTS"][0]) if "POINTS" in header else int(header["WIDTH"][0]) * int(header["HEIGHT"][0])
        columns = _columns(header["DATA"][0].lower(), fields, count, body)
    except (KeyError, ValueError, IndexError, TypeError, MemoryError) as error:
        raise InputError(f"{path} is no readable PCD file: damaged or cut short") from error
    for packed in ("rgb", "rgba"):
        if packed in columns:
            bits = columns.pop(packed)
            bits = bits.astype(np.float32).view(np.uint32) if bits.dtype.kind == "f" else bits.astype(np.uint32)
            columns |= {"r": bits >> 16 & 255, "g": bits >> 8 & 255, "b": bits & 255}
    return without_invalid(cloud_of_names(columns, path))


def _header(content: bytes) -> tuple[dict[str, list[str]], bytes]:
    header: dict[str, list[str]] = {}
    start = 0
    while "DATA" not in header:
        end = content.index(b"\n", start)
        words = content[start:end].decode("ascii").split()
        start = end + 1
        if words and not words[0].startswith("#"):
            header[words[0].upper()] = words[1:]
    return header, content[start:]


def _fields(header: dict[str, list[str]]) -> list[tuple[str, np.dtype, int]]:
    names = header["FIELDS"]
    counts = [int(c) for c in header.get("COUNT", ["1"] * len(names))]
    if min(counts) < 1 or not len(names) == len(header["TYPE"]) == len(header["SIZE"]) == len(counts):
        raise ValueError("header")
    kinds = [np.dtype(f"<{_KINDS[k]}{int(s)}") for k, s in zip(header["TYPE"], header["SIZE"], strict=True)]
    return list(zip((name.lower() for name in names), kinds, counts, strict=True))


def _columns(kind: str, fields: list[tuple[str, np.dtype, int]], count: int, body: bytes) -> dict[str, np.ndarray]:
    if kind == "ascii":
        table = np.array(body.split(), dtype=np.float64).reshape(-1, sum(number for _, _, number in fields))
        if len(table) < count:
            raise ValueError("cut short")
        columns, start = {}, 0
        for name, dtype, number in fields:
            column = table[:count, start]
            # packed colors are written as the integer or as the float whose bits they are
            whole = name in ("rgb", "rgba") and (dtype.kind != "f" or column.max(initial=0) > 1)
            columns[name] = column.astype(np.uint32) if whole else column.astype(dtype)
            start += number
        return columns
    if kind == "binary":
        records = np.frombuffer(body, np.dtype([(f"{i}", d, (n,)) for i, (_, d, n) in enumerate(fields)]), count)
        return {name: records[f"{i}"][:, 0] for i, (name, _, _) in enumerate(fields)}
    if kind == "binary_compressed":
        packed, size = (int(v) for v in np.frombuffer(body, "<u4", 2))
        if size != count * sum(d.itemsize * n for _, d, n in fields) or len(body) < 8 + packed:
            raise ValueError("size")
        body, columns, start = _unpack_lzf(body[8 : 8 + packed], size), {}, 0
        for name, dtype, number in fields:  # one field after the other, not point by point
            columns[name] = np.frombuffer(body, dtype, count * number, start).reshape(count, number)[:, 0]
            start += dtype.itemsize * count * number
        return columns
    raise ValueError(kind)


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

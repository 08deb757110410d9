"""What a glTF file holds: its JSON, in a GLB or alone, and the numbers behind it: buffers, views of them, accessors."""

import base64
import json
import re
import struct
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.readers.source_file import SourceFile

_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5124: "<i4", 5125: "<u4", 5126: "<f4", 5130: "<f8"}
_JSON, _BIN = 0x4E4F534A, 0x004E4942
# how the data of a bufferView may be packed; only a copy beside it that is not packed is read
_PACKINGS = ("EXT_meshopt_compression", "KHR_meshopt_compression")


class GltfData:
    """A glTF 2.0 file, by https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html.

    No count is believed before the bytes for it are there.

    Attributes:
        path: the file. json: its whole JSON. size: bytes of it and of the files it names, as far as read or unpacked.
        unpacked: accessor -> its values (count, components), where they were packed in another way than the format's.
    """

    def __init__(self, source: SourceFile) -> None:
        """Open it; InputError for what is cut short, or another version than 2."""
        self._source, self.path = source, source.path
        content = source.read_bytes()
        self.size = len(content)
        self._binary: memoryview | None = None
        text: bytes | memoryview = content
        if content[:4] == b"glTF":
            text, self._binary = self._chunks(content)
        decoded = bytes(text).decode(json.detect_encoding(bytes(text[:4])), "replace").strip(" \t\r\n\0")
        try:
            self.json: dict[str, Any] = json.loads(decoded, object_hook=_without_nulls)
        except json.JSONDecodeError as error:
            raise ValueError(f"its JSON is damaged at line {error.lineno}") from None
        if not isinstance(self.json, dict):
            raise ValueError("its JSON is no object")
        self._check_version()
        self._buffers: dict[int, memoryview | None] = {}
        self.unpacked: dict[int, np.ndarray] = {}

    def refusal(self, why: str) -> InputError:
        """The error to raise, with the file's name before the reason."""
        return InputError(f"{self.path}: {why}")

    def items(self, kind: str) -> list[Any]:
        """All entries of one of the JSON's lists, such as "nodes"."""
        entries = self.json.get(kind, [])
        if not isinstance(entries, list):
            raise ValueError(f"its {kind} are no list")
        return entries

    def item(self, kind: str, index: Any) -> dict[str, Any]:
        """One entry of such a list; InputError where there is none of that number."""
        entries = self.items(kind)
        if not isinstance(index, int) or not 0 <= index < len(entries):
            raise self.refusal(f"it names {kind} {index!r}, but has {len(entries)}: export it again")
        entry: dict[str, Any] = entries[index]
        return entry

    def numbers(self, accessor_index: Any, *kinds: str) -> np.ndarray:
        """An accessor's values, (count, components): float64 from 0 or -1 to 1 where normalized, else as stored.

        InputError where it is not one of the ``kinds``, such as "VEC3", or its bytes are not there.
        """
        accessor = self.item("accessors", accessor_index)
        what = f"accessor {accessor_index}"
        kind, component = accessor["type"], accessor["componentType"]
        if kind not in kinds or component not in _COMPONENTS:
            raise self.refusal(f"{what} is of type {kind} {component}, not {' or '.join(kinds)}: export it again")
        dtype, count = np.dtype(_COMPONENTS[component]), _whole(accessor["count"])
        if (unpacked := self.unpacked.get(accessor_index)) is not None:
            values, dtype = unpacked, unpacked.dtype
            if values.shape[1] != _WIDTHS[kind]:
                raise self.refusal(f"{what} is of type {kind}, but packed with {values.shape[1]} numbers each")
        elif "bufferView" in accessor:
            offset = _whole(accessor.get("byteOffset", 0))
            values = self._strided(accessor["bufferView"], offset, dtype, (count, _WIDTHS[kind]), what)
        elif count > self.size:
            raise self.refusal(f"{what} promises {count} values without data, in a file of {self.size} bytes")
        else:
            values = np.zeros((count, _WIDTHS[kind]), dtype)
        if "sparse" in accessor:
            values = self._with_sparse(values, accessor["sparse"], what)
        if accessor.get("normalized") and dtype.kind in "iu":
            return np.maximum(values / float(np.iinfo(dtype).max), -1.0)
        return values

    def has_data(self, accessor_index: Any) -> bool:
        """Whether an accessor has bytes of its own: without them it stands for zeros, or for what is packed."""
        accessor = self.item("accessors", accessor_index)
        return accessor_index in self.unpacked or bool({"bufferView", "sparse"} & accessor.keys())

    def view(self, index: Any) -> memoryview:
        """All bytes of a bufferView."""
        start, size, buffer = self._span(index)
        if start + size > len(buffer):
            raise self.refusal(f"cut short: {len(buffer)} of {start + size} bytes for bufferView {index}")
        return buffer[start : start + size]

    def fetched(self, uri: str) -> bytes:
        """What a URI of the file holds: data in itself, or a file beside this one."""
        if match := re.match(r"data:[^,]*,", uri[:300], re.IGNORECASE):
            head, body = match.group(), unquote_to_bytes(uri[match.end() :])
            if not head.lower().rstrip(", ").endswith(";base64"):
                return body
            body = b"".join(body.split()).rstrip(b"=")
            return base64.b64decode(body + b"=" * (-len(body) % 4))
        content = SourceFile(self._source.companion(uri), self._source.root).read_bytes()
        self.size += len(content)
        return content

    def _chunks(self, content: bytes) -> tuple[memoryview, memoryview | None]:
        """The JSON and the binary part of a GLB."""
        version, length = struct.unpack_from("<II", content.ljust(12, b"\0"), 4)
        if version == 1:
            raise self._version_refusal("1.0")
        if version != 2:
            raise ValueError(f"a GLB of version {version}")
        if len(content) < max(length, 20):
            raise self.refusal(f"cut short: {len(content)} of {max(length, 20)} bytes, fetch or export it again")
        chunks: dict[int, memoryview] = {}
        place = 12
        while place + 8 <= len(content):
            size, kind = struct.unpack_from("<II", content, place)
            if place + 8 + size > len(content):
                if place >= length or chunks.keys() >= {_JSON, _BIN}:
                    break  # bytes behind the end that are no chunk
                raise self.refusal(f"cut short: {len(content) - place - 8} of {size} bytes of a chunk, export it again")
            chunks.setdefault(kind, memoryview(content)[place + 8 : place + 8 + size])
            place += 8 + size
        if _JSON not in chunks:
            raise ValueError("it has no JSON")
        return chunks[_JSON], chunks.get(_BIN)

    def _check_version(self) -> None:
        asset = self.json.get("asset", {})
        version = str(asset.get("version", "1.0" if isinstance(self.json.get("meshes"), dict) else ""))
        if not version:
            raise self.refusal("it does not say which version of glTF it is: it is no glTF 2.0")
        needed = str(asset.get("minVersion", version if not version.startswith("2.") else "2.0"))
        if needed not in ("2", "2.0"):
            raise self._version_refusal(needed)

    def _version_refusal(self, version: str) -> InputError:
        return self.refusal(f"it is glTF {version}, and only glTF 2.0 is read: export it as that")

    def _buffer(self, index: int) -> memoryview | None:
        """The bytes of a buffer; None where the file holds none for it."""
        if index not in self._buffers:
            entry = self.item("buffers", index)
            content = None
            if isinstance(entry.get("uri"), str):
                content = memoryview(self.fetched(entry["uri"]))
            elif index == 0 and not any(p in entry.get("extensions", {}) for p in _PACKINGS):
                content = self._binary
            self._buffers[index] = content
        return self._buffers[index]

    def _span(self, view_index: Any) -> tuple[int, int, memoryview]:
        """A bufferView's start and size in its buffer, and that buffer."""
        view = self.item("bufferViews", view_index)
        buffer = self._buffer(view["buffer"])
        if buffer is None:
            for packing in _PACKINGS:
                if packing in view.get("extensions", {}):
                    raise self.refusal(f"it is packed with {packing}, which is not read: export it without")
            raise self.refusal(f"buffer {view['buffer']} has no data: export it again")
        return _whole(view.get("byteOffset", 0)), _whole(view["byteLength"]), buffer

    def _strided(self, view_index: Any, offset: int, dtype: np.dtype, shape: tuple[int, int], what: str) -> np.ndarray:
        start, size, buffer = self._span(view_index)
        row = shape[1] * dtype.itemsize
        stride = _whole(self.item("bufferViews", view_index).get("byteStride", 0)) or row
        needed = offset + (shape[0] - 1) * stride + row if shape[0] else 0
        if start + min(needed, size) > len(buffer):
            raise self.refusal(f"cut short: {len(buffer)} of {start + size} bytes for {what}, export it again")
        if needed > size:
            raise self.refusal(f"{what} needs {needed} bytes, its bufferView has {size}: export it again")
        return np.ndarray(shape, dtype, buffer, start + offset if shape[0] else 0, (stride, dtype.itemsize))

    def _with_sparse(self, values: np.ndarray, sparse: dict[str, Any], what: str) -> np.ndarray:
        """The values with those at some places replaced (section 3.6.2.3)."""
        count, places = _whole(sparse["count"]), sparse["indices"]
        if places["componentType"] not in (5121, 5123, 5125):
            raise self.refusal(f"the sparse indices of {what} are no whole numbers: export it again")
        kind = np.dtype(_COMPONENTS[places["componentType"]])
        index = self._strided(places["bufferView"], _whole(places.get("byteOffset", 0)), kind, (count, 1), what)[:, 0]
        news = sparse["values"]
        shape = (count, values.shape[1])
        new = self._strided(news["bufferView"], _whole(news.get("byteOffset", 0)), values.dtype, shape, what)
        if count and int(index.max()) >= len(values):
            raise self.refusal(
                f"{what} replaces value {index.max()} of {plural(len(values), 'value')}: export it again"
            )
        values = values.copy()
        values[index] = new
        return values


def _without_nulls(entry: dict[str, Any]) -> dict[str, Any]:
    """An object as if what some exporters write as null had been left out."""
    return {key: value for key, value in entry.items() if value is not None} if None in entry.values() else entry


def _whole(value: Any) -> int:
    """A count or an offset of the JSON; ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 0:
        raise ValueError(f"{repr(value)[:20]} where a count should be")
    return int(value)

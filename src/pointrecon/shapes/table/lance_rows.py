"""Between `ShapeArrays` and the rows of a LanceDB table (Arrow, copied only where it must be)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pointrecon.errors import require
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.file_facts import FACTS, KINDS, MISSING, SHORT, is_known, unknown
from pointrecon.shapes.table.join import NO_COLOR
from pointrecon.shapes.table.label_log import COLUMNS as LABEL_COLUMNS
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.table_meta import TableMeta

COLUMNS = ("id", "source", "split", "label", "captions", *FACTS, "points", "color", "normals", "part", "pictures")


def about(records: dict[str, str]) -> Any:
    """Rows of the `about` table."""
    pa = require("pyarrow", "table")
    return pa.table({"key": pa.array(list(records), pa.string()), "value": pa.array(records.values(), pa.string())})


def fact_fields() -> dict[str, Any]:
    """The columns of facts, with their types."""
    pa = require("pyarrow", "table")
    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    return {name: pa.field(name, kinds[kind]) for name, kind in FACTS.items()}


def from_arrays(arrays: ShapeArrays) -> Any:
    """Arrow rows of a batch: points of fixed size, xyz first; optional columns are lists, or null."""
    pa = require("pyarrow", "table")
    count, size = arrays.points.shape[:2]
    fixed = pa.list_(pa.float16(), size * 3)

    def flat(values: np.ndarray | None, kind: Any) -> Any:
        if values is None:
            return pa.nulls(count, pa.list_(kind))
        width = values[0].size
        offsets = pa.array(np.arange(0, (count + 1) * width, width, dtype=np.int32))
        content = pa.array(np.ascontiguousarray(values).reshape(-1), kind)
        return pa.ListArray.from_arrays(offsets, content)

    pictures = [None] * count if arrays.pictures is None else [own or None for own in arrays.pictures]
    points = np.ascontiguousarray(arrays.points, dtype=np.float16).reshape(-1)
    columns = {
        "id": pa.array(arrays.id.tolist(), pa.string()),
        "source": pa.array(arrays.source.tolist(), pa.string()),
        "split": pa.array(arrays.split.tolist(), pa.string()),
        "label": pa.array(arrays.label, pa.int64()),
        "captions": pa.array(arrays.captions, pa.list_(pa.string())),
        "points": pa.FixedSizeListArray.from_arrays(pa.array(points), type=fixed),
        "color": flat(arrays.color, pa.uint8()),
        "normals": flat(arrays.normals, pa.float16()),
        "part": flat(arrays.part, pa.int16()),
        "pictures": pa.array(pictures, pa.list_(pa.large_binary())),
    }
    for name, field in fact_fields().items():
        values = arrays.facts.get(name)
        columns[name] = (
            pa.nulls(count, field.type) if values is None else pa.array(values, field.type, mask=~is_known(values))
        )
    return pa.table({name: columns[name] for name in COLUMNS})


def to_arrays(rows: Any, meta: TableMeta) -> ShapeArrays:
    """Rows read back; a column that is null everywhere becomes None."""
    count = rows.num_rows
    size = rows.schema.field("points").type.list_size // 3

    pictures = None
    if "pictures" in rows.schema.names and rows["pictures"].null_count < count:
        pictures = [list(p or []) for p in rows["pictures"].to_pylist()]
    points = rows["points"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return ShapeArrays(
        points=points.reshape(count, size, 3),
        id=np.asarray(rows["id"].to_pylist(), dtype=np.str_),
        meta=meta,
        label=rows["label"].to_numpy().astype(np.int64, copy=False),
        split=np.asarray(rows["split"].to_pylist(), dtype=np.str_),
        captions=rows["captions"].to_pylist(),
        source=np.asarray(rows["source"].to_pylist(), dtype=np.str_),
        color=by_point(rows["color"], (count, size, 3), np.uint8, NO_COLOR),
        normals=by_point(rows["normals"], (count, size, 3), np.float16, 0),
        part=by_point(rows["part"], (count, size), np.int16, -1),
        pictures=pictures,
        facts={
            name: short(rows, name) for name in FACTS if name in rows.schema.names and rows[name].null_count < count
        },
    )


def short(rows: Any, name: str) -> np.ndarray:
    """A column of `file_facts.SHORT`, unknown in a table that lacks it."""
    if name not in rows.schema.names:
        return unknown(name, rows.num_rows)
    kind = SHORT[name]
    return np.asarray(rows[name].fill_null(MISSING[kind])).astype(KINDS[kind])


def by_point(column: Any, shape: tuple[int, ...], kind: type, missing: int) -> np.ndarray | None:
    """A column of lists as (M, N, ...), `missing` where a row has none; None where no row has one."""
    column = column.combine_chunks()
    if column.null_count == len(column):
        return None
    given = column.flatten().to_numpy(zero_copy_only=False).astype(kind, copy=False).reshape(-1, *shape[1:])
    if not column.null_count:
        return given
    values: np.ndarray = np.full(shape, missing, kind)
    values[column.is_valid().to_numpy(zero_copy_only=False)] = given
    return values


def from_features(ids: Sequence[str] | np.ndarray, values: np.ndarray, key: str = "id") -> Any:
    """Arrow rows of features (m, V, D), of shapes or of sentences: one flat vector of V · D, and V beside it.

    Flat, because Lance cannot read back a fixed-size list of fixed-size lists of float16.
    """
    pa = require("pyarrow", "table")
    views, width = values.shape[1:]
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return pa.table(
        {
            key: pa.array(list(map(str, ids)), pa.string()),
            "views": pa.array([views] * len(ids), pa.int32()),
            "values": pa.FixedSizeListArray.from_arrays(flat, views * width),
        }
    )


def from_pictures(pictures: dict[str, list[bytes]]) -> Any:
    """Arrow rows of pictures that were added later."""
    pa = require("pyarrow", "table")
    kind = pa.list_(pa.large_binary())
    return pa.table({"id": pa.array(list(pictures), pa.string()), "pictures": pa.array(pictures.values(), kind)})


def from_log(log: LabelLog) -> Any:
    """Arrow rows of given labels."""
    pa = require("pyarrow", "table")
    kinds = [pa.string()] * 4 + [pa.float64()]
    columns = [pa.array(column, kind) for column, kind in zip(log.columns, kinds, strict=True)]
    return pa.table(dict(zip(LABEL_COLUMNS, columns, strict=True)))


def to_log(rows: Any) -> LabelLog:
    """Given labels read back."""
    return LabelLog.of([rows[name].to_pylist() for name in LABEL_COLUMNS])


def to_features(rows: Any) -> np.ndarray:
    """(m, V, D) float16."""
    total = rows.schema.field("values").type.list_size
    views = rows["views"][0].as_py() if rows.num_rows else 1
    flat = rows["values"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(rows.num_rows, views, total // views)


def cloud_size(table: Any) -> int:
    """Points per shape of a LanceDB table."""
    return table.schema.field("points").type.list_size // 3

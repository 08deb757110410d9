"""Shapes as a folder that Hugging Face `datasets` loads: a mesh or cloud a file, and what is known of each."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pointrecon.checks import checked
from pointrecon.errors import InputError, require
from pointrecon.files import is_blank, whole_folder
from pointrecon.progress import Bar, plural
from pointrecon.readable import markdown
from pointrecon.retrieval.folder_table import Originals, is_table, open_collection, originals
from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.ply import write_ply
from pointrecon.shapes.readers.read import read_triangles
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.fact_rows import known_rows
from pointrecon.shapes.table.file_facts import SHORT
from pointrecon.shapes.table.table_base import ShapeTable

FILES = ("points", "meshes")
TAKEN_AS_THEY_ARE = (".glb", ".ply", ".stl")  # what a `datasets.Mesh` may be
_FOLDERS = {"train": "train", "val": "validation", "test": "test", "": "unsplit"}
_MARK = "made by pointrecon shapes export"
_BATCH = 256


@dataclass
class Exported:
    """What `export_shapes` wrote: how many shapes, how many of them as meshes, and those without a mesh, and why."""

    out: Path
    shapes: int = 0
    meshes: int = 0
    without: list[tuple[str, str]] = field(default_factory=list)


@checked
def export_shapes(
    data: Any, out: str | Path, *, files: str = "points", overwrite: bool = False, progress: bool = True
) -> Exported:
    """Write shapes as a folder for ``datasets.load_dataset(folder)``: each split a folder with a ``metadata.parquet``.

    Its column ``guessed`` says of which shapes a model gave the class, and nobody since; ``who`` gave it, and how sure
    it was, are there, too. `import_shapes` reads all of that again.

    Args:
        data: a table or folder, as for `open_collection`; or other shapes, as `as_shapes` takes them.
        out: the folder; it appears once it is whole.
        files: "points": the stored points, centered and scaled, as PLY, with colors, normals and parts where there are
            some. "meshes": the files that the shapes came from: those of types in `TAKEN_AS_THEY_ARE` as they are, the
            triangles of others as STL, and the stored points of those that are gone, have changed or have no faces.
        overwrite: take the place of a folder that this wrote before.

    Raises:
        InputError: nothing to write, a folder that is there, other ``files``, or as for `as_shapes`.
    """
    if files not in FILES:
        raise InputError(f"files are {' or '.join(FILES)}, not '{files}'")
    out = Path(out)
    if out.exists() and not (out.is_dir() and is_blank(out)):
        card = out / "README.md"
        if not overwrite or not card.is_file() or _MARK not in card.read_text("utf-8", "replace"):
            remedy = (
                "pass --overwrite, or choose another name" if not overwrite else "it is no export: choose another name"
            )
            raise InputError(f"'{out}' exists already: {remedy}")
    table = _table_of(data, progress)
    shapes = as_shapes(data if table is None else table)
    if not len(shapes):
        raise InputError(f"{shapes.name} has no shapes: import or make some first")
    if files == "meshes" and table is None:
        raise InputError("these shapes are in no table that tells their files: leave --files out, for their points")
    found = Exported(out)
    with whole_folder(out) as folder:
        _write(folder, shapes, originals(table) if table is not None and files == "meshes" else None, found, progress)
        (folder / "README.md").write_text(_card(shapes, folder, found), "utf-8")
    return found


def _table_of(data: Any, progress: bool) -> ShapeTable | None:
    if isinstance(data, ShapeTable):
        return data
    if isinstance(data, str | Path) and (is_table(data) or Path(data).is_dir()):
        return open_collection(data, progress=progress)
    return None


def _write(folder: Path, shapes: Shapes, files: Originals | None, found: Exported, progress: bool) -> None:
    pa, parquet = require("pyarrow", "table"), require("pyarrow.parquet", "table")
    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    short = {"file_name": str, "id": str, "class": str, "guessed": bool, "who": str, "confidence": float, **SHORT}
    schema = pa.schema([*((name, kinds[kind]) for name, kind in short.items()), ("captions", pa.list_(pa.string()))])
    told, captions = known_rows(shapes), shapes.captions()
    with Bar("writing shapes", len(shapes), show=progress) as bar, ExitStack() as open_files:
        tables: dict[Path, Any] = {}  # with the types of all columns, also where a split knows nothing
        for arrays, start in _batches(shapes):
            rows: dict[Path, list[dict[str, Any]]] = {}
            given = arrays.label_history()
            last = given.last()
            for i in range(len(arrays)):
                facts = next(told)
                own = folder / _FOLDERS[str(arrays.split[i])]
                own.mkdir(exist_ok=True)
                stem = f"{start + i:06d}-{re.sub(r'[^A-Za-z0-9_.-]+', '_', str(arrays.id[i]))[-80:]}"
                name = _mesh(own / stem, facts, files, found) or _points(own / stem, arrays, i)
                row = {"file_name": name, **facts, "captions": captions[start + i]}
                if facts["class"] and (at := last.get(str(arrays.id[i]))) is not None:
                    sure = float(given.confidence[at])
                    row |= {"who": str(given.who[at]), "confidence": None if np.isnan(sure) else sure}
                rows.setdefault(own, []).append({key: row.get(key) for key in schema.names})
                found.shapes += 1
                bar.advance(1)
            for own, some in rows.items():
                if own not in tables:
                    tables[own] = open_files.enter_context(parquet.ParquetWriter(own / "metadata.parquet", schema))
                tables[own].write_table(pa.Table.from_pylist(some, schema=schema))


def _batches(shapes: Shapes) -> Iterator[tuple[ShapeArrays, int]]:
    for start in range(0, len(shapes), _BATCH):
        yield shapes.load(np.arange(start, min(start + _BATCH, len(shapes)))), start


def _mesh(place: Path, facts: dict[str, Any], files: Originals | None, found: Exported) -> str:
    """The name of the mesh's file, written; "" where there is none."""
    if files is None:
        return ""
    source = str(facts["source"] or "")
    path = files.path(source)
    if path is None:
        found.without.append((str(facts["id"]), "its file is gone, has changed, or lies in an archive"))
        return ""
    kind = path.suffix.lower()
    target = place.with_name(place.name + (kind if kind in TAKEN_AS_THEY_ARE else ".stl"))
    try:
        if kind in TAKEN_AS_THEY_ARE:
            shutil.copyfile(path, target)
        else:
            write_stl(target, read_apart(partial(read_triangles, path), path))
    except InputError as error:
        found.without.append((str(facts["id"]), str(error)))
        return ""
    found.meshes += 1
    return target.name


def _points(place: Path, arrays: ShapeArrays, i: int) -> str:
    more = {}
    if arrays.normals is not None:
        more = {f"n{axis}": arrays.normals[i, :, k].astype(np.float32) for k, axis in enumerate("xyz")}
    if arrays.part is not None and (arrays.part[i] >= 0).any():
        more["part"] = arrays.part[i]
    path = place.with_name(place.name + ".ply")
    write_ply(path, arrays.points[i].astype(np.float32), None if arrays.color is None else arrays.color[i], more)
    return path.name


def write_stl(path: Path, triangles: np.ndarray) -> None:
    """Triangles (F, 3, 3) as binary STL; the format keeps float32."""
    rows = np.zeros(len(triangles), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    rows["corners"] = triangles
    first, second, third = (rows["corners"][:, k].astype(np.float64) for k in range(3))
    normal = np.cross(second - first, third - first)
    rows["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    with path.open("wb") as file:
        file.write(b"made by pointrecon".ljust(80) + np.uint32(len(rows)).tobytes())
        rows.tofile(file)


def _card(shapes: Shapes, folder: Path, found: Exported) -> str:
    splits = [name for name in _FOLDERS.values() if (folder / name).is_dir()]
    if splits == ["unsplit"]:  # one alone is what `datasets` calls train
        files = [{"split": "train", "path": "unsplit/**"}]
    else:
        files = [{"split": name, "path": f"{name}/**"} for name in splits]
    head = {"configs": [{"config_name": "default", "data_files": files}], "tags": ["3d", "mesh"]}
    meta = shapes.meta
    facts = {"shapes": found.shapes, "meshes": found.meshes, "classes": len(meta.classes), "up axis": meta.up,
             "license": meta.license or "not told"}  # fmt: skip
    rows = "\n".join(f"| {name} | {markdown(str(value))} |" for name, value in facts.items())
    return (
        f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n# {markdown(Path(shapes.name).name or 'shapes')}\n\n"
        f"{plural(found.shapes, 'shape')}, {_MARK}.\n\n| what | value |\n|---|---|\n{rows}\n\n"
        "```python\nimport datasets\n\nshapes = datasets.load_dataset('this/folder')  # a column `mesh`, and what is "
        "known of each\n```\n"
    )

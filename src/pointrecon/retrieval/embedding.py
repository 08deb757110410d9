"""One vector for every shape of a table, into the table or a file: a stream that goes on where it was stopped."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pointrecon.devices import in_bfloat16
from pointrecon.encode_settings import EncodeSettings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import embedding_function
from pointrecon.interrupt import Interrupt
from pointrecon.memory import peak_memory
from pointrecon.models import load_model
from pointrecon.models.facts import weights_hash
from pointrecon.progress import duration
from pointrecon.retrieval.vector_export import Vectors, check_export, export_vectors
from pointrecon.retrieval.vector_parts import VectorParts
from pointrecon.shapes import ShapeTable, open_table
from pointrecon.shapes.table.collection import Shapes, open_collection
from pointrecon.shapes.table.feature_writer import FeatureWriter, into_table
from pointrecon.shapes.table.shape_table import check_feature_name
from pointrecon.training.cloud_stream import CloudStream

_READ = 4096  # vectors read at once for the export
_ESTIMATE_AFTER = 2.0  # seconds of work before the first word on how long it will take
_MAKER = "the model"
_OTHER = "use the same, choose another --name, or pass --overwrite to make them anew"


@dataclass(frozen=True)
class Embedded:
    """What `embed` did.

    Attributes:
        name: of the embeddings, such as "embedding/parts".
        added: shapes embedded now. already: shapes that were embedded before. missing: shapes still to do, where the
            job was asked to stop.
        width: D, numbers a shape.
        seconds: of encoding. clouds_per_second: in them.
        waiting: share of them spent waiting for shapes to be read, 0 to 1.
        peak_memory: bytes, the device's (GPU) or the process's (CPU).
        out: the file written, or None.
    """

    name: str
    added: int
    already: int
    missing: int
    width: int
    seconds: float
    clouds_per_second: float
    waiting: float
    peak_memory: int
    out: Path | None


def embed(
    table: str | Path | ShapeTable,
    model: str | Path | torch.nn.Module,
    *,
    kind: str = "recon",
    name: str | None = None,
    out: str | Path | None = None,
    in_table: bool = True,
    split: str | None = None,
    points: int | None = None,
    batch_size: int | None = None,
    device: str | None = None,
    precision: str = "auto",
    seed: int = 0,
    overwrite: bool = False,
    progress: bool = True,
) -> Embedded:
    """Embed every shape of a table. Shapes that are embedded already are left out, so a killed job goes on.

    Ctrl-C and SIGTERM write what is done and stop.

    Args:
        table: an open table or its path.
        model: a model folder, a released ``.pth``, a hub name or a module.
        kind: "recon" (the released feature), "patches", "queries", "all" (see `extract_features`), or "image" or
            "text": the query projected into that teacher's space.
        name: the embeddings become ``embedding/<name>``; without it the model's name, and the kind where it is not
            "recon".
        out: write them, once all are there, to this ``.npz`` or ``.parquet`` file as well.
        in_table: False leaves the table as it is; ``out`` alone is written.
        split: only the shapes of this split ("" for those without one).
        points: points per cloud; the model's own when left out.
        batch_size: clouds at once; 64, on a GPU 512.
        device: such as "cpu" or "cuda"; None takes an accelerator where there is one.
        precision: "32", "bf16", or "auto": bf16 on GPUs that have it.
        seed: draws the points of clouds larger than ``points``, for each shape by its id.
        overwrite: make embeddings of this name, and the file, anew.
        progress: show how far it is on standard error.

    Raises:
        InputError: an unknown kind or split, a model without that projection, a table without shapes, embeddings of
            this name made in another way, or a file that exists.
        OSError: the table or file cannot be written.
    """
    for key, number in (("batch_size", batch_size), ("points", points)):
        if number is not None and number < 1:
            raise InputError(f"{key} is {number}, but must be at least 1")
    if out is None and not in_table:
        raise InputError("nothing would be written: give a file to write to (-o), or write into the table")
    file = None if out is None else check_export(out)
    if file is not None and file.exists() and not overwrite:
        raise InputError(f"'{file}' exists already: choose another name, or pass --overwrite")
    place = _device(device)
    bf16 = in_bfloat16(precision, place)
    table = open_table(table) if isinstance(table, str | Path) else table
    shapes = _chosen(table, split)
    module = model if isinstance(model, torch.nn.Module) else load_model(model)
    encode, width = embedding_function(module, kind)
    name = check_feature_name(f"embedding/{name or _name_of(model, kind)}")
    info = {
        "model": str(model) if isinstance(model, str | Path) else type(model).__name__,
        "sha256": weights_hash(module),
        "kind": kind,
        "points": points or _config(module).points,
        "seed": seed,
        "precision": "bf16" if bf16 else "32",
        "width": width,
    }
    index = shapes.places
    parts = None
    if in_table:
        if overwrite:
            table.drop_features(name)
        rows = table.rows()
        todo = index[~rows.has(name)[index]] if name in rows.feature_shapes else index
        writer = into_table(table, name, info, len(todo), progress=progress, maker=_MAKER, other=_OTHER)
    else:
        assert file is not None
        parts, rows = VectorParts(file, info, overwrite=overwrite), table.rows()
        if parts.done > len(index) or parts.last_id not in (None, *rows.read(index[parts.done - 1 :][:1]).id.tolist()):
            raise InputError(f"the vectors in '{parts.folder}' are of other shapes: pass --overwrite to begin anew")
        todo = index[parts.done :]
        writer = FeatureWriter(parts.append, name, len(todo), progress=progress, maker=_MAKER)
    stream = CloudStream(
        module, open_collection([table]), todo, encode, EncodeSettings(
            points, batch_size or (512 if place.type == "cuda" else 64), str(place), precision, seed
        ),
    )  # fmt: skip
    if progress:
        had = f" ({len(index) - len(todo)} of {len(index)} are there already)" if len(todo) < len(index) else ""
        print(f"{len(todo)} shapes to encode on {place}{had}", file=sys.stderr)
    seconds = _run(stream, writer, len(todo), foretell=progress)
    missing = len(todo) - writer.written
    if file is not None and not missing:
        blocks = _from_table(table, name, shapes) if parts is None else _from_parts(parts, shapes)
        export_vectors(file, blocks, shapes.meta.classes, len(index), width)
        if parts is not None:
            parts.remove()
    return Embedded(
        name, writer.written, len(index) - len(todo), missing, width, seconds, writer.written / max(seconds, 1e-9),
        stream.waited / max(seconds, 1e-9), peak_memory(place), None if missing else file,
    )  # fmt: skip


def _run(stream: CloudStream, writer: FeatureWriter, total: int, *, foretell: bool) -> float:
    """Encode all, or until asked to stop; the seconds that took, the last write included."""
    began = time.monotonic()
    done, first = 0, (0, began)
    with Interrupt() as interrupt, writer, closing(stream.__iter__()) as batches:
        for ids, values in batches:
            writer.add(ids, values[:, None])
            done, now = done + len(ids), time.monotonic()
            if first[0] == 0:
                first = (done, now)  # warmed up from here on
            elif foretell and now - first[1] >= _ESTIMATE_AFTER:
                rate = (done - first[0]) / (now - first[1])
                left = (total - done) / rate
                print(f"{rate:.0f} clouds/s: about {duration(left)} to go", file=sys.stderr)
                foretell = False
            if interrupt.requested:
                break
    return time.monotonic() - began


def _from_table(table: ShapeTable, name: str, shapes: Shapes) -> Iterator[Vectors]:
    rows, split = table.rows(), shapes.split
    for start in range(0, len(shapes), _READ):
        some = slice(start, start + _READ)
        block = rows.read(shapes.places[some], [name], points=False)
        yield Vectors(block.id, split[some], shapes.label[some], block.features[name][:, 0])


def _from_parts(parts: VectorParts, shapes: Shapes) -> Iterator[Vectors]:
    start, split = 0, shapes.split
    for ids, values in parts.read():
        some = slice(start, start + len(ids))
        yield Vectors(ids, split[some], shapes.label[some], values)
        start += len(ids)


def _chosen(table: ShapeTable, split: str | None) -> Shapes:
    shapes = open_collection([table])
    if not len(shapes):
        raise InputError(f"{table.path} has no shapes: import or make some first")
    if split is None:
        return shapes
    index = shapes.in_split(split)
    if not len(index):
        have = ", ".join(repr(name) for name in shapes.splits)
        raise InputError(f"no shape of {table.path} is in the split '{split}'; it has {have}")
    return shapes.select(index)


def _device(device: str | None) -> torch.device:
    from pointrecon.devices import pick_device

    return pick_device(device or "auto")


def _config(model: torch.nn.Module) -> Any:
    return model.config


def _name_of(model: str | Path | torch.nn.Module, kind: str) -> str:
    """ "runs/parts/model" → "parts", "recon.pth" → "recon"; and the kind behind it where it is not the usual one."""
    if isinstance(model, torch.nn.Module):
        own = type(model).__name__.lower()
    else:
        path = Path(str(model)).absolute()
        own = path.parent.name if path.name == "model" else path.stem if path.suffix in (".pth", ".pt") else path.name
    own = re.sub(r"[^A-Za-z0-9_.-]+", "_", own) or "model"
    return own if kind == "recon" else f"{own}.{kind}"

"""One vector for every shape, into its table or a file: a stream that goes on where it was stopped."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.checks import checked
from pointrecon.encode_settings import EncodeSettings, encode_settings
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation.features import (
    PROJECTIONS,
    Encode,
    embedding_function,
    feature_of,
    largest,
    mean_direction,
    poses_for,
)
from pointrecon.evaluation.inputs import model_and_data, of_split, resolve_model, resolve_shapes
from pointrecon.interrupt import Interrupt
from pointrecon.lock import alone
from pointrecon.memory import peak_memory
from pointrecon.models.facts import weights_hash
from pointrecon.parser import READY_MODEL
from pointrecon.progress import plural
from pointrecon.retrieval.embedding_names import embedding_name
from pointrecon.retrieval.vector_files import VectorParts, check_export, export_vectors, parts_of
from pointrecon.screen import say
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.column_checks import check_feature_name
from pointrecon.shapes.table.feature_writer import FeatureWriter, into_table
from pointrecon.shapes.table.npz import plain_arrays
from pointrecon.shapes.table.shape_table import ShapeTable, open_table
from pointrecon.training.cloud_stream import CloudStream

_READ = 4096  # vectors read at once for the export
_MAKER = "the model"
_OTHER = "use the same, choose another --name, or pass --overwrite to make them anew"


@dataclass(frozen=True)
class Embedded:
    """What `embed` did."""

    name: str  # of the embeddings, such as "embedding/parts"
    added: int  # shapes embedded now
    already: int  # shapes that were embedded before
    width: int  # D, numbers a shape
    seconds: float  # of encoding
    clouds_per_second: float  # in them
    waiting: float  # share of them spent waiting for shapes to be read, 0 to 1
    peak_memory: int  # bytes, the device's (GPU) or the process's (CPU)
    out: Path | None  # the file written, or None


@checked
def embed(
    model: Any = READY_MODEL,
    data: Any = None,
    out: str | Path | None = None,
    *,
    feature: str | None = None,
    name: str | None = None,
    in_table: bool | None = None,
    split: str | None = None,
    with_: Sequence[str] = (),
    encode: Encode = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Embedded:
    """Embed every shape. Shapes that are embedded already are left out, so a killed job goes on.

    Args:
        model: a model or run folder, a released ``.pth``, a hub name, a module, or an image teacher's name: its
            raw features pooled over the views, to be compared around the mean of a collection. The model that comes
            along, where it and ``data`` are not both given.
        data: shapes, as `as_shapes` takes them. Embeddings go into a table; those of other shapes into ``out`` alone.
        out: write them, once all are there, to this ``.npz`` or ``.parquet`` file.
        feature: "recon" (the released one), "patches", "queries", "all" (see `extract_features`), or "image" or "text":
            the query projected into that teacher's space. Left out, "recon", or of an image teacher "views".
        name: the embeddings become ``embedding/<name>``; without it the model's name, and the feature where it is not
            the usual one.
        in_table: False leaves a table as it is; ``out`` alone is written.
        split: only the shapes of this split ("" for those without one).
        with_: what a ``.parquet`` has beside the vectors, of "thumbnails", "neighbors" and "map", as embedding-atlas
            and others read it: see `pointrecon.retrieval.vector_columns.BesideVectors`.
        encode, progress: as for `extract_features`.
        overwrite: make embeddings of this name, and the file, anew.

    Raises:
        InputError: an unknown feature or split, a model without that projection, no shapes, embeddings of this name
            made in another way, a file that exists, nothing to write to, or another process that makes the same.
        Stopped: by Ctrl-C or SIGTERM; what is done is written, and the same call goes on.
    """
    model, data = model_and_data(model, data)
    settings = encode_settings(encode)
    file = None if out is None else check_export(out, with_)  # before a folder is read
    table = table_of(data) if in_table is not False else None
    every = resolve_shapes(data if table is None else table)
    if in_table and table is None:
        raise InputError("these shapes are in no table that embeddings could go into; leave in_table out")
    if out is None and table is None:
        raise InputError("nothing would be written: give a file to write to (-o), or write into a table")
    if with_ and out is None:
        raise InputError(f"{', '.join(with_)} would go into a file beside the vectors: give one (-o something.parquet)")
    module, called = resolve_model(model)
    poses = poses_for(settings.poses, module, every)
    settings = replace(settings, poses=poses)
    name = check_feature_name(f"embedding/{name}" if name else embedding_name(model, feature, poses))
    with nullcontext() if table is None else table.making(name), nullcontext() if file is None else alone(file):
        # with parts beside it, it is what a call that was stopped is to replace, or had just written
        if file is not None and file.exists() and not overwrite and not parts_of(file).exists():
            raise InputError(f"'{file}' exists already: choose another name, or pass --overwrite")
        shapes = of_split(every if table is None else resolve_shapes(table), split)
        return _embed(module, called, shapes, table, file, feature, name, settings, with_, overwrite, progress)


def _embed(
    module: torch.nn.Module,
    called: str,
    shapes: Shapes,
    table: ShapeTable | None,
    file: Path | None,
    feature: str | None,
    name: str,
    settings: EncodeSettings,
    with_: Sequence[str],
    overwrite: bool,
    progress: bool,
) -> Embedded:
    feature = feature or feature_of(module, None)
    answer, width = embedding_function(module, feature)
    over = mean_direction if feature in PROJECTIONS else largest
    stream = CloudStream(module, shapes, np.arange(len(shapes)), answer, settings, over_poses=over)
    info = {
        "model": called,
        "sha256": weights_hash(module),
        "feature": feature,
        "points": stream.points,
        "seed": settings.seed,
        "precision": "bf16" if stream.bf16 else "32",
        "width": width,
    } | ({"poses": settings.poses} if settings.poses != "given" else {})
    done: Any = np.zeros(len(shapes), bool)
    parts: Any = None
    beside = _beside(table, name, shapes, overwrite)
    if table is not None and beside is None:
        if name in shapes.feature_shapes:
            done = shapes.has(name)
        writer = into_table(table, name, info, int((~done).sum()), progress=progress, maker=_MAKER, other=_OTHER)
    else:
        place = beside or file
        assert place is not None
        parts = VectorParts(place, info, overwrite=overwrite)
        last = shapes.read(np.array([parts.done - 1])).id[0] if parts.done <= len(shapes) else ""
        if parts.last_id not in (None, str(last)):
            raise InputError(f"the vectors in '{parts.folder}' are of other shapes: pass --overwrite to begin anew")
        done[: parts.done] = True
        writer = FeatureWriter(parts.append, name, int((~done).sum()), progress=progress, maker=_MAKER)
    todo = np.flatnonzero(~done)
    stream = CloudStream(module, shapes, todo, answer, settings, captured=True, over_poses=over)
    if progress:
        if "unknown" in shapes.ups and settings.poses != "any" and stream.model_up != "unknown":
            say(
                f"note: the shapes do not say which axis points up, and this model's is {stream.model_up}; where "
                "another is, say it when importing them (--up)",
                file=sys.stderr,
            )
        had = f" ({int(done.sum())} of {len(shapes)} are there already)" if done.any() else ""
        say(f"{name}: {plural(len(todo), 'shape')} to encode on {stream.device}{had}", file=sys.stderr)
    seconds = _run(stream, writer, len(todo))
    if file is not None:
        blocks = parts.read() if parts is not None else _from_table(table, name, shapes)
        export_vectors(file, blocks, shapes, width, with_)
    if table is not None and parts is not None:
        table.replace_features(name, ((ids, values[:, None]) for ids, values in parts.read()), info)
    if parts is not None:
        parts.remove()
    return Embedded(
        name, len(todo), int(done.sum()), width, seconds, len(todo) / max(seconds, 1e-9),
        stream.waited / max(seconds, 1e-9), peak_memory(stream.device), file,
    )  # fmt: skip


def table_of(data: Any) -> ShapeTable | None:
    """The table that embeddings can be written into; None for other shapes."""
    if isinstance(data, ShapeTable):
        return data
    if not isinstance(data, str | Path):
        return None
    place = Path(data)
    arrays = place.suffix == ".npz" and place.is_file() and plain_arrays(place)  # somebody's, which are only read
    table = place.suffix in (".lance", ".npz") or "://" in str(data)
    return open_table(data) if table and not arrays else None


def _beside(table: ShapeTable | None, name: str, shapes: Shapes, overwrite: bool) -> Path | None:
    """Where vectors that replace those of a table are collected, till all are there; None where none are replaced."""
    if table is None or not isinstance(table.path, Path):
        if table is not None and overwrite:
            table.drop_features(name)
        return None
    place = table.path.with_name(f".{table.path.name}.{name.replace('/', '.')}")
    begun = parts_of(place).exists()  # by a call that was stopped
    return place if begun or (overwrite and name in shapes.feature_shapes) else None


def _run(stream: CloudStream, writer: FeatureWriter, total: int) -> float:
    """Encode all; the seconds that took, the last write included. Stopped with what is done written."""
    began, done = time.monotonic(), 0
    with Interrupt() as interrupt, writer, closing(stream.__iter__()) as batches:
        for ids, values in batches:
            writer.add(ids, values[:, None])
            done += len(ids)
            if interrupt.requested:
                break
    if done < total:
        raise Stopped(interrupt.status)
    return time.monotonic() - began


def _from_table(table: Any, name: str, shapes: Shapes) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Ids (m,) and vectors (m, D) of the shapes, in their order."""
    written = resolve_shapes(table).select(shapes.places)
    for start in range(0, len(shapes), _READ):
        block = written.read(np.arange(start, min(start + _READ, len(shapes))), [name])
        yield block.id, block.features[name][:, 0]

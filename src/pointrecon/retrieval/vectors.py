"""Vectors of a collection, ready to be compared: centered and of length 1, and kept so."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.encode_settings import POSES, check_poses
from pointrecon.errors import InputError, did_you_mean
from pointrecon.models.files.ready import READY
from pointrecon.parser import READY_MODEL
from pointrecon.retrieval import near_cells
from pointrecon.retrieval.embedding_names import embedding_name
from pointrecon.retrieval.near_cells import NearCells, make_cells
from pointrecon.retrieval.prepared_store import PreparedStore, as_bytes, maker_mark, mapped, save_all, store_of
from pointrecon.retrieval.raw_vectors import BLOCK, FORM, Blocks, are_embedded, extract, extracted, stored
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    import torch


MODEL = READY_MODEL
TEACHER = "imagenet"  # whose pooled views are a vector of their own
VECTORS = ("auto", "model", "views", "fused", "form")
FEW = 32  # shapes below which a collection's mean says too little of what shapes have in common
_SAME = 0.99  # cosine of a vector and the one it was before: what others' coming and going changes


@dataclass(frozen=True)
class Vectors:
    """One vector a shape.

    Shape:
        values: (M, D) float32, in the order of ``shapes``: around the mean, of length 1, so that the product of two is
            their cosine. Of several makers (``fused``) each part is so, side by side, and weighs the same. Not to be
            written to: it may be a file mapped into memory.
        center: (D,) float32, what was taken away. widths: numbers of each maker's part, together D.
        given: the M shapes, or what opens them when they are first asked for. name: such as "embedding/made-nano".
        makers: whom a query must be embedded by: a model or the name of an image teacher, one for each part. poses: in
            which poses of it, see `posed`. cells: what finds the nearest of very many; None for fewer. viewed: how many
            shapes the image teacher's vectors are there of.
    """

    name: str
    values: np.ndarray
    center: np.ndarray
    widths: tuple[int, ...]
    given: Shapes | Callable[[], Shapes]
    makers: "tuple[str | Path | torch.nn.Module, ...]"
    poses: tuple[str, ...]
    cells: NearCells | None = None
    viewed: int = 0

    @cached_property
    def shapes(self) -> Shapes:
        """The M shapes; InputError where the table is another one by now."""
        shapes = self.given() if callable(self.given) else self.given
        if len(shapes) != len(self.values):
            raise InputError(f"{shapes.name} was changed since its vectors were read: run the command again")
        return shapes

    def prepare(self, raw: Sequence[np.ndarray]) -> np.ndarray:
        """What the makers said of other shapes, each (Q, its width), as ``values`` are: (Q, D) float32."""
        starts = np.cumsum([0, *self.widths])
        return unit_parts(raw, [self.center[a:b] for a, b in zip(starts[:-1], starts[1:], strict=True)])

    def embed(self, shapes: Any) -> np.ndarray:
        """Other shapes, as `as_shapes` takes them, as ``values`` are: (Q, D) float32."""
        how = zip(self.makers, self.poses, strict=True)
        return self.prepare([extract(maker, shapes, poses) for maker, poses in how])


def collection_vectors(
    data: Any,
    *,
    model: "str | Path | torch.nn.Module" = MODEL,
    vector: str = "auto",
    poses: str = "auto",
    progress: bool = True,
) -> Vectors:
    """One vector for every shape, centered and brought to length 1; those a table lacks are embedded into it first.

    Beside a table on disk they are kept prepared, so that the next call reads neither the table nor the model.

    Args:
        data: a table, or any other shapes that `as_shapes` takes, whose vectors are made anew by each call.
        model: a model folder, run, released ``.pth``, "made-nano", a module, or an image teacher's name.
        vector: "model", "views" (the pooled pictures of the teacher "imagenet"), "fused" (both, of equal weight), or
            "auto": fused where a table has "embedding/imagenet" of all its shapes, else the model's; "form" is what no
            rotation, mirroring or scaling changes, see `pointrecon.geometry.form`; not compared around a mean.
        poses: each shape as it is ("given"), turned by quarters about its up axis ("turned"), in the 24 poses that its
            own axes can lie in ("any": a copy that lies otherwise has the same vector), or "auto": any where nobody
            knows which axis points up, else turned. Image teachers see shapes from all around, as they are.
        progress: show what is embedded.

    Raises:
        InputError: an unknown vector or pose, no shapes, or what `pointrecon.embed` raises.
    """
    check_vector(vector)
    check_poses(poses)
    store = store_of(getattr(data, "path", data))
    key = None if store is None else _key(store, model, vector, poses)
    kept = store.read(_kind(vector), key) if store is not None and key is not None else None
    if kept is None:
        return _made(data, model, vector, poses, progress)
    return _kept(*kept, lambda: _shapes(data), model)


def are_prepared(data: Any, model: Any, vector: str, poses: str) -> bool:
    """Whether `collection_vectors` finds them as they are kept, and need not embed."""
    store = store_of(getattr(data, "path", data))
    key = None if store is None else _key(store, model, vector, poses)
    return store is not None and key is not None and store.read(_kind(vector), key) is not None


def check_vector(vector: str) -> None:
    """InputError for a word that is none of `VECTORS`."""
    if vector not in VECTORS:
        hint = did_you_mean(vector, VECTORS, f"take one of {', '.join(VECTORS)}")
        raise InputError(f"there is no vector '{vector}'; {hint}")


def check_makers(model: Any, vector: str) -> None:
    """InputError for an unknown vector, or where what makes it cannot be loaded: to be told before shapes are read."""
    check_vector(vector)
    for maker in _makers(model, "model" if vector == "auto" else vector):
        if maker == FORM or (str(maker) in READY and not Path(str(maker)).exists()):
            continue  # it comes along: a call that only reads what is kept need not load it
        from pointrecon.evaluation.inputs import resolve_model

        resolve_model(maker)


def unit_parts(parts: Sequence[np.ndarray], centers: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors of the same shapes, each part around its center and of equal length, side by side at length 1 in all."""
    found = []
    for part, center in zip(parts, centers, strict=True):
        found.append(unit_length(np.asarray(part, np.float32) - center) / np.float32(np.sqrt(len(parts))))
    return np.concatenate(found, axis=1)


def unit_length(values: np.ndarray) -> np.ndarray:
    """Vectors (..., D) at length 1; those of length 0 as they are."""
    length = np.linalg.norm(values, axis=-1, keepdims=True)
    return (values / np.maximum(length, np.finfo(np.float32).tiny)).astype(np.float32)


def settled_poses(maker: Any, asked: str, shapes: Shapes) -> str:
    """The poses in which a maker looks at shapes; an image teacher, whose pictures cost much, at them as they are.

    To a form all poses are one.
    """
    from pointrecon.evaluation.features import poses_for
    from pointrecon.evaluation.inputs import resolve_model

    if maker in (TEACHER, FORM) or asked == "given":
        return "given"
    return poses_for(asked, resolve_model(maker)[0], shapes)


def _shapes(data: Any) -> Shapes:
    from pointrecon.evaluation.inputs import resolve_shapes

    return resolve_shapes(data)


def _makers(model: Any, vector: str) -> tuple[Any, ...]:
    return {"model": (model,), "views": (TEACHER,), "fused": (model, TEACHER), "form": (FORM,)}[vector]


def _kind(vector: str) -> str:
    return f"vectors-{vector}"


def _key(store: PreparedStore, model: Any, vector: str, poses: str) -> str | None:
    """What the prepared vectors depend on; None where that cannot be told."""
    makers = dict.fromkeys([model, TEACHER] if vector == "auto" else _makers(model, vector))
    marks = [maker_mark(maker) for maker in makers]
    names = [embedding_name(maker, None, how).replace("/", ".", 1) for maker in makers for how in POSES]
    state = store.state("shapes", *names, *(f"NEW.{name}" for name in names))
    return None if None in marks else json.dumps([vector, poses, state, names, marks])


def _made(data: Any, model: Any, vector: str, poses: str, progress: bool) -> Vectors:
    """The vectors, and kept where they can be."""
    from pointrecon.retrieval.embedding import table_of

    table = table_of(data)
    shapes = _shapes(data if table is None else table)
    if not len(shapes):
        raise InputError(f"{shapes.name} has no shapes: import or make some first")
    chosen, views = vector, f"embedding/{TEACHER}"
    viewed = int(shapes.has(views).sum()) if views in shapes.feature_shapes else 0
    if vector == "auto":
        chosen = "fused" if viewed == len(shapes) and model != TEACHER else "model"
    makers = _makers(model, chosen)
    how = tuple(settled_poses(maker, poses, shapes) for maker in makers)
    store = store_of(None if table is None else table.path)
    key = None
    if table is not None and not are_embedded(table, makers, how, progress):
        table = None
    if table is not None:
        key = None if store is None else _key(store, model, vector, poses)
        shapes = _shapes(table)
        found = [stored(shapes, embedding_name(maker, None, own)) for maker, own in zip(makers, how, strict=True)]
    else:
        found = [extracted(shapes, maker, poses=own, progress=progress) for maker, own in zip(makers, how, strict=True)]
    widths, parts = tuple(width for width, _ in found), [blocks for _, blocks in found]
    every = zip(parts, makers, how, strict=True)
    centers = [_center(blocks, len(shapes), maker, own) for blocks, maker, own in every]
    names = [embedding_name(maker, None, own) for maker, own in zip(makers, how, strict=True)]
    name, center = " + ".join(names), np.concatenate(centers)
    told: dict[str, Any] = {"name": name, "widths": widths, "vector": chosen, "poses": how, "viewed": viewed}

    def fill(folder: Path) -> dict[str, int]:
        values = mapped(folder / "values.npy", (len(shapes), sum(widths)))
        _prepare(parts, centers, values)
        values.flush()
        lengths = {"values": len(values)} | save_all(folder, [("center", center)])
        if len(values) >= near_cells.LEAST:
            ids = as_bytes(np.asarray([*shapes.ids()], np.str_))
            lengths |= save_all(folder, [("ids", ids)])
            told["cells"], more = make_cells(values, folder, _before(store, vector, told, ids, values))
            lengths |= more
        if store is None or _key(store, model, vector, poses) != key:  # others changed the table meanwhile
            raise OSError
        return lengths

    if store is not None and key is not None and store.write(_kind(vector), key, told, fill):
        kept = store.read(_kind(vector), key)
        if kept is not None:
            return _kept(*kept, shapes, model)
    values = np.empty((len(shapes), sum(widths)), np.float32)
    _prepare(parts, centers, values)
    return Vectors(name, values, center, widths, shapes, makers, how, viewed=viewed)


def _kept(
    told: dict[str, Any], arrays: dict[str, np.ndarray], given: Shapes | Callable[[], Shapes], model: Any
) -> Vectors:
    """The vectors of an entry."""
    values, center = arrays["values"], np.array(arrays["center"])
    cells = NearCells.opened(values, told.get("cells", {}), arrays)
    makers, poses = _makers(model, told["vector"]), tuple(told["poses"])
    how, viewed = tuple(told["widths"]), told.get("viewed", 0)
    return Vectors(told["name"], values, center, how, given, makers, poses, cells, viewed)


def _before(
    store: PreparedStore | None, vector: str, told: dict[str, Any], ids: np.ndarray, values: np.ndarray
) -> tuple[NearCells, np.ndarray] | None:
    """Cells of an earlier state of a table, and (M,) where each shape was in it, -1 where its vector is a new one."""
    for old, arrays in [] if store is None else store.older(_kind(vector)):
        cells = NearCells.opened(arrays["values"], old.get("cells", {}), arrays) if "ids" in arrays else None
        if cells is None or (old["name"], old["widths"]) != (told["name"], list(told["widths"])):
            continue
        order = np.argsort(arrays["ids"])
        spot = np.minimum(np.searchsorted(arrays["ids"][order], ids), len(order) - 1)
        was = np.where(arrays["ids"][order[spot]] == ids, order[spot], -1)
        for start in range(0, len(ids), BLOCK):
            mine = was[start : start + BLOCK]
            same = np.einsum("ij,ij->i", values[start : start + BLOCK], cells.values[mine])
            mine[same < _SAME] = -1
        if (was >= 0).mean() > 0.5:
            return cells, was
    return None


def _prepare(parts: Sequence[Blocks], centers: Sequence[np.ndarray], values: np.ndarray) -> None:
    start = 0
    for raw in zip(*(blocks() for blocks in parts), strict=True):
        values[start : start + len(raw[0])] = unit_parts(raw, centers)
        start += len(raw[0])


def _center(blocks: Blocks, count: int, maker: Any, poses: str) -> np.ndarray:
    """(D,) the mean of a collection; of a small one together with shapes made here, as if it had `FEW`.

    Of forms 0: how far two are apart says by itself what noise alone would explain, in whatever collection.
    """
    if maker == FORM:
        return np.zeros(next(blocks()).shape[1], np.float32)
    mean = np.sum([block.sum(0, dtype=np.float64) for block in blocks()], axis=0) / count
    if count < FEW:
        share = count / FEW
        mean = share * mean + (1 - share) * extract(maker, _made_shapes(), poses).mean(0, dtype=np.float64)
    return mean.astype(np.float32)


@cache
def _made_shapes() -> Any:
    from pointrecon.shapes.made.making import make_shapes

    return make_shapes(None, count=FEW, family="both", points=1024, workers=1)

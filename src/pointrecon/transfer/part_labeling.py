"""Label the parts of shapes with a segmentation model, and write them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from pointrecon.devices import pick_device
from pointrecon.encode_settings import EncodeSettings, encode_settings
from pointrecon.errors import InputError, did_you_mean
from pointrecon.evaluation.inputs import of_split, resolve_model, resolve_shapes, shapes_name
from pointrecon.files import made_aside, whole_folder
from pointrecon.lock import alone
from pointrecon.progress import Bar, plural
from pointrecon.shapes import ShapeArrays, create_table
from pointrecon.shapes.readers.ply import write_parts
from pointrecon.shapes.table.shape_table import ShapeTable, check_replaceable
from pointrecon.transfer.part_answers import categories_of, part_answers, part_names_of
from pointrecon.transfer.part_figure import part_colors

_TABLES = (".lance", ".npz")
_BLOCK = 512  # shapes labeled between two writes
_Write = Callable[[ShapeArrays, Sequence[list[int]]], None]


@dataclass(frozen=True)
class LabeledParts:
    """What `label_parts` found."""

    id: np.ndarray  # (M,) str
    part: np.ndarray  # (M, N) int16, index into `names`
    names: list[str]  # of all parts
    out: Path | None  # what was written, or None
    # id → class ("" for none) of shapes whose category the model does not know
    skipped: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what to know of them: whose category a model guessed


def label_parts(
    model: str | Path | nn.Module,
    data: Any,
    out: str | Path | None = None,
    *,
    category: str | None = None,
    split: str | None = None,
    up: str = "unknown",
    encode: EncodeSettings | Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> LabeledParts:
    """Label every point of shapes with one of the parts of its shape's category.

    Args:
        model: a model folder or run that `segment` made, a released part segmentation ``.pth``, or a module.
        data: shapes, as `as_shapes` takes them.
        out: ``something.lance`` or ``something.npz`` for a table with these part labels (without teachers' features),
            ``something.ply`` for one shape in colors, anything else for a folder of such files; None writes nothing.
        category: of all shapes; without it that of their class, be it a model's guess, which a note tells. Shapes of a
            class that is no category of the model are left out, as long as there are others.
        split: only this split of a table.
        up: the up axis of shapes that do not tell.
        encode: points that the encoder sees (all points are labeled), batch size, device and seed.
        overwrite: replace what ``out`` names.

    Raises:
        InputError: a model without a part head, no shape of a category it knows, data that cannot be read, or ``out``
            is there.
    """
    how = encode_settings(encode)
    module, _ = resolve_model(model)
    categories_of(module)  # says that it tells no parts, before anything is written
    target = None if out is None else Path(out)
    with nullcontext() if target is None else alone(target):
        _check_target(target, overwrite)
        return _labeled(module, data, target, category, split, up, how, overwrite)


def _labeled(
    module: nn.Module,
    data: Any,
    target: Path | None,
    category: str | None,
    split: str | None,
    up: str,
    how: EncodeSettings,
    overwrite: bool,
) -> LabeledParts:
    categories, names = categories_of(module), part_names_of(module)
    shapes = of_split(resolve_shapes(data), split)
    if shapes.meta.up == "unknown":
        shapes.meta = replace(shapes.meta, up=up)
    ids = np.array(list(shapes.ids()), dtype=np.str_)
    classes = [shapes.meta.classes[n] if n >= 0 else "" for n in shapes.label.tolist()]
    every = _chosen(classes, list(categories), category)
    known = np.flatnonzero(every >= 0)
    skipped = {str(ids[i]): classes[i] for i in np.flatnonzero(every < 0)}
    if target is not None and target.suffix.lower() == ".ply" and len(known) != 1:
        raise InputError(
            f"one .ply takes one shape and {shapes_name(shapes)} has {len(known)}: name a folder or a table instead"
        )
    found: list[np.ndarray] = []
    with _writing(target, len(known), overwrite) as write, Bar("labeling", len(known)) as bar:
        for start in range(0, len(known), _BLOCK):
            mine = known[start : start + _BLOCK]
            some = shapes.select(mine)
            found += part_answers(
                module, some.relabeled(every[mine], list(categories)), points=how.points, batch_size=how.batch_size,
                device=pick_device(how.device), seed=how.seed, advance=bar.advance,
            )  # fmt: skip
            if target is not None:
                arrays = some.load()
                own = replace(arrays, part=found[-1], meta=replace(arrays.meta, part_names=names, up=shapes.meta.up))
                write(own, [list(categories.values())[number] for number in every[mine].tolist()])
    asked = category is None and len(categories) > 1
    count = int(shapes.guessed[known].sum()) if asked else 0
    note = (
        f"of {count} of {plural(len(known), 'shape')} a model guessed the class, and so the kind of parts: have people "
        "confirm them, with 'pointrecon label TABLE --from FILE', or give a category"
    )
    return LabeledParts(ids[known], np.concatenate(found), names, target, skipped, (note,) if count else ())


def _chosen(classes: Sequence[str], categories: list[str], category: str | None) -> np.ndarray:
    """(M,) int64 the category of each shape, -1 where the model knows none; InputError where that is all of them."""
    know = ", ".join(categories[:20]) + (", ..." if len(categories) > 20 else "")
    if category is not None and category not in categories:
        hint = did_you_mean(category, categories, f"it knows {know}")
        raise InputError(f"the model knows no category '{category}'; {hint}")
    if category is None and len(categories) == 1:
        category = categories[0]
    if category is not None:
        return np.full(len(classes), categories.index(category), np.int64)
    place = {name: number for number, name in enumerate(categories)}
    found = np.array([place.get(name, -1) for name in classes], np.int64)
    if (found < 0).all():
        name = classes[0]
        what = f"knows no category '{name}'" if name else "must be told the category of shapes without a class"
        raise InputError(f"the model {what}; give a category (it knows {know})")
    return found


def _check_target(target: Path | None, overwrite: bool) -> None:
    if target is None or not target.exists():
        return
    if target.suffix.lower() in _TABLES:
        check_replaceable(target, overwrite)
    elif not overwrite:
        raise InputError(f"'{target}' exists already: choose another name, or say overwrite")
    elif target.is_dir() != (target.suffix.lower() != ".ply") or any(
        file.suffix.lower() != ".ply" for file in (target.iterdir() if target.is_dir() else ())
    ):
        raise InputError(f"'{target}' holds something other than labeled clouds, so it is not overwritten")


@contextmanager
def _writing(target: Path | None, count: int, overwrite: bool) -> Iterator[_Write]:
    """A function that writes a block of shapes; all of them appear together when the work ends well."""
    if target is None:
        yield lambda arrays, parts: None
    elif target.suffix.lower() == ".npz":
        kept: list[ShapeArrays] = []
        yield lambda arrays, parts: kept.append(arrays)
        ShapeArrays.concatenate(kept).save(target)
    elif target.suffix.lower() == ".lance":
        with made_aside(target) as part:
            tables: list[ShapeTable] = []

            def append(arrays: ShapeArrays, parts: Sequence[list[int]]) -> None:
                if not tables:
                    tables.append(create_table(part, arrays.meta))
                tables[0].append(arrays)

            yield append
            if target.exists():
                check_replaceable(target, overwrite)
    elif target.suffix.lower() == ".ply":
        yield lambda arrays, parts: _ply(target, arrays, 0, parts[0])
    else:
        with whole_folder(target) as folder:
            written = 0

            def each(arrays: ShapeArrays, parts: Sequence[list[int]]) -> None:
                nonlocal written
                for i in range(len(arrays)):
                    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", str(arrays.id[i]))
                    _ply(folder / f"{written:0{len(str(count))}d}-{stem}.ply", arrays, i, parts[i])
                    written += 1

            yield each


def _ply(path: Path, arrays: ShapeArrays, i: int, parts: list[int]) -> None:
    assert arrays.part is not None
    write_parts(path, arrays.points[i], arrays.part[i], arrays.meta.part_names, part_colors(parts))

"""Add teachers' features to a shape table: pictures and captions in, one feature table per teacher out."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pointrecon.devices import pick_device
from pointrecon.errors import InputError
from pointrecon.shapes.table.feature_writer import into_table
from pointrecon.teachers.loading import load_image_teacher, load_text_teacher
from pointrecon.teachers.templates import apply, load_templates
from pointrecon.teachers.views import shape_pictures

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays
    from pointrecon.shapes.table.shape_table import ShapeTable
    from pointrecon.teachers.protocol import ImageTeacher, TextTeacher

_READ = 512  # shapes read from the table at once
_OTHER = "use the same, or another name for these ({0}_name, --{0}-name)"
_REMEMBER = 200_000  # sentences whose features are kept in memory, about 300 MB


@dataclass(frozen=True)
class Taught:
    """What `teach` did for one teacher.

    Attributes:
        name: of the features in the table, such as "text/minilm".
        added: shapes that got features now. already: shapes that had them. without: shapes that cannot have
            any.
        views: V, features a shape. width: D, numbers a feature. seconds: wall time.
    """

    name: str
    added: int
    already: int
    without: int
    views: int
    width: int
    seconds: float


def teach(
    table: "str | Path | ShapeTable",
    *,
    image: "str | Path | ImageTeacher | None" = None,
    text: "str | Path | TextTeacher | None" = None,
    views: int = 6,
    pictures: Literal["auto", "stored", "rendered"] = "auto",
    prompts: int | str | Path | Sequence[str] = 1,
    per_shape: int = 8,
    batch_size: int = 64,
    device: str | None = None,
    image_name: str | None = None,
    text_name: str | None = None,
    seed: int = 0,
    progress: bool = True,
) -> list[Taught]:
    """Compute teachers' features once, for every later pre-training run.

    Shapes that have the features already are skipped, so a killed run goes on where it stopped when the same
    call is made again.

    Args:
        table: an open table or its path.
        image: teacher for pictures, see `load_image_teacher`; its features become ``image/<name>``.
        text: teacher for captions, see `load_text_teacher`; its features become ``text/<name>``. Shapes
            without a caption get none.
        views: pictures a shape, V features for most teachers; "multiview" makes one feature of all of them.
        pictures: "stored" takes the table's pictures, "rendered" draws the clouds, "auto" takes stored ones
            where the table has some, except for "multiview", which wants drawings of its own kind.
        prompts: 1 or "plain": captions as they are; "released": the 60 templates of the released method; a
            text file or a list of templates with ``{}``.
        per_shape: features a shape at most. Every caption goes with every template; where those are more, as
            many are drawn, by `seed` and the shape's id. A shape with fewer repeats its own.
        batch_size: pictures or sentences encoded at once.
        device: such as "cpu" or "cuda"; None takes an accelerator where there is one.
        image_name, text_name: store under these names instead of the teachers' own, to keep several variants.
        progress: show a bar with the time to go on standard error.

    Returns:
        what was done, one record a teacher.

    Raises:
        InputError: nothing to do, an unknown teacher or template file, a table that has features of the same
            name made in another way, or a table that is damaged or empty.
    """
    from pointrecon.shapes.table.shape_table import open_table

    if image is None and text is None:
        raise InputError("there is nothing to teach: choose image (such as multiview), text (such as minilm) or both")
    for key, number in (("views", views), ("per_shape", per_shape), ("batch_size", batch_size)):
        if number < 1:
            raise InputError(f"{key} is {number}, but must be at least 1")
    if pictures not in ("auto", "stored", "rendered"):
        raise InputError(f"pictures='{pictures}' means nothing: use auto, stored or rendered")
    templates = load_templates(prompts)
    place = str(pick_device(device or "auto"))
    if isinstance(table, (str, Path)):
        table = open_table(table)
    if not len(table):
        raise InputError(f"{table.path} has no shapes: import or make some first")
    done = []
    if image is not None:
        looker = load_image_teacher(image, device=place) if isinstance(image, (str, Path)) else image
        done.append(_teach_pictures(table, looker, image_name, views, pictures, batch_size, place, progress))
    if text is not None:
        reader = load_text_teacher(text, device=place) if isinstance(text, (str, Path)) else text
        done.append(_teach_captions(table, reader, text_name, templates, per_shape, batch_size, seed, progress))
    return done


def _teach_pictures(
    table: "ShapeTable",
    teacher: "ImageTeacher",
    name: str | None,
    views: int,
    pictures: str,
    batch_size: int,
    device: str,
    progress: bool,
) -> Taught:
    import torch

    start = time.monotonic()
    name = f"image/{name or teacher.name}"
    already = table.feature_ids(name)
    todo = np.flatnonzero(~np.isin(table.ids(), list(already)))
    stored = pictures == "stored" or (pictures == "auto" and not teacher.together and _has_pictures(table))
    kept = 1 if teacher.together else views
    info = {
        **teacher.info,
        "pictures": "stored" if stored else teacher.shading,
        "from_views": views,
        "views": kept,
    }
    per_batch = max(1, batch_size // views)
    without = 0
    with into_table(table, name, info, len(todo), progress=progress, other=_OTHER.format("image")) as writer:
        for arrays in _take(table, todo):
            for first in range(0, len(arrays), per_batch):
                some = arrays.select(np.arange(first, min(first + per_batch, len(arrays))))
                there, seen = shape_pictures(some, teacher, views, stored=stored, device=device)
                without += len(some) - len(there)
                if not len(there):
                    continue
                found = teacher.encode(seen if teacher.together else torch.flatten(seen, 0, 1))
                writer.add(some.id[there], found.view(len(there), kept, -1).numpy())
    return Taught(name, writer.written, len(already), without, kept, teacher.width, time.monotonic() - start)


def _teach_captions(
    table: "ShapeTable",
    teacher: "TextTeacher",
    name: str | None,
    templates: Sequence[str],
    per_shape: int,
    batch_size: int,
    seed: int,
    progress: bool,
) -> Taught:
    start = time.monotonic()
    name = f"text/{name or teacher.name}"
    already = table.feature_ids(name)
    captions = _captions(table)
    most = max((len(own) for own in captions.values()), default=0)
    # every shape has the same number of features, those taught before included
    kept = int(table.feature_info(name).get("views", 0)) if already else min(per_shape, max(most, 1) * len(templates))
    info = {**teacher.info, "templates": list(templates), "per_shape": per_shape, "seed": seed, "views": kept}
    todo = [key for key, own in captions.items() if own and key not in already]
    known: dict[str, np.ndarray] = {}
    with into_table(table, name, info, len(todo), progress=progress, other=_OTHER.format("text")) as writer:
        step = max(1, 4 * batch_size // max(kept, 1))  # shapes at once: sorted by length, little is padded
        for first in range(0, len(todo), step):
            ids = todo[first : first + step]
            if len(known) > _REMEMBER:
                known.clear()
            sentences = [_sentences(captions[key], templates, kept, key, seed) for key in ids]
            # a caption shared by many shapes is encoded once
            fresh = sorted({s for own in sentences for s in own} - known.keys(), key=lambda s: (len(s), s))
            for begin in range(0, len(fresh), batch_size):
                batch = fresh[begin : begin + batch_size]
                known.update(zip(batch, teacher.encode(batch).numpy().astype(np.float32), strict=True))
            writer.add(np.array(ids), np.stack([np.stack([known[s] for s in own]) for own in sentences]))
    without = sum(1 for own in captions.values() if not own)
    return Taught(name, writer.written, len(already), without, kept, teacher.width, time.monotonic() - start)


def _sentences(captions: Sequence[str], templates: Sequence[str], count: int, key: str, seed: int) -> list[str]:
    """`count` filled templates of one shape: all, repeated if too few, or a draw fixed by the shape's id."""
    every = [text for caption in captions for text in apply(templates, caption)]
    if len(every) > count:
        digest = hashlib.sha256(f"{seed}/{key}".encode()).digest()
        chosen = np.random.default_rng(int.from_bytes(digest[:8], "big")).permutation(len(every))[:count]
        return [every[i] for i in sorted(chosen)]
    return [every[i % len(every)] for i in range(count)]


def _captions(table: "ShapeTable") -> dict[str, list[str]]:
    found = {}
    for arrays in _take(table, np.arange(len(table))):
        for key, own in zip(arrays.id.tolist(), arrays.captions, strict=True):
            found[key] = [caption for caption in own if caption.strip()]
    return found


def _has_pictures(table: "ShapeTable") -> bool:
    # one look at the first shapes: pictures are rendered for a whole table or for none
    first = table.take(np.arange(min(16, len(table)))).pictures
    return first is not None and any(first)


def _take(table: "ShapeTable", rows: np.ndarray) -> "Iterator[ShapeArrays]":
    for first in range(0, len(rows), _READ):
        yield table.take(rows[first : first + _READ])

"""Add teachers' features to a shape table: pictures seen, a feature a view or shape; captions read, each once."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pointrecon.devices import pick_device
from pointrecon.errors import InputError, Stopped
from pointrecon.interrupt import Interrupt
from pointrecon.shapes.table.feature_writer import into_table
from pointrecon.shapes.table.sentences import spoken
from pointrecon.teachers.loading import load_image_teacher, load_text_teacher
from pointrecon.teachers.picture_features import Looking, look
from pointrecon.teachers.templates import encode_filled, load_templates
from pointrecon.teachers.views import views_of

if TYPE_CHECKING:
    from pointrecon.shapes.table.shape_table import ShapeTable
    from pointrecon.teachers.protocol import ImageTeacher, TextTeacher

_READ = 128  # shapes read from the table at once, about
_OTHER = "use the same, or another name for these ({0}_name, --{0}-name)"


@dataclass(frozen=True)
class Taught:
    """What `teach` did for one teacher."""

    name: str  # of the features in the table, such as "text/minilm"
    added: int  # shapes that got features now
    already: int  # shapes that had them
    without: int  # shapes that cannot have any
    views: int  # V, features a shape, or T, templates a sentence
    width: int  # D, numbers a feature
    seconds: float  # wall time
    sentences: int | None = None  # that were encoded now; None for pictures


def teach(
    data: "str | Path | ShapeTable",
    *,
    image: "str | Path | ImageTeacher | None" = None,
    text: "str | Path | TextTeacher | None" = None,
    views: int | None = None,
    pictures: Literal["auto", "stored", "rendered"] = "auto",
    templates: str | Path | Sequence[str] = "plain",
    batch_size: int = 64,
    device: str = "auto",
    precision: str = "32",
    image_name: str | None = None,
    text_name: str | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> list[Taught]:
    """Compute teachers' features once, for every later pre-training run.

    What is there already is left as it is, shape by shape and sentence by sentence: after an interruption, or with new
    shapes in the table, the same call goes on.

    Args:
        data: a shape table or its path.
        image: teacher for pictures, see `load_image_teacher`; its features become ``image/<name>``.
        text: teacher for captions, see `load_text_teacher`; its features become ``text/<name>``. Each different caption
            of the table is encoded in every template and kept once, however many shapes have it.
        views: pictures a shape, V features for most teachers; "multiview" makes one feature of all of them. The
            teacher's own number when left out, 6 for most.
        pictures: "stored" takes the table's pictures, "rendered" draws the clouds, "auto" takes stored ones
            where the table has some, except for "multiview", which wants drawings of its own kind.
        templates: "plain": captions as they are; "released": the 60 templates of the released method; a text file or a
            list of templates with ``{}``. Pre-training draws one of them at each step.
        batch_size: pictures or sentences encoded at once.
        device: see `pointrecon.devices.pick_device`.
        precision: of "imagenet" on pictures, see `load_image_teacher`.
        image_name, text_name: store under these names instead of the teachers' own, to keep several variants.
        workers: processes that draw and look at clouds for the offline teachers on a processor; unset: one per core.
        progress: show a bar with the time to go on standard error.

    Returns:
        what was done, one record a teacher.

    Raises:
        InputError: nothing to do, an unknown teacher or template file, a table that has features of the same
            name made in another way, or a table that is damaged or empty.
        Stopped: by Ctrl-C or SIGTERM; what was made is kept.
    """
    from pointrecon.shapes.table.shape_table import open_table

    if image is None and text is None:
        raise InputError("there is nothing to teach: choose image (such as multiview), text (such as minilm) or both")
    for key, number in (("views", views), ("batch_size", batch_size), ("workers", workers)):
        if number is not None and number < 1:
            raise InputError(f"{key} is {number}, but must be at least 1")
    if pictures not in ("auto", "stored", "rendered"):
        raise InputError(f"pictures='{pictures}' means nothing: use auto, stored or rendered")
    filled, place = load_templates(templates), str(pick_device(device))
    table = open_table(data) if isinstance(data, str | Path) else data
    if not len(table):
        raise InputError(f"{table.path} has no shapes: import or make some first")
    if precision != "32" and not isinstance(image, str | Path):
        raise InputError(f"precision='{precision}' is for an image teacher that is loaded here; give its name as image")
    done = []
    with Interrupt() as stop:
        if image is not None:
            looker = image
            if isinstance(looker, str | Path):
                looker = load_image_teacher(looker, device=place, precision=precision)
            stored = pictures == "stored" or (pictures == "auto" and not looker.together and bool(table.picture_ids()))
            count = views or views_of(looker)
            looking = Looking(looker, count, stored, max(1, batch_size // count), place)
            name = f"image/{image_name or looker.name}"
            with table.making(name):
                done.append(_teach_pictures(table, looking, name, workers, stop, progress))
        if text is not None and not stop.requested:
            reader = load_text_teacher(text, device=place) if isinstance(text, str | Path) else text
            name = f"text/{text_name or reader.name}"
            with table.making(name):
                done.append(_teach_captions(table, reader, name, filled, batch_size, stop, progress))
    if stop.requested:
        raise Stopped(stop.status)
    return done


def _teach_pictures(
    table: "ShapeTable", looking: Looking, name: str, workers: int | None, stop: Interrupt, progress: bool
) -> Taught:
    start, teacher, kept = time.monotonic(), looking.teacher, looking.kept
    already = table.feature_ids(name)
    todo = np.flatnonzero(~np.isin(table.ids(), list(already)))
    made = {"pictures": "stored" if looking.stored else teacher.shading, "from_views": looking.views, "views": kept}
    without, info = 0, {**teacher.info, **made}
    with into_table(table, name, info, len(todo), progress=progress, other=_OTHER.format("image")) as writer:
        rows = table.rows()
        places = _blocks(todo, looking.size * max(1, _READ // looking.size), stop)
        blocks = (rows.take(index, pictures=looking.stored) for index in places)
        with closing(look(looking, blocks, looking.processes(workers, len(todo)))) as coming:
            for seen in coming:
                without += seen.without
                if len(seen.ids):
                    writer.add(seen.ids, seen.values)
                if stop.requested:
                    break
    return Taught(name, writer.written, len(already), without, kept, teacher.width, time.monotonic() - start)


def _teach_captions(
    table: "ShapeTable",
    teacher: "TextTeacher",
    name: str,
    templates: Sequence[str],
    batch_size: int,
    stop: Interrupt,
    progress: bool,
) -> Taught:
    start = time.monotonic()
    before = table.sentence_features(name)
    known = set(before.text if before else ())
    own = [set(spoken(captions)) for tags in table.tags() for captions in tags.captions]
    already = sum(not captions.isdisjoint(known) for captions in own)
    # sorted by length, so that little is padded
    fresh = np.array(sorted(set().union(*own) - known, key=lambda s: (len(s), s)), object)
    info, other = {**teacher.info, "templates": list(templates)}, _OTHER.format("text")
    with into_table(table, name, info, len(fresh), progress=progress, other=other, by_sentence=True) as writer:
        for some in _blocks(fresh, max(1, batch_size // len(templates)), stop):
            writer.add(some, encode_filled(teacher, some.tolist(), templates, batch_size).numpy())
            known.update(some)
    taught = sum(not captions.isdisjoint(known) for captions in own)
    without, seconds = sum(not captions for captions in own), time.monotonic() - start
    return Taught(
        name, taught - already, already, without, len(templates), teacher.width, seconds, sentences=writer.written
    )


def _blocks(items: np.ndarray, size: int, stop: Interrupt) -> Iterator[np.ndarray]:
    """Some at a time, until it is asked to stop."""
    for first in range(0, len(items), size):
        if stop.requested:
            return
        yield items[first : first + size]

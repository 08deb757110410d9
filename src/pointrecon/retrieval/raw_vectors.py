"""Vectors as their makers give them, raw: those that a table lacks are embedded into it, others are made in memory."""

import errno
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.models.files.ready import READY
from pointrecon.retrieval.embedding_names import embedding_name
from pointrecon.screen import say
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    from pointrecon.shapes.table.shape_table import ShapeTable

FORM = "form:spectra"  # who says what no rotation changes, see `pointrecon.geometry.form`; no path of a model
BLOCK = 8192  # vectors at once

Blocks = Callable[[], Iterator[np.ndarray]]  # vectors (m, D) of all shapes in order, some at a time


def embed_missing(
    table: "ShapeTable", maker: Any, *, feature: str | None = None, poses: str = "given", progress: bool = True
) -> str:
    """Embed the shapes of a table that were not: the vectors' name.

    Those by the model that came along with another release are made anew; InputError as `pointrecon.embed`: others by
    another maker.
    """
    from pointrecon.evaluation.inputs import resolve_shapes
    from pointrecon.retrieval.embedding import embed

    shapes, name = resolve_shapes(table), embedding_name(maker, feature, poses)
    whole = name in shapes.feature_shapes and bool(shapes.has(name).all())
    how = {"poses": poses}
    called = name.removeprefix("embedding/") if maker == FORM else None
    if stale := name in shapes.feature_shapes and _of_another_release(maker, table.feature_info(name)):
        say(f"note: the vectors '{name}' are of another release's {maker}: they are made anew", file=sys.stderr)
        whole = False
    # also where all are there: by whom?
    return embed(
        resolved(maker),
        table,
        feature=feature,
        name=called,
        encode=how,
        overwrite=stale,
        progress=progress and not whole,
    ).name


def are_embedded(table: "ShapeTable", makers: Sequence[Any], poses: Sequence[str], progress: bool) -> bool:
    """Embed what a table lacks by these makers, each in its poses: whether all is in the table now.

    False, with a warning, where the table cannot be written.
    """
    try:
        for maker, own in zip(makers, poses, strict=True):
            embed_missing(table, maker, poses=own, progress=progress)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        say(f"warning: '{table.path}' cannot be written: vectors are made anew each time", file=sys.stderr)
        return False
    return True


def stored(shapes: Shapes, name: str) -> tuple[int, Blocks]:
    """Width D and vectors of a table's shapes, raw; InputError where some have none."""
    from pointrecon.evaluation.joining import stored_blocks

    if name not in shapes.feature_shapes or not shapes.has(name).all():
        raise InputError(f"{shapes.name} was changed while its vectors were read: run the command again")
    return shapes.feature_shapes[name][1], lambda: stored_blocks(shapes, name)


def extracted(
    shapes: Shapes, maker: Any, *, feature: str | None = None, poses: str = "given", progress: bool = True
) -> tuple[int, Blocks]:
    """Width D and vectors of shapes in no table, raw; ``maker`` and ``feature`` are as for `pointrecon.embed`."""
    import torch

    from pointrecon.evaluation.features import embedding_function, encode_shapes, mean_direction
    from pointrecon.evaluation.inputs import resolve_model

    if feature is None:
        found = extract(maker, shapes, poses, progress=progress)
    else:
        module, _ = resolve_model(maker)
        embedding_function(module, feature)  # refuses one that the model lacks
        project = getattr(module, "project")  # noqa: B009
        (each,) = encode_shapes(
            module, shapes, lambda encoding: [project(encoding, feature)], encode={"poses": poses}, each_pose=True,
            progress=progress,
        )  # fmt: skip
        found = mean_direction(torch.from_numpy(each)).numpy()
    return found.shape[1], lambda: (found[start : start + BLOCK] for start in range(0, len(found), BLOCK))


def extract(maker: Any, shapes: Any, poses: str = "given", *, progress: bool = False) -> np.ndarray:
    """(M, D) float32, what a model or an image teacher says of shapes in no table."""
    from pointrecon.evaluation.features import extract_features

    return extract_features(resolved(maker), shapes, encode={"poses": poses}, progress=progress)


def resolved(maker: Any) -> Any:
    """What embeds in a maker's name: a module for `FORM`, else as it is."""
    if maker != FORM:
        return maker
    from pointrecon.evaluation.form_model import FormModel

    return FormModel()


def _of_another_release(maker: Any, info: dict[str, Any]) -> bool:
    """Whether these are vectors of a model that comes along, with other weights than it has here."""
    if not (isinstance(maker, str) and maker in READY and info.get("model") == maker and not Path(maker).exists()):
        return False
    from pointrecon.models import load_model
    from pointrecon.models.facts import weights_hash

    return info.get("sha256") != weights_hash(load_model(maker))

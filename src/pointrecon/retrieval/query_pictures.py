"""Pictures beside shapes: an image teacher's features of a photo or drawing, and of the shapes' own views."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.retrieval.prepared_store import PreparedStore, save_all
from pointrecon.retrieval.vectors import Vectors, unit_length

if TYPE_CHECKING:
    from torch import Tensor

    from pointrecon.evaluation.views_model import ViewsModel

_KIND = "pictures"
_SOME = 16  # shapes whose views tell what all pictures have in common


@dataclass(frozen=True)
class PictureSpace:
    """The shapes' pooled views, and the teacher that saw them; ``center`` (D,) is what single pictures share."""

    vectors: Vectors
    teacher: Any
    center: np.ndarray

    def vector(self, pictures: Sequence[Any]) -> np.ndarray:
        """(D,) what the teacher says of these pictures (files, or of PIL), around the center, at length 1.

        Of several the mean; a teacher that looks at all views of a shape at once takes them as that. InputError for a
        file that is no picture.
        """
        import torch

        seen = torch.cat([self._read(one) for one in pictures])
        found = self.teacher.encode(seen[None] if self.teacher.together else seen).numpy()
        return unit_length(unit_length(found - self.center).mean(0))

    def _read(self, picture: Any) -> "Tensor":
        from pointrecon.teachers.pictures import same_size

        return same_size(check_picture(picture)[None], self.teacher.size)


def check_picture(picture: Any) -> "Tensor":
    """(3, H, W) a picture's colors; InputError for a file that is none."""
    from pointrecon.teachers.pictures import decode, from_pil

    if not isinstance(picture, str | Path):
        if not hasattr(picture, "convert"):
            raise InputError(f"a picture is a file, or one of PIL, not {picture!r}")
        return from_pil(picture)
    path = Path(picture)
    if not path.is_file():
        raise InputError(f"there is no picture '{picture}': check the path")
    return decode(path.read_bytes(), f"'{picture}'", "give a PNG or JPEG")


def picture_space(vectors: Vectors, store: PreparedStore | None = None) -> PictureSpace:
    """The space of the image teacher that made these vectors, of a table whose ``store`` keeps what it needs.

    Where nothing is kept it looks at some of the shapes again.
    """
    from pointrecon.evaluation.inputs import resolve_model
    from pointrecon.evaluation.views_model import ViewsModel

    module, _ = resolve_model(vectors.makers[0])
    assert isinstance(module, ViewsModel)
    teacher = module.teacher
    if teacher.together:
        return PictureSpace(vectors, teacher, vectors.center)
    # the center of all vectors stands for the state of the table and the teacher
    key = hashlib.sha256(vectors.center.tobytes() + str(len(vectors.values)).encode()).hexdigest()
    if store is not None and (kept := store.read(_KIND, key)):
        return PictureSpace(vectors, teacher, np.array(kept[1]["center"]))
    center = _of_views(module, vectors)
    if store is not None:
        store.write(_KIND, key, {}, lambda folder: save_all(folder, [("center", center)]))
    return PictureSpace(vectors, teacher, center)


def _of_views(module: "ViewsModel", vectors: Vectors) -> np.ndarray:
    """(D,) the collection's center, moved by how the features of single views differ from pooled ones."""
    import torch

    from pointrecon.geometry.preparing import prepared_clouds
    from pointrecon.teachers.views import drawn, pooled

    shapes = vectors.shapes
    some = np.unique(np.linspace(0, len(shapes) - 1, _SOME).astype(np.int64))
    points = shapes.read(some).points.astype(np.float32)
    clouds = prepared_clouds(points, points.shape[1], up_from=shapes.meta.up, up_to=module.config.up)
    with torch.inference_mode():
        seen = drawn(clouds, module.teacher, module.views, up=module.config.up)
        found = module.teacher.encode(seen.flatten(0, 1)).view(len(clouds), module.views, -1)
        pooling = getattr(module.teacher, "pooling", "mean")
        return vectors.center + (found.mean((0, 1)) - pooled(found, pooling).mean(0)).numpy()

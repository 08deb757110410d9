"""Classes described by pictures: a folder each, seen by the image teacher, become one feature each."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointrecon.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from pointrecon.teachers.protocol import ImageTeacher

_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}


def picture_class_matrix(
    teacher: "ImageTeacher", folder: str | Path, classes: Sequence[str], *, batch_size: int = 64
) -> "Tensor":
    """One unit vector per class from ``folder/<class>/*.png``: the mean of its pictures' features, at length 1.

    Folders directly in a class's folder are read too. A teacher that sees all views of a shape together
    ("multiview") takes the pictures of one folder for views of one shape, at equal steps around its up axis in the
    order of their names.

    Args:
        teacher: sees the pictures.
        folder: has one folder per class, named as the class is (capitals, spaces and underscores aside); others are
            left alone.
        classes: K names.
        batch_size: pictures encoded at once.

    Returns:
        (K, D) float32.

    Raises:
        InputError: no such folder, a class without pictures, or a picture that cannot be read.
    """
    import torch

    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"there is no folder '{folder}' with pictures of the classes, one folder for each")
    own = {_plain(entry.name): entry for entry in sorted(place.iterdir()) if entry.is_dir()}
    if missing := [name for name in classes if _plain(name) not in own]:
        raise InputError(f"'{folder}' has no folder for the class '{missing[0]}'; give every class one with pictures")
    rows = []
    for name in classes:
        groups = _groups(own[_plain(name)])
        if not groups:
            raise InputError(f"'{own[_plain(name)]}' has no pictures (PNG or JPEG) for the class '{name}'")
        if teacher.together:
            found = torch.cat([teacher.encode(_read(files, teacher.size)[None]) for files in groups])
        else:
            files = [file for files in groups for file in files]
            parts = [files[i : i + batch_size] for i in range(0, len(files), batch_size)]
            found = torch.cat([teacher.encode(_read(part, teacher.size)) for part in parts])
        rows.append(found.mean(0))
    return torch.nn.functional.normalize(torch.stack(rows), dim=1)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _groups(folder: Path) -> list[list[Path]]:
    """The pictures of a folder, and those of each folder in it."""
    places = [folder, *(entry for entry in sorted(folder.iterdir()) if entry.is_dir())]
    every = ([f for f in sorted(place.iterdir()) if f.suffix.lower() in _ENDINGS] for place in places)
    return [files for files in every if files]


def _read(files: Sequence[Path], size: int) -> "Tensor":
    """(B, 3, size, size) in 0..1."""
    import torch

    from pointrecon.teachers.pictures import decode, same_size

    return torch.cat([same_size(decode(file.read_bytes(), f"'{file}'")[None], size) for file in files])

"""Pictures of ShapeNet-55's shapes, in the folders they are handed around in.

ReCon: ``shapenet_img/SYNSET-ID.png``; VPP: ``shapenet_img/SYNSET/ID-0.png``; ULIP: ``only_rgb_depth_images`` or
``rendered_images``, each with ``SYNSET-ID/SYNSET-ID_r_000.png`` or the files alone; 3D-R2N2 and CrossPoint:
``ShapeNetRendering/SYNSET/ID/rendering/00.png``. Depth, normal and albedo pictures among them are passed over.
"""

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.clouds import Cloud

FOLDERS = ("shapenet_img", "only_rgb_depth_images", "rendered_images", "ShapeNetRendering")
_SUFFIXES = (".png", ".jpg", ".jpeg")
_VIEW = re.compile(r"(?:_r_|-)\d{1,3}$")  # behind the shape's name
_NO_PHOTO = re.compile(r"_(?:depth|normal|albedo|id|mask)\d*$")
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


@dataclass
class PicturedEntry(Entry):
    """A cloud's file, and its pictures."""

    pictures: list[Path] = field(default_factory=list)  # files, or folders of them
    views: int = 1  # how many to take, evenly spread over those there are

    def read(self, points: int, seed: int) -> Cloud:
        """The cloud with the pictures that can be read; a note tells of the others. Raises InputError, OSError."""
        shape = super().read(points, seed)
        assert isinstance(shape, Cloud)
        notes = [shape.note] if shape.note else []
        for path in self._chosen(notes):
            try:
                content = path.read_bytes()
            except OSError as error:
                notes.append(f"{path.name} cannot be opened ({error.strerror or error}), left out")
                continue
            if wrong := _fault(content):
                notes.append(f"{path.name} {wrong}, left out")
            else:
                shape.pictures.append(content)
        shape.note = "; ".join(notes)
        return shape

    def _chosen(self, notes: list[str]) -> list[Path]:
        paths: list[Path] = []
        for path in self.pictures:
            inside = list(_pictures_in(path)) if path.is_dir() else [path]
            if not inside:
                notes.append(f"{path.name} holds no PNG or JPEG picture")
            paths += inside
        count = min(self.views, len(paths))
        return [paths[number * len(paths) // count] for number in range(count)]


def find_pictures(folder: Path, names: Collection[str]) -> dict[str, list[Path]]:
    """Shape (``SYNSET-ID``) → its pictures, or the folder that holds them, where there are some in a layout above."""
    split = {name: name.partition("-")[::2] for name in names}
    top = _listed(folder, set(names))
    below: dict[str, dict[str, list[Path]]] = {}
    for synset in sorted({synset for synset, _ in split.values()}):
        if synset in top:
            below[synset] = _listed(folder / synset, {model for other, model in split.values() if other == synset})
    found = {name: top.get(name) or below.get(synset, {}).get(model) for name, (synset, model) in split.items()}
    return {name: paths for name, paths in found.items() if paths}


def _listed(folder: Path, wanted: set[str]) -> dict[str, list[Path]]:
    """Name → the pictures of that name, its views, or the folder of that name."""
    listed: dict[str, list[Path]] = {}
    if not folder.is_dir():
        return listed
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = Path(entry.path)
            if entry.is_dir():
                listed.setdefault(entry.name, []).append(path)
            elif _is_photo(path):
                name = path.stem if path.stem in wanted else _VIEW.sub("", path.stem)
                listed.setdefault(name, []).append(path)
    return listed


def _pictures_in(folder: Path) -> Iterator[Path]:
    folder = folder / "rendering" if (folder / "rendering").is_dir() else folder
    yield from (path for path in sorted(folder.iterdir()) if _is_photo(path))


def _is_photo(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return not hidden and path.suffix.lower() in _SUFFIXES and _NO_PHOTO.search(path.stem) is None


def _fault(content: bytes) -> str:
    """What is wrong with a picture, or "": told from its first and last bytes."""
    if not content.startswith((_PNG, _JPEG)):
        return "is no PNG or JPEG picture"
    whole = b"IEND" in content[-64:] if content.startswith(_PNG) else b"\xff\xd9" in content[-64:]
    return "" if whole else "is cut short"

"""What a search needs of a table, prepared once and kept beside it: the next search opens neither table nor model.

Every entry is a folder of arrays that are mapped into memory, under a name that tells from which state of the table and
from which model it was made: what is there is right, and what is not is made anew. Entries may be removed at any time.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon import __version__
from pointrecon.documents import read_json
from pointrecon.files import remove, sweep, whole_folder
from pointrecon.models.files.ready import READY
from pointrecon.retrieval.folder_table import is_table

FOLDER = ".search"
_FORMAT = 1  # of the entries: another one is another name
_ABOUT = "about.json"
_ZEROS = 1 << 24  # bytes written at once


class PreparedStore:
    """The entries of one table on this machine's disk.

    Attributes:
        path: of the table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        inside = path / FOLDER  # goes where the table goes
        self.folder = inside if path.suffix != ".npz" else path.with_name(f".{path.name}{FOLDER}")

    def state(self, *names: str) -> str:
        """A mark that differs whenever these parts of the table ("shapes", "about", "embedding.x") do; no file is read.

        Every change of a Lance table leaves a new file of its name for the version; a .npz file is written anew.
        """
        digest = hashlib.sha256()
        for name in names if self.path.is_dir() else ("",):
            place = self.path / f"{name}.lance" if name else self.path
            digest.update(json.dumps([name, *_marks(place)]).encode())
        return digest.hexdigest()[:32]

    def read(self, kind: str, key: str) -> "tuple[dict[str, Any], dict[str, np.ndarray]] | None":
        """What was kept under this kind and key: what is told of it, and its arrays; None where there is none."""
        return _read(self._place(kind, key))

    def older(self, kind: str) -> "Iterator[tuple[dict[str, Any], dict[str, np.ndarray]]]":
        """All that was kept under this kind, of whatever state of the table."""
        for place in sorted(self.folder.glob(f"{kind}-*")):
            if found := _read(place):
                yield found

    def write(self, kind: str, key: str, told: dict[str, Any], fill: Callable[[Path], dict[str, int]]) -> bool:
        """Keep an entry in the place of those of its kind; False where nothing can be written here.

        ``fill`` writes ``.npy`` files into the folder it is given, and tells their names and lengths.
        """
        place = self._place(kind, key)
        try:
            with whole_folder(place) as folder:
                arrays = fill(folder)
                content = {"told": told, "arrays": arrays}
                (folder / _ABOUT).write_text(json.dumps(content), encoding="utf-8")
        except OSError:
            return False
        for old in self.folder.glob(f"{kind}-*"):
            if old != place:
                remove(old)
        return True

    def _place(self, kind: str, key: str) -> Path:
        return self.folder / f"{kind}-{hashlib.sha256(f'{_FORMAT} {key}'.encode()).hexdigest()[:24]}"


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        about = dict(read_json(folder / _ABOUT))
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r" if size else None, allow_pickle=False)
            for name, size in about["arrays"].items()
        }
        if all(len(array) == about["arrays"][name] for name, array in arrays.items()):
            return about["told"], arrays
    return None


def store_of(path: Any) -> PreparedStore | None:
    """The store of a table; None where it is on object storage or there is none."""
    if not isinstance(path, str | Path) or "://" in str(path) or not is_table(path) or not Path(path).exists():
        return None
    store = PreparedStore(Path(path))
    if store.folder.is_symlink():
        return None  # a table from somebody else may not have us write elsewhere
    sweep(store.folder)  # where all is there already nothing is written, which would do it
    return store


def maker_mark(maker: Any) -> str | None:
    """What tells a model or image teacher from others without loading it; None where that takes more."""
    path = Path(str(maker))
    if not isinstance(maker, str | Path):
        from pointrecon.models.facts import weights_hash

        return weights_hash(maker)
    if not path.exists():
        return f"ready {READY[str(maker)]}" if str(maker) in READY else f"teacher {maker} {__version__}"
    found = [file for file in (path, path / "model.safetensors", path / "model/model.safetensors") if file.is_file()]
    return json.dumps([str(path.resolve()), *_marks(found[0])]) if found else None


def folder_marks(folder: Path) -> str:
    """A mark that differs when files below a folder, or the one file, come, go or change: by names, sizes, times."""
    digest = hashlib.sha256(json.dumps(_marks(folder) if folder.is_file() else []).encode())
    for place, folders, files in sorted(os.walk(folder)):
        folders[:] = [name for name in folders if not name.startswith(".") and not name.endswith(".lance")]
        for name in sorted(files):
            with suppress(OSError):
                found = os.stat(os.path.join(place, name))
                digest.update(json.dumps([place, name, found.st_size, found.st_mtime_ns, found.st_ino]).encode())
    return digest.hexdigest()[:32]


def as_bytes(texts: np.ndarray) -> np.ndarray:
    """Texts (M,) in UTF-8, a quarter of the size."""
    return np.char.encode(texts, "utf-8") if len(texts) else texts.astype("S1")


def mapped(path: Path, shape: tuple[int, ...]) -> np.memmap:
    """A float32 ``.npy`` file of zeros to fill through memory, with its room on the disk taken.

    Without that, a disk that is full when a page is written ends the process (SIGBUS).

    Raises:
        OSError: when the disk has no room for it.
    """
    array = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    with path.open("r+b") as file:
        size = path.stat().st_size
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:  # macOS, Windows
            file.seek(array.offset)
            for start in range(array.offset, size, _ZEROS):
                file.write(bytes(min(_ZEROS, size - start)))
    return array


def save_all(folder: Path, arrays: Iterable[tuple[str, np.ndarray]]) -> dict[str, int]:
    """Write arrays as ``.npy`` files; their names and lengths."""
    lengths = {}
    for name, array in arrays:
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
        lengths[name] = len(array)
    return lengths


def _marks(place: Path) -> list[Any]:
    try:
        found = place.stat()
        if not place.is_dir():
            return [found.st_ino, found.st_size, found.st_mtime_ns]
        return [found.st_ino, sorted(os.listdir(place / "_versions"))]
    except OSError:
        return []

"""One collection, opened once and asked by many at a time: the answers are those of the commands, ready for JSON."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pointrecon import __version__
from pointrecon.checks import check_whole
from pointrecon.errors import InputError
from pointrecon.retrieval.asking import WEIGHTS
from pointrecon.retrieval.conditions import fits
from pointrecon.retrieval.folder_table import originals
from pointrecon.retrieval.index import Index
from pointrecon.retrieval.known_columns import COLUMNS
from pointrecon.retrieval.prepared_store import folder_marks, store_of
from pointrecon.retrieval.query_shapes import place_of_name, query_shapes
from pointrecon.retrieval.question import Question
from pointrecon.server.refusals import NotThere, Unreadable
from pointrecon.server.uploads import Upload
from pointrecon.shapes.importers.skipped_files import count_skipped
from pointrecon.shapes.readers.read import SUFFIXES
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.fact_rows import known_rows
from pointrecon.shapes.table.summary import describe

MOST_LISTED = 500  # shapes told at once
PIXELS = (32, 512)  # least and most of a picture
_PICTURES = 4096  # kept in memory
Answer = TypeVar("Answer")


class ServedCollection:
    """A collection for a server: as `Index`, for several threads; it follows its table when others change that."""

    def __init__(
        self,
        data: Any,
        *,
        model: Any,
        vector: str = "auto",
        poses: str = "auto",
        table: str | Path | None = None,
        progress: bool = True,
        **imports: Any,
    ) -> None:
        """Say what is to be opened, as for `Index.open`; `index` opens it when it is first wanted."""
        self.data, self.model = data, model
        self._by: dict[str, Any] = {"model": model, "vector": vector, "poses": poses}
        self._how = {**self._by, "progress": progress}
        self._imports = imports if table is None else {"table": table, **imports}
        self._index: Index | None = None
        self._state = self._marks = ""
        self.revision = 0  # how often it was opened
        self._opening, self._words, self._forms, self._doubles = (threading.RLock() for _ in range(4))
        # each reads or encodes what was sent; more at once would be no faster, and take memory
        self._heavy = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
        self._duplicates: tuple[Any, dict[str, Any]] | None = None
        self._described: tuple[int, dict[str, Any]] | None = None
        self._picture = lru_cache(_PICTURES)(self._drawn)

    def index(self) -> Index:
        """The collection as it is now: opened, and anew where its table was changed by others."""
        with self._opening:
            if self._index is None:
                return self._open(self.data, self._imports)
            if self._now(self._index) != self._state:
                return self._open(self._index.given, {})
            return self._index

    def refresh(self) -> dict[str, Any]:
        """Read what is new or changed in the folder, as every command does: how many shapes there were and are."""
        with self._opening:
            before = 0 if self._index is None else len(self._index)
            return {"before": before, "shapes": len(self._open(self.data, self._imports))}

    def _open(self, data: Any, imports: dict[str, Any]) -> Index:
        marks = folder_marks(folder) if (folder := self.folder) and data is self.data else self._marks
        index = Index.open(data, **self._how, **imports)
        self._index, self._marks, self._state = index, marks, self._now(index)
        self.revision += 1
        return index

    @staticmethod
    def _now(index: Index) -> str:
        """A mark of the state of the table; "" where there is none on this disk."""
        store = store_of(getattr(index.given, "path", index.given))
        return "" if store is None else store.state("shapes", "about")

    @property
    def folder(self) -> Path | None:
        """The folder that the collection is read from, where it was named so."""
        if not isinstance(self.data, str | Path) or "://" in str(self.data):
            return None
        folder = Path(self.data)
        return folder if folder.is_dir() and folder.suffix != ".lance" else None

    def prepare(self) -> str:
        """Make what answers need beside vectors, once; why words cannot be asked for, or ""."""
        with self._forms:
            _ = self.index().forms
        self.about()
        try:
            with self._words:
                _ = self.index().words
        except InputError as error:
            return str(error)
        return ""

    def search(self, like: Sequence[str] = (), upload: Upload | None = None, **asked: Any) -> dict[str, Any]:
        """What ``pointrecon search --json`` prints.

        Args:
            like: ids of shapes of the collection. upload: a file to be like, too.
            asked: ``not_like`` (ids), and what `pointrecon.search` takes else.

        Raises:
            NotThere: no such shape. Unreadable: the file holds none. InputError: as `pointrecon.search`.
        """

        def answer(index: Index) -> dict[str, Any]:
            limits = {name: asked.get(name) for name in ("weights", "where", "size", "above", "top")}
            given: dict[str, Any] = dict.fromkeys(WEIGHTS, ())
            given |= {name: _several(asked.get(name)) for name in ("words", "not_words")}
            given["like"] = [_id(index, one) for one in _several(like)]
            given["not_like"] = [_id(index, one) for one in _several(asked.get("not_like"))]
            given["like"] += [upload.path] if upload else []
            if limits["where"] is None and not any(given.values()):
                raise InputError("nothing is asked for: give a shape to be like, words, or a condition (where)")
            question = Question.of(
                given, **limits, exact=bool(asked.get("exact")), evidence=asked.get("evidence", "copies")
            )
            if upload is not None:
                with self._heavy, _unreadable():
                    question.shapes(index.columns)
            if any(term.kind == "words" for term in question.terms):
                with self._words:
                    return index.answer(question).summary()
            with self._forms:
                _ = index.forms
            with self._heavy:
                return index.answer(question).summary()

        found = self._asked(answer)
        return upload.named(found) if upload else found

    def duplicates(self, **asked: Any) -> dict[str, Any]:
        """What ``pointrecon duplicates --json`` prints; arguments are those of `pointrecon.duplicates`.

        The last answer is kept until the collection changes.
        """
        from pointrecon.retrieval.duplicate_groups import duplicates

        def answer(index: Index) -> dict[str, Any]:
            key = self.revision, repr(sorted(asked.items()))
            if self._duplicates is None or self._duplicates[0] != key:
                self._duplicates = key, duplicates(_data(index), **self._by, **asked, progress=False).summary()
            return self._duplicates[1]

        with self._doubles:
            return self._asked(answer)

    def name(
        self, names: Sequence[str], ids: Sequence[str] = (), upload: Upload | None = None, *, threshold: float = 0.0
    ) -> dict[str, Any]:
        """What ``pointrecon name --json`` prints, as "shapes", and its notes: of a file, of some shapes, or of all.

        Args:
            names: one each, with synonyms behind "|". ids, upload, threshold: see `search` and `pointrecon.name`.
        """
        from pointrecon.labeling.shape_names import name

        def answer(index: Index) -> dict[str, Any]:
            data = _data(index)
            if upload is not None:
                data = self._read(upload, index)
            elif ids:
                data = index.shapes.select(np.array([_place(index, one) for one in ids]))
            with self._heavy:
                found = name(data, _several(names), model=self.model, threshold=threshold, progress=False)
            return {"shapes": list(found.rows()), "notes": found.notes}

        found = self._asked(answer)
        return upload.named(found) if upload else found

    def embed(self, ids: Sequence[str] = (), upload: Upload | None = None) -> dict[str, Any]:
        """Raw vectors of a file's shapes, or of some of the collection, by the names that they have in tables."""
        from pointrecon.retrieval.embedding_names import embedding_name
        from pointrecon.retrieval.raw_vectors import extract

        def answer(index: Index) -> dict[str, Any]:
            if upload is None and not ids:
                raise InputError("no shape is named to embed: send a file, or name an id")
            if upload is None:
                shapes = index.shapes.select(np.array([_place(index, one) for one in ids]))
            else:
                shapes = self._read(upload, index)
            found = {}
            with self._heavy:
                for maker, poses in zip(index.vectors.makers, index.vectors.poses, strict=True):
                    rows = extract(maker, shapes, poses)
                    found[embedding_name(maker, None, poses)] = [[float(f"{x:.9g}") for x in row] for row in rows]
            return {"ids": list(shapes.ids()), "vectors": found}

        found = self._asked(answer)
        return upload.named(found) if upload else found

    def shapes(self, start: int = 0, count: int = 50, where: str | None = None, text: str = "") -> dict[str, Any]:
        """Some shapes in the order of their ids, with all that is known of each, as ``shapes info --files --json``.

        Args:
            start, count: which of those that are found. where: a condition, as for `pointrecon.search`. text: is in the
                id or the class, in capitals or not.
        """
        check_whole("count", count)
        if start < 0:
            raise InputError(f"the first shape is number 0, not {start}")
        if count > MOST_LISTED:
            raise InputError(f"{count} shapes at once are too many: ask for {MOST_LISTED} at most, and for the next")

        def answer(index: Index) -> dict[str, Any]:
            columns = index.columns
            found = np.ones(len(index), bool)
            if where is not None:
                found &= fits(where, COLUMNS, columns.__getitem__, len(index))
            if text.strip():
                word = text.strip().casefold()
                own = zip(columns["id"].tolist(), columns["class"].tolist(), strict=True)
                found &= np.array([word in f"{id}\n{label}".casefold() for id, label in own], bool)
            places = np.flatnonzero(found)
            places = places[np.argsort(columns.raw("rank")[places], kind="stable")]
            rows = list(known_rows(index.shapes.select(places[start : start + count]))) if len(places) > start else []
            return {"shapes": len(index), "found": len(places), "start": start, "rows": rows}

        return self._asked(answer)

    def shape(self, id: str = "", upload: Upload | None = None, *, points: bool = False) -> dict[str, Any]:
        """All that is known of one shape; with ``points`` also its cloud (N, 3), centered, its largest radius 1.

        Raises:
            NotThere: no such shape. Unreadable: the file holds none.
        """

        def answer(index: Index) -> dict[str, Any]:
            if upload is None:
                shapes = index.shapes.select(np.array([_place(index, id)]))
            else:
                shapes = self._read(upload, index)
            (found,) = known_rows(shapes.select(np.array([0])))
            if upload is not None:
                found["source"] = upload.name
            cloud = shapes.read(np.array([0])).points[0].astype(np.float64).round(3).tolist() if points else None
            return {**found, "up_of_points": shapes.meta.up, **({"points": cloud} if points else {})}

        found = self._asked(answer)
        return upload.named(found) if upload else found

    def thumbnail(self, id: str, size: int = 160) -> bytes:
        """A PNG of a shape; InputError for a size out of `PIXELS`, NotThere for no such shape."""
        if not PIXELS[0] <= size <= PIXELS[1]:
            raise InputError(f"a picture has {PIXELS[0]} to {PIXELS[1]} pixels a side, not {size}")
        index = self.index()
        return self._picture(self.revision, _id(index, id), size)

    def _drawn(self, revision: int, id: str, size: int) -> bytes:
        from pointrecon.shapes.pictures.thumbnails import thumbnails

        return self._asked(lambda index: thumbnails(index.shapes, [_place(index, id)], size=size)[0])

    def original(self, id: str) -> Path:
        """The file that a shape was read from; NotThere where it is gone, changed, or lies in an archive."""

        def answer(index: Index) -> Path:
            place = _place(index, id)
            table = index.table
            found = None if table is None else originals(table).file(str(index.columns["source"][place]))
            if found is None or found.member:
                raise NotThere(f"the file of '{id}' is not there any more, was changed, or lies in an archive")
            return found.path

        return self._asked(answer)

    def id_of(self, name: str) -> str:
        """The whole id of a shape, by that, its end, or the name of its file; NotThere for none, no file is read."""
        return self._asked(lambda index: _id(index, name))

    def file_inside(self, name: str) -> Path | None:
        """A file of the collection's folder by its path from there on; None for any other one."""
        if (folder := self.folder) is None or Path(name).suffix.lower() not in SUFFIXES:
            return None
        with suppress(OSError, ValueError):
            root = folder.resolve()
            path = (root / name).resolve()
            return path if path.is_relative_to(root) and path.is_file() else None
        return None

    def about(self) -> dict[str, Any]:
        """What is served: the collection in numbers, as ``shapes info --json``, the model, and what can be asked."""

        def answer(index: Index) -> dict[str, Any]:
            if self._described is None or self._described[0] != self.revision:
                self._described = self.revision, describe(index.shapes)
            told = {**self._described[1], "path": Path(str(self._described[1]["path"])).name}
            model = self.model if isinstance(self.model, str | Path) else type(self.model).__name__
            return {
                "pointrecon": __version__,
                "collection": told,
                "unreadable": count_skipped(Path(str(self._described[1]["path"]))),
                "model": Path(str(model)).name,
                "compared": index.vectors.name,
                "columns": list(COLUMNS),
                "formats": list(SUFFIXES),
                "revision": self.revision,
                "changed": bool(self._marks and (folder := self.folder) and folder_marks(folder) != self._marks),
            }

        return self._asked(answer)

    def _read(self, upload: Upload, index: Index) -> Shapes:
        """The shapes of a file, with the collection's up axis where it tells none; those it has, where it has them."""
        with self._heavy, _unreadable():
            asked = query_shapes([upload.path], index.columns)
        return asked.others[0] if asked.others else index.shapes.select(np.array(asked.places))

    def _asked(self, answer: Callable[[Index], Answer]) -> Answer:
        """An answer; a second one where the table was changed meanwhile."""
        index = self.index()
        try:
            return answer(index)
        except InputError:
            if self._now(index) == self._state and index is self._index:
                raise
        return answer(self.index())


def _data(index: Index) -> Any:
    return index.shapes if index.given is None else index.given


def _several(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())


def _place(index: Index, id: str) -> int:
    try:
        return place_of_name(id, index.columns)
    except InputError as error:
        raise NotThere(str(error)) from error


def _id(index: Index, id: str) -> str:
    """The whole id: by it no file is looked at."""
    return str(index.columns.at("id", np.array([_place(index, id)]))[0])


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise Unreadable(str(error)) from error

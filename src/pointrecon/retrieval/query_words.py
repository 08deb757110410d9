"""Words beside shapes: the model's text query of each shape, and a text teacher's features of the words."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.retrieval.embedding_names import embedding_name
from pointrecon.retrieval.prepared_store import PreparedStore, maker_mark, save_all
from pointrecon.retrieval.raw_vectors import embed_missing, extracted, resolved, stored
from pointrecon.retrieval.vectors import unit_length

if TYPE_CHECKING:
    from pointrecon.shapes.table.collection import Shapes
    from pointrecon.shapes.table.shape_table import ShapeTable

_TEXT_SHARE = 0.25  # beside the image query where one teacher made both, as when naming (METHOD.md section 2)
_KIND, _PHRASES = "words", "phrases"
_KEPT = 256  # phrases


@dataclass(frozen=True)
class WordSpace:
    """Where shapes and words can be compared: (M, D) float32 of length 1.

    ``reader`` says who reads the words: "model" (that it taught), "spec", "name", "hash" and "templates"; ``store``
    keeps what that one said of the last phrases, as it takes seconds to be loaded.
    """

    values: np.ndarray
    reader: dict[str, Any]
    store: PreparedStore | None = None

    def vector(self, words: Sequence[str]) -> np.ndarray:
        """(D,) the mean of what the teacher says of these phrases, at length 1; InputError for an empty one."""
        check_phrases(words)
        key = json.dumps(self.reader, sort_keys=True)
        kept = self.store.read(_PHRASES, key) if self.store is not None and self.reader["hash"] else None
        known = dict(zip(kept[0]["phrases"], np.array(kept[1]["values"]), strict=True)) if kept else {}
        if new := [phrase for phrase in dict.fromkeys(words) if phrase not in known]:
            known |= dict(zip(new, self._read(new), strict=True))
            last = dict(list(known.items())[-_KEPT:])
            if self.store is not None and self.reader["hash"]:
                rows = np.stack([*last.values()])
                told = {"phrases": list(last)}
                self.store.write(_PHRASES, key, told, lambda folder: save_all(folder, [("values", rows)]))
        return unit_length(np.mean([known[phrase] for phrase in words], axis=0))

    def _read(self, phrases: list[str]) -> np.ndarray:
        from pointrecon.teachers.templates import text_class_matrix

        return text_class_matrix(self._teacher, phrases, self.reader["templates"] or "released").numpy()

    @cached_property
    def _teacher(self) -> Any:
        from pointrecon.teachers.loading import load_text_teacher
        from pointrecon.teachers.minilm import same_encoder

        name = self.reader["name"]
        teacher = load_text_teacher(self.reader["spec"] or name, device="cpu")
        own = str(teacher.info.get("sha256", ""))
        if self.reader["hash"] and own and not same_encoder(self.reader["hash"], own):
            raise InputError(
                f"the words would be read by other weights than those of '{name}' that the model "
                f"'{self.reader['model']}' learned from: install those again"
            )
        return teacher


def check_phrases(words: Sequence[str]) -> None:
    """InputError for one that is empty, or no text."""
    if strange := [phrase for phrase in words if not isinstance(phrase, str)]:
        raise InputError(f"words to search by are texts, not {strange[0]!r}")
    if any(not phrase.strip() for phrase in words):
        raise InputError('the words to search by are empty: say what the shape is, such as "a hex bolt"')


def word_space(
    model: Any,
    shapes: "Callable[[], Shapes]",
    table: "Callable[[], ShapeTable | None]",
    store: PreparedStore | None,
    *,
    poses: str = "given",
    progress: bool,
) -> WordSpace:
    """The space of a model's text query; its image query counts too where one teacher made pictures and words.

    Args:
        model: such as "made-nano". shapes, table: open the collection. store: keeps the space for the next search.
        poses: in which the model looks at each shape, see `pointrecon.geometry.posed`.
        progress: tell what is embedded.

    Raises:
        InputError: a model that no text teacher taught.
    """
    key = None if store is None else _key(store, model, poses)
    if store is not None and key is not None and (kept := store.read(_KIND, key)):
        return WordSpace(kept[1]["values"], kept[0], store)
    reader, blocks, now = _made(model, shapes(), table(), store, poses, progress)
    values = np.concatenate([*blocks])

    def fill(folder: Path) -> dict[str, int]:
        if store is None or _key(store, model, poses) != now:  # others changed the table meanwhile
            raise OSError
        return save_all(folder, [("values", values)])

    if store is not None and now is not None:
        store.write(_KIND, now, reader, fill)
    return WordSpace(values, reader, store)


def reader_of(model: Any) -> tuple[Any, dict[str, Any], list[str]]:
    """The model, who reads words for it (`WordSpace.reader`), and which of its queries they are compared with.

    InputError for a model that no text teacher taught.
    """
    from pointrecon.evaluation.inputs import resolve_model
    from pointrecon.teachers.hub import TEXT_MODELS

    module, called = resolve_model(resolved(model))
    config: Any = module.config
    image, text = config.teachers.get("image"), config.teachers.get("text")
    both = image is not None and (
        image.hash == text.hash
        if text and text.hash
        else image.name in TEXT_MODELS or bool(text and text.spec and text.name == image.name)
    )
    if text is None and not both:
        raise InputError(
            f"the model '{called}' cannot search by words, as no text teacher taught it: take one that was taught by "
            "one, such as made-nano"
        )
    by = text or image
    reader = {"model": called, "spec": by.spec, "name": by.name, "hash": by.hash, "templates": list(by.templates)}
    return module, reader, [*(["text"] if text else []), *(["image"] if both else [])]


def _key(store: PreparedStore, model: Any, poses: str) -> str | None:
    names = [embedding_name(model, kind, poses).replace("/", ".", 1) for kind in (None, "text", "image")]
    mark = maker_mark(model)
    return (
        None if mark is None else json.dumps([store.state("shapes", *names, *(f"NEW.{n}" for n in names)), poses, mark])
    )


def _made(
    model: Any, shapes: "Shapes", table: "ShapeTable | None", store: PreparedStore | None, poses: str, progress: bool
) -> tuple[dict[str, Any], Iterator[np.ndarray], str | None]:
    """Who reads the words, what is compared with them, some shapes at a time, and of which state of the table."""
    from pointrecon.evaluation.views_model import ViewsModel
    from pointrecon.shapes.door import as_shapes

    module, reader, kinds = reader_of(model)
    both, share = "image" in kinds, getattr(module.config, "text_share", _TEXT_SHARE)
    features = [None if isinstance(module, ViewsModel) else kind for kind in kinds]
    for feature in features if table is not None else []:
        assert table is not None
        embed_missing(table, model, feature=feature, poses=poses, progress=progress)
    key = None if store is None else _key(store, model, poses)
    now = shapes if table is None else as_shapes(table)
    if len(now) != len(shapes):
        raise InputError(f"{shapes.name} was changed while its vectors were read: run the command again")
    parts = []
    for kind, feature in zip(kinds, features, strict=True):
        if table is not None:
            _, blocks = stored(now, embedding_name(model, feature, poses))
        else:
            _, blocks = extracted(shapes, model, feature=feature, poses=poses, progress=progress)
        parts.append((share if kind == "text" and both else 1.0, blocks))
    rows = zip(*(blocks() for _, blocks in parts), strict=True)
    weights = [weight for weight, _ in parts]
    joined = (
        unit_length(np.sum([w * unit_length(raw) for w, raw in zip(weights, some, strict=True)], axis=0))
        for some in rows
    )
    return reader, joined, key

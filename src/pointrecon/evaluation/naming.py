"""Name shapes by words or pictures of the classes alone: projected queries beside the teachers' features of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.devices import pick_device
from pointrecon.errors import InputError
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.class_words import Words, class_words
from pointrecon.evaluation.features import encode_shapes
from pointrecon.evaluation.inputs import check_labeled, resolve_model, resolve_table
from pointrecon.evaluation.knn import unit
from pointrecon.evaluation.record import Record, score
from pointrecon.evaluation.splits import OTHER_SPLIT
from pointrecon.shapes.table.collection import in_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pointrecon.shapes.table.arrays import ShapeArrays

QUERIES = ("text", "image", "blend")
ALL = "all"  # splits together
TEXT_SHARE = 0.25  # of the blend: 0.25 · text + image (METHOD.md section 2)


def zero_shot(
    model: str | Path | torch.nn.Module,
    table: "str | Path | ShapeArrays",
    class_names: Words | None = None,
    *,
    text_teacher: str | None = None,
    templates: "str | Sequence[str]" = "released",
    class_matrix: np.ndarray | None = None,
    query: str = "text",
    class_pictures: str | Path | np.ndarray | None = None,
    image_teacher: str | None = None,
    text_share: float = TEXT_SHARE,
    test_split: str = "test",
    points: int | None = None,
    batch_size: int = 64,
    device: str | torch.device | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    progress: bool = True,
) -> Record:
    """Classify without a single label: the class whose words or pictures have the highest cosine wins.

    The text query is compared with the words. The image query is compared with pictures of the classes where there are
    some, else with the words, which needs a teacher of both such as CLIP. Likewise the blend: without pictures it is
    the feature ``text_share · text + image`` beside the words (METHOD.md section 2); with pictures each query keeps to
    its teacher's space, and the score is ``text_share`` · cosine(text, words) + cosine(image, pictures).

    Args:
        model: a pre-trained model with the projections the query needs.
        table: shape table with labels, used only to score.
        class_names: words for the table's classes, see `class_words`; the classes' own names when left out.
        text_teacher: who encodes the words; the teacher the model was trained with when left out.
        templates: ``"released"`` (the 60 of the released code), ``"plain"``, a file, or a list with ``{}``.
        class_matrix: (K, D) text features made elsewhere, instead of ``text_teacher`` and ``templates``.
        query: ``"text"``, ``"image"`` or ``"blend"``.
        class_pictures: a folder with a folder of pictures for each class, or (K, D) image features made elsewhere.
        image_teacher: who sees the pictures; the teacher the model was trained with when left out.
        text_share: weight of the text query in a blend.
        test_split: the split to name, or "all" for the labeled shapes of all splits together, as some published
            numbers have them; every labeled shape when the table has no splits.
        points, batch_size, device, seed, progress: as for `pointrecon.evaluation.extract_features`.
        out: also write the record: a ``.json`` file, or a folder that gets ``results/zero-shot-<query>.json``.

    Returns:
        a record with top-1, top-3 and top-5 accuracy, accuracy per class, and ``chance`` (1 / K).

    Raises:
        InputError: when the model lacks a projection, or words, pictures and teachers do not fit it or the table.
    """
    if query not in QUERIES:
        raise InputError(f"there is no query '{query}'; take one of {', '.join(QUERIES)}")
    if query == "text" and class_pictures is not None:
        raise InputError("the query 'text' does not look at pictures; take image or blend, or leave the pictures out")
    if not 0 <= text_share < float("inf"):
        raise InputError(f"text_share must be 0 or more, not {text_share}")
    arrays, table_name = resolve_table(table)
    check_labeled(arrays, table_name)
    module, model_name = resolve_model(model)
    place = pick_device(device or "auto")
    teachers = _needed_teachers(module, query, text_teacher, pictures=class_pictures is not None)
    names = class_words(class_names, arrays.meta.classes, table_name)
    shapes, split, notes = _to_name(arrays, test_split, table_name)
    notes += cautions(
        module, in_memory(arrays).fingerprint(), shapes.split.tolist(), have=shapes.points.shape[1],
        wanted=points or module.config.points,  # type: ignore[union-attr, arg-type]
    )  # fmt: skip
    words, pictures, made_by = None, None, {"query": query} | ({"text_share": text_share} if query == "blend" else {})
    if class_pictures is not None:
        looker = image_teacher or teachers["image"]
        pictures, about = _of_pictures(class_pictures, looker, arrays.meta.classes)
        made_by |= about
    if query != "image" or pictures is None:
        words, about = _of_words(class_matrix, teachers.get("text", teachers.get("image", "")), names, templates)
        made_by |= about
        if twice := sorted({name for name in names if names.count(name) > 1}):
            notes.append(f"several classes are called '{twice[0]}': only the first of them can be named")
    scores = word_scores(
        module, shapes, words, query=query, picture_matrix=pictures, text_share=text_share, progress=progress,
        encode={"points": points, "batch_size": batch_size, "device": str(place), "seed": seed},
    )  # fmt: skip
    record = Record(
        task="zero-shot",
        protocol="honest",
        model=model_name,
        weights="pre-trained",
        data=table_name,
        split=split,
        seed=seed,
        **_scored(scores, shapes.label, arrays.meta.classes),
        choices=made_by,
        counts={"test": len(shapes), "classes": len(names)},
        notes=notes,
    )
    if out is not None:
        record.save(record_file(out, query))
    return record


def record_file(out: str | Path, query: str) -> Path:
    """Where `zero_shot` writes its record: ``out`` itself where it is a ``.json`` file, else below that folder."""
    return Path(out) if Path(out).suffix == ".json" else Path(out) / "results" / f"zero-shot-{query}.json"


def sentence(record: Record) -> str:
    """A zero-shot record in one line."""
    top = {name: f"{100 * value:.1f}%" for name, value in record.metrics.items()}
    by = "class names" if "words" in record.choices else "classes' pictures"
    more = "".join(f", top-{k} {top[f'top{k}_accuracy']}" for k in (3, 5) if f"top{k}_accuracy" in top)
    return f"zero-shot by {len(record.classes)} {by}: {top['accuracy']} (chance {top['chance']}{more})"


def word_scores(
    model: torch.nn.Module,
    shapes: "ShapeArrays",
    class_matrix: np.ndarray | None,
    *,
    query: str = "text",
    picture_matrix: np.ndarray | None = None,
    text_share: float = TEXT_SHARE,
    **how: Any,
) -> np.ndarray:
    """How like each class every shape is.

    Args:
        model: with the projections the query needs.
        shapes: M shapes.
        class_matrix: (K, D) text features of the classes; None for the image query beside pictures.
        query: ``"text"``, ``"image"`` or ``"blend"``.
        picture_matrix: (K, D) image features of the classes, for the image query and the blend; see `zero_shot`.
        text_share: weight of the text query in a blend.
        **how: as for `pointrecon.evaluation.extract_features`.

    Returns:
        (M, K) cosines; with ``picture_matrix`` a blend's are a weighted sum of two.

    Raises:
        InputError: for features of another width than the model's projection, or not finite.
    """
    kinds = ("text", "image") if query == "blend" else (query,)
    project: Any = model.project
    found = encode_shapes(model, in_memory(shapes), lambda encoding: [project(encoding, kind) for kind in kinds], **how)
    each = dict(zip(kinds, found, strict=True))
    against: dict[str, np.ndarray] = {}
    for kind in kinds:
        beside = picture_matrix if kind == "image" and picture_matrix is not None else class_matrix
        assert beside is not None, "the words' features are missing"
        against[kind] = beside
    for kind in kinds:
        if not np.isfinite(against[kind]).all():
            raise InputError(f"the classes' features for the {kind} query are not finite; make them again")
        if against[kind].ndim != 2 or against[kind].shape[1] != each[kind].shape[1]:
            what = "image" if kind == "image" and picture_matrix is not None else "text"
            raise InputError(
                f"the {what} features have shape {against[kind].shape}, but {len(against[kind])} classes of width "
                f"{each[kind].shape[1]} are needed: use the {what} teacher the model was trained with"
            )
    if query == "blend" and picture_matrix is None:  # one space: METHOD.md section 2
        return unit(text_share * each["text"] + each["image"]) @ unit(against["text"]).T
    cosines = {kind: unit(each[kind]) @ unit(against[kind]).T for kind in kinds}
    return text_share * cosines["text"] + cosines["image"] if query == "blend" else cosines[query]


def _of_words(
    given: np.ndarray | None, teacher: str, names: list[str], templates: "str | Sequence[str]"
) -> tuple[np.ndarray, dict[str, Any]]:
    """(K, D) text features of the classes, and how they were made."""
    made = {"templates": templates if isinstance(templates, str) else list(templates), "words": names}
    if given is None:
        from pointrecon.teachers import load_text_teacher, text_class_matrix

        found = text_class_matrix(load_text_teacher(teacher), names, templates).cpu().numpy()
        return found, {"text_teacher": teacher, **made}
    _check_rows(given, names, "class_matrix")
    return given, {"text_teacher": "given class matrix", **made}


def _of_pictures(given: str | Path | np.ndarray, teacher: str, classes: list[str]) -> tuple[np.ndarray, dict[str, Any]]:
    """(K, D) image features of the classes, and how they were made."""
    if isinstance(given, np.ndarray):
        _check_rows(given, classes, "class_pictures")
        return given, {"image_teacher": "given features"}
    from pointrecon.teachers.class_pictures import picture_class_matrix
    from pointrecon.teachers.loading import load_image_teacher

    found = picture_class_matrix(load_image_teacher(teacher), given, classes).cpu().numpy()
    return found, {"image_teacher": teacher, "pictures": str(given)}


def _check_rows(given: np.ndarray, classes: list[str], what: str) -> None:
    if given.ndim != 2 or len(given) != len(classes):
        raise InputError(f"{what} has shape {given.shape}, but one row for each of {len(classes)} classes is needed")


def _scored(scores: np.ndarray, label: np.ndarray, classes: list[str]) -> dict[str, Any]:
    order = np.argsort(-scores, axis=1, kind="stable")
    result = score(label, order[:, 0], classes)
    for k in (3, 5):
        if k < len(classes):
            result["metrics"][f"top{k}_accuracy"] = float((order[:, :k] == label[:, None]).any(1).mean())
    result["metrics"]["chance"] = 1 / len(classes)
    return result


def _needed_teachers(model: torch.nn.Module, query: str, text_teacher: str | None, *, pictures: bool) -> dict[str, str]:
    """The model's teachers ("text" and/or "image" → how to load it), once they are known to serve the query."""
    config: Any = model.config
    teachers: dict[str, Any] = config.teachers
    for kind in ("text", "image") if query == "blend" else (query,):
        if kind not in teachers:
            there = ", ".join(sorted(teachers)) or "none"
            raise InputError(
                f"the model was pre-trained without the {kind} teacher that the query '{query}' needs "
                f"(it has {there}); add features with 'pointrecon shapes teach --{kind}' and pre-train again"
            )
    words = text_teacher or (teachers["text"].name if "text" in teachers else None)
    if query != "text" and not pictures and words != teachers["image"].name:
        raise InputError(
            f"the query '{query}' needs one teacher for both pictures and words, such as CLIP, or pictures "
            f"of the classes (--class-pictures); this model has '{teachers['image'].name}' for pictures and "
            f"'{words}' for words"
        )
    specs = {kind: teacher.spec or teacher.name for kind, teacher in teachers.items()}
    return specs | ({"text": text_teacher} if text_teacher else {})


def _to_name(arrays: "ShapeArrays", test_split: str, table_name: str) -> "tuple[ShapeArrays, str, list[str]]":
    """The labeled shapes to name, what to call them, and notes."""
    labeled = arrays.label >= 0
    present = sorted({str(name) for name in np.unique(arrays.split[labeled])} - {""})
    if not present:
        return arrays.select(labeled), ALL, ["the table has no splits: all labeled shapes were named"]
    if test_split == ALL:
        note = f"protocol: the shapes of the splits {', '.join(present)} were named together, as they were asked for"
        return arrays.select(labeled), ALL, [note]
    if test_split not in present:
        raise InputError(
            f"the table {table_name} has no labeled shapes in the split '{test_split}', only in "
            f"{', '.join(repr(name) for name in present)}; {OTHER_SPLIT}"
        )
    return arrays.select(labeled & (arrays.split == test_split)), test_split, []

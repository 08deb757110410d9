"""Name shapes by words or pictures of the classes alone: projected queries beside the teachers' features of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.checks import checked
from pointrecon.encode_settings import EncodeSettings, encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.class_words import Words, class_words
from pointrecon.evaluation.features import encode_shapes
from pointrecon.evaluation.inputs import (
    data_fields,
    identity_of,
    labeled_shapes,
    model_and_data,
    resolve_model,
    resolve_shapes,
    shapes_name,
)
from pointrecon.evaluation.measured import Results
from pointrecon.evaluation.measured_run import record_place
from pointrecon.evaluation.record import Record, add_records, score
from pointrecon.evaluation.splits import labeled_in
from pointrecon.evaluation.views_model import ViewsModel, weights_of
from pointrecon.models.model_config import Teacher
from pointrecon.parser import READY_MODEL
from pointrecon.shapes.table.collection import Shapes
from pointrecon.teachers.templates import load_templates, templates_name
from pointrecon.training.cloud_stream import points_for

QUERIES = ("text", "image", "blend")
ALL = "all"  # splits together
AS_TAUGHT = "as taught"
TEXT_SHARE = 0.25  # of the blend: 0.25 · text + image (METHOD.md section 2)


@checked
def zero_shot(
    model: Any = READY_MODEL,
    data: Any = None,
    out: str | Path | None = None,
    *,
    names: Words | None = None,
    query: str = "text",
    templates: str | Path | Sequence[str] = AS_TAUGHT,
    text_teacher: str | Path | None = None,
    class_matrix: np.ndarray | None = None,
    class_pictures: str | Path | np.ndarray | None = None,
    image_teacher: str | Path | None = None,
    text_share: float | None = None,
    split: str = "test",
    encode: EncodeSettings | Mapping[str, Any] | None = None,
    progress: bool = True,
) -> Results:
    """Classify without a single label: the class whose words or pictures have the highest cosine wins.

    The text query is compared with the words. The image query is compared with pictures of the classes where there are
    some, else with the words, which needs a teacher of both such as CLIP. Likewise the blend: without pictures it is
    the feature ``text_share · text + image`` beside the words (METHOD.md section 2); with pictures each query keeps to
    its teacher's space, and the score is ``text_share`` · cosine(text, words) + cosine(image, pictures).

    Args:
        model: a pre-trained model with the projections the query needs; or an image teacher's name, for the query
            ``"image"``: its pooled views. The model that comes along, where it and ``data`` are not both given.
        data, encode, progress: as for `extract_features`; the shapes' labels are used only to score.
        out: as for `pointrecon.probe`; the file is ``results/zero-shot-<query>.json``.
        names: words for the classes, see `class_words`; the classes' own names when left out.
        query: ``"text"``, ``"image"`` or ``"blend"``.
        templates: ``"as taught"``: those the model's text teacher put captions into, the 60 of the released code where
            the model does not say; ``"released"``, ``"plain"``, a file, or a list with ``{}``.
        text_teacher, image_teacher: who encodes the words, and the pictures; the model's own when left out.
        class_matrix: (K, D) text features made elsewhere, instead of ``text_teacher`` and ``templates``.
        class_pictures: a folder with a folder of pictures for each class, or (K, D) image features made elsewhere.
        text_share: weight of the text query in a blend; left out, 0.25, or what a ReCon++ model says (0.5).
        split: the split to name, or "all" for the labeled shapes of all splits together, as some published numbers have
            them; every labeled shape where there are no splits.

    Returns:
        one record with top-1, top-3 and top-5 accuracy, accuracy per class, and ``chance`` (1 / K).

    Raises:
        InputError: when the model lacks a projection, or words, pictures and teachers do not fit it or the shapes.
    """
    model, data = model_and_data(model, data)
    if query not in QUERIES:
        raise InputError(f"there is no query '{query}'; take one of {', '.join(QUERIES)}")
    if query == "text" and class_pictures is not None:
        raise InputError("the query 'text' does not look at pictures; take image or blend, or leave the pictures out")
    if text_share is not None and not 0 <= text_share < float("inf"):
        raise InputError(f"text_share must be 0 or more, not {text_share}")
    place, settings = record_place(model, out, f"zero-shot-{query}"), encode_settings(encode)
    module, model_name = resolve_model(model)
    text_share = share_of(module) if text_share is None else text_share
    shapes = labeled_shapes(data)
    classes = shapes.meta.classes
    words = class_words(names, classes, shapes_name(shapes))
    if isinstance(module, ViewsModel) and query != "image":
        raise InputError(f"an image teacher answers with pictures alone, not with the query '{query}': take image")
    taught = teachers_for(module, query)
    index, named, notes = _to_name(shapes, split)
    made: dict[str, Any] = {"query": query} | ({"text_share": text_share} if query == "blend" else {})
    of_words = of_pictures = None
    if query != "image" or class_pictures is None:
        by, notes_on_words, of_words = read_words(class_matrix, text_teacher, taught, words, templates, settings.device)
        if query != "text" and class_pictures is None:
            _check_one_space(taught, by, query)
        made |= {"text_teacher": by.spec or by.name, "words": words}
        made |= {"templates": templates_name(by.templates)} if class_matrix is None else {}
        notes += notes_on_words
    if class_pictures is not None:
        of_pictures, about = _of_pictures(
            class_pictures, image_teacher or taught["image"].spec or taught["image"].name, classes, settings.device
        )
        made |= about
    scores = word_scores(
        module, shapes, of_words, query=query, picture_matrix=of_pictures, text_share=text_share, index=index,
        encode=settings, progress=progress,
    )  # fmt: skip
    measured_on: dict[str, Any] = data_fields(shapes)
    points = points_for(module, shapes, settings.points)
    notes += cautions(module, measured_on["data_fingerprint"], shapes, index, points)
    record = Record(
        task="zero-shot", protocol="honest", weights=weights_of(module), split=named, seed=settings.seed,
        **identity_of(module, model_name), **measured_on, **_scored(scores, shapes.label[index], classes),
        choices=made, counts={"test": len(index), "classes": len(words)}, notes=notes,
    )  # fmt: skip
    if place is not None:
        add_records(place, [record])
    return Results([record], file=place)


def sentence(record: Record) -> str:
    """A zero-shot record in one line."""
    top = {name: f"{100 * value:.1f}%" for name, value in record.metrics.items()}
    by = "class names" if "words" in record.choices else "classes' pictures"
    more = "".join(f", top-{k} {top[f'top{k}_accuracy']}" for k in (3, 5) if f"top{k}_accuracy" in top)
    return f"zero-shot by {len(record.classes)} {by}: {top['accuracy']} (chance {top['chance']}{more})"


def share_of(model: Any) -> float:
    """What the text query counts beside the image query: what the model says, else as METHOD.md section 2 has it."""
    return float(getattr(model.config, "text_share", TEXT_SHARE))


def word_scores(
    model: torch.nn.Module,
    data: Any,
    class_matrix: np.ndarray | None,
    *,
    query: str = "text",
    picture_matrix: np.ndarray | None = None,
    text_share: float = TEXT_SHARE,
    **how: Any,
) -> np.ndarray:
    """(M, K) cosines: how like each class every shape is; with ``picture_matrix`` a blend's are a weighted sum of two.

    Of several poses it is the one that fits the class best.

    Args:
        class_matrix: (K, D) text features of the classes; None for the image query beside pictures.
        picture_matrix: (K, D) image features of the classes, for the image query and the blend.
        query, text_share, **how: as for `zero_shot`, and for `pointrecon.evaluation.features.encode_shapes`.

    Raises:
        InputError: for features of another width than the model's projection, or not finite.
    """
    from sklearn.preprocessing import normalize

    kinds, project = (("text", "image") if query == "blend" else (query,)), getattr(model, "project")  # noqa: B009
    found = encode_shapes(
        model, resolve_shapes(data), lambda encoding: [project(encoding, kind) for kind in kinds], each_pose=True, **how
    )
    each, against = {kind: some.reshape(-1, some.shape[-1]) for kind, some in zip(kinds, found, strict=True)}, {}
    for kind in kinds:
        what = "image" if kind == "image" and picture_matrix is not None else "text"
        beside = picture_matrix if what == "image" else class_matrix
        assert beside is not None, "the words' features are missing"
        if not np.isfinite(beside).all():
            raise InputError(f"the classes' features for the {kind} query are not finite; make them again")
        if beside.ndim != 2 or beside.shape[1] != each[kind].shape[1]:
            raise InputError(
                f"the {what} features have shape {beside.shape}, but {len(beside)} classes of width "
                f"{each[kind].shape[1]} are needed: use the {what} teacher the model was trained with"
            )
        against[kind] = normalize(beside)
    if query == "blend" and picture_matrix is None:  # one space: METHOD.md section 2
        scores = normalize(text_share * each["text"] + each["image"]) @ against["text"].T
    else:
        cosines = {kind: normalize(each[kind]) @ against[kind].T for kind in kinds}
        scores = text_share * cosines["text"] + cosines["image"] if query == "blend" else cosines[query]
    return scores.reshape(*found[0].shape[:2], -1).max(1)


def read_words(
    given: np.ndarray | None,
    wanted: str | Path | None,
    taught: dict[str, Teacher],
    names: list[str],
    templates: str | Path | Sequence[str],
    device: str,
) -> tuple[Teacher, list[str], np.ndarray]:
    """Who encoded the words, notes on that, and (K, D) text features of the classes."""
    own, notes = taught.get("text"), []
    if twice := sorted({name for name in names if names.count(name) > 1}):
        notes.append(f"several classes are called '{twice[0]}': only the first of them can be named")
    if given is not None:
        _check_rows(given, names, "class_matrix")
        name, made_by = (own.name, own.hash) if own else ("", "")
        return Teacher(name, given.shape[1], "given class matrix", made_by), notes, given
    from pointrecon.teachers import load_text_teacher, text_class_matrix
    from pointrecon.teachers.minilm import same_encoder

    if wanted is None and own is None:
        wanted = taught["image"].spec or taught["image"].name
    filled = templates
    if templates == AS_TAUGHT:
        filled = own.templates if own and own.templates else "released"
        if filled == "released":
            notes.append("the model does not say which templates it was taught with: the 60 released ones were used")
    spec = str(wanted or (own.spec or own.name if own else ""))
    reader = load_text_teacher(spec, device=device)
    used = Teacher(
        reader.name, reader.width, spec, str(reader.info.get("sha256", "")), templates=list(load_templates(filled))
    )
    if own and own.hash and used.hash and not same_encoder(own.hash, used.hash):
        notes.append(f"the words were encoded by other weights than those of '{own.name}' that the model learned from")
    return used, notes, text_class_matrix(reader, names, filled).cpu().numpy()


def _of_pictures(
    given: str | Path | np.ndarray, teacher: str | Path, classes: list[str], device: str
) -> tuple[np.ndarray, dict[str, Any]]:
    """(K, D) image features of the classes, and how they were made."""
    if isinstance(given, np.ndarray):
        _check_rows(given, classes, "class_pictures")
        return given, {"image_teacher": "given features"}
    from pointrecon.teachers.class_pictures import picture_class_matrix
    from pointrecon.teachers.loading import load_image_teacher

    found = picture_class_matrix(load_image_teacher(teacher, device=device), given, classes).cpu().numpy()
    return found, {"image_teacher": str(teacher), "pictures": str(given)}


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


def teachers_for(model: torch.nn.Module, query: str) -> dict[str, Teacher]:
    """The model's teachers, once they are known to serve the query."""
    config: Any = model.config
    teachers: dict[str, Teacher] = config.teachers
    for kind in ("text", "image") if query == "blend" else (query,):
        if kind not in teachers:
            there = ", ".join(sorted(teachers)) or "none"
            raise InputError(
                f"the model was pre-trained without the {kind} teacher that the query '{query}' needs "
                f"(it has {there}); add features with 'pointrecon shapes teach --{kind}' and pre-train again"
            )
    return teachers


def _check_one_space(taught: dict[str, Teacher], words: Teacher, query: str) -> None:
    """Raise InputError unless one model made both: the same weights under any name, or where unknown the same name."""
    image, own = taught["image"], taught.get("text", words)
    same = image.hash == words.hash if image.hash and words.hash else image.name in (own.name, words.name)
    if not same:
        raise InputError(
            f"the query '{query}' needs one teacher for both pictures and words, such as CLIP, or pictures of the "
            f"classes (--class-pictures); this model has '{image.name}' for pictures, and the words are by "
            f"'{words.name}'"
        )


def _to_name(shapes: Shapes, split: str) -> tuple[np.ndarray, str, list[str]]:
    """Places of the labeled shapes to name, what to call them, and notes."""
    label: np.ndarray = shapes.label
    labeled = np.flatnonzero(label >= 0)
    present = [str(name) for name in np.unique(shapes.split[labeled]) if name]
    if not present:
        return labeled, ALL, [*shapes.remarks, "there are no splits: all labeled shapes were named"]
    if split == ALL:
        note = f"protocol: the shapes of the splits {', '.join(present)} were named together, as they were asked for"
        return labeled, ALL, [*shapes.remarks, note]
    return labeled_in(shapes, split, name=shapes_name(shapes)), split, [*shapes.remarks]

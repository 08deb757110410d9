"""Name shapes by words alone: the projected query beside the text features of the class names."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.errors import InputError
from pointrecon.evaluation.features import map_clouds
from pointrecon.evaluation.inputs import check_labelled, resolve_device, resolve_model, resolve_table
from pointrecon.evaluation.knn import unit
from pointrecon.evaluation.record import Record, score

if TYPE_CHECKING:
    from pointrecon.shapes.arrays import ShapeArrays

QUERIES = ("text", "image", "blend")
TEXT_SHARE = 0.25  # of the blend: 0.25 · text + image (METHOD.md section 2)


def zero_shot(
    model: str | Path | torch.nn.Module,
    table: "str | Path | ShapeArrays",
    class_names: Sequence[str] | None = None,
    *,
    text_teacher: str | None = None,
    templates: str | Sequence[str] = "released",
    class_matrix: np.ndarray | None = None,
    query: str = "text",
    test_split: str = "test",
    points: int | None = None,
    batch_size: int = 64,
    device: str | torch.device | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    progress: bool = True,
) -> Record:
    """Classify without a single label: the class whose text feature has the highest cosine wins.

    Args:
        model: a pre-trained model with the projection the query needs.
        table: shape table with labels, used only to score.
        class_names: words for the table's classes, in their order; the classes' own names (underscores read
            as spaces) when left out.
        text_teacher: who encodes the words; the teacher the model was trained with when left out.
        templates: ``"released"`` (the 60 of the released code), ``"plain"``, a file, or a list with ``{}``.
        class_matrix: (K, D) text features made elsewhere, instead of ``text_teacher`` and ``templates``.
        query: ``"text"``, or ``"image"`` or ``"blend"`` (0.25 · text + image) when both teachers share one
            space.
        test_split: the split to name; every labelled shape when the table has no splits.
        points, batch_size, device, seed, progress: as for `pointrecon.evaluation.extract_features`.
        out: also write the record to this JSON file.

    Returns:
        a record with top-1, top-3 and top-5 accuracy, and ``chance`` (1 / K).

    Raises:
        InputError: when the model lacks the projection, or the words do not fit the table's classes.
    """
    if query not in QUERIES:
        raise InputError(f"there is no query '{query}'; take one of {', '.join(QUERIES)}")
    arrays, table_name = resolve_table(table)
    check_labelled(arrays, table_name)
    module, model_name = resolve_model(model)
    place = resolve_device(device)
    teachers = _needed_teachers(module, query, text_teacher)
    names = _words(class_names, arrays.meta.classes, table_name)
    shapes, split, notes = _to_name(arrays, test_split, table_name)
    if class_matrix is None:
        from pointrecon.teachers import load_text_teacher, text_class_matrix

        teacher = text_teacher or teachers["text"].spec or teachers["text"].name
        class_matrix = text_class_matrix(load_text_teacher(teacher), names, templates).cpu().numpy()
    else:
        teacher = "given class matrix"

    def encode(clouds: torch.Tensor) -> torch.Tensor:
        encoding = module.encode(clouds)  # type: ignore[operator]
        if query == "blend":
            text = module.project(encoding, "text")  # type: ignore[operator]
            return TEXT_SHARE * text + module.project(encoding, "image")  # type: ignore[operator]
        return module.project(encoding, query)  # type: ignore[operator]

    projected = map_clouds(
        module,
        shapes,
        encode,
        batch_size=batch_size,
        points=points,
        device=place,
        seed=seed,
        progress=progress,
    )
    if class_matrix.shape != (len(names), projected.shape[1]):
        raise InputError(
            f"the text features have shape {class_matrix.shape}, but {len(names)} classes of width "
            f"{projected.shape[1]} are needed: use the text teacher the model was trained with"
        )
    cosine = unit(projected) @ unit(class_matrix).T
    order = np.argsort(-cosine, axis=1, kind="stable")
    result = score(shapes.label, order[:, 0], arrays.meta.classes)
    for k in (3, 5):
        if k < len(names):
            hit = (order[:, :k] == shapes.label[:, None]).any(1)
            result["metrics"][f"top{k}_accuracy"] = float(hit.mean())
    result["metrics"]["chance"] = 1 / len(names)
    record = Record(
        task="zero-shot",
        protocol="honest",
        model=model_name,
        weights="pre-trained",
        table=table_name,
        split=split,
        seed=seed,
        **result,
        choices={
            "query": query,
            "text_teacher": teacher,
            "templates": templates if isinstance(templates, str) else list(templates),
            "words": names,
        },
        counts={"test": len(shapes), "classes": len(names)},
        notes=notes,
    )
    if out is not None:
        record.save(out)
    return record


def _needed_teachers(model: torch.nn.Module, query: str, text_teacher: str | None) -> dict[str, Any]:
    """The model's teachers, once they are known to serve the query."""
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
    if query != "text" and words != teachers["image"].name:
        raise InputError(
            f"the query '{query}' needs one teacher for both pictures and words, such as CLIP; "
            f"this model has '{teachers['image'].name}' for pictures and '{words}' for words"
        )
    return teachers


def _words(class_names: Sequence[str] | None, classes: list[str], table_name: str) -> list[str]:
    """One phrase per class of the table."""
    if class_names is None:
        return [name.replace("_", " ").strip() for name in classes]
    if len(class_names) != len(classes):
        raise InputError(
            f"{len(class_names)} class names were given, but the table {table_name} has {len(classes)} "
            f"classes; give one for each, in this order: {', '.join(classes)}"
        )
    return list(class_names)


def _to_name(arrays: "ShapeArrays", test_split: str, table_name: str) -> "tuple[ShapeArrays, str, list[str]]":
    """The labelled shapes of the split; all of them (with a note) when the table has no splits."""
    labelled = arrays.label >= 0
    present = sorted({str(name) for name in np.unique(arrays.split[labelled])} - {""})
    if not present:
        return arrays.select(labelled), "all", ["the table has no splits: all labelled shapes were named"]
    if test_split not in present:
        raise InputError(
            f"the table {table_name} has no labelled shapes in the split '{test_split}', only in "
            f"{', '.join(repr(name) for name in present)}; give another test split"
        )
    return arrays.select(labelled & (arrays.split == test_split)), test_split, []

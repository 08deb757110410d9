"""Accept a model and shapes the way people hand them over; what a record keeps of the two."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.documents import read_json
from pointrecon.errors import InputError, did_you_mean
from pointrecon.geometry.upright import check_up
from pointrecon.models.facts import weights_hash
from pointrecon.models.files.folder import CHECKPOINTS, CONFIG, load_model, model_folder
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.parser import READY_MODEL
from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.id_ends import place_of_id
from pointrecon.shapes.table.table_meta import SPLITS
from pointrecon.teachers.hub import IMAGE_TEACHERS

_LOOKED = 10_000  # ids among which one like a mistyped one is looked for
_ORDER = f"the order is MODEL DATA (DATA alone: {READY_MODEL})"


def model_and_data(model: Any, data: Any) -> tuple[Any, Any]:
    """The two first arguments as they are meant: one alone is the data, for the model that comes along."""
    return (READY_MODEL, model) if data is None else (model, data)


def resolve_model(model: str | Path | torch.nn.Module) -> tuple[torch.nn.Module, str]:
    """A module and the name to write in records: its path (a run's is that of its finished model), or the class name.

    The name of an image teacher gives a `ViewsModel`, unless something here has that name: it wins, with a warning.
    InputError for shapes in the place of a model, or a model that cannot be loaded.
    """
    if isinstance(model, torch.nn.Module):
        return model, type(model).__name__
    if _is_teacher(model):
        from pointrecon.evaluation.views_model import ViewsModel

        return ViewsModel(str(model)), str(model)
    if not isinstance(model, str | Path) or Path(model).suffix in (".lance", ".npz"):
        what = f"'{model}'" if isinstance(model, str | Path) else f"a {type(model).__name__}"
        raise InputError(f"{what} is no model, but stands in the place of one; {_ORDER}")
    if str(model) in IMAGE_TEACHERS:
        warnings.warn(
            f"'{model}' is what lies at '{Path(model).absolute()}', not the image teacher of that name; write './' "
            "before it to say so, or rename it to have the teacher",
            stacklevel=2,
        )
    return load_model(model), str(model_folder(model) if Path(model).is_dir() else model)


def resolve_shapes(data: Any) -> Shapes:
    """What `as_shapes` gives; InputError as there, and for a model in the place of shapes."""
    if is_model(data):
        what = f"'{data}'" if isinstance(data, str | Path) else f"a {type(data).__name__}"
        raise InputError(f"{what} is a model, not shapes; {_ORDER}")
    return as_shapes(data)


def resolve_recon(model: str | Path | torch.nn.Module) -> tuple[EitherModel, str]:
    """`resolve_model`, where only models of ReCon and ReCon++ have what is asked for: patches, layers, attention."""
    module, name = resolve_model(model)
    if not isinstance(module, EitherModel):
        raise InputError(f"this shows patches and attention of a ReCon model, and '{name}' is none: give another model")
    return module, name


def with_axis(shapes: Shapes, up: str) -> Shapes:
    """The shapes with this up axis, where they know none of their own; InputError where they do."""
    check_up(up)
    if up == "unknown":
        return shapes
    if shapes.meta.up != "unknown":
        raise InputError(f"{shapes.name} knows its own up axis, {shapes.meta.up}; leave up out")
    told = shapes.select(np.arange(len(shapes)))
    told.meta = replace(shapes.meta, up=up)
    return told


def place_of(shapes: Shapes, shape: str) -> int:
    """Where the shape of this id, or end of one, stands; InputError, naming the nearest one, where there is none."""
    ids = list(shapes.ids())
    place = place_of_id(shape, np.array(ids, np.str_), {one: i for i, one in enumerate(ids)})
    if place is not None:
        return place
    looked = [*ids[:_LOOKED], *(one.rsplit("/", 1)[-1] for one in ids[:_LOOKED])]
    hint = did_you_mean(shape, looked, f"its first is '{ids[0]}'" if ids else "it is empty")
    raise InputError(f"{shapes.name} has no shape '{shape}'; {hint}")


def of_split(shapes: Shapes, split: str | None) -> Shapes:
    """The shapes of a split, all of them for None; InputError where there are none."""
    if not len(shapes):
        raise InputError(f"{shapes.name} has no shapes: import or make some first")
    if split is None:
        return shapes
    index = shapes.in_split(split)
    if not len(index):
        hint = did_you_mean(split, shapes.splits, f"it has {_in_words(shapes.splits)}")
        raise InputError(f"no shape of {shapes.name} is in the split '{split}'; {hint}")
    return shapes.select(index)


def _in_words(splits: Sequence[str]) -> str:
    """Splits by their names, the one without a name last."""
    named = [split for split in splits if split]
    if not named:
        return "shapes of no split only: leave the split out"
    return ", ".join([*named, *(["shapes without a split"] if "" in splits else [])])


def check_split(split: str | None) -> None:
    """InputError for a split that no shapes can be of, which can be told before they are read."""
    if split is not None and split not in SPLITS:
        hint = did_you_mean(split, SPLITS, "it is train, val, test, or '' for shapes of none")
        raise InputError(f"there is no split '{split}'; {hint}")


def is_model(given: Any) -> bool:
    """Whether it is a module, a checkpoint file, a model folder, a run folder or the name of an image teacher."""
    if not isinstance(given, str | Path):
        return isinstance(given, torch.nn.Module)
    if Path(given).suffix in CHECKPOINTS or _is_teacher(given):
        return True
    try:
        content = read_json(model_folder(given) / CONFIG)
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") == "pointrecon"


def _is_teacher(given: str | Path) -> bool:
    return str(given) in IMAGE_TEACHERS and not Path(given).exists()


def labeled_shapes(data: Any) -> Shapes:
    """`resolve_shapes` with the labels that people gave, as all that is learned from or measured on them has them.

    InputError as there, and for shapes that `check_labeled` refuses.
    """
    shapes = resolve_shapes(data).by_people()
    check_labeled(shapes)
    return shapes


def check_labeled(shapes: Shapes) -> None:
    """InputError for shapes without labels, with one class only, or with a label outside the class list."""
    name = shapes_name(shapes)
    classes = shapes.meta.classes
    label: np.ndarray = shapes.label
    if not (label >= 0).any() and shapes.remarks:
        raise InputError(f"{name} has no labels by people: {shapes.remarks[0]}")
    if not (label >= 0).any():
        raise InputError(f"{name} has no labels; import it with a folder per class or a class column")
    if label.max() >= len(classes):
        raise InputError(
            f"{name} has label {int(label.max())} but only {len(classes)} classes; give every label a class name"
        )
    if len(set(label[label >= 0].tolist())) < 2:
        why = "".join(f"; {remark}" for remark in shapes.remarks)
        raise InputError(f"{name} has one class only ('{classes[int(label.max())]}'); a probe needs at least two{why}")


def identity_of(model: torch.nn.Module, name: str) -> dict[str, Any]:
    """The fields of a record that say which model was measured; ``name`` is that of `resolve_model`."""
    facts = getattr(model, "facts", None)
    return {
        "model": name,
        "model_hash": weights_hash(model),
        "group": getattr(facts, "group", ""),
        "origin": getattr(facts, "origin", ""),
        "pretrain_seed": getattr(facts, "seed", None),
    }


def data_fields(shapes: Shapes) -> dict[str, str]:
    """The fields of a record that say which shapes were measured on."""
    return {"data": shapes_name(shapes), "data_fingerprint": shapes.fingerprint()}


def shapes_name(shapes: Any) -> str:
    """What to call shapes in records and messages."""
    return str(getattr(shapes, "name", "") or shapes.meta.name or "the shapes in memory")

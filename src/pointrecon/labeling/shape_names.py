"""Name shapes by any words: a name, its confidence and a runner-up for every shape, labeled or not."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.checks import checked, is_number
from pointrecon.encode_settings import EncodeSettings, naming_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import Encode
from pointrecon.evaluation.inputs import check_split, of_split, resolve_model
from pointrecon.evaluation.name_list import NameList, Names, name_list
from pointrecon.evaluation.naming import AS_TAUGHT, teachers_for
from pointrecon.labeling.confidence import FEWEST, Best, best_two, fitted_temperature, softmax
from pointrecon.labeling.named_shapes import NamedShapes, check_file
from pointrecon.labeling.opened_shapes import open_shapes
from pointrecon.labeling.phrase_scores import PhraseScores
from pointrecon.readable import readable
from pointrecon.retrieval.vectors import MODEL
from pointrecon.shapes.table.collection import Shapes
from pointrecon.teachers.loading import check_text_teacher
from pointrecon.teachers.templates import load_templates

TEMPERATURE = 0.12  # of a model that does not tell its own
_MOST = 2000  # labeled shapes that are looked at for the temperature


@checked
def name(
    data: Any,
    names: Names,
    out: str | Path | None = None,
    *,
    model: str | Path | torch.nn.Module = MODEL,
    templates: str | Path | Sequence[str] = AS_TAUGHT,
    threshold: float = 0.0,
    temperature: float | None = None,
    split: str | None = None,
    encode: Encode = None,
    overwrite: bool = False,
    progress: bool = True,
    **opens: Any,
) -> NamedShapes:
    """Name every shape by the words that fit it best. No label is needed; data stays as it is.

    Args:
        data: shapes, as `as_shapes` takes them; those of a folder or ZIP are read into the table beside it, which is
            brought up to date.
        names: what to choose from, as `name_list` takes them.
        out: a ``.csv`` or ``.json`` file for a line a shape: id, name, confidence, runner-up and its confidence.
        model: one with a text query, such as "made-nano".
        templates: what phrases are put into, as for `pointrecon.zero_shot`.
        threshold: shapes whose best name is less sure than this (0 to 1) are "unknown".
        temperature: of the softmax over names. Left out, the one that makes the confidences fit the shapes that people
            or files labeled: the validation split's, else all that are not test shapes, where at least 30 of them are
            of a class among the names; otherwise the model's own (``facts.calibration["naming"]``), or 0.12.
        split: only the shapes of this split.
        encode, progress: as for `extract_features`.
        overwrite: replace ``out``.
        opens: ``table`` and settings of an import for a folder, as for `open_collection`.

    Raises:
        InputError: names that are none, a model without a text query, no shapes, or a file that is there.
    """
    file = check_file(out, overwrite=overwrite)
    check_share("threshold", threshold)
    wanted, settings = name_list(names), naming_settings(encode)
    check_split(split)
    module, _ = resolve_model(model)
    check_naming(module, templates, temperature)
    shapes = of_split(open_shapes(data, progress=progress, **opens).by_people, split)
    found = names_of(
        module, shapes, wanted, templates=templates, threshold=threshold, temperature=temperature, settings=settings,
        progress=progress,
    )  # fmt: skip
    if file is not None:
        found.write(file)
    return found


def names_of(
    module: torch.nn.Module,
    shapes: Shapes,
    wanted: NameList,
    *,
    templates: str | Path | Sequence[str] = AS_TAUGHT,
    threshold: float = 0.0,
    temperature: float | None = None,
    settings: EncodeSettings,
    progress: bool = True,
) -> NamedShapes:
    """What `name` does, of a model and shapes that are open; the shapes' labels serve to calibrate."""
    scores = PhraseScores(module, shapes, wanted, templates=templates, encode=settings, progress=progress)
    notes = list(scores.notes)
    if temperature is None:
        temperature, how = calibrated(scores.of, shapes, wanted, usual_temperature(module))
        notes.append(how)
    blocks = [best_two(softmax(block, temperature)) for _, block in scores.blocks()]
    best = Best(*(np.concatenate(columns) for columns in zip(*blocks, strict=True)))
    ids = np.array(list(shapes.ids()), dtype=np.str_)
    return NamedShapes(ids, wanted.names, best, threshold, temperature, notes)


def check_naming(module: torch.nn.Module, templates: str | Path | Sequence[str], temperature: float | None) -> None:
    """InputError for a model that knows no words, templates or a temperature that are none: before shapes are read."""
    check_temperature(temperature)
    reader = teachers_for(module, "text")["text"]
    check_text_teacher(reader.spec or reader.name)
    if templates != AS_TAUGHT:
        load_templates(templates)


def check_temperature(temperature: float | None) -> None:
    """InputError unless it is a number above 0, or left out."""
    if temperature is not None and not (is_number(temperature) and 0 < temperature < float("inf")):
        raise InputError(f"the temperature must be above 0, not {temperature!r}")


def check_share(what: str, value: float) -> None:
    """InputError unless it is from 0 to 1."""
    if not (is_number(value) and 0 <= value <= 1):
        raise InputError(f"the {what} is from 0 to 1, not {value!r}")


def numbers_among(shapes: Shapes, wanted: NameList) -> np.ndarray:
    """(M,) int64, each shape's class as a place in the names, by any of their phrases; -1 for none."""
    place = {readable(phrase): i for i, own in enumerate(wanted.phrases) for phrase in own}
    lookup = np.array([*(place.get(readable(one), -1) for one in shapes.meta.classes), -1])
    return lookup[shapes.label]


def usual_temperature(module: torch.nn.Module) -> float:
    """Of the softmax over names, where no labels tell what fits: what travels with the model, else `TEMPERATURE`."""
    return float(getattr(getattr(module, "facts", None), "calibration", {}).get("naming", TEMPERATURE))


def calibrated(
    scores: Callable[[np.ndarray], np.ndarray],
    shapes: Shapes,
    wanted: NameList,
    usual: float,
    *,
    held_out: bool = False,
) -> tuple[float, str]:
    """The temperature that fits the labeled shapes best, and a sentence on it; the usual one where there are too few.

    ``scores`` gives those (m, K) of the shapes at places (m,). With ``held_out`` only validation shapes count.
    """
    label = numbers_among(shapes, wanted)
    may = np.flatnonzero((label >= 0) & (shapes.split != "test"))
    apart = may[shapes.split[may] == "val"]
    chosen, what = (apart, "validation") if held_out or len(apart) >= FEWEST else (may, "labeled")
    if len(chosen) < FEWEST:
        return usual, f"confidences are by the usual temperature {usual:g}: too few labeled shapes to fit it to"
    chosen = np.random.default_rng(0).permutation(chosen)[:_MOST]
    found = fitted_temperature(scores(chosen), label[chosen])
    return found, f"confidences are by the temperature {found:.3f}, fitted to {len(chosen)} {what} shapes"

"""What the confirmed examples of a table say of all its shapes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pointrecon.encode_settings import naming_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import Encode
from pointrecon.evaluation.inputs import resolve_model
from pointrecon.evaluation.name_list import NameList
from pointrecon.evaluation.naming import AS_TAUGHT
from pointrecon.labeling.confidence import FEWEST, softmax
from pointrecon.labeling.example_head import ExampleHead, fit_head
from pointrecon.labeling.opened_shapes import OpenedShapes
from pointrecon.labeling.phrase_scores import PhraseScores
from pointrecon.labeling.shape_names import usual_temperature
from pointrecon.progress import plural
from pointrecon.readable import readable
from pointrecon.retrieval.vectors import MODEL, collection_vectors

THIN = 5  # examples below which a class is hardly learned
_TOLD = 0.02  # share of shapes of unseen classes from which on it is told
_NAMED = 5  # classes in a note
WITH_WORDS = 1000  # examples up to which names are asked, too: with more of them they did not help


@dataclass(frozen=True)
class LearnedClasses:
    """A head, and its answers for the M shapes of a table.

    Attributes:
        classes: the K names. label: (M,) the examples as places in them, -1 for other shapes.
        probabilities: (M, K) of the head that saw all examples.
        vectors: (M, D) that it reads. name: of them.
    """

    head: ExampleHead
    classes: list[str]
    label: np.ndarray
    probabilities: np.ndarray
    vectors: np.ndarray
    name: str
    notes: list[str]


def learned_classes(
    opened: OpenedShapes,
    *,
    model: str | Path | torch.nn.Module = MODEL,
    vector: str = "auto",
    templates: str | Path | Sequence[str] = AS_TAUGHT,
    encode: Encode = None,
    words: bool = True,
    progress: bool = True,
) -> LearnedClasses:
    """Fit a head on all shapes that people or files labeled, and ask it for all shapes.

    Arguments are those of `label`; without ``words`` the names of the classes are not asked. InputError where fewer
    than two classes have examples.
    """
    shapes = opened.by_people
    every: np.ndarray = shapes.label
    examples = np.flatnonzero(every >= 0)
    numbers = np.unique(every[examples])
    if len(numbers) < 2:
        have = f"one class only ('{shapes.meta.classes[numbers[0]]}')" if len(numbers) else "no class"
        raise InputError(
            f"{shapes.name} has examples of {have}: confirm some of two classes or more, with 'pointrecon label TABLE "
            "--suggest 20' and '--from confirmed.csv'"
        )
    classes = [shapes.meta.classes[i] for i in numbers]
    found = collection_vectors(
        opened.table or shapes, model=model, vector=vector, poses=naming_settings(encode).poses, progress=progress
    )
    if len(found.shapes) != len(shapes):
        raise InputError(f"{shapes.name} was changed meanwhile: run the command again")
    told, notes = None, []
    if words and len(examples) <= WITH_WORDS:
        try:
            told = _by_words(opened, classes, model, templates, encode, progress)
        except InputError as error:  # its text teacher is not at hand
            notes.append(f"the names of the classes were not asked: {error}")
    own = np.searchsorted(numbers, every[examples])
    head = fit_head(found.values[examples], own, None if told is None else told[examples])
    step = range(0, len(shapes), 4096)
    blocks = [
        head.probabilities(found.values[i : i + 4096], None if told is None else told[i : i + 4096]) for i in step
    ]
    label = np.full(len(shapes), -1, np.int64)
    label[examples] = own
    if len(head.places) < len(examples):
        notes.append(f"{len(head.places)} of {len(examples)} examples were used")
    notes += _thin(np.bincount(own), classes)
    if head.unseen >= _TOLD:
        notes.append(
            f"some {100 * head.unseen:.0f}% of the shapes are likely of classes that have no example yet: all are less "
            "sure by that"
        )
    if told is not None:
        weight = f"weighs {head.word_share:g} in it" if head.word_share else "does not help, and is left out"
        notes.append(f"what the names of the classes say {weight}: chosen on the examples, each left out once")
    return LearnedClasses(head, classes, label, np.concatenate(blocks), found.values, found.name, notes)


def _thin(counts: np.ndarray, classes: Sequence[str]) -> list[str]:
    """What is to be known where examples are few: (K,) of each class."""
    thin, notes = np.flatnonzero(counts < THIN), []
    if len(thin):
        named = ", ".join(f"{classes[i]} {counts[i]}" for i in thin[:_NAMED].tolist())
        more = f" and {len(thin) - _NAMED} more" if len(thin) > _NAMED else ""
        notes.append(
            f"fewer than {THIN} examples of {plural(len(thin), 'class')} ({named}{more}): confirm more of them"
        )
    if (every := int(counts.sum())) < FEWEST:
        notes.append(f"confidences are fitted to {every} examples only: take them for rough ones")
    return notes


def _by_words(
    opened: OpenedShapes,
    classes: list[str],
    model: str | Path | torch.nn.Module,
    templates: str | Path | Sequence[str],
    encode: Encode,
    progress: bool,
) -> np.ndarray | None:
    """(M, K) log-probabilities of the classes by their names; None for a model or names that cannot tell."""
    module, _ = resolve_model(model)
    teachers = getattr(getattr(module, "config", None), "teachers", {})
    spoken = [readable(one) for one in classes]
    if "text" not in teachers or not all(spoken) or len(set(spoken)) < len(spoken):
        return None
    names = NameList(classes, [[one] for one in classes])
    scores = PhraseScores(
        module, opened.shapes, names, templates=templates, encode=naming_settings(encode), progress=progress
    )
    found = np.concatenate([block for _, block in scores.blocks()])
    return np.log(np.maximum(softmax(found, usual_temperature(module)), 1e-12))

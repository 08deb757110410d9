"""Label the shapes of a table: by words, or by a head learned from the examples that people confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.checks import checked
from pointrecon.encode_settings import naming_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import Encode
from pointrecon.evaluation.inputs import check_split, of_split, resolve_model
from pointrecon.evaluation.name_list import Names, name_list
from pointrecon.evaluation.naming import AS_TAUGHT
from pointrecon.labeling.confidence import best_two
from pointrecon.labeling.learned_classes import learned_classes
from pointrecon.labeling.named_shapes import NamedShapes
from pointrecon.labeling.opened_shapes import open_labels
from pointrecon.labeling.shape_names import check_naming, check_share, names_of
from pointrecon.progress import plural
from pointrecon.retrieval.vectors import MODEL, check_makers

THRESHOLD = 0.5  # more likely right than wrong


@dataclass(frozen=True)
class LabeledTable:
    """What `label` found and did.

    Attributes:
        named: the class of each of M shapes, with confidence and runner-up.
        given: (M,) bool, which have that label now (or would have, with ``dry_run``).
        kept: shapes whose label by a person or from their file stood in the way.
        who: what the labels were given by.
        accuracy: of the examples, each by a head that did not see it; None where names were given.
        examples: how many of them.
    """

    named: NamedShapes
    given: np.ndarray
    kept: int
    who: str
    accuracy: float | None = None
    examples: int = 0

    def __repr__(self) -> str:
        return f"<{int(self.given.sum())} of {plural(len(self.given), 'shape')} labeled, by {self.who}>"


@checked
def label(
    data: Any,
    names: Names | None = None,
    *,
    examples: bool = False,
    model: str | Path | torch.nn.Module = MODEL,
    vector: str = "auto",
    templates: str | Path | Sequence[str] = AS_TAUGHT,
    threshold: float = THRESHOLD,
    temperature: float | None = None,
    split: str | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    encode: Encode = None,
    progress: bool = True,
    **opens: Any,
) -> LabeledTable:
    """Write classes into a table, with who gave them, when and how sure that is.

    A model's label never goes over one by a person, or one that came with the file. Where an earlier one by a model is
    no longer sure enough, it goes.

    Args:
        data: a table; or a folder of shapes, whose table lies beside it.
        names: label by words, as `pointrecon.name` does.
        examples: label by the shapes that people (or their files) labeled: a linear head on frozen vectors, joined with
            what the classes' names say where that helps; see `example_head`.
        model: whose text query, or whose vectors, are used.
        vector: which vectors, as for `collection_vectors`.
        templates, temperature: as for `pointrecon.name`.
        threshold: confidence (0 to 1) below which a shape gets no label.
        split: only the shapes of this split.
        overwrite: labels by people and from files may go, too.
        dry_run: change nothing.
        encode, progress: as for `extract_features`.
        opens: ``table`` and settings of an import for a folder, as for `open_collection`.

    Raises:
        InputError: neither or both of names and examples, shapes that are in no table, fewer than two classes with
            examples, a model without a text query, or another process that is writing.
    """
    if (names is None) != examples:
        raise InputError("label by names or by examples: give one of the two")
    check_share("threshold", threshold)
    wanted = None if names is None else name_list(names)
    check_split(split)
    if wanted is not None:
        module, called = resolve_model(model)
        check_naming(module, templates, temperature)
    else:
        check_makers(model, vector)
    opened, table = open_labels(data, progress=progress, **opens)
    accuracy, count = None, 0
    if wanted is not None:
        who = f"{called} by words"
        named = names_of(
            module, of_split(opened.by_people, split), wanted, templates=templates, threshold=threshold,
            temperature=temperature, settings=naming_settings(encode), progress=progress,
        )  # fmt: skip
    else:
        found = learned_classes(
            opened, model=model, vector=vector, templates=templates, encode=encode, progress=progress
        )
        head, which = found.head, np.arange(len(opened.shapes))
        if split is not None:
            which = opened.shapes.in_split(split)
            of_split(opened.shapes, split)  # refuses a split without shapes
        count, accuracy = len(head.places), head.accuracy
        who = f"{found.name} by {count} examples"
        best = best_two(found.probabilities[which])
        named = NamedShapes(opened.ids[which], found.classes, best, threshold, head.temperature, found.notes)
    at = {key: i for i, key in enumerate(opened.ids.tolist())}
    places = np.array([at[key] for key in named.id.tolist()], np.int64)
    now: np.ndarray = opened.shapes.label[places]
    mine = overwrite | opened.guessed[places] | (now < 0)
    # what is not sure enough takes away what a model gave before, and nothing else
    told = mine & (named.known | opened.guessed[places])
    if not dry_run and told.any():
        classes = np.where(named.known, named.name, "")[told]
        sure = named.best.confidence[told].round(4)
        told[told] = table.set_labels(named.id[told], classes, who, sure, overwrite=overwrite)
    return LabeledTable(named, told & named.known, int((~mine).sum()), who, accuracy, count)

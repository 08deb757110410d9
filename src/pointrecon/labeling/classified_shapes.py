"""What a fine-tuned classifier calls shapes, labeled or not: class, confidence and runner-up."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.checks import checked
from pointrecon.devices import pick_device
from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import Encode
from pointrecon.evaluation.inputs import check_split, of_split, resolve_model
from pointrecon.evaluation.name_list import NameList
from pointrecon.labeling.confidence import best_two, softmax
from pointrecon.labeling.named_shapes import NamedShapes, check_file
from pointrecon.labeling.opened_shapes import open_shapes
from pointrecon.labeling.shape_names import calibrated, check_share, check_temperature
from pointrecon.progress import Bar
from pointrecon.transfer.finetuning import class_scores


@checked
def classify(
    model: str | Path | torch.nn.Module,
    data: Any,
    out: str | Path | None = None,
    *,
    votes: int = 1,
    threshold: float = 0.0,
    temperature: float | None = None,
    split: str | None = None,
    encode: Encode = None,
    overwrite: bool = False,
    progress: bool = True,
) -> NamedShapes:
    """Say which of its classes a classifier takes every shape for. No label is needed; data stays as it is.

    Args:
        model: a run of `pointrecon.finetune`, its model folder, a released fine-tuned ``.pth``, or a module.
        data, out, threshold, split, encode, overwrite, progress: as for `pointrecon.name`; of ``encode`` the batch
            size, device and seed count.
        votes: copies of each shape that are asked, with other points of it where it has more; the mean counts.
        temperature: of the softmax over classes. Left out, fitted to the labeled shapes of the validation split (others
            may be what the model learned by heart); 1, the classifier's own, where there are fewer than 30, or where it
            learned from validation shapes too.

    Raises:
        InputError: a model that is no classifier, no shapes, or a file that is there.
    """
    file = check_file(out, overwrite=overwrite)
    check_share("threshold", threshold)
    check_temperature(temperature)
    check_split(split)
    if votes < 1:
        raise InputError(f"votes are 1 or more, not {votes}")
    settings = encode_settings(encode)
    module, called = resolve_model(model)
    head = getattr(getattr(module, "config", None), "head", None)
    if head is None or head.kind == "parts":
        raise InputError(f"'{called}' is no classifier: 'pointrecon finetune' makes one of a model and labeled shapes")
    shapes = of_split(open_shapes(data, progress=progress).by_people, split)
    with Bar("classifying shapes", votes * len(shapes), show=progress) as bar:
        scores = class_scores(
            module.to(pick_device(settings.device)), shapes, votes=votes, batch_size=settings.batch_size,
            device=str(pick_device(settings.device)), seed=settings.seed, advance=bar.advance,
        ).mean(0)  # fmt: skip
    notes = []
    learned = getattr(getattr(module, "facts", None), "data", [])[-1:]
    if temperature is None and learned and "val" in learned[0].get("splits", []):
        temperature = 1.0
        notes.append("confidences are the classifier's own: it learned from validation shapes, so none tell what fits")
    if temperature is None:
        names = NameList(head.classes, [[one] for one in head.classes])
        temperature, how = calibrated(lambda places: scores[places], shapes, names, 1.0, held_out=True)
        notes.append(how)
    found = NamedShapes(
        np.array(list(shapes.ids()), dtype=np.str_), list(head.classes), best_two(softmax(scores, temperature)),
        threshold, temperature, notes,
    )  # fmt: skip
    if file is not None:
        found.write(file)
    return found

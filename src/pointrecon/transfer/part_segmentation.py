"""Fine-tune a model to tell the parts of shapes, over seeds, with the test shapes seen once."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from pointrecon.errors import InputError
from pointrecon.evaluation.inputs import shapes_name
from pointrecon.evaluation.measured import Results
from pointrecon.evaluation.part_scores import PartScores, part_scores
from pointrecon.models.model_config import Head
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.screen import say
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.part_labels import PartLabels, part_labels
from pointrecon.training.segment_task import SegmentTask, check_augmentation
from pointrecon.transfer.part_answers import part_answers
from pointrecon.transfer.part_figure import Panel, draw_parts
from pointrecon.transfer.skeleton import run_transfer
from pointrecon.transfer.transfer_config import SegmentConfig
from pointrecon.transfer.transfer_way import Found, Transfer, protocol_splits

POINTS = 2048  # points per cloud where there are as many (METHOD section 4)
PER_PATCH = 16  # points of a cloud for every patch: 128 patches of 2048 points
FIGURE = "parts.png"
_SHOWN = 6  # categories in the figure


def segment(
    model: str | Path | nn.Module | None = None,
    data: Any = None,
    out: str | Path | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    config: SegmentConfig | None = None,
    **settings: Any,
) -> Results:
    """Fine-tune for part segmentation; write the run folder, the model with its head, records and a figure.

    All is as for `pointrecon.finetune`, but that the shapes need part labels. The records are of the task "segment",
    with voting "segment/votes10"; their metrics are "instance_miou" (mean over shapes), "class_miou" (mean over
    categories) and "accuracy" (of points).

    Source: METHOD section 2, "Heads", and section 4.
    """
    return run_transfer(
        PartSegmentation, model, data, out, resume=resume, overwrite=overwrite, config=config, **settings
    )  # fmt: skip


class PartSegmentation(Transfer[SegmentConfig]):
    """Fine-tuning to tell parts."""

    command, mark, settings = "segment", "segment", SegmentConfig
    measures = ("instance_miou", "class_miou", "accuracy")
    needs = "shapes with part labels, for instance chairs.lance"
    parts = True
    labels: PartLabels

    @classmethod
    def on(cls, config: SegmentConfig, source: EitherModel, shapes: Shapes) -> "PartSegmentation":
        """This way on these shapes; what is held out is held out of each category."""
        check_augmentation(config.augment)
        labels = part_labels(shapes, shapes_name(shapes))
        shapes = shapes.relabeled(labels.category, list(labels.categories))
        points = config.points or min(POINTS, shapes.size)
        config = replace(config, points=points, patches=config.patches or max(1, points // PER_PATCH))
        splits = protocol_splits(shapes, config, least_classes=1)
        notes = [note for note in splits.notes if "shapes without a label" not in note]  # labels.notes do
        for was, now in (("has the class", "has the category"), ("count as wrong", "are labeled all the same")):
            notes = [note.replace(was, now) if note.startswith("no training shape") else note for note in notes]
        if shapes.size > points:
            notes.append(f"the encoder saw {points} of each cloud's {shapes.size} points; all of them were labeled")
        splits.notes = [*labels.notes, *notes]
        categories = {name: list(numbers) for name, numbers in labels.categories.items()}
        head = Head("parts", list(labels.names), len(categories), categories)
        this = cls(config, source, shapes, splits, head, "segment")
        this.labels, this.counts = labels, {"parts": len(labels.names)}
        return this

    def task(self, model: EitherModel, seen: Shapes) -> SegmentTask:
        """Negative log likelihood of points' parts."""
        return SegmentTask(model, self.config.segment, self.config.augment)

    def scores(self, model: nn.Module, shapes: Shapes, **how: Any) -> Found:
        """Intersection over union, and the share of points that are right."""
        return self._scored(model, shapes, **how)[0]

    def test(self, model: nn.Module, shapes: Shapes, results: Path, **how: Any) -> Found:
        """Besides scores a figure: truth beside answer."""
        found, truth, answer, scores = self._scored(model, shapes, **how)
        try:
            draw_parts(results / FIGURE, self._panels(shapes, truth, answer, scores), up=shapes.meta.up)
        except InputError as error:
            say(f"no {FIGURE}: {error}", file=sys.stderr)
        return found

    def _scored(
        self, model: nn.Module, shapes: Shapes, *, votes: int = 1, **how: Any
    ) -> tuple[Found, np.ndarray, np.ndarray, PartScores]:
        """Scores; and truth (M, N), answer (M, N) and their scores without voting."""
        config, names = self.config, list(self.labels.categories)
        answers = part_answers(
            model, shapes, votes=votes, augmentation=config.augment, batch_size=config.train.batch_size, **how
        )  # fmt: skip
        truth = shapes.parts(np.arange(len(shapes)))
        scores = [part_scores(truth, answer, shapes.label, self.labels.categories) for answer in answers]
        found: Found = [
            (count, {"metrics": one.metrics, "per_class": one.per_category, "classes": names})
            for count, one in zip(dict.fromkeys((1, votes)), scores, strict=True)
        ]
        return found, truth, answers[0], scores[0]

    def _panels(self, test: Shapes, truth: np.ndarray, answer: np.ndarray, scores: PartScores) -> list[Panel]:
        """The shape in the middle of each of some categories, best category first."""
        names = list(self.labels.categories)
        order = sorted(scores.per_category, key=lambda name: -scores.per_category[name])
        some = [order[i] for i in np.unique(np.linspace(0, len(order) - 1, min(_SHOWN, len(order))).astype(int))]
        panels = []
        for name in some:
            mine = np.flatnonzero(test.label == names.index(name))
            middle = mine[np.argsort(scores.shapes[mine], kind="stable")[(len(mine) - 1) // 2]]
            cloud = test.read(np.array([middle])).points[0].astype(np.float32)
            panels.append(Panel(name, cloud, truth[middle], answer[middle], scores.shapes[middle], self.labels.names))
        return panels

"""Fine-tune a model to tell the parts of shapes, over seeds, with the test shapes seen once."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from lightning_fabric import Fabric

from pointrecon.errors import InputError
from pointrecon.evaluation.part_scores import PartScores, part_scores
from pointrecon.evaluation.record import Record
from pointrecon.evaluation.splits import Splits
from pointrecon.models.model import ReconModel
from pointrecon.progress import Bar
from pointrecon.shapes import open_table
from pointrecon.shapes.table.collection import Shapes, open_collection
from pointrecon.shapes.table.part_labels import PartLabels, part_labels
from pointrecon.training.pretraining import make_set
from pointrecon.training.run_folder import RESULTS, RunFolder
from pointrecon.training.segment_task import SegmentTask, check_augmentation
from pointrecon.training.selection import Selection
from pointrecon.transfer.backbone import check_batches
from pointrecon.transfer.part_figure import Panel, draw_parts
from pointrecon.transfer.seeds import (
    Kind,
    keep_seed,
    label_share,
    opened,
    protocol_splits,
    run_seeds,
    sizes,
    source_model,
)
from pointrecon.transfer.segment_config import SegmentConfig
from pointrecon.transfer.segmenter import (
    METRIC,
    build_segmenter,
    part_answers,
    train_segmenter,
    truth_of,
)
from pointrecon.transfer.transfer_records import TransferResult, seed_records

POINTS = 2048  # points per cloud where there are as many (METHOD section 4)
PER_PATCH = 16  # points of a cloud for every patch: 128 patches of 2048 points
FIGURE = "parts.png"
_SHOWN = 6  # categories in the figure

KIND = Kind(
    SegmentConfig, command="segment", mark="segment", records="segment.json", metric=METRIC,
    table="a shape table with part labels",
)  # fmt: skip


@dataclass
class SegmentResult(TransferResult):
    """What `segment` found. Records have the task "segment", with voting "segment/votes10"."""

    def instance_miou(self, *, voting: bool = False) -> float:
        """Mean over shapes of the test split, mean over seeds."""
        return self.mean("instance_miou", voting=voting)

    def class_miou(self, *, voting: bool = False) -> float:
        """Mean over categories of the means over their test shapes, mean over seeds."""
        return self.mean("class_miou", voting=voting)


def segment(
    model: str | Path | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    *,
    resume: str | Path | None = None,
    overwrite: bool = False,
    config: SegmentConfig | None = None,
    **settings: Any,
) -> SegmentResult:
    """Fine-tune for part segmentation; write the run folder, the model with its head, records and a figure.

    With several seeds each has a run folder of its own below ``out``.

    Args:
        model: model folder or released ``.pth``; from scratch also a size such as "nano".
        data: a shape table with part labels.
        out: the run folder.
        resume: go on with this run folder instead; nothing else is needed.
        overwrite: start afresh where a run is already.
        config: a whole configuration instead of settings.
        **settings: nested settings, for instance ``seeds=3, train={"epochs": 100}``.

    Returns:
        the records; ``finished`` is False when it was interrupted and can be resumed.

    Raises:
        InputError: for bad settings, a table without part labels or test shapes, a model that does not fit, a loss
            that is not finite, or a folder in use.

    Source: METHOD section 2, "Heads", and section 4.
    """
    config, folder = opened(KIND, model, data, out, resume, config, settings)
    resumed = resume is not None
    if not resumed:
        folder.check(overwrite=overwrite)  # before shapes are read for minutes
    check_augmentation(config.augment)
    source = source_model(config)
    plain = open_collection([open_table(config.data)])
    labels = part_labels(plain, config.data)
    shapes = plain.relabeled(labels.category, list(labels.categories))
    splits = _splits(shapes, labels, config)
    config = _sized(config, shapes.size)
    check_batches("parts", len(label_share(splits.train, shapes.label, config.labels, 0)), config.train.batch_size)
    build_segmenter(source, labels.names, labels.categories, **sizes(config))  # sizes that do not fit are told now

    def one_seed(one: SegmentConfig, own: RunFolder, fabric: Fabric) -> list[Record] | None:
        return _seed(one, own, fabric, source, shapes, labels, splits, whole=folder.path)

    result = run_seeds(
        KIND, config, folder, resumed=resumed, overwrite=overwrite, one_seed=one_seed,
        told=lambda found: _sentence(found, config),
    )  # fmt: skip
    return SegmentResult(result.finished, result.records, result.model)


def _sized(config: SegmentConfig, stored: int) -> SegmentConfig:
    """Points and patches that were left open: as released where the clouds have the points."""
    points = config.points or min(POINTS, stored)
    if config.patches is not None:
        return replace(config, points=points)
    return replace(config, points=points, patches=max(1, points // PER_PATCH))


def _splits(shapes: Shapes, labels: PartLabels, config: SegmentConfig) -> Splits:
    """Under the protocol; what is held out is held out of each category."""
    splits = protocol_splits(shapes.label, shapes, config, least_classes=1)
    notes = [note for note in splits.notes if not note.endswith("without a label were left out")]  # labels.notes do
    for was, now in (("has the class", "has the category"), ("count as wrong", "are labeled all the same")):
        notes = [note.replace(was, now) if note.startswith("no training shape") else note for note in notes]
    splits.notes = [*labels.notes, *notes]
    return splits


def _seed(
    config: SegmentConfig,
    own: RunFolder,
    fabric: Fabric,
    source: ReconModel,
    shapes: Shapes,
    labels: PartLabels,
    splits: Splits,
    *,
    whole: Path,
) -> list[Record] | None:
    """One seed's run: its records, or None when it was interrupted."""
    seed = config.train.seed
    seen = shapes.select(label_share(splits.train, shapes.label, config.labels, seed))
    check, test = shapes.select(splits.val), shapes.select(splits.test)
    model = build_segmenter(
        source, labels.names, labels.categories, seed=seed, from_scratch=config.from_scratch, **sizes(config)
    )
    active = fabric.global_rank == 0
    if active:
        count = sum(p.numel() for p in model.parameters())
        print(
            f"segment: {len(seen)} training, {len(check)} validation and {len(test)} test shapes of "
            f"{len(labels.categories)} categories with {len(labels.names)} parts; {count / 1e6:.2f} million weights "
            f"learn, seed {seed}",
            file=sys.stderr,
        )
    task = SegmentTask(model, config.segment, config.augment)
    data = make_set(seen, model.config, {}, fabric.device, hold=config.train.hold, parts=True, active=active)
    outcome, selection = train_segmenter(
        task, data, config.optim, config.train, config.keep, own, fabric,
        check=check if config.train.probe_every else None, fingerprint=seen.fingerprint(),
        again=f"pointrecon segment --resume {whole}",
    )  # fmt: skip
    if not outcome.finished:
        return None
    records: list[Record] = []
    if active:
        records = _test(config, model, labels, test, splits, selection, len(seen), fabric, own)
        keep_seed(KIND, config, shapes, model, records, own)
    fabric.barrier()
    return records


def _test(
    config: SegmentConfig,
    model: ReconModel,
    labels: PartLabels,
    test: Shapes,
    splits: Splits,
    selection: Selection,
    trained: int,
    fabric: Fabric,
    own: RunFolder,
) -> list[Record]:
    """The one look at the test shapes: without voting, and with it where it was asked for."""
    with Bar("testing", len(test)) as bar:
        answers = part_answers(
            model, test, votes=config.votes, augmentation=config.augment, batch_size=config.train.batch_size,
            device=fabric.device, seed=config.train.seed, advance=bar.advance,
        )  # fmt: skip
    truth, found = truth_of(test), []
    for votes, answer in zip(dict.fromkeys((1, config.votes)), answers, strict=True):
        scores = part_scores(truth, answer, test.label, labels.categories)
        values = {"metrics": scores.metrics(), "per_class": scores.per_category, "classes": list(labels.categories)}
        found.append((votes, values))
        if votes == 1:
            _draw(own.path / RESULTS / FIGURE, test, truth, answer, scores, labels)
    notes = list(splits.notes)
    points = model.config.points
    if test.size > points:
        notes.append(f"the encoder saw {points} of each cloud's {test.size} points; all of them were labeled")
    counts = {
        "train": trained, "val": len(splits.val), "test": len(test),
        "classes": len(scores.per_category), "parts": len(labels.names),
    }  # fmt: skip
    return seed_records(
        config, "segment", METRIC, found,
        test=test, points=points, counts=counts, notes=notes, selection=selection,
    )  # fmt: skip


def _draw(
    path: Path, test: Shapes, truth: np.ndarray, answer: np.ndarray, scores: PartScores, labels: PartLabels
) -> None:
    """Truth beside answer for the shape in the middle of each of some categories, best category first."""
    names = list(labels.categories)
    order = sorted(scores.per_category, key=lambda name: -scores.per_category[name])
    some = [order[i] for i in np.unique(np.linspace(0, len(order) - 1, min(_SHOWN, len(order))).astype(int))]
    panels = []
    for name in some:
        mine = np.flatnonzero(test.label == names.index(name))
        middle = mine[np.argsort(scores.shapes[mine], kind="stable")[(len(mine) - 1) // 2]]
        cloud = test.read(np.array([middle])).points[0].astype(np.float32)
        panels.append(Panel(name, cloud, truth[middle], answer[middle], scores.shapes[middle], labels.names))
    try:
        draw_parts(path, panels, up=test.meta.up)
    except InputError as error:
        print(f"no {path.name}: {error}", file=sys.stderr)


def _sentence(result: TransferResult, config: SegmentConfig) -> str:
    parts = []
    for voting in (False, True)[: 1 + (config.votes > 1)]:
        instance, by_class = (result.percent(name, voting=voting) for name in ("instance_miou", "class_miou"))
        parts.append(f"{instance} instance, {by_class} class" + (f" with a vote of {config.votes}" if voting else ""))
    seeds = "one seed" if config.seeds == 1 else f"{config.seeds} seeds"
    return f"'{config.test_split}' mIoU {'; '.join(parts)} (protocol {config.protocol}, {seeds})"

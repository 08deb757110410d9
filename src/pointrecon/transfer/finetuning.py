"""Fine-tune a model for classification on a labeled table, over seeds, with the test shapes seen once."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from lightning_fabric import Fabric

from pointrecon.errors import InputError
from pointrecon.evaluation.record import Record, score
from pointrecon.evaluation.splits import Splits
from pointrecon.models.model import ReconModel
from pointrecon.progress import Bar
from pointrecon.shapes import open_table
from pointrecon.shapes.table.collection import Shapes, open_collection
from pointrecon.training.classify_task import ClassifyTask
from pointrecon.training.pretraining import make_set
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.selection import Selection
from pointrecon.transfer.backbone import check_batches
from pointrecon.transfer.classifier import (
    METRIC,
    build_classifier,
    class_counts,
    class_scores,
    train_classifier,
    training_points,
)
from pointrecon.transfer.finetune_config import FinetuneConfig
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
from pointrecon.transfer.transfer_records import TransferResult, seed_records

KIND = Kind(
    FinetuneConfig,
    command="finetune",
    mark="mode",
    records="finetune.json",
    metric=METRIC,
    table="a shape table with labels",
)


@dataclass
class FinetuneResult(TransferResult):
    """What `finetune` found. Records have the task "finetune/full" and so on, with voting "finetune/full/votes10"."""

    def accuracies(self, *, voting: bool = False) -> list[float]:
        """Test accuracy of every seed, between 0 and 1."""
        return self.values(METRIC, voting=voting)

    def accuracy(self, *, voting: bool = False) -> float:
        """Mean test accuracy over seeds.

        Raises:
            InputError: when nothing was measured (with voting).
        """
        return self.mean(METRIC, voting=voting)

    def deviation(self, *, voting: bool = False) -> float | None:
        """Standard deviation over seeds (of a sample); None with fewer than two."""
        return self.spread(METRIC, voting=voting)


def finetune(
    model: str | Path | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    *,
    resume: str | Path | None = None,
    overwrite: bool = False,
    config: FinetuneConfig | None = None,
    **settings: Any,
) -> FinetuneResult:
    """Fine-tune for classification; write the run folder, the model with its head, and the records.

    With several seeds each has a run folder of its own below ``out``.

    Args:
        model: model folder or released ``.pth``; from scratch also a size such as "nano".
        data: a shape table with labels.
        out: the run folder.
        resume: go on with this run folder instead; nothing else is needed.
        overwrite: start afresh where a run is already.
        config: a whole configuration instead of settings.
        **settings: nested settings, for instance ``mode="linear", seeds=3, train={"epochs": 30}``.

    Returns:
        the records; ``finished`` is False when it was interrupted and can be resumed.

    Raises:
        InputError: for bad settings, a table without labels or test shapes, a model that does not fit, a loss that is
            not finite, or a folder in use.
    """
    config, folder = opened(KIND, model, data, out, resume, config, settings)
    resumed = resume is not None
    if not resumed:
        folder.check(overwrite=overwrite)  # before shapes are read for minutes
    source = source_model(config)
    shapes = open_collection([open_table(config.data)])
    splits = _splits(shapes, config)
    # Sizes that do not fit are told now.
    head = build_classifier(source, config.mode, ["a", "b"], **sizes(config)).config.head
    assert head is not None
    check_batches(head.kind, len(label_share(splits.train, shapes.label, config.labels, 0)), config.train.batch_size)

    def one_seed(one: FinetuneConfig, own: RunFolder, fabric: Fabric) -> list[Record] | None:
        return _seed(one, own, fabric, source, shapes, splits, whole=folder.path)

    result = run_seeds(
        KIND, config, folder, resumed=resumed, overwrite=overwrite, one_seed=one_seed,
        told=lambda found: _sentence(found, config),
    )  # fmt: skip
    return FinetuneResult(result.finished, result.records, result.model)


def _splits(shapes: Shapes, config: FinetuneConfig) -> Splits:
    label = np.asarray(shapes.label)
    if not (label >= 0).any():
        raise InputError(f"the table {config.data} has no labels; import it with a folder per class or a class column")
    return protocol_splits(label, shapes, config)


def _seed(
    config: FinetuneConfig,
    own: RunFolder,
    fabric: Fabric,
    source: ReconModel,
    shapes: Shapes,
    splits: Splits,
    *,
    whole: Path,
) -> list[Record] | None:
    """One seed's run: its records, or None when it was interrupted."""
    seed, classes = config.train.seed, shapes.meta.classes
    seen = shapes.select(label_share(splits.train, shapes.label, config.labels, seed))
    check, test = shapes.select(splits.val), shapes.select(splits.test)
    model = build_classifier(source, config.mode, classes, seed=seed, from_scratch=config.from_scratch, **sizes(config))
    active = fabric.global_rank == 0
    if active:
        learning = sum(p.numel() for n, p in model.named_parameters() if config.mode == "full" or n.startswith("head."))
        print(
            f"{config.mode}: {len(seen)} training, {len(check)} validation and {len(test)} test shapes of "
            f"{len(classes)} classes; {learning / 1e6:.2f} million weights learn, seed {seed}",
            file=sys.stderr,
        )
    counts = class_counts(seen.label, len(classes))
    task = ClassifyTask(model, config.mode, config.classify, config.augment, counts=counts)
    wanted = replace(model.config, points=training_points(seen, model.config, config.classify))
    data = make_set(seen, wanted, {}, fabric.device, hold=config.train.hold, active=active)
    outcome, selection = train_classifier(
        task, data, config.optim, config.train, config.keep, own, fabric,
        check=check if config.train.probe_every else None, fingerprint=seen.fingerprint(),
        again=f"pointrecon finetune --resume {whole}",
    )  # fmt: skip
    if not outcome.finished:
        return None
    records: list[Record] = []
    if active:
        records = _test(config, model, test, splits, selection, len(seen), fabric)
        keep_seed(KIND, config, shapes, model, records, own)
    fabric.barrier()
    return records


def _test(
    config: FinetuneConfig,
    model: ReconModel,
    test: Shapes,
    splits: Splits,
    selection: Selection,
    trained: int,
    fabric: Fabric,
) -> list[Record]:
    """The one look at the test shapes: without voting, and with it where it was asked for."""
    with Bar("testing", config.votes * len(test)) as bar:
        scores = class_scores(
            model, test, votes=config.votes, augmentation=config.augment, draw=config.classify.draw,
            batch_size=2 * config.train.batch_size, device=fabric.device, seed=config.train.seed, advance=bar.advance,
        )  # fmt: skip
    found = [
        (votes, score(test.label, scores[:votes].mean(0).argmax(1), test.meta.classes))
        for votes in dict.fromkeys((1, config.votes))
    ]
    classes = len(found[0][1]["classes"])
    counts = {"train": trained, "val": len(splits.val), "test": len(test), "classes": classes}
    return seed_records(
        config, f"finetune/{config.mode}", METRIC, found,
        test=test, points=model.config.points, counts=counts, notes=splits.notes, selection=selection,
    )  # fmt: skip


def _sentence(result: TransferResult, config: FinetuneConfig) -> str:
    parts = [result.percent(METRIC)]
    if config.votes > 1:
        parts.append(f"{result.percent(METRIC, voting=True)} with a vote of {config.votes}")
    seeds = "one seed" if config.seeds == 1 else f"{config.seeds} seeds"
    return f"'{config.test_split}' accuracy {', '.join(parts)} (protocol {config.protocol}, {seeds})"

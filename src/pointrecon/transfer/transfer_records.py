"""What is kept of a fine-tuning: the facts that go with its model, its records, and a sentence."""

from typing import Any

from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.families import metric_words
from pointrecon.evaluation.inputs import identity_of, shapes_name
from pointrecon.evaluation.measured import Results
from pointrecon.evaluation.record import Record
from pointrecon.models.facts import ModelFacts, weights_hash
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.selection import Selection
from pointrecon.transfer.transfer_way import C, Found, Transfer


def facts_of(way: Transfer[C], selection: Selection, seed: int, trained: int) -> ModelFacts:
    config, source, shapes = way.config, way.source, way.shapes
    scratch, meta = config.from_scratch, shapes.meta
    learned: dict[str, Any] = {
        "name": shapes_name(shapes), "fingerprint": config.data_fingerprint, "license": meta.license,
        "splits": sorted(set(shapes.split[way.splits.train].tolist())),
    }  # fmt: skip
    if learned["splits"] == [""]:
        learned["split_seed"] = config.split_seed
    return ModelFacts(
        method=way.task_name,
        group=f"{source.facts.group or source.config.size} {way.task_name}{' from scratch' * scratch}",
        seed=None if scratch else source.facts.seed,
        epochs=selection.kept_epoch(config.train.epochs),
        origin="" if scratch else weights_hash(source),
        data=[*([] if scratch else source.facts.data), learned],
        categories=[] if scratch else list(source.facts.categories),
        protocol=f"{way.task_name} on {trained} shapes, {config.protocol}, seed {seed}",
        license=meta.license,
    )


def records_of(
    way: Transfer[C],
    model: EitherModel,
    seed: int,
    found: Found,
    selection: Selection,
    counts: dict[str, int],
    test: Shapes,
) -> list[Record]:
    """The records of one seed: one for each number of votes."""
    config, points = way.config, model.config.points
    choices: dict[str, Any] = {
        "epoch": selection.kept_epoch(config.train.epochs),
        "learning_rate": config.optim.learning_rate,
        "batch_size": config.train.batch_size,
        "points": points,
    }
    about: dict[str, Any] = identity_of(model, config.model) | {"group": way.source.facts.group}
    about |= {"data": str(config.data), "data_fingerprint": config.data_fingerprint}  # before they were relabeled
    source = None if config.from_scratch else way.source
    told = [*way.splits.notes, *cautions(source, config.data_fingerprint, test, slice(None), points)]
    if config.labels < 1:
        choices["labels"] = config.labels
        told.append(f"{100 * config.labels:g}% of each class's training labels were used to learn from")
        if config.protocol == "honest" and config.keep.chooses:
            told.append(f"the labels of all {counts['val']} validation shapes were used to choose the epoch")
    records = []
    for votes, values in found:
        if selection.best_epoch > 0 and config.keep.epoch == "best":
            # on validation shapes, or under the paper's protocol on the test shapes
            values["metrics"][f"selection_{way.measures[0]}"] = selection.best
        record = Record(
            task=way.task_name + (f"/votes{votes}" if votes > 1 else ""),
            protocol=config.protocol,
            weights="untrained" if config.from_scratch else "pre-trained",
            split=config.split,
            seed=seed,
            choices={**choices, "votes": votes} if votes > 1 else dict(choices),
            counts={**counts, "test": len(test), "classes": len(values["classes"]), **way.counts},
            notes=list(told),
            **about,
            **values,
        )
        records.append(record)
    return records


def sentence(way: Transfer[C], results: Results) -> str:
    """What a finished run found, in one line."""
    config, parts = way.config, []
    for votes in dict.fromkeys((1, config.votes)):
        task = way.task_name + (f"/votes{votes}" if votes > 1 else "")
        numbers = ", ".join(f"{results.percent(name, task=task)} {metric_words(name)}" for name in way.measures)
        parts.append(numbers + (f" with a vote of {votes}" if votes > 1 else ""))
    seeds = "one seed" if config.seeds == 1 else f"{config.seeds} seeds"
    return f"on '{config.split}': {'; '.join(parts)} (protocol {config.protocol}, {seeds})"

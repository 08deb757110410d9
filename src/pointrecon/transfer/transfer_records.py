"""What a transfer found: its records, one or two for every seed, and their means."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.record import Record
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.selection import Selection
from pointrecon.transfer.transfer_config import TransferConfig


@dataclass
class TransferResult:
    """What a transfer found.

    Attributes:
        finished: False when it was interrupted and can be resumed.
        records: of each finished seed, without voting and, where asked for, with.
        model: the model folder, with head: of the only seed, or of the one that did best where epochs were chosen.
    """

    finished: bool
    records: list[Record] = field(default_factory=list)
    model: Path | None = None

    def values(self, metric: str, *, voting: bool = False) -> list[float]:
        """One number of every seed."""
        return [r.metrics[metric] for r in self.records if ("/votes" in r.task) == voting]

    def mean(self, metric: str, *, voting: bool = False) -> float:
        """Its mean over seeds.

        Raises:
            InputError: when nothing was measured (with voting).
        """
        found = self.values(metric, voting=voting)
        if not found:
            raise InputError("nothing was measured with voting; give votes" if voting else "no seed is finished yet")
        return float(np.mean(found))

    def spread(self, metric: str, *, voting: bool = False) -> float | None:
        """Its standard deviation over seeds (of a sample); None with fewer than two."""
        found = self.values(metric, voting=voting)
        return float(np.std(found, ddof=1)) if len(found) > 1 else None

    def percent(self, metric: str, *, voting: bool = False) -> str:
        """Such as "93.10 ± 0.42%"."""
        mean, spread = 100 * self.mean(metric, voting=voting), self.spread(metric, voting=voting)
        return f"{mean:.2f}%" if spread is None else f"{mean:.2f} ± {100 * spread:.2f}%"


def seed_records(
    config: TransferConfig,
    task: str,
    metric: str,
    found: Sequence[tuple[int, dict[str, Any]]],
    *,
    test: Shapes,
    points: int,
    counts: dict[str, int],
    notes: Sequence[str],
    selection: Selection,
) -> list[Record]:
    """The records of one seed.

    Args:
        config: of the seed.
        task: such as "finetune/full".
        metric: what decided on the epoch, where epochs were chosen.
        found: votes and what was measured with them: ``metrics``, ``per_class`` and so on.
        test: the shapes measured on.
        points: a cloud had.
        counts: numbers of shapes.
        notes: sentences a reader of the numbers should know.
        selection: which epoch was kept.
    """
    choices: dict[str, Any] = {
        "epoch": selection.kept_epoch(config.train.epochs),
        "learning_rate": config.optim.learning_rate,
        "batch_size": config.train.batch_size,
        "points": points,
    }
    source = "" if config.from_scratch else config.model
    told = [*notes, *cautions(source, config.data, set(test.split.tolist()), have=test.size, wanted=points)]
    if config.labels < 1:
        choices["labels"] = config.labels
        told.append(f"{100 * config.labels:g}% of each class's training labels were used to learn from")
        if config.protocol == "honest" and config.keep.chooses:
            told.append(f"the labels of all {counts['val']} validation shapes were used to choose the epoch")
    records = []
    for votes, values in found:
        if selection.best_epoch > 0 and config.keep.epoch == "best":
            # on validation shapes, or under the paper's protocol on the test shapes
            values["metrics"][f"selection_{metric}"] = selection.best
        records.append(
            Record(
                task=task + (f"/votes{votes}" if votes > 1 else ""),
                protocol=config.protocol,
                model=config.model,
                weights="untrained" if config.from_scratch else "pre-trained",
                data=config.data,
                split=config.test_split,
                seed=config.train.seed,
                **values,
                choices={**choices, "votes": votes} if votes > 1 else dict(choices),
                counts=dict(counts),
                notes=list(told),
            )
        )
    return records

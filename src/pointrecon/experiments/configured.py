"""What the configuration beside a run's results tells of it: its seed, and what a fine-tuned model began as."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pointrecon.evaluation.families import SHORT
from pointrecon.evaluation.record import Record
from pointrecon.evaluation.run_names import model_run, root_of, run_of


@dataclass(frozen=True)
class Beginning:
    """What a fine-tuned model began as.

    Attributes:
        model: the one it started from, as its records name it.
        how: it was fine-tuned: "full", "linear", "full, 10% of the labels".
    """

    model: str
    how: str


class Configurations:
    """The ``config.yaml`` of runs, by the paths that records name models by."""

    def __init__(self, folders: Sequence[str | Path]) -> None:
        """Look from here, from each of the folders, and from the one they all lie in."""
        self._bases = [Path(), root_of(folders), *map(Path, folders)]
        self._read: dict[str, dict[str, Any]] = {}

    def of(self, path: str) -> dict[str, Any]:
        """Settings of the run that a model or run folder belongs to; empty where there are none."""
        run = run_of(path)
        if run not in self._read:
            found = (_settings(base / run / "config.yaml") for base in self._bases)
            self._read[run] = next((settings for settings in found if settings), {})
        return self._read[run]

    def beginning(self, model: str) -> Beginning | None:
        """What a fine-tuned model began as; None of any other model."""
        settings = self.of(model)
        start, mode, share = settings.get("model"), str(settings.get("mode", "parts")), settings.get("labels", 1)
        if not isinstance(start, str) or model_run(model) == model:  # pre-training holds measures of a model there
            return None
        few = isinstance(share, int | float) and share < 1
        return Beginning(start, SHORT.get(mode, mode) + (f", {100 * share:g}% of the labels" if few else ""))

    def seeds(self, read: Sequence[tuple[Record, str, Path]]) -> dict[str, int | None]:
        """Model or run folder → its seed: the configured one, else the one all its measurements have, else None."""
        measured: dict[str, set[int]] = {}
        for record, _, place in read:
            number = record.choices.get("fold", 0)  # a fold's seed is the first one's and its number
            seed = record.seed - number if isinstance(number, int) else record.seed
            begun = self.beginning(record.model)
            for path in (record.model, place.as_posix(), *([begun.model] if begun else [])):
                measured.setdefault(path, set()).add(seed)
        seeds: dict[str, int | None] = {}
        for path, found in measured.items():
            told = self._seed(path)
            seeds[path] = told if told is not None else found.pop() if len(found) == 1 else None
        return seeds

    def _seed(self, path: str) -> int | None:
        try:
            return int(self.of(path)["train"]["seed"])
        except (ValueError, TypeError, KeyError):
            return None


def _settings(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}

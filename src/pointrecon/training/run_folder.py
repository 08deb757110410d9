"""The run folder: resolved configuration, metrics, checkpoints. Everything a run needs to go on is in it."""

import json
import os
import sys
import zipfile
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import yaml

from pointrecon.documents import parse_json, read_yaml
from pointrecon.errors import InputError
from pointrecon.files import text_lines, write_text, written_to, written_whole
from pointrecon.lock import alone
from pointrecon.models.files.folder import save_model
from pointrecon.models.model import ReconModel
from pointrecon.replaced import MOVING, REPLACED, is_free, let_go, set_aside, take_back
from pointrecon.screen import say
from pointrecon.torch_file import read_torch_file

CONFIG, METRICS, REPORT = "config.yaml", "metrics.jsonl", "report.html"
CHECKPOINTS, MODEL, MODELS, RESULTS, TENSORBOARD = "checkpoints", "model", "models", "results", "tensorboard"
START = "start"  # of a fine-tuning: the model it began from, so that it goes on from its folder alone
_OWN = (CHECKPOINTS, MODEL, MODELS, RESULTS, TENSORBOARD, METRICS, REPORT, START)
_KEPT = 2
_STATE = {"task", "step"}  # what every checkpoint holds


class RunFolder:
    """One run's folder."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def metrics_file(self) -> Path:
        """Metrics as JSON lines."""
        return self.path / METRICS

    @property
    def model_folder(self) -> Path:
        """Where the finished model goes."""
        return self.path / MODEL

    @property
    def exists(self) -> bool:
        """Whether a run is here."""
        return (self.path / CONFIG).is_file()

    def alone(self) -> AbstractContextManager[None]:
        """A context in which this process (of several started together the first) alone writes the run.

        Raises:
            InputError: another one does, which it names.
        """
        if int(os.environ.get("RANK", "0")) > 0:
            return nullcontext()
        return alone(self.path, f"the run '{self.path}'")

    def check(self, *, overwrite: bool = False) -> bool:
        """Whether a run is here already.

        Raises:
            InputError: when something is here already and ``overwrite`` is off, or it is no run.
        """
        self.reopen()
        if self.path.exists() and not (self.path.is_dir() and is_free(self.path)):
            if not self.exists:
                raise InputError(f"'{self.path}' exists and is not a run; choose another folder")
            if not overwrite:
                raise InputError(
                    f"'{self.path}' holds a run already; go on with --resume, choose another folder or pass --overwrite"
                )
            return True
        return False

    def reopen(self) -> None:
        """To be called before a run is gone on with: undo what a killed overwriting call had only begun."""
        if (self.path / MOVING).is_dir():
            with self.alone():
                take_back(self.path)

    def create(self, config: dict[str, Any], *, overwrite: bool = False) -> None:
        """Start a run here; one that is here already stays in ``.replaced`` until `finish`. Raises as `check` does."""
        if self.check(overwrite=overwrite):
            seeds = sorted(file.parent for file in self.path.glob(f"seed-*/{CONFIG}"))
            own = [*(self.path / name for name in _OWN), *seeds, self.path / CONFIG]
            set_aside(self.path, own, finished=self.model_folder.is_dir())
            kept = self.path / REPLACED
            say(f"the run that was here stays in {kept} until this one is finished", file=sys.stderr)
        write_text(self.path / CONFIG, yaml.safe_dump(config, sort_keys=False))

    def finish(self) -> None:
        """The run has its model: what it replaced goes."""
        let_go(self.path)

    def config(self) -> dict[str, Any]:
        """The resolved configuration; InputError when there is none."""
        try:
            content = read_yaml(self.path / CONFIG)
        except FileNotFoundError:
            raise InputError(f"'{self.path}' is not a run: it has no {CONFIG}") from None
        except ValueError as error:
            raise InputError(f"'{self.path / CONFIG}' is damaged: {error}") from None
        if not isinstance(content, dict):
            raise InputError(f"'{self.path / CONFIG}' is damaged: it holds no settings")
        return content

    def checkpoint_files(self) -> list[Path]:
        """All checkpoints, oldest first."""
        return sorted((self.path / CHECKPOINTS).glob("step-*.pt"))

    def save_checkpoint(self, state: dict[str, Any]) -> Path:
        """Write ``state`` (its "step" names the file) whole or not at all, and keep the last two."""
        path = self.path / CHECKPOINTS / f"step-{state['step']:08d}.pt"
        with written_whole(path) as file:
            torch.save(state, file)
        for old in self.checkpoint_files()[:-_KEPT]:
            old.unlink(missing_ok=True)
        return path

    def keep_model(self, model: ReconModel, epoch: int) -> Path:
        """Write the model as it is after ``epoch`` epochs to ``models/epoch-0100``, whole or not at all."""
        facts = model.facts
        group, told = f"{facts.group}, epoch {epoch}", f"after {epoch} epochs of a longer training"
        model.facts = replace(facts, group=group, epochs=epoch, protocol=told)
        try:
            return save_model(model, self.path / MODELS / f"epoch-{epoch:04d}", overwrite=True)
        finally:
            model.facts = facts

    def load_checkpoint(self) -> tuple[dict[str, Any] | None, list[str]]:
        """The newest readable checkpoint (None when there is none yet), and a sentence for each damaged one.

        Raises:
            InputError: when there are checkpoints and none can be read.
        """
        damaged: list[str] = []
        files = self.checkpoint_files()
        for path in reversed(files):
            try:
                _check_sums(path)
                content = read_torch_file(path)
                if not isinstance(content, dict) or not content.keys() >= _STATE:
                    raise ValueError("it holds no run's state")
                return content, damaged
            except Exception as error:  # a truncated or foreign file fails in many ways, none of them ours
                damaged.append(f"checkpoint '{path}' is damaged ({type(error).__name__})")
        if files:
            raise InputError(f"every checkpoint of '{self.path}' is damaged; remove them to start the run afresh")
        return None, damaged

    def append_metrics(self, line: dict[str, Any]) -> None:
        """Add one line to the metrics file."""
        self.path.mkdir(parents=True, exist_ok=True)
        with written_to(self.metrics_file), self.metrics_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """All metrics lines; a half-written last one is left out."""
        lines = []
        if self.metrics_file.is_file():
            for text in text_lines(self.metrics_file.read_text(encoding="utf-8", errors="replace")):
                try:
                    lines.append(parse_json(text))
                except ValueError:
                    continue
        return lines

    def forget_after(self, step: int) -> None:
        """Drop metrics lines of steps after ``step``: they are made again by the resumed run."""
        if self.metrics_file.is_file():
            kept = [line for line in self.metrics() if line.get("step", 0) <= step]
            write_text(self.metrics_file, "".join(json.dumps(line) + "\n" for line in kept))


def _check_sums(path: Path) -> None:
    """Compare every part of a checkpoint with the sum that torch wrote beside it, those too that nobody reads."""
    with zipfile.ZipFile(path) as archive:
        if broken := archive.testzip():
            raise ValueError(f"{broken} is not what was written")

"""Read a run folder, whatever of it is there: a report of a killed run is still a report."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pointrecon.documents import parse_json
from pointrecon.errors import InputError
from pointrecon.evaluation.record import Record, load_records
from pointrecon.files import text_lines
from pointrecon.training.run_folder import CONFIG, METRICS, MODEL, RESULTS, RunFolder


@dataclass
class RunContents:
    """What a run left behind, as far as it is there; ``metrics.jsonl`` has steps with losses and with probes.

    ``problems`` are sentences about files that could not be read.
    """

    path: Path
    config: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    probes: list[dict[str, Any]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def model(self) -> Path | None:
        """The model folder, when the run wrote one."""
        folder = self.path / MODEL
        return folder if (folder / "config.json").is_file() else None

    @property
    def tables(self) -> list[str]:
        """The shape tables named in the config."""
        data = self.config.get("data")
        return [data] if isinstance(data, str) and data else list(data or [])


def read_run(path: str | Path) -> RunContents:
    """Read a run folder; InputError when the folder is missing or holds nothing of a run."""
    run = RunContents(Path(path))
    if not run.path.is_dir():
        raise InputError(
            f"there is no run folder {run.path}; 'pointrecon pretrain -o {shlex.quote(str(run.path))}' makes one"
        )
    parts = [run.path / name for name in (CONFIG, METRICS, MODEL, RESULTS)]
    if not any(part.exists() for part in parts):
        raise InputError(f"{run.path} is not a run folder: it has no config.yaml, metrics.jsonl, model or results")
    config, metrics, _, results = parts
    try:
        run.config = RunFolder(run.path).config() if config.is_file() else {}
    except ValueError as error:
        run.problems.append(str(error))
    if metrics.is_file():
        _read_metrics(run, metrics)
    for file in sorted(results.glob("*.json")) if results.is_dir() else []:
        try:
            run.records += load_records(file)
        except InputError as error:
            run.problems.append(str(error))
    return run


def _read_metrics(run: RunContents, path: Path) -> None:
    """Sort the lines into losses and probes; the last line of a killed run may be cut short."""
    broken = 0
    for line in text_lines(path.read_text(encoding="utf-8", errors="replace")):
        if not line.strip():
            continue
        try:
            entry = parse_json(line)
        except ValueError:
            entry = None
        if isinstance(entry, dict):
            has_probe = any(key.startswith("probe/") for key in entry)
            (run.probes if has_probe else run.steps).append(entry)
        else:
            broken += 1
    # After a resume the steps since the last checkpoint are there twice; the later line counts.
    for name in ("steps", "probes"):
        entries = getattr(run, name)
        if all("step" in entry for entry in entries):
            latest = {entry["step"]: entry for entry in entries}
            setattr(run, name, [latest[step] for step in sorted(latest)])
    if broken:
        lines = "1 line" if broken == 1 else f"{broken} lines"
        run.problems.append(f"left out of metrics.jsonl, because damaged: {lines}")

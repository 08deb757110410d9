"""How much damage to the clouds models stand: several of them, over seeds, with a figure."""

import hashlib
import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.devices import pick_device
from pointrecon.errors import InputError
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.contenders import Contender, contenders
from pointrecon.evaluation.damage import (
    Trials,
    answers_of,
    encode_damaged,
    has_head,
    head_classes,
    measure,
    trial_splits,
)
from pointrecon.evaluation.inputs import check_labeled, resolve_table
from pointrecon.evaluation.record import Record, load_records, save_records
from pointrecon.evaluation.robustness_figure import draw_robustness
from pointrecon.evaluation.robustness_result import RobustnessResult
from pointrecon.geometry.corruptions import CORRUPTIONS, DENSITIES, SEVERITIES
from pointrecon.progress import Bar, duration
from pointrecon.shapes.table.collection import in_memory
from pointrecon.training.run_folder import CONFIG, RESULTS, RunFolder

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays

PICTURE = "robustness.png"
_TIMED = 4  # shapes the estimate is made with


@dataclass(frozen=True)
class _Job:
    """One model and seed."""

    contender: Contender
    seed: int
    file: Path | None
    settings: dict[str, Any]

    def done(self) -> list[Record] | None:
        """The records, where they are there already."""
        if self.file is None or not self.file.exists():
            return None
        records = load_records(self.file)
        same = [r.seed == self.seed and self.settings.items() <= r.choices.items() for r in records]
        if not same or not all(same):
            raise InputError(
                f"'{self.file}' holds results of other settings, shapes or weights; choose another folder or pass "
                "--overwrite"
            )
        return records


def robustness(
    model: str | Path | torch.nn.Module,
    table: "str | Path | ShapeArrays",
    out: str | Path | None = None,
    *,
    against: Sequence[str | Path | torch.nn.Module] = (),
    untrained: bool = False,
    corruptions: Sequence[str] = CORRUPTIONS,
    severities: Sequence[int] = SEVERITIES,
    seeds: int = 3,
    probe: str = "svm",
    feature: str = "recon",
    test_split: str = "test",
    points: int | None = None,
    batch_size: int = 64,
    device: str | torch.device | None = None,
    seed: int = 0,
    split_seed: int = 0,
    overwrite: bool = False,
    show: bool = True,
    progress: bool = True,
) -> RobustnessResult:
    """Test accuracy under noise, drop, crop, clutter, outliers, rotation and density, at five severities.

    A fine-tuned model answers with its head; for a pre-trained one a probe is fitted on undamaged training shapes, its
    setting chosen on validation shapes. All models see the same damage.

    Args:
        model: model folder, released ``.pth``, or a module.
        table: shape table with labels.
        out: a folder (without ``against`` also the run's own): one file of records a model and seed in ``results/``,
            and the figure. Called again with the same settings, what is there is not done again.
        against: more models, measured and drawn beside it.
        untrained: also the first model's architecture with random weights, others for every seed.
        corruptions, severities: which; see `pointrecon.geometry.corruptions`.
        seeds: how often, each with other damage (seed, seed + 1, ...).
        probe, feature, test_split, points, batch_size, split_seed: see `pointrecon.evaluation.damage.Trials`.
        device: where to compute; CUDA where there is one when left out.
        seed: the first seed.
        overwrite: do everything anew, also in a folder with results of other settings.
        show: print the table.
        progress: show how far it is on standard error.

    Raises:
        InputError: for an unknown name, a table without labels or test shapes or one that does not fit a head, a model
            fine-tuned on shapes that would be tested on, or a folder with other results.
    """
    trials = Trials(
        tuple(corruptions), tuple(severities), probe, feature, test_split, points, batch_size, split_seed
    )  # fmt: skip
    if seeds < 1:
        raise InputError(f"seeds must be at least 1, not {seeds}")
    if out is not None and Path(out).exists() and not Path(out).is_dir():
        raise InputError(f"'{out}' is a file, and results go into a folder; choose another name")
    if out is not None and against and (Path(out) / CONFIG).is_file():
        raise InputError(f"'{out}' is a run's own folder, whose report is of one model; compare models in another one")
    arrays, table_name = resolve_table(table)
    check_labeled(arrays, table_name)
    models = contenders([model, *against], untrained=untrained)
    for one in models:  # misfits are told before hours of work
        splits = trial_splits(arrays, trials, head=has_head(one.module))
        head_classes(one.module, arrays.meta.classes, arrays.label[splits.test])
        _check_held_out(one, table_name, trials, arrays.split[splits.test])
    jobs = [
        _Job(one, number, _file(out, name, number), _settings(one, trials, arrays))
        for one, name in zip(models, _file_names(models), strict=True)
        for number in range(seed, seed + seeds)
    ]
    done = [None if overwrite else job.done() for job in jobs]
    todo = [job.contender for job, found in zip(jobs, done, strict=True) if found is None]
    work = [_encodings(arrays, trials, one.module) for one in todo]
    place = pick_device(device or "auto")
    if progress and todo:
        _foretell(arrays, trials, todo, work, len(jobs) - len(todo), place)
    by_model: dict[str, list[Record]] = {one.label: [] for one in models}
    with Bar("encoding clouds", sum(work)) if progress else _Silent() as bar:
        for job, found in zip(jobs, done, strict=True):
            if found is None:
                one = job.contender
                origin = {"model": one.name, "weights": one.weights, "data": table_name, "choices": job.settings}
                found = measure(
                    one.of(job.seed), arrays, trials, origin=origin, seed=job.seed, device=place,
                    notes=_cautions(one, models, trials, arrays, table_name), advance=bar.advance,
                )  # fmt: skip
                if job.file is not None:
                    save_records(job.file, found)
            by_model[job.contender.label] += found
    result = RobustnessResult(by_model)
    if out is not None:
        result.figure = _draw(result, trials, Path(out) / PICTURE)
    if show:
        _print(result)
    return result


def _settings(one: Contender, trials: Trials, arrays: "ShapeArrays") -> dict[str, Any]:
    """What a result stands for, kept in its records; "mark" tells it from one of other shapes, weights or trials."""
    shown: dict[str, Any] = {} if has_head(one.module) else {"probe": trials.probe, "feature": trials.feature}
    if trials.points is not None:
        shown["points"] = trials.points
    rows = list(zip(arrays.id.tolist(), arrays.label.tolist(), arrays.split.tolist(), strict=True))
    about = [trials.corruptions, trials.severities, trials.test_split, trials.split_seed, one.mark, rows]
    mark = hashlib.sha256(json.dumps([shown, about]).encode()).hexdigest()[:16]
    return {**shown, "mark": mark}


def _check_held_out(one: Contender, table: str, trials: Trials, tested: np.ndarray) -> None:
    """Raise InputError where a run learned from the shapes to test on, having held out others of the same table."""
    run = Path(one.name).absolute().parent
    if not has_head(one.module) or set(tested.tolist()) != {""} or not (run / CONFIG).is_file():
        return
    config = RunFolder(run).config()
    held = config.get("split_seed", trials.split_seed)
    if config.get("data") == str(Path(table).absolute()) and held != trials.split_seed:
        raise InputError(
            f"'{one.name}' was fine-tuned with shapes of {table} held out by seed {held}, and seed {trials.split_seed} "
            f"would test it on shapes it learned from: pass --split-seed {held}"
        )


def _cautions(
    one: Contender, models: Sequence[Contender], trials: Trials, arrays: "ShapeArrays", table: str
) -> list[str]:
    """Sentences a reader of the records should know of the model's shapes and points."""
    config: Any = one.module.config
    tested = arrays.split[trial_splits(arrays, trials, head=has_head(one.module)).test].tolist()
    notes = cautions(
        one.of(0), in_memory(arrays).fingerprint(), tested, have=arrays.points.shape[1],
        wanted=trials.points or config.points,
    )  # fmt: skip
    every = sorted({int(getattr(model.module.config, "points", 0)) for model in models})
    if trials.points is None and len(every) > 1:
        told = " and ".join(map(str, every))
        notes.append(
            f"the models compared take {told} points, so their damaged clouds differ; --points makes them alike"
        )
    return notes


def _file_names(models: Sequence[Contender]) -> list[str]:
    """Part of a file name for each model, all different."""
    names: list[str] = []
    for one in models:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", one.label).strip("-") or "model"
        while name in names:
            name += "-2"
        names.append(name)
    return names


def _file(out: str | Path | None, name: str, seed: int) -> Path | None:
    return None if out is None else Path(out) / RESULTS / f"robustness-{name}-seed{seed}.json"


def _encodings(arrays: "ShapeArrays", trials: Trials, model: torch.nn.Module) -> int:
    splits = trial_splits(arrays, trials, head=has_head(model))
    return len(splits.train) + len(splits.val) + len(trials.conditions) * len(splits.test)


def _foretell(
    arrays: "ShapeArrays",
    trials: Trials,
    todo: Sequence[Contender],
    work: Sequence[int],
    done: int,
    device: torch.device,
) -> None:
    """Say how much there is to do and about how long it takes, from a few shapes encoded now."""
    shapes = arrays.select(trial_splits(arrays, trials, head=True).test[:_TIMED])
    each: dict[str, float] = {}
    for contender in todo:
        if contender.label not in each:
            began = time.monotonic()
            model = contender.module
            encode_damaged(model, shapes, answers_of(model, trials), trials=trials, seed=0, device=device)
            each[contender.label] = (time.monotonic() - began) / (len(trials.conditions) * len(shapes))
    seconds = sum(each[contender.label] * count for contender, count in zip(todo, work, strict=True))
    had = f" ({done} results are there already)" if done else ""
    print(f"{sum(work)} clouds to encode on {device}, about {duration(seconds)}{had}", file=sys.stderr)


class _Silent:
    def __enter__(self) -> "_Silent":
        return self

    def __exit__(self, *about: object) -> None: ...

    def advance(self, count: int) -> None: ...


def _draw(result: RobustnessResult, trials: Trials, path: Path) -> Path | None:
    """The figure; without matplotlib say so and draw nothing."""
    try:
        counts = {"density": [str(DENSITIES[s - 1]) for s in sorted(trials.severities)]}
        draw_robustness(result.curves(), path, ticks=counts)
    except InputError as error:
        print(f"no {path.name}: {error}", file=sys.stderr)
        return None
    return path


def _print(result: RobustnessResult) -> None:
    from rich.console import Console

    console = Console()
    console.print(result.table())
    for note in dict.fromkeys(note for record in result.records for note in record.notes):
        console.print(f"note: {note}", highlight=False, soft_wrap=True)
    if result.figure is not None:
        console.print(f"drawn in {result.figure}", highlight=False, soft_wrap=True)

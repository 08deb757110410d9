"""How much damage to the clouds models stand: several of them, over seeds, with a figure."""

import hashlib
import json
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.checks import checked
from pointrecon.devices import pick_device
from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.contenders import Contender, contenders, labels_of
from pointrecon.evaluation.damage import Trials, answers_of, damaged, has_head, head_classes, measure, trial_splits
from pointrecon.evaluation.features import Encode, feature_of
from pointrecon.evaluation.inputs import data_fields, labeled_shapes, model_and_data
from pointrecon.evaluation.measured import Results, show_results
from pointrecon.evaluation.measured_run import record_place
from pointrecon.evaluation.record import Record, load_records, save_records
from pointrecon.evaluation.robustness_figure import draw_robustness, robustness_table
from pointrecon.evaluation.splits import Splits
from pointrecon.geometry.corruptions import CORRUPTIONS, SEVERITIES
from pointrecon.interrupt import Interrupt
from pointrecon.parser import READY_MODEL
from pointrecon.progress import Bar, duration
from pointrecon.screen import say
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.cloud_stream import points_for

PICTURE = "robustness.png"
DRAFTS = ".new"  # in the folder of results: those that are to replace others
_TIMED = 4  # shapes the estimate is made with


@dataclass(frozen=True)
class _Job:
    """One model and seed."""

    contender: Contender
    seed: int
    file: Path | None
    settings: dict[str, Any]
    splits: Splits

    def work(self, trials: Trials) -> int:
        """Clouds to encode."""
        return len(self.splits.train) + len(self.splits.val) + len(trials.conditions) * len(self.splits.test)

    @property
    def draft(self) -> Path | None:
        """Where records wait that are to replace others, till all are there."""
        return self.file and self.file.parent / DRAFTS / self.file.name

    def done(self, *, overwrite: bool) -> list[Record] | None:
        """The records, where they are there already; those that replace others only if a call like this made them."""
        file = self.draft if overwrite else self.file
        if file is None or not file.exists():
            return None
        records = load_records(file)
        same = [r.seed == self.seed and self.settings.items() <= r.choices.items() for r in records]
        if not same or not all(same):
            if overwrite:
                return None
            raise InputError(
                f"'{self.file}' holds results of other settings, shapes or weights; choose another --out or pass "
                "--overwrite"
            )
        return records


@checked
def robustness(
    model: Any = READY_MODEL,
    data: Any = None,
    out: str | Path | None = None,
    *,
    against: Sequence[str | Path | torch.nn.Module] = (),
    untrained: bool = False,
    corruptions: Sequence[str] = CORRUPTIONS,
    severities: Sequence[int] = SEVERITIES,
    seeds: int = 3,
    probe: str = "svm",
    feature: str | None = None,
    split: str = "test",
    encode: Encode = None,
    seed: int = 0,
    split_seed: int = 0,
    overwrite: bool = False,
    show: bool = True,
    progress: bool = True,
) -> Results:
    """Test accuracy under noise, drop, crop, clutter, outliers, rotation and density, at five severities.

    A fine-tuned model answers with its head; for a pre-trained one a probe is fitted on undamaged training shapes, its
    setting chosen on validation shapes. All models see the same damage. Points are streamed.

    Args:
        model, data, show, progress: as for `pointrecon.probe`.
        out: a folder (without ``against`` also the run's own): one file of records a model and seed in ``results/``,
            and the figure; the run that the model lies in when left out, unless it is compared. Called again with the
            same settings, what is there is not done again.
        against: more models, measured and drawn beside it.
        untrained: also the first model's architecture with random weights, others for every seed.
        seeds, seed: how often, each with other damage (seed, seed + 1, ...); the first seed.
        corruptions, severities, probe, feature, split, encode, split_seed: see `pointrecon.evaluation.damage.Trials`.
        overwrite: do everything anew, also in a folder with results of other settings; they stay until all is done.

    Returns:
        records "robustness" (the mean), "robustness/clean" and one a kind, of every model and seed.

    Raises:
        InputError: for an unknown name, shapes without labels or test split or that do not fit a head, a model
            fine-tuned on shapes that would be tested on, or a folder with other results.
        Stopped: by Ctrl-C or SIGTERM; the same call goes on.
    """
    model, data = model_and_data(model, data)
    trials = Trials(
        tuple(corruptions), tuple(severities), probe, feature, split, encode_settings(encode), split_seed
    )  # fmt: skip
    if seeds < 1:
        raise InputError(f"seeds must be at least 1, not {seeds}")
    folder = _folder(model, out, compared=bool(against))
    models = contenders([model, *against], untrained=untrained)
    shapes = labeled_shapes(data)
    about = data_fields(shapes)
    jobs: list[_Job] = []
    for one, name in zip(models, _file_names(models), strict=True):  # misfits are told before hours of work
        splits = trial_splits(shapes, trials, head=has_head(one.module))
        head_classes(one.module, shapes.meta.classes, shapes.label[splits.test])
        _check_held_out(one, about, trials, shapes.split[splits.test])
        settings = _settings(one, trials, about)
        for number in range(seed, seed + seeds):
            file = folder and folder / "results" / f"robustness-{name}-seed{number}.json"
            jobs.append(_Job(one, number, file, settings, splits))
    overwrite = overwrite or any(job.done(overwrite=True) for job in jobs)  # this goes on with a call that was stopped
    done = [job.done(overwrite=overwrite) for job in jobs]
    todo = [job for job, found in zip(jobs, done, strict=True) if found is None]
    if progress and todo:
        _foretell(shapes, trials, todo, len(jobs) - len(todo))
    taken = sorted({points_for(one.module, shapes) for one in models})
    differing: list[str] = []
    if trials.encode.points is None and len(taken) > 1:
        counts = " and ".join(map(str, taken))
        differing.append(
            f"the models compared take {counts} points, so their damaged clouds differ; --points makes them alike"
        )
    records: list[Record] = []
    with Interrupt() as interrupt, Bar("encoding clouds", sum(job.work(trials) for job in todo), show=progress) as bar:

        def advance(count: int) -> None:
            if interrupt.requested:
                raise Stopped(interrupt.status)
            bar.advance(count)

        for job, found in zip(jobs, done, strict=True):
            if found is None:
                module: Any = job.contender.of(job.seed)
                origin = {**about, **job.contender.identity(module), "choices": job.settings}
                points = points_for(module, shapes, trials.encode.points)
                told = [*cautions(module, about["data_fingerprint"], shapes, job.splits.test, points), *differing]
                found = measure(module, shapes, trials, origin=origin, seed=job.seed, notes=told, advance=advance)
                if place := job.draft if overwrite else job.file:
                    save_records(place, found)
            records += found
    if overwrite and folder is not None:
        for job in jobs:
            if job.draft and job.file:
                with suppress(FileNotFoundError):  # the same call beside this one was there first
                    job.draft.replace(job.file)
        with suppress(OSError):  # another call's are in it
            (folder / "results" / DRAFTS).rmdir()
    result = Results(records, file=folder and folder / "results")
    if folder is not None:
        try:
            draw_robustness(result, folder / PICTURE)
            result.figure = folder / PICTURE
        except InputError as error:  # without matplotlib
            say(f"no {PICTURE}: {error}", file=sys.stderr)
    if show:
        show_results(result, robustness_table(result))
    return result


def _folder(model: Any, out: str | Path | None, *, compared: bool) -> Path | None:
    """Where everything goes; None for nowhere."""
    if out is not None and Path(out).exists() and not Path(out).is_dir():
        raise InputError(f"'{out}' is a file, and results go into a folder; choose another name")
    if out is not None and compared and (Path(out) / "config.yaml").is_file():
        raise InputError(f"'{out}' is a run's own folder, whose report is of one model; compare models in another one")
    place = None if out is None and compared else record_place(model, out and Path(out), "robustness")
    return place and place.parent.parent


def _settings(one: Contender, trials: Trials, about: dict[str, str]) -> dict[str, Any]:
    """What a result stands for, kept in its records; "mark" tells it from one of other shapes, weights or trials."""
    shown: dict[str, Any] = {} if has_head(one.module) else {
        "probe": trials.probe, "feature": feature_of(one.module, trials.feature)
    }  # fmt: skip
    if trials.encode.points is not None:
        shown["points"] = trials.encode.points
    asked = [trials.corruptions, trials.severities, trials.split, trials.split_seed, one.mark]
    told = json.dumps([shown, asked, about["data_fingerprint"]])
    return {**shown, "mark": hashlib.sha256(told.encode()).hexdigest()[:16]}


def _check_held_out(one: Contender, about: dict[str, str], trials: Trials, tested: np.ndarray) -> None:
    """Raise InputError where a model learned from the shapes to test on, having held out others of the same table."""
    facts = getattr(one.module, "facts", None)
    if not has_head(one.module) or set(tested.tolist()) != {""} or facts is None:
        return
    for data in facts.data:
        held = data.get("split_seed", trials.split_seed)
        if data.get("fingerprint") == about["data_fingerprint"] and held != trials.split_seed:
            raise InputError(
                f"'{one.name}' was fine-tuned with shapes of {about['data']} held out by seed {held}, and seed "
                f"{trials.split_seed} would test it on shapes it learned from: pass --split-seed {held}"
            )


def _file_names(models: Sequence[Contender]) -> list[str]:
    """Part of a file name for each model, all different."""
    labels, names = labels_of([(one.name, one.weights) for one in models]), list[str]()
    for one in models:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", labels[one.name, one.weights]).strip("-") or "model"
        while name in names:
            name += "-2"
        names.append(name)
    return names


def _foretell(shapes: Shapes, trials: Trials, todo: Sequence[_Job], done: int) -> None:
    """Say how much there is to do and about how long it takes, from a few shapes encoded now."""
    some = trial_splits(shapes, trials, head=True).test[:_TIMED]
    each: dict[str, float] = {}
    for one in (job.contender for job in todo):
        if one.mark not in each:
            began = time.monotonic()
            list(damaged(one.module, shapes, some, answers_of(one.module, trials), trials=trials, seed=0))
            each[one.mark] = (time.monotonic() - began) / (len(trials.conditions) * len(some))
    seconds = sum(each[job.contender.mark] * job.work(trials) for job in todo)
    had, place = f" ({done} results are there already)" if done else "", pick_device(trials.encode.device)
    clouds = sum(job.work(trials) for job in todo)
    say(f"{clouds} clouds to encode on {place}, about {duration(seconds)}{had}", file=sys.stderr)

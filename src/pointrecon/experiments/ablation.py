"""Run an experiment: the same pre-training with one thing changed at a time, over seeds, measured and drawn."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pointrecon.documents import read_json
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation.inputs import check_labeled
from pointrecon.evaluation.measured import Results
from pointrecon.evaluation.record import command, write_json
from pointrecon.evaluation.splits import probe_splits
from pointrecon.experiments.ablation_page import show, write_page
from pointrecon.experiments.ablation_plan import Planned, Settings, canonical, differences, plan_runs
from pointrecon.experiments.ablation_runs import Grinding, Measuring, check_starts, tell
from pointrecon.experiments.experiment_recipes import Experiment, load_experiments
from pointrecon.experiments.gather import SUMMARY, gather
from pointrecon.lock import locked
from pointrecon.screen import say
from pointrecon.settings import resolve
from pointrecon.shapes.door import as_shapes
from pointrecon.training.pretrain_config import PretrainConfig
from pointrecon.training.run_folder import CONFIG
from pointrecon.training.training_data import teachers_of

LOCK = ".lock"


@dataclass(repr=False)
class AblationResults(Results):
    """What `ablate` measured: records of the group "experiment/variant", of every seed that is done.

    ``finished`` is False when runs are left to do: some failed, or others are at them.
    """

    failed: dict[str, str] = field(default_factory=dict)  # runs ("paradigm-towers, seed 0") → the last line each said
    out: Path | None = None


def ablate(
    experiment: str | Path | Sequence[str | Path],
    data: Any,
    out: str | Path,
    *,
    seeds: int = 3,
    evaluate: Any = None,
    jobs: int = 1,
    recipe: str | Path | None = "nano",
    compare_untrained: bool = True,
    only_list: bool = False,
    resume: bool = False,
    config: PretrainConfig | None = None,
    **settings: Any,
) -> AblationResults:
    """Pre-train every variant of an experiment with several seeds, probe the models, and draw what came out.

    Each run is an ordinary run folder, ``out/<what differs from the recipe>/seed-<n>``. What is done is not done
    again, what was stopped goes on, and experiments in the same folder share the runs they have in common.

    Args:
        experiment: by name ("paradigm", "mask-ratio" …) or YAML file, several with commas or as a list.
        data: shapes to learn from, as `pointrecon.as_shapes` takes them, or a list of these.
        out: the ablation's folder.
        seeds: runs of each variant, with the seeds ``train.seed``, ``train.seed + 1`` …
        evaluate: labeled shapes to probe on, likewise; the labeled ones of ``data`` when left out.
        jobs: runs at a time, each in a process of its own; with 1 they are done in this one.
        recipe: the settings all variants share, by name or YAML file.
        compare_untrained: measure random weights beside each model.
        only_list: tell what there is to do, and do nothing.
        resume: go on with what is in the folder, or add an experiment to it; several processes may at once.
        config: a whole configuration instead of recipe and settings.
        **settings: nested settings all variants share, for instance ``train={"epochs": 8}``.

    Returns:
        records of every experiment, variant, table and seed.

    Raises:
        InputError: for an unknown experiment, settings or data that do not fit, tables without labels, a folder made
            with other settings or data, or a model to begin from (``init``) that is not there or does not fit.
        Stopped: after Ctrl-C or SIGTERM, in good order; ``resume`` goes on.
    """
    experiments = load_experiments(experiment)
    parts = _listed(data)
    if not parts:
        raise InputError("name at least one shape table to learn from, for instance parts.lance")
    if not str(out or ""):
        raise InputError("name the folder to write, for instance -o runs/paradigm")
    for key, number in (("seeds", seeds), ("jobs", jobs)):
        if number < 1:
            raise InputError(f"{key} must be at least 1, not {number}")
    if jobs > 1 and not all(isinstance(one, str) for one in [*parts, *_listed(evaluate)]):
        raise InputError("several jobs need shapes on disk, to be read by each: give paths, or jobs=1")
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise InputError("an ablation's runs take one device each: start it without torchrun")
    folder = Path(out).absolute()
    base = resolve(
        PretrainConfig, "pretrain", config=config, recipe=None if config else recipe, overrides={**settings, "out": ""}
    )
    base = replace(base, init="" if base.init == "auto" else base.init)  # variants are compared: from random weights
    shapes = as_shapes(parts).by_people()
    have = teachers_of(shapes)
    runs, names = plan_runs(experiments, base, have, folder, seeds)
    measured_on, marks = _to_measure(parts, _listed(evaluate))
    about = {
        "base": canonical(base, have),
        "data": {"name": shapes.name, "fingerprint": shapes.fingerprint()},
        "evaluate": marks,
    }
    del shapes
    if _check_folder(folder, about) and not (resume or only_list):
        raise InputError(f"'{folder}' holds an ablation already; go on with it or add to it with --resume")
    grinding = Grinding(runs, Measuring(parts, measured_on, compare_untrained, command()), jobs)
    if only_list:
        _tell(grinding)
        return AblationResults(finished=not grinding.left(), out=folder)
    check_starts(grinding.left(), have)
    compared = _write_summary(folder, about, experiments, names, runs)
    try:
        grinding.grind()
    except Stopped:
        tell(f"{len(runs) - len(grinding.left())} of {len(runs)} runs are done")
        raise
    return _finish(folder, experiments, compared, grinding, about)


def _finish(
    folder: Path,
    experiments: Sequence[Experiment],
    compared: dict[str, Settings],
    grinding: Grinding,
    about: dict[str, Any],
) -> AblationResults:
    """Tables and figures of what is there, and sentences on what is not."""
    left, seeds = grinding.left(), {run.seed for run in grinding.runs}
    marks = {one["fingerprint"] for one in about["evaluate"].values()}
    found = gather([folder]).found if any(folder.glob("*/*/results/*.json")) else []
    records = [one.record for one in found if one.record.data_fingerprint in marks and one.record.seed in seeds]
    result = AblationResults(finished=not left, failed=grinding.failed, out=folder)
    for one in experiments:
        variants = compared[one.name]["variants"]
        result.records += [
            replace(record, group=f"{one.name}/{variant['label']}")
            for variant in variants
            for record in records
            if record.group == variant["group"]
        ]
        show(write_page(folder, one, compared[one.name], records, about["data"]["name"], grinding.measuring.command))
    tell(f"tables and figures: {', '.join(str(folder / f'{one.name}.md') for one in experiments)}")
    if grinding.busy:
        tell(f"{len(grinding.busy)} runs are left to another process; --resume again for their numbers")
    for which, why in grinding.failed.items():
        tell(f"failed: {which}: {why}")
    return result


def _listed(given: Any) -> list[Any]:
    """Shapes one by one; paths of this machine whole."""
    every = [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
    local = [isinstance(one, str | Path) and "://" not in str(one) for one in every]
    return [str(Path(one).absolute()) if path else one for one, path in zip(every, local, strict=True)]


def _to_measure(parts: Sequence[Any], asked: Sequence[Any]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The labeled shapes to probe on, and what `ablation.json` says of each, both by the name of their results file.

    Those that were asked for must do; of those only learned from, the ones that do are taken.
    """
    found: dict[str, Any] = {}
    marks: dict[str, dict[str, str]] = {}
    troubles = []
    for part in asked or parts:
        shapes = as_shapes(part).by_people()
        try:
            check_labeled(shapes)
            probe_splits(shapes)
        except InputError as error:
            if asked:
                raise
            troubles.append(f"{shapes.name} is not measured on: {error}")
            continue
        for remark in shapes.remarks:
            tell(f"note: {shapes.name}: {remark}")
        key = re.sub(r"[^\w.-]+", "-", Path(shapes.name).stem)
        if key in found:
            raise InputError(f"two of the tables to measure on are called '{key}'; rename one")
        found[key], marks[key] = part, {"name": shapes.name, "fingerprint": shapes.fingerprint()}
    if not found:
        raise InputError(f"there is nothing to measure on ({troubles[0]}); give --evaluate with labeled shapes")
    for trouble in troubles:
        tell(f"note: {trouble}")
    return found, marks


def read_summary(folder: Path) -> dict[str, Any]:
    """What ``ablation.json`` of a folder holds; nothing when there is no such file yet.

    Raises:
        InputError: when the folder holds something else, or the file is damaged.
    """
    path = folder / SUMMARY
    if path.is_file():
        try:
            content = read_json(path)
            return {**content, "experiments": dict(content["experiments"]), "base": dict(content["base"])}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"'{path}' is damaged ({type(error).__name__}); restore it or take another folder"
            ) from None
    if folder.exists() and (not folder.is_dir() or any(p for p in folder.iterdir() if not p.name.startswith("."))):
        raise InputError(f"'{folder}' exists and is no ablation; choose another folder")
    return {}


def _check_folder(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    """What is in the folder's summary, which must have been made with the same settings and data."""
    before = read_summary(folder)
    if not before:
        return before
    other = differences(before["base"], about["base"])
    if other:
        more = f" and {len(other) - 2} more" if len(other) > 2 else ""
        raise InputError(
            f"'{folder}' was made with other settings ({', '.join(other[:2])}{more}); choose another folder or give "
            "the same settings"
        )
    if before["data"]["fingerprint"] != about["data"]["fingerprint"]:
        raise InputError(
            f"'{folder}' was made with other shapes ({before['data']['name']}); choose another folder or "
            "give the same tables"
        )
    for key, table in about["evaluate"].items():
        if before["evaluate"].get(key, table)["fingerprint"] != table["fingerprint"]:
            raise InputError(
                f"'{folder}' was measured on another table '{key}' ({before['evaluate'][key]['name']}); choose another "
                "folder or another name for the table"
            )
    return before


def _write_summary(
    folder: Path,
    about: dict[str, Any],
    experiments: Sequence[Experiment],
    names: dict[str, list[str]],
    runs: Sequence[Planned],
) -> dict[str, Settings]:
    """Put these experiments into ``ablation.json``, beside those that are there already; runs keep their groups."""
    with locked(folder / LOCK, wait=True):
        before = _check_folder(folder, about)  # again: another process may have been faster
        compared = dict(before.get("experiments", {}))
        groups = {run.name: run.config.group for run in runs}
        groups |= {variant["folder"]: variant["group"] for one in compared.values() for variant in one["variants"]}
        for run in runs:
            run.config.group = groups[run.name]
        for one in experiments:
            variants = [
                {"label": variant.label, "value": variant.value, "folder": name, "group": groups[name]}
                for variant, name in zip(one.variants, names[one.name], strict=True)
            ]
            compared[one.name] = {"title": one.title, "axis": one.axis, "figure": one.figure, "variants": variants}
        content: Settings = {
            **about,
            "evaluate": {**before.get("evaluate", {}), **about["evaluate"]},
            "seeds": sorted({*before.get("seeds", []), *(run.seed for run in runs)}),
            "experiments": compared,
        }
        if content != before:
            write_json(folder / SUMMARY, content)
    return compared


def _tell(grinding: Grinding) -> None:
    left = grinding.left()
    for run in grinding.runs:
        state = "done" if run not in left else "begun" if (run.folder / CONFIG).is_file() else "to do"
        say(f"{state:<6} {run}")
    long = grinding.time_left()
    rest = "" if not left else f", about {long} to go" if long else ", no estimate before one is"
    say(f"{len(grinding.runs) - len(left)} of {len(grinding.runs)} runs are done{rest}")

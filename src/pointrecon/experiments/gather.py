"""Find every record below some folders, each once, and say which run, model and table it belongs to."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pointrecon.errors import InputError
from pointrecon.evaluation.families import family_of
from pointrecon.evaluation.record import Record, load_records
from pointrecon.evaluation.run_names import SEED_FOLDER, fold, joined, model_run, root_of, shortened
from pointrecon.experiments.configured import Beginning, Configurations

MARK = "gathered by"  # a file with this key is what `pointrecon results` wrote itself


@dataclass
class Found:
    """A record and where it comes from.

    Attributes:
        record: as it was written.
        file: its file, from the folder that was given on.
        run: the run folder it lies in, with the seed taken out of its name: runs of one name are seeds of one thing.
        model: likewise of the model; a run's model is named by its run, a fine-tuned one by the model it began as.
        tuned: likewise of the fine-tuned model; empty of any other. how: it was fine-tuned.
        table: the shape table; one name where some records name it from the root and others from another folder.
        one: the run and the very model that was measured.
        place: the run folder itself.
    """

    record: Record
    file: str
    run: str
    model: str
    table: str
    one: tuple[str, str]
    place: Path
    tuned: str = ""
    how: str = ""


@dataclass
class Variant:
    """One variant of an experiment: its label, where it stands on the axis (None without a number), its run folders."""

    label: str
    value: float | None
    folder: Path


@dataclass
class Experiment:
    """What ``ablation.json`` says of one experiment."""

    name: str
    title: str
    axis: str
    variants: list[Variant]


@dataclass
class Gathered:
    """Everything found.

    Attributes:
        found: each measurement once; of one that was made again, the newest.
        experiments: from ``ablation.json`` files.
        problems: sentences about files that could not be read.
        repeated: copies of records left out. replaced: older measurements of the same thing left out.
    """

    found: list[Found] = field(default_factory=list)
    experiments: list[Experiment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    repeated: int = 0
    replaced: int = 0


def gather(folders: Sequence[str | Path], *, groups: Sequence[str] = ()) -> Gathered:
    """Read every ``results/*.json`` at any depth below the folders.

    Args:
        folders: run folders, folders of runs, or single results files.
        groups: how runs are put together: nothing for taking seeds out of names, "none" for every run by itself, or
            "NAME=PATTERN" for one name over the runs and models whose path fits the pattern (``*`` and ``?``).

    Raises:
        InputError: for a folder that is not there, one without any record, or a group without "=".
    """
    if not folders:
        raise InputError("name at least one folder with results, for instance runs/")
    named = _named_groups(groups)
    gathered = Gathered()
    root, read = root_of(folders), []
    for folder in map(Path, folders):
        for path in _result_files(folder):
            try:
                records = [] if _is_ours(path) else load_records(path)
            except InputError as error:
                gathered.problems.append(str(error))
                continue
            place = path.parent.parent if path.parent.name == "results" else path.parent
            read += [(record, shortened(path.resolve(), root), place.resolve()) for record in records]
        gathered.experiments += _experiments(folder, gathered.problems)
    if not read:
        told = f" ({gathered.problems[0]})" if gathered.problems else ""
        names = ", ".join(map(str, folders))
        raise InputError(f"there is no results/*.json below {names}{told}; 'pointrecon probe --out' writes one")
    configured = Configurations(folders)
    naming = _Naming(root, groups, named, configured, configured.seeds(read))
    gathered.found = _each_once([naming.found(*one) for one in read], gathered)
    _join_paths(gathered.found)
    return gathered


def _named_groups(groups: Sequence[str]) -> dict[str, str]:
    """Pattern → name."""
    named = {}
    for group in groups:
        name, equals, pattern = group.partition("=")
        if group not in ("auto", "none") and not (name and equals and pattern):
            raise InputError(f"a group is auto, none or NAME=PATTERN, for instance recon='runs/recon-*', not '{group}'")
        if equals:
            named[pattern] = name
    return named


def _result_files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise InputError(f"there is no folder '{folder}'; name one with run folders in it")
    own = folder.glob("*.json") if folder.resolve().name == "results" else ()
    return sorted({*folder.rglob("results/*.json"), *own})


def _is_ours(path: Path) -> bool:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        return False  # reading it as records says what is wrong
    return isinstance(content, dict) and MARK in content


def _experiments(folder: Path, problems: list[str]) -> list[Experiment]:
    found = []
    for path in sorted(folder.rglob("ablation.json")) if folder.is_dir() else ():
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            for name, one in content["experiments"].items():
                variants = [
                    Variant(str(v["label"]), v.get("value"), (path.parent / v["folder"]).resolve())
                    for v in one["variants"]
                ]
                found.append(Experiment(name, one.get("title", name), one.get("axis", ""), variants))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append(f"{path} could not be read ({type(error).__name__}: {error})")
    return found


@dataclass
class _Naming:
    """How runs and models are named.

    Attributes:
        root: paths are told from there on.
        groups: as asked for. named: of them pattern → name.
        configured: the settings of runs. seeds: model or run folder → its seed.
    """

    root: Path
    groups: Sequence[str]
    named: dict[str, str]
    configured: Configurations
    seeds: dict[str, int | None]

    def found(self, record: Record, file: str, place: Path) -> Found:
        whole = run = shortened(place, self.root)
        measured = model_run(shortened(record.model, self.root))
        one = (fold(run, None), measured)  # a folder of seeds is one place: the seed is the record's
        begun = self.configured.beginning(record.model) or Beginning("", "")
        start = model_run(shortened(begun.model, self.root)) if begun.model else ""
        folded, begins = measured, start
        if "none" not in self.groups:
            folded = fold(measured, self.seeds[record.model])
            # A run may carry its model's name, and with it the seed of pre-training: "full-recon-1".
            last = PurePosixPath(measured).name
            if PurePosixPath(folded).name != last and not SEED_FOLDER.fullmatch(last):
                run = re.sub(rf"(?<!\w){re.escape(last)}(?!\w)", lambda _: PurePosixPath(folded).name, run)
            run = fold(run, self.seeds[place.as_posix()])
            begins = fold(start, self.seeds[begun.model]) if start else ""
        model, tuned = begins or folded, folded if start else ""
        for pattern, name in self.named.items():
            if any(PurePosixPath(path).match(pattern) for path in (*one, whole, start) if path):
                run = model = name
                tuned = name if start else ""
        return Found(record, file, run, model, shortened(record.data, self.root), one, place, tuned, begun.how)


def _each_once(found: Iterable[Found], gathered: Gathered) -> list[Found]:
    """Copies of a record once, and of a measurement made again the newest."""
    seen: dict[str, Found] = {}
    for one in found:
        content = json.dumps(asdict(one.record), sort_keys=True, default=str)
        if content in seen:
            gathered.repeated += 1
        seen.setdefault(content, one)
    newest: dict[tuple[Any, ...], Found] = {}
    for one in sorted(seen.values(), key=lambda f: f.record.date):
        r = one.record
        settings = tuple(str(r.choices.get(name)) for name in ("labels", "fold", *family_of(r).settings))
        key = (one.one, r.task, r.protocol, r.weights, one.table, r.split, r.seed, settings)
        gathered.replaced += key in newest
        newest[key] = one
    return sorted(newest.values(), key=lambda f: (f.file, f.record.task, f.record.weights))


def _join_paths(found: Sequence[Found]) -> None:
    """One name for a table or model that some records name from the root and others from another folder."""
    tables = joined(one.table for one in found)
    models = joined(path for one in found for path in (one.model, one.tuned))
    for one in found:
        one.table, one.model, one.tuned = tables[one.table], models[one.model], models[one.tuned]

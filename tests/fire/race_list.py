"""The races: two command lines for one place, and what is right of what they leave."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Right = Callable[[bool, bool], str]  # from which of the two said status 0: what is wrong with what is there, or ""
_A, _B = {"ball": 12}, {"box": 9}  # shapes of each class in two sources


@dataclass(frozen=True)
class Race:
    """Two command lines for one place.

    Attributes:
        first, second: what the two call, in a folder of their own.
        right: what is wrong with what they leave.
        needs: inputs, of `fire.writing_commands` or of `SOURCES`.
        before: command lines that make what is there already.
    """

    first: str
    second: str
    right: Right
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


def _clouds(count: int, kind: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        rng = np.random.default_rng(count)
        folder = folder / "parts"
        (folder / kind).mkdir(parents=True)
        for number in range(count):
            np.savetxt(folder / kind / f"{kind}{number:02d}.xyz", rng.normal(size=(24, 3)), "%.4f")

    return write


SOURCES = {"a": _clouds(12, "ball"), "b": _clouds(9, "box")}


def _table(path: str, *kinds: dict[str, int]) -> str:
    from pointrecon.shapes import open_table

    arrays, found, wanted = open_table(path).load(), dict[str, int](), {k: n for kind in kinds for k, n in kind.items()}
    for key, label in zip(arrays.id.tolist(), arrays.label.tolist(), strict=True):
        if not key.split("/")[-1].startswith(kind := arrays.meta.classes[label]):
            return f"{key} is stored as {kind}"
        found[kind] = found.get(kind, 0) + 1
    return "" if found == wanted else f"{path} holds {found}, not {wanted}"


def _new(path: str, *sources: dict[str, int]) -> Right:
    """A table that one of the two may make, each of its source."""

    def right(*fine: bool) -> str:
        return "both say they made it" if all(fine) else _table(path, sources[fine.index(True)])

    return right


def _joined(path: str, before: dict[str, int]) -> Right:
    """A table that both add to."""
    return lambda a, b: _table(path, before, _A if a else {}, _B if b else {})


def _with(path: str, name: str, kinds: Callable[[bool, bool], list[dict[str, int]]], fewest: int = 0) -> Right:
    """A table of these kinds in which as many shapes have features, or more than there were."""

    def right(*fine: bool) -> str:
        from pointrecon.shapes import open_table

        if fault := _table(path, *kinds(*fine)):
            return fault
        table = open_table(path)
        if not fine[0]:
            return ""
        have = len(table.feature_ids(name))
        least = fewest or len(table)
        return "" if have >= least else f"{have} of {len(table)} shapes have '{name}', at least {least} should"

    return right


def _either(*checks: Callable[[], str]) -> Right:
    """What one of those who came through left, whole."""

    def right(*fine: bool) -> str:
        faults = [check() for check, one in zip(checks, fine, strict=True) if one]
        return "" if "" in faults else faults[0]

    return right


def _both(check: Callable[[], str]) -> Right:
    return _either(check, check)


def _only_one(check: Callable[[], str]) -> Right:
    return lambda *fine: "both say they made it" if all(fine) else check()


def _labeled(path: str) -> str:
    """Each of those who came through gave all its labels, one after the other."""
    from pointrecon.shapes import open_table

    table = open_table(path)
    log, named = table.label_history(), int((table.load().label >= 0).sum())
    givers = dict.fromkeys(log.who.tolist())
    whole = len(log) == 20 * len(givers) and log.who.tolist() == [who for who in givers for _ in range(20)]
    return "" if whole and named == 20 else f"{path} has {named} labels, of {log.who.tolist()}"


def _run() -> str:
    from pointrecon import load_model
    from pointrecon.training.run_folder import RunFolder

    run = RunFolder("run")
    state, damaged = run.load_checkpoint()
    load_model("run")
    steps = [line["step"] for line in run.metrics() if "loss" in line]
    if damaged or state is None or steps != sorted(set(steps)) or steps[-1] != state["step"]:
        return f"the run is a mixture: checkpoint {state and state['step']}, metrics of steps {steps}, {damaged}"
    return ""


def _model() -> str:
    from pointrecon import load_model

    load_model("out")
    return "" if sorted(path.name for path in Path("out").iterdir()) == _MODEL_FILES else "other files than a model's"


_MODEL_FILES = ["README.md", "config.json", "model.safetensors"]


def _folds() -> str:
    from pointrecon.evaluation import load_records

    files = sorted(Path("few/results").glob("*.json"))
    tasks = {load_records(file)[0].task for file in files}
    return "" if len(files) == 2 and len(tasks) == 1 else f"folds of {tasks} in {len(files)} files"


def _ablation() -> str:
    from pointrecon.evaluation import load_records

    measured = [file for file in Path("abl").rglob("results/*.json") if load_records(file)]
    tables = len(list(Path("abl").glob("*.md")))
    return "" if len(measured) == 2 and tables else f"records of {len(measured)} runs, {tables} pages"


def _records() -> str:
    from pointrecon.evaluation import load_records

    found = {record.task for file in Path("run/results").glob("*.json") for record in load_records(file)}
    return "" if {"probe/knn", "probe/svm"} <= found else f"records of {found} only"


def _vectors() -> str:
    with np.load("v.npz") as stored:
        same = len(set(stored["id"].tolist())) == len(stored["embedding"]) == 12
    return "" if same and not Path("v.npz.parts").exists() else "vectors are missing, or their parts are left"


def _page(path: str, text: str) -> Callable[[], str]:
    return lambda: "" if text in Path(path).read_text() else f"{path} is not whole"


_IMPORT = "shapes import {}/parts -o {} --points 16 --workers 1 --labels-from first"
_RESUME = "shapes import {}/parts -o {} --workers 1 --resume"
_UPDATE = "shapes import a/parts --workers 1 --labels-from first --update -o {}"
_EMBED = "embed made-nano {} --device cpu"
_DUPLICATES = "duplicates t.lance --kinds same-file,identical --csv d.csv --overwrite"
_PARTS = "shapes import parts -o {} --points 16 --workers 1 --labels-from none"
_LABEL = "label {} --from told.csv --who {}"
_PRETRAIN = "pretrain shapes.npz -o run --recipe small.yaml"
_FEW = "few-shot model shapes.npz -o few --way 2 --shot 2 --queries 4 --folds 2 --overwrite"
_ABLATE = "ablate two.yaml shapes.npz -o abl --recipe small.yaml --seeds 1 --compare-untrained false --resume"
_TUNE = "finetune model shapes.npz -o run --train.epochs 2 --train.batch_size 12 --train.compile off --seeds 1"
_TEACH = "shapes teach {} --image multiview --views 2 --workers 1"
_PROBE = "probe run shapes.npz --probes {}"
_RUN = ("shapes.npz", "small.yaml")

RACES: dict[str, Race] = {
    "import-same": Race(
        _IMPORT.format("a", "t.lance"), _IMPORT.format("a", "t.lance"), _new("t.lance", _A, _A), ("a",)
    ),
    "import-different": Race(
        _IMPORT.format("a", "t.lance"), _IMPORT.format("b", "t.lance"), _new("t.lance", _A, _B), ("a", "b")
    ),
    "import-npz": Race(
        _IMPORT.format("a", "t.npz"), _IMPORT.format("b", "t.npz"), _new("t.npz", _A, _B), ("a", "b")
    ),
    "resume-same": Race(
        _RESUME.format("a", "t.lance"), _RESUME.format("a", "t.lance"), lambda *fine: _table("t.lance", _A, _B),
        ("a", "b"), (_IMPORT.format("b", "t.lance"),),
    ),
    "resume-different": Race(
        _RESUME.format("a", "t.lance"), _RESUME.format("b", "t.lance"), _joined("t.lance", {"cone": 3}),
        ("a", "b", "c"), (_IMPORT.format("c", "t.lance"),),
    ),
    "resume-npz": Race(
        _RESUME.format("a", "t.npz"), _RESUME.format("b", "t.npz"), _joined("t.npz", {"cone": 3}),
        ("a", "b", "c"), (_IMPORT.format("c", "t.npz"),),
    ),
    "update-new": Race(
        _UPDATE.format("t.lance --points 16"), _UPDATE.format("t.lance --points 16"),
        lambda *fine: _table("t.lance", _A), ("a",),
    ),
    "update-same": Race(
        _UPDATE.format("t.lance"), _UPDATE.format("t.lance --prune"), lambda *fine: _updated("t.lance"),
        ("a",), (_IMPORT.format("a", "t.lance"), _EMBED.format("t.lance"), "+changed-a"),
    ),
    "update-npz": Race(
        _UPDATE.format("t.npz"), _UPDATE.format("t.npz"), lambda *fine: _updated("t.npz"),
        ("a",), (_IMPORT.format("a", "t.npz"), _EMBED.format("t.npz"), "+changed-a"),
    ),
    "update-embed": Race(
        _UPDATE.format("t.lance"), _EMBED.format("t.lance"), lambda *fine: _updated("t.lance"),
        ("a",), (_IMPORT.format("a", "t.lance"), _EMBED.format("t.lance"), "+changed-a"),
    ),
    "embed-import": Race(
        _EMBED.format("t.lance"), _RESUME.format("a", "t.lance"),
        _with("t.lance", "embedding/made-nano", lambda e, i: [_B, _A if i else {}], 9),
        ("a", "b"), (_IMPORT.format("b", "t.lance"),),
    ),
    "embed-import-npz": Race(
        _EMBED.format("t.npz"), _RESUME.format("a", "t.npz"),
        _with("t.npz", "embedding/made-nano", lambda e, i: [_B, _A if i else {}], 9),
        ("a", "b"), (_IMPORT.format("b", "t.npz"),),
    ),
    "embed-teach-npz": Race(
        _EMBED.format("t.npz"), _TEACH.format("t.npz"), _with("t.npz", "embedding/made-nano", lambda *fine: [_B]),
        ("b",), (_IMPORT.format("b", "t.npz"),),
    ),
    "embed-twice": Race(
        _EMBED.format("t.lance"), _EMBED.format("t.lance"),
        lambda *fine: _with("t.lance", "embedding/made-nano", lambda *fine: [_B])(True, True),
        ("b",), (_IMPORT.format("b", "t.lance"),),
    ),
    "embed-overwrite": Race(
        _EMBED.format("t.lance --overwrite"), _EMBED.format("t.lance --overwrite"),
        lambda *fine: _with("t.lance", "embedding/made-nano", lambda *fine: [_B])(True, True),
        ("b",), (_IMPORT.format("b", "t.lance"), _EMBED.format("t.lance")),
    ),
    "embed-file": Race(
        _EMBED.format("a/parts -o v.npz"), _EMBED.format("a/parts -o v.npz"), _only_one(_vectors), ("a",)
    ),
    "teach-twice": Race(
        _TEACH.format("t.lance"), _TEACH.format("t.lance"),
        lambda *fine: _with("t.lance", "image/multiview", lambda *fine: [_B])(True, True),
        ("b",), (_IMPORT.format("b", "t.lance"),),
    ),
    "overwrite-read": Race(
        _IMPORT.format("a", "t.lance --overwrite"), "embed made-nano t.lance -o v.npz --in-table false",
        lambda over, read: _table("t.lance", _A if over else _B), ("a", "b"), (_IMPORT.format("b", "t.lance"),)
    ),
    "overwrite-embed": Race(
        _IMPORT.format("a", "t.lance --overwrite"), _EMBED.format("t.lance"),
        lambda over, embed: _table("t.lance", _A if over else _B), ("a", "b"), (_IMPORT.format("b", "t.lance"),)
    ),
    "overwrite-twice": Race(
        _IMPORT.format("a", "t.lance --overwrite"), _IMPORT.format("b", "t.lance --overwrite"),
        _either(lambda: _table("t.lance", _A), lambda: _table("t.lance", _B)), ("a", "b"),
        (_IMPORT.format("b", "t.lance"),),
    ),
    "make-twice": Race(
        "shapes make t.lance --count 300 --points 16 --workers 1",
        "shapes make t.lance --count 300 --points 16 --workers 1 --seed 4",
        _only_one(lambda: _length("t.lance", 300)),
    ),
    "make-overwrite": Race(
        "shapes make t.lance --count 300 --points 16 --workers 1 --overwrite",
        "shapes make t.lance --count 300 --points 16 --workers 1 --seed 4 --overwrite",
        _both(lambda: _length("t.lance", 300)), before=("shapes make t.lance --count 4 --points 8",),
    ),
    "label-twice": Race(
        _LABEL.format("t.lance", "A"), _LABEL.format("t.lance", "B"), _both(lambda: _labeled("t.lance")),
        ("parts", "told.csv"), (_PARTS.format("t.lance"),),
    ),
    "label-twice-npz": Race(
        _LABEL.format("t.npz", "A"), _LABEL.format("t.npz", "B"), _both(lambda: _labeled("t.npz")),
        ("parts", "told.csv"), (_PARTS.format("t.npz"),),
    ),
    "label-embed": Race(
        _LABEL.format("t.npz", "A"), _EMBED.format("t.npz"), _either(lambda: _labeled("t.npz"), lambda: ""),
        ("parts", "told.csv"), (_PARTS.format("t.npz"),),
    ),
    "duplicates": Race(
        _DUPLICATES, _DUPLICATES, _both(_page("d.csv", "group,proposal")), ("a",), (_IMPORT.format("a", "t.lance"),)
    ),
    "pretrain": Race(_PRETRAIN, _PRETRAIN, _only_one(_run), _RUN),
    "pretrain-overwrite": Race(
        _PRETRAIN + " --overwrite", _PRETRAIN + " --overwrite --train.epochs 3", _both(_run), _RUN
    ),
    "pretrain-resume": Race(
        "pretrain -o run --resume --train.stop_after 0", _PRETRAIN + " --overwrite", _both(_run), _RUN,
        (_PRETRAIN + " --train.stop_after 2",),
    ),
    "finetune": Race(_TUNE + " --overwrite", _TUNE + " --overwrite", _both(_run), ("shapes.npz", "model")),
    "convert": Race("convert recon.pth out", "convert recon.pth out", _only_one(_model), ("recon.pth",)),
    "convert-overwrite": Race(
        "convert recon.pth out --overwrite", "convert recon.pth out --overwrite", _both(_model), ("recon.pth",),
        ("convert recon.pth out",),
    ),
    "few-shot": Race(
        _FEW + " --method linear --epochs 1", _FEW + " --method svm", _both(_folds), ("shapes.npz", "model")
    ),
    "ablate": Race(_ABLATE, _ABLATE, _both(_ablation), (*_RUN, "two.yaml")),
    "probe": Race(
        _PROBE.format("knn"), _PROBE.format("svm"), lambda *fine: _records(), _RUN, (_PRETRAIN,)
    ),
    "report": Race("report run", "report run", _both(_page("run/report.html", "</html>")), _RUN, (_PRETRAIN,)),
    "results": Race(
        "results run -o tables", "results run -o tables", _both(_page("tables/results.json", "]")), _RUN,
        (_PRETRAIN, _PROBE.format("knn")),
    ),
}  # fmt: skip
SOURCES["c"] = _clouds(3, "cone")


def _changed(place: Path) -> None:
    balls = place.with_name("a") / "parts" / "ball"
    np.savetxt(balls / "ball00.xyz", np.full((9, 3), 5.0) + np.eye(9, 3), "%.4f")
    np.savetxt(balls / "ball12.xyz", np.random.default_rng(7).normal(size=(9, 3)), "%.4f")
    (balls / "ball01.xyz").rename(balls / "ball13.xyz")


SOURCES["changed-a"] = _changed


def _updated(path: str) -> str:
    """Whether a table is as its files are, and what was not changed has the features it had."""
    from pointrecon.shapes import open_table
    from pointrecon.shapes.readers.file_measures import digest

    table = open_table(path)
    arrays = table.load()
    sources, hashes = arrays.source.tolist(), arrays.facts["hash"].tolist()
    wrong = [name for name, told in zip(sources, hashes, strict=True) if digest(Path("a/parts", name)) != told]
    lost = set(arrays.id.tolist()) - table.feature_ids("embedding/made-nano") - {"ball/ball00", "ball/ball12"}
    return "" if len(arrays) == 13 and not wrong and not lost else f"{len(arrays)} shapes; {wrong} differ, {lost} lost"


def _length(path: str, count: int) -> str:
    from pointrecon.shapes import open_table

    table = open_table(path)
    have = len(set(table.ids().tolist()))
    return "" if have == len(table) == count else f"{path} holds {len(table)} shapes of {have} names, not {count}"

"""What is right of what two processes leave: whole tables, runs, pages and files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

Right = Callable[[bool, bool], str]  # from which of the two said status 0: what is wrong with what is there, or ""
BALLS, BOXES = {"ball": 12}, {"box": 9}  # shapes of each class in two sources


def holds(path: str, *kinds: dict[str, int]) -> str:
    from pointrecon.shapes import open_table

    arrays, found, wanted = open_table(path).load(), dict[str, int](), {k: n for kind in kinds for k, n in kind.items()}
    for key, label in zip(arrays.id.tolist(), arrays.label.tolist(), strict=True):
        if not key.split("/")[-1].startswith(kind := arrays.meta.classes[label]):
            return f"{key} is stored as {kind}"
        found[kind] = found.get(kind, 0) + 1
    return "" if found == wanted else f"{path} holds {found}, not {wanted}"


def one_made(path: str, *sources: dict[str, int]) -> Right:
    """A table that one of the two may make, each of its source."""

    def right(*fine: bool) -> str:
        return "both say they made it" if all(fine) else holds(path, sources[fine.index(True)])

    return right


def added_to(path: str, before: dict[str, int]) -> Right:
    """A table that both add to."""
    return lambda a, b: holds(path, before, BALLS if a else {}, BOXES if b else {})


def holds_features(path: str, name: str, kinds: Callable[[bool, bool], list[dict[str, int]]], fewest: int = 0) -> Right:
    """A table of these kinds in which as many shapes have features, or more than there were."""

    def right(*fine: bool) -> str:
        from pointrecon.shapes import open_table

        if fault := holds(path, *kinds(*fine)):
            return fault
        table = open_table(path)
        if not fine[0]:
            return ""
        have = len(table.feature_ids(name))
        least = fewest or len(table)
        return "" if have >= least else f"{have} of {len(table)} shapes have '{name}', at least {least} should"

    return right


def either(*checks: Callable[[], str]) -> Right:
    """What one of those who came through left, whole."""

    def right(*fine: bool) -> str:
        faults = [check() for check, one in zip(checks, fine, strict=True) if one]
        return "" if "" in faults else faults[0]

    return right


def both(check: Callable[[], str]) -> Right:
    return either(check, check)


def only_one(check: Callable[[], str]) -> Right:
    return lambda *fine: "both say they made it" if all(fine) else check()


def all_labeled(path: str) -> str:
    """Each of those who came through gave all its labels, one after the other."""
    from pointrecon.shapes import open_table

    table = open_table(path)
    log, named = table.label_history(), int((table.load().label >= 0).sum())
    givers = dict.fromkeys(log.who.tolist())
    whole = len(log) == 20 * len(givers) and log.who.tolist() == [who for who in givers for _ in range(20)]
    return "" if whole and named == 20 else f"{path} has {named} labels, of {log.who.tolist()}"


def all_named(path: str) -> str:
    """Every shape has a name, and each was given once or twice."""
    from pointrecon.shapes import open_table

    table = open_table(path)
    given = np.unique(table.label_history().id, return_counts=True)[1].tolist()
    named = int((table.load().label >= 0).sum())
    return "" if named == len(given) == 40 and set(given) <= {1, 2} else f"{named} shapes are named, {given} times"


def hits_found(path: str, count: int = 40) -> str:
    """A table of all files with vectors of all, and ten hits."""
    from pointrecon.shapes import open_table

    table, hits = open_table(path), Path("s.csv").read_text().splitlines()
    ids = set(table.ids().tolist())
    vectors = [len(table.feature_ids(name)) for name in table.feature_names() if name.startswith("embedding/")]
    right = len(ids) == len(table) and len(hits) == 11 and len(table) in {40, count} and vectors[0] in {40, count}
    return "" if right else f"{path} holds {len(table)} shapes, {vectors} vectors; {len(hits) - 1} hits"


def whole_export() -> str:
    import pyarrow.parquet as parquet

    told = parquet.read_table("ex/unsplit/metadata.parquet").column("file_name").to_pylist()
    there = sorted(path.name for path in Path("ex/unsplit").glob("*.ply"))
    return "" if sorted(told) == there and len(there) == 12 else f"{len(told)} rows, {len(there)} files"


def whole_parquet() -> str:
    import pyarrow.parquet as parquet

    found = parquet.read_table("v.parquet")
    return "" if len(found) == 12 and "neighbors" in found.column_names else f"{len(found)} rows"


def whole_run() -> str:
    from pointrecon import load_model
    from pointrecon.training.run_folder import RunFolder

    run = RunFolder("run")
    state, damaged = run.load_checkpoint()
    load_model("run")
    steps = [line["step"] for line in run.metrics() if "loss" in line]
    if damaged or state is None or steps != sorted(set(steps)) or steps[-1] != state["step"]:
        return f"the run is a mixture: checkpoint {state and state['step']}, metrics of steps {steps}, {damaged}"
    return ""


def whole_model() -> str:
    from pointrecon import load_model

    load_model("out")
    return "" if sorted(path.name for path in Path("out").iterdir()) == MODEL_FILES else "other files than a model's"


MODEL_FILES = ["README.md", "config.json", "model.safetensors"]


def whole_folds() -> str:
    from pointrecon.evaluation import load_records

    files = sorted(Path("few/results").glob("*.json"))
    tasks = {load_records(file)[0].task for file in files}
    return "" if len(files) == 2 and len(tasks) == 1 else f"folds of {tasks} in {len(files)} files"


def whole_ablation() -> str:
    from pointrecon.evaluation import load_records

    measured = [file for file in Path("abl").rglob("results/*.json") if load_records(file)]
    tables = len(list(Path("abl").glob("*.md")))
    return "" if len(measured) == 2 and tables else f"records of {len(measured)} runs, {tables} pages"


def both_probed() -> str:
    from pointrecon.evaluation import load_records

    found = {record.task for file in Path("run/results").glob("*.json") for record in load_records(file)}
    return "" if {"probe/knn", "probe/svm"} <= found else f"records of {found} only"


def whole_vectors() -> str:
    with np.load("v.npz") as stored:
        same = len(set(stored["id"].tolist())) == len(stored["embedding"]) == 12
    return "" if same and not Path("v.npz.parts").exists() else "vectors are missing, or their parts are left"


def whole_page(path: str, text: str) -> Callable[[], str]:
    return lambda: "" if text in Path(path).read_text() else f"{path} is not whole"


def up_to_date(path: str) -> str:
    """Whether a table is as its files are, and what was not changed has the features it had."""
    from pointrecon.shapes import open_table
    from pointrecon.shapes.readers.file_measures import digest

    table = open_table(path)
    arrays = table.load()
    sources, hashes = arrays.source.tolist(), arrays.facts["hash"].tolist()
    wrong = [name for name, told in zip(sources, hashes, strict=True) if digest(Path("a/parts", name)) != told]
    lost = set(arrays.id.tolist()) - table.feature_ids("embedding/made-nano") - {"ball/ball00", "ball/ball12"}
    return "" if len(arrays) == 13 and not wrong and not lost else f"{len(arrays)} shapes; {wrong} differ, {lost} lost"


def holds_count(path: str, count: int) -> str:
    from pointrecon.shapes import open_table

    table = open_table(path)
    have = len(set(table.ids().tolist()))
    return "" if have == len(table) == count else f"{path} holds {len(table)} shapes of {have} names, not {count}"

"""The whole job on shapes made here: make, teach, pre-train, probe, name by words, report."""

import time
from pathlib import Path
from typing import Any

from rich.table import Table

from pointrecon.errors import InputError
from pointrecon.evaluation import probe, zero_shot
from pointrecon.evaluation.measured import Results
from pointrecon.files import write_text
from pointrecon.reports import report
from pointrecon.screen import screen
from pointrecon.settings import resolve
from pointrecon.shapes import make_shapes
from pointrecon.shapes.made.parametric import FIRST
from pointrecon.teachers import teach
from pointrecon.training.pretrain_config import PretrainConfig
from pointrecon.training.pretraining import pretrain

READY = "made-nano"  # the model that comes along, measured beside the one trained here
NAMES = {"probe/svm": "linear SVM on frozen features", "probe/knn": "nearest neighbors on frozen features",
         "zero-shot": "naming by words"}  # fmt: skip


def demo(
    out: str | Path = "demo", *, count: int = 2400, epochs: int = 20, seed: int = 0, overwrite: bool = False
) -> Results:
    """Run the main job on built-in shapes; about five minutes on two cores, no download.

    Args:
        out: folder for the table, the run and the report.
        count: shapes to make.
        epochs: of pre-training.
        seed: of everything random.
        overwrite: replace an earlier demo in ``out``.

    Returns:
        what was measured of the model trained here; its ``file`` is the report to open.

    Raises:
        InputError: when ``out`` is in use, or a number of epochs cannot be.
        Stopped: while pre-training.
    """
    out = Path(out)
    run = out / "run"
    shapes = out / "shapes.lance"
    if out.exists() and any(out.iterdir()) and not (out / "demo.md").is_file() and not shapes.exists():
        raise InputError(f"'{out}' exists and is no demo; choose another folder with --out")
    if shapes.exists() and not overwrite:
        there, look = ("a demo", f"open {run / 'report.html'}") if (out / "demo.md").is_file() else ("half a demo", "")
        raise InputError(
            f"'{out}' holds {there} already; {look or 'choose another folder with --out'} or pass --overwrite"
        )
    settings: dict[str, Any] = {"model": {"size": "nano"}, "train": {"epochs": epochs, "seed": seed, "probe_every": 5}}
    settings["init"] = "none"  # how far one comes from random weights
    resolve(PretrainConfig, "pretrain", recipe="nano", overrides=settings)  # refuses before anything is made
    console = screen(stderr=True)
    started = time.monotonic()

    def stage(text: str) -> None:
        console.print(f"{time.monotonic() - started:4.0f} s  {text}", soft_wrap=True)

    stage(f"making {count} shapes of everyday and engineering objects (seed {seed})")
    make_shapes(
        shapes,
        count=count,
        family="named",
        categories=FIRST[::2],
        points=1024,
        seed=seed,
        difficulty="easy",
        overwrite=overwrite,
    )
    stage("teaching: pictures by a multi-view descriptor, captions by a sentence encoder, both offline")
    teach(shapes, image="multiview", text="minilm")
    stage("pre-training ReCon nano on the training shapes, their pictures and captions")
    pretrain(shapes, run, recipe="nano", overwrite=overwrite, **settings)
    stage("probing frozen features on test shapes, beside the untrained encoder and the model that comes along")
    found = probe(run, shapes, probes=("svm", "knn"), seed=seed, show=False)
    ready = probe(
        READY, shapes, probes=("svm", "knn"), seed=seed, compare_untrained=False, compare_teacher=False, show=False
    )
    named, ready_named = (zero_shot(one, shapes, encode={"seed": seed}) for one in (run, READY))
    stage("writing the report")
    result = Results([*found, *named], model=run / "model", file=report(run, shapes, seed=seed))
    rows = _rows(result, Results([*ready, *ready_named]))
    headings = ("", "untrained", "pre-trained", READY)
    same = ", of seed 0 too: some one in a hundred of these are among them" if seed == 0 else ""
    beside = f"{READY}, which comes along, learned from 120,000 made shapes, of these kinds among others{same}"
    lines = [f"# pointrecon demo, seed {seed}", "", f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    write_text(out / "demo.md", "\n".join([*lines, "", f"{beside}.", "", f"Report: {result.file}", ""]))
    table = Table(
        title=f"test accuracy, {count} made shapes, seed {seed}",
        caption="captions of training shapes name their kind, as in the paper; the model trained here never saw a test "
        f"shape; {beside}",
    )
    for heading in headings:
        table.add_column(heading, justify="right" if heading else "left")
    for row in rows:
        table.add_row(*row)
    screen().print(table)
    screen().print(f"open the report: {result.file}", soft_wrap=True)
    stage("done")
    return result


def _rows(result: Results, ready: Results) -> list[tuple[str, str, str, str]]:
    """What was measured, of random weights (or guessing), of the model trained here and of the one that comes along."""
    rows = []
    for task, name in NAMES.items():
        after = result.where(task=task, weights="pre-trained")
        before = result.where(task=task, weights="untrained")
        guessed = f"{before.mean():.1%}" if len(before) else f"{after.mean('chance'):.1%} (chance)"
        rows.append((name, guessed, f"{after.mean():.1%}", f"{ready.where(task=task).mean():.1%}"))
    return rows

"""The whole job on shapes made here: make, teach, pre-train, probe, name by words, report."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pointrecon.errors import InputError
from pointrecon.evaluation import probe, zero_shot
from pointrecon.files import write_text
from pointrecon.reports import report
from pointrecon.settings import resolve
from pointrecon.shapes import make_shapes
from pointrecon.shapes.made.parametric import CATEGORIES
from pointrecon.teachers import teach
from pointrecon.training.pretrain_config import PretrainConfig
from pointrecon.training.pretraining import pretrain

PROBES = ("svm", "knn")


@dataclass
class DemoResult:
    """What the demo found.

    Attributes:
        table: test accuracies by name, each "untrained", "pre-trained".
        zero_shot: accuracy of naming test shapes by words.
        chance: what guessing would give.
        report: the HTML file to open.
    """

    table: dict[str, dict[str, float]]
    zero_shot: float
    chance: float
    report: Path


def demo(
    out: str | Path = "demo", *, count: int = 2400, epochs: int = 20, seed: int = 0, overwrite: bool = False
) -> DemoResult:
    """Run the main job on built-in shapes; about five minutes on two cores, no download.

    Args:
        out: folder for the table, the run and the report.
        count: shapes to make.
        epochs: of pre-training.
        seed: of everything random.
        overwrite: replace an earlier demo in ``out``.

    Raises:
        InputError: when ``out`` is in use, or a number of epochs cannot be.
        KeyboardInterrupt: when it was stopped while pre-training.
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
    resolve(PretrainConfig, "pretrain", recipe="nano", overrides=settings)  # refuses before anything is made
    screen = Console(stderr=True, highlight=False)
    started = time.monotonic()

    def stage(text: str) -> None:
        screen.print(f"[bold]{time.monotonic() - started:4.0f} s[/bold]  {text}", soft_wrap=True)

    stage(f"making {count} shapes of everyday and engineering objects (seed {seed})")
    make_shapes(
        shapes,
        count=count,
        family="named",
        categories=list(CATEGORIES)[::2],
        points=1024,
        seed=seed,
        difficulty="easy",
        overwrite=overwrite,
    )
    stage("teaching: pictures by a multi-view descriptor, captions by a sentence encoder, both offline")
    teach(shapes, image="multiview", text="minilm")
    stage("pre-training ReCon nano on the training shapes, their pictures and captions")
    if not pretrain(shapes, run, recipe="nano", overwrite=overwrite, **settings).finished:
        raise KeyboardInterrupt
    stage("probing frozen features on test shapes, beside the untrained encoder")
    found = probe(run / "model", shapes, probes=PROBES, seed=seed, show=False)
    named = zero_shot(run, shapes, encode={"seed": seed})
    stage("writing the report")
    page = report(run, shapes, seed=seed)

    rows = {
        name: {weights: found.mean(task=f"probe/{name}", weights=weights) for weights in ("untrained", "pre-trained")}
        for name in PROBES
    }
    result = DemoResult(rows, named.mean(), named.mean("chance"), page)
    write_text(out / "demo.md", _markdown(result, seed))
    _show(result, count, seed)
    stage("done")
    return result


_LABELS = {"svm": "linear SVM", "knn": "nearest neighbors"}


def _show(result: DemoResult, count: int, seed: int) -> None:
    table = Table(
        title=f"test accuracy, {count} made shapes, seed {seed}",
        caption="captions of training shapes name their kind, as in the paper; test shapes were never seen",
    )
    for heading in ("", "untrained", "pre-trained"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, row in result.table.items():
        table.add_row(f"{_LABELS[name]} on frozen features", f"{row['untrained']:.1%}", f"{row['pre-trained']:.1%}")
    table.add_row("naming by words", f"{result.chance:.1%} (chance)", f"{result.zero_shot:.1%}")
    screen = Console(highlight=False)
    screen.print(table)
    screen.print(f"open the report: {result.report}", soft_wrap=True)


def _markdown(result: DemoResult, seed: int) -> str:
    lines = [f"# pointrecon demo, seed {seed}", "", "| | untrained | pre-trained |", "|---|---|---|"]
    for name, row in result.table.items():
        lines.append(f"| {_LABELS[name]} | {row['untrained']:.1%} | {row['pre-trained']:.1%} |")
    lines.append(f"| naming by words | {result.chance:.1%} (chance) | {result.zero_shot:.1%} |")
    return "\n".join([*lines, "", f"Report: {result.report}", ""])

"""The sections of the report, each from the part of the run it shows."""

import shlex
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import yaml

from pointrecon.evaluation.record import Record
from pointrecon.reports.cloud_figures import clouds_body, clouds_data, rebuilt_clouds
from pointrecon.reports.figures import (
    COLORS,
    confusion_figure,
    loss_curve,
    loss_names,
    map_figure,
    probe_curve,
    project,
)
from pointrecon.reports.gallery import agreement, gallery_body, neighbors, pick_queries
from pointrecon.reports.headline import confused_pairs, numbers_table
from pointrecon.reports.page import Section, plot
from pointrecon.reports.run_contents import RunContents

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays

_MADE_BY = {"mode": "finetune", "segment": "segment"}  # a setting → the command whose runs have it
QUERIES = 8
CLOUDS = 6


@dataclass
class ShownShapes:
    """A model with the shapes the report shows, and their features."""

    model: torch.nn.Module
    asking: "ShapeArrays"
    found: "ShapeArrays"
    asking_x: np.ndarray
    found_x: np.ndarray
    device: torch.device


def numbers_section(records: list[Record]) -> Section:
    """The headline table."""
    title = "What it learned"
    if not records:
        command = "'pointrecon probe RUN DATA'"
        return Section("numbers", title, missing=f"No measurements yet: {command} makes them.")
    remarks = list(dict.fromkeys(note for record in records for note in record.notes))
    return Section(
        "numbers",
        title,
        intro="Classifiers on this model, beside the same architecture with random weights where that was measured.",
        body=numbers_table(records) + notes(remarks),
    )


def rebuilt_section(encoded: ShownShapes, seed: int) -> Section:
    """Masked input, what was rebuilt, and the original of a few shapes."""
    from pointrecon.geometry import prepare

    chosen = encoded.asking.select(pick_queries(encoded.asking.label, CLOUDS, seed + 7))
    config: Any = encoded.model.config
    raw = torch.from_numpy(np.asarray(chosen.points, dtype=np.float32))
    clouds = prepare(
        raw,
        config.points,
        up_from=chosen.meta.up,
        up_to=config.up,
        generator=torch.Generator().manual_seed(seed),
    )
    names = [
        chosen.meta.classes[int(label)] if label >= 0 else str(chosen.id[i]) for i, label in enumerate(chosen.label)
    ]
    shapes = rebuilt_clouds(encoded.model, clouds.to(encoded.device), names, seed=seed)
    return Section(
        "rebuilt",
        "Rebuilding what is hidden",
        intro="Part of the patches are hidden; the model adds them (orange). Drag to turn all three.",
        body=clouds_body(shapes),
        clouds=clouds_data(shapes),
    )


def neighbors_section(encoded: ShownShapes, seed: int) -> Section:
    """Queries and what the model finds for them."""
    asking, found = encoded.asking, encoded.found
    index, cosine = neighbors(encoded.asking_x, asking.id, encoded.found_x, found.id)
    share = agreement(asking.label, found.label, index)
    chosen = pick_queries(asking.label, QUERIES, seed)
    intro = f"On the left where the search starts, then the most similar of {len(found)} shapes, with cosine. "
    if share is None:
        intro += "The shapes have no labels, so nothing is marked right or wrong."
    else:
        intro += f"Of all {len(asking)} searches {100 * share:.0f}% of the neighbors are of the same class."
    body = gallery_body(
        asking.select(chosen),
        found,
        index[chosen],
        cosine[chosen],
        str(getattr(encoded.model.config, "up", "y")),
    )
    return Section("neighbors", "Nearest neighbors", intro=intro, body=body)


def map_section(encoded: ShownShapes, layout: str, seed: int) -> Section:
    """All shapes on a plane."""
    asking = encoded.asking
    if len(asking) < 5:
        return Section("map", "Feature map", missing="Not shown: a map needs at least five shapes.")
    xy = project(encoded.asking_x, layout, seed)
    name = {"pca": "the two strongest principal components", "tsne": "t-SNE", "umap": "UMAP"}[layout]
    return Section(
        "map",
        "Feature map",
        intro=f"{len(asking)} shapes, each a point: frozen features by {name}. Colors are the classes.",
        body=plot("feature-map"),
        figures={"feature-map": map_figure(xy, asking.label, asking.meta.classes, asking.id.tolist())},
    )


def confusion_section(record: Record | None) -> Section:
    """Which classes are taken for which, in the best measurement."""
    if record is None:
        return Section("confusion", "What it confuses", missing="Not shown: there is no measurement with labels yet.")
    pairs = "".join(
        f"<li>{escape(true)} taken for {escape(answer)}: {count} ({100 * share:.0f}%)</li>"
        for true, answer, count, share in confused_pairs(record)
    )
    return Section(
        "confusion",
        "What it confuses",
        intro=f"Answers of {record.task.removeprefix('probe/')} on {record.counts.get('test', 0)} shapes "
        f"of the split '{record.split}', as shares of each true class.",
        body=plot("confusion-matrix") + (f"<h3>Most frequent mistakes</h3><ul>{pairs}</ul>" if pairs else ""),
        figures={"confusion-matrix": confusion_figure(record.confusion, record.classes)},
    )


def losses_section(run: RunContents) -> Section:
    """A small curve per loss."""
    names = loss_names(run.steps)
    if not names:
        return Section("losses", "Losses", missing="Not shown: the run has logged no losses (metrics.jsonl).")
    figures = {f"loss-{i}": loss_curve(run.steps, name, COLORS[i % len(COLORS)]) for i, name in enumerate(names)}
    body = "".join(plot(f"loss-{i}", name) for i, name in enumerate(names))
    return Section(
        "losses",
        "Losses",
        intro="Each step faintly, the running mean over 2% of the run on top.",
        body=f"<div class=grid>{body}</div>",
        figures=figures,
    )


def probes_section(run: RunContents) -> Section:
    """The probe curve."""
    if not run.probes:
        return Section(
            "probes",
            "Probe while training",
            missing="Not shown: no probe ran while training; it needs a labeled validation split.",
        )
    return Section(
        "probes",
        "Probe while training",
        intro="Accuracy on the shapes that epochs are compared on (in pre-training a quick linear SVM and a "
        "nearest-neighbor vote on validation shapes), every few epochs.",
        body=plot("probe-curve"),
        figures={"probe-curve": probe_curve(run.probes)},
    )


def facts_section(run: RunContents, model: torch.nn.Module | None) -> Section:
    """What the model is, and the commands and settings that made it."""
    facts: dict[str, str] = {}
    if model is not None:
        config: Any = model.config
        total = sum(p.numel() for p in model.parameters())
        facts["parameters"] = f"{total / 1e6:.2f} million"
        for name in ("size", "points", "patches", "patch_size", "width", "depth", "streams", "up"):
            if hasattr(config, name):
                facts[name.replace("_", " ")] = str(getattr(config, name))
        for kind, teacher in dict(getattr(config, "teachers", {}) or {}).items():
            facts[f"{kind} teacher"] = f"{teacher.name} ({teacher.width} wide)"
    if run.steps:
        facts["steps"] = str(run.steps[-1].get("step", len(run.steps)))
        speeds = [s["samples_per_second"] for s in run.steps if isinstance(s.get("samples_per_second"), int | float)]
        if speeds:
            facts["speed while training"] = f"{float(np.median(speeds)):.0f} shapes a second (median)"
    if run.records:
        facts["machine of the measurements"] = run.records[-1].machine
        facts["versions"] = ", ".join(f"{k} {v}" for k, v in run.records[-1].versions.items())
    seed = (run.config.get("train") or {}).get("seed")
    if seed is not None:
        facts["seed of the run"] = str(seed)
    rows = "".join(f"<tr><th scope=row>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in facts.items())
    commands = list(dict.fromkeys(r.command for r in run.records if r.command != "python"))
    body = f"<div class=scroll><table class=facts><tbody>{rows}</tbody></table></div>" if rows else ""
    if run.tables:
        # A run's config is a recipe for the same run.
        command = next((name for mark, name in _MADE_BY.items() if mark in run.config), "pretrain")
        start = [] if command == "pretrain" else [str(run.config.get("model", ""))]
        recipe = ["--recipe", str(run.path / "config.yaml")]
        commands = [shlex.join(["pointrecon", command, *start, *run.tables, "-o", "again", *recipe]), *commands]
    if commands:
        body += "<h3>Commands</h3><pre>" + escape("\n".join(commands)) + "</pre>"
    if run.config:
        text = yaml.safe_dump(run.config, sort_keys=False, allow_unicode=True)
        body += f"<details><summary>config.yaml, as resolved</summary><pre>{escape(text)}</pre></details>"
    body += notes(run.problems)
    missing = "" if body else "Nothing is known of this run: it has no config, model or measurements."
    return Section("facts", "The model, and how to make it again", body=body, missing=missing)


def notes(sentences: list[str]) -> str:
    """Remarks as paragraphs."""
    return "".join(f"<p class=missing>{escape(sentence)}</p>" for sentence in sentences)

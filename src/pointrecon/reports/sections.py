"""The sections of the report, each from the part of the run it shows; InputError says why one cannot be made."""

import shlex
from dataclasses import dataclass
from html import escape

import numpy as np
import yaml

from pointrecon.encode_settings import EncodeSettings
from pointrecon.errors import InputError
from pointrecon.evaluation.looks import look_at
from pointrecon.evaluation.record import Record
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.reports.figures import COLORS, confusion_figure, loss_curve, loss_names, map_figure, probe_curve
from pointrecon.reports.gallery import agreement, gallery_body, name_of, neighbors, pick_queries
from pointrecon.reports.headline import confused_pairs, numbers_table
from pointrecon.reports.look_page import look_data, look_views
from pointrecon.reports.look_tabs import look_tabs
from pointrecon.reports.page import Section, plot
from pointrecon.reports.run_contents import RunContents
from pointrecon.retrieval.layout_2d import LAYOUTS, project
from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.table.arrays import ShapeArrays

_MADE_BY = {"mode": "finetune", "segment": "segment"}  # a setting → the command whose runs have it
QUERIES = 8
CLOUDS = 6


@dataclass
class ShownShapes:
    """A model with the shapes the report shows, those it asks with and those it finds, and their features."""

    model: EitherModel
    how: EncodeSettings
    asking: ShapeArrays
    found: ShapeArrays
    asking_x: np.ndarray
    found_x: np.ndarray
    remarks: tuple[str, ...] = ()  # on their labels


def numbers_section(records: list[Record]) -> Section:
    """The headline table."""
    if not records:
        raise InputError("there are no measurements yet; 'pointrecon probe RUN DATA' makes them")
    remarks = list(dict.fromkeys(note for record in records for note in record.notes))
    intro = "Classifiers on this model, beside the same architecture with random weights where that was measured."
    return Section(numbers_table(records) + notes(remarks), intro)


def looks_section(encoded: ShownShapes, mask_ratio: float, seed: int) -> Section:
    """What the model sees of a few shapes: patches, what it rebuilds, features, attention."""
    chosen = encoded.asking.select(pick_queries(encoded.asking.label, CLOUDS, seed + 7))
    shapes, model = as_shapes(chosen), encoded.model
    asked = [(name_of(chosen, place), shapes, place) for place in range(len(chosen))]
    looks = look_at(model, asked, mask_ratio=mask_ratio, encode=encoded.how, progress=False)
    tabs = look_tabs(model, looks, model.config.depth - 1, mask_ratio)
    intro = "" if model.decoder is not None else "The model has no decoder, so nothing is hidden and rebuilt."
    return Section(look_views(looks, tabs), intro, looks=look_data(looks, tabs, model.config.up, "rebuilt"))


def neighbors_section(encoded: ShownShapes, seed: int) -> Section:
    """Queries and what the model finds for them."""
    asking, found = encoded.asking, encoded.found
    index, cosine = neighbors(encoded.asking_x, asking.id, encoded.found_x, found.id)
    share = agreement(asking.label, found.label, index)
    intro = f"On the left where the search starts, then the most similar of {len(found)} shapes, with cosine. "
    if share is None:
        intro += "The shapes have no labels, so nothing is marked right or wrong."
    else:
        intro += f"Of all {len(asking)} searches {100 * share:.0f}% of the neighbors are of the same class."
    chosen = pick_queries(asking.label, QUERIES, seed)
    body = gallery_body(asking.select(chosen), found, index[chosen], cosine[chosen])
    return Section(body + notes(list(encoded.remarks)), intro)


def map_section(encoded: ShownShapes, layout: str, seed: int) -> Section:
    """All shapes on a plane."""
    asking = encoded.asking
    if len(asking) < 5:
        raise InputError("a map needs at least five shapes")
    figure = map_figure(project(encoded.asking_x, layout, seed), asking.label, asking.meta.classes, asking.id.tolist())
    intro = f"{len(asking)} shapes, each a point: frozen features by {LAYOUTS[layout]}. Colors are the classes."
    return Section(plot("feature-map"), intro, {"feature-map": figure})


def confusion_section(record: Record | None) -> Section:
    """Which classes are taken for which, in the best measurement."""
    if record is None:
        raise InputError("there is no measurement with labels yet")
    pairs = "".join(
        f"<li>{escape(true)} taken for {escape(answer)}: {count} ({100 * share:.0f}%)</li>"
        for true, answer, count, share in confused_pairs(record)
    )
    body = plot("confusion-matrix") + (f"<h3>Most frequent mistakes</h3><ul>{pairs}</ul>" if pairs else "")
    intro = (
        f"Answers of {record.task.removeprefix('probe/')} on {record.counts.get('test', 0)} shapes "
        f"of the split '{record.split}', as shares of each true class."
    )
    return Section(body, intro, {"confusion-matrix": confusion_figure(record.confusion, record.classes)})


def losses_section(run: RunContents) -> Section:
    """A small curve per loss."""
    names = loss_names(run.steps)
    if not names:
        raise InputError("the run has logged no losses (metrics.jsonl)")
    figures = {f"loss-{i}": loss_curve(run.steps, name, COLORS[i % len(COLORS)]) for i, name in enumerate(names)}
    body = "".join(plot(place, name) for place, name in zip(figures, names, strict=True))
    intro = "Each step faintly, the running mean over 2% of the run on top."
    return Section(f"<div class=grid>{body}</div>", intro, figures)


def probes_section(run: RunContents) -> Section:
    """The probe curve."""
    if not run.probes:
        raise InputError("no probe ran while training; it needs a labeled validation split")
    intro = (
        "Accuracy on the shapes that epochs are compared on (in pre-training a quick linear SVM and a "
        "nearest-neighbor vote on validation shapes), every few epochs."
    )
    return Section(plot("probe-curve"), intro, {"probe-curve": probe_curve(run.probes)})


def facts_section(run: RunContents, model: EitherModel | None) -> Section:
    """What the model is, and the commands and settings that made it."""
    facts = _facts(run, model)
    rows = "".join(f"<tr><th scope=row>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in facts.items())
    body = f"<div class=scroll><table class=facts><tbody>{rows}</tbody></table></div>" if rows else ""
    commands = list(dict.fromkeys(r.command for r in run.records if r.command != "python"))
    if run.tables:  # a run's config is a recipe for the same run
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
    return Section(
        body, missing="" if body else "Nothing is known of this run: it has no config, model or measurements."
    )


def _facts(run: RunContents, model: EitherModel | None) -> dict[str, str]:
    facts: dict[str, str] = {}
    if model is not None:
        facts["parameters"] = f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} million"
        for name in ("size", "kind", "points", "patches", "patch_size", "width", "depth", "streams", "masking", "up"):
            if hasattr(model.config, name):
                facts[name.replace("_", " ")] = str(getattr(model.config, name))
        for kind, teacher in model.config.teachers.items():
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
    return facts if seed is None else {**facts, "seed of the run": str(seed)}


def notes(sentences: list[str]) -> str:
    """Remarks as paragraphs."""
    return "".join(f"<p class=missing>{escape(sentence)}</p>" for sentence in sentences)

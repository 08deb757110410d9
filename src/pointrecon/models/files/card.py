"""The model card: what a stranger must know before using the weights, made from the model alone."""

import re
from typing import Any

import yaml

from pointrecon.models.facts import CALIBRATED
from pointrecon.models.model import ReconModel
from pointrecon.models.plus.plus_clouds import is_colored
from pointrecon.models.plus.plus_model import ReconPlusModel
from pointrecon.readable import markdown

_CLASSES = 60  # named on the card, and categories
_LICENSES = {
    *("mit", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "gpl-3.0", "lgpl-3.0", "agpl-3.0", "mpl-2.0", "odbl"),
    *("cc0-1.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0"),
}  # as the hub spells them; what is none of them is "other", with its words beside
_USE = """```python
import numpy, pointrecon

model = pointrecon.load_model("this-folder")
clouds = model.prepare(numpy.random.rand(8, 5000, 3), up="z")  # your clouds, and the axis that points up in them
queries, patches, centers = model.encode(clouds)
features = model.features(clouds)  # one row per cloud, for probes and search
```"""


def model_card(model: ReconModel | ReconPlusModel) -> str:
    """The card as Markdown with the hub's header."""
    config, facts = model.config, model.facts
    count = sum(parameter.numel() for parameter in model.parameters())
    teachers = [
        f"{kind}: {markdown(t.name)} ({t.width} wide{f', sha256 {t.hash[:16]}' * bool(t.hash)}"
        f"{f', {len(t.templates)} templates' * bool(t.templates)})"
        for kind, t in config.teachers.items()
    ]
    size = markdown(config.size)
    rows = {
        "size": f"{size}: {count / 1e6:.2f} million parameters, width {config.width}, depth {config.depth}",
        "input": f"{config.points} points, centered on their mean, largest radius 1, {config.up} up, {_colors(model)} "
        "(`model.prepare` does it)",
        "patches": f"{config.patches} of {config.patch_size} points",
        "streams": f"{_streams(model)}, stop-gradient {'on' if config.stop_gradient else 'off'}",
        "teachers": "; ".join(teachers) or "none",
        "decoder": f"{config.decoder_depth} blocks" if config.decoder_depth else "none",
        "head": _head(model),
        "method": markdown(facts.method) or "not stated",
        "learned from": "; ".join(_data(one) for one in facts.data) or "not stated",
        **({"taught the names of": _names(facts.categories)} if facts.categories else {}),
        **{f"calibration, {name}": f"{value:g} ({CALIBRATED[name]})" for name, value in facts.calibration.items()},
        "license": markdown(facts.license) or "not stated; ask before you pass the weights on",
        "protocol": markdown(facts.protocol) or "not stated",
    }
    family = "ReCon++" if isinstance(model, ReconPlusModel) else "ReCon"
    text = [f"# {family} {size}", "", *_table(("what", "value"), rows), ""]
    if facts.metrics:
        text += [
            "## Numbers",
            "",
            *_table(("measure", "value"), {markdown(k): f"{v:.4g}" for k, v in facts.metrics.items()}),
            "",
        ]
    if facts.notes:
        text += [facts.notes.replace("<", "&lt;"), ""]
    header = yaml.safe_dump(_header(model), sort_keys=False, allow_unicode=True)
    return "\n".join(["---", f"{header}---", "", *text, "## Use", "", _USE, ""])


def _header(model: ReconModel | ReconPlusModel) -> dict[str, Any]:
    """What the hub reads: library, license, data sets and figures."""
    facts = model.facts
    header: dict[str, Any] = {"library_name": "pointrecon", "tags": ["point-cloud", "3d", "recon"]}
    if facts.license:
        known = facts.license.strip().lower()
        header["license"] = known if known in _LICENSES else "other"
        if known not in _LICENSES:
            header["license_name"] = _slug(facts.license)[:60]
    names = list(dict.fromkeys(_slug(one["name"]) for one in facts.data if one.get("name")))
    if names:
        header["datasets"] = names
    if facts.metrics:
        kinds = {name: "accuracy" if "accuracy" in name else _slug(name) for name in facts.metrics}
        header["metrics"] = list(dict.fromkeys(kinds.values()))
        figures = [{"type": kinds[name], "name": name, "value": value} for name, value in facts.metrics.items()]
        measured = {"type": names[-1] if names else "unknown", "name": facts.data[-1]["name"] if names else "unknown"}
        result = {
            "task": {"type": "other", "name": facts.method or "3D shapes"},
            "dataset": measured,
            "metrics": figures,
        }
        header["model-index"] = [{"name": facts.group or model.config.size, "results": [result]}]
    return header


def _colors(model: ReconModel | ReconPlusModel) -> str:
    return "with colors, gray (0.4) where there are none" if is_colored(model) else "no colors"


def _streams(model: ReconModel | ReconPlusModel) -> str:
    """How patches and queries go together."""
    if isinstance(model, ReconModel):
        return model.config.streams
    config = model.config
    of_class = ", the class" if config.class_query else ""
    queries = f"queries for {config.image_queries} images, {config.text_queries} texts{of_class}"
    return f"ReCon++ ({config.kind}), masking {config.masking}, {queries}"


def _slug(words: str) -> str:
    return re.sub(r"[^\w.-]+", "-", words, flags=re.ASCII).strip("-._").lower() or "unnamed"


def _table(head: tuple[str, str], rows: dict[str, str]) -> list[str]:
    return [f"| {head[0]} | {head[1]} |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]


def _head(model: ReconModel | ReconPlusModel) -> str:
    head = model.config.head
    if head is None:
        return "none"
    return f"{head.kind}, {len(head.classes)} classes: {_names(head.classes)}"


def _names(every: list[str]) -> str:
    more = len(every) - _CLASSES
    return ", ".join(map(markdown, every[:_CLASSES])) + (f" … and {more} more, all in config.json" if more > 0 else "")


def _data(one: dict[str, Any]) -> str:
    parts = [markdown(", ".join(one.get("splits") or [])), markdown(one.get("license") or "license not stated")]
    return f"{markdown(one.get('name', 'unnamed'))} ({'; '.join(part for part in parts if part)})"

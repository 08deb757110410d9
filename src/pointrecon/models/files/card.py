"""The model card: what a stranger must know before using the weights."""

from typing import Any

from pointrecon.models.model import ReconModel

_USE = """```python
import numpy, pointrecon

model = pointrecon.load_model("{folder}")
clouds = model.prepare(numpy.random.rand(8, 5000, 3), up="z")   # your clouds, and the axis that points up in them
queries, patches, centers = model.encode(clouds)
features = model.features(clouds)                               # one row per cloud, for probes and search
```"""


def model_card(model: ReconModel, facts: dict[str, Any]) -> str:
    """The card as Markdown with the hub's header.

    Args:
        model: the model the card is about.
        facts: ``data``, ``license``, ``protocol``, ``numbers`` (name → value), ``notes``; absent ones say so.
    """
    config = model.config
    count = sum(parameter.numel() for parameter in model.parameters())
    head = "none"
    if config.head is not None:
        head = f"{config.head.kind}, {len(config.head.classes)} classes: {', '.join(config.head.classes[:60])}"
    teachers = ", ".join(f"{kind}: {t.name} ({t.width} wide)" for kind, t in config.teachers.items()) or "none"
    rows = [
        (
            "size",
            f"{config.size}: {count / 1e6:.2f} million parameters, width {config.width}, depth {config.depth}",
        ),
        ("input", f"{config.points} points, centered, in the unit sphere, {config.up} up"),
        ("patches", f"{config.patches} of {config.patch_size} points"),
        ("streams", f"{config.streams}, stop-gradient {'on' if config.stop_gradient else 'off'}"),
        ("teachers", teachers),
        ("decoder", f"{config.decoder_depth} blocks" if config.decoder_depth else "none"),
        ("head", head),
        ("data", facts.get("data", "not stated")),
        ("license", facts.get("license", "not stated")),
        ("protocol", facts.get("protocol", "not stated")),
    ]
    parts = [
        "---",
        "library_name: pointrecon",
        "tags: [point-cloud, 3d, recon]",
        "---",
        "",
        f"# ReCon {config.size}",
        "",
    ]
    parts += ["| what | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), ""]
    numbers = facts.get("numbers") or {}
    if numbers:
        parts += [
            "## Numbers",
            "",
            "| measure | value |",
            "|---|---|",
            *(f"| {k} | {v} |" for k, v in numbers.items()),
            "",
        ]
    if facts.get("notes"):
        parts += [str(facts["notes"]), ""]
    use = _USE.format(folder="this-folder", points=config.points, up=config.up)
    return "\n".join([*parts, "## Use", "", use, ""])

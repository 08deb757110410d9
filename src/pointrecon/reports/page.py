"""One HTML page out of sections and figures, with everything inside: styles, script, plotly."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from typing import Any

from pointrecon.errors import require
from pointrecon.reports.figures import Figure

TITLES = {  # of the sections, by the names that the menu has
    "numbers": "What it learned",
    "looks": "What it sees",
    "neighbors": "Nearest neighbors",
    "map": "Feature map",
    "confusion": "What it confuses",
    "losses": "Losses",
    "probes": "Probe while training",
    "facts": "The model, and how to make it again",
}


@dataclass
class Section:
    """One part of the page."""

    body: str = ""  # HTML
    intro: str = ""  # what the reader sees here, one or two sentences (text, not HTML)
    figures: dict[str, Figure] = field(default_factory=dict)  # id of a `<div class=plot>` in the body → plotly figure
    looks: dict[str, Any] | None = None  # what `look.js` draws, in the one section that has it
    missing: str = ""  # why there is nothing to show; the body is empty then


def plot(name: str, caption: str = "") -> str:
    """The place of a figure."""
    note = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class=card><div class=plot id="{escape(name)}"></div>{note}</figure>'


def build_page(title: str, verdict: str, subtitle: str, sections: Mapping[str, Section]) -> str:
    """The whole page as text; sections by name."""
    plotly = require("plotly.offline", "report").get_plotlyjs()
    figures = {name: figure for section in sections.values() for name, figure in section.figures.items()}
    looks = next((section.looks for section in sections.values() if section.looks), None)
    views = (
        f"<script type='application/json' id=look-data>{page_json(looks)}</script><script>{asset('look.js')}</script>"
    )
    menu = "".join(f'<a href="#{name}">{name}</a>' for name in sections)
    return (
        f"{page_head(title)}{page_header('report', title, subtitle, verdict)}"
        f"<nav>{menu}</nav><main>{''.join(_section(*item) for item in sections.items())}</main>"
        f"<script>{plotly}</script>"
        f"<script type='application/json' id=data>{page_json({'figures': figures})}</script>"
        f"<script>{asset('page.js')}</script>{views if looks else ''}</body></html>\n"
    )


def page_head(title: str, style: str = "", kind: str = "") -> str:
    """How every page begins, up to its body, of the class ``kind``; ``style`` is CSS behind that of all pages."""
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{asset('page.css')}{style}</style></head>\n<body class='{kind}'>"
    )


def page_header(command: str, title: str, subtitle: str, verdict: str = "") -> str:
    """The first lines that a reader sees, as text: who wrote the page, and of what."""
    told = f"<p class=verdict>{escape(verdict)}</p>" if verdict else ""
    return (
        f"<header><p class=kicker>pointrecon {command}</p><h1>{escape(title)}</h1>{told}"
        f"<p class=sub>{escape(subtitle)}</p></header>"
    )


def asset(*names: str) -> str:
    """CSS or scripts that lie beside this file, one behind the other."""
    return "".join(files("pointrecon.reports").joinpath(name).read_text("utf-8") for name in names)


def _section(name: str, section: Section) -> str:
    intro = f"<p class=intro>{escape(section.intro)}</p>" if section.intro else ""
    body = f"<p class=missing>{escape(section.missing)}</p>" if section.missing else section.body
    return f'<section id="{name}"><h2>{escape(TITLES[name])}</h2>{intro}{body}</section>'


def page_json(content: Any) -> str:
    """JSON that cannot end the script element it stands in, with null for what is not finite."""
    text = json.dumps(_clean(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _clean(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

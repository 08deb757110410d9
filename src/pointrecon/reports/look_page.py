"""Shapes side by side in HTML without network, turning together, a tab a panel: for `show` and reports."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from pointrecon.evaluation.looks import Look
from pointrecon.geometry.upright import turns
from pointrecon.palette import heat, hex_of
from pointrecon.reports.look_tabs import ADDED, FAINT, PLAIN, LookTab, patch_colors
from pointrecon.reports.page import asset, page_head, page_header, page_json

_PARTS, _CODE = 1000, 127  # of a radius, and of a direction of features: the page keeps whole numbers


def look_page(looks: Sequence[Look], tabs: Sequence[LookTab], title: str, subtitle: str, up: str) -> str:
    """The whole page as text."""
    return (
        f"{page_head(title, kind='looks')}{page_header('show', title, subtitle)}<main>{look_views(looks, tabs)}</main>"
        f"<script type='application/json' id=look-data>{page_json(look_data(looks, tabs, up))}</script>"
        f"<script>{asset('look.js')}</script></body></html>\n"
    )


def look_views(looks: Sequence[Look], tabs: Sequence[LookTab]) -> str:
    """The part of a page in which ``look.js`` draws: tabs, and a canvas for each shape."""
    buttons = "".join(
        f'<button type=button role=tab data-tab="{escape(tab.key)}">{escape(tab.title)}</button>' for tab in tabs
    )
    views = "".join(
        f"<figure class='card view'><canvas tabindex=0 aria-label=\"{escape(look.name)}\"></canvas>"
        f"<figcaption>{escape(look.name)}</figcaption></figure>"
        for look in looks
    )
    return (
        f"<div class=chips id=look-tabs role=tablist>{buttons}</div>"
        "<p class=intro id=look-note></p><div class='chips small' id=look-options></div>"
        f"<div class=views>{views}</div>"
        "<p class=sub>Drag to turn all of them, wheel to zoom, double click to go back; arrow keys turn too.</p>"
    )


def look_data(looks: Sequence[Look], tabs: Sequence[LookTab], up: str, start: str = "") -> dict[str, Any]:
    """What ``look.js`` draws; the tab ``start`` is open at first, or the first one."""
    return {
        "tabs": [vars(tab) for tab in tabs],
        "start": start,
        "shapes": [_shape(look, tabs, up) for look in looks],
        "colors": {"plain": PLAIN, "added": ADDED, "faint": FAINT, "heat": hex_of(heat(np.linspace(0, 1, 64)))},
        "parts": _PARTS,
    }


def _shape(look: Look, tabs: Sequence[LookTab], up: str) -> dict[str, Any]:
    paints = {
        tab.key: [hex_of(patch_colors(look, tab, option)) for option in range(max(1, len(tab.options)))]
        for tab in tabs
        if tab.key not in ("shape", "rebuilt", "alike")
    }
    shares = {name: np.round(look.attention[:, number], 2).tolist() for number, name in enumerate(look.kinds)}
    clouds = {"points": look.points, "visible": look.visible, "rebuilt": look.rebuilt}
    length = np.linalg.norm(look.parts, axis=1, keepdims=True)
    codes = np.round(_CODE * look.parts / np.maximum(length, 1e-12)).astype(int).tolist()
    return {"owner": look.owner.tolist(), "paints": paints, "shares": shares, "codes": codes} | {
        k: _flat(v, up) for k, v in clouds.items()
    }


def _flat(points: np.ndarray, up: str) -> list[int]:
    """(n, 3) → x, y, z, x, y, z, ... with y up, in thousandths of the radius."""
    upright = np.roll(points, turns(up, "y"), axis=-1)
    return np.round(_PARTS * upright).astype(int).ravel().tolist()

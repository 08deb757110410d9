"""The panels of `show`, same on page and figure: titles, what is seen there, the color of every patch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pointrecon.evaluation.attention_figures import most_of
from pointrecon.evaluation.attention_maps import is_row, kinds_of
from pointrecon.evaluation.looks import PARTS, Look
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.palette import distinct_colors, heat, rgb_of

PLAIN, ADDED, FAINT = "#7d8ea6", "#e8762c", "#c3c9d2"  # a shape, what was rebuilt of it, the rest beside that
REBUILT = ("what the model sees", "with what it adds", "the whole shape")
REBUILT_ROW = ("nothing", "what it rebuilds", "the whole shape")


@dataclass
class LookTab:
    """One panel."""

    key: str
    title: str
    note: str
    options: list[str] = field(default_factory=list)  # to choose from on the page
    start: int = 0  # the option that is shown first, and in the figure
    pointed: bool = False  # only on the page: a pointer chooses a patch


def look_tabs(model: EitherModel, looks: Sequence[Look], layer: int, mask_ratio: float) -> list[LookTab]:
    """The panels that a model has; ``layer`` (from 0) is the one of the attention."""
    config = model.config
    tabs = [
        LookTab("shape", "shape", "The shape in the frame of the model: upright, centered, largest radius 1."),
        LookTab(
            "patches", "patches", f"{config.patches} patches of {config.patch_size} points; a point has the color of "
            "the patch whose center is nearest (patches overlap).",
        ),
    ]  # fmt: skip
    if model.decoder is not None and is_row(model):
        note = "The decoder rebuilds each patch of the row from those before it (orange), of which it is told less: "
        note += f"{100 * mask_ratio:.0f}% behind the first ten are hidden from all others."
        tabs.append(LookTab("rebuilt", "rebuilt", note, list(REBUILT_ROW), 1))
    elif model.decoder is not None:
        note = f"{100 * mask_ratio:.0f}% of the patches are hidden; the decoder adds them (orange)."
        tabs.append(LookTab("rebuilt", "hidden and rebuilt", note, list(REBUILT), 1))
    several = "of all these shapes together" if len(looks) > 1 else "of this shape"
    note = f"The first three principal components of the patch features {several} as red, green and blue: like "
    tabs.append(LookTab("features", "features", note + "colors are like features."))
    note = "Point at a patch: the darker, the more alike are the features of the others, in all shapes. "
    tabs.append(LookTab("alike", "alike", f"{note}(Cosine around their mean, in {PARTS} components.)", pointed=True))
    layers = [f"layer {number + 1}" for number in range(config.depth)]
    for name, own in kinds_of(model.query_names()).items():
        one = len(own) == 1
        called, reads = (f"{name} query", "query reads, mean over heads") if one else (
            f"{len(own)} {name} queries", "queries read, mean over them and over heads"
        )  # fmt: skip
        taught = name not in ("image", "text") or name in config.teachers
        note = f"What the {name} {reads}; 1 is an even share, the darkest color the most."
        note += "" if taught else f" No teacher taught {'this query' if one else 'them'}."
        tabs.append(LookTab(name, called, note, layers, layer))
    return tabs


def patch_colors(look: Look, tab: LookTab, option: int = 0) -> np.ndarray:
    """(G, 3) in [0, 1], of the patches in one of the panels."""
    if tab.key == "patches":
        return rgb_of(distinct_colors(max(len(look.colors), 9)))[: len(look.colors)]
    if tab.key == "features":
        return look.colors
    if tab.key in look.kinds:
        shares = look.attention[option, look.kinds.index(tab.key)]
        return heat(shares / most_of(shares))
    return np.broadcast_to(rgb_of([PLAIN]), look.colors.shape)

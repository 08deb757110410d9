"""What a model sees of some shapes, to be looked at: a figure or an offline page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from pointrecon.checks import checked
from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError, require
from pointrecon.evaluation.features import Encode
from pointrecon.evaluation.inputs import is_model, place_of, resolve_recon, resolve_shapes, with_axis
from pointrecon.evaluation.looks import Look, look_at, mask_ratio_of
from pointrecon.files import check_new, write_text
from pointrecon.parser import READY_MODEL
from pointrecon.progress import plural
from pointrecon.reports.look_figure import draw_looks
from pointrecon.reports.look_page import look_page
from pointrecon.reports.look_tabs import LookTab, look_tabs
from pointrecon.retrieval.folder_table import is_table
from pointrecon.shapes.importers.archives import is_archive
from pointrecon.shapes.importers.import_source import files_of
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.up_estimate import estimate_up

MOST = 24  # shapes on a page: more cannot be compared
Chosen = list[tuple[str, Shapes, int]]


@dataclass
class Showing:
    """The shapes as the model sees them, the panels, and the files written. Notebooks show the page."""

    looks: list[Look]
    tabs: list[LookTab]
    about: str  # which model sees how many shapes
    notes: list[str]
    up: str  # the axis that points up in the model's frame
    out: list[Path] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<{self.about}>"

    def page(self) -> str:
        """One HTML page without network."""
        title = ", ".join(look.name for look in self.looks[:3]) + (" …" if len(self.looks) > 3 else "")
        return look_page(self.looks, self.tabs, title, ". ".join([self.about, *self.notes]), self.up)

    def save(self, path: str | Path) -> None:
        """Write a figure (.png) or the page (.html), whole or not at all; what is there is replaced."""
        if _kind(path) == ".png":
            draw_looks(Path(path), self.looks, self.tabs, self.about, self.up)
        else:
            write_text(Path(path), self.page())
        self.out.append(Path(path))

    def _repr_html_(self) -> str:
        return f'<iframe srcdoc="{escape(self.page())}" style="width:100%;height:640px;border:0"></iframe>'


@checked
def show(
    shapes: Any,
    out: str | Path | Sequence[str | Path] | None = None,
    *,
    model: str | Path | torch.nn.Module = READY_MODEL,
    data: Any = None,
    layer: int | None = None,
    mask_ratio: float | None = None,
    up: str = "unknown",
    encode: Encode = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Showing:
    """Look at shapes with a model's eyes: patches, hidden ones rebuilt, features as colors, attention of each query.

    Args:
        shapes: files of meshes or clouds, ids of shapes of ``data`` (or their ends, behind a slash), or what
            `as_shapes` takes; or several of these, up to 24 shapes.
        out: a .png or .html file, or several; nothing is written when left out.
        model: a path, the name of one that comes along, or a `ReconModel`.
        data: the table that ids are of.
        layer: of the attention in the figure, and first on the page, from 1; the last when left out.
        mask_ratio: share of the patches to hide; the model's own where its run folder is there, otherwise 0.6.
        up: up axis of files, which do not know their own; "auto": as `estimate_up` tells it, which a note says.
        encode: how clouds are encoded; its seed draws what is hidden.
        overwrite: replace files that are there.

    Raises:
        InputError: no such shape, layer or model, more than 24 shapes, or a file that is there already.
    """
    targets = [Path(one) for one in ([out] if isinstance(out, str | Path) else out or [])]
    for target in targets:
        if _kind(target) == ".png":
            require("matplotlib", "report")
        check_new(target, overwrite=overwrite)
    settings = encode_settings(encode)
    module, name = resolve_recon(model)
    depth = module.config.depth
    if layer is not None and not 1 <= layer <= depth:
        raise InputError(f"there is no layer {layer}: this model has the layers 1 to {depth}")
    ratio = mask_ratio_of(model) if mask_ratio is None else mask_ratio
    if not 0 < ratio < 1:
        raise InputError(f"mask_ratio is {ratio}, which must be between 0 and 1")
    notes = [] if module.decoder is not None else [f"{name} has no decoder, so nothing is hidden and rebuilt"]
    chosen = _chosen(shapes, data, up, notes)
    looks = look_at(module, chosen, mask_ratio=ratio, encode=settings, progress=progress)
    tabs = look_tabs(module, looks, (layer or depth) - 1, ratio)
    found = Showing(looks, tabs, f"as {Path(name).name} sees {plural(len(looks), 'shape')}", notes, module.config.up)
    for target in targets:
        found.save(target)
    return found


def _kind(path: str | Path) -> str:
    """ ".png" or ".html"; InputError for another ending."""
    kind = Path(path).suffix.lower()
    if kind not in (".html", ".png"):
        raise InputError(f"'{path}' is neither a figure nor a page: its name must end in .png or .html")
    return kind


def _check_count(one: Any, before: int) -> None:
    """InputError for a folder or archive of more files than can be shown, before they are read."""
    place = Path(one) if isinstance(one, str | Path) else None
    if place is None or is_table(place) or is_model(place) or not (place.is_dir() or is_archive(place)):
        return
    if (count := len(files_of(place))) + before > MOST:
        raise InputError(f"{place} has {count} shapes, and {MOST} can be shown: name some of them")


def _chosen(given: Any, data: Any, up: str, notes: list[str]) -> Chosen:
    """Every shape by its name and place; files are read one by one. What is estimated of them goes to the notes."""
    table = None if data is None else resolve_shapes(data)
    found: Chosen = []
    for one in given if isinstance(given, list | tuple) else [given]:
        if isinstance(one, str) and table is not None and (not Path(one).exists() or one in set(table.ids())):
            place = place_of(table, one)
            found.append((next(islice(table.ids(), place, None)), table, place))
            continue
        if isinstance(one, str) and table is None and not Path(one).exists() and not Path(one).suffix:
            raise InputError(f"there is no file '{one}'; if it is the id of a shape, say of which table with --data")
        _check_count(one, len(found))
        shapes = resolve_shapes(one)
        if len(found) + len(shapes) > MOST:
            raise InputError(f"{shapes.name} has {len(shapes)} shapes, and {MOST} can be shown: name some of them")
        if shapes.meta.up == "unknown" and up == "auto":
            vote = estimate_up(shapes)
            notes.append(f"up axis of {shapes.name}: {vote.words()}")
            shapes = with_axis(shapes, vote.up)
        elif shapes.meta.up == "unknown":
            shapes = with_axis(shapes, up)
        single = isinstance(one, str | Path) and len(shapes) == 1
        names = [Path(one).name] if single else list(shapes.ids())
        found += [(name, shapes, place) for place, name in enumerate(names)]
    if not found:
        raise InputError("there is nothing to show: give files, or ids of a table's shapes")
    if len(found) > MOST:
        raise InputError(f"{len(found)} shapes are too many to look at: show takes up to {MOST}")
    return found

"""The report of a run: one HTML file that shows, offline, what the model learned."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from pointrecon.devices import pick_device
from pointrecon.errors import InputError
from pointrecon.evaluation.features import extract_features
from pointrecon.files import write_text
from pointrecon.reports.gallery import query_and_gallery
from pointrecon.reports.headline import best_record, headline, latest
from pointrecon.reports.page import Section, build_page
from pointrecon.reports.run_contents import RunFolder, read_run
from pointrecon.reports.sections import (
    Encoded,
    confusion_section,
    facts_section,
    losses_section,
    map_section,
    neighbors_section,
    numbers_section,
    probes_section,
    rebuilt_section,
)

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays

GALLERY = 1000  # shapes to find neighbors among; half as many to ask with and to map
WHOLE_TABLE = 20_000  # larger tables are sampled instead of read


def report(
    run: str | Path,
    out: str | Path | None = None,
    *,
    table: "str | Path | ShapeArrays | None" = None,
    layout: str = "pca",
    device: str | torch.device | None = None,
    seed: int = 0,
    progress: bool = True,
) -> Path:
    """Write the report of a run folder. Whatever is missing is said in its place.

    Args:
        run: run folder with any of ``config.yaml``, ``metrics.jsonl``, ``model/`` and ``results/*.json``.
        out: the file to write; ``RUN/report.html`` when left out. An older report is replaced.
        table: shapes to rebuild, search and map; the table named in the run's config when left out.
        layout: feature map by ``"pca"``, ``"tsne"`` or ``"umap"`` (when installed).
        device: where to encode; CUDA where there is one when left out.
        seed: which shapes are shown, and which patches are hidden.
        progress: show a bar while encoding.

    Returns:
        the file written.

    Raises:
        InputError: when the folder is no run, the table given cannot be read, or the layout is unknown.
    """
    folder = read_run(run)
    target = Path(out) if out is not None else folder.path / "report.html"
    if layout not in ("pca", "tsne", "umap"):
        raise InputError(f"there is no feature map '{layout}'; take pca, tsne or umap")
    encoded, reason = _encode(folder, table, device, seed, progress)
    records = latest(folder.records)
    best = best_record(records)

    def shown(name: str, title: str, make: Callable[[Encoded], Section]) -> Section:
        if encoded is None:
            return Section(name, title, missing=reason)
        try:
            return make(encoded)
        except InputError as error:
            return Section(name, title, missing=f"Not shown: {error}.")

    sections = [
        numbers_section(records),
        shown("rebuilt", "Rebuilding what is hidden", lambda e: rebuilt_section(e, seed)),
        shown("neighbors", "Nearest neighbors", lambda e: neighbors_section(e, seed)),
        shown("map", "Feature map", lambda e: map_section(e, layout, seed)),
        confusion_section(best),
        losses_section(folder),
        probes_section(folder),
        facts_section(folder, encoded.model if encoded else None),
    ]
    date = max((record.date for record in records), default="")[:10]
    subtitle = " · ".join(part for part in (str(folder.path), ", ".join(folder.tables), date) if part)
    page = build_page(folder.path.resolve().name, headline(records), subtitle, sections)
    write_text(target, page)
    return target


def _encode(
    run: RunFolder,
    table: "str | Path | ShapeArrays | None",
    device: str | torch.device | None,
    seed: int,
    progress: bool,
) -> tuple[Encoded | None, str]:
    """Model, shapes and features; or the reason why there are none."""
    given = table is not None
    if run.model is None:
        return None, "Not shown: the run has no finished model folder yet."
    tables = [table] if table is not None else run.tables
    if not tables:
        return None, "Not shown: the run's config names no table; give one with --table."
    try:
        parts = [_read_shapes(part, seed) for part in tables]
    except InputError as error:
        if given:
            raise
        return None, f"Not shown: {error}. Give the table with --table."
    shapes = parts[0] if len(parts) == 1 else type(parts[0]).concatenate(parts)
    if len(shapes) < 2:
        return None, "Not shown: the table has fewer than two shapes."
    from pointrecon.models import load_model

    model, place = load_model(run.model), pick_device(device or "auto")
    asking, found = query_and_gallery(shapes, GALLERY, seed)
    x = [extract_features(model, part, device=place, seed=seed, progress=progress) for part in (asking, found)]
    return Encoded(model, asking, found, x[0], x[1], place), ""


def _read_shapes(table: "str | Path | ShapeArrays", seed: int) -> "ShapeArrays":
    if not isinstance(table, str | Path):
        return table
    from pointrecon.shapes.table.shape_table import open_table

    opened = open_table(table)
    if len(opened) <= WHOLE_TABLE:
        return opened.load(features=())
    return opened.take(np.sort(np.random.default_rng(seed).permutation(len(opened))[:WHOLE_TABLE]))

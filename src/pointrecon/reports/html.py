"""The report of a run: one HTML file that shows, offline, what the model learned."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.devices import pick_device
from pointrecon.encode_settings import EncodeSettings, encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import extract_features
from pointrecon.evaluation.inputs import resolve_shapes
from pointrecon.files import write_text
from pointrecon.reports.gallery import query_and_gallery
from pointrecon.reports.headline import best_record, headline, latest
from pointrecon.reports.page import Section, build_page
from pointrecon.reports.run_contents import RunContents, read_run
from pointrecon.reports.sections import (
    ShownShapes,
    confusion_section,
    facts_section,
    losses_section,
    map_section,
    neighbors_section,
    numbers_section,
    probes_section,
    rebuilt_section,
)

GALLERY = 1000  # shapes to find neighbors among; half as many to ask with and to map


def report(
    run: str | Path,
    data: Any = None,
    out: str | Path | None = None,
    *,
    layout: str = "pca",
    encode: EncodeSettings | Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: bool = True,
) -> Path:
    """Write the report of a run folder. Whatever is missing is said in its place.

    Args:
        run: run folder with any of ``config.yaml``, ``metrics.jsonl``, ``model/`` and ``results/*.json``.
        data: shapes to rebuild, search and map; those named in the run's config when left out. Only the ones that are
            shown are read.
        out: the file to write; ``RUN/report.html`` when left out. An older report is replaced.
        layout: feature map by ``"pca"``, ``"tsne"`` or ``"umap"`` (when installed).
        encode: how clouds are encoded; its seed is ``seed``.
        seed: which shapes are shown, and which patches are hidden.
        progress: show a bar while encoding.

    Returns:
        the file written.

    Raises:
        InputError: when the folder is no run, the shapes given cannot be read, or the layout is unknown.
    """
    folder = read_run(run)
    target = Path(out) if out is not None else folder.path / "report.html"
    if layout not in ("pca", "tsne", "umap"):
        raise InputError(f"there is no feature map '{layout}'; take pca, tsne or umap")
    given = data is not None
    try:
        shown, reason = _encoded(folder, data if given else folder.tables, encode, seed, progress)
    except InputError as error:
        if given:
            raise
        shown, reason = None, f"Not shown: {error}. Give the shapes behind the run."
    records = latest(folder.records)

    def section(name: str, title: str, make: Callable[[ShownShapes], Section]) -> Section:
        if shown is None:
            return Section(name, title, missing=reason)
        try:
            return make(shown)
        except InputError as error:
            return Section(name, title, missing=f"Not shown: {error}.")

    sections = [
        numbers_section(records),
        section("rebuilt", "Rebuilding what is hidden", lambda e: rebuilt_section(e, seed)),
        section("neighbors", "Nearest neighbors", lambda e: neighbors_section(e, seed)),
        section("map", "Feature map", lambda e: map_section(e, layout, seed)),
        confusion_section(best_record(records)),
        losses_section(folder),
        probes_section(folder),
        facts_section(folder, shown.model if shown else None),
    ]
    date = max((record.date for record in records), default="")[:10]
    subtitle = " · ".join(part for part in (str(folder.path), ", ".join(folder.tables), date) if part)
    page = build_page(folder.path.resolve().name, headline(records), subtitle, sections)
    write_text(target, page)
    return target


def _encoded(
    run: RunContents, data: Any, encode: EncodeSettings | Mapping[str, Any] | None, seed: int, progress: bool
) -> tuple[ShownShapes | None, str]:
    """Model, the shapes that are shown and their features; or the reason why there are none."""
    if run.model is None:
        return None, "Not shown: the run has no finished model folder yet."
    if isinstance(data, list) and not data:
        return None, "Not shown: the run's config names no shapes; give them behind the run."
    shapes = resolve_shapes(data)
    if len(shapes) < 2:
        return None, "Not shown: there are fewer than two shapes."
    from pointrecon.models import load_model

    model, how = load_model(run.model), encode_settings(encode, seed=seed)
    asking, found = (shapes.load(np.sort(index)) for index in query_and_gallery(shapes, GALLERY, seed))
    place = pick_device(how.device)
    x = [extract_features(model, part, encode=how, progress=progress) for part in (asking, found)]
    return ShownShapes(model, asking, found, x[0], x[1], place), ""

"""The report of a run: one HTML file that shows, offline, what the model learned."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.checks import checked
from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import Encode, extract_features
from pointrecon.evaluation.inputs import resolve_shapes
from pointrecon.evaluation.looks import mask_ratio_of
from pointrecon.files import write_text
from pointrecon.models.files.folder import load_model
from pointrecon.reports.gallery import query_and_gallery
from pointrecon.reports.headline import best_record, headline, latest
from pointrecon.reports.page import Section, build_page
from pointrecon.reports.run_contents import RunContents, read_run
from pointrecon.reports.sections import (
    ShownShapes,
    confusion_section,
    facts_section,
    looks_section,
    losses_section,
    map_section,
    neighbors_section,
    numbers_section,
    probes_section,
)
from pointrecon.retrieval.layout_2d import check_layout

GALLERY = 1000  # shapes to find neighbors among; half as many to ask with and to map


@checked
def report(
    run: str | Path,
    data: Any = None,
    out: str | Path | None = None,
    *,
    layout: str = "neighbors",
    encode: Encode = None,
    seed: int = 0,
    progress: bool = True,
) -> Path:
    """Write the report of a run folder, and give its file. Whatever is missing is said in its place.

    Args:
        run: run folder with any of ``config.yaml``, ``metrics.jsonl``, ``model/`` and ``results/*.json``.
        data: shapes to rebuild, search and map; those named in the run's config when left out. Only the ones that are
            shown are read.
        out: the file to write; ``RUN/report.html`` when left out. An older report is replaced.
        layout: feature map by ``"neighbors"`` or ``"pca"``.
        encode: how clouds are encoded; its seed is ``seed``.
        seed: which shapes are shown, and which patches are hidden.
        progress: show a bar while encoding.

    Raises:
        InputError: when the folder is no run, the shapes given cannot be read, or the layout is unknown.
    """
    folder = read_run(run)
    check_layout(layout)
    given = data is not None
    try:
        encoded = _encoded(folder, data if given else folder.tables, encode, seed, progress)
    except InputError as error:
        if given:
            raise
        encoded = f"{error}. Give the shapes behind the run"
    records = latest(folder.records)

    def shown() -> ShownShapes:
        if isinstance(encoded, str):
            raise InputError(encoded)
        return encoded

    sections = {
        "numbers": _made(lambda: numbers_section(records)),
        "looks": _made(lambda: looks_section(shown(), mask_ratio_of(folder.path), seed)),
        "neighbors": _made(lambda: neighbors_section(shown(), seed)),
        "map": _made(lambda: map_section(shown(), layout, seed)),
        "confusion": _made(lambda: confusion_section(best_record(records))),
        "losses": _made(lambda: losses_section(folder)),
        "probes": _made(lambda: probes_section(folder)),
        "facts": facts_section(folder, None if isinstance(encoded, str) else encoded.model),
    }
    date = max((record.date for record in records), default="")[:10]
    subtitle = " · ".join(part for part in (str(folder.path), ", ".join(folder.tables), date) if part)
    target = Path(out) if out is not None else folder.path / "report.html"
    write_text(target, build_page(folder.path.resolve().name, headline(records), subtitle, sections))
    return target


def _made(make: Callable[[], Section]) -> Section:
    """A section, or in its place why there is none."""
    try:
        return make()
    except InputError as error:
        return Section(missing=f"Not shown: {error}.")


def _encoded(run: RunContents, data: Any, encode: Encode, seed: int, progress: bool) -> ShownShapes | str:
    """Model, the shapes that are shown and their features; or the reason why there are none."""
    if run.model is None:
        return "the run has no finished model folder yet"
    if isinstance(data, list) and not data:
        return "the run's config names no shapes; give them behind the run"
    shapes = resolve_shapes(data).by_people()
    if len(shapes) < 2:
        return "there are fewer than two shapes"
    model, how = load_model(run.model), encode_settings(encode, seed=seed)
    asking, found = (shapes.load(np.sort(index)) for index in query_and_gallery(shapes, GALLERY, seed))
    asking_x, found_x = (extract_features(model, part, encode=how, progress=progress) for part in (asking, found))
    return ShownShapes(model, how, asking, found, asking_x, found_x, shapes.remarks)

"""The feature map of a collection: every shape a point beside similar ones, with pictures, in one offline page."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.checks import check_seed, checked
from pointrecon.errors import InputError, require
from pointrecon.evaluation.name_list import Names, name_list
from pointrecon.files import check_new, written_whole
from pointrecon.progress import Bar, plural
from pointrecon.reports.map_data import map_data, script_texts
from pointrecon.reports.page import asset, page_head, page_json
from pointrecon.reports.sprite_sheets import ACROSS, kind, sprite_sheets
from pointrecon.retrieval.clustering import Clusters, cluster_vectors
from pointrecon.retrieval.grouping import check_count
from pointrecon.retrieval.index import Index
from pointrecon.retrieval.layout_2d import LAYOUTS, check_layout, nearest_in, project
from pointrecon.retrieval.vectors import MODEL
from pointrecon.shapes.pictures.thumbnails import drawn
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    import torch

SIZES = ((20_000, 96), (60_000, 64))  # up to so many shapes, pictures are so large
SMALL = 48  # pixels a side, of more
IN_NOTEBOOK = 5000  # shapes, beyond which a notebook's map has no pictures


@dataclass(frozen=True)
class ShapeMap:
    """A collection on a plane.

    Attributes:
        xy: (M, 2) float32, where each shape lies. near: (M, k) int64, the places of the few most similar others.
        clusters: its groups.
        layout, seed: how it was laid out.
    """

    xy: np.ndarray
    near: np.ndarray
    clusters: Clusters
    layout: str
    seed: int

    @property
    def shapes(self) -> Shapes:
        """The M shapes, in the order of ``xy``."""
        return self.clusters.shapes

    def __repr__(self) -> str:
        return f"<map of {self.shapes.name}: {plural(len(self.xy), 'shape')}, {plural(len(self.clusters), 'cluster')}>"

    def save(self, path: str | Path, *, pictures: int | None = None, progress: bool = False) -> Path:
        """Write the page, whole or not at all: one HTML file that needs no network.

        Args:
            pictures: pixels a side; 0 for none; by default the larger the fewer shapes there are (`SIZES`).
            progress: show a bar while pictures are drawn.
        """
        path = check_map_file(path)
        with written_whole(path) as file:
            for text in self.page(pictures=pictures, progress=progress):
                file.write(text.encode())
        return path

    def page(self, *, pictures: int | None = None, progress: bool = False) -> Iterator[str]:
        """The page, piece by piece, as `save` writes it."""
        size = check_picture_size(pictures, len(self.xy))
        content, place = map_data(self.clusters, self.xy, self.near)
        name = Path(self.shapes.name).name or "shapes"
        about = f"{plural(len(self.xy), 'shape')} by {self.clusters.vectors.name}: {LAYOUTS[self.layout]}"
        content |= {"title": name, "about": about, "size": size, "across": ACROSS, "kind": kind() if size else ""}
        yield page_head(f"{name}: feature map", asset("map.css"), "map")
        if size:
            with Bar("drawing pictures", len(place), show=progress) as bar:
                yield from script_texts(sprite_sheets(_counted(drawn(self.shapes, place, size=size), bar), size))
        script = asset("map_points.js", "map.js")
        yield f"<script type='application/json' id=data>{page_json(content)}</script>\n<script>{script}</script>\n"
        yield "</body></html>\n"

    def _repr_html_(self) -> str:
        page = "".join(self.page(pictures=None if len(self.xy) <= IN_NOTEBOOK else 0))
        frame = "width:100%;height:640px;border:0;border-radius:10px"
        return f'<iframe sandbox="allow-scripts" style="{frame}" srcdoc="{escape(page)}"></iframe>'


@checked
def map(
    data: Any,
    out: str | Path | None = None,
    *,
    count: int | None = None,
    names: Names | None = None,
    layout: str = "neighbors",
    pictures: int | None = None,
    table: str | Path | None = None,
    model: "str | Path | torch.nn.Module" = MODEL,
    vector: str = "auto",
    seed: int = 0,
    progress: bool = True,
    **imports: Any,
) -> ShapeMap:
    """Lay a collection out on a plane, similar shapes side by side, and write it as one offline HTML page.

    Args:
        data: a folder or table, as for `Index.open`, which takes ``table``, ``model``, ``vector``,
            ``progress`` and ``imports`` too.
        out: the page to write, replaced where it is there; notebooks show the map without.
        count, names: as for `pointrecon.clusters`.
        layout: a name of `LAYOUTS`.
        pictures: pixels a side of each shape's picture, as for `ShapeMap.save`.
        seed: of the layout.

    Raises:
        InputError: an unknown layout, a picture size that cannot be, or as for `pointrecon.clusters`.
    """
    check_layout(layout)
    check_seed(seed)
    wanted = None if names is None else name_list(names)
    check_picture_size(pictures, 0)
    check_count(count)
    if out is not None:
        check_map_file(out)
    index = Index.open(data, table=table, model=model, vector=vector, progress=progress, **imports)
    near = nearest_in(index.vectors.values)
    xy = project(index.vectors.values, layout, seed, near=near, progress=progress)
    found = ShapeMap(xy, near, cluster_vectors(index.vectors, count=count, names=wanted), layout, seed)
    if out is not None:
        found.save(out, pictures=pictures, progress=progress)
    return found


def check_picture_size(pictures: int | None, count: int) -> int:
    """Pixels a side for so many shapes; InputError for what is no size."""
    if pictures is None:
        return next((size for most, size in SIZES if count <= most), SMALL)
    if pictures and not 16 <= pictures <= 256:
        raise InputError(f"pictures of {pictures} pixels cannot be: ask for 16 to 256, or 0 for none")
    if pictures:
        require("PIL.Image", "pictures")
    return pictures


def check_map_file(path: str | Path, *, overwrite: bool = True) -> Path:
    """The path, or InputError where it is no .html, or is there and may not be overwritten."""
    return check_new(path, overwrite=overwrite, endings=(".html", ".htm"))


def _counted(pictures: Iterator[np.ndarray], bar: Any) -> Iterator[np.ndarray]:
    for picture in pictures:
        bar.advance(1)
        yield picture

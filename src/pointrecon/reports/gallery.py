"""Nearest neighbors as pictures: what the model takes for similar."""

from html import escape

import numpy as np

from pointrecon.evaluation.probe_kinds import nearest
from pointrecon.shapes.pictures.thumbnails import data_address, thumbnails
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes

NEIGHBORS = 5
PIXELS = 112


def pick_queries(label: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Indices of ``count`` shapes, of different classes as far as there are."""
    order = np.random.default_rng(seed).permutation(len(label))
    first = {int(label[i]): i for i in reversed(order) if label[i] >= 0}
    leading = [i for i in order if label[i] >= 0 and first[int(label[i])] == i]
    rest = [i for i in order if i not in set(leading)]
    return np.array([*leading, *rest][:count], dtype=int)


def neighbors(
    query_x: np.ndarray, query_id: np.ndarray, gallery_x: np.ndarray, gallery_id: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The most similar gallery shapes of each query, itself left out: indices and cosines (q, NEIGHBORS)."""
    index, cosine = nearest(gallery_x, query_x, NEIGHBORS + 1)
    # A stable sort moves the query itself, where the gallery holds it, behind the others.
    order = np.argsort(gallery_id[index] == query_id[:, None], axis=1, kind="stable")
    wanted = order[:, : min(NEIGHBORS, index.shape[1])]
    return np.take_along_axis(index, wanted, 1), np.take_along_axis(cosine, wanted, 1)


def gallery_body(queries: ShapeArrays, gallery: ShapeArrays, index: np.ndarray, cosine: np.ndarray) -> str:
    """HTML: a row per query with its neighbors, marked right or wrong where both have a label."""
    wanted = np.unique(index)
    own = thumbnails(Shapes([queries]), range(len(queries)), size=PIXELS)
    theirs = dict(zip(wanted.tolist(), thumbnails(Shapes([gallery]), wanted, size=PIXELS), strict=True))
    rows = []
    for q in range(len(queries)):
        cells = [_cell(own[q], name_of(queries, q), "query", "looking for")]
        for g, value in zip(index[q].tolist(), cosine[q].tolist(), strict=True):
            mark, note = "", f"{value:.2f}"
            if queries.label[q] >= 0 and gallery.label[g] >= 0:
                right = queries.label[q] == gallery.label[g]
                mark, note = ("right", f"✓ {value:.2f}") if right else ("wrong", f"✗ {value:.2f}")
            cells.append(_cell(theirs[g], name_of(gallery, g), mark, note))
        rows.append(f"<div class=row>{''.join(cells)}</div>")
    return f"<div class='gallery scroll'>{''.join(rows)}</div>"


def agreement(query_label: np.ndarray, gallery_label: np.ndarray, index: np.ndarray) -> float | None:
    """Share of neighbors of the query's class, or None without labels."""
    usable = (query_label[:, None] >= 0) & (gallery_label[index] >= 0)
    if not usable.any():
        return None
    return float((gallery_label[index] == query_label[:, None])[usable].mean())


def name_of(shapes: ShapeArrays, i: int) -> str:
    """The class of a shape, its id where it has none."""
    label = int(shapes.label[i])
    return shapes.meta.classes[label] if label >= 0 else str(shapes.id[i])


def _cell(picture: bytes, name: str, mark: str, note: str) -> str:
    return (
        f'<figure class="cell {mark}">'
        f'<img src="{data_address(picture)}" width={PIXELS} height={PIXELS} alt="{escape(name)}">'
        f"<figcaption>{escape(name)}<br><small>{escape(note)}</small></figcaption></figure>"
    )


def query_and_gallery(shapes: Shapes, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of shapes to ask with (``most`` / 2: test, else validation, else any) and to find (train, else any)."""
    asked = next((shapes.in_split(name) for name in ("test", "val") if name in shapes.splits), np.arange(len(shapes)))
    found = shapes.in_split("train") if "train" in shapes.splits else np.arange(len(shapes))
    return _drawn(asked, most // 2, seed), _drawn(found, most, seed + 1)


def _drawn(places: np.ndarray, count: int, seed: int) -> np.ndarray:
    """At most ``count`` of them, drawn from the seed."""
    return places[np.random.default_rng(seed).permutation(len(places))[:count]]

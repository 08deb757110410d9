"""The attention analysis of a model: distances over a table, maps on one shape, figures, arrays, colored clouds."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from pointrecon.checks import checked
from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError, require
from pointrecon.evaluation.attention_figures import draw_maps, draw_reach, write_map_clouds
from pointrecon.evaluation.attention_maps import Maps, Reach, is_row, kinds_of, map_attention, measure_reach
from pointrecon.evaluation.features import Encode
from pointrecon.evaluation.inputs import (
    data_fields,
    identity_of,
    model_and_data,
    place_of,
    resolve_recon,
    resolve_shapes,
    with_axis,
)
from pointrecon.evaluation.record import Record
from pointrecon.files import whole_folder
from pointrecon.parser import READY_MODEL
from pointrecon.shapes.table.collection import Shapes

# The record stays out of results/, whose metrics are shares to be put in one table: these are lengths.
ARRAYS, RECORD = "attention.npz", "attention.json"


@dataclass
class Attention:
    """What was found: means over shapes, maps on one of them, the record, and the folder written (or None)."""

    reach: Reach
    maps: Maps
    record: Record
    out: Path | None

    def table(self) -> Table:
        """One row a layer."""
        reach = self.reach
        kinds = kinds_of(reach.names)
        table = Table(
            title=f"attention of {self.record.model}, mean of {reach.shapes} shapes",
            caption="distance between patches (min, max: of the heads), how many they read, spread of what each query "
            "reads; lengths in radii of the unit sphere",
        )
        several = [kind if len(own) == 1 else f"{kind} ({len(own)})" for kind, own in kinds.items()]
        for name in ("layer", "distance", "min", "max", "read", *several):
            table.add_column(name, justify="right", no_wrap=True)
        for layer, heads in enumerate(reach.local_distance):
            table.add_row(
                str(layer + 1), f"{heads.mean():.3f}", f"{heads.min():.2f}", f"{heads.max():.2f}",
                f"{np.exp(reach.local_entropy[layer]).mean():.1f}",
                *(f"{reach.query_spread[layer][:, own].mean():.3f}" for own in kinds.values()),
            )  # fmt: skip
        even = f"{reach.even_spread:.3f}"
        table.add_section()
        read = f"{reach.patches}" if round(reach.even_read) == reach.patches else f"{reach.even_read:.1f}"
        table.add_row("even", f"{reach.even_distance:.3f}", "", "", read, *[even] * len(kinds))
        return table


@checked
def attention(
    model: Any = READY_MODEL,
    data: Any = None,
    out: str | Path | None = None,
    *,
    split: str = "test",
    shape: str | None = None,
    layer: int | None = None,
    near: Sequence[float] | None = None,
    up: str = "unknown",
    encode: Encode = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Attention:
    """How far attention reaches in every layer and head, and its map on one shape.

    Args:
        model, data, encode, progress: as for `extract_features`; the model is a path or a `ReconModel`, or the one that
            comes along. Fewer clouds at
            once where their attention would take much memory.
        out: a folder for ``distances.png``, ``maps.png``, ``class.ply``, ``image.ply``, ``text.ply`` (of ReCon++ one a
            query, ``image-1.ply``), ``patch.ply``, ``attention.npz`` and ``attention.json``; nothing is written when
            left out.
        split: average over the shapes of this split; "all" for every shape. Shapes without splits give all.
        shape: id of the shape to map; the first of the split when left out.
        layer: of the figure of the maps and the clouds, from 1; the last when left out. The arrays hold all.
        near: x, y, z in the model's frame (centered, largest radius 1, its up axis): the local stream's map is that of
            the nearest patch; of the patch farthest from the middle when left out.
        up: up axis of shapes that do not know their own, such as a file.
        overwrite: replace the folder of an earlier analysis.

    Raises:
        InputError: without shapes of the split, an unknown shape or layer, or a folder in use.
    """
    model, data = model_and_data(model, data)
    folder = None if out is None else _free(Path(out), overwrite)
    if near is not None and (len(near) != 3 or not np.isfinite(near).all()):
        raise InputError(f"near is a point: three numbers x, y, z, not {', '.join(map(str, near))}")
    settings = encode_settings(encode)
    module, model_name = resolve_recon(model)
    depth = module.config.depth
    if layer is not None and not 1 <= layer <= depth:
        raise InputError(f"there is no layer {layer}: this model has the layers 1 to {depth}")
    shapes = with_axis(resolve_shapes(data), up)
    index, used, notes = _chosen(shapes, split)
    place = int(index[0]) if shape is None else place_of(shapes, shape)
    maps = map_attention(module, shapes, place, near=near, encode=settings)
    reach = measure_reach(module, shapes, index, encode=settings, progress=progress)
    if not module.config.teachers:
        notes.append("no teacher taught this model's queries, or their projections were left out after pre-training")
    share = reach.local_aside.mean()
    if is_row(module):
        notes.append(
            f"patches are read in a row: each reads itself and those before it, {100 * share:.1f}% of its attention "
            "goes to the start of the row and is left out; the last patch is never read"
        )
    if getattr(module.config, "streams", "recon") != "recon":
        notes.append(f"one joined stream: {100 * share:.1f}% of the patches' attention goes to queries and is left out")
    chosen, about = layer or depth, dict[str, Any](data_fields(shapes))
    record = Record(
        task="attention", protocol="honest", weights="pre-trained", split=used, seed=settings.seed,
        metrics=_metrics(reach), notes=notes, **identity_of(module, model_name), **about,
        choices={"shape": maps.id, "layer": chosen, "patch": maps.patch, "near": None if near is None else list(near)},
        counts={"test": reach.shapes, "patches": reach.patches, "layers": depth, "heads": module.config.heads},
    )  # fmt: skip
    if folder is not None:
        _write(folder, reach, maps, record, chosen - 1, module.config.up)
    return Attention(reach, maps, record, folder)


def _write(folder: Path, reach: Reach, maps: Maps, record: Record, layer: int, up: str) -> None:
    with whole_folder(folder) as part:
        arrays: dict[str, Any] = {f.name: getattr(reach, f.name) for f in fields(reach)}
        arrays |= {f"map_{f.name}": getattr(maps, f.name) for f in fields(maps)}
        np.savez_compressed(part / ARRAYS, **arrays)
        draw_reach(reach, part / "distances.png")
        draw_maps(maps, layer, up, part / "maps.png")
        write_map_clouds(maps, layer, part)
        record.save(part / RECORD)


def _metrics(reach: Reach) -> dict[str, float]:
    """Means over heads and a kind's queries: of all layers, of each ("local_distance/1"), and even attention's."""
    every: dict[str, np.ndarray] = {"local_distance": reach.local_distance, "local_entropy": reach.local_entropy}
    for name, own in kinds_of(reach.names).items():
        every[f"{name}_spread"] = reach.query_spread[:, :, own].mean(2)
        every[f"{name}_entropy"] = reach.query_entropy[:, :, own].mean(2)
    found = {name: float(values.mean()) for name, values in every.items()}
    found |= {"even_distance": reach.even_distance, "even_spread": reach.even_spread}
    found["even_entropy"] = float(np.log(reach.patches))
    for name, values in every.items():
        found |= {f"{name}/{layer}": float(heads.mean()) for layer, heads in enumerate(values, 1)}
    return found


def _free(folder: Path, overwrite: bool) -> Path:
    """The folder, where it may be written; asked before any work."""
    require("matplotlib", "report")
    if folder.exists() and not overwrite:
        raise InputError(f"'{folder}' exists already; choose another folder or pass --overwrite")
    if folder.exists() and not (folder / ARRAYS).is_file():
        raise InputError(f"'{folder}' holds no attention analysis, so it is not overwritten; choose another folder")
    return folder


def _chosen(shapes: Shapes, split: str) -> tuple[np.ndarray, str, list[str]]:
    """Places of the shapes to average over, the split's name, and notes."""
    if not len(shapes):
        raise InputError(f"{shapes.name} has no shapes: import or make some first")
    if split == "all" or shapes.splits == [""]:
        single = len(shapes) == 1
        notes = [] if split == "all" or single else ["the table has no splits: mean over all shapes"]
        return np.arange(len(shapes)), "all", notes
    index = shapes.in_split(split)
    if not len(index):
        have = ", ".join(repr(found) for found in shapes.splits if found)
        raise InputError(f"no shape of {shapes.name} is in the split '{split}'; it has {have}; 'all' takes every shape")
    return index, split, []

"""The attention analysis of a model: distances over a table, maps on one shape, figures, arrays, colored clouds."""

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.devices import pick_device
from pointrecon.errors import InputError, require
from pointrecon.evaluation.attention_maps import Maps, Reach, map_attention, measure_reach
from pointrecon.evaluation.inputs import resolve_model
from pointrecon.evaluation.record import Record
from pointrecon.files import whole_folder
from pointrecon.models.model import ReconModel
from pointrecon.models.model_config import QUERIES
from pointrecon.shapes.readers.read import SUFFIXES, read_shape
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes, in_memory, open_collection
from pointrecon.shapes.table.npz import META
from pointrecon.shapes.table.shape_table import ShapeTable, open_table
from pointrecon.shapes.table.table_meta import UP_AXES

if TYPE_CHECKING:
    from rich.table import Table

# The record stays out of results/, whose metrics are shares to be put in one table: these are lengths.
ARRAYS, RECORD = "attention.npz", "attention.json"


@dataclass
class Attention:
    """What was found: means over shapes, maps on one of them, the record, and the folder written (or None)."""

    reach: Reach
    maps: Maps
    record: Record
    out: Path | None

    def table(self) -> "Table":
        """One row a layer."""
        from rich.table import Table

        reach = self.reach
        table = Table(
            title=f"attention of {self.record.model}, mean of {reach.shapes} shapes",
            caption="distance between patches (min, max: of the heads), how many they read, spread of what each query "
            "reads; lengths in radii of the unit sphere",
        )
        for name in ("layer", "distance", "min", "max", "read", *QUERIES):
            table.add_column(name, justify="right", no_wrap=True)
        for layer, heads in enumerate(reach.local_distance):
            table.add_row(
                str(layer + 1), f"{heads.mean():.3f}", f"{heads.min():.2f}", f"{heads.max():.2f}",
                f"{np.exp(reach.local_entropy[layer]).mean():.1f}",
                *(f"{value:.3f}" for value in reach.query_spread[layer].mean(0)),
            )  # fmt: skip
        even = f"{reach.even_spread:.3f}"
        table.add_section()
        table.add_row("even", f"{reach.even_distance:.3f}", "", "", f"{reach.patches}", even, even, even)
        return table


def attention(
    model: str | Path | torch.nn.Module,
    shapes: str | Path | ShapeTable | ShapeArrays,
    *,
    out: str | Path | None = None,
    split: str = "test",
    shape: str | None = None,
    layer: int | None = None,
    near: tuple[float, float, float] | None = None,
    up: str = "unknown",
    points: int | None = None,
    batch_size: int | None = None,
    device: str | torch.device | None = None,
    seed: int = 0,
    overwrite: bool = False,
    progress: bool = True,
) -> Attention:
    """How far attention reaches in every layer and head, and its map on one shape.

    Args:
        model: a model folder, a released ``.pth``, a hub name or a module; of any size and kind of streams.
        shapes: a shape table (path or object), or one mesh or cloud file.
        out: a folder for ``distances.png``, ``maps.png``, ``class.ply``, ``image.ply``, ``text.ply``, ``patch.ply``,
            ``attention.npz`` and ``attention.json``; nothing is written when left out.
        split: average over the shapes of this split; "all" for every shape. A table without splits gives all.
        shape: id of the shape to map; the first of the split when left out.
        layer: of the figure of the maps and the clouds, from 1; the last when left out. The arrays hold all.
        near: x, y, z in the model's frame (centered, largest radius 1, its up axis): the local stream's map is that of
            the nearest patch; of the patch farthest from the middle when left out.
        up: up axis of a file; a table knows its own.
        points: points per cloud; the model's own when left out.
        batch_size: clouds at once; by the size of their attention when left out.
        device: where to compute; an accelerator where there is one when left out.
        seed: draws points of larger clouds, and samples a mesh.
        overwrite: replace the folder of an earlier analysis.
        progress: show how far it is on standard error.

    Raises:
        InputError: for a table without shapes of the split, an unknown shape or layer, or a folder in use.
        OSError: the folder cannot be written.
    """
    folder = None if out is None else _free(Path(out), overwrite)
    if near is not None and (len(near) != 3 or not np.isfinite(near).all()):
        raise InputError(f"near is a point: three numbers x, y, z, not {', '.join(map(str, near))}")
    for name, number in (("points", points), ("batch_size", batch_size)):
        if number is not None and number < 1:
            raise InputError(f"{name} is {number}, but must be at least 1")
    where = pick_device(device or "auto")
    module, model_name = resolve_model(model)
    if not isinstance(module, ReconModel):
        raise InputError(f"attention is that of a ReconModel, not of a {model_name}")
    depth = module.config.depth
    if layer is not None and not 1 <= layer <= depth:
        raise InputError(f"there is no layer {layer}: this model has the layers 1 to {depth}")
    collection, table_name = _open(shapes, points or module.config.points, up, seed)
    index, used, notes = _chosen(collection, split, table_name)
    place = int(index[0]) if shape is None else _place_of(collection, shape, table_name)
    maps = map_attention(module, collection, place, near=near, points=points, device=where, seed=seed)
    reach = measure_reach(
        module, collection, index, points=points, batch_size=batch_size, device=where, seed=seed, progress=progress
    )
    if not module.config.teachers:
        notes.append("no teacher taught this model's queries, or their projections were left out after pre-training")
    if module.config.streams != "recon":
        share = reach.local_aside.mean()
        notes.append(f"one joined stream: {100 * share:.1f}% of the patches' attention goes to queries and is left out")
    chosen = layer or depth
    record = Record(
        task="attention", protocol="honest", model=model_name, weights="pre-trained", data=table_name, split=used,
        seed=seed, metrics=_metrics(reach), notes=notes,
        choices={"shape": maps.id, "layer": chosen, "patch": maps.patch, "near": None if near is None else list(near)},
        counts={"test": reach.shapes, "patches": reach.patches, "layers": depth, "heads": module.config.heads},
    )  # fmt: skip
    if folder is not None:
        _write(folder, reach, maps, record, chosen - 1, module.config.up)
    return Attention(reach, maps, record, folder)


def _write(folder: Path, reach: Reach, maps: Maps, record: Record, layer: int, up: str) -> None:
    from pointrecon.evaluation.attention_figures import draw_maps, draw_reach, write_map_clouds

    with whole_folder(folder) as part:
        arrays: dict[str, Any] = {f.name: getattr(reach, f.name) for f in fields(reach)}
        arrays |= {f"map_{f.name}": getattr(maps, f.name) for f in fields(maps)}
        np.savez_compressed(part / ARRAYS, **arrays)
        draw_reach(reach, part / "distances.png")
        draw_maps(maps, layer, up, part / "maps.png")
        write_map_clouds(maps, layer, part)
        record.save(part / RECORD)


def _metrics(reach: Reach) -> dict[str, float]:
    """Means over heads: of all layers, of each ("local_distance/1"), and what an even attention would give."""
    every: dict[str, np.ndarray] = {"local_distance": reach.local_distance, "local_entropy": reach.local_entropy}
    for number, name in enumerate(QUERIES):
        every[f"{name}_spread"] = reach.query_spread[:, :, number]
        every[f"{name}_entropy"] = reach.query_entropy[:, :, number]
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


def _open(shapes: str | Path | ShapeTable | ShapeArrays, points: int, up: str, seed: int) -> tuple[Shapes, str]:
    """The shapes, and the name to write in records."""
    if up not in UP_AXES:
        raise InputError(f"the up axis is '{up}'; use x, y, z or unknown")
    if isinstance(shapes, str | Path) and _is_shape_file(Path(shapes)):
        file = Path(shapes)
        cloud = read_shape(file, points, seed=seed, id=file.name).points
        if up == "unknown" and file.suffix.lower() in (".glb", ".gltf"):
            up = "y"
        arrays = ShapeArrays.from_points(
            cloud[None], id=[file.name], name=file.name, up=up, normalize=False, where=str(file)
        )
        return in_memory(arrays), str(file)
    if up != "unknown":
        raise InputError("up is the up axis of a file; a table knows its own")
    if isinstance(shapes, ShapeArrays):
        return in_memory(shapes), shapes.meta.name or "in memory"
    table = open_table(shapes) if isinstance(shapes, str | Path) else shapes
    return open_collection([table]), str(table.path)


def _is_shape_file(path: Path) -> bool:
    """Whether it is one mesh or cloud; an ``.npz`` may also be a table."""
    if path.suffix.lower() == ".npz":
        try:
            with zipfile.ZipFile(path) as archive:
                return f"{META}.npy" not in archive.namelist()
        except (OSError, zipfile.BadZipFile):
            return False
    return path.suffix.lower() in SUFFIXES


def _chosen(shapes: Shapes, split: str, name: str) -> tuple[np.ndarray, str, list[str]]:
    """Places of the shapes to average over, the split's name, and notes."""
    if not len(shapes):
        raise InputError(f"{name} has no shapes: import or make some first")
    if split == "all" or shapes.splits == [""]:
        single = len(shapes) == 1
        notes = [] if split == "all" or single else ["the table has no splits: mean over all shapes"]
        return np.arange(len(shapes)), "all", notes
    index = shapes.in_split(split)
    if not len(index):
        have = ", ".join(repr(found) for found in shapes.splits if found)
        raise InputError(f"no shape of {name} is in the split '{split}'; it has {have}; 'all' takes every shape")
    return index, split, []


def _place_of(shapes: Shapes, shape: str, name: str) -> int:
    from difflib import get_close_matches

    ids = list(shapes.ids())
    if shape in ids:
        return ids.index(shape)
    close = get_close_matches(shape, ids, n=1)
    raise InputError(f"{name} has no shape '{shape}'; did you mean '{close[0] if close else ids[0]}'?")

"""Pictures of a table's shapes: splats of their clouds, or their mesh files drawn by PyVista."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from pointrecon.errors import InputError, Stopped, require
from pointrecon.interrupt import Interrupt
from pointrecon.progress import Bar
from pointrecon.shapes.pictures.splat import FILL, render_clouds, view_directions
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.read import read_triangles
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.shape_table import ShapeTable, open_table

_BATCH = 64
_TRY = "import pyvista; p = pyvista.Plotter(off_screen=True); p.add_mesh(pyvista.Cube()); p.screenshot()"


@dataclass
class RenderReport:
    """What `render_pictures` did."""

    table: ShapeTable
    rendered: int = 0  # shapes that got pictures
    already_there: int = 0  # shapes that had some and kept them
    skipped: list[tuple[str, str]] = field(default_factory=list)  # id and reason of shapes that could not be drawn


def render_pictures(
    table: str | Path | ShapeTable,
    *,
    views: int = 4,
    size: int = 224,
    from_: Literal["cloud", "mesh"] = "cloud",
    mesh_root: str | Path | None = None,
    overwrite: bool = False,
    device: str | None = None,
) -> RenderReport:
    """Add gray PNG pictures to the shapes of a table that have none; what was interrupted goes on from there.

    Args:
        table: its path, or the table.
        views: pictures per shape (see `pointrecon.shapes.pictures.splat.view_directions`). size: pixels a side.
        from_: "cloud" draws the stored points; "mesh" the files they came from, sharper, with PyVista.
        mesh_root: the folder the table was imported from, for "mesh".
        overwrite: draw all shapes again.
        device: where clouds are drawn, such as "cuda"; by default a GPU when there is one.

    Raises:
        InputError: no such table, views or size out of range, no mesh folder, no off-screen graphics for meshes, or not
            one shape could be drawn.
        Stopped: on Ctrl-C or SIGTERM; what was drawn is in the table, and the same call goes on.
    """
    if not isinstance(table, ShapeTable):
        table = open_table(table)
    if from_ not in ("cloud", "mesh"):
        raise InputError(f"pictures are drawn from 'cloud' or 'mesh', not '{from_}'")
    view_directions(views)  # says what is wrong before any work
    if size < 8:
        raise InputError(f"a picture of {size} pixels is too small; ask for 8 or more")
    with table.writing():  # what another process made before is seen, and its lock is gone where it was killed
        pass
    report = RenderReport(table)
    if from_ == "mesh":
        draw = _mesh_drawer(table, mesh_root, views, size, report)
    else:
        draw = _cloud_drawer(table, views=views, size=size, device=device)
    have = set() if overwrite else table.picture_ids()
    todo = np.flatnonzero([key not in have for key in table.ids().tolist()])
    report.already_there = len(table) - len(todo)
    # A .npz is written anew at every addition, so it gets everything at once.
    whole = str(table.path).lower().endswith(".npz")
    waiting: dict[str, list[bytes]] = {}
    with Interrupt() as interrupt, Bar("drawing shapes", len(table), report.already_there) as bar:
        for start in range(0, len(todo), _BATCH):
            arrays = table.take(todo[start : start + _BATCH])
            waiting |= dict(draw(arrays))
            if not whole:
                table.add_pictures(list(waiting), list(waiting.values()))
                report.rendered += len(waiting)
                waiting = {}
            bar.advance(len(arrays))
            if interrupt.requested:
                break
    table.add_pictures(list(waiting), list(waiting.values()))
    report.rendered += len(waiting)
    if interrupt.requested:
        raise Stopped(interrupt.status)
    if report.skipped and not report.rendered and not report.already_there:
        raise InputError(f"not one shape of {table.path} could be drawn: {report.skipped[0][1]}")
    return report


def cloud_pictures(
    points: np.ndarray, *, views: int = 4, size: int = 224, up: str = "y", device: str | None = None
) -> list[list[bytes]]:
    """Gray PNG pictures of clouds, (M, N, 3) → M lists of V."""
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    clouds = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(device)
    images = render_clouds(clouds, views=views, size=size, shading="light", up=up)[:, :, 0]
    gray = (images * 255).round().to(torch.uint8).cpu().numpy()
    return [[png(image) for image in shape] for shape in gray]


def render_mesh(path: str | Path, *, views: int = 4, size: int = 224, up: str = "y") -> np.ndarray:
    """Draw a mesh file off-screen from every view, gray on white, framed as clouds are: (V, size, size) uint8.

    InputError for a file that is missing, not readable or empty; without PyVista, or where it cannot draw.
    """
    pyvista = _pyvista()
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no mesh at {path}: check the folder the table was imported from")
    triangles = read_apart(partial(read_triangles, path), path)
    corners = triangles.reshape(-1, 3)
    corners = corners - (corners.min(0) + corners.max(0)) / 2
    radius = np.linalg.norm(corners, axis=1).max()
    if not radius > 0:
        raise InputError(f"{path} has no extent: all its points are equal")
    faces = np.arange(len(corners)).reshape(-1, 3)
    mesh = pyvista.PolyData.from_regular_faces((corners / radius).astype(np.float32), faces)
    above = {"x": (1, 0, 0), "z": (0, 0, 1)}.get(up, (0, 1, 0))
    plotter = pyvista.Plotter(off_screen=True, window_size=(size, size))
    try:
        plotter.background_color = "white"
        plotter.add_mesh(mesh, color="lightgray", ambient=0.15)
        plotter.enable_parallel_projection()
        images = []
        for direction in view_directions(views, up).tolist():
            plotter.camera_position = [tuple(4 * d for d in direction), (0, 0, 0), above]
            plotter.camera.parallel_scale = 1 / FILL
            plotter.reset_camera_clipping_range()
            plotter.render()  # a second screenshot would show the first view again
            images.append(np.asarray(plotter.screenshot(return_img=True))[..., :3].mean(-1))
    finally:
        plotter.close()
    return np.stack(images).round().astype(np.uint8)


def png(image: np.ndarray) -> bytes:
    """An (H, W) or (H, W, 3) uint8 picture as a PNG file."""
    buffer = BytesIO()
    require("PIL.Image", "pictures").fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


_Draw = Callable[[ShapeArrays], Iterator[tuple[str, list[bytes]]]]


def _cloud_drawer(table: ShapeTable, **how: Any) -> _Draw:
    require("PIL.Image", "pictures")
    return lambda arrays: zip(arrays.id.tolist(), cloud_pictures(arrays.points, up=table.meta.up, **how), strict=True)


def _mesh_drawer(table: ShapeTable, mesh_root: str | Path | None, views: int, size: int, report: RenderReport) -> _Draw:
    if mesh_root is None or not Path(mesh_root).is_dir():
        what = "say which folder" if mesh_root is None else f"there is no folder {mesh_root}; say which one"
        raise InputError(f"to draw meshes, {what} the table was imported from (--mesh-root)")
    root = Path(mesh_root)
    _pyvista()

    def draw(arrays: ShapeArrays) -> Iterator[tuple[str, list[bytes]]]:
        for key, source in zip(arrays.id.tolist(), arrays.source.tolist(), strict=True):
            try:
                if not source:
                    raise InputError("the table does not tell which file it came from")
                images = render_mesh(root / source, views=views, size=size, up=table.meta.up)
            except InputError as error:
                report.skipped.append((key, str(error)))
                continue
            yield key, [png(image) for image in images]

    return draw


@cache
def _pyvista() -> Any:
    """PyVista, if it can draw: without a graphics library VTK may end the process, so another tries first."""
    pyvista = require("pyvista", "pictures")
    trial = subprocess.run([sys.executable, "-c", _TRY], capture_output=True, timeout=120, check=False)
    if trial.returncode != 0:
        raise InputError(
            "PyVista cannot draw off-screen on this machine: install Mesa's EGL or OSMesa library (Debian: "
            "apt install libegl1 libgl1-mesa-dri), or draw the clouds with '--from cloud'"
        )
    # VTK reports on standard error that there is no screen, which is what off-screen means.
    logger = require("vtkmodules.vtkCommonCore", "pictures").vtkLogger
    logger.SetStderrVerbosity(logger.VERBOSITY_OFF)
    return pyvista

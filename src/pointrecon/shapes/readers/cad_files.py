"""Reading STEP and IGES: OpenCASCADE, through cascadio, makes triangles of their faces."""

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.progress import plural
from pointrecon.shapes.readers.gltf import read_gltf
from pointrecon.shapes.readers.gltf_data import GltfData
from pointrecon.shapes.readers.gltf_meshes import TRIANGLES
from pointrecon.shapes.readers.iges_text import IgesText
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.step_text import StepText
from pointrecon.shapes.readers.surface import Surface
from pointrecon.shapes.table.file_facts import METERS

# How far triangles may be from a curved face: this share of each edge's length, and this angle (radians) between
# neighbors: a cylinder gets 62 sides, with an area 0.06% too small. Shares, not lengths: a watch is as fine as a ship.
_SHARE, _ANGLE = 0.002, 0.2
_MILLIMETER = 1e-3


def read_step(source: SourceFile) -> Surface:
    """All solids and faces of a STEP file, assembled, in the file's unit and axes, with their colors.

    Curves and points beside them are left out; files that it names are not opened. InputError for damage, or without
    cascadio.
    """
    text = StepText(source.read_bytes(), source.path)
    if not text.faces and text.others:
        such = f"{plural(len(text.others), 'other file')}, such as {text.others[0][:60]}"
        raise InputError(f"{source.path}: its parts are in {such}: import those, or export it as one file")
    # OpenCASCADE writes meters; where no unit is named it takes millimeters
    surface = _converted(source, text, 1.0 / (text.meters or _MILLIMETER))
    if text.missing:
        surface.notes.append(f"it refers to {plural(text.missing, 'definition')} that it lacks: parts may be missing")
    if text.others:
        surface.notes.append(f"{plural(len(text.others), 'other file')} that it names not read")
    return surface


def read_iges(source: SourceFile) -> Surface:
    """All faces of an IGES file, in the file's unit and axes, with their colors; else as `read_step`."""
    text = IgesText(source.read_bytes(), source.path)
    # whatever the unit, OpenCASCADE gives millimeters and says meters
    return _converted(source, text, _MILLIMETER / (text.meters or _MILLIMETER))


def _converted(source: SourceFile, text: StepText | IgesText, scale: float) -> Surface:
    """The triangles, ``scale`` times as large as OpenCASCADE gives them."""
    cascadio = require("cascadio", "cad")
    kind = "step" if isinstance(text, StepText) else "iges"
    content = cascadio.load(
        text.content,
        kind,
        tol_linear=_SHARE,
        tol_angular=_ANGLE,
        tol_relative=True,
        merge_primitives=False,  # so that those that are missing can be counted
        use_parallel=False,
    )
    if not content:
        raise InputError(
            f"{source.path} is no readable {kind.upper()} file (OpenCASCADE cannot read it, or finds no shape in it)"
        )
    made: set[int] = set()  # faces are parts, and those of a part that comes twice are the same

    def before(data: GltfData) -> None:
        for material in data.items("materials"):
            metal = material.get("pbrMetallicRoughness", {})
            if "baseColorFactor" in metal:
                metal["baseColorFactor"] = _as_seen(np.asarray(metal["baseColorFactor"], np.float64)).tolist()
        primitives = [primitive for mesh in data.items("meshes") for primitive in mesh["primitives"]]
        made.update(one["attributes"]["POSITION"] for one in primitives if one.get("mode", TRIANGLES) == TRIANGLES)

    surface = read_gltf(SourceFile(source.path, content=content, apart=source.apart), before)
    for piece in surface.pieces:
        piece.vertices *= scale
        piece.step *= scale
        if piece.placing is not None:
            piece.placing.places = piece.placing.places.copy()  # pieces share them
            piece.placing.places[:, :3, 3] *= scale
    if surface.loose is not None:
        surface.loose.points *= scale
        surface.loose.step *= scale
    surface.facts = {"reader": f"cascadio {cascadio.__version__}"}
    if text.meters:
        near = [name for name, meters in METERS.items() if abs(text.meters / meters - 1) < 1e-4]
        surface.facts["unit"] = near[0] if near else f"{text.meters:g} m"
    if len(made) < text.faces:
        lost = f"{text.faces - len(made)} of {plural(text.faces, 'face')}"
        surface.notes.append(f"{lost} left out, of which OpenCASCADE made no triangles")
    return surface


def _as_seen(linear: np.ndarray) -> np.ndarray:
    """Linear colors as sRGB, which is what the file says and everyone shows."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)

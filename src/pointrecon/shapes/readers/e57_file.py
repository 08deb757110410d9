"""Reading E57, as terrestrial laser scanners write it: all scans of a file, each where it stood."""

import struct
from xml.etree import ElementTree

import numpy as np

from pointrecon.errors import InputError, first_line
from pointrecon.progress import plural
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.coarse import step_of
from pointrecon.shapes.readers.e57_data import E57Column, E57Data
from pointrecon.shapes.readers.gltf_nodes import composed
from pointrecon.shapes.readers.source_file import SourceFile

_XYZ = ("cartesianX", "cartesianY", "cartesianZ")
_ROUND = ("sphericalRange", "sphericalAzimuth", "sphericalElevation")
_INVALID = ("cartesianInvalidState", "sphericalInvalidState")
_COLORS = ("colorRed", "colorGreen", "colorBlue")
_LEAST, _MOST = -(2**63), 2**63 - 1  # of whole numbers that name no bounds


def read_e57(source: SourceFile) -> Cloud:
    """The points of all scans, in meters, each scan moved to where its pose says; colors where scans have them.

    Points that the scanner marks as invalid are dropped, and pictures and intensities left out, which the note says.
    InputError for damage, which the checksum of each page tells.
    """
    data = E57Data(source.read_bytes(), source.path)
    try:
        if b"<!DOCTYPE" in data.xml:
            raise ValueError("a DTD, which the format does not know")
        root = ElementTree.fromstring(data.xml.decode("utf-8"))
        scans, dropped = [], 0
        for entry in () if (entries := _child(root, "data3D")) is None else entries:
            scan, invalid = _scan(data, entry)
            scans.append(scan)
            dropped += invalid
    except InputError:
        raise
    except (ElementTree.ParseError, LookupError, ValueError, ArithmeticError, struct.error) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else first_line(error)[:100]
        raise InputError(f"{source.path} is no readable E57 file ({why})") from error
    if not scans:
        raise InputError(f"{source.path} has no scans: export it again")
    color = None
    if any(scan.color is not None for scan in scans):
        color = np.concatenate(
            [np.full((len(s.points), 3), 128, np.uint8) if s.color is None else s.color for s in scans]
        )
    notes = [f"{plural(len(scans), 'scan')} joined"] if len(scans) > 1 else []
    notes += [f"{plural(dropped, 'point')} dropped that the scanner marks as invalid"] if dropped else []
    pictures = 0 if (images := _child(root, "images2D")) is None else len(images)
    left = ["intensity"] * any("intensity" in scan.note for scan in scans)
    left += [plural(pictures, "picture")] * bool(pictures)
    notes += [f"left out: {', '.join(left)}"] if left else []
    points = np.concatenate([scan.points for scan in scans])
    step = max(scan.step for scan in scans)
    return Cloud(points, color, note="; ".join(notes), facts={"unit": "m"}, step=step)


def _scan(data: E57Data, scan: ElementTree.Element) -> tuple[Cloud, int]:
    """One scan, and how many of its points were dropped."""
    points = _child(scan, "points")
    if points is None:
        raise KeyError("points")
    count = int(points.attrib["recordCount"])
    prototype = _child(points, "prototype")
    columns = [_column(one) for one in (() if prototype is None else prototype)]
    values = data.columns(int(points.attrib["fileOffset"]), count, columns)
    if all(name in values for name in _XYZ):
        xyz = np.stack([values[name] for name in _XYZ], 1)
    else:
        away, azimuth, elevation = (values[name] for name in _ROUND)
        flat = away * np.cos(elevation)
        xyz = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), away * np.sin(elevation)], 1)
    single = any(one.bits == 32 and not one.whole for one in columns if one.name in _XYZ)
    step = step_of(xyz.astype(np.float32)) if single else 0.0
    valid = np.isfinite(xyz).all(1)
    for name in _INVALID:
        valid &= values.get(name, np.zeros(count)) == 0
    color = None
    if all(name in values for name in _COLORS):
        limits = _child(scan, "colorLimits")
        color = np.stack([_color(values[one.name], one, limits) for one in columns if one.name in _COLORS], 1)
        color[values.get("isColorInvalid", np.zeros(count)) != 0] = 128
    place = _pose(_child(scan, "pose"))
    moved = xyz[valid] @ place[:3, :3].T + place[:3, 3]
    note = "intensity" if values.get("intensity", np.zeros(0)).any() else ""
    return Cloud(moved, None if color is None else color[valid], note=note, step=step), int((~valid).sum())


def _column(field: ElementTree.Element) -> E57Column:
    name, kind, given = field.tag.rpartition("}")[2], field.attrib["type"], field.attrib
    if kind == "Float":
        return E57Column(name, 32 if given.get("precision") == "single" else 64)
    if kind not in ("Integer", "ScaledInteger"):
        raise ValueError(f"a column of type {kind}")
    least, most = int(given.get("minimum", _LEAST)), int(given.get("maximum", _MOST))
    scaled = kind == "ScaledInteger"
    scale, offset = (float(given.get("scale", 1)), float(given.get("offset", 0))) if scaled else (1.0, 0.0)
    return E57Column(name, max(most - least, 0).bit_length(), True, least, scale, offset)


def _color(values: np.ndarray, column: E57Column, limits: ElementTree.Element | None) -> np.ndarray:
    """A channel as bytes, by the limits that the scan tells, else by those of the column."""
    low = _number(limits, f"{column.name}Minimum", float(column.least))
    high = _number(
        limits, f"{column.name}Maximum", float(column.least + (1 << column.bits) - 1) if column.whole else 1.0
    )
    return np.rint(np.clip(np.nan_to_num((values - low) / ((high - low) or 1.0)), 0, 1) * 255).astype(np.uint8)


def _pose(pose: ElementTree.Element | None) -> np.ndarray:
    """Where a scan stood, (4, 4)."""
    turn = None if pose is None else _child(pose, "rotation")
    moved = None if pose is None else _child(pose, "translation")
    rotation = [[_number(turn, axis, float(axis == "w" and turn is None)) for axis in "xyzw"]]
    return composed(np.array([[_number(moved, axis) for axis in "xyz"]]), np.array(rotation), np.ones((1, 3)))[0]


def _child(parent: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((one for one in parent if one.tag.rpartition("}")[2] == name), None)


def _number(parent: ElementTree.Element | None, name: str, otherwise: float = 0.0) -> float:
    """The number in an element, 0 where the element is empty."""
    found = None if parent is None else _child(parent, name)
    return otherwise if found is None else float(found.text or 0)

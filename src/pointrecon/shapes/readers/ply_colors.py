"""Colors in the columns of a PLY element, whatever type and names they have."""

import re
from collections.abc import Mapping

import numpy as np

from pointrecon.shapes.readers.ply_header import Lists

_NAMES = [("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue")]
_SPLAT = ("f_dc_0", "f_dc_1", "f_dc_2")
_PACKED = ("rgb", "rgba")
COLOR_NAMES = {*(name for names in _NAMES for name in names), *_SPLAT, *_PACKED, "alpha", "a", "diffuse_alpha"}
SPLAT_NAMES = re.compile(r"(f_dc|f_rest|scale|rot)_\d+|opacity")
_HARMONIC = 0.28209479177387814  # of degree 0: 1 / (2 sqrt(pi))


def ply_colors(columns: Mapping[str, np.ndarray | Lists]) -> np.ndarray | None:
    """Colors (rows, 3) uint8, or None: three columns, one that packs them, or Gaussian splats' first coefficients.

    Alpha is left out. Splats' color is 0.5 + c f_dc (Kerbl et al. 2023), as seen from no direction in particular.
    """
    plain = {name: column for name, column in columns.items() if isinstance(column, np.ndarray)}
    for names in _NAMES:
        if plain.keys() >= set(names):
            return _bytes(*(plain[name] for name in names))
    for name in _PACKED:
        if name in plain:
            bits = plain[name].astype(plain[name].dtype.newbyteorder("="))
            whole = bool((bits == np.floor(bits)).all()) and 1 <= bits.max(initial=0) < 2**32 and bits.min() >= 0
            if bits.dtype.kind == "f" and not whole:  # the bits in a float, as the Point Cloud Library has it
                bits = bits.astype(np.float32).view(np.uint32)
            shifted = bits.astype(np.int64)[:, None] >> np.array([16, 8, 0])
            return (shifted & 255).astype(np.uint8)
    if plain.keys() >= set(_SPLAT):
        light = np.stack([np.asarray(plain[name], np.float64) for name in _SPLAT], 1) * _HARMONIC + 0.5
        return np.rint(np.clip(np.nan_to_num(light), 0, 1) * 255).astype(np.uint8)
    return None


def is_splat(columns: Mapping[str, np.ndarray | Lists]) -> bool:
    """Whether the rows are Gaussian splats."""
    return columns.keys() >= {*_SPLAT, "opacity"}


def _bytes(*three: np.ndarray) -> np.ndarray:
    """The type decides: bytes are bytes however dark; other integers have 8 bits or 16, floats reach to 1 or 255."""
    kinds = {column.dtype.kind for column in three}
    if {column.dtype.itemsize for column in three} == {1}:
        return np.stack([column.astype(np.uint8) for column in three], 1)
    color = np.nan_to_num(np.stack([np.asarray(column, np.float64) for column in three], 1))
    top = color.max(initial=0.0)
    if "f" in kinds and top <= 1:
        color = color * 255
    elif top > 255:
        color = color / 257
    return np.rint(np.clip(color, 0, 255)).astype(np.uint8)

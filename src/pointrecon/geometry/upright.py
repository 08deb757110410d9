"""Turning shapes so that the axis a model knows as up points up. No torch here."""

from typing import Any

from pointrecon.errors import InputError

UP_AXES = ("x", "y", "z", "unknown")


def check_up(up: str, where: str = "") -> None:
    """Raise InputError, beginning with ``where``, for what is no up axis."""
    if up not in UP_AXES:
        raise InputError(f"{where}the up axis is '{up}'; use x, y, z or unknown")


def turns(up_from: str, up_to: str) -> int:
    """By how many places the coordinates move up when axis ``up_from`` becomes ``up_to``; 0 where one is unknown."""
    axes = "xyz"
    return (axes.index(up_to) - axes.index(up_from)) % 3 if {up_from, up_to} <= set(axes) else 0


def turn_up(points: Any, up_from: str, up_to: str) -> Any:
    """Turn a (..., 3) tensor so that axis ``up_from`` becomes ``up_to``; a proper rotation. "unknown" leaves it."""
    shift = turns(up_from, up_to)
    return points.roll(shift, dims=-1) if shift else points

"""Settings of an import, kept in its table: one that goes on follows them, and is refused where it is told others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pointrecon.checks import check_seed
from pointrecon.errors import InputError
from pointrecon.geometry.upright import check_up
from pointrecon.shapes.table.shape_table import ShapeTable
from pointrecon.shapes.table.table_meta import TableMeta

POINTS = 2048  # of a shape, where nobody says
ASSEMBLIES = ("whole", "parts")
_DESCRIBED = ("name", "up", "units", "license")  # what the table's description tells itself


def settle(
    out: str | Path, given: Mapping[str, Any], defaults: Mapping[str, Any], table: ShapeTable | None
) -> dict[str, Any]:
    """The value of every setting: the table's own where there is one, else the given one (not None), else the default.

    InputError for a given value other than the table's (``out``), which names both; or where no import made the table.
    """
    own: dict[str, Any] = {}
    if table is not None:
        if not table.meta.imported:
            raise InputError(f"{out} was not made by an import, so none can go on with it: choose another name")
        own = {**table.meta.imported, **{name: getattr(table.meta, name) for name in _DESCRIBED}}
    said = {name: value for name, value in given.items() if value is not None}
    for name, value in said.items():
        if name in own and own[name] != value:
            option = "the source" if name == "source" else f"--{name.replace('_', '-')}"
            raise InputError(
                f"{out} was imported with {option} {_told(own[name])}, not {_told(value)}: "
                "give the same or leave it out, or make another table"
            )
    return {**defaults, **said, **own}


def described(settings: Mapping[str, Any], **more: Any) -> TableMeta:
    """The description of a table that an import with these settings makes."""
    imported = {name: value for name, value in settings.items() if name not in ("name", "units", "license")}
    return TableMeta(**{name: settings[name] for name in _DESCRIBED}, imported=imported, **more)


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise InputError for a value that no import takes; None is for what nobody said."""
    if (points := settings.get("points")) is not None and points < 1:
        raise InputError(f"a shape needs at least one point, not {points}")
    check_seed(settings.get("seed"))
    if (up := settings.get("up")) not in (None, "auto"):
        check_up(str(up))
    if (assemblies := settings.get("assemblies")) not in (None, *ASSEMBLIES):
        raise InputError(f"assemblies are read {' or as '.join(ASSEMBLIES)}, not '{assemblies}'")
    for name in ("validation", "test"):
        if (share := settings.get(name)) is not None and not 0 <= share < 1:
            raise InputError(f"the {name} share is {share}: it must be at least 0 and below 1")


def _told(value: Any) -> str:
    return "nothing" if value in ("", []) else " ".join(value) if isinstance(value, list) else str(value)

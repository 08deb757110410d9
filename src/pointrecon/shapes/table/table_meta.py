"""What is true of a whole collection of shapes, and joining such descriptions."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.documents import parse_json
from pointrecon.errors import InputError

FORMAT_VERSION = 2  # 1 spelled some columns another way
SPLITS = ("train", "val", "test", "")
# in what is recorded of a maker: how many vectors it made of what, which may differ between tables that join ...
_HOW_MANY = ("views", "from_views", "per_shape", "pictures")
_WHERE = ("model", "spec")  # ... and where it lies, which tells nothing beside the hash of its weights


@dataclass
class TableMeta:
    """What is true of the whole collection: names of classes and parts, up axis, units, license, origin.

    `imported` are the settings of the import that made it: one that goes on follows them. `folder` is where the sources
    of its shapes are told from, as seen from the folder that the table lies in; "" where that is not known.
    """

    name: str = ""
    classes: list[str] = field(default_factory=list)
    part_names: list[str] = field(default_factory=list)
    up: str = "unknown"
    units: str = ""
    license: str = ""
    source: str = ""
    imported: dict[str, Any] = field(default_factory=dict)
    folder: str = ""
    version: int = FORMAT_VERSION

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str | bytes, where: str | Path) -> "TableMeta":
        """Read what `to_json` wrote; InputError for another record, or one of another format version."""
        try:
            record = parse_json(text)
            version = int(record["version"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{where} is not a shape table: its description is damaged") from error
        if version > FORMAT_VERSION:
            raise InputError(
                f"{where} was written by a newer pointrecon (table format {version}, this one reads "
                f"{FORMAT_VERSION}): upgrade pointrecon to open it"
            )
        if version < FORMAT_VERSION:
            raise InputError(
                f"{where} was made by an earlier version (table format {version}, this one reads {FORMAT_VERSION}): "
                "import it again"
            )
        known = {f.name: type(getattr(TableMeta(), f.name)) for f in fields(TableMeta)}
        kept = {key: value for key, value in record.items() if key in known}
        names = [name for key in ("classes", "part_names") if isinstance(kept.get(key), list) for name in kept[key]]
        wrong = next((key for key, value in kept.items() if not isinstance(value, known[key])), "")
        if wrong or not all(isinstance(name, str) for name in names):
            raise InputError(f"{where} is not a shape table: its description is damaged ({wrong or 'names'})")
        return TableMeta(**kept)


def merge_meta(metas: Sequence[TableMeta]) -> TableMeta:
    """One description for all: new names behind those there are; different licenses are all kept, joined by "; ".

    InputError for nothing to join, or up axes that contradict each other.
    """
    if not metas:
        raise InputError("there is nothing to join: give at least one collection of shapes")
    known = list(dict.fromkeys(meta.up for meta in metas if meta.up != "unknown"))
    if len(known) > 1:
        raise InputError(
            f"shapes with up axis '{known[0]}' cannot join those with '{known[1]}': turn one of them first"
        )
    return replace(
        metas[0],
        classes=list(dict.fromkeys(name for meta in metas for name in meta.classes)),
        part_names=list(dict.fromkeys(name for meta in metas for name in meta.part_names)),
        up=known[0] if known else "unknown",
        name=next((meta.name for meta in metas if meta.name), ""),
        units=next((meta.units for meta in metas if meta.units), ""),
        license=_all_of(meta.license for meta in metas),
        source=_all_of(meta.source for meta in metas),
        imported=metas[0].imported if all(meta.imported in ({}, metas[0].imported) for meta in metas) else {},
    )


def renumber(old: list[str], new: list[str], values: np.ndarray) -> np.ndarray:
    """Numbers (-1 for none) of names of the first list as numbers of the second, which has them all."""
    if old == new:
        return values
    place = {name: i for i, name in enumerate(new)}
    lookup = np.array([place[name] for name in old] + [-1], dtype=values.dtype)  # the last entry answers to -1
    return np.where(values < len(old), lookup[np.minimum(values, len(old))], values)


def difference(before: dict, now: dict, *, joining: bool = False) -> str:
    """Something recorded of the makers of features that differs between these two, or "" where they are the same.

    ``joining`` leaves out how many features there are of a shape: those of two tables join all the same.
    """
    keys = {*before, *now} - set(_HOW_MANY if joining else ())
    if before.get("sha256") and now.get("sha256"):
        keys -= set(_WHERE)
    return min((key for key in keys if before.get(key) != now.get(key)), default="")


def refuse_other_maker(name: str, made: Sequence[tuple[str, dict]]) -> None:
    """Raise InputError where features of one name were made by two makers: (table, what is recorded) of each."""
    for where, info in made[1:]:
        if key := difference(made[0][1], info, joining=True):
            one, other = (short(made[0][1].get(key, "not told")), short(info.get(key, "not told")))
            raise InputError(
                f"the features '{name}' have another maker in {where} ({key} = {other}) than in {made[0][0]} "
                f"({key} = {one}): keep one of them under another name, or teach one table anew"
            )


def short(value: object) -> str:
    """What a message says of a value."""
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _all_of(given: Any) -> str:
    return "; ".join(dict.fromkeys(one for text in given for one in text.split("; ") if one))

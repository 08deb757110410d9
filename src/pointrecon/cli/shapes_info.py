"""``pointrecon shapes info``: what a shape table holds."""

from typing import TYPE_CHECKING, Any

from pointrecon.errors import InputError
from pointrecon.files import check_new
from pointrecon.parser import CommandParser
from pointrecon.progress import plural
from pointrecon.readable import printable
from pointrecon.screen import json_text, say, screen

if TYPE_CHECKING:
    from pointrecon.shapes.table.collection import Shapes

EXAMPLES = """  pointrecon shapes info parts.lance
  pointrecon shapes info parts.lance --json > parts.json
  pointrecon shapes info parts.lance --files         # a row a shape: format, unit, size, volume, ...
  pointrecon shapes info parts.lance --csv parts.csv # the same with all that is known, for other tools"""

_WIDE = 1000
_EXTRAS = ("color", "normals", "part_labels", "pictures")


def main(argv: list[str]) -> None:
    """Print the description of a table."""
    parser = CommandParser("shapes info", "Tell what a shape table or a folder of shapes holds.", EXAMPLES)
    data = "a shape table (NAME.lance, NAME.npz), a folder of meshes or clouds, or one such file"
    parser.add_argument("data", help=data)
    parser.flag("--json", "print JSON")
    parser.flag("--files", "print what the file of each shape is (with --json a list, with every column)")
    parser.option("--csv", None, "write that to a file, with every column")
    parser.flag("--overwrite", "replace the file")
    values = parser.read(argv)
    if values["csv"] and (values["json"] or values["files"]):
        raise InputError("--csv writes a file and prints no table: leave out --json and --files")
    if values["csv"]:
        check_new(values["csv"], overwrite=values["overwrite"], endings=[".csv"])

    from pointrecon.shapes.door import as_shapes
    from pointrecon.shapes.table.fact_rows import known_rows, write_csv
    from pointrecon.shapes.table.summary import describe

    shapes = as_shapes(values["data"])
    if values["csv"]:
        write_csv(shapes, values["csv"])
        say(f"{plural(len(shapes), 'shape')} written to {values['csv']}")
        return
    if values["files"]:
        if values["json"]:
            say(json_text(list(known_rows(shapes))))
        else:
            _print_files(shapes)
        return
    info = describe(shapes)
    if values["json"]:
        say(json_text(info))
    else:
        _print(info)


def _files(files: dict[str, Any]) -> dict[str, str]:
    """What is said of the files; nothing of what is not known of any."""

    def counted(name: str) -> str:
        told = files[name]
        return ", ".join(f"{key or 'unknown'} {count}" for key, count in told.items()) if {*told} - {""} else ""

    said = {"formats": counted("formats"), "read by": counted("readers"), "units of files": counted("units")}
    said["up of files"] = counted("ups")
    for unit, axes in files["extents"].items():
        sizes = ", ".join(f"{axis} {_span(low, high, '.4g')}" for axis, (low, high) in axes.items())
        said[f"size in {unit}" if unit else "size, no unit"] = sizes
    if files["meshes"]:
        said["meshes"] = f"{files['meshes']} of {_span(*files['faces'])} faces, {files['closed']} closed"
    if files["clouds"]:
        said["clouds"] = f"{files['clouds']} of {_span(*files['points'])} points"
    if files["bytes"]:
        size, unit = (files["bytes"] / 1e3, "kB") if files["bytes"] < 1e6 else (files["bytes"] / 1e6, "MB")
        said["file sizes"] = f"{size:,.1f} {unit} together"
    return said


def _span(low: float, high: float, form: str = ",") -> str:
    return " to ".join(dict.fromkeys([format(low, form), format(high, form)]))


def _print_files(shapes: "Shapes") -> None:
    from rich.table import Table

    from pointrecon.shapes.table.fact_rows import fact_blocks

    def number(value: float, form: str = ",") -> str:
        return "" if value != value or value == -1 else format(value, form)

    rows = [("id", "class", "format", "size", "unit", "volume", "faces", "bodies", "up")]
    for block in fact_blocks(shapes):
        names = ("id", "class", "format", "unit", "up", "volume", "faces", "bodies", *(f"extent_{a}" for a in "xyz"))
        for id, label, kind, unit, up, volume, faces, bodies, *size in zip(*(block[n] for n in names), strict=True):
            sides = " x ".join(filter(None, (number(side, ".3g") for side in size)))
            rows.append((id, label, kind, sides, unit, number(volume, ".4g"), number(faces), number(bodies), up))
    told = [column for column in zip(*rows, strict=True) if any(column[1:])]  # a column without a word is left out
    table = Table(*[column[0] for column in told], box=None)
    for row in zip(*[column[1:] for column in told], strict=True):
        table.add_row(*map(printable, row))
    screen(width=_WIDE).print(table, crop=False)  # a shape a line, for other tools too


def _print(info: dict[str, Any]) -> None:
    from rich.table import Table

    labeled = f"{info['labeled']} in {plural(len(info['classes']), 'class')}"
    labeled += f", {info['guessed']} of them guessed by a model" if info["guessed"] else ""
    console = screen()
    about = Table(show_header=False, box=None, title=info["path"], title_justify="left")
    rows = {
        "name": info["name"],
        "shapes": f"{info['shapes']} of {info['points']} points",
        "splits": ", ".join(f"{name or 'none'} {count}" for name, count in info["splits"].items()),
        "labeled": labeled if info["labeled"] else "none",
        "captions": f"{plural(info['captioned'], 'shape')}, {info['different_captions']} different",
        "also": ", ".join(f"{k.replace('_', ' ')} {info[k]}" for k in _EXTRAS if info[k]),
        "up axis": info["up"],
        "units": info["units"],
        **_files(info["files"]),
        "license": info["license"] or "not told",
        "source": info["source"],
        "ids": ", ".join(info["example_ids"]) + (", ..." if info["shapes"] > 3 else ""),
    }
    for key, value in rows.items():
        if value:
            about.add_row(key, printable(str(value)), style=None)
    for name, feature in info["features"].items():
        more = ", ".join(f"{k} {v}" for k, v in feature.items() if k != "shapes" and isinstance(v, str | int))
        about.add_row(printable(name), f"{feature['shapes']} of {info['shapes']} shapes{', ' + more if more else ''}")
    console.print(about)
    if info["classes"]:
        splits = list(info["splits"])
        table = Table("class", *[name or "no split" for name in splits], box=None)
        for name, counts in info["classes"].items():
            table.add_row(printable(name), *[str(counts.get(split, 0)) for split in splits])
        console.print(table)

"""``pointrecon shapes info``: what a shape table holds."""

import json
from typing import Any

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon shapes info parts.lance
  pointrecon shapes info parts.lance --json > parts.json"""

_EXTRAS = ("color", "normals", "part_labels", "pictures")


def main(argv: list[str]) -> None:
    """Print the description of a table."""
    parser = CommandParser("shapes info", "Tell what a shape table or a folder of shapes holds.", EXAMPLES)
    data = "a shape table (NAME.lance, NAME.npz), a folder of meshes or clouds, or one such file"
    parser.add_argument("data", help=data)
    parser.flag("--json", "print JSON")
    values = parser.read(argv)

    from pointrecon.shapes.door import as_shapes
    from pointrecon.shapes.table.summary import describe

    info = describe(as_shapes(values["data"]))
    if values["json"]:
        print(json.dumps(info, indent=2, ensure_ascii=False))
    else:
        _print(info)


def _print(info: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)  # names may look like markup
    about = Table(show_header=False, box=None, title=info["path"], title_justify="left")
    rows = {
        "name": info["name"],
        "shapes": f"{info['shapes']} of {info['points']} points",
        "splits": ", ".join(f"{name or 'none'} {count}" for name, count in info["splits"].items()),
        "labeled": f"{info['labeled']} in {len(info['classes'])} classes",
        "captions": f"{info['captioned']} shapes, {info['different_captions']} different",
        "also": ", ".join(f"{k.replace('_', ' ')} {info[k]}" for k in _EXTRAS if info[k]),
        "up axis": info["up"],
        "units": info["units"],
        "license": info["license"] or "not told",
        "source": info["source"],
        "ids": ", ".join(info["example_ids"]) + (", ..." if info["shapes"] > 3 else ""),
    }
    for key, value in rows.items():
        if value:
            about.add_row(key, str(value), style=None)
    for name, feature in info["features"].items():
        more = ", ".join(f"{k} {v}" for k, v in feature.items() if k != "shapes" and isinstance(v, str | int))
        about.add_row(name, f"{feature['shapes']} of {info['shapes']} shapes{', ' + more if more else ''}")
    console.print(about)
    if info["classes"]:
        splits = list(info["splits"])
        table = Table("class", *[name or "no split" for name in splits], box=None)
        for name, counts in info["classes"].items():
            table.add_row(name, *[str(counts.get(split, 0)) for split in splits])
        console.print(table)

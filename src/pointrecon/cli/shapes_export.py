"""``pointrecon shapes export``: a folder that Hugging Face `datasets` loads."""

import sys

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon shapes export parts.lance -o parts-points          # the stored points, as PLY
  pointrecon shapes export parts.lance -o parts-meshes --files meshes
  python -c "import datasets; print(datasets.load_dataset('parts-points'))\""""

_SHOWN = 10


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "shapes export",
        "Write shapes as a folder for Hugging Face datasets (one with the Mesh feature): a file a shape, a folder a "
        "split, and a metadata.parquet with id, class, captions, size and all else that is known.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="a table, or a folder of shapes")
    parser.out("the folder to write", required=True)
    parser.option(
        "--files", "points", "the stored points, or the meshes that they came from", choices=["points", "meshes"]
    )
    parser.flag("--overwrite", "take the place of an export that is there")
    values = parser.read(argv)

    from pointrecon.progress import plural
    from pointrecon.retrieval.shape_export import export_shapes

    found = export_shapes(**values)
    for key, reason in found.without[:_SHOWN]:
        say(f"points instead of a mesh: {key} – {reason}", file=sys.stderr)
    if len(found.without) > _SHOWN:
        say(f"points instead of a mesh: ... and {len(found.without) - _SHOWN} more", file=sys.stderr)
    meshes = f" ({found.meshes} as meshes)" if values["files"] == "meshes" else ""
    say(f"{plural(found.shapes, 'shape')}{meshes} written to {found.out}")

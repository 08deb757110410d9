"""``pointrecon attention``: where a model looks."""

from pointrecon.parser import CommandParser
from pointrecon.screen import say, screen

EXAMPLES = """\
  # mean attention distance over the test shapes, maps on the first of them
  pointrecon attention runs/parts parts.lance -o attention/parts
  # another shape, an earlier layer, and what the patch nearest to a point reads
  pointrecon attention runs/parts parts.lance -o attention/chair --shape chair_0891 --layer 4 --near 0 0.9 0
  # one file alone, by a released checkpoint
  pointrecon attention recon.pth bracket.stl -o attention/bracket --up z
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "attention",
        "Measure how far a model's attention reaches in every layer and head, and color one shape by what the "
        "class, image and text query and one patch read.",
        EXAMPLES,
    )
    parser.model_and_data("shapes: a table, a folder, or one mesh or cloud file")
    parser.out("folder for figures, arrays, clouds, results", required=True)
    parser.option("--split", "test", "average over this split; 'all' for every shape")
    parser.option("--shape", None, "id of the shape to map (first of the split)")
    parser.option("--layer", None, "of the maps, from 1 (the last)", int | None)
    near = "x y z in the unit sphere: map the patch nearest to it (the one farthest from the middle)"
    parser.option("--near", None, near, float, nargs=3)
    parser.option("--up", "unknown", "up axis of a file; a table knows its own")
    parser.flag("--overwrite", "replace an earlier analysis in the folder")
    parser.encode()
    values = parser.read(argv)

    from pointrecon.evaluation.attention_analysis import attention

    found = attention(**values)
    screen().print(found.table())
    for note in found.record.notes:
        say(f"note: {note}")
    say(f"maps on '{found.maps.id}'; written to {found.out}")

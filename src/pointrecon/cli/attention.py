"""``pointrecon attention``: where a model looks."""

from collections.abc import Sequence

from pointrecon.encode_settings import add_encode_arguments, encode_settings_of
from pointrecon.parser import CommandParser

EXAMPLES = """\
  # mean attention distance over the test shapes, maps on the first of them
  pointrecon attention runs/parts parts.lance -o attention/parts
  # another shape, an earlier layer, and what the patch nearest to a point reads
  pointrecon attention runs/parts parts.lance -o attention/chair --shape chair_0891 --layer 4 --near 0 0.9 0
  # one file alone, by a released checkpoint
  pointrecon attention recon.pth bracket.stl -o attention/bracket --up z
"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "attention",
        "Measure how far a model's attention reaches in every layer and head, and color one shape by what the "
        "class, image and text query and one patch read.",
        EXAMPLES,
    )
    parser.add_argument("model", type=str, help="run or model folder, or released .pth")
    parser.add_argument("data", type=str, help="shapes: a table, a folder, or one mesh or cloud file")
    parser.add_argument("-o", "--out", type=str, required=True, help="folder for figures, arrays, clouds, results")
    parser.add_argument("--split", type=str, default="test", help="average over this split; 'all' for every shape")
    parser.add_argument("--shape", type=str | None, default=None, help="id of the shape to map (first of the split)")
    parser.add_argument("--layer", type=int | None, default=None, help="of the maps, from 1 (the last)")
    parser.add_argument(
        "--near",
        type=float,
        nargs=3,
        default=None,
        help="x y z in the unit sphere: map the patch nearest to it (the one farthest from the middle)",
    )
    parser.add_argument("--up", type=str, default="unknown", help="up axis of a file; a table knows its own")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier analysis in the folder")
    add_encode_arguments(parser)
    args = parser.parse_args(list(argv))

    from rich.console import Console

    from pointrecon.evaluation.attention_analysis import attention

    own = {name: getattr(args, name) for name in ("split", "shape", "layer", "near", "up", "overwrite")}
    found = attention(args.model, args.data, args.out, encode=encode_settings_of(args), **own)
    Console().print(found.table())
    for note in found.record.notes:
        print(f"note: {note}")
    print(f"maps on '{found.maps.id}'; written to {found.out}")
    return 0

"""``pointrecon label-parts``: label the points of shapes with a segmentation model."""

from collections.abc import Sequence

from pointrecon.encode_settings import add_encode_arguments, encode_settings_of
from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon label-parts runs/chair-parts scan.ply -o labeled.ply --category Chair
  pointrecon label-parts runs/all-parts shapes.lance -o labeled/ --split test      a .ply of each shape, in colors
  pointrecon label-parts runs/all-parts shapes.lance -o labeled.lance              a table with part labels
  pointrecon label-parts partseg.pth chairs.npz -o labeled.npz --category Chair"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "label-parts",
        "Give every point of shapes a part. 'pointrecon segment' makes the model; it is told each shape's category, by "
        "the shape's class or by --category.",
        EXAMPLES,
    )
    parser.add_argument("model", type=str, help="model folder or run with a part head, or released .pth")
    parser.add_argument("data", type=str, help="a shape table, a folder of meshes or clouds, or one such file")
    parser.add_argument(
        "-o", "--out", type=str, required=True, help="NAME.lance or NAME.npz (a table), NAME.ply, or a folder of .ply"
    )
    parser.add_argument("--category", type=str | None, default=None, help="of all shapes (unset: each one's class)")
    parser.add_argument("--split", type=str | None, default=None, help="only this split of a table")
    parser.add_argument(
        "--up", choices=["x", "y", "z", "unknown"], default="unknown", help="of shapes that do not tell"
    )
    add_encode_arguments(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    args = parser.parse_args(list(argv))

    from pointrecon.transfer.part_labeling import label_parts

    found = label_parts(
        args.model, args.data, args.out, category=args.category, split=args.split, up=args.up,
        encode=encode_settings_of(args), overwrite=args.overwrite,
    )  # fmt: skip
    for name in sorted(set(found.skipped.values())):
        count = list(found.skipped.values()).count(name)
        what = f"of class '{name}', no category of this model" if name else "without a class"
        print(f"skipped: {count} shape{'s' * (count != 1)} {what}; --category names one for all")
    parts = len(set(found.part.ravel().tolist()))
    print(f"{len(found.id)} shape{'s' * (len(found.id) != 1)} labeled with {parts} parts: {found.out}")
    return 0

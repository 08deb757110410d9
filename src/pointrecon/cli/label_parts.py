"""``pointrecon label-parts``: label the points of shapes with a segmentation model."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon label-parts runs/chair-parts/model scan.ply --category Chair -o labeled.ply
  pointrecon label-parts runs/all-parts/model shapes.lance --split test -o labeled/      a .ply of each shape, in colors
  pointrecon label-parts runs/all-parts/model shapes.lance -o labeled.lance             a table with part labels
  pointrecon label-parts partseg.pth chairs.npz --category Chair -o labeled.npz"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "parts",
        "Give every point of a table's shapes, or of one file, a part. 'pointrecon segment' makes the model; it is "
        "told each shape's category, by the shape's class or by --category.",
        EXAMPLES,
    )
    parser.add_argument("model", type=str, help="model folder with a part head, or released .pth")
    parser.add_argument("source", type=str, help="a shape table, or one mesh or cloud file")
    parser.add_argument(
        "-o", "--out", type=str, required=True, help="NAME.lance or NAME.npz (a table), NAME.ply, or a folder of .ply"
    )
    parser.add_argument("--category", type=str | None, default=None, help="of all shapes (unset: each one's class)")
    parser.add_argument("--split", type=str | None, default=None, help="only this split of a table")
    parser.add_argument("--points", type=int | None, default=None, help="points of a file (the model's own)")
    parser.add_argument("--up", choices=["x", "y", "z", "unknown"], default="unknown", help="a file's up axis")
    parser.add_argument("--batch-size", type=int, default=16, help="clouds at once")
    parser.add_argument("--device", type=str | None, default=None, help="cpu, cuda, mps (where the model is)")
    parser.add_argument("--seed", type=int, default=0, help="draws points")
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    args = vars(parser.parse_args(list(argv)))

    from pointrecon.transfer.part_labeling import label_parts

    found = label_parts(args.pop("model"), args.pop("source"), **args)
    for name in sorted(set(found.skipped.values())):
        count = list(found.skipped.values()).count(name)
        what = f"of class '{name}', no category of this model" if name else "without a class"
        print(f"skipped: {count} shapes {what}; --category names one for all")
    print(f"{len(found.id)} shapes labeled with {len(set(found.part.ravel().tolist()))} parts: {found.out}")
    return 0

"""``pointrecon label-parts``: label the points of shapes with a segmentation model."""

from collections import Counter

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon label-parts runs/chair-parts scan.ply -o labeled.ply --category Chair
  pointrecon label-parts runs/all-parts shapes.lance -o labeled/ --split test      # a .ply of each shape, in colors
  pointrecon label-parts runs/all-parts shapes.lance -o labeled.lance              # a table with part labels
  pointrecon label-parts partseg.pth chairs.npz -o labeled.npz --category Chair"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "label-parts",
        "Give every point of shapes a part. 'pointrecon segment' makes the model; it is told each shape's category, by "
        "the shape's class or by --category.",
        EXAMPLES,
    )
    parser.model_and_data(
        "a shape table, a folder of meshes or clouds, or one such file",
        "model folder or run with a part head, or released .pth",
    )
    parser.out("NAME.lance or NAME.npz (a table), NAME.ply, or a folder of .ply", required=True)
    parser.option("--category", None, "of all shapes (unset: each one's class)")
    parser.option("--split", None, "only this split of a table")
    parser.option("--up", "unknown", "of shapes that do not tell", choices=["x", "y", "z", "unknown"])
    parser.encode()
    parser.flag("--overwrite", "replace what is there")
    values = parser.read(argv)

    from pointrecon.progress import plural
    from pointrecon.transfer.part_labeling import label_parts

    found = label_parts(**values)
    for name, count in sorted(Counter(found.skipped.values()).items()):
        what = f"of class '{name}', no category of this model" if name else "without a class"
        say(f"skipped: {plural(count, 'shape')} {what}; --category names one for all")
    for note in found.notes:
        say(f"note: {note}")
    say(f"{plural(len(found.id), 'shape')} labeled with {len(set(found.part.ravel().tolist()))} parts: {found.out}")

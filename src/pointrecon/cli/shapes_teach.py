"""``pointrecon shapes teach``: add image and text teachers' features to a shape table."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """\
  # both offline teachers: nothing is downloaded
  pointrecon shapes teach parts.lance --image multiview --text minilm
  # CLIP for both, from the hub, 10 views a shape and the 60 templates of the released method
  pointrecon shapes teach parts.lance --image clip --text clip --views 10 --prompts released
  # a model folder copied from another machine, and templates of one's own (one a line, {} is the caption)
  pointrecon shapes teach parts.lance --text models/siglip2 --prompts prompts.txt
  # killed half way? give the same command again: it goes on where it stopped
"""


def parser() -> CommandParser:
    """The options of ``pointrecon shapes teach``."""
    p = CommandParser(
        "shapes teach",
        "Compute the features of image and text teachers for every shape of a table, once for all runs.",
        EXAMPLES,
    )
    p.add_argument("table", type=str, help="the shape table: a .lance folder or an .npz file")
    p.add_argument(
        "--image",
        type=str,
        default=None,
        help="image teacher: multiview (built in), clip, siglip2, vit-in21k, dinov2, a hub id or a folder",
    )
    p.add_argument(
        "--text",
        type=str,
        default=None,
        help="text teacher: minilm (no download), clip, siglip2, a hub id or a model folder",
    )
    p.add_argument("--views", type=int, default=6, help="pictures a shape")
    p.add_argument(
        "--pictures",
        type=str,
        default="auto",
        help="stored (in the table), rendered (from the clouds), or auto: stored where there are some",
    )
    p.add_argument(
        "--prompts",
        type=str,
        default="plain",
        help="plain (captions as they are), released (60 templates), a text file, or one template with {}",
    )
    p.add_argument("--per-shape", type=int, default=8, help="text features a shape at most")
    p.add_argument("--batch-size", type=int, default=64, help="pictures or sentences encoded at once")
    p.add_argument("--device", type=str, default=None, help="cpu, cuda, ...; default: an accelerator if there is one")
    p.add_argument("--image-name", type=str, default=None, help="store as image/NAME, not under the teacher's own name")
    p.add_argument("--text-name", type=str, default=None, help="store as text/NAME, not under the teacher's own name")
    p.add_argument("--seed", type=int, default=0, help="draws the sentences where there are more than --per-shape")
    return p


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    args = parser().parse_args(list(argv))
    from pointrecon.teachers.teaching import teach

    for done in teach(**vars(args)):
        parts = [f"{done.name}: {done.added} shapes taught in {done.seconds:.1f} s"]
        if done.already:
            parts.append(f"{done.already} were there already")
        if done.without:
            kind = "picture" if done.name.startswith("image/") else "caption"
            parts.append(f"{done.without} have no {kind}")
        print(", ".join(parts) + f" ({done.views} x {done.width} numbers a shape)")
    return 0

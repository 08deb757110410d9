"""``pointrecon shapes teach``: add image and text teachers' features to a shape table."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """\
  # both offline teachers: nothing is downloaded
  pointrecon shapes teach parts.lance --image multiview --text minilm
  # CLIP for both, from the hub, 10 views a shape and the 60 templates of the released method
  pointrecon shapes teach parts.lance --image clip --text clip --views 10 --templates released
  # a model folder copied from another machine, and templates of one's own (one a line, {} is the caption)
  pointrecon shapes teach parts.lance --text models/siglip2 --templates templates.txt
  # stopped half way, or new shapes since? the same command teaches what is missing
"""
RESUMES = True


def parser() -> CommandParser:
    """The options of ``pointrecon shapes teach``."""
    p = CommandParser(
        "shapes teach",
        "Compute the features of image and text teachers for every shape of a table, once for all runs.",
        EXAMPLES,
    )
    p.add_argument("data", type=str, help="the shape table: a .lance folder or an .npz file")
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
        "--templates",
        type=str,
        default="plain",
        help="what captions are put into: plain (as they are), released (60 templates), a text file, or one with {}",
    )
    p.add_argument("--batch-size", type=int, default=64, help="pictures or sentences encoded at once")
    p.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    p.add_argument("--image-name", type=str, default=None, help="store as image/NAME, not under the teacher's own name")
    p.add_argument("--text-name", type=str, default=None, help="store as text/NAME, not under the teacher's own name")
    p.add_argument("--resume", action="store_true", help="go on after an interruption (it does so without this too)")
    return p


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    args = vars(parser().parse_args(list(argv)))
    args.pop("resume")
    from pointrecon.progress import plural
    from pointrecon.teachers.teaching import teach

    for done in teach(**args):
        by_sentence, sentences = done.sentences is not None, done.sentences or 0
        parts = [f"{done.name}: {plural(done.added, 'shape')} taught in {done.seconds:.1f} s"]
        if by_sentence:
            parts.append(f"by {plural(sentences, 'new sentence')} in {plural(done.views, 'template')}")
        if done.already:
            parts.append(f"{done.already} were there already")
        if done.without:
            parts.append(f"{done.without} have no {'caption' if by_sentence else 'picture'}")
        print(", ".join(parts) + f" ({done.views} x {done.width} numbers a {'sentence' if by_sentence else 'shape'})")
    return 0

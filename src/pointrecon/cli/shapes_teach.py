"""``pointrecon shapes teach``: add image and text teachers' features to a shape table."""

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """\
  # both offline teachers: nothing is downloaded
  pointrecon shapes teach parts.lance --image multiview --text minilm
  # a teacher that knows the world, six pictures a shape, in bfloat16
  pointrecon shapes teach parts.lance --image imagenet --views 6 --precision bf16
  # CLIP for both, from the hub, 10 views a shape and the 60 templates of the released method
  pointrecon shapes teach parts.lance --image clip --text clip --views 10 --templates released
  # a model folder copied from another machine, and templates of one's own (one a line, {} is the caption)
  pointrecon shapes teach parts.lance --text models/siglip2 --templates templates.txt
  # stopped half way, or new shapes since? the same command teaches what is missing
"""
RESUMES = True


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "shapes teach",
        "Compute the features of image and text teachers for every shape of a table, once for all runs.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="the shape table: a .lance folder or an .npz file")
    image = "image teacher: multiview, imagenet (no download), clip, siglip2, vit-in21k, dinov2, a hub id or a folder"
    parser.option("--image", None, image)
    parser.option("--text", None, "text teacher: minilm (no download), clip, siglip2, a hub id or a model folder")
    parser.option("--views", None, "pictures a shape (unset: as many as the teacher likes, mostly 6)", int | None)
    pictures = "stored (in the table), rendered (from the clouds), or auto: stored where there are some"
    parser.option("--pictures", "auto", pictures)
    templates = "plain (as they are), released (60 templates), a text file, or one with {}"
    parser.option("--templates", "plain", f"what captions are put into: {templates}")
    parser.option("--batch-size", 64, "pictures or sentences encoded at once")
    parser.option("--device", "auto", "auto, cpu, cuda, cuda:1 or mps")
    parser.option("--precision", "32", "of imagenet: 32, or bf16 (0.6 of the time on processors that have it)")
    parser.option("--image-name", None, "store as image/NAME, not under the teacher's own name")
    parser.option("--text-name", None, "store as text/NAME, not under the teacher's own name")
    parser.option(
        "--workers", None, "processes that look at clouds for multiview or imagenet (unset: one per core)", int | None
    )
    parser.resumes_anyway()
    values = parser.read(argv)

    from pointrecon.progress import plural
    from pointrecon.teachers.teaching import teach

    for done in teach(**values):
        by_sentence, sentences = done.sentences is not None, done.sentences or 0
        parts = [f"{done.name}: {plural(done.added, 'shape')} taught in {done.seconds:.1f} s"]
        if by_sentence:
            parts.append(f"by {plural(sentences, 'new sentence')} in {plural(done.views, 'template')}")
        if done.already:
            parts.append(f"{done.already} were there already")
        if done.without:
            parts.append(f"{done.without} have no {'caption' if by_sentence else 'picture'}")
        say(", ".join(parts) + f" ({done.views} x {done.width} numbers a {'sentence' if by_sentence else 'shape'})")

"""``pointrecon export``: a model as one ONNX file."""

from pointrecon.parser import CommandParser, words_of
from pointrecon.screen import say

EXAMPLES = """\
  # points to the vector that 'pointrecon embed' writes; use it with pointrecon.OnnxModel or any ONNX Runtime
  pointrecon export made-nano -o made-nano.onnx
  # with the text query too, to compare shapes with words
  pointrecon export made-mini -o made-mini.onnx --feature recon,text
  # a fine-tuned classifier, or a model of parts: scores beside the vector, class names in the file
  pointrecon export runs/classes -o classes.onnx
  # released weights, for clouds of another number of points
  pointrecon export best_lvis.pth -o recon-plus.onnx --points 4096
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "export",
        "Write a model as one ONNX file, with farthest points and patches inside and all that travels with a model. It "
        "is compared with the model before it is left.",
        EXAMPLES,
    )
    parser.add_argument("model", type=str, help="run or model folder, released .pth, or a model that comes along")
    parser.out("the file to write, .onnx", required=True)
    feature = "recon, patches, queries, all, image, text; several with commas, the first is the usual one"
    parser.option("--feature", "recon", f"which vectors of a cloud: {feature}")
    parser.option("--points", None, "points per cloud (unset: the model's own)", int)
    parser.flag("--overwrite", "replace a file that is there")
    values = parser.read(argv)

    from pointrecon.models import export

    done = export(feature=words_of(values.pop("feature")), **values)
    gives = ", ".join(f"{name} ({width} numbers)" for name, width in done.outputs.items())
    say(
        f"wrote {done.out}: {done.bytes / 1e6:.1f} MB, gives {gives}; "
        f"as the model's to {done.difference:.0e} of the largest number"
    )

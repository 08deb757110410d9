"""``pointrecon convert``: a released checkpoint becomes a model folder."""

from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon convert recon.pth models/recon-base
  pointrecon convert modelnet_8k.pth models/recon-mn40 --points 8192 --patches 512
  pointrecon convert best_lvis.pth models/recon-plus  # ReCon++"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "convert", "Turn a released ReCon or ReCon++ checkpoint (.pth) into a model folder.", EXAMPLES
    )
    parser.add_argument(
        "checkpoint",
        help="the released file: of ReCon (pre-training, classification, zero-shot, SVM, parts) or ReCon++",
    )
    parser.add_argument("out", help="the model folder to write")
    parser.option("--points", None, "points per cloud, when not the task's usual number", int)
    parser.option("--patches", None, "patches per cloud, when not the task's usual number", int)
    parser.flag("--overwrite", "replace an existing model folder")
    values = parser.read(argv)
    file, out = values.pop("checkpoint"), values.pop("out")
    if Path(file).is_dir():
        raise InputError(f"'{file}' is a folder: give a released .pth file (model folders are used as they are)")

    from pointrecon.models import convert

    say(f"wrote {convert(file, out, **{name: value for name, value in values.items() if value is not None})}")

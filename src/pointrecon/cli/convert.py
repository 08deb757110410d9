"""``pointrecon convert``: a released checkpoint becomes a model folder."""

from collections.abc import Sequence
from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon convert recon.pth models/recon-base
  pointrecon convert modelnet_8k.pth models/recon-mn40 --points 8192 --patches 512"""


def main(argv: Sequence[str]) -> int:
    """Parse and convert."""
    parser = CommandParser("convert", "Turn a released ReCon checkpoint (.pth) into a model folder.", EXAMPLES)
    parser.add_argument("checkpoint", help="the released file: pre-training, classification, zero-shot, SVM or parts")
    parser.add_argument("out", help="the model folder to write")
    parser.add_argument("--points", type=int, help="points per cloud, when not the task's usual number")
    parser.add_argument("--patches", type=int, help="patches per cloud, when not the task's usual number")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing model folder")
    values = parser.parse_args(list(argv))
    if Path(values.checkpoint).is_dir():
        raise InputError(
            f"'{values.checkpoint}' is a folder: give a released .pth file (model folders are used as they are)"
        )

    from pointrecon.models import convert

    given = {name: values[name] for name in ("points", "patches") if values[name] is not None}
    print(f"wrote {convert(values.checkpoint, values.out, overwrite=values.overwrite, **given)}")
    return 0

"""``pointrecon models``: the models that come along with the package; their names stand wherever a model does."""

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon models
  pointrecon models made-nano                          # its card: what it learned from, figures, how to make it again
  pointrecon embed made-nano parts.lance -o parts.parquet
  pointrecon pretrain parts.lance -o runs/parts --recipe nano     # begins from it where shapes are few"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "models",
        "List the models that come along: no download, their names stand wherever a command wants a model. With a "
        "model's name, print its card.",
        EXAMPLES,
    )
    parser.add_argument("name", nargs="?", type=str, default="", help="a model that comes along")
    name = parser.read(argv)["name"]

    from pointrecon.errors import InputError, did_you_mean
    from pointrecon.models.files.ready import READY, ready_folder, ready_models

    if name:
        if name not in READY:
            hint = did_you_mean(name, READY, f"these do: {', '.join(READY)}")
            raise InputError(f"no model '{name}' comes along; {hint}")
        say((ready_folder(name) / "README.md").read_text(encoding="utf-8"), end="")
        return
    for one in ready_models():
        size = f"{one['points']} points, width {one['width']}, {one['bytes'] / 1e6:.1f} MB"
        learned, figures, *_ = one["notes"].split("\n\n")  # as its card has them, one paragraph each
        say(f"{one['name']}\n  {one['size']}: {size}, license {one['license']}")
        say("\n".join(f"  {line}" for line in [*learned.splitlines(), *figures.splitlines()]))

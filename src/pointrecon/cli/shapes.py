"""``pointrecon shapes``: find the sub-command; each has a file of its own."""

from collections.abc import Sequence
from difflib import get_close_matches

from pointrecon.cli.main import guarded
from pointrecon.errors import InputError

COMMANDS = {
    "benchmark": ("shapes_benchmark", "read ShapeNet, ModelNet, ScanObjectNN, ... from their own files"),
    "import": ("shapes_import", "read meshes and clouds from a folder, a manifest or an array file"),
    "info": ("shapes_info", "tell what a table holds"),
    "make": ("shapes_make", "make shapes from a seed: named objects, or random programs"),
    "render": ("shapes_render", "add pictures of each shape"),
    "teach": ("shapes_teach", "add image and text teachers' features"),
}

EXAMPLES = """examples:
  pointrecon shapes import parts/ -o parts.lance --up z
  pointrecon shapes info parts.lance
  pointrecon shapes make named.lance --count 2000
  pointrecon shapes teach parts.lance --text minilm --image multiview

'pointrecon shapes COMMAND --help' tells each command's options, with examples."""


def main(argv: Sequence[str]) -> int:
    """Run one sub-command."""
    words = list(argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print("usage: pointrecon shapes COMMAND ...\n\nMake, fill and describe shape tables.\n\ncommands:")
        print("\n".join(f"  {name:<9} {summary}" for name, (_, summary) in COMMANDS.items()))
        print(f"\n{EXAMPLES}")
        return 0
    if words[0] not in COMMANDS:
        close = get_close_matches(words[0], COMMANDS, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(COMMANDS)}"
        raise InputError(f"there is no command 'shapes {words[0]}'; {hint}")
    return guarded(f"pointrecon.cli.{COMMANDS[words[0]][0]}", words[1:], ["pointrecon", "shapes", words[0]])

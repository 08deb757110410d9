"""``pointrecon shapes``: find the sub-command; each has a file of its own."""

from pointrecon.cli.main import dispatch

COMMANDS = {
    "benchmark": ("shapes_benchmark", "read ShapeNet, ModelNet, ScanObjectNN, ... from their own files"),
    "export": ("shapes_export", "write shapes and what is known of them as a folder for Hugging Face datasets"),
    "import": ("shapes_import", "read meshes and clouds from a folder, a manifest or an array file"),
    "info": ("shapes_info", "tell what a table holds"),
    "make": ("shapes_make", "make shapes from a seed: named objects, or random programs"),
    "render": ("shapes_render", "add pictures of each shape"),
    "teach": ("shapes_teach", "add image and text teachers' features"),
}

EXAMPLES = """  pointrecon shapes import parts/ -o parts.lance --up z
  pointrecon shapes info parts.lance
  pointrecon shapes make named.lance --count 2000
  pointrecon shapes teach parts.lance --text minilm --image multiview"""


def main(argv: list[str]) -> int:
    """Run one sub-command."""
    return dispatch(argv, ["pointrecon", "shapes"], COMMANDS, "Make, fill and describe shape tables.", EXAMPLES)

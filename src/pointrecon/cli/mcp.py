"""``pointrecon mcp``: a collection as tools for language models."""

from pointrecon.parser import CommandParser

EXAMPLES = """\
  # in the settings of a program that speaks MCP: it starts this, and talks over standard input and output
  # {"mcpServers": {"parts": {"command": "pointrecon", "args": ["mcp", "/home/me/parts"]}}}
  pointrecon mcp /home/me/parts
  # a table, by a model of one's own
  pointrecon mcp parts.lance --model runs/parts
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "mcp",
        "Serve a collection to a program with a language model (Model Context Protocol over standard input and "
        "output): search_shapes, find_duplicates, name_shapes, describe_shape, describe_collection. Files are read "
        "inside the named folder only.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="a folder, .zip, manifest or table of shapes")
    parser.collection()
    parser.poses("auto")
    values = parser.read(argv)

    from pointrecon.errors import require

    require("mcp", "server")
    from pointrecon.server.mcp_tools import run_tools

    run_tools(values.pop("data"), **values)

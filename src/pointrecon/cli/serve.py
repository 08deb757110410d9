"""``pointrecon serve``: a collection as an HTTP API and a page to search it with."""

import os

from pointrecon.parser import CommandParser

TOKEN = "POINTRECON_TOKEN"
EXAMPLES = """\
  # a folder: its table is made beside it, and later kept up to date; then open the address that is printed
  pointrecon serve parts/
  # the same questions from a program
  curl -F file=@bracket.step http://127.0.0.1:8765/api/search
  curl -G --data-urlencode "words=a hex bolt" --data-urlencode "where=volume < 5000" http://127.0.0.1:8765/api/search
  # for others in the office, who need the token: their first address is http://HOST:8765/?token=...
  POINTRECON_TOKEN=$(openssl rand -hex 16) pointrecon serve parts.lance --host 0.0.0.0
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "serve",
        "Serve a collection over HTTP: a page to search it with, and an API for programs, documented at /docs. Only "
        "this machine can ask, unless --host says otherwise. Ctrl-C ends it.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="a folder, .zip, manifest or table of shapes")
    parser.option("--host", "127.0.0.1", "address to serve at; 0.0.0.0: all that others reach this machine by")
    parser.option("--port", 8765, "0 for any that is free")
    parser.option("--token", None, f"what every request has to tell (or {TOKEN} in the environment, which ps hides)")
    parser.option("--max-upload", "200MB", "most that one request may send")
    parser.collection()
    parser.poses("auto")
    values = parser.read(argv)
    values["token"] = values["token"] or os.environ.get(TOKEN) or None

    from pointrecon.server.serving import serve

    serve(values.pop("data"), **values)

"""The hits of a search as one HTML page with pictures, to be opened without a network."""

from html import escape
from importlib.resources import files
from pathlib import Path

from pointrecon.files import write_text
from pointrecon.progress import plural
from pointrecon.retrieval.hits import Hits

_STYLE = """.hits{display:flex;flex-wrap:wrap;gap:10px}.hits .cell{width:172px;flex:none}
.hits figcaption{overflow-wrap:anywhere}"""


def write_search_page(hits: Hits, out: str | Path) -> None:
    """Write the page, whole or not at all; one that is there gives way."""
    style = files("pointrecon.reports").joinpath("page.css").read_text("utf-8")
    notes = "".join(f"<p class=intro>note: {escape(note)}</p>" for note in hits.notes)
    write_text(
        Path(out),
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(hits.query)}</title><style>{style}{_STYLE}</style></head><body>"
        f"<header><p class=kicker>pointrecon search</p><h1>{escape(hits.query)}</h1>"
        f"<p class=sub>{escape(hits.index.columns.name)} · {plural(len(hits.index.columns), 'shape')}</p></header>"
        f"<main>{notes}{hits.gallery()}</main></body></html>\n",
    )

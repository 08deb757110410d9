"""The hits of a search as one HTML page with pictures, to be opened without a network."""

from html import escape
from pathlib import Path

from pointrecon.files import write_text
from pointrecon.progress import plural
from pointrecon.reports.page import page_head, page_header
from pointrecon.retrieval.hits import Hits

_STYLE = """.hits{display:flex;flex-wrap:wrap;gap:10px}.hits .cell{width:172px;flex:none}
.hits figcaption{overflow-wrap:anywhere}"""


def write_search_page(hits: Hits, out: str | Path) -> None:
    """Write the page, whole or not at all; one that is there gives way."""
    notes = "".join(f"<p class=intro>note: {escape(note)}</p>" for note in hits.notes)
    about = f"{hits.index.columns.name} · {plural(len(hits.index.columns), 'shape')}"
    write_text(
        Path(out),
        f"{page_head(hits.query, _STYLE)}{page_header('search', hits.query, about)}"
        f"<main>{notes}{hits.gallery()}</main></body></html>\n",
    )

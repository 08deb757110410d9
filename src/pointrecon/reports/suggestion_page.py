"""Shapes to label next as one HTML page with pictures, where classes are written and saved as CSV, offline."""

from html import escape
from pathlib import Path

from pointrecon.files import write_text
from pointrecon.labeling.suggesting import Suggestions
from pointrecon.progress import plural
from pointrecon.reports.page import page_head, page_header
from pointrecon.shapes.pictures.thumbnails import data_address, thumbnails

_SIZE = 160
_STYLE = """
.asked{display:flex;flex-wrap:wrap;gap:1rem}.asked figure{width:11rem;margin:0}.asked img{width:100%}
.asked figcaption{overflow-wrap:anywhere;font-size:.8rem}.asked input{width:100%;box-sizing:border-box}
"""
_SCRIPT = r"""
const formula = /^([=@\t\r]|[+-](?!\d*\.?\d+(?:[eE][+-]?\d+)?$))/;  // for spreadsheets: as the other CSV files are
document.getElementById("save").onclick = () => {
  const quoted = text => '"' + (formula.test(text) ? "'" : "") + text.replaceAll('"', '""') + '"';
  const rows = [...document.querySelectorAll(".asked input")].filter(one => one.value.trim());
  const text = ["id,class", ...rows.map(one => quoted(one.dataset.id) + "," + quoted(one.value.trim()))].join("\r\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text + "\r\n"], {type: "text/csv"}));
  link.download = "confirmed.csv";
  link.click();
};
"""


def write_suggestion_page(found: Suggestions, out: Path) -> None:
    """Write the page, whole or not at all. InputError where Pillow is not installed."""
    pictures = thumbnails(found.shapes, found.places, size=_SIZE)
    cards = []
    for row, picture in zip(found.rows, pictures, strict=True):
        told = f"{row['proposed']} {row['confidence']:.2f}, or {row['runner_up']}" if row["proposed"] else ""
        cards.append(
            f"<figure class=card><img src='{data_address(picture)}' alt=''>"
            f'<input list=classes data-id="{escape(row["id"])}" placeholder="{escape(row["proposed"] or "class")}">'
            f"<figcaption>{escape(row['id'])}<br>{escape(told)}<br>{escape(row['why'])}</figcaption></figure>"
        )
    options = "".join(f'<option value="{escape(name)}">' for name in found.classes)
    title, about = "What to label next", f"{found.shapes.name} · {plural(len(found.places), 'shape')}"
    write_text(
        out,
        f"{page_head(title, _STYLE)}{page_header('label', title, about)}<main>"
        "<p class=intro>Write a class under each shape you know, save the CSV, and give it to <code>pointrecon label "
        f"{escape(found.shapes.name)} --from confirmed.csv</code>. <button id=save>Save confirmed.csv</button></p>"
        f"<datalist id=classes>{options}</datalist><div class=asked>{''.join(cards)}</div></main>"
        f"<script>{_SCRIPT}</script></body></html>\n",
    )

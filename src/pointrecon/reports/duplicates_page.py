"""The duplicates of a collection as one HTML page, side by side with the file to keep; no network."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from pointrecon.files import write_text
from pointrecon.progress import plural
from pointrecon.reports.page import page_head, page_header
from pointrecon.retrieval.found_duplicates import DUPLICATE_KINDS, Duplicates
from pointrecon.shapes.pictures.thumbnails import data_address, thumbnails

MOST = 2000  # files that are shown
_PIXELS = 96
_STYLE = """.group{display:flex;gap:10px;align-items:flex-start;border-top:1px solid var(--line);padding:12px 0}
.group .cell{width:150px;flex:none}.others{display:flex;flex-wrap:wrap;gap:10px}.cell.keep{border-color:var(--good)}
.cell small{display:block;overflow-wrap:anywhere}.cell b{font-weight:650}.cell.spare{border-style:dashed}
[hidden]{display:none!important}
"""
_SCRIPT = """for(const box of document.querySelectorAll("input[data-kind]"))box.onchange=()=>{
for(const cell of document.querySelectorAll(`.cell[data-kind="${box.dataset.kind}"]`))cell.hidden=!box.checked;
for(const group of document.querySelectorAll(".group"))
group.hidden=![...group.querySelectorAll(".others .cell")].some(cell=>!cell.hidden)}"""


def write_duplicates_page(found: Duplicates, out: str | Path) -> None:
    """Write the page, whole or not at all: a row for each group, as they are ordered, with pictures of the files.

    Of more than `MOST` files the first are shown, and the page says so. InputError where Pillow is not installed.
    """
    shown, count = [], 0
    for group in found.groups:
        room = MOST - count - 1
        if room < 1:
            break
        shown.append((group.keep, [one.place for one in group.others[:room]]))
        count += 1 + len(shown[-1][1])
    places = [place for keep, others in shown for place in (keep, *others)]
    pictures = dict(zip(places, thumbnails(found.shapes, places, size=_PIXELS), strict=True))
    every = [place for group in found.groups for place in (group.keep, *(one.place for one in group.others))]
    rows = dict(zip(every, found.rows(), strict=True))
    body = "".join(_group(keep, others, rows, pictures) for keep, others in shown)
    boxes = "".join(
        f"<label><input type=checkbox checked data-kind={kind}> {kind} ({count})</label> "
        for kind, count in found.counts().items()
    )
    title = f"Copies and variants: {plural(len(every) - len(found.groups), 'file')}"
    about = (
        f"{found.shapes.name} · {plural(len(found.shapes), 'shape')}, {plural(len(found.groups), 'group')}. Left the "
        "one to keep; dashed are files that hold nothing it lacks. Nothing was deleted."
    )
    notes = [*found.notes, *([f"the first {len(places)} of {len(every)} files are shown"] * (len(places) < len(every)))]
    write_text(
        Path(out),
        f"{page_head('Duplicates', _STYLE)}{page_header('duplicates', title, about)}<main>"
        f"{''.join(f'<p class=intro>note: {escape(note)}</p>' for note in notes)}"
        f"<p>{boxes}</p>{body}</main><script>{_SCRIPT}</script></body></html>\n",
    )


def _group(keep: int, others: Sequence[int], rows: dict[int, dict[str, Any]], pictures: dict[int, bytes]) -> str:
    cells = "".join(_cell(rows[place], pictures[place], rows[keep]["id"]) for place in others)
    return f"<section class=group>{_cell(rows[keep], pictures[keep], '')}<div class=others>{cells}</div></section>"


def _cell(row: dict[str, Any], picture: bytes, keep: str) -> str:
    kind = row["kind"] or "keep"
    assert kind in (*DUPLICATE_KINDS, "keep")
    size = " × ".join(f"{row[name]:.4g}" for name in ("extent_x", "extent_y", "extent_z") if row[name] is not None)
    faces = plural(row["faces"], "triangle") if row["faces"] else ""
    of = f"of {row['of']}" if row["of"] not in (None, keep) else ""
    lines = [row["words"], of, " ".join(filter(None, (size, row["unit"]))), faces, (row["modified"] or "")[:10]]
    told = "".join(f"<small>{escape(line)}</small>" for line in lines if line)
    return (
        f'<figure class="cell {row["proposal"]}" data-kind="{kind}"><img src="{data_address(picture)}" '
        f'width={_PIXELS} height={_PIXELS} alt=""><figcaption><b>{kind}</b>'
        f"<small>{escape(row['file'])}</small>{told}</figcaption></figure>"
    )

"""Books, and books in a row."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import Mesh, arc, box, prism, sweep


def _volume(width: float, high: float, thick: float, rounded_spine: bool) -> Mesh:
    """A closed book that stands on y = 0, its spine toward -x, `thick` along z."""
    cover = min(0.03, thick * 0.2)
    parts = [place(board(width, high, cover), (0, 0, s * (thick - cover) / 2)) for s in (-1, 1)]
    parts.append(place(board(width * 0.95, high * 0.95, thick - 2 * cover), (-width * 0.01, high * 0.025, 0)))
    if rounded_spine:
        bow = arc(thick * 0.35, thick / 2, 0.25, 0.75, 9)[:, :2]
        flat = np.concatenate([bow, bow[::-1] * (0.6, 0.8)])
        parts.append(place(place(prism(flat, high), (0, 0, 0), rx=-90), (-width / 2, high / 2, 0)))
    else:
        parts.append(place(board(cover, high, thick), (-width / 2, 0, 0)))
    return merge(parts)


def book(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "closed", "closed", "open", "open", "half-open", "stacked", "old")
    width, high, thick = span(rng, 0.6, 1.0), span(rng, 0.85, 1.2), span(rng, 0.06, 0.35)
    lying = chance(rng, 0.6)
    facts = [f"{'many' if thick > 0.2 else 'few'} pages"]
    if kind == "open":
        t = np.linspace(0, 1, 12)
        arch, fall = span(rng, 0.05, 0.16), span(rng, 0.0, 0.12)
        top = 0.03 + thick * 0.5 * (1 - fall * t) * np.minimum(1, 0.3 + 4 * t) + arch * np.sin(np.pi * t**0.6) * 0.6
        side = np.stack(
            [np.concatenate([t * width, t[::-1] * width]), np.concatenate([0 * t + 0.02, top[::-1]])], axis=1
        )
        kit.pair("pages", prism(side, high * 0.96))
        lift = span(rng, 0, 14)
        kit.pair("cover", place(box(width * 1.04, 0.025, high), (width * 0.52, 0, 0)), rz=lift * 0.2)
        kit.add("cover", box(0.16, 0.03, high), (0, -0.01, 0))
        if mark := chance(rng, 0.3):
            kit.add("ribbon", box(0.04, 0.012, high * 1.3), (0.02, 0.05 + thick * 0.2, 0.1))
        if leaf := chance(rng, 0.4):
            page = sweep(
                np.array([(0, 0, 0), (0.1, 0.25, 0), (0.15, 0.5, 0), (0.05, 0.75, 0)]) * (1, width, 1),
                np.array([(-0.006, -0.5), (0.006, -0.5), (0.006, 0.5), (-0.006, 0.5)]) * (1, high * 0.94),
            )
            kit.add("leaf", page, (0, 0.06, 0))
        facts += ["a ribbon" if mark else "", "a page being turned" if leaf else ""]
        built = kit.finish([kind], facts, "volume")
        return built
    if kind == "half-open":
        spread_ = span(rng, 15, 75)
        cover = place(board(width, high, 0.035), (width / 2, 0, 0))
        block = place(board(width * 0.94, high * 0.95, max(thick * 0.5, 0.05)), (width * 0.48, high * 0.025, 0))
        for s in (-1, 1):
            kit.add("cover", cover, ry=-90 + s * spread_ / 2)
            kit.add("pages", place(block, (0, 0, s * thick * 0.25)), ry=-90 + s * (spread_ / 2) * 0.85)
        for k in range(leaves := count(rng, 0, 4)):
            kit.add(
                "leaf",
                place(board(width * 0.92, high * 0.93, 0.008), (width * 0.46, 0.03, 0)),
                ry=-90 + (k - 1.5) * spread_ / 6,
            )
        return kit.finish(["standing", kind], ["loose leaves" if leaves else "", *facts], "volume")
    stack_of = count(rng, 2, 5) if kind == "stacked" else 1
    level = 0.0
    for _ in range(stack_of):
        w, h, d = (v * span(rng, 0.8, 1.1) for v in (width, high, thick))
        turn = span(rng, -25, 25) if stack_of > 1 else 0.0
        one = _volume(w, h, d, kind == "old" or chance(rng, 0.4))
        if lying or stack_of > 1:
            kit.add("book", place(place(one, (0, -h / 2, 0)), rx=-90), (0, level + d / 2, 0), ry=turn)
            level += d
        else:
            kit.add("book", one, ry=span(rng, 0, 90))
    if kind == "old":
        if lying:
            for z in np.linspace(-0.35, 0.35, 4) * high:
                kit.add("spine band", box(0.06, thick * 0.9, 0.05), (-width * 0.62, thick * 0.05, float(z)))
            kit.add("clasp", box(0.03, thick * 1.02, 0.12), (width / 2, 0, 0.2 * high))
        facts.append("spine bands" if lying else "")
    words = ["stacked" if stack_of > 1 else kind, "lying" if lying or stack_of > 1 else "standing"]
    return kit.finish(
        words,
        [f"{some(stack_of, 'volume')}" if stack_of > 1 else "", *facts],
        "stack of books" if stack_of > 1 else "volume",
    )


def row_of_books(kit: Assembly, rng: np.random.Generator) -> Built:
    n, x = count(rng, 4, 14), 0.0
    deep, tall = span(rng, 0.5, 0.75), span(rng, 0.75, 1.1)
    same = chance(rng, 0.35)
    leaning = count(rng, 0, 2)
    thick, high = span(rng, 0.08, 0.2), tall
    for i in range(n):
        if not same:
            thick, high = span(rng, 0.05, 0.24), tall * span(rng, 0.65, 1.0)
        one = place(_volume(deep * span(rng, 0.85, 1.0), high, thick, chance(rng)), ry=-90)
        if i >= n - leaning:
            lean = span(rng, 8, 22)
            kit.add("book", place(place(one, (thick / 2, 0, 0)), rz=lean), (x + high * np.sin(np.radians(lean)), 0, 0))
            x += thick * 1.1
        else:
            kit.add("book", one, (x + thick / 2, 0, 0))
            x += thick
    ends = one_of(rng, "", "", "a shelf board", "bookends")
    if ends == "a shelf board":
        kit.add("shelf", box(x * 1.3 + 0.4, 0.06, deep * 1.15), (x / 2, -0.06, 0))
    elif ends:
        kit.add("bookend", box(0.04, tall * 0.7, deep * 0.7), (-0.02, 0, 0))
        kit.add("bookend", box(0.4, 0.02, deep * 0.7), (-0.2, 0, 0))
    lean_word = some(leaning, "leaning book") if leaning else "no leaning books"
    return kit.finish(
        ["even" if same else "uneven"],
        [some(n, "book"), lean_word, ends],
        "shelf of books" if ends == "a shelf board" else "set of books",
    )


BUILDERS = (book, row_of_books)

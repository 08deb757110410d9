"""Places that people see from far or meet at: lighthouse, stadium, gazebo."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, around, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, sized, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, circle, cylinder, dome, lathe, rod, tube
from pointrecon.shapes.made.parametric.places.facades import column, copies, gable, shaped


def lighthouse(kit: Assembly, rng: np.random.Generator) -> Built:
    high, word = sized(rng, 1.2, 2.4, "short", "tall")
    wide, sides = span(rng, 0.18, 0.34), one_of(rng, 6, 8, 20, 20)
    skeleton = chance(rng, 0.15)
    top = wide * span(rng, 0.5, 0.75)
    if skeleton:
        legs = one_of(rng, 4, 6)
        kit.add("tower", around(rod((wide * 1.5, 0, 0), (top, high, 0), 0.03), legs))
        for f in (0.3, 0.6, 0.85):
            r = wide * 1.5 + (top - wide * 1.5) * f
            kit.add("tower", tube(r * 1.02, r * 0.9, 0.03, legs * 2), (0, high * f, 0))
        kit.add("tower", cylinder(0.07, high, segments=8))
    else:
        bend = span(rng, 0.0, 0.25)
        levels = np.linspace(0, 1, 7)
        scale = 1.0 + (top / wide - 1.0) * levels + bend * (1 - levels) ** 4
        kit.add("tower", shaped(circle(sides) * wide, levels * high, scale))
        stripes = one_of(rng, 0, 0, 2, 3, 4)
        for i in range(stripes):
            f = (i + 0.6) / (stripes + 0.3)
            r = wide * (1.0 + (top / wide - 1.0) * f) * 1.05
            kit.add("stripe", cylinder(r, high * 0.1, r * 0.98, sides), (0, high * f - high * 0.05, 0))
        for i in range(count(rng, 0, 3)):
            f = 0.25 + 0.22 * i
            kit.add("window", box(0.07, 0.12, 0.1), (0, high * f, wide * (1.0 + (top / wide - 1.0) * f)))
    kit.add("gallery", cylinder(top * 1.5, 0.05, top * 1.6, 20), (0, high, 0))
    posts = around(place(box(0.014, 0.13, 0.014), (top * 1.5, 0, 0)), 12)
    kit.add(
        "gallery", merge([posts, place(tube(top * 1.53, top * 1.46, 0.015, 20), (0, 0.12, 0))]), (0, high + 0.05, 0)
    )
    kit.add("lantern", cylinder(top * 0.8, 0.24, segments=one_of(rng, 8, 12)), (0, high + 0.05, 0))
    cap = dome(top, top * 0.9, 14) if chance(rng) else cylinder(top * 1.05, top * 1.1, 0.01, 12)
    kit.add("lantern", cap, (0, high + 0.29, 0))
    base = one_of(rng, "a keeper's house", "a rock below", "a round base", "")
    if "house" in base:
        w, d, h = span(rng, 0.5, 0.8), span(rng, 0.4, 0.6), span(rng, 0.25, 0.4)
        kit.add("house", box(w, h, d), (w * 0.5 + wide * 0.6, 0, 0))
        kit.add("house", gable(d, w, 0.22), (w * 0.5 + wide * 0.6, h, 0), ry=90)
    elif "rock" in base:
        rough = circle(9) * (wide * 2.4) * (1.0 + 0.25 * rng.random(9))[:, None]
        kit.add("rock", shaped(rough, [-0.35, -0.15, 0.02], [1.15, 1.0, 0.7]))
    elif base:
        kit.add("rock", cylinder(wide * 1.9, 0.15, wide * 1.7, 18), (0, -0.1, 0))
    return kit.finish([word, "skeleton" if skeleton else ""], ["a gallery", "a lantern room", base], "beacon tower")


def stadium(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "oval", "oval", "round", "four-sided", "four-sided", "horseshoe")
    long, tiers, rise = span(rng, 1.0, 1.6), count(rng, 3, 9), span(rng, 0.15, 0.5)
    inner, step, up = 0.62, 0.38 / tiers, rise / tiers
    roof = one_of(rng, "an open top", "a roof ring", "a roof ring", "floodlights")
    if kind == "four-sided":
        for turn in (0, 90, 180, 270):
            w, d = (1.3, long * 0.62) if turn % 180 == 0 else (long * 1.05, 0.72)
            rows = [place(box(w, up * (i + 1), step), (0, 0, d + step * (i + 0.5))) for i in range(tiers)]
            kit.add("stand", merge(rows), ry=turn)
            if "roof" in roof:
                kit.add("roof", place(box(w, 0.03, 0.4), (0, rise * 1.5, d + 0.28)), ry=turn)
                posts = copies(box(0.03, rise * 1.5, 0.03), [(x, 0, d + 0.42) for x in spread(4, w)])
                kit.add("roof", posts, ry=turn)
    else:
        stretch = 1.0 if kind == "round" else long
        profile = [(1.02, 0.0), (1.05, rise)]
        for i in reversed(range(tiers)):
            profile += [(inner + step * (i + 1), up * (i + 1)), (inner + step * i, up * (i + 1))]
        profile.append((inner, 0.0))
        segments = one_of(rng, 20, 32, 40)
        bowl = lathe(profile, segments, wrap=True)
        if kind == "horseshoe":
            keep = bowl.vertices[bowl.faces][:, :, 2].mean(axis=1) < 0.45
            bowl = Mesh(bowl.vertices, bowl.faces[keep])
        kit.add("stand", Mesh(bowl.vertices * (1.0, 1.0, stretch), bowl.faces))
        if "roof" in roof and kind != "horseshoe":
            inside = span(rng, 0.7, 0.85)
            section = [(inside, rise * 1.45), (1.1, rise * 1.2), (1.1, rise * 1.27), (inside, rise * 1.5)]
            ring = lathe(section, segments, wrap=True)
            kit.add("roof", Mesh(ring.vertices * (1.0, 1.0, stretch), ring.faces))
            posts = around(place(box(0.03, rise * 1.25, 0.03), (1.06, 0, 0)), 16)
            kit.add("roof", Mesh(posts.vertices * (1.0, 1.0, stretch), posts.faces))
        elif "roof" in roof:
            roof = "an open end"
    field = box(0.8, 0.02, 1.1 * (long if kind != "round" else 1.0) * 0.85)
    kit.add("field", field)
    if chance(rng, 0.4):
        kit.pair("goal", box(0.2, 0.08, 0.02), (0, 0.02, 0.44 * (long if kind != "round" else 1.0)), axis=2)
    if roof == "floodlights":
        tall = rise * span(rng, 1.8, 2.8)
        kit.corners("lamp", cylinder(0.025, tall, segments=6), (0.85, 0, 0.8 * long))
        kit.corners("lamp", box(0.16, 0.12, 0.03), (0.85, tall, 0.8 * long))
    return kit.finish([kind], [some(tiers, "row", "rows") + " of steps", roof, "a playing field"], "sports arena")


def gazebo(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "round", "round", "rectangular", "pergola", "oriental")
    radius, high, thick = span(rng, 0.5, 0.8), span(rng, 0.6, 0.9), span(rng, 0.02, 0.045)
    rail = chance(rng, 0.65)
    if kind in ("rectangular", "pergola"):
        width, depth = radius * 2 * span(rng, 0.8, 1.3), radius * 2 * span(rng, 0.7, 1.5)
        posts = count(rng, 2, 4)
        at = [(s * width / 2, 0.0, z) for s in (-1, 1) for z in np.linspace(-depth / 2, depth / 2, posts)]
        kit.add("post", copies(box(thick * 2, high, thick * 2) if chance(rng) else column(thick, high), at))
        if kind == "pergola":
            kit.pair("roof", box(thick * 2, 0.06, depth * 1.2), (width / 2, high, 0))
            slats = count(rng, 6, 12)
            kit.add(
                "roof", copies(box(width * 1.3, 0.06, 0.03), [(0, high + 0.06, z) for z in spread(slats, depth * 1.15)])
            )
            said = some(slats, "roof slat")
        else:
            rise, ridge = span(rng, 0.2, 0.5), one_of(rng, 0.05, 0.5)
            kit.add("roof", box(width * 1.2, rise, depth * 1.2, (0.05, ridge)), (0, high, 0))
            said = "a hipped roof"
        if rail:
            kit.pair("rail", box(0.025, 0.03, depth), (width / 2, high * 0.4, 0))
            kit.pair("rail", copies(box(0.018, high * 0.4, 0.018), [(width / 2, 0, z) for z in spread(12, depth)]))
        kit.add("floor", box(width * 1.15, 0.08, depth * 1.15), (0, -0.08, 0))
        sides = 4
    else:
        sides = one_of(rng, 5, 6, 6, 8, 8, 10)
        post = cylinder(thick, high, segments=8) if chance(rng) else column(thick, high)
        kit.add("post", around(place(post, (radius, 0, 0)), sides, 0.5 / sides))
        outline = circle(sides, 0.5 / sides) * radius
        rise = span(rng, 0.3, 0.6)
        if kind == "oriental":
            levels = np.array([-0.02, 0.02, 0.3, 0.7, 1.0]) * rise
            kit.add("roof", shaped(outline, levels, [1.45, 1.4, 0.8, 0.35, 0.02]), (0, high, 0))
            said = "a curved roof"
        elif chance(rng, 0.25):
            kit.add("roof", dome(radius * 1.1, rise, sides * 2), (0, high, 0))
            said = "a domed roof"
        else:
            kit.add("roof", shaped(outline, [0, 0.02, rise], [1.2, 1.2, 0.03]), (0, high, 0))
            said = "a pointed roof"
        if chance(rng, 0.5):
            kit.add("finial", ball(0.05, 0.06, 0.05, 10), (0, high + rise, 0))
            kit.add("finial", cylinder(0.012, 0.2, segments=6), (0, high + rise, 0))
        kit.add("floor", shaped(outline * 1.12, [-0.1, 0.0]))
        if rail:
            for i in range(sides):
                if i != sides // 4:  # the entrance
                    a, b = outline[i], outline[(i + 1) % sides]
                    for y in (high * 0.12, high * 0.4):
                        kit.add("rail", rod((float(a[0]), y, float(a[1])), (float(b[0]), y, float(b[1])), 0.014))
    steps = count(rng, 0, 3)
    for i in range(steps):
        kit.add("floor", box(0.35, 0.035, 0.12), (0, -0.1 + 0.03 * i - 0.02, radius * 1.25 + 0.1 * (steps - i)))
    if bench := chance(rng, 0.3):
        kit.add("bench", box(radius * 0.9, 0.03, 0.18), (0, 0.18, -radius * 0.4))
        kit.pair("bench", box(0.03, 0.18, 0.15), (radius * 0.4, 0, -radius * 0.4))
    facts = [
        said,
        "a railing" if rail else "open sides",
        some(steps, "step") if steps else "",
        "a bench" if bench else "",
    ]
    return kit.finish([f"{number(sides)}-sided"], facts, "pavilion")


BUILDERS = (lighthouse, stadium, gazebo)

"""Cutlery, upright along y with the handle down: knife, spoon, fork."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import Mesh, box, lathe, slab, sweep
from pointrecon.shapes.made.parametric.tools import handle


def _wire(long: float, width: float, thick: float) -> Mesh:
    """The flat, widening handle of a spoon or fork."""
    y = np.linspace(0, long, 5)
    half = width * np.array([0.8, 1.0, 0.8, 0.45, 0.35])
    return slab(y, -half, half, thick)


def knife(kit: Assembly, rng: np.random.Generator) -> Built:
    grip, kind = handle(rng, span(rng, 0.35, 0.55), span(rng, 0.035, 0.06))
    top = float(grip.vertices[:, 1].max())
    kit.add("handle", grip)
    long, said = sized(rng, 0.4, 1.1, "short", "long")
    wide = span(rng, 0.05, 0.2)
    shape = one_of(rng, "pointed", "rounded", "square", "curved")
    t = np.linspace(0, 1, 7)
    edge = {
        "pointed": 1 - t**2 * 0.98,
        "rounded": np.sqrt(np.maximum(1 - t**4, 0.0004)),
        "square": np.ones(7),
        "curved": 1 - t**2 * 0.98,
    }[shape]
    lean = 0.12 * t * t if shape == "curved" else 0 * t
    kit.add("blade", slab(t * long, -0.03 + lean, -0.03 + lean + wide * edge, 0.02), (0, top, 0))
    if guard := chance(rng, 0.25):
        kit.add("guard", box(wide + 0.15, 0.03, 0.06), (0.02, top, 0))
    return kit.finish([said, shape], [kind, "a guard" if guard else ""], "blade")


def spoon(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.5, 1.1, "short", "long")
    kit.add("handle", _wire(long, span(rng, 0.04, 0.08), 0.025))
    width, size = span(rng, 0.11, 0.24), span(rng, 0.16, 0.28)
    deep = one_of(rng, "flat", "deep", "ladle-like")
    depth = {"flat": 0.04, "deep": 0.1, "ladle-like": 0.2}[deep]
    cup = lathe(np.stack([np.sin(np.linspace(0, 1.57, 6)), -np.cos(np.linspace(0, 1.57, 6))], axis=1), 16)
    inner = Mesh(cup.vertices * (0.94, 0.85, 0.94), cup.faces[:, ::-1])
    for shell in (cup, inner):
        tilt = 70 if deep == "ladle-like" else 90
        kit.add("bowl", Mesh(shell.vertices * (width, depth, size), shell.faces), (0, long + size * 0.9, 0.02), rx=tilt)
    return kit.finish([said], [f"a {deep} bowl"], "ladle" if deep[0] == "l" else "tablespoon")


def fork(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.5, 1.1, "short", "long")
    kit.add("handle", _wire(long, span(rng, 0.04, 0.08), 0.03))
    tines, width, size = count(rng, 2, 5), span(rng, 0.16, 0.32), span(rng, 0.22, 0.5)
    y = np.linspace(0, 0.2, 4)
    half = np.array([0.03, 0.35 * width, 0.48 * width, 0.5 * width])
    kit.add("head", slab(y, -half, half, 0.03), (0, long, 0))
    bow = span(rng, 0, 0.12)
    for x in np.linspace(-0.5, 0.5, tines) * width * 0.88:
        path = np.array([(x, 0, 0), (x, size * 0.5, -bow * 0.4), (x, size, 0)])
        kit.add("tine", sweep(path, 0.018, (1, 0, 0), scale=[1, 1, 0.4], around=5), (0, long + 0.18, 0))
    return kit.finish([said], [some(tines, "tine")], "eating fork")


BUILDERS = (knife, spoon, fork)

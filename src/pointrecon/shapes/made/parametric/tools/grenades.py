"""Hand grenades and round bombs."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span
from pointrecon.shapes.made.parametric.meshes import ball, cushion, cylinder, lathe, rounded, sweep, torus


def grenade(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "pineapple-like", "smooth", "stick", "canister", "round fused")
    r, high = span(rng, 0.3, 0.4), span(rng, 0.7, 0.9)
    if kind == "stick":
        kit.add("head", cylinder(r * 0.8, high * 0.7, segments=18), (0, 1.0, 0))
        kit.add("handle", lathe([(0, 0), (0.12, 0), (0.12, 0.1), (0.09, 0.15), (0.1, 1.0), (0, 1.0)], 12))
        kit.add("ring", torus(r * 0.8, 0.02, 18, 5), (0, 1.1, 0))
        return kit.finish([kind], ["a long wooden handle", "a round head"], "hand grenade")
    if kind == "round fused":
        r = span(rng, 0.4, 0.5)
        kit.add("body", ball(r, r, r, 20), (0, r, 0))
        kit.add("neck", cylinder(0.12, 0.14), (0, 2 * r - 0.03, 0))
        s = np.linspace(0, 1, 9)
        kit.add(
            "fuse",
            sweep(np.stack([0.25 * s**2, 2 * r + 0.1 + 0.35 * np.sin(1.8 * s), 0.1 * s], axis=1), 0.022, around=6),
        )
        return kit.finish([kind], ["a curled fuse", "a short neck"], "bomb", "cannon bomb")
    if kind == "canister":
        kit.add("body", cylinder(r * 0.8, high, segments=20))
        for y in (0.1, 0.85):
            kit.add("ring", torus(r * 0.8, 0.02, 20, 5), (0, y * high, 0))
    else:
        kit.add("body", ball(r, high / 2, r, 20), (0, high / 2, 0))
        if kind[0] == "p":
            for level in range(1, rows := count(rng, 4, 6)):
                a = np.pi * (level / rows - 0.5)
                lump = place(cushion(0.11, 0.13, 0.06), (0, high / 2 * (1 + np.sin(a)) - 0.06, r * np.cos(a) * 0.97))
                kit.ring("lump", lump, 8)
    kit.add("cap", cylinder(r * 0.35, 0.16, r * 0.3), (0, high - 0.03, 0))
    lever = [(0, high + 0.14, 0), (r * 0.5, high + 0.12, 0), (r * 1.0, high * 0.85, 0), (r * 1.12, high * 0.35, 0)]
    kit.add("lever", sweep(lever, rounded(0.03, 0.12, 4, 8)))
    pin = chance(rng, 0.75)
    if pin:
        kit.add("ring", torus(0.11, 0.015, 18, 5), (-r * 0.5, high + 0.03, 0), rx=90)
    return kit.finish([kind], ["a lever", "a pull ring" if pin else "its ring pulled out"], "hand grenade", "bomb")


BUILDERS = (grenade,)

"""What animals on four legs have in common: body, neck, legs in a gait, head with snout and ears, tail."""

from typing import NamedTuple

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, tapered
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder

ANIMAL = "four-legged animal"
GAITS = ("standing", "standing", "walking", "running", "lying", "sitting")


class Form(NamedTuple):
    """Lengths relative to a trunk about one long; angles in degrees above the horizon."""

    leg: float  # from the ground to the belly line's middle
    deep: float  # radius of the chest
    waist: float  # of the loins, relative to the chest
    neck: tuple[float, float, float]  # length, angle, radius
    head: tuple[float, float]  # radius of the skull, length of the snout
    thick: float  # radius of a leg at its top
    hoofed: bool = False
    narrow: float = 0.85  # width of the trunk to its height


class Stance(NamedTuple):
    """Where to go on building: the skull's middle, the way it looks (degrees up), the tail's root, the fineness."""

    head: np.ndarray
    look: float
    rump: np.ndarray
    around: int
    gait: str


def varied(rng: np.random.Generator, form: Form, by: float = 0.18) -> Form:
    """The form with each measure changed by up to the fraction `by`."""

    def other(value: float) -> float:
        return value * span(rng, 1 - by, 1 + by)

    neck = (other(form.neck[0]), form.neck[1] + span(rng, -20, 20), other(form.neck[2]))
    return Form(other(form.leg), other(form.deep), other(form.waist), neck, (other(form.head[0]), other(form.head[1])),
                other(form.thick), form.hoofed, other(form.narrow))  # fmt: skip


def _leg(start: np.ndarray, form: Form, swing: float, hind: bool, ground: float, around: int) -> list[Mesh]:
    """A leg from the trunk, swung forward by so many degrees, its knee bent as fore or hind legs do."""
    long = float(start[1]) - ground
    a = np.radians(swing)
    knee = start + long * 0.5 * np.array([0, -np.cos(a), np.sin(a) + (0.12 if hind else 0.05)])
    hock = start + long * np.array([0, -0.72 * np.cos(a * 0.8), 0.75 * np.sin(a) - (0.2 if hind else 0.02)])
    foot = start + long * np.array([0, -0.97 * np.cos(a * 0.7), 0.95 * np.sin(a * 0.9) - (0.1 if hind else 0.0)])
    r = form.thick
    radii = (r * (1.35 if hind else 1.1), r * 0.8, r * 0.5, r * 0.5)
    end: list[Mesh] = [tapered(np.stack([start, knee, hock, foot]), radii, around, 2)]
    if form.hoofed:
        end.append(place(cylinder(r * 0.65, r * 0.9, r * 0.5, 8), (foot + np.array([0, -r * 0.6, r * 0.1])).tolist()))
    else:
        end.append(place(ball(r * 0.6, r * 0.4, r * 0.95, 8), (foot + np.array([0, -r * 0.1, r * 0.5])).tolist()))
    return end


def trunk_and_legs(kit: Assembly, rng: np.random.Generator, form: Form, gait: str) -> Stance:
    """Add the trunk with its legs and neck, chest at z = 0.5 and rump at -0.5."""
    around = one_of(rng, 5, 6, 8, 10)
    leg, deep = form.leg, form.deep
    low = {"lying": deep * 0.9, "sitting": leg}.get(gait, leg)
    sag, hump = span(rng, -0.04, 0.05), span(rng, -0.04, 0.08)
    tilt = span(rng, 28, 55) if gait in ("sitting", "rearing") else span(rng, -4, 6)
    a = np.radians(tilt)

    def at(z: float, y: float) -> np.ndarray:
        """A point of the trunk, turned up about the rump by `tilt`."""
        z += 0.5
        base = deep * form.waist * 1.1 if gait == "sitting" else low
        return np.array([0.0, base + z * np.sin(a) + y * np.cos(a), -0.5 + z * np.cos(a) - y * np.sin(a)])

    line = np.stack([at(-0.5, 0), at(-0.3, 0.01), at(0.0, sag), at(0.28, hump), at(0.47, 0.02)])
    radii = [deep * k for k in (form.waist * 0.75, form.waist * 1.05, (1 + form.waist) / 2, 1.0, 0.7)]
    kit.add("body", limb(*np.column_stack([line, radii]).tolist(), around=around + 4, wide=form.narrow, smooth=3))
    long, up, thick = form.neck
    b = np.radians(up)
    way = np.array([0, np.sin(b), np.cos(b)])
    chest = at(0.38, deep * 0.25)
    bend = np.array([0, -0.06, 0.06]) * long
    neck = np.stack([chest - way * deep * 0.1, chest + way * long * 0.5 + bend, chest + way * long])
    kit.add("body", tapered(neck, (max(deep * 0.6, thick * 1.2), thick * 1.1, thick), around + 2, 3))
    half = deep * form.narrow * 0.55
    stride = {"walking": 22.0, "running": 38.0}.get(gait, 3.0)
    for side in (1, -1):
        for hind in (False, True):
            start = at(-0.38 if hind else 0.34, -deep * 0.25) + np.array([side * half, 0, 0])
            swing = side * stride * (-1 if hind else 1) + span(rng, -5, 5)
            if gait == "running":
                swing = (stride if not hind else -stride) + side * 10
            if gait == "lying" or (gait == "sitting" and hind):
                knee = start + np.array([side * form.thick, deep * 0.1, 0.22 * (1 if hind else -0.3)])
                foot = np.array(
                    [start[0] + side * form.thick * 0.6, form.thick * 0.5, start[2] + leg * (0.45 if hind else 0.6)]
                )
                middle = np.array([foot[0], form.thick * 0.6, start[2] + 0.05])
                radii = [form.thick * k for k in (1.4, 1.2, 0.7, 0.5)]
                kit.add("leg", tapered(np.stack([start, knee, middle, foot]), radii, around, 2))
                continue
            if gait == "rearing" and not hind:
                swing = 60 + side * span(rng, 0, 20)
            free = gait == "rearing" and not hind
            for mesh in _leg(start, form, swing, hind, float(start[1]) - leg if free else 0.0, around):
                kit.add("leg", mesh)
    look = one_of(rng, 0.0, 0.0, span(rng, -30, 25))
    return Stance(neck[-1], look, at(-0.5, deep * form.waist * 0.3), around, gait)


def on_head(own: Stance, turn: float, mesh: Mesh) -> Mesh:
    """A mesh built about the skull's middle, its front along +z, put where the head is and turned as it looks."""
    return place(place(mesh, rx=-own.look, ry=turn), own.head.tolist())


def head(kit: Assembly, rng: np.random.Generator, own: Stance, form: Form, *, blunt: float = 0.6, drop: float = 0.15,
         jaw: bool = False) -> float:  # fmt: skip
    """Add skull and snout; `blunt` is how thick the snout's end is, `drop` how far it sinks. Gives the head's turn."""
    r, snout = form.head
    turn = one_of(rng, 0.0, span(rng, -40, 40))
    front = r * 0.4 + snout
    line = np.array([(0, 0.02, -r * 0.5), (0, 0.03, r * 0.25), (0, -drop * snout - r * 0.15, front * 0.65),
                     (0, -drop * 1.4 * snout - r * 0.2, front)])  # fmt: skip
    pieces = [tapered(line, (r * 0.85, r, r * (0.45 + blunt * 0.4), r * blunt), own.around + 2, 3)]
    if jaw:
        low = np.array(
            [(0, -r * 0.5, 0), (0, -drop * snout - r * 0.75, front * 0.6), (0, -drop * snout - r * 0.85, front * 0.85)]
        )
        pieces.append(tapered(low, (r * 0.5, r * 0.35, r * 0.25), own.around, 2))
    nose = ball(r * 0.22, r * 0.16, r * 0.2, 7)
    pieces.append(place(nose, (0, -drop * 1.4 * snout - r * 0.1, front + r * blunt * 0.75)))
    if chance(rng, 0.6):
        eye = place(ball(r * 0.16, r * 0.16, r * 0.16, 7), (r * 0.72, r * 0.35, r * 0.55))
        pieces += [eye, mirror(eye, 0)]
    for mesh in pieces:
        kit.add("head", on_head(own, turn, mesh))
    return turn


def ears(kit: Assembly, own: Stance, turn: float, r: float, kind: str, size: float) -> None:
    """Add two ears of this kind to a skull of radius r: pointed, round, drooping, long or sideways."""
    flat = {
        "pointed": limb((0, 0, 0, r * 0.4), (0, r * 0.9 * size, 0, r * 0.02), wide=0.9, smooth=2),
        "round": ball(r * 0.5 * size, r * 0.5 * size, r * 0.14),
        "long": limb(
            (0, 0, 0, r * 0.25), (0, r * 1.4 * size, 0, r * 0.36), (0, r * 2.6 * size, -r * 0.2, r * 0.1), wide=1.0
        ),
        "drooping": limb((0, 0, 0, r * 0.3), (r * 0.5, -r * 0.1, 0, r * 0.4), (r * 0.65, -r * 1.3 * size, 0, r * 0.25)),
        "sideways": limb((0, 0, 0, r * 0.2), (r * 0.6 * size, r * 0.05, 0, r * 0.3), (r * 1.3 * size, 0, 0, r * 0.05)),
    }[kind]
    squeezed = Mesh(flat.vertices * (1, 1, 0.55 if kind != "round" else 1), flat.faces)
    ear = place(squeezed, (r * 0.55, r * (0.65 if kind not in ("drooping", "sideways") else 0.5), -r * 0.15),
                rz=-18 if kind in ("pointed", "long", "round") else 0)  # fmt: skip
    for mesh in (ear, mirror(ear, 0)):
        kit.add("head", on_head(own, turn, mesh))


def tail(kit: Assembly, rng: np.random.Generator, own: Stance, long: float, thick: float, kind: str) -> None:
    """Add a tail: hanging, raised, curled, bushy, level, tufted or stubby."""
    root, side = own.rump, span(rng, -0.3, 0.3) * long
    ways = {
        "hanging": [(0, 0, 0), (0, -0.1, -0.18), (0, -0.55, -0.3), (0, -0.95, -0.25)],
        "raised": [(0, 0, 0), (0, 0.25, -0.3), (0, 0.65, -0.4), (0, 0.95, -0.3)],
        "curled": [(0, 0, 0), (0, 0.4, -0.25), (0, 0.65, 0.0), (0, 0.4, 0.15)],
        "bushy": [(0, 0, 0), (0, -0.1, -0.3), (0, -0.2, -0.65), (0, -0.1, -1)],
        "level": [(0, 0, 0), (0, 0.05, -0.35), (0, 0.0, -0.7), (0, 0.1, -1)],
        "tufted": [(0, 0, 0), (0, -0.15, -0.12), (0, -0.5, -0.18), (0, -0.8, -0.16)],
        "stubby": [(0, 0, 0), (0, 0.1, -0.1), (0, 0.15, -0.18), (0, 0.2, -0.25)],
    }
    line = np.array(ways[kind]) * long + root + np.array([(0, 0, 0), (0.2, 0, 0), (0.7, 0, 0), (1, 0, 0)]) * side
    radii = {"bushy": (0.6, 1.3, 1.8, 0.4), "tufted": (1.0, 0.6, 0.5, 0.5)}.get(kind, (1.0, 0.8, 0.6, 0.3))
    line[:, 1] = np.maximum(line[:, 1], thick)
    kit.add("tail", tapered(line, [thick * k for k in radii], own.around, 3))
    if kind == "tufted":
        kit.add("tail", place(ball(thick * 1.4, thick * 2.6, thick * 1.4, 7), (line[-1] - (0, thick * 2, 0)).tolist()))


def base(kit: Assembly, rng: np.random.Generator) -> str:
    """A base under the animal, now and then, as figurines have, in words or ""."""
    if chance(rng, 0.88):
        return ""
    kit.add("base", box(0.6, 0.06, 1.6) if chance(rng) else cylinder(0.8, 0.06), (0, -0.06, 0))
    return "a base"

"""Small STEP and IGES files, written by hand: solids of plane faces, and one rectangle."""

import re
from collections.abc import Sequence

MILLIMETER = "(LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.MILLI.,.METRE.))"
METER = "(LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT($,.METRE.))"
INCH = "(CONVERSION_BASED_UNIT('INCH',#9002) LENGTH_UNIT() NAMED_UNIT(#9003))"
BOX = [[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)]
SIDES = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]


def box_corners(x: float, y: float, z: float) -> list[list[float]]:
    return [[a * x, b * y, c * z] for a, b, c in BOX]


def step_text(
    corners: Sequence[Sequence[float]],
    polygons: Sequence[Sequence[int]] = SIDES,
    unit: str = MILLIMETER,
    color: tuple[float, float, float] | None = None,
) -> str:
    """One solid of plane polygons, seen from outside counter-clockwise."""
    lines: list[str] = []

    def add(text: str) -> str:
        lines.append(f"#{len(lines) + 1}={text};")
        return f"#{len(lines)}"

    def named(kind: str, *arguments: str) -> str:
        return add(f"{kind}('',{','.join(arguments)})")

    def numbers(values: Sequence[float]) -> str:
        return f"({','.join(f'{float(value)!r}'.replace('e', 'E') for value in values)})"

    def all_of(entities: Sequence[str]) -> str:
        return f"({','.join(entities)})"

    places = [named("CARTESIAN_POINT", numbers(corner)) for corner in corners]
    vertices = [named("VERTEX_POINT", place) for place in places]
    edges: dict[tuple[int, int], str] = {}
    faces = []
    for polygon in polygons:
        bound = []
        for a, b in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            if (a, b) not in edges and (b, a) not in edges:
                along, length = _toward(corners[a], corners[b])
                line = named("LINE", places[a], named("VECTOR", named("DIRECTION", numbers(along)), repr(length)))
                edges[a, b] = named("EDGE_CURVE", vertices[a], vertices[b], line, ".T.")
            same = (a, b) in edges
            bound.append(
                named("ORIENTED_EDGE", "*", "*", edges[a, b] if same else edges[b, a], ".T." if same else ".F.")
            )
        x, _ = _toward(corners[polygon[0]], corners[polygon[1]])
        y, _ = _toward(corners[polygon[1]], corners[polygon[2]])
        normal = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]
        axes = [named("DIRECTION", numbers(values)) for values in (normal, x)]
        plane = named("PLANE", named("AXIS2_PLACEMENT_3D", places[polygon[0]], *axes))
        outer = named("FACE_OUTER_BOUND", named("EDGE_LOOP", all_of(bound)), ".T.")
        faces.append(named("ADVANCED_FACE", all_of([outer]), plane, ".T."))
    solid = add(f"MANIFOLD_SOLID_BREP('part #1',{named('CLOSED_SHELL', all_of(faces))})")
    if color:
        rgb = add(f"COLOUR_RGB('',{numbers(color)[1:-1]})")
        fill = named("FILL_AREA_STYLE", all_of([named("FILL_AREA_STYLE_COLOUR", rgb)]))
        side = named("SURFACE_SIDE_STYLE", all_of([add(f"SURFACE_STYLE_FILL_AREA({fill})")]))
        style = add(f"PRESENTATION_STYLE_ASSIGNMENT(({add(f'SURFACE_STYLE_USAGE(.BOTH.,{side})')}))")
        styled = named("STYLED_ITEM", all_of([style]), solid)
        named("MECHANICAL_DESIGN_GEOMETRIC_PRESENTATION_REPRESENTATION", all_of([styled]), "#9000")
    shape = named("ADVANCED_BREP_SHAPE_REPRESENTATION", all_of([solid]), "#9000")
    context = add("APPLICATION_CONTEXT('design')")
    product = add(f"PRODUCT('part','part','',({named('PRODUCT_CONTEXT', context, chr(39) * 2)}))")
    formation = named("PRODUCT_DEFINITION_FORMATION", "''", product)
    design = add(f"PRODUCT_DEFINITION_CONTEXT('part definition',{context},'design')")
    definition = named("PRODUCT_DEFINITION_SHAPE", "''", named("PRODUCT_DEFINITION", "''", formation, design))
    add(f"SHAPE_DEFINITION_REPRESENTATION({definition},{shape})")
    lines += [
        "#9000=(GEOMETRIC_REPRESENTATION_CONTEXT(3)GLOBAL_UNIT_ASSIGNED_CONTEXT((#9001,#9005))"
        "REPRESENTATION_CONTEXT('',''));",
        f"#9001={unit};",
        "#9002=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#9004);",
        "#9003=DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.);",
        f"#9004={MILLIMETER};",
        "#9005=(NAMED_UNIT(*) PLANE_ANGLE_UNIT() SI_UNIT($,.RADIAN.));",
    ]
    head = [
        "ISO-10303-21;", "HEADER;", "FILE_DESCRIPTION((''),'2;1');", "FILE_NAME('','',(''),(''),'','','');",
        "FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));", "ENDSEC;", "DATA;",
    ]  # fmt: skip
    return "\n".join([*head, *lines, "ENDSEC;", "END-ISO-10303-21;", ""])


def _toward(a: Sequence[float], b: Sequence[float]) -> tuple[list[float], float]:
    """The direction from one corner to another, and how far it is."""
    along = [float(q - p) for p, q in zip(a, b, strict=True)]
    length = sum(value * value for value in along) ** 0.5
    return [value / length for value in along], length


def iges_text(width: float, height: float, flag: int = 2, name: str = "2HMM") -> str:
    """A rectangle in the plane z = 0, as a B-spline surface of degree one."""
    start = ["a rectangle".ljust(72) + "S0000001"]
    told = (
        f"1H,,1H;,4Hpart,8Hpart.igs,4Htest,4Htest,32,38,6,308,15,4Hpart,1.,{flag},{name},1,0.01,"
        "15H20250101.000000,1E-6,10.,4Htest,4Htest,11,0,15H20250101.000000;"
    )
    g = [told[i : i + 72].ljust(72) for i in range(0, len(told), 72)]
    values = "128,1,1,1,1,0,0,1,0,0,0.,0.,1.,1.,0.,0.,1.,1.,1.,1.,1.,1.,"
    values += f"0.,0.,0.,{width:g},0.,0.,0.,{height:g},0.,{width:g},{height:g},0.,0.,1.,0.,1.;"
    p: list[str] = []
    line = ""
    for value in values.split(","):
        value += "" if value.endswith(";") else ","
        if len(line + value) > 64:
            p, line = [*p, line], ""
        line += value
    p.append(line)
    d = ["".join(f"{value:>8}" for value in (128, 1, 0, 0, 0, 0, 0, 0, "00000000"))]
    d += ["".join(f"{value:>8}" for value in (128, 0, 0, len(p), 0, "", "", "", 0))]
    lines = [*start, *(f"{text}G{i + 1:07}" for i, text in enumerate(g))]
    lines += [f"{text}D{i + 1:07}" for i, text in enumerate(d)]
    lines += [f"{text:<64}{1:>8}P{i + 1:07}" for i, text in enumerate(p)]
    return "\n".join([*lines, f"S{1:>7}G{len(g):>7}D{2:>7}P{len(p):>7}".ljust(72) + "T0000001", ""])


def step_assembly(parts: dict[str, str], places: Sequence[tuple[str, Sequence[float]]]) -> str:
    """STEP texts of `step_text` by name, put together: (name, where its origin is) of each that stands in the whole."""
    whole = next(iter(parts.values()))
    data, ids = "", dict[str, dict[str, str]]()
    kinds = ("ADVANCED_BREP_SHAPE_REPRESENTATION", *(f"PRODUCT_{name}" for name in ("DEFINITION", "CONTEXT")))
    kinds += ("PRODUCT_DEFINITION_CONTEXT",)
    for number, (name, text) in enumerate(parts.items()):
        own = text[text.index("DATA;") + 5 : text.rindex("ENDSEC;")]
        if number:  # units are there once
            own = "\n".join(line for line in own.splitlines() if not line.startswith("#900"))
        own = re.sub(r"#(?!900)(\d+)\b", lambda found: f"#{int(found[1]) + 1000 * number}", own)  # noqa: B023
        data += own.replace("PRODUCT('part','part'", f"PRODUCT('{name}','{name}'")
        ids[name] = {kind: re.search(rf"(#\d+)={kind}\(", own)[1] for kind in kinds}  # type: ignore[index]
    lines: list[str] = []

    def add(text: str) -> str:
        lines.append(f"#{8000 + len(lines)}={text};")
        return f"#{7999 + len(lines)}"

    def axes(place: Sequence[float]) -> str:
        point = add(f"CARTESIAN_POINT('',({','.join(repr(float(value)) for value in place)}))")
        up, right = add("DIRECTION('',(0.,0.,1.))"), add("DIRECTION('',(1.,0.,0.))")
        return add(f"AXIS2_PLACEMENT_3D('',{point},{up},{right})")

    origin, spots = axes((0, 0, 0)), [axes(place) for _, place in places]
    _, _, context, design = ids[next(iter(parts))].values()
    assembly = add(f"PRODUCT('whole','whole','',({context}))")
    formation = add(f"PRODUCT_DEFINITION_FORMATION('','',{assembly})")
    definition = add(f"PRODUCT_DEFINITION('','',{formation},{design})")
    shape = add(f"SHAPE_REPRESENTATION('',({','.join([origin, *spots])}),#9000)")
    told = add(f"PRODUCT_DEFINITION_SHAPE('','',{definition})")
    add(f"SHAPE_DEFINITION_REPRESENTATION({told},{shape})")
    for (name, _), spot in zip(places, spots, strict=True):
        own, product, _, _ = ids[name].values()
        used = add(f"NEXT_ASSEMBLY_USAGE_OCCURRENCE('{len(lines)}','{name}','',{definition},{product},$)")
        moved = add(f"ITEM_DEFINED_TRANSFORMATION('','',{origin},{spot})")
        related = add(
            f"(REPRESENTATION_RELATIONSHIP('','',{own},{shape})"
            f"REPRESENTATION_RELATIONSHIP_WITH_TRANSFORMATION({moved})SHAPE_REPRESENTATION_RELATIONSHIP())"
        )
        told = add(f"PRODUCT_DEFINITION_SHAPE('','',{used})")
        add(f"CONTEXT_DEPENDENT_SHAPE_REPRESENTATION({related},{told})")
    return whole[: whole.index("DATA;") + 5] + data + "\n".join(lines) + "\n" + whole[whole.rindex("ENDSEC;") :]

"""The lines of an OBJ file give the same mesh whether they stand in blocks, mixed, or with others between them."""

from pathlib import Path

import numpy as np

from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Surface


def test_lines_in_any_order_are_the_same_mesh(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    places = [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in rng.standard_normal((300, 3))]
    faces = [f"f {a}//1 {b} {c}/2  # a face" for a, b, c in rng.integers(1, 301, (300, 3))]
    mixed = [line for pair in zip(places, faces, strict=True) for line in pair]
    gaps = [line for block in (places[:99], places[99:], faces[:7], faces[7:]) for line in (*block, "", "vn 0 0 1")]
    found = []
    for name, lines in {"one": [*places, *faces], "mixed": mixed, "gaps": gaps}.items():
        path = tmp_path / f"{name}.obj"
        path.write_text("\n".join(lines) + "\n")
        shape = read_file(SourceFile(path))
        assert isinstance(shape, Surface)
        found.append((shape.pieces[0].vertices.tolist(), shape.pieces[0].faces.tolist()))
    assert found[0] == found[1] == found[2]
    assert len(found[0][1]) == 300

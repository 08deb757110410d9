"""One surface cut into other triangles is told as such, within what its facets explain; what differs is told too."""

import numpy as np
import pytest
from benchmarks.altered_meshes import changed, mirrored, resampled, subdivided, turned
from benchmarks.machine_parts import machine_part

from pointrecon.retrieval.evidence import Geometry, compare
from pointrecon.retrieval.evidence.facet_chords import chords_of


def tube(sides: int, radius: float = 1.0, height: float = 3.0, rings: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A cylinder without lids, and a small box-like fin that makes it lopsided."""
    angle = np.arange(sides) * 2 * np.pi / sides
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    levels = np.linspace(0, height, rings + 1)
    vertices = np.concatenate([np.column_stack([ring, np.full(sides, z)]) for z in levels])
    start = np.arange(sides)
    after = (start + 1) % sides
    faces = [
        np.concatenate([np.stack([start, after, after + sides], 1), np.stack([start, after + sides, start + sides], 1)])
        + k * sides
        for k in range(rings)
    ]
    fin = np.array([[1.0, 0, 0.2], [2.0, 0, 0.2], [2.0, 0, 1.0], [1.0, 0, 1.7], [1.5, 0.6, 0.2]]) * [radius, radius, 1]
    extra = np.array([[0, 1, 2], [0, 2, 3], [0, 1, 4]]) + len(vertices)
    return np.concatenate([vertices, fin]), np.concatenate([*faces, extra])


def test_subdivided_and_turned() -> None:
    a = tube(24)
    found = compare(Geometry(*a), Geometry(*turned(*subdivided(*a), 1)))
    assert (found.kind, found.mirrored, found.scale) == ("remeshed", False, 1.0)
    assert found.residual < 1e-5


def test_subdivided_and_mirrored() -> None:
    a = tube(24)
    found = compare(Geometry(*a), Geometry(*mirrored(*subdivided(*a), 1)))
    assert (found.kind, found.mirrored) == ("remeshed", True)
    assert found.words().startswith("same surface, other triangles, mirrored")


@pytest.mark.parametrize("sides", [48, 60])
def test_another_tessellation(sides: int) -> None:
    """Of 32 sides the arc over each is 0.48% of the radius: what its facets explain, and no more."""
    a, b = Geometry(*tube(32)), Geometry(*turned(*tube(sides, rings=2), 3))
    assert chords_of(a.normal).max() * a.normal.size == pytest.approx(1 - np.cos(np.pi / 32), rel=1e-3)
    found = compare(a, b)
    assert found.kind == "remeshed"
    assert found.residual < 0.3
    wider = Geometry(*turned(*tube(sides, radius=1.02), 3))
    assert compare(a, wider).kind in ("variant", "similar")


def test_lids_end_where_the_tube_does() -> None:
    cylinder = pytest.importorskip("trimesh").creation.cylinder
    a, b, longer = (
        Geometry(*turned(np.asarray(mesh.vertices), np.asarray(mesh.faces), seed))
        for seed, mesh in enumerate(
            (cylinder(1, 3, sections=32), cylinder(1, 3, sections=64), cylinder(1, 3.01, sections=64))
        )
    )
    found = compare(a, b)
    assert found.kind == "remeshed"
    assert found.residual == pytest.approx(100 * (1 - np.cos(np.pi / 32)) / 13**0.5, rel=0.1)
    assert compare(a, longer).kind == "variant"


def test_a_symmetric_shape_is_its_own_mirror_image() -> None:
    """Whatever way its triangles are cut."""
    corners = np.array([[x, y, z] for x in (0.0, 3) for y in (0.0, 2) for z in (0.0, 1)])
    sides = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]]
    sides += [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
    box = Geometry(corners, np.array(sides))
    found = compare(box, Geometry(*mirrored(box.vertices, box.faces, 2)))
    assert (found.kind, found.mirrored) == ("identical", False)


def test_a_flat_square_and_its_diagonal() -> None:
    corners, faces = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]), np.array([[0, 1, 2], [0, 2, 3]])
    assert compare(Geometry(corners, faces), Geometry(*turned(corners, faces, 1))).kind == "identical"


@pytest.mark.parametrize("kind", ["bump", "dent"])
def test_a_variant_and_where_it_differs(kind: str) -> None:
    a = subdivided(*tube(24, rings=2))
    change = changed(*a, 5, kind=kind)
    found = compare(Geometry(*a), Geometry(change.vertices, change.faces))
    assert found.kind == "variant"
    assert 0.5 < found.share < 1
    first = found.regions[0]
    assert np.linalg.norm(first.center - change.center) < change.radius
    assert 0 < first.far < change.radius
    np.testing.assert_allclose(found.rotation, np.eye(3), atol=2e-3)
    assert "most at (" in found.words()
    assert found.to_dict()["regions"][0]["of"] in ("a", "b")


def test_a_hole_that_no_sample_meets_is_told_by_the_area() -> None:
    a = subdivided(*tube(24, rings=8), times=1)
    faces = np.delete(a[1], np.arange(12), axis=0)  # some 0.4% of it
    assert compare(Geometry(*a), Geometry(a[0], faces)).kind == "variant"


def test_samplings_of_one_surface() -> None:
    vertices, faces = tube(48)
    rng = np.random.default_rng(0)

    def sampled(seed: int, count: int = 20_000) -> np.ndarray:
        return resampled(vertices, faces, seed, count=count)

    none, rotation = np.zeros((0, 3), np.int64), np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotation *= np.linalg.det(rotation)
    a, b = Geometry(sampled(0), none), Geometry(sampled(1) @ rotation.T, none)
    found = compare(a, b)
    assert found.kind == "remeshed"
    assert found.words().startswith("same surface, other points, off by ")
    assert "the same within the sampling (" in found.words()
    coarse = compare(Geometry(sampled(0, 1500), none), Geometry(sampled(1, 1500), none))
    assert (coarse.kind, "too coarse to tell more" in coarse.note) == ("similar", True)
    assert compare(a, Geometry(vertices, faces)).kind == "remeshed"
    assert compare(Geometry(vertices, faces), b).kind == "remeshed"
    longer = Geometry(sampled(1) * [1, 1, 1.4], none)
    assert compare(a, longer).kind == "similar"


def plate_with_a_mark(size: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A plate, and somewhere on it a tetrahedron of six different edges, which no mirroring maps onto itself."""
    corners = np.array([[x, y, z] for x in (0.0, 100) for y in (0.0, 80) for z in (0.0, 1)])
    sides = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]]
    sides += [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
    place = np.append(np.random.default_rng(seed).uniform(10, 70, 2), 1.0)
    mark = size * np.array([[0, 0, 0], [1, 0, 0], [0.3, 0.8, 0], [0.2, 0.3, 0.6]])
    vertices, faces = subdivided(corners, np.array(sides), times=2)
    added = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]) + len(vertices)
    return np.concatenate([vertices, place + mark]), np.concatenate([faces, added])


@pytest.mark.parametrize("size", [1.0, 0.1])
def test_a_small_mark_is_seen(size: float) -> None:
    """Down to 0.1% of the diameter, where no sample by area would meet it."""
    a = plate_with_a_mark(size, 0)
    assert compare(Geometry(*a), Geometry(*mirrored(*a, 1))).kind == "mirrored"
    assert compare(Geometry(*a), Geometry(*turned(*a, 1))).kind == "identical"
    assert compare(Geometry(*a), Geometry(*turned(*plate_with_a_mark(size, 3), 1))).kind == "variant"
    assert compare(Geometry(*a), Geometry(*turned(a[0], a[1][:-4], 1))).kind == "variant"


def test_faces_that_lie_on_one_another_are_one_surface_with_those_that_do_not() -> None:
    a = subdivided(*tube(24))
    doubled = Geometry(a[0], np.concatenate([a[1], a[1][:70, ::-1]]))
    assert compare(Geometry(*a), doubled).kind == "identical"
    again = Geometry(*turned(*subdivided(a[0], doubled.faces), 1))
    assert compare(Geometry(*a), again).kind == "remeshed"


def test_what_is_its_own_mirror_image_is_not_told_as_mirrored() -> None:
    """Two knobs of one form and two sizes, one with a pin that is not to scale: both hands fit as well."""
    a, b = machine_part("knob", 14), machine_part("knob", 48)
    found = compare(Geometry(*a), Geometry(*b))
    assert (found.kind, found.mirrored) == ("remeshed", False)
    assert found.scale == pytest.approx(0.7565, abs=1e-4)

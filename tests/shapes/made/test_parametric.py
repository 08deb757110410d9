"""The named parametric objects: valid, varied, the same on every machine, and told truthfully."""

from zlib import crc32

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.made.parametric import CATEGORIES, Built, assembly, build, sample_surface
from pointrecon.shapes.made.parametric import meshes as solids
from pointrecon.shapes.made.parametric.assembly import Assembly, merge, mirror, place

# CRC-32 of the points of seed 0, rounded to 1e-3, and of the captions: they change only when
# the objects themselves are changed, and then every made collection changes too.
GOLDEN = {"chair": (2120665744, 3024679603), "gear": (2068484791, 2405515561), "airplane": (2832413465, 2111588905)}


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def volume(mesh: solids.Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float((a * np.cross(b, c)).sum() / 6.0)


def fingerprint(name: str) -> tuple[int, int]:
    built = build(name, 0)
    xyz, _, part = sample_surface(built, 256, generator())
    numbers = np.concatenate([np.rint(xyz.ravel() * 1000.0), part]).astype("<i4")
    return crc32(numbers.tobytes()), crc32("\n".join(built.captions).encode())


def test_there_are_many_categories() -> None:
    assert len(CATEGORIES) >= 90


@pytest.mark.parametrize("name", CATEGORIES)
def test_every_object_is_valid(name: str) -> None:
    for seed in range(5):
        built = build(name, seed)
        assert np.isfinite(built.vertices).all()
        assert np.linalg.norm(built.vertices, axis=1).max() <= 1.0
        assert built.faces.min() >= 0
        assert built.faces.max() < len(built.vertices)
        assert built.face_part.shape == (len(built.faces),)
        assert built.face_part.max() < len(built.parts) <= 7
        assert all(part.startswith(name + "/") for part in built.parts)
        xyz, normals, part = sample_surface(built, 200, generator(seed))
        assert xyz.shape == normals.shape == (200, 3)
        assert part.shape == (200,)
        assert np.isfinite(xyz).all()
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("name", CATEGORIES)
def test_captions_name_the_object(name: str) -> None:
    captions = [build(name, seed).captions for seed in range(12)]
    for lines in captions:
        assert 2 <= len(lines) <= 4
        assert len(set(lines)) == len(lines)
        assert name in lines[0]
        assert not any("  " in line or line.endswith(("with ", " ")) for line in lines)
    assert len({line for lines in captions for line in lines}) > 4


@pytest.mark.parametrize("name", CATEGORIES)
def test_seeds_give_other_objects_and_the_same_seed_the_same(name: str) -> None:
    first, again, other = build(name, 3), build(name, 3), build(name, 4)
    np.testing.assert_array_equal(first.vertices, again.vertices)
    np.testing.assert_array_equal(first.faces, again.faces)
    assert first.captions == again.captions
    assert first.vertices.shape != other.vertices.shape or (first.vertices != other.vertices).any()


@pytest.mark.parametrize("name", GOLDEN)
def test_objects_are_the_same_on_every_machine(name: str) -> None:
    assert fingerprint(name) == GOLDEN[name]


def test_the_last_bits_of_sine_and_cosine_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: build(name, 1) for name in CATEGORIES}
    solids.circle.cache_clear()
    monkeypatch.setattr(solids, "TAU", np.nextafter(solids.TAU, 7.0))
    monkeypatch.setattr(assembly, "TAU", solids.TAU)
    try:
        for name, built in before.items():
            np.testing.assert_array_equal(build(name, 1).vertices, built.vertices, err_msg=name)
    finally:
        solids.circle.cache_clear()


def test_captions_follow_the_parts() -> None:
    for seed in range(30):
        chair, valve = build("chair", seed), build("valve", seed)
        assert ("chair/arm" in chair.parts) != ("no arm rests" in chair.captions[0])
        assert ("valve/end" in valve.parts) != ("plain ends" in valve.captions[0])
        flowers = build("vase", seed)
        assert ("vase/flower" in flowers.parts) == ("flower" in flowers.captions[0])


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(InputError, match="no parametric category 'unicorn'"):
        build("unicorn", 0)


def test_sampling_is_uniform_by_area_with_outward_normals() -> None:
    kit = Assembly("two boxes")
    kit.add("small", solids.box(1, 1, 1), (-5, 0, 0))
    kit.add("large", solids.box(2, 2, 2), (5, -0.5, 0))
    xyz, normals, part = sample_surface(kit.finish([], []), 20000, generator())
    assert abs((part == 1).mean() - 0.8) < 0.02
    center = np.where(part == 0, -5.0, 5.0)[:, None] * (1, 0, 0) + (0, 0.5, 0)
    assert ((xyz - center) * normals).sum(axis=1).min() > 0.49
    for axis in range(3):
        assert abs((np.abs(normals[:, axis]) > 0.5).mean() - 1 / 3) < 0.02


def test_solids_are_closed_and_face_outward() -> None:
    ring = solids.circle(16)
    expected = {
        "box": (solids.box(1, 2, 3), 6.0),
        "cylinder": (solids.cylinder(1, 2, segments=200), 2 * np.pi),
        "cone": (solids.cylinder(1, 3, 0.0, segments=200), np.pi),
        "tube": (solids.tube(1, 0.5, 1, segments=200), 0.75 * np.pi),
        "torus": (solids.torus(1, 0.2, 100, 50), 2 * np.pi**2 * 0.04),
        "slab": (solids.slab([0, 1], -1, 1, 2), 4.0),
        "prism": (solids.prism(ring * 0 + np.sign(ring) * 0.5, 2), 2.0),
        "stack": (solids.stack(np.array([(0, 0), (1, 0), (1, 1), (0, 1)]), [0, 2], [1, 1]), 2.0),
        "rod along z": (solids.sweep([(0, 0, 0), (0, 0, 2)], 1.0, (0, 1, 0), around=200), 2 * np.pi),
    }
    for name, (mesh, wanted) in expected.items():
        assert volume(mesh) == pytest.approx(wanted, rel=0.01), name
        edges = np.sort(np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]]))
        # Every edge belongs to two faces (end fans repeat their middle, so only proper edges are counted).
        _, uses = np.unique(edges, axis=0, return_counts=True)
        assert (uses <= 2).all(), name


def test_placing_keeps_volume_and_mirroring_keeps_normals_outward() -> None:
    mesh = solids.box(1, 2, 3)
    assert volume(place(mesh, (4, 5, 6), rx=20, ry=30, rz=40)) == pytest.approx(6.0)
    assert volume(mirror(mesh, 0)) == pytest.approx(6.0)
    assert volume(merge([mesh, place(mesh, (9, 0, 0))])) == pytest.approx(12.0)


def test_turning_follows_the_right_hand() -> None:
    point = solids.Mesh(np.eye(3), np.array([[0, 1, 2]]))
    np.testing.assert_allclose(place(point, rx=90).vertices[1], (0, 0, 1), atol=1e-12)
    np.testing.assert_allclose(place(point, ry=90).vertices[2], (1, 0, 0), atol=1e-12)
    np.testing.assert_allclose(place(point, rz=90).vertices[0], (0, 1, 0), atol=1e-12)


def test_finished_objects_know_their_parts() -> None:
    kit = Assembly("thing")
    kit.add("leg", solids.box(1, 1, 1))
    kit.pair("arm", solids.box(1, 1, 1), (3, 0, 0))
    kit.add("leg", solids.box(1, 1, 1), (0, 5, 0))
    built = kit.finish(["tall", ""], ["two arms", "", "legs"], "object")
    assert isinstance(built, Built)
    assert built.parts == ["thing/leg", "thing/arm"]
    assert np.bincount(built.face_part)[0] == np.bincount(built.face_part)[1]
    assert built.captions == [
        "a tall thing with two arms and legs",
        "a tall thing",
        "a thing with two arms",
        "a tall object with legs",
    ]

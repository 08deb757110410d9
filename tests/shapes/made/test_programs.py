"""Programs: the same everywhere, on the surface of what the steps make, facing outward."""

import numpy as np
import pytest

from pointrecon.shapes.made.programs import Program, _sample, build_program, random_rotation, sample_surface
from pointrecon.shapes.made.solids import column, random_solid, ring, superquadric, wires


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def sample_program(seed: int | list[int], points: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    return sample_surface(build_program(rng), points, rng)


def inside_result(program: Program, points: np.ndarray) -> np.ndarray:
    """By the definition: join and cut in order."""
    state = np.zeros(len(points), bool)
    for part in program.parts:
        state = state & ~part.inside(points) if part.cut else state | part.inside(points)
    return state


def test_a_seed_is_a_shape() -> None:
    first, again = sample_program([3, 7], 500), sample_program([3, 7], 500)
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1].tobytes() == again[1].tobytes()
    assert not np.allclose(first[0], sample_program([3, 8], 500)[0])


@pytest.mark.parametrize("seed", range(25))
def test_clouds_are_whole_centered_and_of_unit_radius(seed: int) -> None:
    xyz, normals = sample_program(seed, 300)
    assert xyz.shape == normals.shape == (300, 3)
    assert np.isfinite(xyz).all()
    assert np.abs(xyz.mean(0)).max() < 1e-12
    assert np.linalg.norm(xyz, axis=1).max() == pytest.approx(1)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)


def test_points_lie_on_the_surface_of_the_result_and_normals_point_out() -> None:
    checked = 0
    for seed in range(60):
        program = build_program(generator(seed))
        if any(part.solid is None for part in program.parts):
            continue  # wires hold nothing
        program.deformations.clear()
        _, normals = sample_surface(program, 400, generator(1000 + seed))
        # `sample_surface` centers and scales; this draws the same points without that.
        raw, facing = _sample(program, 400, generator(1000 + seed))
        if len(raw) < 400:
            continue
        assert np.array_equal(facing[:400], normals)
        out, within = inside_result(program, raw + 0.02 * facing), inside_result(program, raw - 0.02 * facing)
        # Quads are flat where the solids are curved, and thin walls end within the step.
        assert (within & ~out).mean() > 0.6
        assert (~within & out).mean() < 0.05
        checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    "solid",
    [
        superquadric(1, 1),
        superquadric(0.3, 1.7),
        ring(0.3, 2 * np.pi),
        ring(0.3, 2.0),
        column(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]), np.array([-1.0, 1.0]), np.array([1.0, 0.3])),
    ],
)
def test_the_surface_parts_inside_from_outside(solid) -> None:
    corners = solid.quads
    middle = corners.mean(1)
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    length = np.linalg.norm(normal, axis=1)
    real = length > 1e-3
    normal = normal[real] / length[real, None]
    assert not solid.inside(middle[real] + 0.05 * normal).any()
    assert solid.inside(middle[real] - 0.05 * normal).mean() > 0.95


def test_random_solids_and_their_wires_are_finite() -> None:
    rng = generator(0)
    for coarse in (False, True):
        for _ in range(40):
            quads = random_solid(rng, coarse).quads
            assert np.isfinite(quads).all()
    tubes = wires(quads, 0.02, rng.standard_normal(3))
    assert np.isfinite(tubes).all()
    assert len(tubes) <= 12 * len(quads)


def test_some_programs_are_cut_bent_wired_and_symmetric() -> None:
    programs = [build_program(generator(seed)) for seed in range(100)]
    assert any(part.cut for p in programs for part in p.parts)
    assert any(part.solid is None for p in programs for part in p.parts)
    assert any(len(p.deformations) > 1 for p in programs)
    assert any(len(p.parts) > 9 for p in programs)


def test_random_rotations_are_rotations() -> None:
    turn = random_rotation(generator(5))
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)

"""What one shape is of another: copies are told with their pose, whatever changed that does not matter."""

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.retrieval.evidence import Evidence, Geometry, Region, compare

CUBE = np.array([[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)])
SIDES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip


def boxes(*placed: tuple[list[float], list[float]]) -> Geometry:
    """Boxes (size, corner) as one mesh."""
    vertices = np.concatenate([CUBE * size + np.array(corner) for size, corner in placed])
    return Geometry(vertices, np.concatenate([SIDES + 8 * i for i in range(len(placed))]))


CHIRAL = boxes(([4, 2, 1], [0, 0, 0]), ([1, 1, 1], [0, 0, 1]), ([1, 0.5, 2], [3, 1.5, 1]))
LIKE_A_CUBE = boxes(([2, 2, 2], [-1, -1, -1]), ([0.1, 0.2, 0.3], [0.2, 0.4, 1]))  # all axes nearly alike
SHAPES = {"chiral": CHIRAL, "like a cube": LIKE_A_CUBE}


def turn(seed: int, mirrored: bool = False) -> np.ndarray:
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    if (np.linalg.det(rotation) < 0) != mirrored:
        rotation[:, 0] *= -1
    return rotation


def moved(shape: Geometry, seed: int, *, mirrored: bool = False, scale: float = 1.0, shift: float = 5.0) -> Geometry:
    rotation, rng = turn(seed, mirrored), np.random.default_rng(seed)
    return Geometry(scale * shape.vertices @ rotation.T + shift * rng.normal(size=3), shape.faces)


def lies_on(found: Evidence, a: Geometry, b: Geometry) -> float:
    """How far the corners of a, posed as the evidence says, are from those of b."""
    posed = found.scale * a.vertices @ found.rotation.T + found.translation
    return float(np.linalg.norm(posed[:, None] - b.vertices[None], axis=2).min(1).max())


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_a_copy_turned_and_moved_is_identical(name: str, seed: int) -> None:
    a = SHAPES[name]
    b = moved(a, seed)
    found = compare(a, b)
    assert (found.kind, found.scale, found.mirrored) == ("identical", 1.0, False)
    assert lies_on(found, a, b) < 1e-6
    assert found.residual < 1e-6


@pytest.mark.parametrize("name", SHAPES)
def test_a_mirrored_copy_of_a_chiral_shape(name: str) -> None:
    a = SHAPES[name]
    b = moved(a, 1, mirrored=True, scale=25.4)
    found = compare(a, b)
    assert (found.kind, found.mirrored) == ("mirrored", True)
    assert found.scale == pytest.approx(25.4)
    assert found.words().startswith("mirrored copy, 2540% size (inch to mm), off by ")
    assert lies_on(found, a, b) < 1e-4


def test_numbers_in_words_are_plain() -> None:
    def told(kind: str, scale: float, residual: float, *regions: Region) -> str:
        return Evidence(kind, scale, residual, np.eye(3), np.zeros(3), 0.894, regions=regions).words()

    assert told("identical", 1, 7.1e-7) == "identical, off by less than 0.001% of the diameter"
    assert told("rescaled", 1.3218189, 0.0042524) == "rescaled copy, 132.2% size, off by 0.0043% of the diameter"
    assert told("rescaled", 1.0001234, 0.01).startswith("rescaled copy, 100.012% size, ")
    assert told("rescaled", 1000, 0.01).startswith("rescaled copy, 100000% size (m to mm), ")
    place = Region(np.array([-8.2e-17, 2e-9, 512347.382]), np.ones(3), 0.10312, 0.1, "a")
    said = "variant, 89.4% of the surface the same, differs in 1 place, most at (0, 0, 512347.382) by 0.103"
    assert told("variant", 1, 1, place) == said


@pytest.mark.parametrize("scale", [1.02, 0.001, 1e9])
def test_a_rescaled_copy(scale: float) -> None:
    found = compare(CHIRAL, moved(CHIRAL, 2, scale=scale))
    assert found.kind == "rescaled"
    assert found.scale == pytest.approx(scale)
    assert ("(mm to m)" in found.words()) == (scale == 0.001)


def test_what_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    soup = CHIRAL.vertices[CHIRAL.faces][rng.permutation(len(CHIRAL.faces))]
    soup = np.concatenate([soup, soup[:5, ::-1], np.stack([soup[0, [0, 0, 1]], soup[0, [2, 2, 2]]])])
    split = Geometry(soup.reshape(-1, 3) @ turn(3).T, np.arange(3 * len(soup)).reshape(-1, 3)[:, [2, 1, 0]])
    lone = Geometry(np.concatenate([split.vertices, [[100.0, 0, 0]]]), split.faces)
    for b in (split, lone, moved(split, 4, shift=1e4)):
        b = Geometry(b.vertices.astype(np.float32), b.faces)
        assert compare(CHIRAL, b).kind == compare(b, CHIRAL).kind == "identical"


def test_a_corner_that_moved_is_told() -> None:
    vertices = CHIRAL.vertices.copy()
    vertices[-1] += 0.01  # 0.3% of the diameter
    assert compare(CHIRAL, Geometry(vertices, CHIRAL.faces)).kind not in ("identical", "rescaled", "mirrored")


def test_a_face_that_is_missing_is_told() -> None:
    assert compare(CHIRAL, Geometry(CHIRAL.vertices, CHIRAL.faces[:-1])).kind not in ("identical", "remeshed")


def test_the_same_answer_every_time() -> None:
    a, b = (Geometry(one.vertices, one.faces) for one in (LIKE_A_CUBE, moved(LIKE_A_CUBE, 7)))
    first, second = compare(LIKE_A_CUBE, moved(LIKE_A_CUBE, 7)).to_dict(), compare(a, b).to_dict()
    assert first == second


def test_clouds() -> None:
    points = np.random.default_rng(0).normal(size=(200, 3)) * [1, 2, 3]
    a, none = Geometry(points, np.zeros((0, 3))), np.zeros((0, 3), np.int64)
    assert compare(a, moved(a, 1)).kind == "identical"
    assert compare(a, moved(a, 1, mirrored=True)).kind == "mirrored"
    assert compare(a, Geometry(points[:190], none)).kind not in ("identical", "mirrored", "rescaled")


@pytest.mark.parametrize(
    ("vertices", "faces", "message"),
    [
        (np.zeros((4, 3)), np.zeros((0, 3)), "in one place"),
        (np.eye(3), [[0, 1, 3]], "name vertices that are not there"),
        (np.full((3, 3), np.nan), [[0, 1, 2]], "NaN"),
        (np.zeros((3, 2)), np.zeros((0, 3)), r"vertices \(V, 3\)"),
    ],
)
def test_no_shape(vertices: np.ndarray, faces: list, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(Geometry(vertices, np.asarray(faces)), CHIRAL)

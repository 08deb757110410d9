"""The parts of a glTF mesh: triangles of its modes, vertices moved by morph targets and skins."""

from typing import Any

import numpy as np

from pointrecon.shapes.readers.coarse import step_of
from pointrecon.shapes.readers.gltf_data import GltfData

POINTS, TRIANGLES, STRIP, FAN = 0, 4, 5, 6


def vertices_of(data: GltfData, primitive: dict[str, Any], weights: list[float]) -> tuple[np.ndarray, float]:
    """The vertices (V, 3) float64 of a primitive, its morph targets added by their ``weights`` (section 3.7.2.2).

    Beside them the step between the numbers they are stored in (`step_of`). InputError where they have no data.
    """
    attributes = primitive["attributes"]
    named = [attributes["POSITION"], *([primitive["indices"]] if "indices" in primitive else [])]
    if missing := [index for index in named if not data.has_data(index)]:
        raise data.refusal(f"accessor {missing[0]} of a mesh has no data: export it again")
    stored = data.numbers(attributes["POSITION"], "VEC3")
    vertices = stored.astype(np.float64)
    for weight, target in zip(weights, primitive.get("targets", []), strict=False):
        if weight and "POSITION" in target:
            moves = data.numbers(target["POSITION"], "VEC3")
            if len(moves) != len(vertices):
                raise data.refusal(f"a morph target moves {len(moves)} of {len(vertices)} vertices: export it again")
            vertices += float(weight) * moves
    return vertices, step_of(stored)


def skinned(data: GltfData, primitive: dict[str, Any], vertices: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """The vertices (V, 3) as the ``joints`` (J, 4, 4) of a skin pose them (section 3.7.3)."""
    posed, total = np.zeros_like(vertices), np.zeros(len(vertices))
    attributes = primitive["attributes"]
    for n in range(len(attributes)):
        if f"JOINTS_{n}" not in attributes:
            break
        index = data.numbers(attributes[f"JOINTS_{n}"], "VEC4").astype(np.int64)
        share = data.numbers(attributes[f"WEIGHTS_{n}"], "VEC4").astype(np.float64)
        if not len(index) == len(share) == len(vertices):
            raise data.refusal("its joints are not one for each vertex: export it again")
        if np.any((index < 0) | (index >= len(joints)) & (share != 0)):
            raise data.refusal(f"its vertices name joints beyond the {len(joints)} of their skin: export it again")
        index[share == 0] = 0
        for i in range(4):
            mine = np.flatnonzero(share[:, i])
            matrix = joints[index[mine, i], :3]
            moved = (matrix[:, :, :3] @ vertices[mine, :, None])[:, :, 0] + matrix[:, :, 3]
            posed[mine] += share[mine, i, None] * moved
        total += share.sum(1)
    # weights should sum to one, and do so only about where they are stored as bytes; a vertex of no joint stays
    free = total <= 0
    return np.where(free[:, None], vertices, posed / np.where(free, 1.0, total)[:, None])


def joints_of(data: GltfData, skin_index: int, worlds: np.ndarray) -> np.ndarray:
    """What the joints of a skin do to the vertices at rest, (J, 4, 4); ``worlds`` (nodes, 4, 4) of all nodes."""
    skin = data.item("skins", skin_index)
    nodes = skin["joints"]
    for node in nodes:
        data.item("nodes", node)
    joints = worlds[np.asarray(nodes, np.int64)]
    if "inverseBindMatrices" not in skin:
        return joints
    inverse = data.numbers(skin["inverseBindMatrices"], "MAT4").astype(np.float64)
    if len(inverse) < len(joints):
        raise data.refusal(f"skin {skin_index} has {len(inverse)} matrices for {len(joints)} joints: export it again")
    return joints @ inverse[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)


def corners_of(data: GltfData, primitive: dict[str, Any], count: int) -> tuple[np.ndarray, int]:
    """The numbers of the vertices in drawing order, (n,), whatever they are, for a primitive of `count` vertices.

    Beside them the number that begins a strip anew, -1 where there is none.
    """
    if "indices" not in primitive:
        return np.arange(count), -1
    index = data.numbers(primitive["indices"], "SCALAR")[:, 0]
    if index.dtype.kind != "u":
        raise data.refusal(f"accessor {primitive['indices']} holds no indices: export it again")
    return index.astype(np.int64), int(np.iinfo(index.dtype).max)


def triangles_of(corners: np.ndarray, restart: int, mode: int) -> np.ndarray:
    """The faces (F, 3) that these ``corners`` (n,) draw as triangles, a strip or a fan (section 3.7.2.1).

    Those of strips and fans that join a vertex with itself, which lead from one strip to the next, are left out.
    """
    if mode == TRIANGLES:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3)
    place = np.arange(max(len(corners) - 2, 0))
    anew = corners == restart
    start = np.maximum.accumulate(np.where(anew, np.arange(len(corners)) + 1, 0))[: len(place)]
    odd = (place - start) % 2
    if mode == STRIP:
        at = np.stack([place, place + 1 + odd, place + 2 - odd], 1)
    else:
        at = np.stack([place + 1, place + 2, start], 1)
    faces = corners[at[~(anew[:-2] | anew[1:-1] | anew[2:])]] if len(place) else np.zeros((0, 3), np.int64)
    a, b, c = faces.T
    return faces[(a != b) & (b != c) & (c != a)]

"""Which meshes a glTF scene draws and where: its nodes, their transforms, instances."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pointrecon.progress import plural
from pointrecon.shapes.readers.gltf_data import GltfData

_MOST_PLACES = 1_000_000


@dataclass
class GltfDraw:
    """One mesh at one or more places, with one pose.

    Shape:
        places: a (k, 4, 4) for each node. weights: of the mesh's morph targets.
        number, name: of the draw in its scene; of the mesh, else of its first node, or "".
    """

    mesh: int
    skin: int | None
    weights: tuple[float, ...]
    places: list[np.ndarray] = field(default_factory=list)
    number: int = 0
    name: str = ""


def drawn(data: GltfData, worlds: np.ndarray) -> tuple[list[GltfDraw], list[str]]:
    """What the file's scene draws (sections 3.5 and 3.6), and what of it does not show.

    The default scene, else the first; without any, all nodes, and without nodes all meshes where they are.
    """
    nodes = data.items("nodes")
    roots, notes = _roots(data)
    draws: dict[Any, GltfDraw] = {}
    flat = total = 0
    shown, hidden = _reached(data, roots)
    reached = [*shown, *hidden]
    for index in shown:
        node = nodes[index]
        if "mesh" not in node:
            continue
        mesh = data.item("meshes", node["mesh"])
        weights = tuple(node.get("weights", mesh.get("weights", ())))
        key = (node["mesh"], node.get("skin"), weights)
        places = worlds[index] @ _instances(data, node)
        # a scale of zero hides a part, as authors of animations do (section 5.25)
        visible = places[:, :3, :3].any((1, 2)) | ("skin" in node)
        flat += int((~visible).sum())
        total += len(places)
        if total > _MOST_PLACES:
            raise data.refusal(f"it draws its parts at more than {_MOST_PLACES:,} places: thin it out")
        if visible.any():
            name = str(mesh.get("name") or node.get("name") or "")
            draws.setdefault(key, GltfDraw(*key, number=len(draws), name=name)).places.append(places[visible])
    if not nodes and not data.items("scenes"):
        draws = {i: GltfDraw(i, None, (), [np.eye(4)[None]], i) for i in range(len(data.items("meshes")))}
    if flat:
        notes.append(f"{plural(flat, 'part')} left out, scaled to nothing")
    if hidden := [index for index in hidden if "mesh" in nodes[index]]:
        notes.append(f"{plural(len(hidden), 'part')} left out, hidden by the file")
    named = {draw.mesh for draw in draws.values()} | {nodes[i]["mesh"] for i in reached if "mesh" in nodes[i]}
    meshes = len(data.items("meshes"))
    if meshes > len(named):
        notes.append(f"{meshes - len(named)} of its {meshes} meshes left out, which the scene does not draw")
    return list(draws.values()), notes


def _roots(data: GltfData) -> tuple[Iterable[int], list[str]]:
    """The nodes to begin with, and what to tell of how they were chosen."""
    if not (scenes := data.items("scenes")):
        return range(len(data.items("nodes"))), ["it names no scene: all its parts are read"]
    roots = data.item("scenes", data.json.get("scene", 0)).get("nodes", [])
    if len(scenes) == 1:
        return roots, []
    which = "the default one" if "scene" in data.json else "none is the default: the first"
    return roots, [f"it has {len(scenes)} scenes, {which} is read"]


def world_matrices(data: GltfData) -> np.ndarray:
    """Where each node stands in the whole, (nodes, 4, 4); InputError for nodes in a circle, or of two parents."""
    nodes = data.items("nodes")
    worlds = _local_matrices(nodes)
    parents = np.full(len(nodes), -1)
    for index, node in enumerate(nodes):
        for child in node.get("children", ()):
            data.item("nodes", child)
            if parents[child] >= 0 and parents[child] != index:
                raise data.refusal(f"its node {child} has two parents, which the format forbids: export it again")
            parents[child] = index
    level, left = np.flatnonzero(parents < 0), len(nodes)
    order = np.argsort(parents, kind="stable")
    ranked = parents[order]
    while len(level):
        left -= len(level)
        starts, ends = np.searchsorted(ranked, level), np.searchsorted(ranked, level, side="right")
        level = order[np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)])].astype(int)
        worlds[level] = worlds[parents[level]] @ worlds[level]
    if left:
        raise data.refusal(f"{left} of its nodes are in a circle, each in the other: export it again")
    return worlds


def _local_matrices(nodes: list[dict[str, Any]]) -> np.ndarray:
    """Of each node its matrix, or what its translation, rotation and scale give: T R S (section 3.5.3)."""
    count = len(nodes)
    translation, rotation, scale = np.zeros((count, 3)), np.zeros((count, 4)), np.ones((count, 3))
    rotation[:, 3] = 1.0
    for index, node in enumerate(nodes):
        for name, into in (("translation", translation), ("rotation", rotation), ("scale", scale)):
            if name in node:
                into[index] = node[name]
    matrices = composed(translation, rotation, scale)
    for index, node in enumerate(nodes):
        if "matrix" in node:
            matrices[index] = np.asarray(node["matrix"], np.float64).reshape(4, 4).T
    return matrices


def composed(translation: np.ndarray, rotation: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Matrices (n, 4, 4) that scale (n, 3), rotate by a quaternion x y z w (n, 4), then translate (n, 3)."""
    length = np.linalg.norm(rotation, axis=1, keepdims=True)
    x, y, z, w = (rotation / np.where(length > 0, length, 1.0)).T
    matrices = np.zeros((len(translation), 4, 4))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrices[:, :3, :3] = turn.transpose(2, 0, 1) * scale[:, None, :]
    matrices[:, :3, 3] = translation
    matrices[:, 3, 3] = 1.0
    return matrices


def _instances(data: GltfData, node: dict[str, Any]) -> np.ndarray:
    """Matrices (k, 4, 4) of the node's instances within it (EXT_mesh_gpu_instancing); of most nodes only one."""
    attributes = node.get("extensions", {}).get("EXT_mesh_gpu_instancing", {}).get("attributes", {})
    kinds = {"TRANSLATION": "VEC3", "ROTATION": "VEC4", "SCALE": "VEC3"}
    given = {name: data.numbers(attributes[name], kind) for name, kind in kinds.items() if name in attributes}
    if not given:
        return np.eye(4)[None]
    counts = {len(values) for values in given.values()}
    if len(counts) > 1:
        raise data.refusal(f"the numbers of its instances differ, {sorted(counts)}: export it again")
    count = counts.pop()
    rest = {"TRANSLATION": np.zeros((1, 3)), "ROTATION": np.array([[0, 0, 0, 1.0]]), "SCALE": np.ones((1, 3))}
    values = [np.broadcast_to(given.get(name, rest[name]), (count, rest[name].shape[1])) for name in kinds]
    return composed(*(np.asarray(v, np.float64) for v in values))


def _reached(data: GltfData, roots: Iterable[int]) -> tuple[list[int], list[int]]:
    """The nodes below these, in order, each once: those that show, and those that KHR_node_visibility hides."""
    seen: set[int] = set()
    shown: list[int] = []
    hidden: list[int] = []
    stack = [(root, True) for root in reversed(list(roots))]
    while stack:
        index, visible = stack.pop()
        if index in seen:
            continue
        node = data.item("nodes", index)
        seen.add(index)
        visible &= node.get("extensions", {}).get("KHR_node_visibility", {}).get("visible", True) is not False
        (shown if visible else hidden).append(index)
        stack += [(child, visible) for child in reversed(node.get("children", ()))]
    return shown, hidden

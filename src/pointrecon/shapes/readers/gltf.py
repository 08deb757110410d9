"""Reading glTF 2.0, .glb and .gltf: the scene as it is drawn, without animations."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from pointrecon.errors import InputError, first_line
from pointrecon.progress import plural
from pointrecon.shapes.readers.clouds import Cloud, unit
from pointrecon.shapes.readers.gltf_colors import GltfColors
from pointrecon.shapes.readers.gltf_data import GltfData
from pointrecon.shapes.readers.gltf_draco import DRACO, without_draco
from pointrecon.shapes.readers.gltf_meshes import (
    FAN,
    POINTS,
    STRIP,
    TRIANGLES,
    corners_of,
    joints_of,
    skinned,
    triangles_of,
    vertices_of,
)
from pointrecon.shapes.readers.gltf_nodes import GltfDraw, drawn, world_matrices
from pointrecon.shapes.readers.limits import check_triangles
from pointrecon.shapes.readers.placed import moved, placed
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Piece, Placing, Surface
from pointrecon.shapes.table.file_facts import Facts

# Extensions that a file may require and that are read here, or change only what is not: how surfaces shine (all of
# KHR_materials_*), lights, what things mean, where on the globe all stands. Pictures that cannot be read are told.
_KNOWN_EXTENSIONS = {
    *(DRACO, "KHR_mesh_quantization", "KHR_texture_transform", "EXT_mesh_gpu_instancing", "KHR_node_visibility"),
    *("EXT_texture_webp", "EXT_texture_avif", "KHR_texture_basisu", "MSFT_texture_dds", "KHR_lights_punctual"),
    *("EXT_lights_image_based", "EXT_lights_ies", "KHR_animation_pointer", "KHR_xmp", "KHR_xmp_json_ld", "MSFT_lod"),
    *("EXT_mesh_features", "EXT_instance_features", "EXT_structural_metadata", "EXT_mesh_primitive_restart"),
    *("KHR_node_selectability", "KHR_node_hoverability", "KHR_techniques_webgl", "AGI_articulations", "CESIUM_RTC"),
}
# triangles or vertices that a file may come to by drawing its parts again and again: so many, or so many for each byte
_REPEATED, _REPEATED_A_BYTE = 4_000_000, 4


def read_gltf(source: SourceFile, before: Callable[[GltfData], None] | None = None) -> Surface:
    """The scene of a glTF file: triangles of all parts as they are placed and posed, else its points.

    By the specification, https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html, with KHR_mesh_quantization,
    KHR_texture_transform, EXT_mesh_gpu_instancing, KHR_node_visibility, EXT_texture_webp, and with DracoPy
    KHR_draco_mesh_compression. ``before`` the scene is read may look at the file's data and change them.

    Raises:
        InputError: another version than 2, damage, a required extension that is not read, meshopt packing without data
            beside it, a file beside it that is missing or lies outside, too many triangles.
    """
    try:
        data = GltfData(source)
        if before is not None:
            before(data)
        with np.errstate(all="ignore"):  # what is not finite is found by the check behind every reader
            return _Scene(data, apart=source.apart).surface()
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, OSError) as error:
        why = "something in it is not what the format prescribes"
        if isinstance(error, KeyError | ValueError | OSError):
            why = f"it lacks {error}" if isinstance(error, KeyError) else first_line(error)[:100]
        raise InputError(f"{source.path} is no readable {source.path.suffix[1:].upper()} file ({why})") from error


class _Scene:
    """What was read so far of a file's scene."""

    def __init__(self, data: GltfData, *, apart: bool = False) -> None:
        self._data, self._apart = data, apart
        self._colors = GltfColors(data)
        self._pieces: list[Piece] = []
        self._clouds: list[Cloud] = []
        self._left_out: Counter[tuple[str, str]] = Counter()
        self._total = self._faces = 0

    def surface(self) -> Surface:
        unknown = [
            name
            for name in self._data.items("extensionsRequired")
            if name not in _KNOWN_EXTENSIONS and not str(name).startswith("KHR_materials_")
        ]
        if unknown:
            raise self._data.refusal(f"it requires {', '.join(map(str, unknown))}, not read here: export it without")
        worlds = world_matrices(self._data)
        draws, notes = drawn(self._data, worlds)
        for draw in draws:
            joints = None if draw.skin is None else joints_of(self._data, draw.skin, worlds)
            for primitive in self._data.item("meshes", draw.mesh)["primitives"]:
                self._add(draw, primitive, joints)
        if self._pieces:
            beside = sum(len(cloud.points) for cloud in self._clouds)
            notes += [f"{plural(beside, 'point')} beside its faces left out"] if beside else []
        notes += [f"{plural(count, noun)} left out{why}" for (noun, why), count in self._left_out.items() if count]
        if not self._pieces and not self._clouds:
            raise self._data.refusal(f"it draws no faces and no points ({'; '.join(notes) or 'an empty mesh'})")
        if not self._colors.named:
            for piece in self._pieces:
                piece.paint = None
        loose = None if self._pieces else _joined(self._clouds)
        facts: Facts = {"unit": "m", "up": "y", "up_source": "format"}
        return Surface(self._pieces, loose, [*notes, *self._colors.notes], facts)

    def _add(self, draw: GltfDraw, primitive: dict[str, Any], joints: np.ndarray | None) -> None:
        """One primitive at all places of its mesh."""
        if "POSITION" not in primitive.get("attributes", {}):
            self._left_out["part", ", without vertices"] += 1
            return
        primitive = without_draco(self._data, primitive)
        mode = primitive.get("mode", TRIANGLES)
        places = np.concatenate(draw.places)
        vertices, step = vertices_of(self._data, primitive, list(draw.weights))
        corners, restart = corners_of(self._data, primitive, len(vertices))
        if mode in (1, 2, 3):
            self._left_out["line", ""] += len(places) * _lines(len(corners), mode)
            return
        if mode not in (POINTS, TRIANGLES, STRIP, FAN):
            raise self._data.refusal(f"a part is drawn in mode {mode}, which the format does not know: export it again")
        if joints is not None and "JOINTS_0" in primitive["attributes"]:
            vertices = skinned(self._data, primitive, vertices, joints)
            places = np.broadcast_to(np.eye(4), places.shape)  # a skin's joints alone place it (section 3.7.3.3)
        step *= float(np.linalg.norm(places[:, :3, :3], axis=1).max())
        faces = len(corners) // 3 if mode == TRIANGLES else max(len(corners) - 2, 0)
        self._total += len(places) * max(len(vertices), len(corners) if mode == POINTS else faces)
        if self._total > max(_REPEATED, _REPEATED_A_BYTE * self._data.size):
            size = f"{self._total:,} triangles or vertices from {self._data.size:,} bytes"
            raise self._data.refusal(f"it draws at least {size}, more than is read: thin it out")
        if mode == POINTS:
            self._clouds.append(replace(self._cloud(primitive, vertices, corners, places), step=step))
            return
        self._faces += len(places) * faces
        check_triangles(self._faces, self._data.path)
        drawn_faces = triangles_of(corners, restart, mode)
        if mode == TRIANGLES:
            self._left_out["corner", ", which make no triangle"] += len(corners) % 3
        if len(drawn_faces) and len(vertices):
            drawn_faces[(drawn_faces >= len(vertices)).any(1)] = -1  # the check behind every reader counts them
            paint = self._colors.paint(primitive, drawn_faces, len(vertices))
            piece = placed(vertices, drawn_faces, paint, places)
            piece.step = step
            if self._apart:
                piece.placing = Placing(draw.number, draw.name, (vertices, drawn_faces), places)
            self._pieces.append(piece)

    def _cloud(self, primitive: dict[str, Any], vertices: np.ndarray, corners: np.ndarray, places: np.ndarray) -> Cloud:
        chosen = corners[corners < len(vertices)]
        self._left_out["point", ", which the file does not hold"] += len(corners) - len(chosen)
        color = self._colors.point_colors(primitive, len(vertices))
        normals = None
        if "NORMAL" in primitive["attributes"]:
            given = self._data.numbers(primitive["attributes"]["NORMAL"], "VEC3").astype(np.float64)
            if len(given) == len(vertices):
                # the inverse, transposed, as far as the direction goes: it is there for flat places, too
                turns = places[:, :3, :3]
                sign = np.where(np.linalg.det(turns) < 0, -1.0, 1.0)[:, None, None]
                turns = sign * np.cross(turns[:, [1, 2, 0]], turns[:, [2, 0, 1]])
                normals = unit((given[chosen] @ turns.transpose(0, 2, 1)).reshape(-1, 3))
        points = moved(vertices[chosen], places).reshape(-1, 3)
        return Cloud(points, None if color is None else np.tile(color[chosen], (len(places), 1)), normals)


def _joined(clouds: list[Cloud]) -> Cloud:
    """Clouds as one, with colors where any has them (others white), and normals where all do."""
    color = None
    if any(cloud.color is not None for cloud in clouds):
        color = np.concatenate(
            [np.full((len(c.points), 3), 255, np.uint8) if c.color is None else c.color for c in clouds]
        )
    normals = [cloud.normals for cloud in clouds if cloud.normals is not None]
    whole = len(normals) == len(clouds)
    points, step = np.concatenate([c.points for c in clouds]), max(c.step for c in clouds)
    return Cloud(points, color, np.concatenate(normals) if whole else None, step=step)


def _lines(corners: int, mode: Any) -> int:
    """How many lines so many corners are: pairs, a loop or a strip."""
    return max({1: corners // 2, 2: corners, 3: corners - 1}[mode], 0)

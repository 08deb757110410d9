"""glTF meshes that are packed with Draco: their numbers, put where the reader looks for those that are not packed."""

from typing import Any

import numpy as np

from pointrecon.errors import first_line, install_hint
from pointrecon.shapes.readers.gltf_data import GltfData
from pointrecon.shapes.readers.gltf_meshes import TRIANGLES

DRACO = "KHR_draco_mesh_compression"


def without_draco(data: GltfData, primitive: dict[str, Any]) -> dict[str, Any]:
    """A primitive whose packed numbers `data` has, until the next one is asked for; any other as it is.

    By https://github.com/KhronosGroup/glTF/tree/main/extensions/2.0/Khronos/KHR_draco_mesh_compression; numbers that
    stand beside the packed ones, which the format allows, are taken instead: they are the exact ones. InputError where
    the packing is damaged, or nothing is installed that unpacks it.
    """
    packing = primitive.get("extensions", {}).get(DRACO)
    named = [primitive["attributes"]["POSITION"], *([primitive["indices"]] if "indices" in primitive else [])]
    data.unpacked = {}
    if packing is None or all(map(data.has_data, named)):
        return primitive
    try:
        import DracoPy
    except ModuleNotFoundError as error:
        raise data.refusal(f"it is packed with {DRACO}, which needs 'DracoPy': {install_hint('draco')}") from error
    try:
        mesh = DracoPy.decode(bytes(data.view(packing["bufferView"])))
    except Exception as error:  # those that it raises are of no common type
        raise data.refusal(f"what {DRACO} packed is damaged ({first_line(error)}): export it again") from error
    if not isinstance(mesh, DracoPy.DracoMesh):
        raise data.refusal(f"{DRACO} packs points there, where the format has meshes: export it again")
    numbers = {one["unique_id"]: np.atleast_2d(one["data"]) for one in mesh.attributes}
    for name, number in packing["attributes"].items():
        if number not in numbers:
            raise data.refusal(f"what {DRACO} packed lacks {name}: export it again")
        data.unpacked[primitive["attributes"][name]] = numbers[number]
    # faces come one by one, strips or not
    primitive = {"indices": len(data.items("accessors")), **primitive, "mode": TRIANGLES}
    if primitive["indices"] == len(data.items("accessors")):
        data.items("accessors").append({"componentType": 5125, "type": "SCALAR", "count": 0})
    data.unpacked[primitive["indices"]] = np.asarray(mesh.faces, np.uint32).reshape(-1, 1)
    data.size += sum(values.nbytes for values in data.unpacked.values())
    return primitive

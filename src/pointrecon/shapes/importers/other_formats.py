"""Files of formats that are not read: the known ones, each with what to do about it."""

from collections.abc import Mapping

# what to do -> the suffixes; one that a reader comes for is taken out here
_REMEDIES = {
    "export CAD files as STL, OBJ or GLB": (
        "p21 stpz brep brp x_t x_b xmt_txt xmt_bin sat sab sldprt sldasm slddrw ipt iam prt "
        "asm par psm catpart catproduct cgr model jt fcstd 3dm 3dmx dwg dxf dgn ifc ifczip f3d f3z scad skp "
        "rvt rfa nwd easm eprt 3dxml plmxml prc u3d vda neu gcode amf"
    ),
    "export scenes as GLB or OBJ": (
        "dae fbx blend 3ds max ma mb c4d lwo lws lxo ac x wrl wrz vrml x3d x3db x3dv usd usda usdc usdz abc "
        "ctm md2 md3 md5mesh mdl smd ms3d b3d dff nif ase ztl zpr hip bgeo geo drc vrm pmx pmd assbin ogex "
        "cob q3o xgl zgl iqm"
    ),
    "export simulation meshes as STL, OBJ or PLY": (
        "vtk vtu vtp vts vti vtm msh mesh meshb bdf nas unv inp cdb med exo e xdmf xmf su2 cas foam node ele"
    ),
    "export scans as PLY, LAS or XYZ": (
        "ptg rcp rcs fls fws zfs zfprj lsproj lsdx rxp rdbx dp imp xyzn xyzrgb xyzi txyz pcl "
        "splat ksplat spz b3dm pnts i3dm ept bpf pod cl3 dtm"
    ),
    "export volumes as STL or PLY": "vox binvox schematic nrrd nii mhd mha dcm vdb svo",
    "save arrays as NPY or NPZ": "pkl pickle pt pth mat bin tfrecord tfrecords parquet feather arrow lmdb",
    "unpack archives": "zip 7z rar tar gz tgz bz2 xz zst tbz txz",
}
REMEDIES = {f".{suffix}": remedy for remedy, suffixes in _REMEDIES.items() for suffix in suffixes.split()}
_BESIDE_GLTF = ".bin"
METADATA = "metadata.parquet"  # tells of the files beside it


def format_of(name: str, beside: frozenset[str] | set[str]) -> str:
    """The suffix by which a file of a known format that is not read is counted, "" for any other file.

    Materials, pictures, notes and the like are no shapes. ``beside`` are the suffixes of the files in its folder: the
    .bin beside a .gltf is a part of it.
    """
    if name == METADATA:
        return ""
    stem, _, suffix = name.lower().rpartition(".")
    if suffix.isdigit() and "." in stem:  # part.prt.3 is the third version of part.prt
        suffix = stem.rpartition(".")[2]
    suffix = f".{suffix}"
    return suffix if stem and suffix in REMEDIES and not (suffix == _BESIDE_GLTF and ".gltf" in beside) else ""


def not_read(counts: Mapping[str, int]) -> str:
    """One line on files that are not read: "not read: 2 .step, 1 .iges (export ...), 1 .zip (unpack archives)"."""
    told: dict[str, list[str]] = {}
    for suffix, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        told.setdefault(REMEDIES[suffix], []).append(f"{count} {suffix}")
    groups = [f"{', '.join(files)} ({remedy})" for remedy, files in told.items()]
    return f"not read: {'; '.join(groups)}" if groups else ""

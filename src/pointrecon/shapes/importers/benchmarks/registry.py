"""The benchmarks that can be imported: what each expects, where it comes from, under which terms, how much it holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pointrecon.errors import InputError, did_you_mean
from pointrecon.shapes.importers.benchmarks.fewshot_files import read_fewshot
from pointrecon.shapes.importers.benchmarks.modelnet import read_modelnet
from pointrecon.shapes.importers.benchmarks.objaverse import read_objaverse
from pointrecon.shapes.importers.benchmarks.plan import Plan
from pointrecon.shapes.importers.benchmarks.scanobjectnn import HARDEST, read_scanobjectnn
from pointrecon.shapes.importers.benchmarks.shapenet55 import read_shapenet55
from pointrecon.shapes.importers.benchmarks.shapenetpart import read_shapenetpart

# no semicolons: they separate the licenses and sources of joined tables
_MODELNET_TERMS = "academic research only, the models belong to their authors"
_SHAPENET_TERMS = "non-commercial research and education, after registration at shapenet.org"
_SCAN_TERMS = "research, after accepting the terms of use on its page"
_SCANS = "training_objectdataset.h5, test_objectdataset.h5"


@dataclass(frozen=True)
class Benchmark:
    """One entry of the registry.

    Attributes:
        title: as it is usually written; the name of the table.
        read: what a folder holds, in the layout of this name or in the first found.
        layouts: what can be chosen with a layout's name, and what each looks like below the folder.
        counts: official shapes of each split. source: where to get it. terms: of use, kept as the table's license.
        up: the axis that points up in the files, where its layout has no other.
    """

    title: str
    read: Callable[..., Plan]
    layouts: Mapping[str, str]
    counts: str
    source: str
    terms: str
    up: str = "y"
    up_of_layout: Mapping[str, str] = field(default_factory=dict)

    def plan(self, folder: Path, layout: str = "") -> Plan:
        """What the folder holds.

        Raises:
            InputError: it is not laid out in any of the ways known, or a list is damaged or missing.
        """
        if layout and layout not in self.layouts:
            raise InputError(f"{self.title} has no layout '{layout}'; use {', '.join(self.layouts)}")
        return self.read(folder, layout)


def _modelnet(kind: int, counts: str, source: str) -> Benchmark:
    lists = f"modelnet{kind}_shape_names.txt, modelnet{kind}_train.txt, modelnet{kind}_test.txt"
    layouts = {
        "pickle": f"modelnet{kind}_train_8192pts_fps.dat, modelnet{kind}_test_8192pts_fps.dat",
        "text": f"modelnet40_normal_resampled: {lists}, CLASS/CLASS_0001.txt",
        "off": f"ModelNet{kind}: CLASS/train/*.off, CLASS/test/*.off",
    }
    if kind == 40:
        layouts["hdf5"] = "modelnet40_ply_hdf5_2048: train_files.txt, test_files.txt, ply_data_*.h5 (9840 train)"
    read = partial(read_modelnet, kind=kind)
    return Benchmark(f"ModelNet{kind}", read, layouts, counts, source, _MODELNET_TERMS, up_of_layout={"off": "z"})


def _scan(kind: str, part: str, ending: str, files: str, counts: str) -> Benchmark:
    read = partial(read_scanobjectnn, part=part, ending=ending)
    source = "https://hkust-vgd.github.io/scanobjectnn/"
    layouts = {"hdf5": f"{part}: {files}"}
    return Benchmark(f"ScanObjectNN {kind}", read, layouts, f"{counts}, 15 classes", source, _SCAN_TERMS)


BENCHMARKS: dict[str, Benchmark] = {
    "shapenet55": Benchmark(
        "ShapeNet-55",
        read_shapenet55,
        {
            "npy": "shapenet_pc/*.npy, ShapeNet-55/train.txt and test.txt; optional shapenet55.json and pictures: "
            "shapenet_img, rendered_images, only_rgb_depth_images or ShapeNetRendering"
        },
        "41952 train, 10518 test, 55 classes",
        "https://github.com/lulutang0608/Point-BERT (DATASET.md), pictures: https://github.com/qizekun/ReCon or "
        "https://github.com/salesforce/ULIP",
        _SHAPENET_TERMS,
    ),
    "modelnet40": _modelnet(
        40, "9843 train, 2468 test, 40 classes", "https://modelnet.cs.princeton.edu, pickles: Point-BERT (DATASET.md)"
    ),
    "modelnet10": _modelnet(10, "3991 train, 908 test, 10 classes", "https://modelnet.cs.princeton.edu"),
    "modelnet40-fewshot": Benchmark(
        "ModelNet40 few-shot",
        read_fewshot,
        {"pickle": "5way_10shot/0.pkl to 9.pkl, likewise 5way_20shot, 10way_10shot, 10way_20shot; or one of them"},
        "10 folds a setting, way × shot train and way × 20 test each",
        "https://github.com/lulutang0608/Point-BERT (DATASET.md)",
        _MODELNET_TERMS,
    ),
    "scanobjectnn-obj-bg": _scan("OBJ_BG", "main_split", "", _SCANS, "2309 train, 581 test"),
    "scanobjectnn-obj-only": _scan("OBJ_ONLY", "main_split_nobg", "", _SCANS, "2309 train, 581 test"),
    "scanobjectnn-pb-t50-rs": _scan(
        "PB_T50_RS", "main_split", HARDEST, f"training_ and test_objectdataset{HARDEST}.h5", "11416 train, 2882 test"
    ),
    "shapenetpart": Benchmark(
        "ShapeNetPart",
        read_shapenetpart,
        {
            "text": "shapenetcore_partanno_segmentation_benchmark_v0_normal: train_test_split/*.json, SYNSET/*.txt",
            "hdf5": "hdf5_data: train_, val_ and test_hdf5_file_list.txt, ply_data_*.h5",
        },
        "12137 train, 1870 val, 2874 test, 16 categories, 50 parts",
        "https://shapenet.cs.stanford.edu/media/shapenetcore_partanno_segmentation_benchmark_v0_normal.zip",
        _SHAPENET_TERMS,
    ),
    "objaverse": Benchmark(
        "Objaverse",
        read_objaverse,
        {
            "folder": "**/ID.npy or ID.npz, plain, of OpenShape or ULIP; captions, classes and train…/test… lists in "
            "*.json, *.json.gz, *.csv"
        },
        "none: whatever is in the folder",
        "https://objaverse.allenai.org, https://huggingface.co/datasets/OpenShape/openshape-training-data",
        "ODC-By 1.0 for the collection, each object has a Creative Commons license of its own",
    ),
}


def benchmark(name: str) -> Benchmark:
    """The entry of this name.

    Raises:
        InputError: there is none.
    """
    if name not in BENCHMARKS:
        hint = did_you_mean(
            name.lower().replace("_", "-"), BENCHMARKS, f"there are {', '.join(BENCHMARKS)}", cutoff=0.4
        )
        raise InputError(f"there is no benchmark '{name}'; {hint}")
    return BENCHMARKS[name]


def listing() -> str:
    """What `pointrecon shapes benchmark --list` prints."""
    lines = []
    for name, entry in BENCHMARKS.items():
        told = {"counts": entry.counts, "from": entry.source, "terms": entry.terms, **entry.layouts}
        lines += [f"{name}: {entry.title}", *(f"  {key:<8} {text}" for key, text in told.items()), ""]
    return "\n".join(lines[:-1])

"""Tiny benchmarks, written in exactly the layouts researchers have."""

import json
import pickle
from pathlib import Path

import h5py
import numpy as np

from pointrecon.shapes.importers.benchmarks.official_names import MODELNET40, SHAPENETPART

POINTS = 24
PNG = bytes.fromhex(  # one gray pixel
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000" + "3a7e9b55"
    "0000000a49444154789c636800000082008177cd72b6" + "0000000049454e44ae426082"
)


def cloud(seed: int, points: int = POINTS) -> np.ndarray:
    """(points, 6) float32: coordinates off center, and unit normals."""
    rng = np.random.default_rng(seed)
    normals = rng.normal(size=(points, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return np.concatenate([rng.normal(size=(points, 3)) + 5, normals], 1).astype(np.float32)


def unit_ball(points: np.ndarray) -> np.ndarray:
    """What every importer should make of coordinates."""
    centered = points.astype(np.float64) - points.mean(0)
    return centered / np.linalg.norm(centered, axis=1).max()


MODELNET = {"train": ["airplane_0001", "airplane_0002", "night_stand_0001"], "test": ["airplane_0003", "xbox_0001"]}


def modelnet_text(folder: Path, kind: int = 40, names: dict[str, list[str]] = MODELNET) -> Path:
    folder = folder / "modelnet40_normal_resampled"
    folder.mkdir(parents=True, exist_ok=True)
    modelnet_lists(folder, kind, names)
    for number, name in enumerate(n for some in names.values() for n in some):
        path = folder / name.rpartition("_")[0] / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        np.savetxt(path, cloud(number), delimiter=",", fmt="%.6f")
    return folder


def modelnet_lists(folder: Path, kind: int, names: dict[str, list[str]]) -> None:
    classes = MODELNET40[:kind] if kind == 40 else ("bathtub", "bed", "chair", "desk", "dresser", "monitor",
                                                    "night_stand", "sofa", "table", "toilet")  # fmt: skip
    (folder / f"modelnet{kind}_shape_names.txt").write_text("\n".join(classes) + "\n")
    for split, some in names.items():
        (folder / f"modelnet{kind}_{split}.txt").write_text("\n".join(some) + "\n")


def modelnet_pickles(folder: Path, protocol: int = 4, lists: bool = True) -> Path:
    """As Point-BERT's data set writes them: [list of (N, 6) float32, list of (1,) int32]."""
    folder.mkdir(parents=True, exist_ok=True)
    if lists:
        modelnet_lists(folder, 40, MODELNET)
    number = 0
    for split, names in MODELNET.items():
        clouds, labels = [], []
        for name in names:
            clouds.append(cloud(number))
            labels.append(np.array([MODELNET40.index(name.rpartition("_")[0])]).astype(np.int32))
            number += 1
        with (folder / f"modelnet40_{split}_8192pts_fps.dat").open("wb") as file:
            pickle.dump([clouds, labels], file, protocol=protocol)
    return folder


def modelnet_hdf5(folder: Path) -> Path:
    folder = folder / "modelnet40_ply_hdf5_2048"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shape_names.txt").write_text("\n".join(MODELNET40) + "\n")
    for split, files in (("train", [[0, 1], [39]]), ("test", [[2]])):
        lines = []
        for number, labels in enumerate(files):
            path = folder / f"ply_data_{split}{number}.h5"
            clouds = np.stack([cloud(10 * number + i) for i in range(len(labels))])
            with h5py.File(path, "w") as file:
                file.create_dataset("data", data=clouds[:, :, :3], compression="gzip")
                file.create_dataset("normal", data=clouds[:, :, 3:], compression="gzip")
                file.create_dataset("label", data=np.array(labels, np.uint8)[:, None])
            lines.append(f"data/modelnet40_ply_hdf5_2048/{path.name}")
        (folder / f"{split}_files.txt").write_text("\n".join(lines) + "\n")
    names = [f"{MODELNET40[n]}/{MODELNET40[n]}_000{n + 1}.ply" for n in (0, 1)]
    (folder / "ply_data_train_0_id2file.json").write_text(json.dumps(names))
    return folder


OFF = "OFF\n4 4 6\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 0 1 3\n3 0 2 3\n3 1 2 3\n"


def modelnet_off(folder: Path) -> Path:
    folder = folder / "ModelNet10"
    for name in ("chair/train/chair_0001", "chair/test/chair_0002", "night_stand/train/night_stand_0001"):
        path = folder / f"{name}.off"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(OFF)
    return folder


def fewshot(folder: Path, protocol: int = 4) -> Path:
    folder = folder / "ModelNetFewshot"
    for way, shot in ((5, 10), (5, 20)):
        place = folder / f"{way}way_{shot}shot"
        place.mkdir(parents=True)
        for fold in range(2):
            data = {
                split: [(cloud(i, 8), i % 2, np.int32([7, 3][i % 2])) for i in range(count)]
                for split, count in (("train", 4), ("test", 6))
            }
            with (place / f"{fold}.pkl").open("wb") as file:
                pickle.dump(data, file, protocol=protocol)
    return folder


SCAN_FILES = {
    "main_split": ("objectdataset", "objectdataset_augmentedrot_scale75"),
    "main_split_nobg": ("objectdataset",),
}


def scanobjectnn(folder: Path) -> Path:
    folder = folder / "h5_files"
    for number, (place, names) in enumerate(SCAN_FILES.items()):
        (folder / place).mkdir(parents=True)
        for name in names:
            for split, count in (("training", 5), ("test", 3)):
                clouds = np.stack([cloud(100 * number + i)[:, :3] for i in range(count)])
                mask = np.where(np.arange(POINTS) < 6, -1, 4)[None].repeat(count, 0)
                with h5py.File(folder / place / f"{split}_{name}.h5", "w") as file:
                    file["data"], file["mask"] = clouds, mask.astype(np.int32)
                    file["label"] = np.arange(count, dtype=np.int32) % 15
    return folder


SHAPENET = {"train": ["02691156-1a04e3eab45ca15dd86060f189eb133", "04554684-2b2e5e8b"], "test": ["02691156-9f3c0d"]}


def shapenet55(folder: Path, described: object = None) -> Path:
    folder = folder / "ShapeNet55-34"
    for name in ("shapenet_pc", "shapenet_img", "ShapeNet-55"):
        (folder / name).mkdir(parents=True)
    for number, name in enumerate(n for some in SHAPENET.values() for n in some):
        np.save(folder / "shapenet_pc" / f"{name}.npy", cloud(number)[:, :3])
    (folder / "shapenet_img" / f"{SHAPENET['train'][0]}.png").write_bytes(PNG)
    for split, names in SHAPENET.items():
        (folder / "ShapeNet-55" / f"{split}.txt").write_text("".join(f"{name}.npy\n" for name in names))
    if described is not None:
        (folder / "shapenet55.json").write_text(json.dumps(described))
    return folder


PARTS = {
    "train": [("Airplane", "1a04e3", 30), ("Mug", "a0c78f", 30)],
    "val": [("Mug", "b46e89", 30)],
    "test": [("Table", "4a2f3c", 12)],
}


def part_labels(category: str, count: int) -> np.ndarray:
    """The labels 0 to 49 of this category, by turns."""
    first = 0
    for name, (_, parts) in SHAPENETPART.items():
        if name == category:
            return first + np.arange(count) % len(parts)
        first += len(parts)
    raise KeyError(category)


def shapenetpart_text(folder: Path) -> Path:
    folder = folder / "shapenetcore_partanno_segmentation_benchmark_v0_normal"
    (folder / "train_test_split").mkdir(parents=True)
    lines = [f"{name}\t{synset}" for name, (synset, _) in SHAPENETPART.items()]
    (folder / "synsetoffset2category.txt").write_text("\n".join(lines) + "\n")
    number = 0
    for split, shapes in PARTS.items():
        listed = []
        for category, name, count in shapes:
            synset = SHAPENETPART[category][0]
            (folder / synset).mkdir(exist_ok=True)
            values = np.concatenate([cloud(number, count), part_labels(category, count)[:, None]], 1)
            np.savetxt(folder / synset / f"{name}.txt", values, fmt="%.6f")
            listed.append(f"shape_data/{synset}/{name}")
            number += 1
        path = folder / "train_test_split" / f"shuffled_{split}_file_list.json"
        path.write_text(json.dumps(listed))
    return folder


def shapenetpart_hdf5(folder: Path) -> Path:
    folder = folder / "hdf5_data"
    folder.mkdir(parents=True)
    names = list(SHAPENETPART)
    for split, categories in (("train", ["Airplane", "Mug"]), ("val", ["Cap"]), ("test", ["Table"])):
        with h5py.File(folder / f"ply_data_{split}0.h5", "w") as file:
            file["data"] = np.stack([cloud(i)[:, :3] for i in range(len(categories))])
            file["label"] = np.array([[names.index(c)] for c in categories], np.uint8)
            file["pid"] = np.stack([part_labels(c, POINTS) for c in categories]).astype(np.uint8)
        (folder / f"{split}_hdf5_file_list.txt").write_text(f"ply_data_{split}0.h5\n")
    return folder

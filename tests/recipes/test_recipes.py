"""Every recipe is told of in its header, is read by its command, and runs on a tiny table in the benchmark's layout."""

import pickle
import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

import layouts
from plus_models import plus_model
from pointrecon import finetune, load_model
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation.record import Record, load_records
from pointrecon.models import Teacher, create_model, save_model
from pointrecon.parser import CommandParser
from pointrecon.recipe import recipe, recipe_file, recipes, unfold
from pointrecon.shapes import import_benchmark, open_table
from pointrecon.shapes.importers.benchmarks.official_names import SHAPENETPART
from small import SMALL

PAPER = [one for one in recipes() if one.paper and one.command not in ("pretrain", "ablate")]
MODELNET = {
    "train": [f"{name}_000{i}" for name in ("airplane", "bed", "xbox") for i in range(1, 5)],
    "test": [f"{name}_0009" for name in ("airplane", "bed", "xbox")],
}
TINY = {**SMALL, "points": 24, "patches": 4, "patch_size": 8, "depth": 2}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("recipes")
    words = Teacher("words", 384, "minilm")
    save_model(create_model("nano", seed=3, **TINY, teachers={"text": words}), place / "model")
    save_model(plus_model(masking="causal", channels=3), place / "plus")
    tables: dict[str, tuple[str, Callable[[], Path]]] = {
        "modelnet40": ("modelnet40", lambda: layouts.modelnet_text(place / "40", 40, MODELNET)),
        "modelnet10": ("modelnet10", lambda: layouts.modelnet_text(place / "10", 10, ten())),
        "fewshot": ("modelnet40-fewshot", lambda: stored(place / "folds")),
        "shapenetpart": ("shapenetpart", lambda: parted(place / "parts")),
        **{
            key: (f"scanobjectnn-{key}", lambda: scans(place / "h5_files"))
            for key in ("obj-bg", "obj-only", "pb-t50-rs")
        },
    }
    for name, (benchmark, write) in tables.items():
        import_benchmark(benchmark, write(), place / f"{name}.npz", points=24, workers=1)
    return place


def ten() -> dict[str, list[str]]:
    """The same with classes that ModelNet10 has."""
    return {
        split: [name.replace("airplane", "chair").replace("xbox", "desk") for name in names]
        for split, names in MODELNET.items()
    }


def stored(folder: Path) -> Path:
    """Two folds of each of the four settings."""
    for way, shot in ((5, 10), (5, 20), (10, 10), (10, 20)):
        place = folder / f"{way}way_{shot}shot"
        place.mkdir(parents=True)
        for fold in range(2):
            data = {
                split: [(layouts.cloud(i), i % way, np.int32(3 * (i % way))) for i in range(way * count)]
                for split, count in (("train", shot), ("test", 2))
            }
            (place / f"{fold}.pkl").write_bytes(pickle.dumps(data))
    return folder


def scans(folder: Path) -> Path:
    for where, names in layouts.SCAN_FILES.items():
        (folder / where).mkdir(parents=True, exist_ok=True)
        for name in names:
            for split, count in (("training", 12), ("test", 6)):
                with h5py.File(folder / where / f"{split}_{name}.h5", "w") as file:
                    file["data"] = np.stack([layouts.cloud(i)[:, :3] for i in range(count)])
                    file["mask"] = np.zeros((count, layouts.POINTS), np.int32)
                    file["label"] = np.arange(count, dtype=np.int32) % 3
    return folder


def parted(folder: Path) -> Path:
    folder.mkdir()
    names = list(SHAPENETPART)
    for split, count in (("train", 8), ("val", 2), ("test", 2)):
        kinds = [("Airplane", "Mug")[i % 2] for i in range(count)]
        with h5py.File(folder / f"ply_data_{split}0.h5", "w") as file:
            file["data"] = np.stack([layouts.cloud(i)[:, :3] for i in range(count)])
            file["label"] = np.array([[names.index(kind)] for kind in kinds], np.uint8)
            file["pid"] = np.stack([layouts.part_labels(kind, layouts.POINTS) for kind in kinds]).astype(np.uint8)
        (folder / f"{split}_hdf5_file_list.txt").write_text(f"ply_data_{split}0.h5\n")
    return folder


TRAIN = "--train.epochs 1 --train.device cpu --train.precision 32 --seeds 1 --points 24 --patches 4"
SHRUNK = {
    "finetune": f"{TRAIN} --train.batch_size 4",
    "segment": f"{TRAIN} --train.batch_size 4",
    "few-shot": "--epochs 1 --folds 2 --device cpu",
    "probe": "--points 24 --device cpu",
    "zero-shot": "--points 24 --device cpu --templates plain",
}


@pytest.mark.parametrize("name", [one.name for one in PAPER])
def test_every_recipe_runs_as_its_header_says(place: Path, name: str, monkeypatch, tmp_path: Path) -> None:
    one = recipe(name)
    program, command, model, table, *rest = shlex.split(one.run)
    assert (program, command, Path(model).name) == ("pointrecon", one.command, "model")
    data = shlex.split(one.data)
    assert data[:3] == ["pointrecon", "shapes", "benchmark"]
    assert data[-2:] == ["-o", table]  # what the first command makes, the second reads
    if command == "zero-shot":
        teach_by_letters(monkeypatch)
    monkeypatch.chdir(tmp_path)
    begun = place / ("plus" if name.startswith("recon-plus") else "model")
    words = [command, str(begun), str(place / table.replace(".lance", ".npz")), *rest]
    assert main([*words, *SHRUNK[command].split()]) == 0
    (out,) = [value for flag, value in zip(rest, rest[1:], strict=False) if flag in ("-o", "--out")]
    files = [tmp_path / out] if out.endswith(".json") else sorted((tmp_path / out / "results").glob("*.json"))
    records = [record for file in files for record in load_records(file)]
    check(records, one.settings, command, name)


def check(records: list[Record], settings: dict[str, Any], command: str, name: str) -> None:
    """The recipe's settings are in the records."""
    assert records
    assert {record.protocol for record in records} == {"honest"}
    if command == "few-shot":
        assert {record.task for record in records} == {f"few-shot/full/{name.rsplit('-', 1)[1]}"}
        assert len(records) == 2
        assert all("the folds are the table's own" in record.notes for record in records)
        assert {record.choices["learning_rate"] for record in records} == {5e-4}
        assert {record.choices["draw"] for record in records} == {"farthest"}
    elif command in ("finetune", "segment"):
        task = "segment" if command == "segment" else f"finetune/{settings['mode']}"
        votes = settings.get("votes", 1)
        assert [record.task for record in records] == [task] + [f"{task}/votes{votes}"] * (votes > 1)
        assert records[0].choices["learning_rate"] == settings["optim"]["learning_rate"]
        rebuilt = any("rebuilds patches, too, with the weight 3" in note for note in records[0].notes)
        assert rebuilt == name.startswith("recon-plus")
    elif command == "probe":
        assert {record.task for record in records} == {"probe/svm"}
        assert {record.choices["standardize"] for record in records} == {False}
    else:
        assert records[0].choices["query"] == settings["query"]


def teach_by_letters(monkeypatch) -> None:
    """Words to the width of the model's teacher without the teacher."""
    import torch

    import pointrecon.teachers as room

    def matrix(teacher: object, names: list[str], templates: object) -> torch.Tensor:
        return torch.randn(len(names), 384, generator=torch.Generator().manual_seed(0))

    reader = SimpleNamespace(name="words", width=384, info={})
    monkeypatch.setattr(room, "load_text_teacher", lambda spec, device: reader, raising=False)
    monkeypatch.setattr(room, "text_class_matrix", matrix, raising=False)


def test_names_are_unique_and_every_paper_recipe_tells_what_it_is_for() -> None:
    every = recipes()
    assert len({one.name for one in every}) == len(every)
    assert all(one.summary for one in every)
    for one in every:
        if one.paper:
            assert one.data
            assert one.published
            assert one.ours, one.name
            assert f"--recipe {one.name}" in one.run
            assert one.run.startswith(f"pointrecon {one.command} ")


def test_those_of_recon_plus_differ_in_the_rebuilt_patches_alone() -> None:
    """METHOD-PLUS section 4, "Fine-tuning"."""
    every = [one for one in PAPER if one.name.startswith("recon-plus")]
    assert len(every) == 9
    for one in every:
        plain = recipe(one.name.removeprefix("recon-plus-")).settings
        if one.command == "finetune":
            plain = plain | {"classify": {**plain["classify"], "rebuild_weight": 3}}
        assert one.settings == plain


def test_the_settings_are_those_of_the_source() -> None:
    """METHOD section 4, line by line."""
    rates = {"": (2e-5, 1e-5, 1e-5), "-linear": (1e-4, 1e-4, 5e-5), "-mlp3": (1e-4, 1e-4, 5e-5)}
    for ending, (scan, small, large) in rates.items():
        for name in ("obj-bg", "obj-only", "pb-t50-rs"):
            found = recipe(f"scanobjectnn-{name}{ending}").settings
            assert (found["optim"]["learning_rate"], found["points"], found["patches"]) == (scan, 2048, 128)
            assert found["augment"] == {"rotate": "up", "scale": 1, "shift": 0}
        for name, rate, sizes in (("1k", small, (1024, 64)), ("8k", large, (8192, 512))):
            found = recipe(f"modelnet40-{name}{ending}").settings
            assert (found["optim"]["learning_rate"], (found["points"], found["patches"])) == (rate, sizes)
            assert found["augment"] == {"rotate": "none", "scale": pytest.approx(2 / 3), "shift": 0.2}
    for one in PAPER:
        if one.command in ("finetune", "segment"):
            train, optim = one.settings["train"], one.settings["optim"]
            segments = one.command == "segment"
            assert (train["epochs"], train["batch_size"]) == (300, 16 if segments else 32)
            assert one.settings["drop_path"] == (0.1 if segments else 0.2)
            assert (optim["warmup_epochs"], optim["weight_decay"], optim["clip"]) == (10, 0.05, 10)
    assert recipe("shapenetpart").settings["optim"]["learning_rate"] == 1e-4
    for way, shot in ((5, 10), (5, 20), (10, 10), (10, 20)):
        found = recipe(f"modelnet40-{way}w{shot}s").settings
        assert (found["way"], found["shot"], found["folds"], found["queries"]) == (way, shot, 10, 20)
        assert (found["epochs"], found["batch_size"], found["learning_rate"]) == (150, 32, 5e-4)


def test_options_and_python_settings_win_over_a_recipe(place: Path, tmp_path: Path) -> None:
    tiny = {"train": {"epochs": 1, "device": "cpu", "batch_size": 4}, "points": 24, "patches": 4, "seeds": 1}
    run = tmp_path / "run"
    finetune(place / "model", place / "pb-t50-rs.npz", run, recipe="scanobjectnn-pb-t50-rs-linear", **tiny)
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert (config["mode"], config["optim"]["learning_rate"], config["augment"]["rotate"]) == ("linear", 1e-4, "up")
    assert (config["train"]["epochs"], config["train"]["batch_size"], config["points"]) == (1, 4, 24)
    mine = tmp_path / "mine.yaml"
    mine.write_text("mode: mlp3\n")
    assert unfold(["a", "--recipe", str(mine), "b"], "finetune") == ["--config", str(mine), "a", "b"]
    assert unfold([f"--recipe={mine}"], "finetune") == ["--config", str(mine)]
    parser = CommandParser("x", "", "")
    parser.add_argument("--config", action="config")
    parser.add_argument("--mode", default="full")
    assert parser.parse_args(unfold(["--mode", "linear", "--recipe", str(mine)], "finetune")).mode == "linear"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("modelnet40-5w10s", "is for 'pointrecon few-shot'; type: pointrecon few-shot runs/recon/model"),
        ("modelnet-1k", "did you mean 'modelnet40-1k'"),
        ("zzz", "there is no recipe or file 'zzz'; the recipes are modelnet40-1k"),
    ],
)
def test_a_wrong_recipe_is_told(name: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        recipe_file(name, "finetune")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="needs a name"):
        unfold(["--recipe"], "finetune")


def test_the_command_lists_and_prints(capsys) -> None:
    assert main(["recipes"]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n{one.name}\n" in listed for one in recipes())
    assert listed.index("pointrecon pretrain\n") < listed.index("pointrecon finetune\n")
    assert "  published 97.3 ± 1.9 over ten folds" in listed
    assert main(["recipes", "few-shot"]) == 0
    assert "modelnet40-1k" not in capsys.readouterr().out
    assert main(["recipes", "modelnet40-1k"]) == 0
    assert capsys.readouterr().out == recipe("modelnet40-1k").text
    assert main(["recipes", "modelnet40-2k"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_own_folds_are_refused_where_there_are_too_few(place: Path, capsys) -> None:
    words = ["few-shot", str(place / "model"), str(place / "fewshot.npz"), "--way", "5", "--shot", "10"]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert "2 of 5 ways and 10 shots" in told
    assert len(open_table(place / "fewshot.npz").load(features=()).id) == 2 * (5 * 12 + 5 * 22 + 10 * 12 + 10 * 22)


@pytest.mark.parametrize(
    "name",
    [
        *("recon-pretrain", "recon-pretrain-clip", "recon-pretrain-smc", "nano", "made-base"),
        *("made-nano-1", "made-nano-2", "made-nano"),
    ],
)
def test_every_pre_training_recipe_runs(tmp_path: Path, name: str, monkeypatch) -> None:
    folder = layouts.shapenet55(tmp_path / "files")
    import_benchmark("shapenet55", folder, tmp_path / "shapenet55.npz", points=24, workers=1)
    arrays = open_table(tmp_path / "shapenet55.npz").load()
    rng = np.random.default_rng(0)
    made = [("image", "vit-in21k", 6), ("image", "clip", 5), ("text", "clip", 5), ("image", "imagenet", 4)]
    for kind, teacher, width in made:
        arrays.features[f"{kind}/{teacher}"] = rng.normal(size=(len(arrays), 1, width)).astype(np.float16)
    arrays.save(tmp_path / "parts.npz")
    arrays.save(tmp_path / "made.npz")
    arrays.save(tmp_path / "made60.npz")
    (tmp_path / "shapenet55.npz").unlink()
    arrays.save(tmp_path / "shapenet55.npz")
    monkeypatch.chdir(tmp_path)
    words = [word.replace(".lance", ".npz") for word in shlex.split(recipe(name).run)[1:]]
    small = [f"--model.{key}={value}" for key, value in TINY.items()] + ["--init", "none"]
    assert main([*words, *small, *["--train.epochs", "1", "--train.device", "cpu", "--train.batch_size", "3"]]) == 0
    run = tmp_path / words[words.index("-o") + 1]
    teachers = load_model(run / "model").config.teachers
    wanted = {
        "recon-pretrain": {"image": "vit-in21k", "text": "clip"},
        "recon-pretrain-clip": {"image": "clip", "text": "clip"},
        "recon-pretrain-smc": {},
        "nano": {"image": "clip", "text": "clip"},
        "made-base": {"image": "clip", "text": "clip"},
        "made-nano-1": {"image": "clip", "text": "clip"},
        "made-nano-2": {"image": "clip", "text": "clip"},
        "made-nano": {"image": "imagenet", "text": "clip"},
    }
    assert {kind: teacher.name for kind, teacher in teachers.items()} == wanted[name]
    learned = yaml.safe_load((run / "config.yaml").read_text())["splits"]
    assert learned == (["train", "test"] if name.startswith("recon") else ["train", ""])

"""Which folders name splits and classes: decided once, from folders alone; what is doubtful is told with its remedy."""

from pathlib import PurePosixPath

import pytest

from pointrecon.shapes.importers.layout import Layout, decide

TWO = ("0", "1")  # of everything there are two


def files(*names: str) -> list[PurePosixPath]:
    return [PurePosixPath(name.replace("#", one)) for name in names for one in (TWO if "#" in name else ("",))]


def found(names: list[PurePosixPath], **how: str) -> tuple[dict[str, tuple[str, str]], str]:
    """File -> class and split, and the doubts."""
    layout, doubts = decide(names, **how)
    return {str(name): (layout.class_of(name), layout.split_of(name.parts[:-1]) or "") for name in names}, " | ".join(
        doubts
    )


@pytest.mark.parametrize("around", ["", "ModelNet10/", "data/ModelNet10/"])
@pytest.mark.parametrize("form", ["{c}/{s}/{c}_#.off", "{s}/{c}/#.off", "{c}/{s}/deep/#.off"])
def test_splits_above_and_below_the_classes_and_folders_around_them(around: str, form: str) -> None:
    names = [around + form.format(c=c, s=s) for c in ("chair", "desk") for s in ("train", "Test", "validation")]
    told, doubts = found(files(*names))
    for name, (label, split) in told.items():
        assert label == ("chair" if "/chair/" in f"/{name}" else "desk")
        assert f"/{split}" in f"/{name.lower()}"
        assert split
    assert bool(doubts) == bool(around)  # the folders around are told


def test_one_class_with_splits() -> None:
    told, doubts = found(files("chair/train/#.off", "chair/test/#.off"))
    assert "one class only, chair: --labels-from none" in doubts
    assert set(told.values()) == {("chair", "train"), ("chair", "test")}
    assert set(found(files("train/#.off", "test/#.off"))[0].values()) == {("", "train"), ("", "test")}


def test_a_locomotive_is_no_split() -> None:
    for names in (
        ("Train/#.off", "Bus/#.off", "Ship/#.off"),
        ("rail/Train/#.off", "rail/Tram/#.off", "road/Bus/#.off"),
    ):
        told, doubts = found(files(*names))
        assert {split for _, split in told.values()} == {""}
        assert "--splits-from folders" in doubts
    told, _ = found(files("Train/#.off", "Bus/#.off"), splits_from="folders")
    assert told["Train/0.off"] == ("", "train")
    told, _ = found(files("train/#.off", "test/#.off"), splits_from="none")
    assert told["train/0.off"] == ("train", "")


def test_what_lies_outside_the_split_folders_is_told_and_in_no_split() -> None:
    told, doubts = found(files("chair/train/#.off", "chair/test/#.off", "desk/#.off", "chair/#.off"))
    assert told["chair/test/0.off"] == ("chair", "test")
    assert told["desk/0.off"] == ("desk", "")
    assert told["chair/0.off"] == ("chair", "")
    assert "4 of 8 files lie in no train, val or test folder, such as desk/0.off" in doubts
    assert "--split " in doubts
    assert "--splits-from none" in doubts
    told, doubts = found(files("train/chair/#.off", "test/chair/#.off", "extra/chair/#.off"))
    assert (told["test/chair/0.off"], told["extra/chair/0.off"]) == (("chair", "test"), ("extra", ""))
    assert "outside" not in doubts
    assert "such as extra" in doubts


def test_a_test_folder_is_never_trained_on_wherever_it_lies() -> None:
    told, doubts = found(files("chair/train/#.off", "chair/test/#.off", "office/desk/test/#.off"))
    assert told["office/desk/test/0.off"][1] == "test"
    assert "different depths" in doubts
    told, doubts = found(files("train/chair/#.off", "train/chair/val/#.off", "test/chair/#.off"))
    assert (told["train/chair/val/0.off"], told["train/chair/0.off"]) == (("chair", "val"), ("chair", "train"))
    assert "different depths" in doubts
    told, doubts = found(files("chair/#.off", "desk/#.off", "test/chair/#.off"))
    assert (told["test/chair/0.off"], told["chair/0.off"]) == (("chair", "test"), ("chair", ""))
    assert "no train, val or test folder" in doubts


def test_a_flat_folder_with_an_incidental_sub_folder_has_no_classes() -> None:
    flat = [f"part{i}.stl" for i in range(26)]
    for more in (["old/x.stl"], ["old/x.stl", "new/y.stl", "new/z.stl"]):
        told, doubts = found(files(*flat, *more))
        assert {label for label, _ in told.values()} == {""}
        assert "26 of" in doubts
        assert "--labels-from first" in doubts
    told, doubts = found(files(*[f"meshes/{name}" for name in flat]))
    assert {label for label, _ in told.values()} == {""}
    assert "one sub-folder only, meshes" in doubts
    assert found(files("old/#.stl", *flat), labels_from="first")[0]["old/0.stl"] == ("old", "")
    told, doubts = found(files("obj/#.obj", "stl/#.stl"))
    assert {label for label, _ in told.values()} == {""}
    assert "formats" in doubts
    # a file beside class folders takes no class from the others
    told, doubts = found(files("bolt/#.stl", "nut/#.stl", "gear.stl"))
    assert (told["bolt/0.stl"], told["gear.stl"], doubts) == (("bolt", ""), ("", ""), "")


def test_classes_from_the_folder_a_file_lies_in_or_from_names() -> None:
    names = files("metal/bolt/#.stl", "metal/nut/#.stl", "wood/test/peg/#.stl", "wood/train/peg/#.stl")
    told, _ = found(names, labels_from="parent")
    assert [label for label, _ in told.values()] == ["bolt", "bolt", "nut", "nut", "peg", "peg", "peg", "peg"]
    names = files("night_stand_#.off", "bed_#.off", "x/bed_12_old.off")
    told, doubts = found(names, labels_from="{class}_#")
    assert [label for label, _ in told.values()] == ["night_stand", "night_stand", "bed", "bed", ""]
    assert "1 of 5 files" in doubts
    for pattern, path, label in [
        ("{class}_*", "a/night_stand_1.off", "night"),
        ("{class}/scans/*", "all/mug/scans/7.ply", "mug"),
        ("#-{class}", "012-hex nut.stl", "hex nut"),
        ("scan.{class}.#", "scan.a+b.7.stl", "a+b"),
        ("{class}", "deep/mug.stl", "mug"),
    ]:
        assert Layout(pattern).class_of(PurePosixPath(path)) == label
    assert {label for label, _ in found(names, labels_from="none")[0].values()} == {""}


def test_a_class_for_every_shape_is_told() -> None:
    assert "each class has one shape" in found(files("0001/model.obj", "0002/model.obj", "0003/model.obj"))[1]


@pytest.mark.parametrize("form", ["{c}/{s}_set/#.off", "split_{s}/{c}/#.off", "{c}/{s}data/#.off", "{s}2/{c}/#.off"])
def test_folders_called_much_as_splits_are_told(form: str) -> None:
    names = [form.format(c=c, s=s) for c in ("chair", "desk") for s in ("train", "test")]
    assert "are taken for no splits: rename them train, val and test" in found(files(*names))[1]
    assert "taken for no splits" not in found(files(*names), splits_from="none")[1]
    assert "taken for no splits" not in found(files("test_bench/#.off", "trainer/#.off", "latest/#.off"))[1]


@pytest.mark.parametrize(
    ("form", "pattern"),
    [("{}_000#.off", "{class}_#"), ("{}-#.stl", "{class}-#"), ("{}#.obj", "{class}#"), ("00#_{}.ply", "#_{class}")],
)
def test_classes_in_names_of_files_are_pointed_at(form: str, pattern: str) -> None:
    names = files(form.format("night_stand"), form.format("desk"), "readme.off")
    told, doubts = found(names)
    assert set(told.values()) == {("", "")}
    assert f"--labels-from '{pattern}' makes {names[0].name} a night_stand" in doubts
    named, _ = found(names, labels_from=pattern)
    assert {label for label, _ in named.values()} == {"night_stand", "desk", ""}


@pytest.mark.parametrize("form", ["part_00#.off", "#.off", "a.off b.off c.off", "x/desk_#.off y/lamp_#.off"])
def test_other_names_are_not(form: str) -> None:
    assert "names of files" not in found(files(*form.split()))[1]

"""Features added to tables: resumed, shared, drawn, refused."""

import io
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import pointrecon
from pointrecon.errors import InputError
from pointrecon.shapes.table import feature_writer, npz
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.shape_table import ShapeTable, create_table, open_table
from pointrecon.shapes.table.table_meta import TableMeta
from pointrecon.teachers import Taught, teach, teaching
from pointrecon.teachers.multiview import MultiView
from tiny_teachers import CountingImage, CountingText

TWO = ["{}", "a model of {}."]


def run(table: ShapeTable | Path, **options: object) -> list[Taught]:
    return teach(table, device="cpu", progress=False, **options)  # type: ignore[arg-type]


def test_both_teachers_add_features_and_shapes_without_captions_get_none(table: ShapeTable) -> None:
    image, text = run(table.path, image="multiview", text=CountingText(), views=4)
    assert (image.name, image.added, image.without, image.views, image.width) == ("image/multiview", 7, 0, 1, 384)
    assert (text.name, text.added, text.without, text.views, text.width) == ("text/counting", 5, 2, 1, 2)
    assert text.sentences == 4
    taught = open_table(table.path)
    loaded = taught.load()
    assert loaded.features["image/multiview"].shape == (7, 1, 384)
    assert np.isfinite(loaded.features["image/multiview"]).all()
    assert taught.feature_ids("text/counting") == {"s0", "s1", "s3", "s5", "s6"}
    assert loaded.sentences["text/counting"].text == ["a chair", "a table", "red chair.", "A table with two legs."]
    info = taught.feature_info("text/counting")
    assert (info["templates"], info["width"]) == (["{}"], 2)
    assert open_table(table.path).feature_info("image/multiview")["spec"] == "multiview"


def test_several_views_give_several_features(table: ShapeTable) -> None:
    (done,) = run(table, image=CountingImage(), views=3, batch_size=4)
    assert (done.views, done.added) == (3, 7)
    values = table.load().features["image/counting"]
    assert values.shape == (7, 3, 2)
    assert (values[:, 0] != values[:, 1]).any()


def test_a_caption_of_many_shapes_is_encoded_once(table: ShapeTable) -> None:
    teacher = CountingText()
    run(table, text=teacher, templates=["a model of {}", "{}"], batch_size=2)
    assert len(teacher.asked) == len(set(teacher.asked)) == 8


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_what_was_interrupted_goes_on_and_ends_the_same(
    shapes: ShapeArrays, tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_writer, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(feature_writer, "FLUSH_SHARE", np.inf)
    monkeypatch.setattr("pointrecon.teachers.teaching._READ", 2)
    values = {}
    for name in ("whole", "broken"):
        table = create_table(tmp_path / f"{name}.npz", TableMeta(up="z"))
        table.append(shapes)
        if name == "broken":
            with pytest.raises(KeyboardInterrupt):
                run(table, image=CountingImage(stop), views=2, batch_size=4)
            assert 0 < len(open_table(table.path).feature_ids("image/counting")) < 7
            with pytest.raises(KeyboardInterrupt):
                run(table, text=CountingText(stop), templates=TWO, batch_size=2)
            assert len(open_table(table.path).load().sentences["text/counting"].text) == stop
        image, text = run(
            table.path, image=CountingImage(), views=2, text=CountingText(), templates=TWO, batch_size=4
        )  # fmt: skip
        assert image.added + image.already == 7
        assert text.added + text.already == 5
        arrays = open_table(table.path).load()
        values[name] = arrays.features | {"text/counting": arrays.sentences["text/counting"].values}
    for key in values["whole"]:
        np.testing.assert_allclose(values["whole"][key], values["broken"][key], atol=1e-3)
    again = run(table.path, image=CountingImage(0), views=2, text=CountingText(0), templates=TWO)
    assert [(done.added, done.already) for done in again] == [(0, 7), (0, 5)]


def test_new_shapes_of_a_taught_table_are_taught_alone(table: ShapeTable, shapes: ShapeArrays) -> None:
    run(table, text=CountingText())
    more = shapes.select([0, 1, 2])
    more.id = np.array(["x0", "x1", "x2"])
    more.captions = [["one", "two", "three"], ["four"], []]
    table.append(more)
    teacher = CountingText()
    (done,) = run(table, text=teacher)
    assert (done.added, done.already, done.without, done.sentences) == (2, 5, 3, 4)
    assert sorted(teacher.asked) == ["four", "one", "three", "two"]
    more.id, more.captions = np.array(["y0", "y1", "y2"]), [["one"], ["a chair", "four"], ["two"]]
    table.append(more)
    (done,) = run(table, text=CountingText(0))  # it would fail at the first sentence
    assert (done.added, done.already, done.sentences) == (0, 10, 0)


def test_sixty_templates_of_five_names_are_kept_once_for_a_thousand_shapes(tmp_path: Path) -> None:
    names = ["airplane", "bag", "basket", "bathtub", "bed"]
    table = create_table(tmp_path / "many.npz", TableMeta())
    captions = [[names[i % 5]] for i in range(1000)]
    table.append(ShapeArrays.from_points(np.zeros((1000, 1, 3)), captions=captions, normalize=False))
    teacher = CountingText()
    (done,) = run(table, text=teacher, templates="released")
    assert (done.added, done.sentences, done.views) == (1000, 5, 60)
    assert len(teacher.asked) == 5 * 60
    kept = open_table(table.path).load()
    assert kept.features == {}
    assert kept.sentences["text/counting"].values.shape == (5, 60, 2)
    # ShapeNet-55 with CLIP: 55 names, width 512, two bytes a number, instead of 52,470 shapes
    assert 55 * 60 * 512 * 2 == 3_379_200 < 52_470 * 60 * 512 * 2 == 3_223_756_800


def test_features_made_in_another_way_do_not_mix(table: ShapeTable) -> None:
    run(table, text=CountingText(), image=CountingImage(), views=2)
    with pytest.raises(InputError, match=r"made with templates = .*text_name"):
        run(table, text=CountingText(), templates="released")
    with pytest.raises(InputError, match="made with from_views"):
        run(table, image=CountingImage(), views=3)
    other = CountingText()
    other.info["sha256"] = "1"
    with pytest.raises(InputError, match="made with sha256"):
        run(table, text=other)
    assert run(table, text=other, text_name="other")[0].added == 5


def test_stored_pictures_are_used_where_there_are_some(shapes: ShapeArrays, tmp_path: Path) -> None:
    def png(value: int) -> bytes:
        data = io.BytesIO()
        Image.new("RGB", (20, 10), (value, value, value)).save(data, "PNG")
        return data.getvalue()

    shapes.pictures = [[png(10 * i), png(255)] for i in range(6)] + [[]]
    table = create_table(tmp_path / "pictured.npz", TableMeta(up="z"))
    table.append(shapes)
    (done,) = run(table, image=CountingImage(), views=3)
    assert (done.added, done.without) == (6, 1)
    values = table.load().features["image/counting"]
    np.testing.assert_allclose(values[:6, 0, 0], np.arange(6) * 10 / 255, atol=1e-3)
    np.testing.assert_allclose(values[:6, 1, 0], 1, atol=1e-3)
    np.testing.assert_array_equal(values[:6, 0], values[:6, 2])  # two pictures for three views: the first again
    assert np.isnan(values[6]).all()
    (drawn,) = run(table, image=CountingImage(), views=3, pictures="rendered", image_name="drawn")
    assert drawn.added == 7


def test_one_file_is_written_once_for_each_teacher_and_a_failed_write_changes_nothing(
    shapes: ShapeArrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = create_table(tmp_path / "some.npz", TableMeta(up="z"))
    table.append(shapes)
    monkeypatch.setattr(feature_writer, "FLUSH_ROWS", 1)  # a limit for tables that grow by what is added
    write, written = npz.write_members, []

    def refuse(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(npz, "write_members", refuse)
    with pytest.raises(OSError, match="full"):
        run(table, image=CountingImage())
    assert table.feature_names() == open_table(table.path).feature_names() == []
    assert table.feature_info("image/counting") == {}
    monkeypatch.setattr(npz, "write_members", lambda *members: (written.append(1), write(*members)))
    run(table, image=CountingImage(), text=CountingText(), batch_size=1, views=1)
    assert len(written) == 2
    assert open_table(table.path).feature_info("image/counting")["from_views"] == 1


def test_processes_change_no_bit(table: ShapeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointrecon.teachers.picture_features._FEW", 2)
    monkeypatch.setattr("pointrecon.teachers.teaching._READ", 2)
    (alone,) = run(table, image="multiview", image_name="alone", batch_size=6, workers=1)
    (apart,) = run(table, image="multiview", image_name="apart", batch_size=6, workers=2)
    assert alone.added == apart.added == 7
    values = table.load().features
    assert values["image/alone"].tobytes() == values["image/apart"].tobytes()


def test_a_process_that_is_killed_is_told_and_what_was_made_is_kept(
    table: ShapeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying(MultiView):
        def encode(self, images: torch.Tensor) -> torch.Tensor:
            os._exit(9)

    monkeypatch.setattr("pointrecon.teachers.picture_features._FEW", 2)
    with pytest.raises(InputError, match="fewer workers"):
        run(table, image=Dying(), workers=2)
    assert run(table, image="multiview", workers=1)[0].added == 7


def test_a_teacher_that_gives_nan_is_named(table: ShapeTable) -> None:
    class Broken(CountingImage):
        def encode(self, images: torch.Tensor) -> torch.Tensor:
            return super().encode(images) * float("nan")

    with pytest.raises(InputError, match="features for 's0'"):
        run(table, image=Broken())
    assert not table.feature_ids("image/counting")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "nothing to teach"),
        ({"image": "multivew"}, "did you mean 'multiview'"),
        ({"image": "multiview", "views": 0}, "views is 0"),
        ({"image": "multiview", "workers": 0}, "workers is 0"),
        ({"image": "multiview", "pictures": "drawn"}, "use auto, stored or rendered"),
        ({"text": CountingText(), "templates": "missing.txt"}, "nor a file"),
        ({"text": CountingText(), "text_name": "a b"}, "is no name for features"),
    ],
)
def test_bad_requests_are_one_sentence_and_change_nothing(
    shapes: ShapeArrays, tmp_path: Path, options: dict, says: str
) -> None:
    table = create_table(tmp_path / "some.npz", TableMeta())
    table.append(shapes)
    with pytest.raises(InputError, match=says):
        run(table, **options)
    assert open_table(table.path).feature_names() == []


def test_an_empty_or_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no shapes"):
        run(create_table(tmp_path / "empty.npz", TableMeta()), image="multiview")
    with pytest.raises(InputError):
        run(tmp_path / "missing.npz", image="multiview")


def test_the_command_line_does_the_same(shapes: ShapeArrays, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    from pointrecon.cli.main import main

    assert pointrecon.teach is pointrecon.teach is teach  # no module of the same name in its place
    table = create_table(tmp_path / "some.npz", TableMeta(up="z"))
    table.append(shapes)
    assert main(["shapes", "teach", str(table.path), "--image", "multiview", "--views", "3", "--device", "cpu"]) == 0
    assert "image/multiview: 7 shapes taught" in capsys.readouterr().out
    assert open_table(table.path).feature_info("image/multiview")["from_views"] == 3
    with pytest.raises(SystemExit) as stop:
        main(["shapes", "teach", "--help"])
    assert stop.value.code == 0
    assert "--templates templates.txt" in capsys.readouterr().out


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_in_good_order_and_says_how_to_go_on(
    table: ShapeTable, number: int, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from pointrecon.cli.main import main

    class Stopping(CountingText):
        def encode(self, texts: Sequence[str]) -> torch.Tensor:
            os.kill(os.getpid(), number)
            return super().encode(texts)

    monkeypatch.setattr(teaching, "load_text_teacher", lambda *_, **__: Stopping())
    words = ["shapes", "teach", str(table.path), "--text", "counting", "--batch-size", "1"]
    assert main(words) == status
    assert capsys.readouterr().err.endswith(f"stopped; go on with: pointrecon {' '.join(words)} --resume\n")
    kept = open_table(table.path).sentence_features("text/counting")
    assert kept is not None
    assert kept.text == ["a chair"]
    monkeypatch.setattr(teaching, "load_text_teacher", lambda *_, **__: CountingText())
    assert main([*words, "--resume"]) == 0
    assert "5 shapes" not in capsys.readouterr().out
    assert len(open_table(table.path).feature_ids("text/counting")) == 5


def test_another_version_of_a_teacher_without_weights_does_not_mix(
    table: ShapeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(table, image="multiview", views=2)
    monkeypatch.setattr("pointrecon.teachers.multiview._VERSION", 2)
    with pytest.raises(InputError, match="model = multiview-1, not multiview-2"):
        run(table, image="multiview", views=2)

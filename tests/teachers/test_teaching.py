"""Features added to tables: resumed, shared, drawn, refused."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import pointrecon
from pointrecon.errors import InputError
from pointrecon.shapes.table import feature_writer
from pointrecon.shapes.table.arrays import ShapeArrays, TableMeta
from pointrecon.shapes.table.shape_table import ShapeTable, create_table, open_table
from pointrecon.teachers import Taught, teach
from tiny_teachers import CountingImage, CountingText


def run(table: ShapeTable | Path, **options: object) -> list[Taught]:
    return teach(table, device="cpu", progress=False, **options)  # type: ignore[arg-type]


def test_both_teachers_add_features_and_shapes_without_captions_get_none(table: ShapeTable) -> None:
    image, text = run(table.path, image="multiview", text=CountingText(), views=4)
    assert (image.name, image.added, image.without, image.views, image.width) == (
        "image/multiview",
        7,
        0,
        1,
        384,
    )
    assert (text.name, text.added, text.without, text.views, text.width) == ("text/counting", 5, 2, 2, 2)
    loaded = open_table(table.path).load()
    assert loaded.features["image/multiview"].shape == (7, 1, 384)
    assert np.isfinite(loaded.features["image/multiview"]).all()
    missing = np.isnan(loaded.features["text/counting"]).all((1, 2))
    assert missing.tolist() == [False, False, True, False, True, False, False]
    # one caption where others have two: repeated
    assert loaded.features["text/counting"][0].tolist()[0] != loaded.features["text/counting"][0].tolist()[1]
    assert loaded.features["text/counting"][1].tolist()[0] == loaded.features["text/counting"][1].tolist()[1]
    info = open_table(table.path).feature_info("text/counting")
    assert (info["templates"], info["width"], info["views"]) == (["{}"], 2, 2)
    assert open_table(table.path).feature_info("image/multiview")["spec"] == "multiview"


def test_several_views_give_several_features(table: ShapeTable) -> None:
    (done,) = run(table, image=CountingImage(), views=3, batch_size=4)
    assert (done.views, done.added) == (3, 7)
    values = table.load().features["image/counting"]
    assert values.shape == (7, 3, 2)
    assert (values[:, 0] != values[:, 1]).any()


def test_a_caption_of_many_shapes_is_encoded_once(table: ShapeTable) -> None:
    teacher = CountingText()
    run(table, text=teacher, prompts=["a model of {}", "{}"], batch_size=2)
    assert len(teacher.asked) == len(set(teacher.asked)) == 8


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_what_was_interrupted_goes_on_and_ends_the_same(
    shapes: ShapeArrays, tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_writer, "FLUSH_SECONDS", 0.0)
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
                run(table, text=CountingText(stop), per_shape=2, prompts="released", batch_size=2)
        image, text = run(
            table.path, image=CountingImage(), views=2, text=CountingText(), per_shape=2, prompts="released",
            batch_size=4,
        )  # fmt: skip
        assert image.added + image.already == 7
        assert text.added + text.already == 5
        values[name] = open_table(table.path).load().features
    for key in values["whole"]:
        np.testing.assert_allclose(values["whole"][key], values["broken"][key], atol=1e-3)
    again = run(table.path, image=CountingImage(0), views=2, text=CountingText(0), per_shape=2, prompts="released")
    assert [(done.added, done.already) for done in again] == [(0, 7), (0, 5)]


def test_new_shapes_of_a_taught_table_are_taught_alone(table: ShapeTable, shapes: ShapeArrays) -> None:
    run(table, text=CountingText())
    more = shapes.select([0, 1, 2])
    more.id = np.array(["x0", "x1", "x2"])
    more.captions = [["one", "two", "three"], ["four"], []]
    table.append(more)
    (done,) = run(table, text=CountingText())
    assert (done.added, done.already, done.without, done.views) == (2, 5, 3, 2)


def test_more_sentences_than_asked_for_are_drawn_by_seed_and_shape(table: ShapeTable) -> None:
    drawn = {}
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        run(table, text=CountingText(), prompts="released", per_shape=4, seed=seed, text_name=name)
        drawn[name] = table.load().features[f"text/{name}"]
    assert drawn["a"].shape == (7, 4, 2)
    assert np.array_equal(drawn["a"], drawn["b"], equal_nan=True)
    assert not np.array_equal(drawn["a"], drawn["c"], equal_nan=True)
    assert (drawn["a"][1] != drawn["a"][6]).any()  # the same caption, another draw of templates


def test_features_made_in_another_way_do_not_mix(table: ShapeTable) -> None:
    run(table, text=CountingText(), image=CountingImage(), views=2)
    with pytest.raises(InputError, match=r"made with templates = .*text_name"):
        run(table, text=CountingText(), prompts="released")
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
        ({"image": "multiview", "pictures": "drawn"}, "use auto, stored or rendered"),
        ({"text": CountingText(), "prompts": "missing.txt"}, "nor a file"),
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
    from pointrecon.cli.shapes_teach import main

    assert pointrecon.teach is pointrecon.teach is teach  # no module of the same name in its place
    table = create_table(tmp_path / "some.npz", TableMeta(up="z"))
    table.append(shapes)
    assert main([str(table.path), "--image", "multiview", "--views", "3", "--device", "cpu"]) == 0
    assert "image/multiview: 7 shapes taught" in capsys.readouterr().out
    assert open_table(table.path).feature_info("image/multiview")["from_views"] == 3
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "--prompts prompts.txt" in capsys.readouterr().out

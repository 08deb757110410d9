"""Naming shapes by words."""

import numpy as np
import pytest
import torch

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation import load_records, zero_shot
from pointrecon.evaluation.naming import word_scores
from pointrecon.shapes import TableMeta, create_table
from pointrecon.teachers import RELEASED_TEMPLATES
from standin import StandIn, sticks

WORDS = np.eye(3, dtype=np.float32)


class Reader:
    """A text teacher that is only asked for its name and weights."""

    width = 3

    def __init__(self, spec: str, device: str = "cpu") -> None:
        self.name, self.info = spec, {"sha256": f"weights of {spec.removesuffix('-copy')}"}


def test_the_nearest_word_names_the_shape():
    (record,) = zero_shot(StandIn(), sticks(), class_matrix=WORDS, progress=False)
    assert record.metrics["accuracy"] == 1.0
    assert record.metrics["chance"] == pytest.approx(1 / 3)
    assert record.choices["words"] == ["along x", "along y", "along z"]
    assert record.counts["test"] == int((sticks().split == "test").sum())


def test_wrong_words_name_wrongly():
    (record,) = zero_shot(StandIn(), sticks(), class_matrix=WORDS[[1, 2, 0]], progress=False)
    assert record.metrics["accuracy"] == 0.0


def test_words_are_encoded_by_the_models_own_teacher(monkeypatch):
    import pointrecon.teachers as room

    asked = {}
    monkeypatch.setattr(room, "load_text_teacher", Reader, raising=False)

    def matrix(teacher, names, templates):
        asked.update(teacher=teacher.name, names=list(names), templates=templates)
        return torch.eye(3)

    monkeypatch.setattr(room, "text_class_matrix", matrix, raising=False)
    (record,) = zero_shot(StandIn(), sticks(), names=["long", "tall", "deep"], templates=["a {}"], progress=False)
    assert asked == {"teacher": "words", "names": ["long", "tall", "deep"], "templates": ["a {}"]}
    assert record.metrics["accuracy"] == 1.0


def test_image_and_blend_need_one_space():
    with pytest.raises(InputError, match="one teacher for both"):
        zero_shot(StandIn(), sticks(), class_matrix=WORDS, query="blend", progress=False)
    shared = StandIn()
    shared.config.teachers["image"].name = "words"
    (image,) = zero_shot(shared, sticks(), class_matrix=WORDS, query="image", progress=False)
    (blend,) = zero_shot(shared, sticks(), class_matrix=WORDS, query="blend", progress=False)
    # The stand-in's image query is turned by one axis, and outweighs the text query.
    assert image.metrics["accuracy"] == blend.metrics["accuracy"] == 0.0


def test_tables_without_splits_are_named_whole():
    shapes = sticks(splits=("",))
    (record,) = zero_shot(StandIn(), shapes, class_matrix=WORDS, progress=False)
    assert record.counts["test"] == len(shapes)
    assert record.split == "all"


def test_misfits_are_named():
    with pytest.raises(InputError, match="no query 'sound'"):
        zero_shot(StandIn(), sticks(), query="sound")
    with pytest.raises(InputError, match="2 class names were given"):
        zero_shot(StandIn(), sticks(), names=["a", "b"], class_matrix=WORDS)
    with pytest.raises(InputError, match="text features have shape"):
        zero_shot(StandIn(), sticks(), class_matrix=WORDS[:, :2], progress=False)
    untaught = StandIn()
    untaught.config.teachers = {}
    with pytest.raises(InputError, match="without the text teacher"):
        zero_shot(untaught, sticks(), class_matrix=WORDS)


EYE = np.roll(WORDS, 1, axis=1)  # the stand-in's image query is turned by one axis


def test_pictures_of_the_classes_need_no_shared_space():
    (record,) = zero_shot(StandIn(), sticks(), class_pictures=EYE, query="image", progress=False)
    assert record.metrics["accuracy"] == 1.0
    assert record.choices == {"query": "image", "image_teacher": "given features"}
    (wrong,) = zero_shot(StandIn(), sticks(), class_pictures=WORDS, query="image", progress=False)
    assert wrong.metrics["accuracy"] == 0.0


def test_a_blend_with_pictures_is_the_weighted_sum_of_both_cosines():
    shapes = sticks(30)
    about = {"class_matrix": WORDS[[1, 2, 0]], "class_pictures": EYE, "query": "blend", "progress": False}
    assert zero_shot(StandIn(), shapes, **about).mean() == 1.0  # the pictures weigh four times the words
    (mostly_words,) = zero_shot(StandIn(), shapes, **about, text_share=20.0)
    assert mostly_words.metrics["accuracy"] == 0.0
    assert mostly_words.choices["text_share"] == 20.0
    both, text, image = (
        word_scores(
            StandIn(), shapes, WORDS[[1, 2, 0]], query=query, picture_matrix=EYE, text_share=0.25, progress=False
        )
        for query in ("blend", "text", "image")
    )
    assert np.allclose(both, 0.25 * text + image, atol=1e-6)


def test_a_blend_without_pictures_is_one_feature_in_one_space():
    shared = StandIn()
    shared.config.teachers["image"].name = "words"
    words = {"class_matrix": WORDS, "progress": False}
    assert zero_shot(shared, sticks(), query="blend", **words).mean() == 0.0  # the image query outweighs
    assert zero_shot(shared, sticks(), query="blend", text_share=9.0, **words).mean() == 1.0


def test_pictures_are_seen_by_the_models_own_teacher(monkeypatch, tmp_path):
    import pointrecon.teachers.class_pictures
    import pointrecon.teachers.loading

    asked = {}

    def matrix(teacher, folder, classes):
        asked.update(teacher=teacher, folder=folder, classes=classes)
        return torch.from_numpy(EYE)

    monkeypatch.setattr(pointrecon.teachers.loading, "load_image_teacher", lambda name, device: name)
    monkeypatch.setattr(pointrecon.teachers.class_pictures, "picture_class_matrix", matrix)
    (record,) = zero_shot(StandIn(), sticks(), class_pictures=tmp_path, query="image", progress=False)
    assert asked == {"teacher": "eye", "folder": tmp_path, "classes": sticks().meta.classes}
    assert record.metrics["accuracy"] == 1.0
    assert record.choices["pictures"] == str(tmp_path)
    zero_shot(StandIn(), sticks(), class_pictures=tmp_path, query="image", image_teacher="other", progress=False)
    assert asked["teacher"] == "other"


def test_splits_are_together_only_where_asked_and_it_is_said():
    (apart,) = zero_shot(StandIn(), sticks(), class_matrix=WORDS, progress=False)
    (merged,) = zero_shot(StandIn(), sticks(), class_matrix=WORDS, split="all", progress=False)
    assert (apart.split, merged.split) == ("test", "all")
    assert apart.notes == []
    assert "test, train, val were named together" in merged.notes[0]
    assert merged.counts["test"] == len(sticks()) > apart.counts["test"]


def test_top_k_and_classes_are_scored():
    shapes = sticks(60)
    shapes.meta.classes += ["cube", "ball", "cone"]
    words = np.concatenate([np.roll(WORDS, 1, axis=0), 0.9 * np.eye(3)[[0, 1, 2]] + 0.5]).astype(np.float32)
    (record,) = zero_shot(StandIn(), shapes, class_matrix=words, progress=False)
    assert record.metrics["accuracy"] == 0.0
    assert 0 < record.metrics["top5_accuracy"] <= 1
    assert record.metrics["top3_accuracy"] <= record.metrics["top5_accuracy"]
    assert set(record.per_class) == {"along_x", "along_y", "along_z"}
    assert record.metrics["chance"] == pytest.approx(1 / 6)


def test_a_record_goes_into_a_run_or_a_file(tmp_path):
    (record,) = zero_shot(StandIn(), sticks(), class_matrix=WORDS, out=tmp_path / "run", progress=False)
    assert load_records(tmp_path / "run" / "results" / "zero-shot-text.json") == [record]
    zero_shot(StandIn(), sticks(), class_matrix=WORDS, out=tmp_path / "here.json", progress=False)
    assert load_records(tmp_path / "here.json")[0].metrics == record.metrics


def test_pictures_that_do_not_fit_are_named():
    with pytest.raises(InputError, match="does not look at pictures"):
        zero_shot(StandIn(), sticks(), class_pictures=EYE, query="text")
    with pytest.raises(InputError, match="one row for each of 3 classes"):
        zero_shot(StandIn(), sticks(), class_pictures=EYE[:2], query="image")
    with pytest.raises(InputError, match="image features have shape"):
        zero_shot(StandIn(), sticks(), class_pictures=EYE[:, :2], query="image", progress=False)
    with pytest.raises(InputError, match="text_share must be 0 or more"):
        zero_shot(StandIn(), sticks(), class_matrix=WORDS, text_share=-1.0)
    with pytest.raises(InputError, match="or pictures of the classes"):
        zero_shot(StandIn(), sticks(), class_matrix=WORDS, query="image")


def test_the_command_names_shapes_by_words_and_by_pictures(tmp_path, monkeypatch, capsys):
    import pointrecon.teachers as room

    sticks().save(tmp_path / "sticks.npz")
    (tmp_path / "names.txt").write_text("along_y: a tall stick\n")
    asked = {}

    def matrix(teacher, names, templates):
        asked.update(names=names, templates=list(templates) if isinstance(templates, tuple) else templates)
        return torch.eye(3)

    monkeypatch.setattr("pointrecon.evaluation.inputs.load_model", lambda path: StandIn())
    monkeypatch.setattr(room, "load_text_teacher", Reader, raising=False)
    monkeypatch.setattr(room, "text_class_matrix", matrix, raising=False)
    words = ["zero-shot", "model", str(tmp_path / "sticks.npz"), "--device", "cpu"]
    out = ["-o", str(tmp_path / "run"), "--per-class", "--templates", "a {}", "--split", "all"]
    assert main([*words, "--names", str(tmp_path / "names.txt"), *out]) == 0
    shown = capsys.readouterr().out
    assert "zero-shot by 3 class names: 100.0% (chance 33.3%)" in shown
    assert "along_z  100.0%" in shown
    assert "named together" in shown
    assert f"record written to {tmp_path / 'run' / 'results' / 'zero-shot-text.json'}" in shown
    assert asked == {"names": ["along x", "a tall stick", "along z"], "templates": "a {}"}
    assert main([*words, "--names", "long", "tall", "deep"]) == 0
    assert asked["names"] == ["long", "tall", "deep"]
    assert len(load_records(tmp_path / "run" / "results" / "zero-shot-text.json")) == 1
    for bad, says in (
        (["--names", "none.txt"], "there is no file 'none.txt'"),
        (["--query", "image", "--class-pictures", str(tmp_path / "none")], "image teacher 'eye'"),
        (["--split", "tset"], "no labeled shapes in the split 'tset'"),
    ):
        assert main([*words, *bad]) == 2
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1


def test_features_that_are_no_numbers_are_refused_and_not_called_the_first_class():
    broken = StandIn()
    broken.scale.data.fill_(float("nan"))
    with pytest.raises(InputError, match="features that are not finite"):
        zero_shot(broken, sticks(), class_matrix=WORDS, progress=False)
    with pytest.raises(InputError, match="classes' features for the text query are not finite"):
        zero_shot(StandIn(), sticks(), class_matrix=WORDS * np.nan, progress=False)


def test_classes_of_the_same_words_are_said():
    (record,) = zero_shot(StandIn(), sticks(), names=["stick", "stick", "deep"], class_matrix=WORDS, progress=False)
    assert record.notes == ["several classes are called 'stick': only the first of them can be named"]


def reading(monkeypatch) -> dict:
    """What the words' features were asked of."""
    import pointrecon.teachers as room

    asked = {}

    def matrix(teacher, names, templates):
        asked.update(teacher=teacher.name, templates=templates)
        return torch.eye(3)

    monkeypatch.setattr(room, "load_text_teacher", Reader, raising=False)
    monkeypatch.setattr(room, "text_class_matrix", matrix, raising=False)
    return asked


def test_words_are_put_into_what_the_model_was_taught_with(monkeypatch):
    asked, model = reading(monkeypatch), StandIn()
    (unknown,) = zero_shot(model, sticks(), progress=False)
    assert (asked["templates"], unknown.choices["templates"]) == ("released", "released")
    assert "60 released ones were used" in unknown.notes[-1]
    for taught, called in ((["{}"], "plain"), (list(RELEASED_TEMPLATES), "released"), (["a {}"], ["a {}"])):
        model.config.teachers["text"].templates = taught
        (record,) = zero_shot(model, sticks(), progress=False)
        assert (asked["templates"], record.choices["templates"], record.notes) == (taught, called, [])
    (other,) = zero_shot(model, sticks(), templates="plain", progress=False)
    assert (asked["templates"], other.choices["templates"]) == ("plain", "plain")


def test_one_model_under_two_names_is_one_space_and_two_under_one_are_not(monkeypatch):
    asked, model = reading(monkeypatch), StandIn()
    text, image = (model.config.teachers[kind] for kind in ("text", "image"))
    text.name, image.name = "clip-words", "clip-looks"
    text.hash = image.hash = "weights of clip-words"
    for query in ("image", "blend"):
        (record,) = zero_shot(model, sticks(), query=query, progress=False)
        assert (asked["teacher"], record.notes[:-1]) == ("clip-words", [])
    (record,) = zero_shot(model, sticks(), query="blend", text_teacher="clip-words-copy", progress=False)
    assert record.choices["text_teacher"] == "clip-words-copy"
    with pytest.raises(InputError, match="one teacher for both"):
        zero_shot(model, sticks(), query="blend", text_teacher="other", progress=False)
    (record,) = zero_shot(model, sticks(), text_teacher="other", progress=False)
    assert "other weights than those of 'clip-words'" in record.notes[-1]
    text.name = image.name = "clip"
    image.hash = "weights of another clip"
    with pytest.raises(InputError, match="one teacher for both"):
        zero_shot(model, sticks(), query="blend", progress=False)


def test_a_model_in_a_run_records_there_by_itself_and_other_words_are_another_record(tmp_path, monkeypatch):
    reading(monkeypatch)
    monkeypatch.setattr("pointrecon.evaluation.inputs.load_model", lambda path: StandIn())
    (tmp_path / "run" / "model").mkdir(parents=True)
    (tmp_path / "run" / "config.yaml").write_text("data: []\n")
    (tmp_path / "run" / "model" / "config.json").write_text("{}")
    sticks().save(tmp_path / "sticks.npz")
    file = tmp_path / "run" / "results" / "zero-shot-text.json"
    for _ in range(2):
        found = zero_shot(tmp_path / "run" / "model", tmp_path / "sticks.npz", progress=False)
        assert found.file == file
    zero_shot(tmp_path / "run" / "model", tmp_path / "sticks.npz", names=["a", "b", "c"], progress=False)
    assert [record.choices["words"][0] for record in load_records(file)] == ["along x", "a"]
    assert zero_shot(StandIn(), sticks(), progress=False).file is None


def test_only_a_few_shapes_are_in_memory_at_once(tmp_path, monkeypatch):
    from pointrecon.shapes.table.collection import Shapes

    most, read = 0, Shapes.read

    def watched(self, index, *args, **kwargs):
        nonlocal most
        most = max(most, len(index))
        return read(self, index, *args, **kwargs)

    pytest.importorskip("lancedb")
    table = create_table(tmp_path / "t.lance", TableMeta())
    table.append(sticks(900))
    expected = zero_shot(StandIn(), sticks(900), class_matrix=WORDS, split="all", progress=False).records[0]
    monkeypatch.setattr(Shapes, "read", watched)
    monkeypatch.setattr(type(table), "load", None)  # the whole table at once
    found = zero_shot(
        StandIn(), table.path, class_matrix=WORDS, split="all", encode={"batch_size": 16}, progress=False
    ).records[0]
    assert found.metrics == expected.metrics
    assert 0 < most <= 128

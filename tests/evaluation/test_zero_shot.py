"""Naming shapes by words."""

import numpy as np
import pytest
import torch
from standin import StandIn, sticks

from pointrecon.errors import InputError
from pointrecon.evaluation import zero_shot

WORDS = np.eye(3, dtype=np.float32)


def test_the_nearest_word_names_the_shape():
    record = zero_shot(StandIn(), sticks(), class_matrix=WORDS, progress=False)
    assert record.metrics["accuracy"] == 1.0
    assert record.metrics["chance"] == pytest.approx(1 / 3)
    assert record.choices["words"] == ["along x", "along y", "along z"]
    assert record.counts["test"] == int((sticks().split == "test").sum())


def test_wrong_words_name_wrongly():
    record = zero_shot(StandIn(), sticks(), class_matrix=WORDS[[1, 2, 0]], progress=False)
    assert record.metrics["accuracy"] == 0.0


def test_words_are_encoded_by_the_models_own_teacher(monkeypatch):
    import pointrecon.teachers as room

    asked = {}
    monkeypatch.setattr(room, "load_text_teacher", lambda name: name, raising=False)

    def matrix(teacher, names, templates):
        asked.update(teacher=teacher, names=list(names), templates=templates)
        return torch.eye(3)

    monkeypatch.setattr(room, "text_class_matrix", matrix, raising=False)
    record = zero_shot(StandIn(), sticks(), ["long", "tall", "deep"], templates=["a {}"], progress=False)
    assert asked == {"teacher": "words", "names": ["long", "tall", "deep"], "templates": ["a {}"]}
    assert record.metrics["accuracy"] == 1.0


def test_image_and_blend_need_one_space():
    with pytest.raises(InputError, match="one teacher for both"):
        zero_shot(StandIn(), sticks(), class_matrix=WORDS, query="blend", progress=False)
    shared = StandIn()
    shared.config.teachers["image"].name = "words"
    image = zero_shot(shared, sticks(), class_matrix=WORDS, query="image", progress=False)
    blend = zero_shot(shared, sticks(), class_matrix=WORDS, query="blend", progress=False)
    # The stand-in's image query is turned by one axis, and outweighs the text query.
    assert image.metrics["accuracy"] == blend.metrics["accuracy"] == 0.0


def test_tables_without_splits_are_named_whole():
    shapes = sticks(splits=("",))
    record = zero_shot(StandIn(), shapes, class_matrix=WORDS, progress=False)
    assert record.counts["test"] == len(shapes)
    assert record.split == "all"


def test_misfits_are_named():
    with pytest.raises(InputError, match="no query 'sound'"):
        zero_shot(StandIn(), sticks(), query="sound")
    with pytest.raises(InputError, match="2 class names were given"):
        zero_shot(StandIn(), sticks(), ["a", "b"], class_matrix=WORDS)
    with pytest.raises(InputError, match="text features have shape"):
        zero_shot(StandIn(), sticks(), class_matrix=WORDS[:, :2], progress=False)
    untaught = StandIn()
    untaught.config.teachers = {}
    with pytest.raises(InputError, match="without the text teacher"):
        zero_shot(untaught, sticks(), class_matrix=WORDS)

"""ReCon++ models where ReCon models are used: features, names by words, tables with colors."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.preprocessing import normalize

from plus_models import plus_model, transfer_model
from pointrecon import robustness
from pointrecon.evaluation import extract_features, zero_shot
from pointrecon.evaluation.features import embedding_function
from pointrecon.evaluation.naming import word_scores
from pointrecon.evaluation.probing import untrained_twin
from pointrecon.models import ReconPlusModel, Teacher, load_model, save_model
from pointrecon.retrieval.query_words import reader_of
from pointrecon.retrieval.shape_encoder import ShapeEncoder
from pointrecon.shapes import ShapeArrays, create_table
from pointrecon.shapes.table.collection import Shapes

QUIET = {"encode": {"device": "cpu", "batch_size": 2}, "progress": False}


@pytest.fixture(scope="module")
def shapes() -> ShapeArrays:
    draw = np.random.default_rng(0)
    points, color = draw.random((6, 64, 3)) - 0.5, draw.integers(0, 256, (6, 64, 3))
    color[4:] = 128  # what stands where a shape has none
    about = {"label": [0, 1, 2, 0, 1, 2], "classes": ["a", "b", "c"], "split": ["train"] * 3 + ["test"] * 3}
    return ShapeArrays.from_points(points, color=color, up="y", **about)


def test_features_see_the_tables_colors(shapes: ShapeArrays) -> None:
    model = plus_model()
    found = extract_features(model, shapes, **QUIET)
    points = shapes.points.astype(np.float32)
    assert shapes.color is not None
    wanted = model.features(model.prepare(points[:4], shapes.color[:4]))
    gray = model.features(model.prepare(points[4:]))
    assert np.allclose(found, torch.cat([wanted, gray]), atol=1e-5)
    assert not np.allclose(found[0], model.features(model.prepare(points[:1])), atol=1e-3)
    for feature in (*model.feature_widths(), "image", "text"):
        answer, width = embedding_function(model, feature)
        assert answer(model.prepare(points)).shape == (6, width)


def test_a_table_on_disk_and_joined_ones_keep_colors(shapes: ShapeArrays, tmp_path: Path) -> None:
    create_table(tmp_path / "a.lance", shapes.meta).append(shapes)
    plain = ShapeArrays.from_points(shapes.points[:2].astype(np.float32), up="y", id=["p", "q"])
    model, alone = plus_model(), extract_features(plus_model(), shapes, **QUIET)
    assert np.allclose(extract_features(model, tmp_path / "a.lance", **QUIET), alone, atol=1e-5)
    both = Shapes([shapes, plain])
    joined = extract_features(model, both, **QUIET)
    assert np.allclose(joined[:6], alone, atol=1e-5)
    assert np.allclose(joined[6:], extract_features(model, plain, **QUIET), atol=1e-5)
    assert both.read(np.array([0, 6])).color is None


def test_turned_poses_leave_colors_alone(shapes: ShapeArrays) -> None:
    model = plus_model()
    found = extract_features(model, shapes, encode={"device": "cpu", "poses": "turned"}, progress=False)
    clouds = model.prepare(shapes.points.astype(np.float32), shapes.color)
    clouds[4:, :, 3:] = 0.4
    each = []
    for _ in range(4):
        clouds = torch.stack([clouds[..., 2], clouds[..., 1], -clouds[..., 0], *clouds[..., 3:].unbind(-1)], -1)
        each.append(model.features(clouds))
    assert np.allclose(found, torch.stack(each).amax(0), atol=1e-5)


def test_names_are_compared_with_image_queries_and_half_of_the_text_queries(shapes: ShapeArrays) -> None:
    model, words = plus_model(), np.random.default_rng(3).standard_normal((3, 6)).astype(np.float32)
    (record,) = zero_shot(model, shapes, query="blend", class_matrix=words, **QUIET)
    assert record.choices["text_share"] == 0.5
    clouds = model.prepare(shapes.points.astype(np.float32), shapes.color)
    clouds[4:, :, 3:] = 0.4
    with torch.no_grad():
        encoding = model.encode(clouds)
        named = model.beside_words(encoding)
        mean = model.project_each(encoding, "image").mean(1) + 0.5 * model.project_each(encoding, "text").mean(1)
    assert torch.allclose(named, mean)
    wanted = normalize(named.numpy()) @ normalize(words).T
    scores = word_scores(model, shapes, words, query="blend", text_share=0.5, **QUIET)
    assert np.allclose(scores, wanted, atol=1e-5)
    assert record.metrics["accuracy"] == (wanted[3:].argmax(1) == shapes.label[3:]).mean()


def test_arrays_files_and_tables_have_the_same_vectors(shapes: ShapeArrays, tmp_path: Path) -> None:
    model, found = plus_model(), extract_features(plus_model(), shapes, **QUIET)
    encoder = ShapeEncoder(model, device="cpu")
    assert np.allclose(encoder.fit(shapes).transform(shapes), found, atol=1e-5)
    points = shapes.points.astype(np.float32)
    assert np.allclose(encoder.transform(points)[4:], found[4:], atol=1e-5)
    assert np.allclose(encoder.transform([shapes.select(np.array([0])), points[5]]), found[[0, 5]], atol=1e-5)


def test_a_folder_gives_the_same_vectors(shapes: ShapeArrays, tmp_path: Path) -> None:
    for made in (plus_model(), transfer_model()):
        folder = save_model(made, tmp_path / made.config.kind)
        again = load_model(folder)
        assert again.config == made.config
        assert np.array_equal(extract_features(folder, shapes, **QUIET), extract_features(made, shapes, **QUIET))
        twin = untrained_twin(again, 1)
        assert isinstance(twin, ReconPlusModel)
        assert twin.config == made.config


def test_robustness_damages_coordinates_and_leaves_colors_alone() -> None:
    draw = np.random.default_rng(0)
    points, label = draw.random((36, 64, 3)) - 0.5, np.arange(36) % 2
    color = np.where(label == 1, 250, 5)[:, None, None].repeat(64, 1).repeat(3, 2)  # only colors tell the classes
    split = (["train"] * 4 + ["val"] * 2 + ["test"] * 6) * 3
    about = {"label": label, "classes": ["a", "b"], "split": split, "up": "y"}
    kinds = ["noise", "outliers", "density"]
    how = {"probe": "knn", "seeds": 1, "corruptions": kinds, "severities": [1], "show": False, **QUIET}
    found = robustness(plus_model(), ShapeArrays.from_points(points, color=color, **about), **how)
    assert found.mean(task="robustness") > 0.95
    gray = robustness(plus_model(), ShapeArrays.from_points(points, **about), **how)
    assert gray.mean(task="robustness") < 0.8


def test_words_are_compared_with_both_queries_where_one_teacher_made_them() -> None:
    both = {kind: Teacher("one", 6, "owner/one") for kind in ("image", "text")}
    assert reader_of(plus_model(teachers=both))[2] == ["text", "image"]
    two = {**both, "image": Teacher("other", 6, "owner/other")}
    assert reader_of(plus_model(teachers=two))[2] == ["text"]
    model = plus_model(teachers=two)
    encoding = model.encode(model.prepare(np.random.default_rng(0).random((2, 64, 3))))
    assert torch.equal(model.beside_words(encoding), model.project(encoding, "text"))

"""A classifier's classes for shapes that nobody labeled."""

import csv

import numpy as np
import pytest

import pointrecon
from labeled import TINY, model_folder, sticks
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.models import create_model, save_model
from pointrecon.models.model_config import Head
from pointrecon.shapes import ShapeArrays
from pointrecon.transfer.finetuning import class_scores


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    made = create_model("nano", seed=1, **TINY, head=Head("linear", ["kind 0", "kind 1", "kind 2"]))
    return save_model(made, folder / "model")


def test_shapes_without_labels_get_its_classes(classifier, tmp_path) -> None:
    bare = ShapeArrays.from_points(sticks(12).points, up="y", normalize=False)
    found = pointrecon.classify(classifier, bare, tmp_path / "n.csv", progress=False)
    scores = class_scores(pointrecon.load_model(classifier), pointrecon.as_shapes(bare))[0]
    assert found.name.tolist() == [f"kind {i}" for i in scores.argmax(1)]
    np.testing.assert_allclose(
        found.best.confidence, (np.exp(scores) / np.exp(scores).sum(1, keepdims=True)).max(1), rtol=1e-4
    )
    rows = list(csv.DictReader((tmp_path / "n.csv").open(newline="")))
    assert [row["name"] for row in rows] == found.name.tolist()
    assert "usual temperature 1" in found.notes[0]
    assert set(pointrecon.classify(classifier, bare, threshold=1.0, progress=False).name) == {"unknown"}


def test_confidences_are_fitted_to_validation_shapes_alone(classifier) -> None:
    found = pointrecon.classify(classifier, sticks(30, splits=("val",)), progress=False)  # untrained: right by chance
    assert "fitted to 30 validation shapes" in found.notes[0]
    learned = pointrecon.classify(
        classifier, sticks(32, splits=("train", "val")), split="train", votes=2, progress=False
    )
    assert "usual temperature 1" in learned.notes[0]
    assert len(learned) == 17


def test_a_classifier_that_learned_from_validation_shapes_is_not_calibrated_on_them(classifier) -> None:
    model = pointrecon.load_model(classifier)
    model.facts.data = [{"name": "sticks", "splits": ["train", "val"]}]
    found = pointrecon.classify(model, sticks(30, splits=("val",)), progress=False)
    assert found.temperature == 1
    assert "it learned from validation shapes" in found.notes[0]


def test_what_is_no_classifier_is_told(tmp_path, capsys) -> None:
    sticks(12).save(tmp_path / "t.npz")
    model = model_folder(tmp_path / "model")
    assert main(["classify", str(model), str(tmp_path / "t.npz")]) == 2
    assert "is no classifier: 'pointrecon finetune' makes one" in capsys.readouterr().err
    with pytest.raises(InputError, match="votes are 1 or more"):
        pointrecon.classify(model, sticks(12), votes=0)

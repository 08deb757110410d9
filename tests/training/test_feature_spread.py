"""How teachers' features lie, and pre-training that compares them standardized."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pointrecon import pretrain
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, as_shapes
from pointrecon.shapes.table.sentences import Sentences
from pointrecon.training.feature_spread import spread_of
from pointrecon.training.objective import Objective
from pointrecon.training.run_folder import RunFolder
from small import SMALL


def shapes() -> ShapeArrays:
    rng = np.random.default_rng(0)
    arrays = ShapeArrays.from_points(rng.normal(size=(20, 64, 3)), captions=[["a cup"], ["a mug", "a cup"]] * 10)
    looks = rng.normal(size=(20, 3, 5)) * [1, 2, 3, 0, 1] + [0, 0, 5, 4, 0]
    looks[3] = np.nan  # this shape has none
    arrays.features = {"image/looks": looks.astype(np.float16)}
    arrays.sentences["text/words"] = Sentences(["a mug", "a cup"], np.array([[[1, 0]], [[3, 8]]], np.float16))
    return arrays


def test_mean_and_deviation_are_of_the_shapes_that_have_features_and_of_sentences_once() -> None:
    arrays = shapes()
    looks = np.delete(arrays.features["image/looks"].astype(float), 3, 0).reshape(-1, 5)
    found = spread_of(as_shapes(arrays), "image/looks")
    np.testing.assert_allclose(found.center, looks.mean(0), rtol=1e-5)
    np.testing.assert_allclose(found.scale[[0, 1, 2, 4]], looks.std(0)[[0, 1, 2, 4]], rtol=1e-5)
    assert 0 < found.scale[3] < 0.01  # what never differs divides by no zero
    mean = np.delete(arrays.features["image/looks"].astype(float), 3, 0).mean(1)  # what "mean" imitates
    np.testing.assert_allclose(
        spread_of(as_shapes(arrays), "image/looks", "mean").scale[:3], mean.std(0)[:3], rtol=1e-5
    )
    told = spread_of(as_shapes(arrays), "text/words")
    assert (told.center.tolist(), told.scale.tolist()) == ([2, 4], [1, 4])


@pytest.mark.parametrize("standardize", ["image", "text", "both"])
def test_pre_training_compares_them_standardized(standardize: str, tmp_path: Path) -> None:
    settings = {
        "model": SMALL, "init": "none",
        "train": {"epochs": 1, "batch_size": 10, "device": "cpu", "precision": "32", "log_every": 1},
    }  # fmt: skip
    found = {}
    for how in ("none", standardize):
        pretrain(shapes(), tmp_path / how, objective={"standardize": how, "contrast_loss": "smooth_l1"}, **settings)
        found[how] = RunFolder(tmp_path / how).metrics()[0]
    for kind in ("image", "text"):
        assert (found["none"][kind] != found[standardize][kind]) == (standardize in (kind, "both"))
    assert torch.isfinite(torch.tensor(found[standardize]["loss"]))


def test_regression_beside_itself_is_refused() -> None:
    with pytest.raises(InputError, match="smooth_l1 itself"):
        Objective(regression_weight=1.0)

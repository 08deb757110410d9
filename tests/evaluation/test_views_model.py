"""An image teacher in the place of a model: its pooled views embedded, probed, and refused where they mean nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pointrecon import embed, few_shot, open_table, probe, robustness, teach, zero_shot
from pointrecon.errors import InputError
from pointrecon.evaluation.features import extract_features
from pointrecon.evaluation.inputs import is_model, resolve_model
from pointrecon.evaluation.joining import stored_vectors
from pointrecon.evaluation.views_model import ViewsModel
from pointrecon.shapes import TableMeta, create_table
from pointrecon.shapes.door import as_shapes
from pointrecon.teachers.views import ring, rings
from standin import sticks
from tiny_teachers import CountingImage

QUIET = {"progress": False}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    shapes = sticks(24)
    made = create_table(tmp_path / "sticks.npz", TableMeta(name="sticks", up="y", classes=shapes.meta.classes))
    made.append(shapes)
    return made.path


def stored(table: Path, name: str) -> np.ndarray:
    return open_table(table).load(features=[name]).features[name].astype(np.float32)


def test_vectors_are_the_means_of_what_teach_gives(table: Path) -> None:
    """Those of single views, and those of all views together."""
    teach(table, image=CountingImage(), views=4, **QUIET)
    alone = ViewsModel(CountingImage(), views=4)
    found = extract_features(alone, table, **QUIET)
    assert np.allclose(found, stored(table, "image/counting").mean(1), atol=2e-3)

    class Greedy(CountingImage):
        name, pooling, rings = "greedy", "max", True

        def __init__(self) -> None:
            super().__init__()
            self.info = {"model": "greedy", "pooling": "max"}

    teach(table, image=Greedy(), views=4, **QUIET)
    found = extract_features(ViewsModel(Greedy(), views=4), table, **QUIET)
    assert np.allclose(found, stored(table, "image/greedy").max(1), atol=2e-3)
    assert np.allclose(found, stored_vectors(as_shapes(table), "image/greedy"), atol=2e-3)
    teach(table, image="multiview", **QUIET)
    found = extract_features("multiview", table, **QUIET)
    taught = stored(table, "image/multiview")[:, 0]
    found, taught = found - taught.mean(0), taught - taught.mean(0)
    assert np.einsum("md,md->m", found, taught).min() > 0.99 * np.square(taught).sum(1).min()


def test_rings_look_from_two_heights_and_a_ring_from_one() -> None:
    for up, axis in (("y", 1), ("z", 2)):
        high = torch.rad2deg(torch.asin(rings(9, up)[:, axis])).round().int().tolist()
        assert high == [20] * 6 + [50] * 3
        assert len(torch.unique(rings(9, up).round(decimals=3), dim=0)) == 9
        assert torch.rad2deg(torch.asin(ring(5, up)[:, axis])).round().int().tolist() == [20] * 5
    assert torch.equal(rings(2, "y"), ring(2, "y"))


def test_several_threads_give_the_same_to_the_bit() -> None:
    clouds, threads = torch.rand(20, 60, 3, generator=torch.Generator().manual_seed(0)), torch.get_num_threads()
    model, found = ViewsModel("multiview"), []
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            found.append(model.encode(clouds))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*found)


def test_points_are_not_repeated_up_nor_left_out(table: Path) -> None:
    """A cloud's number of points decides how large each is drawn."""
    seen = []

    class Watching(ViewsModel):
        def _seen(self, points: torch.Tensor, teacher: object) -> torch.Tensor:
            seen.append(points.shape[1])
            return super()._seen(points, teacher)  # type: ignore[arg-type]

    extract_features(Watching(CountingImage()), table, **QUIET)
    assert set(seen) == {40}
    extract_features(Watching(CountingImage()), table, encode={"points": 30}, **QUIET)
    assert set(seen) == {40, 30}


def test_embed_goes_on_and_says_who_looked(table: Path) -> None:
    done = embed("multiview", table, split="test", **QUIET)
    assert (done.name, done.added, done.width) == ("embedding/multiview", 6, 384)
    done = embed("multiview", table, **QUIET)
    assert (done.added, done.already) == (18, 6)
    info = open_table(table).feature_info("embedding/multiview")
    assert (info["model"], info["feature"], info["precision"]) == ("multiview", "views", "32")
    with pytest.raises(InputError, match="sha256"):
        embed(ViewsModel("multiview", views=4), table, name="multiview", **QUIET)
    with pytest.raises(InputError, match="one vector, its pooled views"):
        embed("multiview", table, feature="patches", name="other", **QUIET)


def test_probe_has_one_row_and_tells_that_it_is_no_model(table: Path) -> None:
    found = probe("multiview", table, show=False, **QUIET)
    assert {r.weights for r in found} == {"picture teacher"}
    assert {r.choices["feature"] for r in found} == {"views"}
    assert found.mean(task="probe/svm") > 0.8
    assert found.records[0].model == "multiview"
    other = probe(ViewsModel("multiview", views=3), table, show=False, feature="auto", **QUIET)
    assert other.records[0].model_hash != found.records[0].model_hash
    with pytest.raises(InputError, match="leave the feature 'recon' out"):
        probe("multiview", table, feature="recon", show=False, **QUIET)


def test_few_shot_robustness_and_pictures_of_classes(table: Path) -> None:
    few = few_shot("multiview", table, way=2, shot=2, queries=2, folds=2, method="knn", **QUIET)
    assert {r.weights for r in few} == {"picture teacher"}
    with pytest.raises(InputError, match="no untrained twin"):
        few_shot("multiview", table, way=2, shot=2, queries=2, folds=1, method="knn", from_scratch=True, **QUIET)
    with pytest.raises(InputError, match="trains a ReconModel"):
        few_shot("multiview", table, way=2, shot=2, queries=2, folds=1, epochs=1, **QUIET)
    hurt = robustness("multiview", table, corruptions=["drop"], severities=[1], seeds=1, show=False, **QUIET)
    assert {(r.weights, r.choices["feature"]) for r in hurt} == {("picture teacher", "views")}
    vectors = extract_features("multiview", table, **QUIET)
    label = open_table(table).load().label
    classes = np.stack([vectors[label == k].mean(0) for k in range(3)])
    (named,) = zero_shot("multiview", table, query="image", class_pictures=classes, **QUIET)
    assert named.metrics["accuracy"] > 0.8
    with pytest.raises(InputError, match="pictures alone"):
        zero_shot("multiview", table, **QUIET)


def test_a_folder_of_that_name_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_model("imagenet")
    assert isinstance(resolve_model("multiview")[0], ViewsModel)
    (tmp_path / "multiview").mkdir()
    with pytest.warns(UserWarning, match="not the image teacher"), pytest.raises(InputError, match="no model folder"):
        resolve_model("multiview")
    assert not is_model("multiview")

"""Text by sentence in batches: one caption and one template a step, held and streamed alike, as before where plain."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pointrecon.shapes import ShapeArrays, TableMeta, as_shapes, create_table, open_table
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.sentences import Sentences
from pointrecon.training import training_set
from pointrecon.training.training_set import StreamingSet, TrainingSet, held_bytes

WORDS = ["a mug", "a cup", "a bolt"]
CAPTIONS = [["a mug", "a cup"], ["a bolt"], [], ["a mug"]]


def shapes(captions: list[list[str]], templates: int) -> ShapeArrays:
    """Feature t of sentence s is (s, t); the picture's are views of their own."""
    rng = np.random.default_rng(0)
    values = np.array([[[s, t] for t in range(templates)] for s in range(len(WORDS))], np.float16)
    arrays = ShapeArrays.from_points(
        rng.normal(size=(len(captions), 24, 3)),
        captions=captions,
        features={"image/looks": rng.normal(size=(len(captions), 3, 5))},
    )
    arrays.sentences["text/words"] = Sentences(list(WORDS), values)
    return arrays


KEYS = {"image": "image/looks", "text": "text/words"}


@pytest.fixture(params=[1 << 20, 0], ids=["sentences held", "sentences read"])
def seen(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shapes:
    monkeypatch.setattr(training_set, "_FEW", request.param)
    table = create_table(tmp_path / "t.npz", TableMeta())
    table.append(shapes(CAPTIONS, templates=4))
    return as_shapes([open_table(table.path)])


def test_each_caption_and_template_is_drawn_held_and_streamed_alike(seen: Shapes) -> None:
    held, stream = TrainingSet(seen, points=16, **KEYS), StreamingSet(seen, points=16, **KEYS)
    drawn: list[set[tuple[float, ...]]] = [set() for _ in CAPTIONS]
    for step in range(60):
        index = torch.tensor([2, 0, 3, 1])
        one, two = (data.draw(index, torch.Generator().manual_seed(step)) for data in (held, stream))
        assert torch.equal(one.features["text"], two.features["text"])
        assert torch.equal(one.points, two.points)
        assert one.present["text"].tolist() == two.present["text"].tolist() == [False, True, True, True]
        for shape, feature in zip(index.tolist(), one.features["text"].tolist(), strict=True):
            drawn[shape].add(tuple(feature))
    for captions, found in list(zip(CAPTIONS, drawn, strict=True)):
        if captions:
            assert found == {(WORDS.index(own), t) for own in captions for t in range(4)}


def test_the_mean_is_of_all_captions_templates_and_views(seen: Shapes) -> None:
    index = torch.tensor([2, 0, 3, 1])
    for kind in (TrainingSet, StreamingSet):
        batch = kind(seen, points=16, targets="mean", **KEYS).draw(index, torch.Generator().manual_seed(0))
        assert batch.features["text"][1:].tolist() == [[0.5, 1.5], [0, 1.5], [2, 1.5]]  # of captions 0 and 1, 0, 2
        assert batch.present["text"].tolist() == [False, True, True, True]
        looks = shapes(CAPTIONS, templates=4).features["image/looks"].astype(np.float32).mean(1)
        np.testing.assert_allclose(batch.features["image"], looks[index.numpy()], rtol=1e-3)


def test_all_are_each_view_and_each_caption_as_the_mean_of_its_templates(seen: Shapes) -> None:
    index = torch.tensor([2, 0, 3, 1])
    for kind in (TrainingSet, StreamingSet):
        batch = kind(seen, points=16, targets="all", **KEYS).draw(index, torch.Generator().manual_seed(0))
        assert batch.features["text"][:, 0].tolist() == [[0, 0], [0, 1.5], [0, 1.5], [2, 1.5]]
        assert batch.features["text"][:, 1].tolist() == [[0, 0], [1, 1.5], [0, 0], [0, 0]]
        looks = shapes(CAPTIONS, templates=4).features["image/looks"].astype(np.float32)
        np.testing.assert_allclose(batch.features["image"], looks[index.numpy()], rtol=1e-3)


def test_views_are_pooled_as_their_teacher_pools_them() -> None:
    arrays = shapes(CAPTIONS, templates=4)
    arrays.makers["image/looks"] = {"pooling": "max"}
    batch = TrainingSet(arrays, points=16, targets="mean", **KEYS).draw(torch.arange(4), torch.Generator())
    np.testing.assert_allclose(batch.features["image"], arrays.features["image/looks"].astype(np.float32).max(1))


def test_one_caption_as_it_is_gives_the_batches_of_features_kept_by_shape() -> None:
    by_sentence = shapes([["a bolt"], ["a mug"], [], ["a mug"]], templates=1)
    by_shape = shapes(by_sentence.captions, templates=1)
    values = by_shape.sentences.pop("text/words").values
    by_shape.features["text/words"] = np.stack([values[2], values[0], values[0] * np.nan, values[0]])
    index = torch.tensor([3, 0, 2, 1])
    one, two = (TrainingSet(s, points=16, **KEYS).draw(index, torch.Generator()) for s in (by_sentence, by_shape))
    there = one.present["text"]
    assert there.tolist() == two.present["text"].tolist() == [True, True, False, True]
    assert torch.equal(one.features["text"][there], two.features["text"][there])
    assert torch.equal(one.features["image"].nan_to_num(), two.features["image"].nan_to_num())
    assert torch.equal(one.points, two.points)


def test_held_sentences_count_once_however_many_shapes_have_them() -> None:
    few, many = (as_shapes(shapes([["a mug"]] * count, templates=60)) for count in (10, 1000))
    each = 2 * 3 * 24 + 8 + 4  # points, label and caption, and the number of the sentence
    assert held_bytes(few, ["text/words"]) == 10 * each + 3 * 60 * 2 * 2
    assert held_bytes(many, ["text/words"]) == 1000 * each + 3 * 60 * 2 * 2

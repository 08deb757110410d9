"""Class and instance mIoU: small cases by hand, and a plain transcription of ShapeNetPart's definition."""

import numpy as np
import pytest

from pointrecon.evaluation.part_scores import part_scores, shape_iou

CATEGORIES = {"Cup": [0, 1], "Chair": [2, 3, 4], "Bust": [5]}


def plainly(truth, answer, category, categories):
    """Shape by shape, part by part, point by point."""
    names = list(categories)
    ious: dict[str, list[float]] = {name: [] for name in names}
    for shape in range(len(truth)):
        name = names[category[shape]]
        of_parts = []
        for part in categories[name]:
            either = both = 0
            for t, a in zip(truth[shape], answer[shape], strict=True):
                if t == -1:
                    continue
                either += t == part or a == part
                both += t == part and a == part
            of_parts.append(1.0 if either == 0 else both / either)
        ious[name].append(sum(of_parts) / len(of_parts))
    every = [iou for some in ious.values() for iou in some]
    means = {name: sum(some) / len(some) for name, some in ious.items() if some}
    return sum(every) / len(every), sum(means.values()) / len(means), means


def test_a_shape_by_hand() -> None:
    truth, answer = np.array([2, 2, 2, 3]), np.array([2, 2, 3, 3])
    # part 2: 2 of 3; part 3: 1 of 2; part 4 is in neither and counts 1
    assert shape_iou(truth, answer, [2, 3, 4]) == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert shape_iou(truth, truth, [2, 3, 4]) == 1
    # a part that only the answer has counts 0
    assert shape_iou(np.array([0, 0]), np.array([0, 1]), [0, 1]) == pytest.approx((1 / 2 + 0) / 2)
    # points without a part count nowhere
    assert shape_iou(np.array([2, -1, 3]), np.array([2, 4, 3]), [2, 3, 4]) == 1


def test_instance_and_class_means_by_hand() -> None:
    truth = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3]])
    answer = np.array([[0, 0, 1, 1], [1, 1, 0, 0], [2, 2, 2, 2]])
    found = part_scores(truth, answer, np.array([0, 0, 1]), CATEGORIES)
    chair = (2 / 4 + 0 + 1) / 3
    assert found.per_category == {"Cup": pytest.approx(0.5), "Chair": pytest.approx(chair)}
    assert found.metrics["instance_miou"] == pytest.approx((1 + 0 + chair) / 3)
    assert found.metrics["class_miou"] == pytest.approx((0.5 + chair) / 2)
    assert found.metrics["accuracy"] == pytest.approx((4 + 0 + 2) / 12)
    assert found.shapes == pytest.approx([1, 0, chair])


@pytest.mark.parametrize("seed", range(4))
def test_a_plain_transcription_gives_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    category = rng.integers(0, 3, 23)
    parts = list(CATEGORIES.values())
    truth, answer = np.zeros((2, 23, 40), np.int16)
    for i, number in enumerate(category):
        truth[i], answer[i] = rng.choice(parts[number], 40), rng.choice(parts[number], 40)
        sure = rng.random(40) < 0.5
        answer[i][sure] = truth[i][sure]
    truth[rng.random(truth.shape) < 0.1] = -1
    instance, by_class, means = plainly(truth, answer, category, CATEGORIES)
    found = part_scores(truth, answer, category, CATEGORIES)
    assert found.metrics["instance_miou"] == pytest.approx(instance, abs=1e-12)
    assert found.metrics["class_miou"] == pytest.approx(by_class, abs=1e-12)
    assert found.per_category == pytest.approx(means, abs=1e-12)
    known = truth >= 0
    assert found.metrics["accuracy"] == pytest.approx(np.mean(truth[known] == answer[known]))


def test_the_order_of_points_and_shapes_does_not_matter() -> None:
    rng = np.random.default_rng(9)
    truth, answer = rng.integers(2, 5, (2, 6, 30))
    category = np.ones(6, int)
    points, shapes = rng.permutation(30), rng.permutation(6)
    one = part_scores(truth, answer, category, CATEGORIES)
    two = part_scores(truth[shapes][:, points], answer[shapes][:, points], category, CATEGORIES)
    assert one.metrics == pytest.approx(two.metrics)


def test_what_cannot_be_scored_is_told() -> None:
    none = np.full((2, 4), -1)
    with pytest.raises(ValueError, match="labeled point"):
        part_scores(none, none, np.zeros(2, int), CATEGORIES)
    with pytest.raises(ValueError, match="need shapes"):
        part_scores(none[:0], none[:0], np.zeros(0, int), CATEGORIES)

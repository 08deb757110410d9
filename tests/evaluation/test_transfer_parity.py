"""Few-shot, zero-shot and SVM on released checkpoints, through our own evaluation, against METHOD's transcription."""

import zlib

import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC

import pointrecon.teachers
import transcription as method
from pointrecon.evaluation import extract_features, zero_shot
from pointrecon.evaluation.naming import word_scores
from pointrecon.evaluation.probe_kinds import PROBES
from pointrecon.models import ReconModel, load_model
from pointrecon.shapes import ShapeArrays, as_shapes
from pointrecon.transfer.finetuning import class_scores
from released_layout import exact, near, released_state, save

WIDTH, POINTS, PATCHES = 64, 192, 12
CLASSES = ["flight_stand", "lamp", "office chair", "sofa", "vase", "wash basin"]


def shapes(count: int) -> ShapeArrays:
    """Clouds stretched by class, as a table holds them: float16, neither centered nor scaled for the model."""
    rng = np.random.default_rng(5)
    label = np.arange(count) % len(CLASSES)
    stretch = np.random.default_rng(6).uniform(0.2, 1, (len(CLASSES), 1, 3))[label]
    points = 0.4 * rng.normal(size=(count, POINTS, 3)) * stretch + 0.1
    split = np.where(np.arange(count) < count // 2, "train", "test")
    return ShapeArrays.from_points(points, label=label, classes=CLASSES, split=split, up="y", name="made")


def prepared(arrays: ShapeArrays) -> np.ndarray:
    return np.stack([method.normalize(cloud) for cloud in arrays.points])


def model_of(state: dict[str, np.ndarray], path) -> ReconModel:
    return load_model(save(state, path), points=POINTS, patches=PATCHES)


def test_few_shot_scores(tmp_path) -> None:
    state, arrays = released_state("cls_full", width=WIDTH, classes=5), shapes(12)
    scores = class_scores(model_of(state, tmp_path / "few.pth"), as_shapes(arrays), batch_size=5)
    near(scores[0], method.classify(exact(state), prepared(arrays), PATCHES))


class Words:
    """A text teacher whose features, of any length, depend on the sentence alone."""

    name, width, info = "clip", 512, {}

    def encode(self, texts) -> torch.Tensor:
        draws = (np.random.default_rng(zlib.crc32(text.encode())) for text in texts)
        return torch.from_numpy(np.stack([rng.normal(size=512) * rng.uniform(0.5, 2) for rng in draws])).float()


@pytest.mark.parametrize("query", ["text", "image", "blend"])
def test_zero_shot_scores_and_answers(query: str, tmp_path, monkeypatch) -> None:
    state = released_state("zeroshot_text", width=WIDTH)
    # for zero-shot both teachers are CLIP, so the image projection is as wide as the text's
    image = released_state("zeroshot_image", width=WIDTH)
    state |= {name: image[name][:512] for name in ("img_proj.weight", "img_proj.bias")}
    arrays, model = shapes(24), model_of(state, tmp_path / "words.pth")
    test = arrays.in_split("test")
    names = [name.replace("_", " ") for name in CLASSES]
    texts = [Words().encode(method.sentences(name)).numpy() for name in names]
    expected = method.cosines(method.zero_shot_feature(exact(state), prepared(test), PATCHES, query), texts)

    monkeypatch.setattr(pointrecon.teachers, "load_text_teacher", lambda name, device: Words(), raising=False)
    (record,) = zero_shot(model, arrays, query=query, progress=False)
    order = np.argsort(-expected, axis=1)
    for k, key in ((1, "accuracy"), (3, "top3_accuracy"), (5, "top5_accuracy")):
        assert record.metrics[key] == pytest.approx(np.mean((order[:, :k] == test.label[:, None]).any(1)))
    answers = np.bincount(order[:, 0], minlength=len(CLASSES))
    assert np.array(record.confusion).sum(0).tolist() == answers.tolist()

    matrix = pointrecon.teachers.text_class_matrix(Words(), CLASSES).numpy()
    near(word_scores(model, test, matrix, query=query, progress=False), expected)


def test_svm_features_and_answers(tmp_path) -> None:
    state, arrays = released_state("svm", width=WIDTH), shapes(48)
    ours = extract_features(model_of(state, tmp_path / "svm.pth"), arrays, encode={"batch_size": 20}, progress=False)
    theirs = method.svm_feature(exact(state), prepared(arrays), PATCHES)
    near(ours, theirs)
    train, test = arrays.split == "train", arrays.split == "test"
    label = arrays.label[train]
    for setting in PROBES["svm"].settings:
        answers = [PROBES["svm"].fit(x[train], label, setting)(x[test]) for x in (ours.astype(np.float64), theirs)]
        assert (answers[0] == answers[1]).all()
    machines = [LinearSVC(random_state=0, max_iter=20_000, tol=1e-6).fit(x[train], label) for x in (ours, theirs)]
    answers = [machine.predict(x[test]) for machine, x in zip(machines, (ours, theirs), strict=True)]
    assert (answers[0] == answers[1]).all()
    assert len(set(answers[0])) > 1
    assert (answers[0] == arrays.label[test]).mean() > 0.5

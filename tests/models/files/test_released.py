"""Released checkpoints: the same outputs, every released kind, whatever else the file holds, and nothing unsafe."""

import json
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.models import load_model
from pointrecon.models.files.released import read_checkpoint
from pointrecon.training.losses import reconstruction

RELEASED = Path(__file__).parents[2] / "data" / "released"
sys.path.insert(0, str(RELEASED))
import seeded_weights as seeded  # noqa: E402

KEYS = json.loads((RELEASED / "checkpoint_keys.json").read_text())


def state(kind: str) -> dict[str, torch.Tensor]:
    return {n: torch.from_numpy(np.asarray(seeded.tensor(n, tuple(s)))) for n, s in KEYS[kind].items()}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("released")

    def make(kind: str, **extra) -> Path:
        path = folder / f"{kind}{len(extra)}.pth"
        if not path.exists():
            torch.save({"base_model": state(kind), **extra}, path)
        return path

    return make


def near(ours: torch.Tensor, reference: np.ndarray) -> None:
    """Within 1e-5, relative to the largest reference value."""
    ours = ours.detach().numpy().reshape(reference.shape)
    assert np.abs(ours - reference).max() <= 1e-5 * np.abs(reference).max()


def pretrain_inputs() -> tuple[torch.Tensor, ...]:
    return (
        torch.from_numpy(seeded.clouds(4, 1024, 1)),
        torch.from_numpy(seeded.features(4, 768, 2)),
        torch.from_numpy(seeded.features(4, 512, 3)),
        torch.from_numpy(seeded.patch_mask(4, 64, 38, 4)),
    )


def test_pretraining_parity(checkpoint) -> None:
    model = load_model(checkpoint("pretrain_tiny"))
    reference = np.load(RELEASED / "pretrain_tiny.npz")
    points, image, text, mask = pretrain_inputs()
    with torch.no_grad():
        patches = model.cut(points)
        rebuilt = model.rebuild(patches, mask)
    near(patches.centers, reference["centers"])
    near(model.encoder.embed(patches.points[:, :4]), reference["tokens_head"])
    near(rebuilt.encoding.patches[:, :4], reference["visible_head"])
    for number, name in enumerate(("cls", "img_token", "text_token")):
        near(rebuilt.encoding.queries[:, number], reference[name])
    count = reference["reconstruction_head"].size // 96
    near(rebuilt.patches.flatten(0, 1)[:count], reference["reconstruction_head"])
    near(reconstruction(rebuilt.patches, rebuilt.hidden.points), reference["mdm"])
    near(F.smooth_l1_loss(model.project(rebuilt.encoding, "image"), image), reference["csc_img"])
    near(F.smooth_l1_loss(model.project(rebuilt.encoding, "text"), text), reference["csc_text"])


def test_exact_zero_gradients(checkpoint) -> None:
    model = load_model(checkpoint("pretrain_tiny"))
    points, image, text, mask = pretrain_inputs()
    rebuilt = model.rebuild(model.cut(points), mask)
    contrast = F.smooth_l1_loss(model.project(rebuilt.encoding, "image"), image)
    contrast = contrast + F.smooth_l1_loss(model.project(rebuilt.encoding, "text"), text)
    contrast.backward(retain_graph=True)
    local = ("encoder.embed", "encoder.position", "decoder", ".attn.", ".mlp.", ".norm1.", ".norm2.")
    for name, parameter in model.named_parameters():
        if any(part in name for part in local):
            assert parameter.grad is None or not parameter.grad.any(), name
    assert model.encoder.blocks[0].cross.q.weight.grad.abs().max() > 0
    model.zero_grad(set_to_none=True)
    reconstruction(rebuilt.patches, rebuilt.hidden.points).backward()
    for name, parameter in model.named_parameters():
        if ".cross." in name or ".query_" in name or "queries" in name or "projections" in name:
            assert parameter.grad is None or not parameter.grad.any(), name
    assert model.encoder.embed.lift.weight.grad.abs().max() > 0


def test_classification_parity(checkpoint) -> None:
    model = load_model(checkpoint("cls_full"))
    with torch.no_grad():
        near(model(torch.from_numpy(seeded.clouds(3, 2048, 7))), np.load(RELEASED / "cls_full.npz")["logits"])


def test_part_segmentation_parity(checkpoint) -> None:
    model = load_model(checkpoint("partseg"))
    with torch.no_grad():
        labels = model(torch.from_numpy(seeded.clouds(2, 2048, 11)), torch.tensor([3, 9]))
    near(labels[:, ::64], np.load(RELEASED / "partseg.npz")["logp"])


@pytest.mark.parametrize("kind", [k for k in KEYS if k not in ("pretrain_base", "cls_full", "partseg")])
def test_every_released_kind_loads_and_encodes(kind: str, checkpoint) -> None:
    model = load_model(checkpoint(kind))
    with torch.no_grad():
        encoding = model.encode(torch.from_numpy(seeded.clouds(1, model.config.points, 5)))
    assert encoding.queries.isfinite().all()
    if kind == "zeroshot_image":
        assert model.project(encoding, "image").shape == (1, 768)
    if kind == "svm":
        assert model.features(torch.from_numpy(seeded.clouds(1, 1024, 5))).shape == (1, 768)


@pytest.mark.parametrize(
    "prefix", ["_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "module.module.", "model.", "_forward_module."]
)
def test_names_as_wrappers_leave_them(prefix: str, tmp_path) -> None:
    plain = state("pretrain_tiny")
    inner = {name.replace("blocks.blocks.", "blocks._orig_mod.blocks."): value for name, value in plain.items()}
    torch.save({"base_model": {prefix + name: value for name, value in inner.items()}}, tmp_path / "wrapped.pth")
    torch.save({"base_model": plain}, tmp_path / "plain.pth")
    ours, theirs = (load_model(tmp_path / f"{name}.pth").state_dict() for name in ("plain", "wrapped"))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_two_sets_of_weights_are_refused(tmp_path) -> None:
    plain = state("pretrain_tiny")
    torch.save({"base_model": plain | {f"module.{name}": value for name, value in plain.items()}}, tmp_path / "a.pth")
    with pytest.raises(InputError, match="twice"):
        load_model(tmp_path / "a.pth")


def test_prefixes_teachers_and_optimizer_are_no_obstacle(tmp_path) -> None:
    plain = state("pretrain_tiny")
    torch.save({"base_model": plain}, tmp_path / "plain.pth")
    wrapped = {f"module.{name}": value for name, value in plain.items()}
    wrapped["module.img_encoder.blocks.0.weight"] = torch.zeros(3)
    wrapped["module.text_encoder.logit_scale"] = torch.zeros(())
    content = {
        "base_model": wrapped,
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 0.1}]},
        "epoch": 300,
        "metrics": {"acc": np.float64(93.1)},
        "best_metrics": {"acc": 93.1},
    }
    torch.save(content, tmp_path / "wrapped.pth")
    first, second = load_model(tmp_path / "plain.pth"), load_model(tmp_path / "wrapped.pth")
    assert all(
        torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )


class Planted:
    """What a malicious file would run when unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_malicious_pickle_is_refused_and_runs_nothing(zipped: bool, tmp_path, capsys) -> None:
    path, mark = tmp_path / "evil.pth", tmp_path / "mark"
    content = {"base_model": state("svm"), "metrics": Planted(mark)}
    if zipped:
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps({"base_model": {}, "metrics": Planted(mark)}))
    with pytest.raises(InputError, match="nothing in it was run"):
        load_model(path)
    assert main(["convert", str(path), str(tmp_path / "out")]) == 2
    assert not mark.exists()
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().err.count("\n") == 1


def archive(path: Path, pickled: bytes, packed: bool = False) -> Path:
    """A torch file with this pickle, and no tensors."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as file:
        for name, content in {"data.pkl": pickled, "version": b"3\n", "byteorder": b"little"}.items():
            file.writestr(f"archive/{name}", content)
    return path


@pytest.mark.parametrize(
    ("pickled", "what"),
    [
        (b"\x80\x02cnumpy\nndarray\n\x8a\x05\x00\x00\x00\x00\x10\x85\x85R.", "asks for 'numpy.ndarray'"),  # 512 GB
        (b"\x80\x02cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\x00\x00\x00O8\x85RK\x01\x86R.", "other than"),
        (b"\x80\x02cnumpy._core.multiarray\nscalar\nK\x01K\x01\x86R.", "damaged"),
        (b"\x80\x02]q\x00X\x02\x00\x00\x00abR.", "other than"),
        (b"\x80\x02G\x00\x00.", "damaged"),
    ],
)
def test_nothing_is_built_that_weights_do_not_need(pickled: bytes, what: str, tmp_path) -> None:
    with pytest.raises(InputError, match=what) as caught:
        load_model(archive(tmp_path / "a.pth", pickled))
    assert "\n" not in str(caught.value)


def test_numpy_numbers_beside_the_weights_are_plain_numbers(tmp_path) -> None:
    numbers = {"accuracy": np.float64(0.5), "epoch": np.int64(-3), "best": np.bool_(True), "lr": np.float32(0.25)}
    torch.save(numbers, tmp_path / "a.pth")
    found = read_checkpoint(tmp_path / "a.pth")
    assert found == {"accuracy": 0.5, "epoch": -3, "best": True, "lr": 0.25}
    assert {type(value) for value in found.values()} == {float, int, bool}


def test_a_packed_archive_is_not_unpacked(tmp_path) -> None:
    with pytest.raises(InputError, match="packed"):
        load_model(archive(tmp_path / "bomb.pth", b"\x80\x02" + b"0" * 10_000_000 + b".", packed=True))


def test_damaged_and_foreign_files_are_refused(checkpoint, tmp_path) -> None:
    whole = checkpoint("svm").read_bytes()
    for name, content in {"short": whole[: len(whole) // 2], "empty": b"", "text": b"hello world\n" * 9}.items():
        path = tmp_path / f"{name}.pth"
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            load_model(path)
        assert "\n" not in str(caught.value)
    torch.save({"base_model": {"fc.weight": torch.zeros(2)}}, tmp_path / "other.pth")
    with pytest.raises(InputError, match="no released ReCon checkpoint"):
        load_model(tmp_path / "other.pth")
    for name, value in {
        "cls": torch.zeros(2),
        "MAE_decoder.blocks.first.norm1.weight": torch.zeros(2),
        "cls_token": torch.zeros(3),
        "norm.weight": torch.zeros(()),
    }.items():
        torch.save({"base_model": {**state("svm"), name: value}}, tmp_path / "odd.pth")
        with pytest.raises(InputError, match="released ReCon checkpoint") as caught:
            load_model(tmp_path / "odd.pth")
        assert "\n" not in str(caught.value)
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(InputError, match="base_model"):
        load_model(tmp_path / "list.pth")
    partial = {name: value for name, value in state("svm").items() if ".3.attn.proj" not in name}
    torch.save({"base_model": partial}, tmp_path / "partial.pth")
    with pytest.raises(InputError, match="lacks the tensor"):
        load_model(tmp_path / "partial.pth")


def test_convert_writes_a_folder_and_card_with_the_same_outputs(checkpoint, tmp_path, capsys) -> None:
    path = checkpoint("pretrain_tiny")
    assert main(["convert", str(path), str(tmp_path / "recon")]) == 0
    points = torch.from_numpy(seeded.clouds(1, 1024, 1))
    with torch.no_grad():
        assert torch.equal(load_model(path).features(points), load_model(tmp_path / "recon").features(points))
    card = (tmp_path / "recon" / "README.md").read_text()
    assert "tiny" in card
    assert path.name in card
    assert main(["convert", str(path), str(tmp_path / "recon")]) == 2
    assert "exists" in capsys.readouterr().err

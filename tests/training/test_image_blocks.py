"""Blocks of image models in a ReCon++ encoder: the same function, the queries' attention from the same weights."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny_teachers
from plus_runs import TINY, colored_table, plus_settings
from pointrecon import load_model, pretrain
from pointrecon.errors import InputError
from pointrecon.models import PlusConfig
from pointrecon.training.image_blocks import begin_with_blocks
from pointrecon.training.plus_start import new_plus

MLP = {"dinov2": 64, "clip": 32, "vit": 32, "timm": 64}


def saved(kind: str, folder: Path) -> Path:
    """A tiny image model on disk; "timm" is the DINOv2 one in timm's layout."""
    if kind != "timm":
        return tiny_teachers.save_model(kind, folder)
    state = load_file(tiny_teachers.save_model("dinov2", folder) / "model.safetensors")
    renamed: dict[str, torch.Tensor] = {}
    for block in range(2):
        old, new = f"encoder.layer.{block}.", f"blocks.{block}."
        for end in ("weight", "bias"):
            qkv = [state[f"{old}attention.attention.{part}.{end}"] for part in ("query", "key", "value")]
            renamed[f"{new}attn.qkv.{end}"] = torch.cat(qkv)
            renamed[f"{new}attn.proj.{end}"] = state[f"{old}attention.output.dense.{end}"]
            for part in ("norm1", "norm2", "mlp.fc1", "mlp.fc2"):
                renamed[f"{new}{part}.{end}"] = state[f"{old}{part}.{end}"]
        for number in "12":
            renamed[f"{new}ls{number}.gamma"] = state[f"{old}layer_scale{number}.lambda1"]
    save_file(renamed, folder / "model.safetensors")
    return folder


def model(kind: str, **other: Any):
    scaled = kind in ("dinov2", "timm")
    sizes = {"width": 16, "mlp_width": MLP[kind], "layer_scale": scaled, "size": "tiny", **other}
    return new_plus(PlusConfig.from_dict({**TINY, **sizes}), seed=0).eval()


def layers(kind: str, folder: Path) -> Any:
    from transformers import AutoModel

    network = AutoModel.from_pretrained(folder).eval()
    stack = network.vision_model.encoder if kind == "clip" else getattr(network, "encoder", network)
    return stack.layers if hasattr(stack, "layers") else stack.layer


@pytest.mark.parametrize("kind", MLP)
def test_the_blocks_are_the_image_models(kind: str, tmp_path) -> None:
    folder, made = saved(kind, tmp_path / kind), model(kind)
    begin_with_blocks(made, str(folder))
    assert "whose license applies" in made.facts.notes
    if kind == "timm":
        twin = model("dinov2")
        begin_with_blocks(twin, str(saved("dinov2", tmp_path / "dinov2")))
        assert all(torch.equal(value, twin.state_dict()[name]) for name, value in made.state_dict().items())
        return
    tokens = torch.randn(2, 5, 16, generator=torch.Generator().manual_seed(0))
    for block, layer in zip(made.encoder.blocks, layers(kind, folder), strict=True):
        if kind == "clip":  # its MLPs have another activation
            found = layer.self_attn(tokens)[0]
            ours = block.local.attn(tokens)
        else:
            found = layer(tokens)
            found = found[0] if isinstance(found, tuple) else found
            ours = block.local(tokens)
        torch.testing.assert_close(ours, found, atol=1e-4, rtol=1e-3)
        assert torch.equal(block.cross.q.weight, block.local.attn.qkv.weight[:16])
        assert torch.equal(block.cross.kv.bias, block.local.attn.qkv.bias[16:])
        assert torch.equal(block.query_mlp.fc2.weight, block.local.mlp.fc2.weight)
        assert torch.equal(block.query_norm2.bias, block.local.norm2.bias)


def test_a_run_begins_with_them_and_a_second_stage_gives_them_to_queries_alone(tmp_path) -> None:
    folder, table = saved("vit", tmp_path / "vit"), colored_table(tmp_path / "small.npz")
    sizes = {"width": 16, "mlp_width": 32}
    frozen = {"epochs": 1, "batch_size": 24}
    how = plus_settings({"paradigm": "reconstruct"}, {**sizes, "patches": 12}, **frozen)
    how["optim"] = {"learning_rate": 1e-12, "weight_decay": 0, "warmup_epochs": 0, "final_rate": 0}
    pretrain(table, tmp_path / "first", blocks=str(folder), **how)
    first = load_model(tmp_path / "first").state_dict()
    wanted = model("vit")
    begin_with_blocks(wanted, str(folder))
    torch.testing.assert_close(
        first["encoder.blocks.1.local.attn.qkv.weight"], wanted.state_dict()["encoder.blocks.1.local.attn.qkv.weight"]
    )
    plain = plus_settings({"paradigm": "contrast", "stop_gradient": True}, {**sizes, "patches": 12}, **frozen)
    plain["optim"] = how["optim"]
    pretrain(table, tmp_path / "other", **{**how, "init": "none"})
    pretrain(table, tmp_path / "second", init=str(tmp_path / "other"), blocks=str(folder), **plain)
    other, second = (load_model(tmp_path / name).state_dict() for name in ("other", "second"))
    local, query = "encoder.blocks.1.local.mlp.fc1.weight", "encoder.blocks.1.query_mlp.fc1.weight"
    assert torch.equal(second[local], other[local])
    torch.testing.assert_close(second[query], wanted.state_dict()[query])
    assert not torch.allclose(second[query], other[query])


@pytest.mark.parametrize(
    ("kind", "other", "says"),
    [
        ("vit", {"depth": 3}, "has 2 Transformer blocks that are known here, and the model 3"),
        ("vit", {"width": 32}, "do not fit: .*take a size of its width"),
        ("vit", {"layer_scale": True}, "has no scale1; give --model.layer_scale false"),
        ("dinov2", {"layer_scale": False}, "has a LayerScale, and the model has none"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(kind: str, other: dict, says: str, tmp_path) -> None:
    folder = saved(kind, tmp_path / kind)
    with pytest.raises(InputError, match=says) as caught:
        begin_with_blocks(model(kind, **other), str(folder))
    assert "\n" not in str(caught.value)


def test_what_is_no_image_model_is_refused(tmp_path) -> None:
    folder = saved("vit", tmp_path / "vit")
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="damaged"):
        begin_with_blocks(model("vit"), str(folder))
    with pytest.raises(InputError, match="there is no image model 'evva'; did you mean 'eva'"):
        begin_with_blocks(model("vit"), "evva")
    with pytest.raises(InputError, match="HF_HUB_OFFLINE"):
        begin_with_blocks(model("vit"), "eva")

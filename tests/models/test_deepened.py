"""A deeper model begins with another's blocks in order, and the blocks put in between change next to nothing."""

from pathlib import Path

import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.models import create_model, load_model, save_model
from pointrecon.models.deepened import deepened
from pointrecon.models.model import ReconModel
from pointrecon.training.first_weights import start_from
from small import SMALL

DEEPER = {**SMALL, "depth": 5}  # 0, 0, 1, 1, 2 of three


def without_positions(model: ReconModel) -> ReconModel:
    """They are added before every block, so a block more adds them once more: all that the function is not kept by."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "position" in name:
                value.zero_()
    return model.eval()


@pytest.mark.parametrize("streams", ["recon", "shared", "towers"])
def test_without_positions_the_function_is_kept(streams: str) -> None:
    model = without_positions(create_model("nano", seed=0, **SMALL, streams=streams))
    deeper = create_model("nano", seed=1, **DEEPER, streams=streams).eval()
    assert not torch.allclose(deeper.features(clouds()), model.features(clouds()), atol=0.1)
    deeper.load_state_dict(deepened(model.state_dict(), 3, 5))
    torch.testing.assert_close(deeper.features(clouds()), model.features(clouds()), atol=2e-3, rtol=1e-3)


def test_each_block_put_in_learns_from_the_first_step_on() -> None:
    deeper = create_model("nano", seed=1, **DEEPER).train()
    deeper.load_state_dict(deepened(create_model("nano", seed=0, **SMALL).state_dict(), 3, 5))
    deeper.pool(deeper.encode_prepared(clouds())).square().sum().backward()
    for block in (1, 3):
        named = deeper.encoder.blocks[block].named_parameters()
        ends = {name: value for name, value in named if name.endswith(("proj.weight", "fc2.weight"))}
        assert len(ends) == 4
        for name, value in ends.items():
            assert not value.any(), name
            assert value.grad is not None, name
            assert value.grad.abs().max() > 0, name


def test_pre_training_starts_a_deeper_model_and_refuses_a_shallower(tmp_path: Path) -> None:
    model = create_model("nano", seed=0, **SMALL)
    save_model(model, tmp_path / "model")
    deeper = create_model("nano", seed=1, **DEEPER)
    start_from(deeper, str(tmp_path / "model"))
    own, old = deeper.state_dict(), model.state_dict()
    for block, origin in {0: 0, 2: 1, 4: 2}.items():
        for name in (n for n in old if n.startswith(f"encoder.blocks.{origin}.")):
            assert torch.equal(own[name.replace(f"blocks.{origin}.", f"blocks.{block}.", 1)], old[name])
    assert all(torch.equal(own[name], value) for name, value in old.items() if ".blocks." not in name)
    with pytest.raises(InputError, match="has 3 encoder blocks, more than this model's 2: give --model.depth 3"):
        start_from(create_model("nano", **{**SMALL, "depth": 2}), str(tmp_path / "model"))


def test_mini_begins_with_the_model_that_comes_along() -> None:
    mini = create_model("mini", seed=0)
    start_from(mini, "made-nano")
    own, nano = mini.state_dict(), load_model("made-nano").state_dict()
    assert torch.equal(own["encoder.blocks.6.attn.qkv.weight"], nano["encoder.blocks.3.attn.qkv.weight"])


def clouds() -> torch.Tensor:
    return create_model("nano", **SMALL).prepare(torch.randn(4, 96, 3, generator=torch.Generator().manual_seed(0)))

"""A frozen encoder in bfloat16 is as near to the float32 one as autocast is, and its folded embedding is the module."""

import pytest
import torch

from pointrecon.devices import one_thread
from pointrecon.evaluation import extract_features, features
from pointrecon.geometry import normalize
from pointrecon.models import create_model
from pointrecon.models.blocks import Mlp
from pointrecon.models.fast import switch
from pointrecon.models.fast.folded_embedding import _lifted, embed_folded, fold
from pointrecon.models.fast.frozen_encoder import FrozenEncoder, _with_gelu_within, serves, taken
from pointrecon.shapes import ShapeArrays
from small import SMALL


def clouds(batch: int = 3) -> torch.Tensor:
    return normalize(torch.randn(batch, 96, 3, generator=torch.Generator().manual_seed(0)))


def trained(**more: object) -> torch.nn.Module:
    """With statistics and weights that are not those of a beginning."""
    model = create_model("nano", seed=0, **{**SMALL, **more})
    torch.manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.LayerNorm | torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.weight, 1, 0.2)
            torch.nn.init.normal_(module.bias, 0, 0.2)
    with torch.no_grad():
        for _ in range(30):
            model.train().encode(clouds(8))
    return model.eval()


def off(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found.float() - wanted).norm() / wanted.norm())


def test_the_folded_embedding_is_the_modules() -> None:
    model = trained()
    points = model.cut(clouds()).points
    with torch.no_grad():
        found = embed_folded(points.flatten(0, 1), fold(model.encoder.embed)).unflatten(0, points.shape[:2])
        torch.testing.assert_close(found, model.encoder.embed.plain(points), rtol=1e-4, atol=1e-5)


def test_the_first_layer_is_as_good_as_float32_in_half_precision() -> None:
    points = trained().cut(clouds()).points.reshape(-1, 3)
    weights = fold(trained().encoder.embed, torch.bfloat16)
    exact = torch.nn.functional.linear(points, weights.lift, weights.lift_bias).relu()
    found = _lifted(points, weights)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), exact.bfloat16().float(), rtol=0.008, atol=1e-4)  # a last bit apart


def test_it_is_as_near_to_float32_as_autocast_is() -> None:
    model = trained(depth=4)
    patches = model.cut(clouds())
    with torch.inference_mode():
        exact = model.encode_patches(patches)
        with torch.autocast("cpu", torch.bfloat16):
            usual = model.encode_patches(patches)
        found = FrozenEncoder(model.encoder)(patches)
    assert torch.equal(found[2], exact.centers)
    for place in (0, 1):
        assert found[place].dtype == torch.float32
        error = off(found[place], exact[place])
        assert 0 < error < 1.5 * off(usual[place], exact[place])


def test_gelu_within_the_product_is_within_rounding() -> None:
    torch.manual_seed(0)
    mlp, tokens = Mlp(32).to(torch.bfloat16), torch.randn(3, 7, 32, dtype=torch.bfloat16)
    with torch.no_grad():
        found, usual = _with_gelu_within(mlp, tokens), mlp(tokens)
    assert found.dtype == torch.bfloat16
    assert off(found, usual.float()) < 0.008


def test_it_keeps_the_weights_it_was_made_of_and_leaves_the_model_alone() -> None:
    model = trained()
    patches, before = model.cut(clouds()), {name: value.clone() for name, value in model.state_dict().items()}
    frozen = FrozenEncoder(model.encoder)
    first = frozen(patches)[1]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(1)
    assert torch.equal(frozen(patches)[1], first)
    assert serves(model)
    assert not serves(create_model("nano", **{**SMALL, "streams": "towers"}))


class OnCard:
    """Clouds on a GPU that need not be there."""

    is_cuda = True


def test_it_is_taken_on_cuda_in_bfloat16_where_it_is_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    model, here = trained(), clouds()
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda kind: kind == "cuda")
    monkeypatch.setattr(torch, "get_autocast_dtype", lambda kind: torch.bfloat16)
    with torch.no_grad():
        for mode, wanted in (("auto", True), ("all", True), ("off", False)):
            monkeypatch.setattr(switch, "_mode", mode)
            assert taken(model, OnCard()) is wanted
            assert not taken(model, here)
        monkeypatch.setattr(switch, "_mode", "auto")
        assert not taken(model.train(), OnCard())
        assert not taken(create_model("nano", **{**SMALL, "streams": "towers"}).eval(), OnCard())
    assert not taken(model.eval(), OnCard())  # with gradients


def test_shapes_are_encoded_by_one_copy_where_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    model, rows = trained(), ShapeArrays.from_points(clouds(5).numpy())
    usual = extract_features(model, rows, encode={"batch_size": 2}, progress=False)
    made: list[FrozenEncoder] = []
    monkeypatch.setattr(features, "taken", lambda model, clouds: True)
    monkeypatch.setattr(features, "FrozenEncoder", lambda encoder: made.append(FrozenEncoder(encoder)) or made[0])
    with one_thread():  # as on a card, where batches follow each other
        found = extract_features(model, rows, encode={"batch_size": 2}, progress=False)
    assert len(made) == 1
    assert 0 < abs(found - usual).max() < 0.05 * abs(usual).max()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("norm", [True, False])
def test_on_a_gpu_it_is_the_one_here(norm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(switch.EARNED, "triton norm", norm)
    model = trained(depth=4)
    patches = model.cut(clouds())
    wanted = FrozenEncoder(model.encoder)(patches)
    frozen = FrozenEncoder(model.cuda().encoder)
    for _ in range(3):
        found = frozen(type(patches)(*(part.cuda() for part in patches)))
    for place in (0, 1):
        assert off(found[place].cpu(), wanted[place]) < 0.01

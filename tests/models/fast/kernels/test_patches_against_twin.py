"""The patch embedding's kernels against their twin, and the twin against the module in evaluation mode.

On CUDA where there is one, else by Triton's interpreter, in the process ``test_patches_interpreted.py`` starts.
"""

import pytest
import torch
from torch import Tensor

from pointrecon.models.fast import embedding_kernel as kernels
from pointrecon.models.fast.embedding_kernel import _maxima, embed_patches, serves
from pointrecon.models.fast.folded_embedding import Folded, embed_patches_plain, fold
from pointrecon.models.patches import PatchEmbedding

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def module(width: int, stem: int) -> PatchEmbedding:
    """With statistics as after training: far from zero and one."""
    torch.manual_seed(0)
    made = PatchEmbedding(width, stem).eval()
    for norm in (made.norm1, made.norm2):
        for values in (norm.weight, norm.bias, norm.running_mean):
            torch.nn.init.normal_(values, 0.1)
        torch.nn.init.uniform_(norm.running_var, 0.1, 2)
    return made.to(DEVICE)


def patches(count: int, size: int) -> Tensor:
    return torch.randn(count, size, 3, generator=torch.Generator().manual_seed(1)).to(DEVICE)


@pytest.mark.parametrize(
    ("count", "size", "width", "stem"),
    [(5, 32, 384, 128), (3, 16, 40, 32), (7, 9, 16, 16), (1, 64, 100, 16), (9, 1, 32, 16)],
)
def test_tokens_are_the_twins_and_the_modules(count: int, size: int, width: int, stem: int) -> None:
    embedding, points = module(width, stem), patches(count, size)
    weights = fold(embedding)
    plain = embed_patches_plain(points, weights)
    with torch.no_grad():
        torch.testing.assert_close(plain, embedding.plain(points[None])[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(embed_patches(points, weights), plain, atol=1e-5, rtol=1e-4)


def test_half_precision_is_near_single() -> None:
    embedding, points = module(64, 32), patches(6, 20)
    dtype = torch.bfloat16 if points.is_cuda else torch.float16  # the interpreter multiplies no bfloat16
    single, half = fold(embedding), fold(embedding, dtype)
    assert half.lift.dtype == torch.float32
    ours = embed_patches(points.half(), half)
    assert ours.dtype == dtype
    exact = embed_patches_plain(points.half(), single)
    assert (ours.float() - exact).abs().max() < 0.03 * exact.abs().max()


def test_what_the_kernels_do_not_take_is_said() -> None:
    half = torch.float16
    assert serves(patches(2, 64), fold(module(32, 16), half))
    assert not serves(patches(2, 64), fold(module(32, 16)))
    assert not serves(patches(2, 65), fold(module(32, 16), half))
    assert not serves(patches(2, 8), fold(module(32, 24), half))
    assert not serves(patches(2, 8), fold(module(600, 16), half))


def test_operators_are_sound() -> None:
    weights: Folded = fold(module(32, 16))
    checks = ("test_schema", "test_faketensor")
    torch.library.opcheck(_maxima, (patches(3, 4), list(weights[:4])), test_utils=checks)
    assert embed_patches(patches(0, 4), weights).shape == (0, 32)


def test_the_trial_agrees_and_catches_a_kernel_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = (DEVICE, torch.bfloat16 if torch.cuda.is_available() else torch.float16, 32, 64, 8)
    monkeypatch.setattr(kernels, "_found", {})
    with torch.inference_mode():
        assert kernels._agrees(*sizes)
    monkeypatch.setattr(kernels, "_found", {})
    monkeypatch.setattr(kernels, "embed_patches", lambda points, _: torch.zeros(len(points), 32, device=points.device))
    with pytest.warns(UserWarning, match="answers otherwise"):
        assert not kernels._agrees(*sizes)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="autocast of a GPU")
@pytest.mark.parametrize(("width", "stem", "size"), [(32, 16, 9), (384, 128, 32)])
def test_a_module_in_single_precision_is_embedded_under_autocast(width: int, stem: int, size: int) -> None:
    """As frozen models run: float32 weights, bfloat16 products."""
    embedding, points = module(width, stem), patches(12, size).unflatten(0, (2, 6))
    with torch.no_grad():
        exact = embedding.plain(points)
        with torch.autocast("cuda", torch.bfloat16):
            tokens, plain = kernels.embed(embedding, points), embedding.plain(points)
    assert tokens is not None
    assert tokens.dtype == plain.dtype == torch.bfloat16
    for found in (tokens, plain):
        assert (found.float() - exact).abs().max() < 0.03 * exact.abs().max()


def test_a_module_in_half_precision_is_embedded_by_the_kernels() -> None:
    if not torch.cuda.is_available():
        embedding = module(32, 16).half()
        tokens = kernels.embed(embedding, patches(6, 9).half()[None])
        assert tokens is not None
        exact = module(32, 16).plain(patches(6, 9)[None]).detach()
        assert (tokens.float() - exact).abs().max() < 0.03 * exact.abs().max()
    assert kernels.embed(module(32, 16), patches(6, 9)[None]) is None

"""Every kernel against its plain PyTorch twin: on CUDA where there is one, else on a CPU by Triton's interpreter.

Triton reads TRITON_INTERPRET when a kernel is defined, so without CUDA this file is only collected in a process that
has it set: ``test_interpreted.py`` starts one.
"""

from contextlib import AbstractContextManager

import pytest
import torch
from torch import Tensor

from pointrecon.geometry import chamfer as chamfer_plain
from pointrecon.geometry import farthest_point_sample as farthest_point_sample_plain
from pointrecon.geometry import gather
from pointrecon.geometry import knn as knn_plain
from pointrecon.models.fast import chamfer_sets as distances
from pointrecon.models.fast import farthest as sampling
from pointrecon.models.fast import functions as g
from pointrecon.models.fast import nearest as neighbors
from pointrecon.models.fast import summed_norm as norms
from pointrecon.models.fast import switch, trial
from pointrecon.models.fast.plain_norm import summed_norm_plain

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def cloud(batch: int, points: int, seed: int = 0) -> Tensor:
    return torch.randn(batch, points, 3, generator=torch.Generator().manual_seed(seed)).to(DEVICE)


def repeated(batch: int = 1, points: int = 50) -> Tensor:
    """Half of the points twice."""
    return torch.cat([cloud(batch, points // 2)] * 2, 1)


def grid() -> Tensor:
    """Many equal distances: a 4 × 4 × 4 grid in random order, exact in float32."""
    axis = torch.arange(4.0) / 4
    points = torch.cartesian_prod(axis, axis, axis)
    return points[torch.randperm(64, generator=torch.Generator().manual_seed(0))][None].to(DEVICE)


CLOUDS = {
    "one point": lambda: cloud(1, 1),
    "two": lambda: cloud(3, 2),
    "odd size": lambda: cloud(2, 77),
    "power of two": lambda: cloud(1, 64),
    "one cloud": lambda: cloud(1, 130),
    "repeated points": repeated,
    "all the same": lambda: torch.full((1, 40, 3), 0.7, device=DEVICE),
    "grid": grid,
    "near the origin": lambda: cloud(2, 60) * 0.03,
    "a view": lambda: cloud(2, 30).transpose(1, 2).contiguous().transpose(1, 2)[:, 3:],
}


@pytest.mark.parametrize("skip_origin", [False, True])
@pytest.mark.parametrize("kind", CLOUDS)
def test_farthest_points_are_the_twins(kind: str, skip_origin: bool) -> None:
    points = CLOUDS[kind]()
    for count in {1, min(9, points.shape[1]), points.shape[1]}:
        ours = sampling.farthest_points(points, count, skip_origin)
        assert torch.equal(ours, farthest_point_sample_plain(points, count, skip_origin=skip_origin))


def test_farthest_points_of_a_cloud_too_large_for_coordinates_in_registers() -> None:
    points = cloud(1, 9000)
    assert torch.equal(sampling.farthest_points(points, 6, False), farthest_point_sample_plain(points, 6))


def nearest_by_rank(query: Tensor, points: Tensor, k: int) -> Tensor:
    """Ties to the lowest index, in rising order of index: what the kernel promises."""
    gap = query[:, :, None] - points[:, None]
    gap = gap.square()
    return ((gap[..., 0] + gap[..., 1]) + gap[..., 2]).sort(dim=-1, stable=True).indices[..., :k].sort(-1).values


@pytest.mark.parametrize("kind", CLOUDS)
def test_nearest_points_and_patches_are_the_twins(kind: str) -> None:
    points = CLOUDS[kind]()
    total = points.shape[1]
    query = torch.cat([points[:, :3], cloud(points.shape[0], 2, 5)], 1)
    for k in {min(7, total), total}:
        index = neighbors.nearest(query, points, k)
        assert torch.equal(index, nearest_by_rank(query, points, k))
        gaps = [
            (gather(points, i) - query[:, :, None]).norm(dim=-1).sort(-1).values
            for i in (index, knn_plain(query, points, k))
        ]
        assert torch.allclose(*gaps, atol=1e-6)
        assert torch.equal(neighbors.patches(points, query, k), gather(points, index) - query[:, :, None])


def test_what_is_no_number_still_gives_indices_within_the_cloud() -> None:
    points = cloud(2, 20)
    points[0, 3] = float("nan")
    points[1] = float("nan")
    for index in (neighbors.nearest(points, points, 20), sampling.farthest_points(points, 20, False)):
        assert index.min() >= 0
        assert index.max() < 20


SETS = [(32, 32), (7, 9), (1, 1), (1, 20), (70, 33)]


@pytest.mark.parametrize("norm", [1, 2])
@pytest.mark.parametrize(("rows", "columns"), SETS)
def test_chamfer_and_its_gradient_are_the_twins(rows: int, columns: int, norm: int) -> None:
    pairs = 3 if rows < 64 else 1
    weight = torch.rand(pairs, generator=torch.Generator().manual_seed(2)).to(DEVICE)
    results = []
    for function in (lambda a, b: distances.chamfer(a, b, norm), lambda a, b: chamfer_plain(a, b, norm=norm)):
        first, second = cloud(pairs, rows).requires_grad_(), cloud(pairs, columns, 1).requires_grad_()
        value = function(first, second)
        (value * weight).sum().backward()
        results.append((value.detach(), first.grad, second.grad))
    for ours, plain in zip(*results, strict=True):
        torch.testing.assert_close(ours, plain, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("norm", [1, 2])
def test_chamfer_of_equal_and_of_repeated_points(norm: int) -> None:
    points = repeated()
    first, second = points.clone().requires_grad_(), points.flip(1).clone().requires_grad_()
    value = distances.chamfer(first, second, norm)
    assert value.max() < 1e-6
    value.sum().backward()
    for points in (first, second):
        assert points.grad is not None
        assert points.grad.abs().max() == 0


def test_chamfer_gradient_of_one_side_only_and_of_a_slice() -> None:
    first, second = cloud(4, 8), cloud(4, 16, 1).requires_grad_()
    ours = torch.autograd.grad(distances.chamfer(first[::2], second[::2, ::2], 2).sum(), second)[0]
    plain = torch.autograd.grad(chamfer_plain(first[::2], second[::2, ::2]).sum(), second)[0]
    torch.testing.assert_close(ours, plain, atol=1e-5, rtol=1e-5)


def test_no_clouds_at_all() -> None:
    none = cloud(0, 5)
    assert sampling.farthest_points(none, 3, False).shape == (0, 3)
    assert neighbors.patches(none, none[:, :2], 4).shape == (0, 2, 4, 3)
    assert distances.chamfer(none, none, 2).shape == (0,)


def test_public_functions_use_the_kernels_and_stay_differentiable(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def taken(_: str, values: Tensor) -> bool:
        calls.append(values.shape)
        return values.dtype == torch.float32

    monkeypatch.setattr(switch, "by_triton", taken)
    points = cloud(2, 40)
    centers = gather(points, g.farthest_point_sample(points, 5))
    patches = g.group(points, centers, 6)
    assert torch.equal(patches, neighbors.patches(points, centers, 6))
    assert torch.equal(g.knn(centers, points, 6), neighbors.nearest(centers, points, 6))
    moving = points.clone().requires_grad_()
    grouped = g.group(moving, centers, 6)
    assert torch.equal(grouped, patches)
    assert torch.equal(torch.autograd.grad(grouped.sum(), moving)[0].sum(), torch.tensor(180.0, device=DEVICE))
    assert len(calls) >= 4
    half = g.chamfer(points.half(), points.half().flip(1))
    assert half.dtype == torch.float32
    assert torch.equal(g.chamfer(points.double(), points.double()), torch.zeros(2, dtype=torch.float64, device=DEVICE))


def test_operators_are_sound() -> None:
    """PyTorch's own checks: schema, fake implementation against the real one, autograd registration."""
    points, other = cloud(2, 12), cloud(2, 9, 1)
    checks = ("test_schema", "test_faketensor", "test_autograd_registration")
    torch.library.opcheck(sampling.farthest_points, (points, 4, False), test_utils=checks)
    torch.library.opcheck(neighbors.nearest, (other, points, 4), test_utils=checks)
    torch.library.opcheck(neighbors.patches, (points, other, 4), test_utils=checks)
    torch.library.opcheck(distances._forward, (points.requires_grad_(), other, 2), test_utils=checks)


def test_a_compiled_function_holds_the_kernels_whole() -> None:
    """No graph break: with ``fullgraph`` one would be an error. The eager backend needs no compiler."""

    def step(points: Tensor, target: Tensor) -> Tensor:
        centers = gather(points, sampling.farthest_points(points, 4, False))
        return distances.chamfer(neighbors.patches(points, centers, 5).flatten(0, 1), target, 2).sum()

    points, target = cloud(2, 20), cloud(8, 5, 1).requires_grad_()
    compiled = torch.compile(step, fullgraph=True, backend="aot_eager")
    for function in (step, compiled):
        target.grad = None
        function(points, target).backward()
        if function is step:
            expected = target.grad
    torch.testing.assert_close(target.grad, expected)


@pytest.mark.parametrize("around", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("kernel", trial._PAIRS)
def test_a_trial_is_the_same_where_gradients_are_off(kernel: str, around: type[AbstractContextManager[None]]) -> None:
    with around(), torch.autocast(DEVICE.type, torch.bfloat16):
        trial.compare(kernel, DEVICE)
        assert not torch.is_grad_enabled()


def test_the_trial_agrees_and_catches_a_kernel_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for kernel in trial._PAIRS:
        trial.compare(kernel, DEVICE)
    nothing = torch.zeros(2, 12, dtype=torch.long, device=DEVICE)
    monkeypatch.setattr(sampling, "farthest_points", lambda points, count, skip: nothing)
    with pytest.raises(RuntimeError, match="answers otherwise"):
        trial.compare("farthest", DEVICE)
    monkeypatch.setattr(
        norms, "summed_norm", lambda norm, *terms, dtype: summed_norm_plain(norm, *terms[:2], dtype=dtype)
    )
    with pytest.raises(RuntimeError, match="answers otherwise"):
        trial.compare("norm", DEVICE)


@pytest.mark.parametrize("terms", [1, 2, 3])
@pytest.mark.parametrize("width", [16, 40, 384])
def test_the_norm_of_a_sum_is_its_twin(width: int, terms: int) -> None:
    norm = torch.nn.LayerNorm(width).to(DEVICE)
    torch.nn.init.normal_(norm.weight, 1)
    torch.nn.init.normal_(norm.bias)
    values = [torch.randn(*shape, width).to(DEVICE) for shape in ((7, 3), (7, 3), (3,))][:terms]
    values[0] = values[0].half() + 3
    for dtype in (torch.float32, torch.float16):
        found, wanted = (way(norm, *values, dtype=dtype) for way in (norms.summed_norm, summed_norm_plain))
        assert found.dtype == dtype
        torch.testing.assert_close(found, wanted, rtol=1e-5 if dtype == torch.float32 else 2e-3, atol=1e-5)

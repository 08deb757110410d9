"""The kernels' tests without a GPU, and what the interpreter does not see: that every kernel compiles."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pointrecon.models.fast import switch, trial

pytest.importorskip("triton")


@pytest.mark.skipif(torch.cuda.is_available(), reason="the same tests run on CUDA, in this process")
def test_kernels_equal_their_twins_in_the_interpreter() -> None:
    """In a process of its own: Triton reads the variable once, and would interpret every kernel from then on."""
    file = Path(__file__).with_name("test_against_twins.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", str(file)],
        capture_output=True,
        text=True,
        env={**os.environ, "TRITON_INTERPRET": "1"},
        timeout=300,
    )
    if "only 0-dimensional arrays can be converted" in done.stdout:
        pytest.skip("this version of Triton interprets nothing with this version of numpy")
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


@pytest.mark.skipif(os.environ.get("TRITON_INTERPRET") == "1", reason="interpreted kernels are not compiled")
def test_kernels_compile_for_a_gpu_that_need_not_be_there() -> None:
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource, compile

    from pointrecon.models.fast import chamfer_sets as distances
    from pointrecon.models.fast import farthest as sampling
    from pointrecon.models.fast import nearest as neighbors
    from pointrecon.models.fast import summed_norm as norms

    names = {
        "*fp32": ["points", "query", "patches", "first", "second", "value", "grad", "grad_first", "grad_second"],
        "*bf16": ["third", "weight", "bias", "out"],
        "*i64": ["chosen", "index"],
        "*i32": ["to_second", "to_first"],
        "i32": [
            *("total", "count", "queries", "k", "rows", "columns", "width", "period"),
            "cloud_stride",
            "point_stride",
            "axis_stride",
        ],
        "fp32": ["tiny", "eps"],
    }
    types = {name: kind for kind, group in names.items() for name in group}
    cases = [
        (sampling._farthest_points, {"BLOCK": 1024, "SKIP_ORIGIN": True, "HALVES": False}, 4),
        (sampling._farthest_points, {"BLOCK": 8192, "SKIP_ORIGIN": False, "HALVES": True}, 32),
        (neighbors._nearest_points, {"BLOCK": 1024, "PATCHES": True}, 2),
        (norms._summed_norm, {"TERMS": 3, "ROWS": 8, "WIDTH": 512}, 4),
        (distances._chamfer, {"NORM": 1, "BLOCK": 32, "TILE": 8}, 1),
        (distances._chamfer_gradient, {"NORM": 1, "BLOCK": 32, "TILE": 8}, 1),
    ]
    for kernel, constants, warps in cases:
        signature = {n: types.get(n, "constexpr") for n in kernel.arg_names}
        source = ASTSource(fn=kernel, signature=signature, constexprs=constants)
        options = {"num_warps": warps, "enable_fp_fusion": False}
        built = compile(source, target=GPUTarget("cuda", 90, 32), options=options)
        assert len(built.asm["cubin"]) > 0
        # The indices are the twin's only if products are rounded before they are added.
        assert kernel is not sampling._farthest_points or "fma" not in built.asm["ptx"]


KERNELS = [way.removeprefix("triton ") for way in switch.EARNED if way.startswith("triton ")]


class Elsewhere:
    """A tensor on a GPU that need not be there."""

    is_cuda = True
    dtype = torch.float32
    shape = (1, 64, 3)
    device = torch.device("cuda")


def test_a_kernel_runs_on_cuda_unless_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "_triton_works", lambda *_: True)
    for mode, taken in (("auto", True), ("all", True), ("off", False)):
        monkeypatch.setattr(switch, "_mode", mode)
        for kernel in KERNELS:
            assert switch.by_triton(kernel, Elsewhere()) is taken
            assert not switch.by_triton(kernel, torch.zeros(1, 64, 3))


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_kernel_is_switched_by_itself(monkeypatch: pytest.MonkeyPatch, kernel: str) -> None:
    monkeypatch.setattr(switch, "_triton_works", lambda *_: True)
    monkeypatch.setattr(switch, "_mode", "auto")
    for other in KERNELS:
        monkeypatch.setitem(switch.EARNED, f"triton {other}", other == kernel)
    assert [other for other in KERNELS if switch.by_triton(other, Elsewhere())] == [kernel]


@pytest.mark.skipif(os.environ.get("TRITON_INTERPRET") == "1", reason="interpreted kernels run on a CPU")
def test_a_device_on_which_no_kernel_runs_is_warned_of_once_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_found", {})
    with pytest.warns(UserWarning, match="plain PyTorch is used"):
        assert not trial.works_on("nearest", torch.device("cpu"), ["nearest"])
    assert not trial.works_on("nearest", torch.device("cpu"), ["nearest"])


def test_all_wanted_are_tried_at_the_first_call_and_none_while_a_step_is_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A compiled step takes a kernel only if it was tried before: what is wrong must not be taken unseen."""
    calls: list[str] = []
    monkeypatch.setattr(trial, "_found", {})
    monkeypatch.setattr(trial, "compare", lambda kernel, device: calls.append(kernel))

    def works(values: torch.Tensor) -> torch.Tensor:
        return values + trial.works_on("chamfer", values.device, ("farthest", "chamfer"))

    nothing = torch.zeros(1)
    assert torch.compile(works, fullgraph=True, backend="eager")(nothing) == 0
    assert calls == []
    assert not trial.works_on("nearest", nothing.device, ("farthest", "chamfer"))
    assert calls == ["farthest", "chamfer"]
    assert torch.compile(works, fullgraph=True, backend="eager")(nothing) == 1
    assert calls == ["farthest", "chamfer"]

"""The patch embedding's kernels without a GPU: interpreted in a process of their own, and compiled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("triton")


@pytest.mark.skipif(torch.cuda.is_available(), reason="the same tests run on CUDA, in this process")
def test_kernels_equal_their_twin_in_the_interpreter() -> None:
    file = Path(__file__).with_name("test_patches_against_twin.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", str(file)],
        capture_output=True,
        text=True,
        env={**os.environ, "TRITON_INTERPRET": "1"},
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


@pytest.mark.skipif(os.environ.get("TRITON_INTERPRET") == "1", reason="interpreted kernels are not compiled")
def test_kernels_compile_for_a_gpu_that_need_not_be_there() -> None:
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource, compile

    from pointrecon.models.fast import embedding_kernel as kernels

    numbers = dict.fromkeys(["patches", "size", "width"], "i32")
    single = dict.fromkeys(["points", "lift", "lift_bias"], "*fp32")
    base = {"STEM": 128, "SIZE": 32, "GROUP": 2, "PRECISION": "ieee"}
    for kernel, constants in (
        (kernels._maxima_kernel, base),
        (kernels._tokens_kernel, base | {"WIDTH": 512, "CHUNK": 32}),
    ):
        types = dict.fromkeys(kernel.arg_names, "*bf16") | numbers | single | dict.fromkeys(constants, "constexpr")
        source = ASTSource(fn=kernel, signature={name: types[name] for name in kernel.arg_names}, constexprs=constants)
        options = {"num_warps": 8, "num_stages": 1, "enable_fp_fusion": True}
        built = compile(source, target=GPUTarget("cuda", 90, 32), options=options)
        assert built.metadata.shared < 227 * 1024  # what a block of that card may have

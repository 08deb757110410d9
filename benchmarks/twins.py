"""Every fast way of a device beside its plain PyTorch twin, in turns: a way is on by itself only where it is ahead."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from benchmarks.clock import timed
from benchmarks.tensors import clouds

Call = Callable[[], object]


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Times of both sides of each way; see `side`.

    Args:
        asked: device, steps, quick.

    Returns:
        "found": way → "ours" and "against", seconds of each.
    """
    from pointrecon.models.fast import switch

    device, found = asked["device"], {}
    for way, call in (on_gpu if device.startswith("cuda") else on_cpu)(device, small=asked.get("quick", False)).items():
        sides: dict[str, list[float]] = {"ours": [], "against": []}
        for _ in range(asked["steps"]):
            for side, mode in (("ours", "all"), ("against", "off")):
                before = switch.use(mode)
                sides[side] += timed(call, device, repeats=1)
                switch.use(before)
        found[way] = sides
    return {"found": found}


def on_cpu(device: str, *, small: bool) -> dict[str, Call]:
    """Way → what it makes faster on a CPU, in the sizes of `base`."""
    from pointrecon.models.blocks import Mlp
    from pointrecon.models.fast.functions import farthest_point_sample, group
    from pointrecon.models.patches import PatchEmbedding

    mlp, embedding = Mlp(64 if small else 384), PatchEmbedding(64 if small else 384, 32 if small else 128)
    tokens = torch.randn(2 if small else 64, 26, 64 if small else 384)
    patches = torch.randn(2 if small else 64, 26, 32, 3) * 0.1
    cloud = clouds(1, 4096 if small else 8192, device)
    batch = clouds(2 if small else 64, 1024, device)
    return {
        "onednn": lambda: mlp(tokens).sum().backward(),
        "fused": lambda: embedding(patches).sum().backward(),
        "buckets": lambda: farthest_point_sample(cloud, 64 if small else 1200),
        "tree": lambda: group(cloud, cloud[:, :512], 32),
        "partition": lambda: group(batch, batch[:, :64], 32),
    }


def on_gpu(device: str, *, small: bool, batch: int = 128) -> dict[str, Call]:
    """Way → what it makes faster on a GPU, in the sizes of a `base` step; each returns what to compare."""
    from pointrecon.evaluation.features import embedding_function
    from pointrecon.models import create_model
    from pointrecon.models.fast.functions import chamfer, farthest_point_sample, group, summed_norm

    batch = 2 if small else batch
    cloud = clouds(batch, 1024, device)
    first = (torch.randn(batch * 38, 32, 3, device=device) * 0.1).requires_grad_()
    second = torch.randn(batch * 38, 32, 3, device=device) * 0.1
    tokens, norm = torch.randn(batch, 64, 384, device=device, dtype=torch.bfloat16), nn.LayerNorm(384).to(device)
    model = create_model("nano" if small else "base", seed=0, decoder_depth=0).to(device).eval()
    encode, _ = embedding_function(model, "recon")

    @torch.no_grad()
    def encoded() -> object:
        with torch.autocast(cloud.device.type, torch.bfloat16):
            return encode(cloud)

    return {
        "triton farthest": lambda: farthest_point_sample(cloud, 64),
        "triton nearest": lambda: group(cloud, cloud[:, :64], 32),
        "triton chamfer": lambda: torch.autograd.grad(chamfer(first, second).sum(), first),
        "triton norm": torch.no_grad()(lambda: summed_norm(norm, tokens, tokens, dtype=torch.bfloat16)),
        "frozen": encoded,
    }

"""A model's weights for a deeper one: blocks are put in between that at first change next to nothing."""

import torch
from torch import Tensor

_BRANCH_ENDS = ("proj.weight", "proj.bias", "fc2.weight", "fc2.bias")  # of a block's residual branches


def deepened(state: dict[str, Tensor], depth: int, deeper: int) -> dict[str, Tensor]:
    """The state of a model of ``deeper`` encoder blocks, from one's of ``depth``.

    The blocks are spread evenly; each that is put in is a copy of the one before it whose residual branches end in
    zeros and whose norms are as new. It learns from the first step on. The function is not quite kept: positions
    are added and tokens normalized once more.

    Args:
        state: by name, with blocks ``encoder.blocks.0`` to ``depth - 1`` (``query_encoder`` likewise).
        depth: blocks there are, at least 1.
        deeper: blocks wanted, not fewer.

    Source: block expansion, Wu et al., LLaMA Pro, ACL 2024, section 3.1, for the place of blocks and zeros.
    """
    new = {name: value for name, value in state.items() if ".blocks." not in name or name.startswith("decoder")}
    for block in range(deeper):
        origin = block * depth // deeper
        added = block > 0 and (block - 1) * depth // deeper == origin
        for stack in ("encoder", "query_encoder"):
            before = f"{stack}.blocks.{origin}."
            for name, value in state.items():
                if name.startswith(before):
                    rest = name.removeprefix(before)
                    new[f"{stack}.blocks.{block}.{rest}"] = _as_new(rest, value) if added else value
    return new


def _as_new(name: str, value: Tensor) -> Tensor:
    """A tensor of a block that is put in."""
    if name.endswith(_BRANCH_ENDS):
        return torch.zeros_like(value)
    if "norm" in name:
        return torch.ones_like(value) if name.endswith("weight") else torch.zeros_like(value)
    return value

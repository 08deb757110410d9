"""Which patches are hidden while pre-training."""

import torch
from torch import Generator, Tensor

from pointrecon.geometry.neighbors import squared_distances


def hidden_patches(ratio: float, count: int) -> int:
    """How many of ``count`` patches are hidden: int(ratio · count), and at least one stays visible."""
    return min(int(ratio * count), count - 1)


def draw_mask(centers: Tensor, ratio: float, kind: str = "random", generator: Generator | None = None) -> Tensor:
    """Choose patches of each cloud, with (B, G, 3) centers, to hide: "random" ones, or the "block" nearest to one.

    Returns:
        (B, G) bool, True where hidden; the same number in every row.

    Source: METHOD section 2.6.
    """
    batch, count, _ = centers.shape
    hidden = hidden_patches(ratio, count)
    device = generator.device if generator is not None else centers.device
    if kind == "random":
        order = torch.rand(batch, count, generator=generator, device=device).to(centers.device)
    elif kind == "block":
        middle = torch.randint(count, (batch, 1, 1), generator=generator, device=device).to(centers.device)
        order = squared_distances(centers.gather(1, middle.expand(-1, -1, 3)), centers).squeeze(1)
    else:
        raise ValueError(f"mask kind must be random or block, not {kind!r}")
    mask = torch.zeros(batch, count, dtype=torch.bool, device=centers.device)
    return mask.scatter_(1, order.argsort(1)[:, :hidden], True)


def split_mask(mask: Tensor, hidden: int | None = None) -> tuple[Tensor, Tensor]:
    """Indices (B, V) and (B, H) int64 of the visible and of the hidden patches, each in index order.

    The (B, G) mask has the same number of True in every row: H, where it is known, as counting makes a GPU wait.
    """
    if hidden is None:
        hidden = int(mask[0].sum())
    order = mask.int().argsort(dim=1, stable=True)
    return order[:, : mask.shape[1] - hidden], order[:, mask.shape[1] - hidden :]

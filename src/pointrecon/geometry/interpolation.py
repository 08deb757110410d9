"""Carry features from a few centers to many points."""

import torch
from torch import Tensor

from pointrecon.geometry.neighbors import gather, squared_distances


def interpolate_three(points: Tensor, centers: Tensor, features: Tensor) -> Tensor:
    """Inverse-distance mean of the features of the three nearest centers.

    Weights are 1 / (squared distance + 1e-8), normalized to one. With fewer than three centers all are used.

    Shape:
        points: (B, N, 3); centers: (B, G, 3); features: (B, G, C) → (B, N, C).

    Source: METHOD section 2, "Part segmentation".
    """
    with torch.no_grad():
        gaps, index = squared_distances(points, centers).topk(min(3, centers.shape[1]), dim=-1, largest=False)
        weight = 1 / (gaps.clamp_min(0) + 1e-8)
        weight /= weight.sum(-1, keepdim=True)
    return (gather(features, index) * weight.unsqueeze(-1).to(features.dtype)).sum(2)

"""Carry features from a few centres to many points."""

import torch
from torch import Tensor

from pointrecon.geometry.neighbours import gather, squared_distances


def interpolate_three(points: Tensor, centres: Tensor, features: Tensor) -> Tensor:
    """Inverse-distance mean of the features of the three nearest centres.

    Weights are 1 / (squared distance + 1e-8), normalised to one. With fewer than three centres all are used.

    Shape:
        points: (B, N, 3); centres: (B, G, 3); features: (B, G, C) → (B, N, C).

    Source: METHOD section 2, "Part segmentation".
    """
    with torch.no_grad():
        gaps, index = squared_distances(points, centres).topk(min(3, centres.shape[1]), dim=-1, largest=False)
        weight = 1 / (gaps.clamp_min(0) + 1e-8)
        weight /= weight.sum(-1, keepdim=True)
    return (gather(features, index) * weight.unsqueeze(-1).to(features.dtype)).sum(2)

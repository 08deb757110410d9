"""The losses of ReCon++, each one a small pure function (METHOD-PLUS section 2, "Losses")."""

import torch
import torch.nn.functional as F
from torch import Tensor

from pointrecon.geometry import gather
from pointrecon.models.fast.functions import chamfer, knn

WEIGHT = 5.0  # of the contrast


def plus_reconstruction(rebuilt: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """How far rebuilt patches are from the true ones, (B, H, S, 3 or 6) both: scalars, whose sum is the loss.

    "cd_l2" is the mean squared distance to the nearest point, both ways added; "cd_l1" the mean of the distances, both
    ways averaged; "color", of six channels, the smooth L1 (beta 1) between a rebuilt point's color and that of the true
    point nearest to it.
    """
    ours, theirs = rebuilt.flatten(0, 1).float(), truth.flatten(0, 1).float()
    places, true_places = ours[..., :3].contiguous(), theirs[..., :3].contiguous()
    found = {f"cd_l{norm}": chamfer(places, true_places, norm=norm).mean() for norm in (2, 1)}
    if ours.shape[2] > 3:
        nearest = knn(places.detach(), true_places, 1)[..., 0]
        found["color"] = F.smooth_l1_loss(ours[..., 3:], gather(theirs[..., 3:], nearest))
    return found


def matched_contrast(queries: Tensor, teacher: Tensor) -> Tensor:
    """How far projected queries are from the teacher's features they are matched to: a scalar, summed over clouds.

    Of each cloud the features are matched with queries so that the cosines' sum is largest (Hungarian method); the
    smooth L1 (beta 1) is averaged over the pairs and numbers, summed over the clouds and multiplied by 5.

    Args:
        queries: (B, Q, D) of unit length.
        teacher: (B, V, D) raw features; rows of zeros are none. A cloud without any adds nothing.
    """
    queries, teacher = queries.float(), teacher.float()
    present = teacher.abs().amax(2) > 0
    teacher = F.normalize(teacher, dim=2)
    with torch.no_grad():
        cosines = queries @ teacher.transpose(1, 2)
    cloud, query, view, share = (values.to(queries.device) for values in _pairs(cosines.cpu(), present.cpu()))
    gaps = F.smooth_l1_loss(queries[cloud, query], teacher[cloud, view], reduction="none").mean(1)
    return WEIGHT * (gaps * share).sum()


def _pairs(cosines: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Numbers of clouds, queries and features of all P pairs, (P,) int64, and each pair's share of its cloud, (P,)."""
    from scipy.optimize import linear_sum_assignment

    parts = [(torch.zeros(3, 0, dtype=torch.long), torch.zeros(0))]
    for number, (scores, there) in enumerate(zip(cosines, present, strict=True)):
        views = there.nonzero()[:, 0]
        if len(views):
            rows, columns = (torch.from_numpy(one) for one in linear_sum_assignment(scores[:, views], maximize=True))
            pairs = torch.stack([torch.full_like(rows, number), rows, views[columns]])
            parts.append((pairs, torch.full((len(rows),), 1 / len(rows))))
    cloud, query, view = torch.cat([pairs for pairs, _ in parts], 1)
    return cloud, query, view, torch.cat([share for _, share in parts])

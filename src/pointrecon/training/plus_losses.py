"""The losses of ReCon++, each one a small pure function (METHOD-PLUS section 2, "Losses")."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from pointrecon.geometry import gather
from pointrecon.models.fast.functions import chamfer, knn
from pointrecon.models.fast.linear import full_precision
from pointrecon.training.losses import imitation

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


class Matched(NamedTuple):
    """M pairs of a query and the teacher's feature it is matched to, of each cloud."""

    queries: Tensor  # (B, M, D) of unit length
    features: Tensor  # (B, M, D) of unit length
    share: Tensor  # (B, M) float32: what a pair counts in its cloud, 0 behind the last; they sum to 1, or 0 for none


def matched(queries: Tensor, teacher: Tensor) -> Matched:
    """Match each cloud's features with its queries so that the cosines' sum is largest (Hungarian method).

    Args:
        queries: (B, Q, D) projected, of unit length.
        teacher: (B, V, D) raw features; rows of zeros are none. M is the smaller of Q and V.
    """
    queries, teacher = queries.float(), teacher.float()
    present = teacher.abs().amax(2) > 0
    teacher = F.normalize(teacher, dim=2)
    with torch.no_grad(), full_precision(queries):
        cosines = queries @ teacher.transpose(1, 2)
        if teacher.shape[1] == 1:  # no need to ask the host
            query, view, share = cosines.argmax(1), torch.zeros_like(present, dtype=torch.long), present.float()
        else:
            query, view, share = (values.to(queries.device) for values in _pairs(cosines.cpu(), present.cpu()))
    return Matched(gather(queries, query), gather(teacher, view), share)


def matched_contrast(queries: Tensor, teacher: Tensor) -> Tensor:
    """How far queries are from the features they are matched to, as released: a scalar, summed over clouds.

    The smooth L1 (beta 1) of :func:`matched` pairs is averaged over a cloud's pairs and numbers, summed over the clouds
    and multiplied by 5. A cloud without any feature adds nothing. Arguments as for :func:`matched`.
    """
    pairs = matched(queries, teacher)
    student, teacher, share = (part.flatten(0, 1) for part in pairs)
    return summed(share) * imitation(student, teacher, share)


def summed(share: Tensor) -> Tensor:
    """What turns a mean over the clouds that have any feature into ReCon++'s sum over them."""
    return WEIGHT * share.sum()


def _pairs(cosines: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers (B, M) int64 of paired queries and features, and each pair's share of its cloud."""
    from scipy.optimize import linear_sum_assignment

    batch, most = len(cosines), min(cosines.shape[1:])
    query, view = (torch.zeros(batch, most, dtype=torch.long) for _ in range(2))
    share = torch.zeros(batch, most)
    for number, (scores, there) in enumerate(zip(cosines.nan_to_num(), present, strict=True)):
        views = there.nonzero()[:, 0]
        if count := min(len(scores), len(views)):
            rows, columns = (torch.from_numpy(one) for one in linear_sum_assignment(scores[:, views], maximize=True))
            query[number, :count], view[number, :count], share[number, :count] = rows, views[columns], 1 / count
    return query, view, share

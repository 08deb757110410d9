"""The losses of pre-training, each one small pure function (METHOD section 2.8)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from pointrecon.models.fast.functions import chamfer
from pointrecon.models.fast.linear import full_precision


def reconstruction(rebuilt: Tensor, truth: Tensor, kind: str = "chamfer_l2") -> Tensor:
    """Mean Chamfer distance between rebuilt and true patches, (B, H, S, 3) both: a scalar."""
    norm = {"chamfer_l1": 1, "chamfer_l2": 2}[kind]
    return chamfer(rebuilt.flatten(0, 1).float(), truth.flatten(0, 1).float(), norm=norm).mean()


def imitation(
    student: Tensor,
    teacher: Tensor,
    present: Tensor,
    kind: str = "smooth_l1",
    *,
    temperature: float = 0.1,
    same: Tensor | None = None,
) -> Tensor:
    """How far projected queries are from their teacher's features, over the shapes that have one: a scalar.

    Args:
        student: (B, D).
        teacher: (B, D) raw features; rows that are not ``present`` are ignored whatever they hold.
        present: (B,) bool, or what each counts beside the others, 0 for none. When none is, the loss is zero (and still
            part of the graph).
        kind: "smooth_l1" (released, beta 1, on raw values), "cosine" or "infonce".
        temperature: of "infonce".
        same: (B, B) bool, pairs that "infonce" must not push apart (the same caption); the diagonal is ignored.
    """
    there, total = present > 0, present.float().sum()
    teacher = torch.where(there[:, None], teacher.float(), 0.0)
    student = student.float()
    weight = present.float() / torch.where(total > 0, total, 1)
    if kind == "smooth_l1":
        return (F.smooth_l1_loss(student, teacher, reduction="none").mean(1) * weight).sum()
    student, teacher = F.normalize(student, dim=1), F.normalize(teacher, dim=1)
    if kind == "cosine":
        return ((1 - (student * teacher).sum(1)) * weight).sum()
    if kind != "infonce":
        raise ValueError(f"contrast loss must be smooth_l1, cosine or infonce, not {kind!r}")
    off = ~torch.eye(len(student), dtype=torch.bool, device=student.device)
    barred = ~there[None, :] | (same if same is not None else torch.zeros_like(off))
    scores = _similarities(student, teacher) / temperature
    target = torch.arange(len(student), device=student.device)
    both = [F.cross_entropy(s.masked_fill(barred & off, -1e4), target, reduction="none") for s in (scores, scores.T)]
    return ((both[0] + both[1]) / 2 * weight).sum()


def self_contrast(embedding: Tensor, caption: Tensor, temperature: float = 0.1) -> Tensor:
    """Single-modal contrast: shapes of the same caption, itself included, are positives.

    The positives' similarities are averaged into one positive logit, set against all others as negatives.

    Args:
        embedding: (B, D) of unit length.
        caption: (B,) int64, equal for equal captions; negative where a shape has none (then only itself).
    """
    scores = _similarities(embedding, embedding) / temperature
    positive = same_caption(caption)
    logit = (scores * positive).sum(1) / positive.sum(1)
    negatives = scores.masked_fill(positive, float("-inf"))
    return (torch.cat([logit[:, None], negatives], 1).logsumexp(1) - logit).mean()


def _similarities(first: Tensor, second: Tensor) -> Tensor:
    """(A, D) and (B, D) of unit length → (A, B). In float32: divided by the temperature, bfloat16 errs by 0.04."""
    with full_precision(first):
        return first @ second.T


def same_caption(caption: Tensor) -> Tensor:
    """(B,) caption numbers → (B, B) bool; a shape without caption is only the same as itself."""
    same = (caption[:, None] == caption[None, :]) & (caption >= 0)[:, None]
    return same | torch.eye(len(caption), dtype=torch.bool, device=caption.device)

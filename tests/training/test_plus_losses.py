"""The losses of ReCon++ against plain loops, with their gradients."""

from itertools import permutations

import torch
import torch.nn.functional as F
from torch import Tensor

from pointrecon.training.plus_losses import matched_contrast, plus_reconstruction


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def smooth_l1(a: Tensor, b: Tensor) -> Tensor:
    gap = (a - b).abs()
    return torch.where(gap < 1, gap * gap / 2, gap - 0.5).mean()


def looped_contrast(queries: Tensor, teacher: Tensor) -> Tensor:
    total = queries.new_zeros(())
    for cloud, views in zip(queries, teacher, strict=True):
        kept = [view / view.norm() for view in views if view.any()]
        few, many = sorted((len(kept), len(cloud)))
        ways = [
            list(zip(chosen, range(few), strict=True) if len(kept) == few else zip(range(few), chosen, strict=True))
            for chosen in permutations(range(many), few)
        ]
        best = max(ways, key=lambda way: sum(float(cloud[q].detach() @ kept[v]) for q, v in way))
        if best:
            total = total + 5 * torch.stack([smooth_l1(cloud[q], kept[v]) for q, v in best]).mean()
    return total


def test_contrast_matches_queries_with_views() -> None:
    for views in (2, 3, 4):  # fewer, as many, and more than there are queries
        teacher = drawn(5, views, 6, seed=views) * 3
        teacher[1, 0], teacher[2, 1:], teacher[3] = 0, 0, 0
        losses = []
        for loss in (matched_contrast, looped_contrast):
            raw = drawn(5, 3, 6).requires_grad_()
            value = loss(F.normalize(raw, dim=2), teacher)
            losses.append((value.detach(), *torch.autograd.grad(value, raw)))
        assert all(torch.allclose(ours, theirs, atol=1e-6) for ours, theirs in zip(*losses, strict=True))
        assert losses[0][0] > 0
        assert not losses[0][1][3].any()  # a cloud without any view


def test_matching_is_not_rounded_to_half_precision() -> None:
    queries, teacher = F.normalize(drawn(3, 4, 16), dim=2), drawn(3, 3, 16, seed=1)
    with torch.autocast("cpu", torch.bfloat16):
        half = matched_contrast(queries, teacher)
    torch.testing.assert_close(half, matched_contrast(queries, teacher))


def test_no_view_at_all_is_no_loss_and_no_gradient() -> None:
    queries = drawn(2, 3, 6).requires_grad_()
    value = matched_contrast(queries, torch.zeros(2, 4, 6))
    value.backward()
    assert value == 0
    assert queries.grad is not None
    assert not queries.grad.any()


def test_contrast_is_summed_over_clouds_and_does_not_know_the_order_of_views() -> None:
    queries, teacher = F.normalize(drawn(4, 3, 6), dim=2), drawn(4, 3, 6, seed=1)
    each = sum(matched_contrast(queries[i : i + 1], teacher[i : i + 1]) for i in range(4))
    assert torch.allclose(matched_contrast(queries, teacher), torch.as_tensor(each))
    assert torch.allclose(matched_contrast(queries, teacher.flip(1) * 7), torch.as_tensor(each), atol=1e-6)
    cosine = 1 - (queries * queries.roll(1, 2)).sum(2)
    same = matched_contrast(queries[:, :1], queries.roll(1, 2)[:, :1])
    assert torch.allclose(same, 5 / 6 * cosine[:, 0].sum(), atol=1e-5)  # while coordinates differ by less than 1


def looped_reconstruction(rebuilt: Tensor, truth: Tensor) -> dict[str, Tensor]:
    forth, back, colors = [], [], []
    for ours, theirs in zip(rebuilt.flatten(0, 1), truth.flatten(0, 1), strict=True):
        gaps = torch.stack([torch.stack([(p[:3] - q[:3]).square().sum() for q in theirs]) for p in ours])
        forth += [row.min() for row in gaps]
        back += [column.min() for column in gaps.T]
        colors += [smooth_l1(p[3:], theirs[int(row.argmin())][3:]) for p, row in zip(ours, gaps, strict=True)]
    one, other = torch.stack(forth), torch.stack(back)
    found = {"cd_l2": one.mean() + other.mean(), "cd_l1": (one.sqrt().mean() + other.sqrt().mean()) / 2}
    return found | ({"color": torch.stack(colors).mean()} if rebuilt.shape[-1] > 3 else {})


def test_reconstruction_is_the_plain_loop() -> None:
    for channels in (3, 6):
        truth, losses = drawn(2, 3, 4, channels, seed=1), []
        for loss in (plus_reconstruction, looped_reconstruction):
            rebuilt = drawn(2, 3, 4, channels).requires_grad_()
            found = loss(rebuilt, truth)
            (slope,) = torch.autograd.grad(torch.stack([*found.values()]).sum(), rebuilt)
            losses.append([*(found[name].detach() for name in sorted(found)), slope])
        assert len(losses[0]) == len(losses[1]) == (4 if channels == 6 else 3)
        assert all(torch.allclose(ours, theirs, atol=1e-5) for ours, theirs in zip(*losses, strict=True))

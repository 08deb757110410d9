"""Every switch of pre-training, turned both ways, and each loss against its definition."""

import pytest
import torch
import torch.nn.functional as F

from pointrecon.errors import InputError
from pointrecon.geometry import Augmentation, normalize
from pointrecon.models import Teacher, create_model, model_config
from pointrecon.training import losses
from pointrecon.training.batches import Batch
from pointrecon.training.objective import PARADIGMS, Objective, model_for
from pointrecon.training.pretrain_task import PretrainTask
from small import SMALL

TEACHERS = {"image": Teacher("pictures", 10), "text": Teacher("words", 6)}


def gen(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(size: int = 6, present: float = 1.0) -> Batch:
    some = torch.arange(size) < size * present
    return Batch(
        normalize(torch.randn(size, 96, 3, generator=gen())),
        {"image": torch.randn(size, 10, generator=gen(1)), "text": torch.randn(size, 6, generator=gen(2))},
        {"image": some, "text": torch.ones(size, dtype=torch.bool)},
        torch.arange(size) % 3,
    )


def task(objective: Objective, **overrides) -> PretrainTask:
    config = model_for(objective, model_config("nano", **{**SMALL, **overrides}), TEACHERS)
    return PretrainTask(create_model(config, seed=0), objective)


EXPECTED = {
    "recon": {"reconstruction", "image", "text"},
    "reconstruct": {"reconstruction"},
    "contrast": {"image", "text"},
    "multitask": {"reconstruction", "image", "text"},
    "towers": {"reconstruction", "image", "text"},
}


@pytest.mark.parametrize("kinds", [("image", "text"), ("image",)])
def test_without_text_captions_change_nothing(kinds: tuple[str, ...]) -> None:
    objective, found = Objective(contrast_loss="infonce"), []
    config = model_for(objective, model_config("nano", **SMALL), {kind: TEACHERS[kind] for kind in kinds})
    for caption in (torch.arange(6), torch.zeros(6, dtype=torch.long)):
        work = PretrainTask(create_model(config, seed=0), objective)
        found.append(float(work(batch()._replace(caption=caption), gen())["image"].detach()))
    assert (found[0] == found[1]) == ("text" not in kinds)


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_each_paradigm_has_its_losses_and_learns(paradigm: str) -> None:
    work = task(Objective(paradigm=paradigm))
    optimizer = torch.optim.AdamW(work.parameters(), lr=3e-3)
    first = last = 0.0
    for step in range(25):
        found = work(batch(), gen(step % 2))
        assert set(found) == EXPECTED[paradigm]
        last = sum(v for v in found.values())
        first = first or float(last.detach())
        optimizer.zero_grad()
        last.backward()
        optimizer.step()
    assert float(last.detach()) < first


def touched(work: PretrainTask, names: tuple[str, ...], *loss: str) -> set[str]:
    work.zero_grad(set_to_none=True)
    found = work(batch(), gen())
    sum(found[name] for name in loss).backward()
    return {n for n, p in work.model.named_parameters() if n.startswith(names) and p.grad is not None and p.grad.any()}


def test_who_disturbs_whom() -> None:
    local = ("encoder.embed", "encoder.position")
    assert not touched(task(Objective()), local, "image", "text")
    assert touched(task(Objective(stop_gradient=False)), local, "image", "text")
    assert touched(task(Objective(paradigm="multitask")), local, "image", "text")
    towers = task(Objective(paradigm="towers"))
    assert not touched(towers, ("encoder.",), "image", "text")
    assert touched(towers, ("query_encoder.",), "image", "text")
    assert not touched(towers, ("query_encoder.",), "reconstruction")


def test_shapes_without_a_feature_do_not_contribute() -> None:
    work = task(Objective())
    half = batch(present=0.5)
    mask = torch.zeros(6, 12, dtype=torch.bool)
    mask[:, :7] = True
    before = work(half, gen(), mask=mask)
    spoiled = half._replace(features={**half.features, "image": half.features["image"].clone()})
    spoiled.features["image"][3:] = 1e6
    assert torch.equal(work(spoiled, gen(), mask=mask)["image"], before["image"])
    none = work(batch(present=0.0), gen())["image"]
    assert float(none) == 0
    none.backward()


@pytest.mark.parametrize("kind", ["smooth_l1", "cosine", "infonce"])
def test_imitation_is_least_where_student_equals_teacher(kind: str) -> None:
    teacher = torch.randn(8, 16, generator=gen())
    present = torch.ones(8, dtype=torch.bool)
    best = losses.imitation(teacher.clone(), teacher, present, kind)
    worse = losses.imitation(teacher + 1, teacher, present, kind)
    wrong = losses.imitation(teacher.roll(1, 0), teacher, present, kind)
    assert best < worse
    assert best < wrong
    if kind == "smooth_l1":
        assert torch.allclose(worse, F.smooth_l1_loss(teacher + 1, teacher))


def test_infonce_equals_its_definition_and_spares_equal_captions() -> None:
    student, teacher = torch.randn(5, 4, generator=gen()), torch.randn(5, 4, generator=gen(1))
    scores = F.normalize(student) @ F.normalize(teacher).T / 0.1
    target = torch.arange(5)
    plain = (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2
    present = torch.ones(5, dtype=torch.bool)
    assert torch.allclose(losses.imitation(student, teacher, present, "infonce"), plain)
    same = losses.same_caption(torch.zeros(5, dtype=torch.long))
    assert float(losses.imitation(student, teacher, present, "infonce", same=same)) == pytest.approx(0, abs=1e-6)


def test_self_contrast_equals_its_definition() -> None:
    z = F.normalize(torch.randn(5, 8, generator=gen()))
    caption = torch.tensor([0, 0, 1, -1, -1])
    total = 0.0
    for i in range(5):
        positives = [j for j in range(5) if j == i or (caption[i] >= 0 and caption[j] == caption[i])]
        positive = torch.stack([z[i] @ z[j] / 0.1 for j in positives]).mean()
        others = [z[i] @ z[j] / 0.1 for j in range(5) if j not in positives]
        total += float(torch.logsumexp(torch.stack([positive, *others]), 0) - positive)
    assert float(losses.self_contrast(z, caption)) == pytest.approx(total / 5, rel=1e-5)


def test_contrast_is_not_rounded_to_half_precision() -> None:
    student, teacher = torch.randn(2, 16, 8, generator=torch.Generator().manual_seed(0))
    unit, caption, all_present = F.normalize(student, dim=1), torch.arange(16) // 2, torch.ones(16, dtype=torch.bool)
    for loss in (
        lambda: losses.self_contrast(unit, caption),
        lambda: losses.imitation(student, teacher, all_present, "infonce"),
    ):
        with torch.autocast("cpu", torch.bfloat16):
            half = loss()
        torch.testing.assert_close(half, loss())


def test_self_contrast_and_loss_switches_add_their_part() -> None:
    assert "self" in task(Objective(self_contrast=True))(batch(), gen())
    l2 = task(Objective())(batch(), gen())["reconstruction"]
    l1 = task(Objective(reconstruction_loss="chamfer_l1"))(batch(), gen())["reconstruction"]
    assert not torch.allclose(l1, l2)
    double = task(Objective(reconstruction_weight=2.0))(batch(), gen())["reconstruction"]
    assert torch.allclose(double, 2 * l2)
    assert float(task(Objective(text_weight=0.0, image_weight=0.0))(batch(), gen())["text"].detach()) == 0


@pytest.mark.parametrize("kind", ["random", "block"])
def test_mask_ratio_and_kind_change_what_is_hidden(kind: str) -> None:
    work = task(Objective(mask_kind=kind, mask_ratio=0.5))
    assert torch.isfinite(work(batch(), gen())["reconstruction"])


def test_augmentation_changes_the_clouds() -> None:
    objective = Objective(paradigm="reconstruct")
    model = create_model(model_for(objective, model_config("nano", **SMALL), {}), seed=0).eval()
    plain = PretrainTask(model, objective)(batch(), gen())["reconstruction"]
    turned = PretrainTask(model, objective, Augmentation(rotate="any"))(batch(), gen())["reconstruction"]
    assert not torch.allclose(plain, turned)


def test_settings_that_make_no_sense_are_refused() -> None:
    for bad in (
        {"paradigm": "mae"},
        {"mask_ratio": 0},
        {"mask_kind": "odd"},
        {"contrast_loss": "l3"},
        {"temperature": 0},
    ):
        with pytest.raises(InputError) as caught:
            Objective(**bad)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="teacher"):
        model_for(Objective(), model_config("nano"), {})
    with pytest.raises(InputError, match="objective.image and objective.text are both none"):  # the table may have some
        model_for(Objective(image="none", text="none"), model_config("nano"), {})
    for bad, says in (
        ({"paradigm": "contrast", "stop_gradient": True}, "stop_gradient has no meaning"),
        ({"targets": "all"}, "for ReCon[+][+] models"),
        ({"text": "image/looks"}, "for ReCon[+][+] models"),
    ):
        with pytest.raises(InputError, match=says):
            model_for(Objective(**bad), model_config("nano"), TEACHERS)
    with pytest.raises(InputError, match="decoder_depth"):
        model_for(Objective(), model_config("nano", decoder_depth=0), TEACHERS)
    assert model_for(Objective(paradigm="contrast"), model_config("nano"), TEACHERS).decoder_depth == 0
    assert model_for(Objective(paradigm="reconstruct"), model_config("nano"), TEACHERS).teachers == {}

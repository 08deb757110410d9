"""One step of ReCon++'s pre-training: its losses, who learns from which, and what decays."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from plus_runs import TINY, colored_table
from pointrecon.geometry import Augmentation, augment, normalize
from pointrecon.models.model_config import Teacher
from pointrecon.models.plus.plus_clouds import in_gray
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.shapes import as_shapes
from pointrecon.training.batches import Batch
from pointrecon.training.feature_spread import spread_of
from pointrecon.training.loop_settings import Optimization
from pointrecon.training.objective import Objective, model_for
from pointrecon.training.optimizer import make_optimizer
from pointrecon.training.plus_losses import matched, matched_contrast, plus_reconstruction
from pointrecon.training.plus_start import new_plus
from pointrecon.training.pretrain_config import ModelChoice
from pointrecon.training.pretrain_task import PretrainTask
from pointrecon.training.training_data import choose_teachers, make_set

TEACHERS = {"image": Teacher("looks", 7), "text": Teacher("words", 6)}


def gen(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(channels: int = 3, size: int = 6) -> Batch:
    points = normalize(torch.randn(size, 64, 3, generator=gen()))
    image, text = torch.randn(size, 5, 7, generator=gen(1)), torch.randn(size, 2, 6, generator=gen(2))
    image[0, 2:], text[1] = 0, 0
    there = {"image": torch.arange(size) != 3, "text": torch.arange(size) != 2}
    points = in_gray(points) if channels == 6 else points
    return Batch(points, {"image": image, "text": text}, there, torch.arange(size) % 4)


def task(model: dict | None = None, spreads: Any = None, **objective: Any) -> PretrainTask:
    goal = Objective(mask_ratio=0.6, **objective)
    config = ModelChoice(**{**TINY, **(model or {})}).resolve()
    assert isinstance(config, PlusConfig)
    return PretrainTask(new_plus(model_for(goal, config, TEACHERS), seed=0), goal, spreads=spreads).train()


def learned(work: PretrainTask, given: Batch) -> set[str]:
    work.zero_grad(set_to_none=True)
    sum(work(given, gen()).values()).backward()  # type: ignore[union-attr]
    grads = {name: p.grad for name, p in work.model.named_parameters() if p.grad is not None}
    assert all(grad.isfinite().all() for grad in grads.values())
    return {name for name, grad in grads.items() if grad.any()}


@pytest.mark.parametrize("loss", ["smooth_l1", "cosine", "infonce"])
@pytest.mark.parametrize("masking", ["random", "causal"])
def test_stop_gradient_keeps_contrast_from_the_patches(masking: str, loss: str) -> None:
    for stop in (True, False):
        work = task({"masking": masking}, paradigm="contrast", stop_gradient=stop, contrast_loss=loss)
        names = learned(work, batch())
        local = {name for name in names if ".local." in name or ".embed." in name}
        assert bool(local) != stop
        assert not any(name.startswith("decoder") for name in names)
        assert {"projections.image.weight", "projections.text.weight", "encoder.queries"} <= names


def test_shapes_without_any_text_or_picture_teach_the_others_alone() -> None:
    for loss in ("smooth_l1", "cosine", "infonce"):
        work, given = task(contrast_loss=loss), batch()
        before = work(given, gen())
        spoiled = given._replace(features={k: v.clone() for k, v in given.features.items()})
        spoiled.features["image"][3], spoiled.features["text"][2] = 1e4, torch.nan
        torch.manual_seed(0)
        after = work(spoiled, gen())
        assert all(torch.equal(value, after[name]) for name, value in before.items())
        none = work(given._replace(present={k: torch.zeros(6, dtype=torch.bool) for k in given.present}), gen())
        assert (float(none["image"].detach()), float(none["text"].detach())) == (0, 0)
        sum(none.values()).backward()  # type: ignore[union-attr]
        assert all(p.grad is None or p.grad.isfinite().all() for p in work.parameters())


def test_the_losses_are_the_released_ones() -> None:
    work, given = task({"channels": 6}, paradigm="recon"), batch(6)
    patches = work.model.cut(given.points)
    mask = torch.zeros(6, 16, dtype=torch.bool)
    mask[:, :9] = True
    found = work.eval().losses(patches, mask, 9, given)
    rebuilt = work.model.rebuild(patches, mask)
    assert rebuilt.patches is not None
    for name, value in plus_reconstruction(rebuilt.patches, rebuilt.hidden.points).items():
        torch.testing.assert_close(found[name], value)
    for kind in ("image", "text"):
        rows = given.features[kind] * given.present[kind][:, None, None]
        torch.testing.assert_close(found[kind], matched_contrast(work.model.project_each(rebuilt.encoding, kind), rows))


def test_infonce_is_its_definition_over_matched_pairs() -> None:
    """A plain loop: every pair against those of other clouds with other captions, both ways."""
    work, given = task(contrast_loss="infonce", temperature=0.2).eval(), batch()
    patches = work.model.cut(given.points)
    mask = torch.zeros(6, 16, dtype=torch.bool)
    mask[:, :9] = True
    encoding = work.model.rebuild(patches, mask).encoding
    rows = given.features["image"] * given.present["image"][:, None, None]
    pairs = matched(work.model.project_each(encoding, "image"), rows)
    flat = [(c, pairs.queries[c, m], pairs.features[c, m], float(pairs.share[c, m]))
            for c in range(6) for m in range(3) if pairs.share[c, m] > 0]  # fmt: skip
    total = weight = 0.0
    for c, query, feature, share in flat:
        others = [o for o in flat if o[0] != c and given.caption[o[0]] != given.caption[c]]
        forth = torch.stack([query @ feature, *(query @ o[2] for o in others)]) / 0.2
        back = torch.stack([query @ feature, *(o[1] @ feature for o in others)]) / 0.2
        total += share * float(-(forth.log_softmax(0)[0] + back.log_softmax(0)[0]).detach() / 2)
        weight += share
    assert float(work.losses(patches, mask, 9, given)["image"].detach()) == pytest.approx(total / weight, rel=1e-4)


def test_a_step_learns_in_every_kind_and_with_every_loss() -> None:
    for masking, how in (("random", {"contrast_loss": "cosine", "regression_weight": 0.5}), ("causal", {})):
        work = task({"masking": masking}, **how)
        optimizer = torch.optim.AdamW(work.parameters(), lr=3e-3)
        seen = []
        for _ in range(12):
            loss = sum(work(batch(), gen()).values())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[union-attr]
            optimizer.step()
            seen.append(float(loss.detach()))  # type: ignore[union-attr]
        assert seen[-1] < seen[0]


def test_what_decays() -> None:
    work = task({"masking": "causal", "layer_scale": True})
    optimizer = make_optimizer(work, Optimization(weight_decay=0.05), None, work.decays)
    groups = {id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    decays = {name: groups[id(p)] > 0 for name, p in work.model.named_parameters()}
    assert decays["encoder.queries"]
    assert decays["encoder.start"]
    assert decays["encoder.start_position"]
    flat = {name for name, p in work.model.named_parameters() if p.ndim == 1}
    assert not any(decays[name] for name in flat - {"encoder.start", "encoder.start_position"})
    assert not task().decays("model.decoder.mask_token", torch.zeros(3))
    idle = make_optimizer(task(paradigm="contrast"), Optimization(), None)
    assert len([p for group in idle.param_groups for p in group["params"]]) < len(list(task().parameters()))


def test_rebuilt_points_that_are_the_true_ones_have_a_gradient() -> None:
    """At a distance of 0 the root's is infinite: released, it became NaN, and NaN became 0 unsaid."""
    truth = torch.randn(2, 3, 8, 6, generator=gen())
    rebuilt = truth.clone().requires_grad_()
    sum(plus_reconstruction(rebuilt, truth).values()).backward()  # type: ignore[union-attr]
    assert rebuilt.grad is not None
    assert rebuilt.grad.isfinite().all()


def test_weights_that_are_not_finite_are_a_loss_that_is_not() -> None:
    work = task()
    with torch.no_grad():
        work.model.projections["image"].weight.fill_(torch.nan)
    assert not work(batch(), gen())["image"].isfinite()


def test_released_start_and_its_equal_queries_part() -> None:
    config = ModelChoice(**TINY).resolve()
    assert isinstance(config, PlusConfig)
    model = new_plus(model_for(Objective(mask_ratio=0.6), config, TEACHERS), seed=0, start="released")
    weight = torch.cat([block.local.mlp.fc1.weight.flatten() for block in model.encoder.blocks])
    assert float(weight.mean()) == pytest.approx(0.02, abs=1e-3)
    assert float(weight.std()) == pytest.approx(0.01, abs=1e-3)
    assert not model.encoder.queries.any()
    for loss in ("smooth_l1", "infonce"):
        work = PretrainTask(model, Objective(mask_ratio=0.6, contrast_loss=loss)).train()
        learned(work, batch())
        grad = model.encoder.queries.grad
        assert grad is not None
        assert not torch.allclose(grad[0], grad[1])


def test_targets_are_all_rows_and_colors_come_along(tmp_path) -> None:
    shapes = as_shapes(colored_table(tmp_path / "colored.npz"))
    config = ModelChoice(**TINY, channels=6).resolve()
    for text, width in (("text/words", 6), ("image/looks", 7)):
        goal = Objective(text=text).for_model(config)
        chosen, teachers = choose_teachers(shapes, goal)
        assert teachers["text"].width == width
        data = make_set(shapes, config, chosen, torch.device("cpu"), targets=goal.targets, active=False)
        drawn = data.draw(torch.arange(len(shapes)), gen())
        looks = torch.from_numpy(shapes.load(features=("image/looks",)).features["image/looks"].astype(np.float32))
        torch.testing.assert_close(drawn.features["image"], looks)
        if text == "image/looks":  # as the hybrid kind has it
            torch.testing.assert_close(drawn.features["text"], looks.mean(1))
        else:
            assert drawn.present["text"].sum() == len(shapes) - len(range(0, len(shapes), 7))
        gray = (drawn.points[..., 3:] == 0.4).all(2).all(1)
        assert torch.equal(gray, torch.arange(len(shapes)) % 2 == 0)


def test_standardized_features_are_compared_at_unit_length(tmp_path) -> None:
    shapes = as_shapes(colored_table(tmp_path / "colored.npz"))
    spread = spread_of(shapes, "image/looks", "all", unit=True)
    values = torch.from_numpy(shapes.load(features=("image/looks",)).features["image/looks"].astype(np.float32))
    every = F.normalize(values.flatten(0, 1), dim=1)
    torch.testing.assert_close(spread.center, every.mean(0), atol=1e-5, rtol=0)
    standard = task(spreads={"image": spread}, standardize="image")(batch(), gen())["image"]
    assert not torch.equal(standard, task()(batch(), gen())["image"])


def test_clouds_are_laid_down_and_fade() -> None:
    clouds = torch.rand(200, 4, 6, generator=gen())
    down = augment(clouds, Augmentation(rotate="none", lay_down=True), gen())
    assert torch.equal(down, torch.stack([-clouds[..., 1], clouds[..., 0], *clouds[..., 2:].unbind(-1)], -1))
    faded = augment(clouds, Augmentation(rotate="none", gray=0.5), gen())
    gray = (faded[..., 3:] == 0.4).flatten(1).all(1)
    assert 70 < int(gray.sum()) < 130
    assert torch.equal(faded[~gray], clouds[~gray])
    assert torch.equal(faded[..., :3], clouds[..., :3])


def test_tilts_are_small_and_keep_the_form() -> None:
    clouds = torch.randn(300, 5, 3, generator=gen())
    tilted = augment(clouds, Augmentation(rotate="none", tilt=0.06), gen())
    torch.testing.assert_close(torch.cdist(tilted, tilted), torch.cdist(clouds, clouds), atol=1e-4, rtol=0)
    turn = F.cosine_similarity(tilted.flatten(0, 1), clouds.flatten(0, 1)).clamp(-1, 1).acos()
    assert 0.02 < float(turn.mean()) < 0.15
    assert float(turn.max()) < 0.18 * 3**0.5 + 0.01

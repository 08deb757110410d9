"""ReCon++ gives what the released code gives, of every kind of model: to 1e-5, its losses too."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from plus_layout import CASES, PLUS, plus_clouds, plus_mask, plus_state, plus_teacher, seeded_weights
from pointrecon.models import ReconPlusModel
from pointrecon.models.files.released import model_of_state, released_state
from pointrecon.models.model import Rebuilt
from pointrecon.training.classify_task import ClassifyTask
from pointrecon.training.head_settings import Classification
from pointrecon.training.losses import imitation
from pointrecon.training.plus_losses import matched_contrast, plus_reconstruction

PRETRAINING = ("small_openshape", "small_hybrid_causal")


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def made(case: str) -> ReconPlusModel:
    state = released_state(plus_state(CASES[case]["kind"]), Path(case))
    model = model_of_state(state, Path(case))
    assert isinstance(model, ReconPlusModel)
    return model


@pytest.fixture(scope="module")
def wanted(case: str) -> dict[str, np.ndarray]:
    return dict(np.load(PLUS / f"{case}.npz"))


def near(ours: torch.Tensor, reference: np.ndarray) -> None:
    """Within 1e-5, relative to the largest reference value."""
    ours = ours.detach().numpy().reshape(reference.shape)
    assert np.abs(ours - reference).max() <= 1e-5 * np.abs(reference).max()


@torch.no_grad()
def test_encoding(case: str, made: ReconPlusModel, wanted: dict[str, np.ndarray]) -> None:
    few = slice(1) if case == "small_openshape" else slice(None)  # the first cloud will do of the largest
    patches = made.cut(plus_clouds(case)[few])
    near(patches.centers, wanted["centres"][few])
    near(made.encoder.embed(patches.points[:, :4]), wanted["embed_head"][few])
    if case in PRETRAINING:
        encoding = made.encode_patches(patches)
        near(encoding.patches.mean(1), wanted["local_mean"][few])
        image, text = (made.project_each(encoding, kind) for kind in ("image", "text"))
        near(image, wanted["img_token"][few])
        near(text, wanted["text_token"][few])
        near(made.beside_words(encoding), wanted["pooled"][few])
    else:
        rebuilt = made.rebuild(patches)
        encoding = rebuilt.encoding
        near(made.head_input(encoding), wanted["head_input"])
        assert made.head is not None
        near(made.head(made.head_input(encoding)), wanted["logits"])
        near_losses(rebuilt, wanted)
        task, label = ClassifyTask(made, how=Classification(rebuild_weight=3.0)).eval(), torch.tensor([4, 0, 14])
        losses = task.losses(patches, label)
        near(losses["reconstruction"], 3 * (wanted["cd_l1"] + wanted["cd_l2"]))
        near(losses["classification"], cross_entropy(torch.from_numpy(wanted["logits"]), label).numpy())
    near(encoding.patches[:, :8], wanted["local_head"][few])
    near(encoding.queries, wanted["global"][few])


def near_losses(rebuilt: Rebuilt, wanted: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    assert rebuilt.patches is not None
    near(rebuilt.patches[0, :8], wanted["rebuilt_head"])
    losses = plus_reconstruction(rebuilt.patches, rebuilt.hidden.points)
    for ours, theirs in {"cd_l1": "cd_l1", "cd_l2": "cd_l2", "color": "colour"}.items():
        assert (ours in losses) == (theirs in wanted)
        if ours in losses:
            near(losses[ours], wanted[theirs])
    return losses


@torch.no_grad()
def test_masked_reconstruction_and_contrast(case: str, made: ReconPlusModel, wanted: dict[str, np.ndarray]) -> None:
    if case not in PRETRAINING:
        return
    teacher = plus_teacher(case)
    rebuilt = made.rebuild(made.cut(plus_clouds(case)), plus_mask(case))
    near(rebuilt.encoding.patches[:, :4], wanted["masked_local_head"])
    near(rebuilt.encoding.queries[:, :2], wanted["masked_global_head"])
    losses = near_losses(rebuilt, wanted)
    contrast = {kind: matched_contrast(made.project_each(rebuilt.encoding, kind), teacher[kind]) for kind in teacher}
    near(contrast["image"], wanted["csc_img"])
    near(contrast["text"], wanted["csc_text"])
    near(sum(losses.values(), torch.zeros(())), wanted["reconstruct"])
    near(sum([*losses.values(), *contrast.values()], torch.zeros(())), wanted["total"])


def test_infonce_is_the_one_that_is_there_already() -> None:
    batch, width, first, second = CASES["small_openshape"]["info_nce"]
    a, b = (torch.from_numpy(seeded_weights.features(batch, width, seed)) for seed in (first, second))
    every = torch.ones(batch, dtype=torch.bool)
    losses = [imitation(a, a + 3 * b, every, "infonce", temperature=1 / scale) for scale in (1, 14.28)]
    near(torch.stack(losses), np.load(PLUS / "small_openshape.npz")["info_nce"])

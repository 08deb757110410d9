"""ReCon++ gives what the released code gives, of every kind of model: to 1e-5, its losses too."""

from pathlib import Path

import numpy as np
import pytest
import torch

from plus_layout import CASES, PLUS, plus_clouds, plus_mask, plus_state, plus_teacher, seeded_weights
from pointrecon.models import ReconPlusModel
from pointrecon.models.files.released import model_of_state, released_state
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
    encoding = made.encode_patches(patches)
    near(encoding.patches[:, :8], wanted["local_head"][few])
    near(encoding.queries, wanted["global"][few])
    if case in PRETRAINING:
        near(encoding.patches.mean(1), wanted["local_mean"][few])
        image, text = (made.project_each(encoding, kind) for kind in ("image", "text"))
        near(image, wanted["img_token"][few])
        near(text, wanted["text_token"][few])
        share = made.config.text_share
        near(made.project(encoding, "image") + share * made.project(encoding, "text"), wanted["pooled"][few])


@torch.no_grad()
def test_reconstruction_and_what_is_made_of_the_queries(
    case: str, made: ReconPlusModel, wanted: dict[str, np.ndarray]
) -> None:
    learns = case in PRETRAINING
    rebuilt = made.rebuild(made.cut(plus_clouds(case)), plus_mask(case) if learns else None)
    assert rebuilt.patches is not None
    near(rebuilt.patches[0, :8], wanted["rebuilt_head"])
    losses = plus_reconstruction(rebuilt.patches, rebuilt.hidden.points)
    near(losses["cd_l1"], wanted["cd_l1"])
    near(losses["cd_l2"], wanted["cd_l2"])
    if not learns:
        assert made.head is not None
        near(made.head_input(rebuilt.encoding), wanted["head_input"])
        near(made.head(made.head_input(rebuilt.encoding)), wanted["logits"])
        return
    near(rebuilt.encoding.patches[:, :4], wanted["masked_local_head"])
    near(rebuilt.encoding.queries[:, :2], wanted["masked_global_head"])
    if "colour" in wanted:
        near(losses["color"], wanted["colour"])
    teacher = plus_teacher(case)
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

"""Which weights of ReCon++ learn from reconstruction, which from contrast: the others' gradients are exactly zero."""

from pathlib import Path

import pytest
import torch

from plus_layout import plus_state, seeded_inputs, seeded_weights
from pointrecon.models import ReconPlusModel
from pointrecon.models.files.released import model_of_state, released_state
from pointrecon.models.masks import draw_mask
from pointrecon.models.plus.patch_order import draw_hidden_columns
from pointrecon.training.plus_losses import matched_contrast, plus_reconstruction

OF_QUERIES = ("encoder.queries", ".query_", ".cross.", "encoder.query_norm", "projections")


def small(kind: str, **overrides: object) -> ReconPlusModel:
    state = released_state(plus_state(kind, width=48, blocks=2), Path(kind))
    made = model_of_state(state, Path(kind), points=64, patches=16, **overrides)
    assert isinstance(made, ReconPlusModel)
    return made.train()


def learned(made: ReconPlusModel, loss: torch.Tensor) -> set[str]:
    """Names of the weights whose gradient is not exactly zero; all are finite."""
    made.zero_grad(set_to_none=True)
    loss.backward()
    grads = {name: p.grad for name, p in made.named_parameters() if p.grad is not None}
    assert all(grad.isfinite().all() for grad in grads.values())
    return {name for name, grad in grads.items() if grad.any()}


@pytest.mark.parametrize("stop_gradient", [True, False])
@pytest.mark.parametrize("kind", ["small_openshape", "small_hybrid"])
def test_what_each_loss_teaches(kind: str, stop_gradient: bool) -> None:
    made = small(kind, stop_gradient=stop_gradient)
    clouds = seeded_weights.clouds(4, 64, 1)
    causal = kind == "small_hybrid"
    points = torch.from_numpy(clouds if causal else seeded_inputs.coloured(clouds, 2))
    patches, draw = made.cut(points), torch.Generator().manual_seed(0)
    mask = draw_hidden_columns(16, 0.6, draw) if causal else draw_mask(patches.centers, 0.7, generator=draw)
    views = torch.from_numpy(seeded_inputs.teacher_features([3, 2, 1, 0], 3, 1280, 5))

    def reconstruct() -> torch.Tensor:
        rebuilt = made.rebuild(patches, mask)
        assert rebuilt.patches is not None
        return sum(plus_reconstruction(rebuilt.patches, rebuilt.hidden.points).values(), torch.zeros(()))

    def contrast() -> torch.Tensor:
        encoding = made.rebuild(patches, mask).encoding
        return sum(
            (matched_contrast(made.project_each(encoding, k), views) for k in ("image", "text")), torch.zeros(())
        )

    every = {name for name, _ in made.named_parameters()}
    of_queries = {name for name in every if any(part in name for part in OF_QUERIES)}
    unmoved = {"encoder.embed.lift.bias", "encoder.embed.join.bias"}  # a batch norm takes them away again: rounding
    assert learned(made, reconstruct()) | unmoved == (every - of_queries) | unmoved
    local = {name for name in every - of_queries if not name.startswith(("decoder.", "encoder.norm."))}
    taught = of_queries if stop_gradient else of_queries | local
    assert learned(made, contrast()) | unmoved == taught | unmoved

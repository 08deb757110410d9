"""The learning rate's course, and who decays."""

import pytest

from pointrecon.models import create_model
from pointrecon.training.config import Optimisation
from pointrecon.training.optimiser import learning_rate, make_optimiser


def test_warm_up_then_cosine() -> None:
    settings = Optimisation(learning_rate=1e-3, final_rate=1e-6)
    rates = [learning_rate(step, 100, 10, settings) for step in range(100)]
    assert rates[9] == pytest.approx(1e-3)
    assert rates[10] == pytest.approx(1e-3)
    assert all(a < b for a, b in zip(rates[:9], rates[1:10], strict=True))
    assert all(a >= b for a, b in zip(rates[10:], rates[11:], strict=False))
    assert rates[-1] < 3e-6


def test_biases_norms_and_tokens_do_not_decay() -> None:
    model = create_model("nano", seed=0)
    groups = make_optimiser(model, Optimisation()).param_groups
    free = {id(p) for p in groups[1]["params"]}
    assert groups[1]["weight_decay"] == 0
    for name, parameter in model.named_parameters():
        expected = parameter.ndim < 2 or "queries" in name or "query_positions" in name or "mask_token" in name
        assert (id(parameter) in free) is expected, name

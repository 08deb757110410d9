"""The learning rate's course, and who decays."""

import pytest
import torch

from plus_models import transfer_model
from pointrecon.models import create_model
from pointrecon.training.loop_settings import Optimization
from pointrecon.training.optimizer import learning_rate, make_optimizer, plus_decay


def test_warm_up_then_cosine() -> None:
    settings = Optimization(learning_rate=1e-3, final_rate=1e-6)
    rates = [learning_rate(step, 100, 10, settings) for step in range(100)]
    assert rates[9] == pytest.approx(1e-3)
    assert rates[10] == pytest.approx(1e-3)
    assert all(a < b for a, b in zip(rates[:9], rates[1:10], strict=True))
    assert all(a >= b for a, b in zip(rates[10:], rates[11:], strict=False))
    assert rates[-1] < 3e-6


def test_queries_and_the_start_of_a_row_decay_in_recon_plus() -> None:
    model = transfer_model()
    groups = make_optimizer(model, Optimization(), decays=plus_decay).param_groups
    free = {id(p) for p in groups[1]["params"]}
    told = {name for name, p in model.named_parameters() if id(p) not in free}
    assert {"encoder.queries", "encoder.start", "encoder.start_position", "encoder.blocks.0.cross.q.weight"} <= told
    assert not any(name.endswith(("bias", "norm.weight", "class_query")) for name in told)


def test_biases_norms_and_tokens_do_not_decay() -> None:
    model = create_model("nano", seed=0)
    groups = make_optimizer(model, Optimization()).param_groups
    free = {id(p) for p in groups[1]["params"]}
    assert groups[1]["weight_decay"] == 0
    for name, parameter in model.named_parameters():
        expected = parameter.ndim < 2 or "queries" in name or "query_positions" in name or "mask_token" in name
        assert (id(parameter) in free) is expected, name


def test_rows_of_a_token_learn_at_their_own_rates_as_separate_parameters_would() -> None:
    settings = Optimization(learning_rate=1e-2)
    whole = torch.nn.Module()
    whole.queries = torch.nn.Parameter(torch.arange(6.0).view(3, 2))
    apart = torch.nn.Module()
    for row in range(3):
        apart.register_parameter(f"bias{row}", torch.nn.Parameter(whole.queries.detach()[row].clone()))
    one = make_optimizer(whole, settings, lambda name: [10.0, 1.0, 1.0])
    three = make_optimizer(apart, settings, lambda name: 10.0 if name == "bias0" else 1.0)
    for step in range(5):
        gradient = torch.randn(3, 2, generator=torch.Generator().manual_seed(step))
        whole.queries.grad = gradient.clone()
        for row, parameter in enumerate(apart.parameters()):
            parameter.grad = gradient[row].clone()
        for group in three.param_groups:
            group["lr"] = settings.learning_rate * group["factor"]
        one.step()
        three.step()
    torch.testing.assert_close(whole.queries.detach(), torch.stack([p.detach() for p in apart.parameters()]))

"""Pre-training of ReCon++: both stages, every kind, what each leaves alone, and the same result after a stop."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from plus_runs import TINY, colored_table, plus_settings
from pointrecon import load_model, pretrain, probe, report
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.models import PlusConfig, ReconPlusModel
from pointrecon.models.files.folder import save_model
from pointrecon.recipe import recipe_names
from pointrecon.settings import resolve
from pointrecon.training.plus_start import new_plus
from pointrecon.training.pretrain_config import ModelChoice, PretrainConfig
from pointrecon.training.run_folder import RunFolder
from repeated_runs import assert_same_run

KINDS = {"random": {"channels": 6}, "causal": {"masking": "causal", "patches": 24}}
OF_QUERIES = ("encoder.queries", ".query_", ".cross.", "encoder.query_norm", "projections")


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    return colored_table(tmp_path_factory.mktemp("data") / "small.npz")


@pytest.fixture(scope="module", params=KINDS)
def stages(request, table, tmp_path_factory) -> tuple[Path, Path, dict[str, Any]]:
    """The runs of both stages, and the model's settings."""
    folder, kind = tmp_path_factory.mktemp(request.param), KINDS[request.param]
    first, second = folder / "first", folder / "second"
    assert pretrain(table, first, **plus_settings({"paradigm": "reconstruct"}, kind, epochs=1)).finished
    how = {"paradigm": "contrast", "stop_gradient": True}
    assert pretrain(table, second, init=str(first), **plus_settings(how, kind, probe_every=1, epochs=1)).finished
    return first, second, kind


def state(run: Path) -> dict[str, Tensor]:
    return load_model(run / "model").state_dict()


def test_each_stage_moves_its_part_alone(stages) -> None:
    first, second, kind = stages
    begun = ModelChoice(**{**TINY, **kind}).resolve()
    assert isinstance(begun, PlusConfig)
    start, one, two = new_plus(begun, seed=0).state_dict(), state(first), state(second)
    names = [name for name in start if "norm" not in name or "num_batches" not in name]
    of_queries = [name for name in names if any(part in name for part in OF_QUERIES)]
    assert of_queries
    assert all(torch.equal(start[name], one[name]) for name in of_queries if "projections" not in name)
    assert not any(torch.equal(start[n], one[n]) for n in names if n.endswith(("attn.qkv.weight", "predict.weight")))
    running = ("running_mean", "running_var", "num_batches_tracked")
    local = [name for name in one if name not in of_queries and not name.endswith(running)]
    assert all(torch.equal(one[name], two[name]) for name in local)  # the decoder, too: it idles
    moved = [name for name in two if any(part in name for part in ("cross.q.weight", "query_mlp.fc1.weight"))]
    assert not any(torch.equal(one[name], two[name]) for name in moved)
    found = {key for line in RunFolder(first).metrics() for key in line}
    assert {"cd_l2", "cd_l1"} <= found
    assert ("color" in found) == (kind.get("channels") == 6)
    assert {"image", "text", "probe/svm"} <= {key for line in RunFolder(second).metrics() for key in line}


def test_what_was_learned_is_told_and_can_be_used(stages, table, tmp_path) -> None:
    _, second, _ = stages
    model = load_model(second)
    assert isinstance(model, ReconPlusModel)
    assert (model.facts.method, model.facts.origin != "", model.facts.epochs) == ("contrast", True, 1)
    assert {kind: teacher.width for kind, teacher in model.config.teachers.items()} == {"image": 7, "text": 6}
    found = probe(second, table, probes="knn", split="val", compare_teacher=False, show=False, progress=False)
    assert {record.weights for record in found} == {"pre-trained", "untrained"}
    page = report(second, progress=False).read_text()
    assert "cd_l1" in json.dumps(RunFolder(second.parent / "first").metrics())
    assert "Not shown" not in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_run_resumes_to_the_same_result(table, tmp_path, kind: str) -> None:
    both = plus_settings({"contrast_loss": "smooth_l1"}, {**KINDS[kind], "drop_path": 0.2}, epochs=1)
    stopped = {**both, "train": {**both["train"], "stop_after": 3}}
    assert pretrain(table, tmp_path / "whole", **both).finished
    assert not pretrain(table, tmp_path / "run", **stopped).finished
    assert pretrain(out=tmp_path / "run", resume=True, train={"stop_after": 0}).finished
    assert_same_run(tmp_path / "whole", tmp_path / "run")


def test_a_table_without_colors_is_gray_and_that_is_told(tmp_path, capsys) -> None:
    from training_tables import small_table

    table = small_table(tmp_path / "plain.npz")
    pretrain(table, tmp_path / "run", **plus_settings({"image": "none"}, {"channels": 6}, epochs=1))
    said = capsys.readouterr().err
    assert "48 shapes of 48 have no colors and are gray" in said
    assert "without a teacher of images nothing teaches the 3 image queries" in said
    assert "1 feature 'text/words' at most for 2 text queries" in said


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"objective": {"paradigm": "multitask"}}, "objective.paradigm multitask is not for a ReCon[+][+] model"),
        ({"objective": {"self_contrast": True}}, "self_contrast is not for"),
        ({"objective": {"reconstruction_loss": "chamfer_l1"}}, "reconstruction_loss chamfer_l1 is not for"),
        ({"objective": {"mask_kind": "block"}, "model": {**TINY, "masking": "causal"}}, "whose masking is causal"),
        ({"model": {**TINY, "masking": "causal", "patches": 10}}, "hides none of 10 patches behind the first 10"),
        ({"model": {"size": "plus-nan"}}, "no ReCon[+][+] model size 'plus-nan'; did you mean 'plus-nano'"),
        ({"model": {"size": "plus-nano", "kind": "hybird"}}, "did you mean 'hybrid'"),
        ({"model": {"size": "nano", "masking": "causal"}}, "model.masking is a setting of ReCon[+][+] models"),
        ({"model": {"size": "nano"}, "blocks": "clip"}, "blocks is a setting of ReCon[+][+] models"),
        ({"init": "made-nano"}, "'made-nano' is a ReCon model, and this run makes one of ReCon[+][+]"),
        ({"blocks": "dinov3"}, "no image model 'dinov3'; did you mean 'dinov2'"),
    ],
)
def test_what_makes_no_sense_is_refused(table, tmp_path, settings: dict, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        pretrain(table, tmp_path / "run", **{**plus_settings(), **settings})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run" / "config.yaml").exists()


def test_a_recon_run_does_not_begin_from_a_recon_plus_model(table, tmp_path, capsys) -> None:
    save_model(new_plus(PlusConfig.from_dict({**TINY, "size": "tiny"}), seed=0), tmp_path / "plus")
    words = ["pretrain", str(table), "-o", str(tmp_path / "run"), "--recipe", "nano", "--init", str(tmp_path / "plus")]
    assert main(words) == 2
    assert "is a ReCon++ model, and this run makes one of ReCon ('nano')" in capsys.readouterr().err


def test_the_recipes_have_the_sizes_and_steps_of_the_paper() -> None:
    """METHOD-PLUS sections 1 and 4."""
    every = {name: resolve(PretrainConfig, "pretrain", recipe=name) for name in recipe_names() if "recon-plus" in name}
    assert len(every) == 10
    for name, config in every.items():
        model = config.model.resolve()
        assert isinstance(model, PlusConfig)
        assert (config.train.epochs, config.train.batch_size, config.optim.clip) == (300, 512, 0)
        assert config.optim.learning_rate == (5e-5 if "small" in name or "large" in name else 1e-4)
        assert config.objective.mask_ratio == 0.7
        assert model.kind == ("openshape" if "openshape" in name else "hybrid" if "hybrid" in name else "openshape_1k")
        assert config.objective.for_model(model).stop_gradient == (model.kind != "openshape")
        assert config.objective.paradigm == ("contrast" if name.endswith("contrast") else "reconstruct")
        assert not config.augment.lay_down
    sizes = {size: ModelChoice(size).resolve() for size in ("plus-small", "plus-base", "plus-large")}
    counts = {size: sum(p.numel() for p in _empty(config).parameters()) for size, config in sizes.items()}
    assert {size: round(count / 1e6) for size, count in counts.items()} == {
        "plus-small": 50, "plus-base": 200, "plus-large": 656,
    }  # fmt: skip


def _empty(config: Any) -> ReconPlusModel:
    with torch.device("meta"):
        return ReconPlusModel(config)

"""Experiments: every recipe resolves, runs of equal settings are one, and what does not fit is named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointrecon.errors import InputError
from pointrecon.experiments.ablation_plan import BASE, canonical, differences, folder_name, plan_runs
from pointrecon.experiments.experiment_recipes import load_experiment, load_experiments, read_experiment
from pointrecon.recipe import recipe_names
from pointrecon.settings import resolve
from pointrecon.training.pretrain_config import PretrainConfig

HAVE = {"image": ["image/looks"], "text": ["text/words"]}
NONE: dict[str, list[str]] = {"image": [], "text": []}


def base(**overrides):
    return resolve(PretrainConfig, "pretrain", recipe="nano", overrides={"data": ["a.npz"], **overrides})


def plan(names: str, seeds: int = 1, have=HAVE, **overrides):
    return plan_runs(load_experiments(names), base(**overrides), have, Path("out"), seeds)


@pytest.mark.parametrize("name", recipe_names("ablate"))
def test_every_experiment_of_the_package_compares_different_runs(name: str) -> None:
    cells, names = plan(name)
    assert len(names[name]) == len(load_experiment(name).variants)
    assert len(cells) == len(set(names[name])) >= 2
    repeated = {one for one in names[name] if names[name].count(one) > 1}
    assert repeated <= ({BASE} if name == "loss" else set())  # there each of two losses has the base among its own
    assert BASE in names[name]  # so that experiments share it


def test_experiments_share_the_runs_they_have_in_common() -> None:
    cells, names = plan("paradigm,stop-gradient,mask-ratio,data-fraction", seeds=2)
    assert names["paradigm"] == [*(f"paradigm-{p}" for p in ("reconstruct", "contrast", "multitask", "towers")), BASE]
    assert names["stop-gradient"] == ["stop_gradient-false", BASE]
    assert names["mask-ratio"] == ["mask_ratio-0.3", "mask_ratio-0.45", BASE, "mask_ratio-0.75", "mask_ratio-0.9"]
    assert len(cells) == 2 * (4 + 1 + 4 + 3 + 1)
    assert [cell.seed for cell in cells] == [0] * 13 + [1] * 13
    assert str(cells[-1].folder) == "out/fraction-0.5/seed-1"
    assert cells[0].config.objective.paradigm == "reconstruct"
    assert cells[0].config.train.epochs == base().train.epochs
    groups = {
        cell.name: cell.config.group for cell in cells
    }  # of the first experiment that asks, the same for every seed
    assert (groups[BASE], groups["paradigm-towers"]) == ("paradigm/ReCon", "paradigm/two towers")
    assert len(set(groups.values())) == 13


def test_what_everything_shares_is_not_in_the_name_and_a_variant_wins_over_it() -> None:
    cells, names = plan("mask-ratio", objective={"mask_ratio": 0.9}, train={"epochs": 3, "seed": 5})
    assert names["mask-ratio"][-2:] == ["mask_ratio-0.75", BASE]
    assert [cell.config.objective.mask_ratio for cell in cells] == [0.3, 0.45, 0.6, 0.75, 0.9]
    assert {(cell.config.train.epochs, cell.seed) for cell in cells} == {(3, 5)}


@pytest.mark.parametrize(
    "same",
    [
        {"model": {"depth": 4, "size": "nano"}},
        {"objective": {"stop_gradient": True}},
        {"objective": {"image": "looks", "text": "text/words"}},
        {"train": {"seed": 8, "log_every": 1, "stop_after": 3, "hold": "stream", "checkpoint_minutes": 0}},
    ],
)
def test_a_default_named_outright_is_the_same_run(same: dict) -> None:
    assert canonical(base(**same), HAVE) == canonical(base(), HAVE)
    assert differences(canonical(base(), HAVE), canonical(base(**same), HAVE)) == []


def test_other_settings_are_told_and_older_folders_have_the_default() -> None:
    before, now = canonical(base(), HAVE), canonical(base(train={"epochs": 7}, fraction=0.5), HAVE)
    assert differences(before, now) == ["fraction is 1.0 there and 0.5 here", "train.epochs is 36 there and 7 here"]
    del before["fraction"]
    assert differences(before, canonical(base(), HAVE)) == []


settings = st.fixed_dictionaries(
    {
        "a.x": st.sampled_from([None, 1, 2, "x", "x/y", "x y", "x-y", True, "true!"]),
        "b.x": st.sampled_from([None, 1, "1"]) | st.floats(allow_nan=False),
        "b.y": st.sampled_from(["z", "z" * 90, "z" * 91, "..", ["train", ""], ["val"]]),
    }
)


@given(settings, settings)
def test_folders_are_named_after_settings_one_to_one(one: dict, two: dict) -> None:
    standard = {"a.x": None, "b.x": None, "b.y": "z"}
    first, second = folder_name(one, standard), folder_name(two, standard)
    assert (first == second) == ({k: str(v) for k, v in one.items()} == {k: str(v) for k, v in two.items()})
    assert "/" not in first
    assert 0 < len(first) < 100
    assert (first == BASE) == (one == standard)


def test_a_teacher_that_is_not_there_is_told_before_anything_runs() -> None:
    with pytest.raises(InputError, match="'teacher', variant 'image and text' needs a teacher of the kind image"):
        plan("teacher", have={**NONE, "text": ["text/words"]})
    with pytest.raises(InputError, match="variant 'contrast': the paradigm 'contrast' needs a teacher"):
        plan("paradigm", have=NONE)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must hold title"),
        ("[1, 2]", "must hold title"),
        ("title: [", "not YAML"),
        ("varients: []", "did you mean 'variants'"),
        ("title: t", "variants must be a list"),
        ("variants: []", "at least one"),
        ("figure: pie\nvariants: [{label: a}]", "figure must be bars or curve"),
        ("log: yes please\nvariants: [{label: a}]", "log must be true or false"),
        ("variants: [{label: a, setings: {}}]", "variant 1: there is no key 'setings'; did you mean 'settings'"),
        ("variants: [{settings: {}}]", "label is missing"),
        ("variants: [{label: a, settings: 3}]", "settings must be nested"),
        ("variants: [{label: a, value: many}]", "value must be a number"),
        ("figure: curve\nvariants: [{label: a}]", "value is missing"),
        ("figure: curve\nlog: true\nvariants: [{value: 0}]", "above 0"),
        ("variants: [{label: a}, {label: a}]", "two variants have the label 'a'"),
    ],
)
def test_a_bad_file_is_told_with_its_key(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_experiment("mine", text, "mine.yaml")
    assert "mine.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("{trian: {epochs: 3}}", "trian"),
        ("{objective: {mask_ratio: 2}}", "variant 'odd': objective.mask_ratio must be"),
        ("{objective: {mask_rato: 0.2}}", "did you mean 'objective.mask_ratio'"),
        ("{train: {seed: 3}}", "give seeds"),
        ("{model: {size: hge}}", "size"),
        ("{fraction: 0}", "fraction"),
    ],
)
def test_a_bad_setting_is_told_with_variant_and_key(tmp_path, settings: str, says: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"variants: [{{label: odd, settings: {settings}}}]")
    with pytest.raises(InputError, match=says) as caught:
        plan(str(path))
    assert "'mine', variant 'odd'" in str(caught.value)


def test_unknown_names_and_names_twice(tmp_path) -> None:
    with pytest.raises(InputError, match="did you mean 'paradigm'"):
        load_experiments("paradim")
    with pytest.raises(InputError, match="name an experiment"):
        load_experiments(" , ")
    path = tmp_path / "paradigm.yaml"
    path.write_text("variants: [{label: a}]")
    with pytest.raises(InputError, match="called 'paradigm'"):
        load_experiments(["paradigm", str(path)])
    assert [one.name for one in load_experiments("mask-kind, paradigm,mask-kind")] == ["mask-kind", "paradigm"]

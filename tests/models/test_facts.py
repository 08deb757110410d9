"""What a model learned from stays with it."""

import json

import pytest

from pointrecon.errors import InputError
from pointrecon.models import ModelFacts, create_model, load_model, save_model, weights_hash
from small import SMALL

FACTS = ModelFacts(
    method="recon",
    group="recon nano",
    seed=3,
    epochs=10,
    steps=70,
    origin="abc",
    data=[{"name": "parts", "fingerprint": "f", "splits": ["train"], "license": "CC0"}],
    categories=["chair", "hex <bolt>"],
    license="MIT",
    metrics={"probe/svm": 0.5},
    calibration={"naming": 0.07},
)


def test_facts_are_saved_and_loaded(tmp_path) -> None:
    model = create_model("nano", seed=0, **SMALL)
    assert model.facts == ModelFacts()
    model.facts = FACTS
    again = load_model(save_model(model, tmp_path / "m"))
    assert again.facts == FACTS
    assert weights_hash(again) == weights_hash(model)
    card = (tmp_path / "m" / "README.md").read_text()
    assert "| taught the names of | chair, hex &lt;bolt&gt; |" in card
    assert "| calibration, naming | 0.07 (temperature" in card


def test_names_of_tables_say_no_folder_of_the_machine(tmp_path) -> None:
    names = {
        "/home/jane/secret/parts.lance": "parts.lance",
        "C:\\jane\\secret\\parts.npz": "parts.npz",
        "s3://secret/a.lance + secret/b.npz": "a.lance + b.npz",
        "ModelNet40 train/test": "ModelNet40 train/test",
    }
    model = create_model("nano", seed=0, **SMALL)
    model.facts = ModelFacts(data=[{"name": name, "fingerprint": "0"} for name in names])
    save_model(model, tmp_path / "model")
    for file in ("config.json", "README.md"):
        text = (tmp_path / "model" / file).read_text()
        assert "secret" not in text
        assert "parts.lance" in text
    assert [one["name"] for one in load_model(tmp_path / "model").facts.data] == [*names.values()]


def test_a_folder_without_facts_loads_and_unknown_facts_are_named(tmp_path) -> None:
    folder = save_model(create_model("nano", seed=0, **SMALL), tmp_path / "m")
    content = json.loads((folder / "config.json").read_text())
    content["facts"]["color"] = "blue"
    (folder / "config.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="'color'"):
        load_model(folder)
    del content["facts"]
    (folder / "config.json").write_text(json.dumps(content))
    assert load_model(folder).facts == ModelFacts()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("categories", "chair"),
        ("categories", ["chair", 3]),
        ("categories", ["chair", " "]),
        ("calibration", 0.1),
        ("calibration", {"nameing": 0.1}),
        ("calibration", {"naming": 0}),
        ("calibration", {"naming": True}),
        ("calibration", {"naming": float("nan")}),
        ("calibration", {"naming": float("inf")}),
        ("calibration", {"naming": "0.1"}),
    ],
)
def test_facts_that_cannot_be_are_one_sentence(name: str, value: object) -> None:
    with pytest.raises(InputError, match="categories|calibrat") as caught:
        ModelFacts.from_dict({name: value})
    assert "\n" not in str(caught.value)

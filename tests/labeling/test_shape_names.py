"""A name for every shape, from words alone."""

import csv
import json

import numpy as np
import pytest

import pointrecon
from labeled import TINY
from labeled import sticks as labeled_sticks
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.models import ModelFacts, Teacher, create_model, save_model
from pointrecon.shapes import ShapeArrays
from standin import StandIn, sticks

NAMES = ["along x", "along y | upright", "along z"]


def named(data, names=NAMES, **how):
    return pointrecon.name(data, names, model=StandIn(), progress=False, **({"encode": {"poses": "given"}} | how))


def unlabeled() -> ShapeArrays:
    return ShapeArrays.from_points(sticks().points, up="y", normalize=False)


def test_shapes_without_labels_are_named(spoken) -> None:
    found = named(unlabeled())
    want = [("along x", "along y", "along z")[i] for i in sticks().label]
    assert found.name.tolist() == want
    assert spoken == ["along x", "along y", "upright", "along z"]
    assert ((found.best.confidence > found.best.second_confidence) & (found.best.confidence <= 1)).all()
    assert found.temperature == 0.12
    assert "too few labeled shapes" in found.notes[-1]
    assert named(unlabeled(), ["flat", "along y | along x", "along z"]).name[0] == "along y"  # by its synonym


def test_the_usual_temperature_is_what_travels_with_the_model(spoken) -> None:
    model = StandIn()
    model.facts = ModelFacts(calibration={"naming": 0.3})
    found = pointrecon.name(unlabeled(), NAMES, model=model, encode={"poses": "given"}, progress=False)
    assert found.temperature == 0.3
    assert "usual temperature 0.3" in found.notes[-1]


def test_labels_there_are_serve_to_calibrate_and_test_shapes_do_not(spoken) -> None:
    table = sticks(360)
    found = named(table)
    assert "fitted to 90 validation shapes" in found.notes[-1]
    assert found.temperature < 0.2  # they are always right
    table.label = np.roll(table.label, 1)
    assert named(table).temperature > 1  # they never are
    table.split[table.split == "val"] = "test"
    assert "fitted to 180 labeled shapes" in named(table).notes[-1]
    table.split[:] = "test"
    assert "too few labeled shapes" in named(table).notes[-1]
    assert named(table, temperature=0.5).temperature == 0.5


def test_the_unsure_are_unknown(spoken) -> None:
    found = named(unlabeled(), threshold=1.0)
    assert set(found.name) == {"unknown"}
    row = next(found.rows())
    assert (row["name"], row["confidence"], row["runner_up"]) == ("unknown", None, "along x")
    assert 0 < row["runner_up_confidence"] < 1
    assert not (named(unlabeled(), ["along x"]).name != "along x").any()
    assert next(named(unlabeled(), ["along x"]).rows())["runner_up"] is None


def test_rows_for_pandas(spoken) -> None:
    pytest.importorskip("pandas")
    found = named(unlabeled())
    assert found.frame().to_dict("records") == list(found.rows())


def test_a_block_at_a_time_is_the_same(spoken, monkeypatch) -> None:
    whole = named(unlabeled())
    monkeypatch.setattr("pointrecon.labeling.phrase_scores._CELLS", 28)
    again = named(unlabeled())
    np.testing.assert_allclose(again.best.confidence, whole.best.confidence, rtol=1e-6)
    assert again.name.tolist() == whole.name.tolist()


def test_files_and_screen(spoken, tmp_path, capsys) -> None:
    shapes = labeled_sticks(9)
    shapes.id[0] = "=1+1"
    shapes.save(tmp_path / "t.npz")
    model = save_model(create_model("nano", seed=3, **TINY, teachers={"text": Teacher("words", 3)}), tmp_path / "model")
    (tmp_path / "names.txt").write_text("a\nb | c\n")
    words = ["name", str(tmp_path / "t.npz"), "--names", str(tmp_path / "names.txt"), "--model", str(model)]
    assert main([*words, "-o", str(tmp_path / "n.csv")]) == 0
    assert "9 shapes named by 2 names, 0 of them unknown" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "n.csv").open(newline="")))
    assert rows[0]["id"] == "'=1+1"
    assert {row["name"] for row in rows} <= {"a", "b"}
    assert main([*words, "-o", str(tmp_path / "n.csv")]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main([*words, "--up", "z"]) == 2
    assert "t.npz is a table already: leave --up out" in capsys.readouterr().err
    assert main([*words, "-o", str(tmp_path / "n.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "n.json").read_text())


def test_bad_input_is_one_sentence(spoken, tmp_path) -> None:
    untaught = save_model(create_model("nano", seed=0, **TINY), tmp_path / "untaught")
    with pytest.raises(InputError, match="pre-trained without the text teacher"):
        pointrecon.name(sticks(), NAMES, model=untaught)
    with pytest.raises(InputError, match="no-such"):
        pointrecon.name(sticks(), NAMES, model="no-such")
    with pytest.raises(InputError, match="threshold is from 0 to 1"):
        named(sticks(), threshold=1.5)
    for wrong in (0.0, "x", True):
        with pytest.raises(InputError, match="temperature must be above 0|temperature is .*, expected a number"):
            named(sticks(), temperature=wrong)
    for wrong in ("x", None):
        with pytest.raises(InputError, match="threshold is .*, expected a number"):
            named(sticks(), threshold=wrong)
    with pytest.raises(InputError, match="templates is 3, expected a text or a path or several"):
        named(sticks(), templates=3)
    with pytest.raises(InputError, match="settings of encoding are values by name"):
        pointrecon.name(sticks(), NAMES, encode=3)
    for names in (None, ["a", None], [["a"]], {"a": None}, {"a": [3]}, {3: ["a"]}):
        with pytest.raises(InputError, match="is no text; write names in quotes"):
            pointrecon.name(sticks(), names)
    with pytest.raises(InputError, match=r"something\.csv or something\.json"):
        named(sticks(), out=tmp_path / "names.txt")

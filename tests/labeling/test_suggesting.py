"""What to label next, and which labels look wrong."""

import csv

import numpy as np
import pytest

import pointrecon
from pointrecon.cli.main import main
from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError
from pointrecon.labeling.doubtful_labels import DOUBTED, doubts
from pointrecon.labeling.label_files import take_labels
from pointrecon.labeling.suggesting import STRATEGIES, pick
from pointrecon.shapes import as_shapes, open_table
from standin import StandIn, sticks


def crowd() -> tuple[np.ndarray, np.ndarray]:
    """(43, 8) of length 1: three groups of 20, 12 and 10 around axes, and one that is like none."""
    rng = np.random.default_rng(0)
    axes = np.repeat(np.eye(8)[:4], [20, 12, 10, 1], axis=0)
    values = axes + 0.05 * rng.normal(size=axes.shape)
    return values / np.linalg.norm(values, axis=1, keepdims=True), np.repeat([0, 1, 2, 3], [20, 12, 10, 1])


def test_each_strategy_takes_what_it_says() -> None:
    values, group = crowd()
    none = np.full(43, -1)
    assert group[pick(values, none, 3, "typical", None)[0]].tolist() in ([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0])
    assert pick(values, none, 1, "outlier", None)[0].tolist() == [42]
    assert set(group[pick(values, none, 4, "diverse", None)[0]]) == {0, 1, 2, 3}
    label = none.copy()
    label[[0, 1, 2, 20]] = [0, 0, 0, 1]
    assert group[pick(values, label, 1, "typical", None)[0]].tolist() == [2]
    chances = np.full((43, 2), 0.5)
    chances[:] = np.where(group[:, None] == 0, [0.9, 0.1], [0.2, 0.8])
    chances[35] = [0.5, 0.5]
    assert pick(values, label, 1, "uncertain", chances)[0].tolist() == [35]
    assert set(group[pick(values, label, 2, "balanced", chances)[0]]) <= {1, 2, 3}
    for strategy in STRATEGIES:
        places, why = pick(values, label, 39, strategy, chances)
        assert sorted(places.tolist()) == np.flatnonzero(label < 0).tolist()  # each once, none that is labeled
        assert len(why) == 39


def test_a_sample_tells_what_is_typical(monkeypatch) -> None:
    values, group = crowd()
    monkeypatch.setattr("pointrecon.labeling.suggesting._SAMPLE", 25)
    monkeypatch.setattr("pointrecon.labeling.suggesting._BLOCK", 7)
    places, _ = pick(values, np.full(43, -1), 3, "typical", None)
    assert sorted(group[places]) == [0, 1, 2]


def test_planted_errors_come_first() -> None:
    values, label = crowd()
    values, label = values[:42], label[:42]
    given = label.copy()
    given[[0, 25, 38]] = [1, 2, 0]
    chances = 0.2 + 0.4 * np.eye(3)[label]
    doubt, other = doubts(values, chances, given)
    assert set(np.argsort(-doubt)[:3]) == {0, 25, 38}
    assert (other[[0, 25, 38]] == label[[0, 25, 38]]).all()
    assert (doubt > DOUBTED).sum() == 3
    flat = np.full_like(chances, 1 / 3)  # a head that knows nothing: the neighbors tell
    assert set(np.argsort(-doubts(values, flat, given)[0])[:3]) == {0, 25, 38}
    alone = np.append(given[:-1], 3)  # the only one of its class
    assert np.isfinite(doubts(values, np.full((42, 4), 0.25), alone)[0]).all()


@pytest.fixture
def table(tmp_path):
    shapes = sticks(60)
    shapes.label[:2] = [1, 0]  # two that are wrong
    shapes.label[40:] = -1
    shapes.save(tmp_path / "t.npz")
    return open_table(tmp_path / "t.npz")


def test_from_suggestion_to_label_to_check(table, tmp_path, monkeypatch) -> None:
    # these shapes differ in their pose alone
    monkeypatch.setattr("pointrecon.labeling.learned_classes.naming_settings", encode_settings)
    how = {"model": StandIn(), "progress": False}
    found = pointrecon.suggest(table, 5, **how)
    assert found.classes == ["along_x", "along_y", "along_z"]
    assert (found.places >= 40).all()
    found.write(tmp_path / "next.csv")
    rows = list(csv.DictReader((tmp_path / "next.csv").open(newline="")))
    assert [row["class"] for row in rows] == [""] * 5
    for row in rows:
        row["class"] = ("along_x", "along_y", "along_z")[int(row["id"]) % 3]
    with (tmp_path / "next.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert take_labels(table, tmp_path / "next.csv").given == 5
    assert not set(pointrecon.suggest(table, 15, **how).places) & set(found.places)
    checked = pointrecon.check_labels(table, tmp_path / "doubts.csv", **how)
    assert set(checked.id[:2]) == {"0000", "0001"}
    assert checked.likely_wrong[:2].all()
    assert checked.proposed[checked.id == "0000"] == ["along_x"]
    assert len(checked.id) == 45
    assert (np.diff(checked.doubt) <= 1e-9).all()
    lines = list(csv.DictReader((tmp_path / "doubts.csv").open(newline="")))
    assert lines[0]["likely_wrong"] == "yes"


def test_one_label_a_class_tells_nothing(table, capsys) -> None:
    how = {"model": StandIn(), "progress": False}
    assert pointrecon.check_labels(table, **how).notes == []
    table.set_labels(table.ids(), "", "Ada")
    table.set_labels(["0002", "0004"], ["along_x", "along_y"], "Ada")
    found = pointrecon.check_labels(table, **how)
    assert "every class has one label only: this tells nothing" in found.notes[0]
    pytest.importorskip("pandas")
    assert found.frame().to_dict("records") == list(found.rows())
    check = ["label", str(table.path), "--check", "--vector"]
    assert main([*check, "form"]) == 0
    assert f"note: {found.notes[0]}" in capsys.readouterr().out
    assert main([*check, "frm"]) == 2
    assert "expected one of auto, model, views, fused, form" in capsys.readouterr().err
    table.set_labels(["0005"], ["along_x"], "Ada")
    assert "1 of 2 classes has one label only: of those" in pointrecon.check_labels(table, **how).notes[0]


def test_a_page_to_label_on(table, tmp_path) -> None:
    pytest.importorskip("PIL")
    from pointrecon.reports.suggestion_page import write_suggestion_page

    table.set_labels(["0000", "0050"], ["<script>", "<script>"], "Ada")
    found = pointrecon.suggest(table, 3, model=StandIn(), progress=False)
    write_suggestion_page(found, tmp_path / "next.html")
    page = (tmp_path / "next.html").read_text()
    assert page.count("data:image/png") == 3
    assert all(f'data-id="{row["id"]}"' in page for row in found.rows)
    assert '<option value="&lt;script&gt;">' in page
    assert "http" not in page.replace("http-equiv", "")


def test_what_cannot_be_suggested_is_told(table, tmp_path, capsys) -> None:
    how = {"model": StandIn(), "progress": False}
    with pytest.raises(InputError, match=r"no strategy 'typicl'; did you mean 'typical'"):
        pointrecon.suggest(table, 5, strategy="typicl", **how)
    with pytest.raises(InputError, match="1 or more, not 0"):
        pointrecon.suggest(table, 0, **how)
    ids = table.ids()
    table.set_labels(ids, "along_x", "Ada")
    with pytest.raises(InputError, match="every shape has a label already"):
        pointrecon.suggest(table, 5, **how)
    table.set_labels(ids, "", "Ada")
    with pytest.raises(InputError, match="'uncertain' needs examples of two classes"):
        pointrecon.suggest(table, 5, strategy="uncertain", **how)
    blind = pointrecon.suggest(table, 5, **how)
    assert [row["proposed"] for row in blind.rows] == [None] * 5
    assert main(["label", str(table.path), "--suggest", "5", "-o", str(tmp_path / "next.txt")]) == 2
    assert "something.csv or something.html" in capsys.readouterr().err
    assert (as_shapes(table).label < 0).all()

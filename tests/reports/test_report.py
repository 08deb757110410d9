"""The report: one offline file, whatever of the run is there."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from pointrecon import create_model, report, save_model
from pointrecon.errors import InputError
from pointrecon.evaluation import Record, save_records
from pointrecon.evaluation.record import score
from pointrecon.reports.headline import confused_pairs, headline, latest, numbers_table
from pointrecon.reports.run_contents import read_run
from pointrecon.shapes.table.arrays import ShapeArrays

CLASSES = ["<script>alert(1)</script>", "mug & jug"]


def shapes(count: int = 24, *, labels: bool = True) -> ShapeArrays:
    rng = np.random.default_rng(0)
    label = np.arange(count) % 2
    points = rng.uniform(-0.5, 0.5, (count, 64, 3))
    points[label == 1, :, 1] *= 0.1
    split = np.array(["train", "train", "test", "test"])[np.arange(count) % 4]
    given = {"label": label, "classes": CLASSES, "split": split} if labels else {}
    return ShapeArrays.from_points(points, up="y", **given)


def record(task: str = "probe/svm", weights: str = "pre-trained", right: int = 9, **change: object) -> Record:
    truth = np.arange(10) % 2
    answer = np.where(np.arange(10) < right, truth, 1 - truth)
    values = {
        "task": task,
        "protocol": "honest",
        "model": "run/model",
        "weights": weights,
        "data": "mugs.lance",
        "split": "test",
        "seed": 0,
        "counts": {"test": 10},
        **score(truth, answer, CLASSES),
        **change,
    }
    return Record(**values)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "mugs"
    folder.mkdir()
    small = {"points": 64, "patches": 8, "patch_size": 8, "width": 16, "heads": 2, "depth": 1, "stem": 8}
    save_model(create_model("nano", seed=0, decoder_depth=1, **small), folder / "model")
    shapes().save(folder.parent / "mugs.npz")
    config = {"data": [str(folder.parent / "mugs.npz")], "train": {"seed": 11}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    lines = [{"step": i, "epoch": 1, "loss": 1 / i, "image": 2 / i, "samples_per_second": 500.0} for i in range(1, 30)]
    lines += [{"step": 10, "epoch": 1, "probe/svm": 0.5, "probe/knn": 0.4}]
    (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"step": 30, "lo')
    save_records(folder / "results" / "probe.json", [record(), record(weights="untrained", right=6)])
    return folder


def text_of(page: Path) -> str:
    """The page without plotly's own code."""
    return re.sub(r"<script>.*?</script>", "", page.read_text(encoding="utf-8"), flags=re.S)


def data_of(page: Path, name: str = "data") -> dict:
    found = re.search(rf"<script type='application/json' id={name}>(.*?)</script>", page.read_text(), flags=re.S)
    return json.loads(found[1])


def test_the_page_is_one_offline_file_with_every_section(run):
    page = report(run, progress=False)
    assert page == run / "report.html"
    whole, text = page.read_text(encoding="utf-8"), text_of(page)
    # plotly's code names addresses of map tiles, which it only asks for in figures with maps.
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert not re.search(r"""src=["']?(https?:)?//""", whole)
    assert "@import" not in text
    assert "Plotly.react" in whole
    assert len(whole) < 8e6
    for name in ("numbers", "looks", "neighbors", "map", "confusion", "losses", "probes", "facts"):
        assert f'<section id="{name}">' in text
    assert "Not shown" not in text
    assert "90.0%" in text
    assert "60.0%" in text
    assert "+30.0" in text
    assert "left out of metrics.jsonl, because damaged: 1 line<" in text
    assert "<td>11</td>" in text
    assert text.count("data:image/png;base64,") == 8 * 6
    data = data_of(page)
    assert set(data["figures"]) == {"loss-0", "loss-1", "probe-curve", "confusion-matrix", "feature-map"}
    looks = data_of(page, "look-data")
    assert (len(looks["shapes"]), looks["start"]) == (6, "rebuilt")
    assert len(looks["shapes"][0]["points"]) == 3 * 64
    assert text.count("<canvas") == 6
    names = re.findall(r"""<[^>]*\bid=["']?([\w-]+)""", text)
    assert sorted(set(names)) == sorted(names)  # scripts find their own


def test_names_from_the_data_cannot_become_code(run):
    page = report(run, progress=False)
    assert "<script>alert" not in page.read_text(encoding="utf-8")
    assert "mug &amp; jug" in text_of(page)


def test_the_same_seed_writes_the_same_page(run, tmp_path):
    first = report(run, out=tmp_path / "1.html", seed=3, progress=False).read_text()
    assert first == report(run, out=tmp_path / "2.html", seed=3, progress=False).read_text()


def test_shapes_without_labels_are_shown_without_judgement(run, tmp_path):
    page = report(run, out=tmp_path / "r.html", data=shapes(labels=False), progress=False)
    assert "have no labels" in text_of(page)
    assert "✓" not in text_of(page)


@pytest.mark.parametrize("missing", ["model", "config.yaml", "metrics.jsonl", "results"])
def test_missing_parts_are_said_in_their_place(run, tmp_path, missing):
    for part in ("config.yaml", "metrics.jsonl", "model", "results"):
        if part != missing:
            (tmp_path / part).symlink_to(run / part)
    text = text_of(report(tmp_path, progress=False))
    says = {
        "model": "no finished model folder",
        "config.yaml": "names no shapes",
        "metrics.jsonl": "logged no losses",
        "results": "no measurements yet",
    }
    assert says[missing] in text


@pytest.mark.parametrize(
    ("config", "command"),
    [
        ({"data": ["a.lance"]}, "pointrecon pretrain a.lance -o again --recipe"),
        ({"data": "a.lance", "model": "m", "mode": "full"}, "pointrecon finetune m a.lance -o again --recipe"),
        ({"data": "a.lance", "model": "m", "segment": {}}, "pointrecon segment m a.lance -o again --recipe"),
    ],
)
def test_it_says_how_to_make_the_run_again(tmp_path, config, command):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    assert command in text_of(report(tmp_path, progress=False))


def test_a_model_without_decoder_still_gets_the_rest(run, tmp_path):
    small = {"points": 64, "patches": 8, "patch_size": 8, "width": 16, "heads": 2, "depth": 1, "stem": 8}
    save_model(create_model("nano", seed=0, decoder_depth=0, **small), tmp_path / "model")
    page = report(tmp_path, data=shapes(), progress=False)
    assert "no decoder" in text_of(page)
    assert "feature-map" in data_of(page)["figures"]


def test_what_is_no_run_is_refused(run, tmp_path):
    with pytest.raises(InputError, match="no run folder"):
        report(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is not a run folder"):
        report(tmp_path)
    with pytest.raises(InputError, match="no layout 'mds'"):
        report(run, layout="mds")
    with pytest.raises(InputError):
        report(run, tmp_path / "none.npz")
    assert list(tmp_path.iterdir()) == []


def test_broken_files_are_said_and_skipped(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "bad.json").write_text("[1")
    (tmp_path / "config.yaml").write_text("a: [")
    (tmp_path / "metrics.jsonl").write_text(
        '{"step": 2, "loss": 1.0}\n{"step": 2, "loss": 3.0}\n{"step": 1, "loss": 2.0}\n7\n'
    )
    folder = read_run(tmp_path)
    assert [s["loss"] for s in folder.steps] == [2.0, 3.0]
    assert len(folder.problems) == 3
    assert "bad.json" in text_of(report(tmp_path, progress=False))


def test_headline_prefers_probes_and_reports_seeds_together():
    assert headline([]) == "Nothing was measured yet."
    zero = record("zero-shot", right=8)
    zero.metrics["chance"] = 0.5
    assert headline([zero]) == "Named by words alone: 80.0% right, where guessing gives 50.0%."
    records = [record(), record(seed=1, right=7), record(weights="untrained", right=6), zero]
    assert "80.0 ± 14.1% right, against 60.0% with random weights. Named" in headline(records)
    assert "chance" in numbers_table(records)


def test_repeated_measurements_count_once_and_the_newest():
    old, new = record(right=5, date="2020-01-01"), record(right=10, date="2021-01-01")
    assert latest([new, old]) == [new]


def test_other_measurements_are_rows_of_their_own_and_no_seeds():
    by = [record("zero-shot", right=right, choices={"query": query}) for query, right in (("text", 9), ("image", 5))]
    table = numbers_table(latest(by))
    assert "±" not in table
    assert table.count("<tr>") == 3
    assert "90.0%" in table
    assert "50.0%" in table


def test_the_picture_teacher_stands_beside_the_model():
    records = [record(right=8), record(weights="picture teacher", right=9, model="image/multiview")]
    table = numbers_table(latest(records))
    assert "picture teacher, no model" in table
    assert "90.0%" in table
    assert "80.0%" in table


def test_only_the_shapes_that_are_shown_are_read(run, monkeypatch):
    from pointrecon.shapes.table.collection import Shapes

    read = []
    load = Shapes.load

    def noted(self, index=None, **how):
        if self.name != "in memory":  # what was read is looked at again, for its pictures
            read.append(index)
        return load(self, index, **how)

    monkeypatch.setattr(Shapes, "load", noted)
    monkeypatch.setattr("pointrecon.reports.html.GALLERY", 8)
    report(run, progress=False)
    assert [len(index) for index in read] == [4, 8]


def test_confused_pairs_are_sorted_and_never_right_answers():
    table = record()
    table.confusion = [[5, 3], [4, 1]]
    assert confused_pairs(table) == [(CLASSES[1], CLASSES[0], 4, 0.8), (CLASSES[0], CLASSES[1], 3, 0.375)]

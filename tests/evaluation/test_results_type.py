"""The one type of result: picked by fields, averaged, as a frame, in few words, and written."""

from pathlib import Path

import pytest

from pointrecon.errors import InputError
from pointrecon.evaluation import Results, load_records
from pointrecon.evaluation.record import Record


def results(count: int = 3) -> Results:
    about = {"protocol": "honest", "model": "m", "data": "t", "split": "test"}
    return Results(
        [
            Record(task=task, weights=how, seed=seed, metrics={"accuracy": 0.5 + 0.1 * seed}, **about)
            for task in ("probe/svm", "probe/knn")
            for how in ("untrained", "pre-trained")
            for seed in range(count)
        ]
    )


def test_means_are_over_the_records_picked() -> None:
    found = results()
    picked = found.where(task="probe/svm", weights="untrained")
    assert picked.values() == found.values(task="probe/svm", weights="untrained") == [0.5, 0.6, 0.7]
    assert picked.mean() == pytest.approx(0.6)
    assert picked.deviation() == pytest.approx(0.1)
    assert picked.percent() == "60.0 ± 10.0%"
    assert (results(1).percent(task="probe/svm"), results(1).where(task="none").records) == ("50.0 ± 0.0%", [])
    with pytest.raises(InputError, match=r"no 'recall', task 'probe/svm' .*measured: probe/knn, probe/svm"):
        found.mean("recall", task="probe/svm")
    with pytest.raises(InputError, match="records have no field 'weight'; did you mean 'weights'"):
        found.mean(weight="untrained")


def test_its_repr_is_short_however_much_was_measured() -> None:
    found = results(500)
    for record in found:
        record.confusion = [[0] * 100] * 100
    assert len(repr(found)) < 200
    assert "2000 records" in repr(found)


def test_a_frame_has_a_row_a_record() -> None:
    pytest.importorskip("pandas")
    frame = results().frame()
    assert len(frame) == 12
    mean = frame.groupby(["task", "weights"])["accuracy"].mean()
    assert mean["probe/svm", "untrained"] == pytest.approx(0.6)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    found = results()
    found.save(tmp_path / "deep" / "all.json")
    assert load_records(tmp_path / "deep" / "all.json") == found.records

"""Real runs say by themselves what they are, and end up in the right rows whatever their folders are called."""

from pathlib import Path

from labeled import TINY, sticks
from pointrecon import finetune, pretrain, probe, results

LOOP = {"device": "cpu", "precision": "32", "batch_size": 10, "probe_every": 0, "epochs": 2}


def test_real_runs_are_grouped_by_what_they_are(tmp_path: Path) -> None:
    shapes = sticks(60)
    changes = {
        "x": {"seed": 0, "keep_every": 1},
        "y-9": {"seed": 1, "probe_every": 1, "log_every": 1},  # another seed, and what no weight knows of
        "x-0": {"seed": 0, "epochs": 1},
    }
    for name, train in changes.items():
        how = {"model": TINY, "objective": {"paradigm": "reconstruct"}, "train": {**LOOP, **train}}
        pretrain(shapes, tmp_path / name, **how)
        probe(tmp_path / name, shapes, probes="knn", show=False)
    probe(tmp_path / "x" / "models" / "epoch-0001", shapes, probes="knn", compare_untrained=False, show=False)
    for name in ("x", "y-9"):
        last = {"train": {**LOOP, "epochs": 1, "seed": 7}, "keep": {"epoch": "last"}}
        finetune(tmp_path / name, shapes, tmp_path / f"tuned-{name}", seeds=1, **last)
    found = results(tmp_path)
    told = [{row.label: len(row.cells[grid.columns[0]].records) for row in grid.rows} for grid in found.grids]
    (group,) = told[0]
    assert told[0] == {group: 2}  # fine-tuned from two seeds of one pre-training
    assert {count for label, count in told[1].items() if label == group} == {2}
    assert told[1][f"{group}, epoch 1"] == 1  # kept on the way: beside the finished model, not one more seed
    assert len(told[1]) == 4  # and the shorter run, and random weights once
    assert "untrained" in told[1]
    assert found.notes == []
    assert group.startswith("reconstruct nano on ")
    assert "probe_every" not in group
    assert not any(word in "".join(told[1]) for word in ("warmup", "stop_gradient"))

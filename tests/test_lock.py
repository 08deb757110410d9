"""Locks that processes which were killed left behind go; those that are held stay."""

from pathlib import Path

import pytest

from other_process import another_holds
from pointrecon.errors import InputError
from pointrecon.lock import alone


def test_left_over_locks_go_with_the_next_call_beside_and_inside(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    left = [run / ".start.lock", tmp_path / ".run.lock", tmp_path / ".other.lock"]
    with another_holds(tmp_path / "held"), another_holds(run / "held") as number:
        for path, told in zip(left, ["", "process 1 on elsewhere (pointrecon)", ""], strict=True):
            path.write_text(told)
        (tmp_path / ".mine.lock").write_text("of another program")
        with alone(run), alone(run / "model"):
            assert not any(path.exists() for path in (left[0], left[2]))
            with pytest.raises(InputError, match=f"held is being written by process {number} on "), alone(run / "held"):
                pass
        assert sorted(path.name for path in tmp_path.iterdir()) == [".held.lock", ".mine.lock", "run"]
        assert [path.name for path in run.iterdir()] == [".held.lock"]

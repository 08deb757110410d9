"""What a long job says of its time to go, where there is no terminal."""

import time

import pytest

from pointrecon.progress import Bar


def test_the_time_before_the_first_piece_is_no_measure_of_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Processes may take a minute to start: 10 of 40,000 done after it are no 46 hours."""
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    bar = Bar("drawing", 40_000)
    now = 40.0
    bar.advance(10)
    now = 75.0
    bar.advance(20_000)
    now = 80.0
    bar.advance(1_000)
    assert capsys.readouterr().err.splitlines() == ["drawing: 10 of 40000", "drawing: 20010 of 40000, 35 s to go"]

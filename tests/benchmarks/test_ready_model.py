"""What comes along is a run's model in half precision, whose card and facts tell what a stranger must know."""

from pathlib import Path

import pytest
from benchmarks.ready_model import main

from pointrecon.errors import InputError
from pointrecon.models import load_model
from pointrecon.models.files.ready import READY, ready_folder


def test_the_model_that_comes_along_made_again_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("Learned from nothing. Weights: {hash}\n")
    monkeypatch.setattr("pointrecon.models.files.ready.ready_folder", lambda name: tmp_path / name)
    given = [str(ready_folder("made-nano")), "other", "--notes", str(notes), "--protocol", "none", "--naming", "0.5"]
    assert main(given) == 0
    assert f'"other": "{READY["made-nano"]}"' in capsys.readouterr().out
    assert (tmp_path / "other/model.safetensors").read_bytes() == (
        ready_folder("made-nano") / "model.safetensors"
    ).read_bytes()
    card = (tmp_path / "other/README.md").read_text()
    assert "# other (ReCon nano)" in card
    assert f"Learned from nothing. Weights: {READY['made-nano']}" in card
    facts = load_model(tmp_path / "other").facts
    assert (facts.calibration, facts.protocol, facts.license) == ({"naming": 0.5}, "none", "MIT")
    with pytest.raises(InputError, match="is there already; --overwrite"):
        main(given)
    assert main([*given, "--overwrite"]) == 0

"""The command line as a whole: the list of commands, and files and folders in each other's place."""

import warnings
from pathlib import Path

import pytest

import pointrecon
from pointrecon.cli.main import COMMANDS, main


def test_the_commands_stand_in_one_column(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    starts = {line.index(summary) for _, summary in COMMANDS.values() for line in lines if line.endswith(summary)}
    assert len(starts) == 1
    assert all(any(line.startswith(f"  {name}  ") for line in lines) for name in COMMANDS)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (IsADirectoryError(21, "Is a directory", "runs"), "a file belongs here"),
        (NotADirectoryError(20, "Not a directory", "runs/x"), "a folder belongs here"),
        (FileNotFoundError(2, "No such file or directory", "runs/x"), "check the path"),
        (OSError(28, "No space left on device", "runs/x"), "free the space"),
    ],
)
def test_the_remedy_fits_what_went_wrong(
    error: OSError, remedy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: list[str]) -> int:
        raise error

    monkeypatch.setattr("pointrecon.cli.recipes.main", fail)
    assert main(["recipes"]) == 2
    said = capsys.readouterr().err
    assert remedy in said
    assert str(error.filename) in said
    assert said.count("\n") == 1


def test_a_folder_is_not_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(tmp_path), str(tmp_path / "out")]) == 2
    assert "give a released .pth file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_own_warnings_are_one_sentence_and_others_keep_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    assert main(["--version"]) == 0
    own = Path(pointrecon.__file__).parent / "training" / "loop.py"
    assert warnings.formatwarning("slow here", UserWarning, str(own), 7) == "pointrecon: slow here\n"
    assert "x.py:7: UserWarning: slow here" in warnings.formatwarning("slow here", UserWarning, "x.py", 7)


@pytest.mark.parametrize("moment", ["importing", "running"])
def test_ctrl_c_at_any_moment_is_one_sentence(
    moment: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import pointrecon.cli.pretrain as command

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if moment == "importing":
        monkeypatch.setattr("pointrecon.cli.main.import_module", stop)
    else:
        monkeypatch.setattr(command, "main", stop)
    assert main(["pretrain", "my parts.lance", "-o", "run", "--overwrite"]) == 130
    told = "pointrecon: stopped; go on with: pointrecon pretrain 'my parts.lance' -o run --resume\n"
    assert capsys.readouterr() == ("", told)

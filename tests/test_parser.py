"""The command line's parser: values that do not fit are told in plain words, dashes and underscores are one."""

from pathlib import Path

import pytest

import pointrecon
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.models.files.ready import READY
from pointrecon.parser import READY_MODEL, CommandParser
from test_documents import BOMB


def parser() -> CommandParser:
    made = CommandParser("thing", "Do a thing.", "  pointrecon thing")
    made.add_argument("--count", type=int, default=1)
    made.add_argument("--points", type=int | None, default=None)
    made.add_argument("--test_split", type=str, default="test")
    made.add_argument("--batch-size", type=int, default=64)
    made.add_argument("--level", choices=["none", "easy", "hard"], default="none")
    made.add_argument("--shares", type=float, nargs=3, default=None)
    return made


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--count four", "'count' is 'four', expected a whole number"),
        ("--points many", "'points' is 'many', expected a whole number"),
        ("--shares 1 2 x", "'shares' is 'x', expected a number"),
        ("--level hrad", "--level is 'hrad', expected one of none, easy, hard; did you mean 'hard'?"),
        ("--shares 1 2", "--shares needs 3 values"),
        ("--count", "--count needs one value"),
        ("--cuont 3", "there is no setting 'cuont'; did you mean 'count'?"),
        ("--count 3 --out", "'out' is given by its place, without '--out'"),
        ("", "out and --source are missing"),
        ("--mark a", "there is no setting 'mark'; did you mean 'marks'?"),
        ("o --source a b", "'b' is one word too many: it belongs behind an option"),
        ("o --source a -o b", "there is no option '-o'; --csv says what file to write"),
        ("o --source a hits.json", "'hits.json' is one word too many: it belongs behind an option"),
        ("o --source a -x b", "there is no option '-x'"),
        ("o --source a --config /no/no.yaml", "there is no file '/no/no.yaml': check the path"),
        ("--bach-size 3", "there is no setting 'bach-size'; did you mean 'batch-size'?"),
    ],
)
def test_errors_are_plain_sentences(words: str, sentence: str) -> None:
    made = parser()
    made.add_argument("out", type=str)
    made.add_argument("--source", required=True)
    made.add_argument("--csv", type=str)
    made.option("--marks", [], "several", list[str] | str)
    made.recipes()
    with pytest.raises(InputError) as caught:
        made.parse_args(words.split())
    assert str(caught.value) == f"{sentence} (see 'pointrecon thing --help')"


def test_a_file_behind_json_is_told_where_it_belongs() -> None:
    made = parser()
    made.out("a file")
    made.flag("--json", "print JSON")
    with pytest.raises(InputError, match="too many: --json prints, and '-o hits.json' writes that file"):
        made.parse_args(["--json", "hits.json"])


def test_dashes_and_underscores_are_one() -> None:
    values = parser().parse_args(["--test-split", "val", "--batch_size=3"])
    assert (values.test_split, values.batch_size) == ("val", 3)


def test_help_tells_defaults_where_there_are_some() -> None:
    made = parser()
    made.add_argument("--out", type=str, default="", help="where a whole line of words goes on to the next line")
    made.add_argument("--recipe", help="settings by name")
    made.option("--caption", None, "whether", bool | None)
    made.option("--marks", [], "several", list[str] | str)
    told = made.format_help()
    assert "--marks MARKS" in told
    assert "+" not in told
    assert "list[" not in told
    assert "null)" not in told
    assert "default: )" not in " ".join(told.split())
    assert "default: 64)" in told
    assert "settings by name\n" in told
    assert "--caption {true,false}\n" in told


def test_what_is_read_is_what_functions_take(tmp_path: Path) -> None:
    """Settings of encoding together, a recipe's values in their place, and no word on how they were given."""
    made = CommandParser("thing", "Do a thing.", "  pointrecon thing")
    made.recipes()
    made.model_and_data("shapes")
    made.out("a file")
    made.option("--share", 0.5, "a share")
    made.option("--name", None, "a name")
    made.flag("--again", "once more")
    made.resumes_anyway()
    made.encode()
    (tmp_path / "mine.yaml").write_text("share: 0.25\nname: recipe\n", encoding="utf-8")
    words = f"a b --name told --recipe {tmp_path / 'mine.yaml'} --device cpu --resume"
    encode = {"points": None, "batch_size": 64, "device": "cpu", "precision": "auto", "seed": 0}
    wanted = {"model": "a", "data": "b", "out": None, "share": 0.25, "name": "told", "again": False, "encode": encode}
    assert made.read(words.split()) == wanted


@pytest.mark.parametrize("text", ["#1", "null", "~", "1e3", "true", "[a]", "a: b", "- x", "{a}", "'q'", "a #b", ""])
def test_text_is_taken_as_it_is_typed(text: str) -> None:
    made = CommandParser("thing", "Do a thing.", "  pointrecon thing")
    made.option("--name", None, "a name")
    made.option("--split", "test", "a split")
    made.out("a file")
    values = made.read(["--name", text, "--split", text, f"--out={text}"])
    assert values == {"name": text, "split": text, "out": text}


def test_no_option_of_text_is_read_as_yaml() -> None:
    """jsonargparse does that with ``str | None``."""
    folder = Path(pointrecon.__file__).parent
    asked = [
        path.name for path in [*folder.glob("cli/*.py"), folder / "parser.py"] if "str | None)" in path.read_text()
    ]
    assert asked == []


@pytest.mark.parametrize("content", [b"train: {epochs: 1} # \xe9", b"[" * 50_000, BOMB.encode()])
@pytest.mark.parametrize("command", ["probe a b --config", "pretrain a --out b --config", "probe a b --recipe"])
def test_files_of_settings_are_one_sentence(
    content: bytes, command: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "r.yaml").write_bytes(content)
    assert main([*command.split(), str(tmp_path / "r.yaml")]) == 2
    told = capsys.readouterr().err
    assert (told.count("\n"), "r.yaml" in told) == (1, True)


@pytest.mark.parametrize(
    "command", ["embed", "probe", "few-shot", "robustness", "zero-shot", "attention -o out", "finetune -o out"]
)
def test_one_word_is_data_for_the_model_that_comes_along(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, *options = command.split()
    assert main([name, *options, "no.lance"]) == 2
    assert capsys.readouterr().err.startswith("pointrecon: there is no shape table at no.lance")  # alone
    assert main([name, *options, "model", "no.lance", "--sed", "1"]) == 2
    assert "no model is named" not in capsys.readouterr().err
    assert main([name, *options]) == 2
    assert capsys.readouterr().err in (
        f"pointrecon: data is missing (see 'pointrecon {name} --help')\n",
        "pointrecon: name a model, for instance runs/parts\n",
    )


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ("search -o hits.csv parts/", "'-o' takes all words behind it, here 'hits.csv' and 'parts/'"),
        ("search --words flat parts/ --top 3", "'--words' takes all words behind it, here 'flat' and 'parts/'"),
        ("search --like a b c", "'--like' takes all words behind it, here 'a', 'b' and 'c'"),
        ("duplicates --json -o a.csv parts/", "'-o' takes all words behind it"),
        ("show --up z -o a.png scan.ply", "'-o' takes all words behind it"),
    ],
)
def test_what_an_option_of_several_values_took_is_told(words: str, taken: str, capsys) -> None:
    assert main(words.split()) == 2
    told = capsys.readouterr().err
    assert f"is missing: {taken}" in told
    assert told.count("\n") == 1
    assert main(["search", "--words", "flat", "--top", "3"]) == 2
    assert capsys.readouterr().err == "pointrecon: data is missing (see 'pointrecon search --help')\n"


def test_a_command_that_needs_a_model_of_its_own_asks_for_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["label-parts", "scan.ply", "-o", "out.ply"]) == 2
    assert capsys.readouterr().err == "pointrecon: data is missing (see 'pointrecon label-parts --help')\n"


def test_the_model_that_comes_along_is_one_that_does() -> None:
    assert READY_MODEL in READY

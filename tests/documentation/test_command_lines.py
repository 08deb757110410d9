"""Every command line and every call in the docs is one that the real parser and the real functions take."""

import ast
import importlib
import inspect
import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pointrecon
import pointrecon.cli.main
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.parser import CommandParser
from pointrecon.recipe import recipes

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *ROOT.glob("docs/*.md")])
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
ENDS = {"&&", "||", "|", ">", ">>", ";", "2>"}  # of a command, in a line of a shell


class Parsed(BaseException):
    """A command line went through its parser; nothing is run. Unlike an Exception it passes whatever catches errors."""


def lines_of(text: str) -> Iterator[str]:
    """The lines that call us, of blocks (with their continuations) and of spans that are more than a name."""
    blocks = [body for _, language, body in FENCE.findall(text) if language in ("", "bash", "console")]
    for line in "\n".join(blocks).replace("\\\n", " ").splitlines():
        if re.search(r"\bpointrecon [a-z]", line) and not line.startswith("#"):
            yield line.strip()
    for span in SPAN.findall(FENCE.sub("", text)):
        if re.match(r"pointrecon [a-z]", span):
            yield span


def commands_of(line: str) -> Iterator[list[str]]:
    """The words behind each ``pointrecon`` (or ``-m pointrecon``) of a line, up to where a shell ends the command."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|>")
    lexer.whitespace_split = True
    words = [*lexer]
    for place, word in enumerate(words):
        asked = place == 0 or words[place - 1] in ENDS or words[place - 1] == "-m"
        if word == "pointrecon" and asked:
            ending = next((i for i, one in enumerate(words[place:], place) if one in ENDS), len(words))
            yield words[place + 1 : ending]


def told_against(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line says against these words; empty where it would run them."""
    for before, word in zip(["", *words], words, strict=False):
        if before in ("--recipe", "--config") and word.endswith(".yaml"):
            Path(word).write_text("{}", encoding="utf-8")
    try:
        main(words)
    except (Parsed, SystemExit):
        capsys.readouterr()
        return ""
    return capsys.readouterr().err


@pytest.fixture
def only_parsed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands go as far as their parser, in an empty folder; where "..." stands for words, options must be known."""
    parse = CommandParser.parse_args

    def parsed(self: CommandParser, words: list[str], **more: object) -> None:
        known = {name.replace("_", "-") for name in self._option_string_actions}
        if not words or {"...", "…"} & {*words}:
            unknown = [word for word in words if word.startswith("-") and word.replace("_", "-") not in known]
            if unknown:
                raise InputError(f"there is no option {unknown[0]}")
        else:
            parse(self, words, **more)  # type: ignore[arg-type]
        raise Parsed

    monkeypatch.setattr(CommandParser, "parse_args", parsed)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("only_parsed")
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_command_lines_of_a_page(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {}
    for line in lines_of(page.read_text(encoding="utf-8")):
        for words in commands_of(line):
            if told := told_against(words, capsys):
                wrong[line] = told
    assert not wrong, "\n".join(f"{line}\n    {told}" for line, told in wrong.items())


@pytest.mark.usefixtures("only_parsed")
def test_command_lines_of_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for one in recipes() for line in (one.run, one.data) if "pointrecon " in line]
    assert len(lines) > 30
    wrong = {line: told for line in lines for words in commands_of(line) if (told := told_against(words, capsys))}
    assert not wrong, "\n".join(f"{line}\n    {told}" for line, told in wrong.items())


@pytest.mark.usefixtures("only_parsed")
def test_examples_of_every_help(capsys: pytest.CaptureFixture[str]) -> None:
    wrong, count = {}, 0
    for path in sorted(Path(pointrecon.cli.main.__file__).parent.glob("*.py")):
        text = str(getattr(importlib.import_module(f"pointrecon.cli.{path.stem}"), "EXAMPLES", ""))
        for line in text.replace("\\\n", " ").splitlines():
            for words in commands_of(line.strip()) if not line.strip().startswith("#") else ():
                count += 1
                if told := told_against(words, capsys):
                    wrong[line] = told
    assert count > 100
    assert not wrong, "\n".join(f"{line}\n    {told}" for line, told in wrong.items())


@pytest.mark.usefixtures("only_parsed")
@pytest.mark.parametrize(
    "line", ["pointrecon search parts/ --lik a.stl", "pointrecon serch parts/", "pointrecon probe ... --prob svm"]
)
def test_a_wrong_line_is_found(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert any(told_against(words, capsys) for words in commands_of(line))


def python_blocks(page: Path) -> list[ast.Module]:
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [ast.parse(textwrap.dedent(body)) for _, language, body in found if language == "python"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_python_of_a_page(page: Path) -> None:
    """Imported names are there, public functions know their arguments, and what they give has what is asked of it."""
    wrong: list[str] = []
    kinds: dict[str, list[type]] = {}  # what a name of the page stands for, where a function of ours gives it
    for block in python_blocks(page):
        names: dict[str, Any] = {f"pointrecon.{name}": getattr(pointrecon, name) for name in pointrecon.__all__}
        for node in ast.walk(block):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pointrecon"):
                module = importlib.import_module(node.module or "")
                names |= {alias.asname or alias.name: getattr(module, alias.name) for alias in node.names}
        for node in ast.walk(block):
            if isinstance(node, ast.Call) and (function := names.get(ast.unparse(node.func))):
                given = {word.arg: None for word in node.keywords if word.arg}
                try:
                    inspect.signature(function).bind_partial(*node.args, **given)
                except TypeError as error:
                    wrong.append(f"{ast.unparse(node)}: {error}")
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                call = node.value
                words = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
                maker = names.get(words.rpartition(".")[0])  # a class whose method makes one, such as Index.open
                kinds[node.targets[0].id] = classes_of(maker if inspect.isclass(maker) else names.get(words))
        for node in ast.walk(block):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pointrecon":
                wrong += [] if hasattr(pointrecon, node.attr) else [ast.unparse(node)]
            elif isinstance(node, ast.Attribute) and (every := kinds.get(ast.unparse(node.value))):
                wrong += [] if any(has(kind, node.attr) for kind in every) else [ast.unparse(node)]
    assert wrong == []


def classes_of(function: Any) -> list[type]:
    """The classes of ours that a function gives, by its annotation; a class gives itself."""
    if function is None or inspect.isclass(function):
        return [function] if function else []
    words = re.findall(r"\w+", str(function.__annotations__.get("return", "")).split("[")[0])
    found = [getattr(inspect.getmodule(function), word.split(".")[-1], None) for word in words]
    whole = function.__annotations__.get("return")
    return [one for one in [*found, whole] if inspect.isclass(one) and one.__module__.startswith("pointrecon")]


def has(kind: type, name: str) -> bool:
    fields = {field for one in kind.__mro__ for field in getattr(one, "__annotations__", {})}
    return hasattr(kind, name) or name in fields or bool(re.search(rf"self\.{name}\b[^=\n]*=", inspect.getsource(kind)))


def test_programs_that_the_docs_name_are_there() -> None:
    """With the options that they are shown with, and what make and scripts are asked for."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES).replace("\\\n", " ")
    asked = re.findall(r"python -m ((?:benchmarks|tests)(?:\.\w+)*)([^`#\n]*)", text)
    assert len(asked) > 20
    wrong = []
    for name, words in asked:
        place = ROOT / name.replace(".", "/")
        files = [place.with_suffix(".py")] if place.with_suffix(".py").is_file() else [*place.glob("*.py")]
        source = "\n".join(file.read_text(encoding="utf-8") for file in files)
        options = {"--help", *re.findall(r'"(--[\w-]+)"', source)}
        wrong += [f"{name} {one}" for one in re.findall(r"--[a-z][\w-]*", words) if one not in options]
        wrong += [name] if not files else []
    assert wrong == []
    assert [name for name in {*re.findall(r"benchmarks/[\w.]+\.(?:sh|py)", text)} if not (ROOT / name).is_file()] == []
    targets = {*re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)}
    assert {*re.findall(r"(?:^|`)make ([\w-]+)", text, re.MULTILINE)} <= targets

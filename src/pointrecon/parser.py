"""A parser whose errors are one sentence and whose help ends with examples; the words that all commands share."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from jsonargparse import ArgumentParser

from pointrecon.documents import yaml_line
from pointrecon.encode_settings import POSES
from pointrecon.errors import InputError, closest, did_you_mean
from pointrecon.recipe import layers, together, unfold
from pointrecon.screen import hold

READY_MODEL = "made-nano"  # the model that comes along, where none is named
_ENCODE = ("points", "batch_size", "device", "precision", "seed")
_SETTINGS_OF = {"ablate": "pretrain"}  # whose recipes other settings than a command's own are
_UNKNOWN = re.compile(r"(?:arguments: --|does not accept option '|Option ')([\w.-]+)")
_WRONG_TYPE = re.compile(
    r'Parser key "([\w.]+)"(?: element \d+)?: (.*?<class .*?) (?:Got|Given value type: <.*> Given) value: (.*)'
)
_NO_CHOICE = re.compile(r"argument (\S+): invalid choice: '?(.*?)'? \(choose from (.*)\)")
_COUNT = re.compile(r"argument (\S+): expected (one|at least one|\d+) arguments?")
_NO_FILE = re.compile(r"Parser key \"[\w.]+\": File does not exist: '?(.*?)'?$")
_STRAY = re.compile(r"unrecognized arguments: (\S+)")
_ADDING = re.compile(r",\s+--[\w.-]+\+(?:\s+[A-Z_]+)?")  # jsonargparse's other spelling of options with several values
_MISSING = re.compile(r"the following arguments are required: (.*)")
_NOTHING = re.compile(r"\s+\(default:\s+(?:null|\[\])?\)|,\s+default:\s+(?:null|\[\])?(?=\))|\s+\|\s+null(?=[,)])")
_TYPES = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text", "list": "a list"}


class _OneWord(InputError):
    """Where a model and data are wanted, one word is there: it is the data."""


class CommandParser(ArgumentParser):
    """jsonargparse with errors as :class:`InputError` and examples below the options; ``--a-b`` is ``--a_b`` too."""

    def __init__(self, command: str, description: str, examples: str) -> None:
        super().__init__(prog=f"pointrecon {command}", description=description, allow_abbrev=False)
        self.command, self.examples = command, examples
        self._encodes: list[str] = []
        self._words: list[str] = []
        self._unset: list[str] = []
        self._resumes_anyway = self._ready = False

    def option(self, name: str, default: Any, help: str, kind: Any = None, **more: Any) -> None:
        """One option. Without ``kind`` it is of its default's type, or text where there is none."""
        if "choices" not in more:
            # not `str | None`, which is read as YAML: "#1" and "null" would be nothing
            more["type"] = kind or (str if default is None else type(default))
        self.add_argument(name, default=default, help=help, **more)

    def flag(self, name: str, help: str) -> None:
        """An option without value."""
        self.add_argument(name, action="store_true", help=help)

    def out(self, help: str, default: str | None = None, *, required: bool = False) -> None:
        """``-o OUT``, what is written."""
        self.add_argument("-o", "--out", type=str, default=default, required=required, help=help)

    def model_and_data(self, data: str, model: str = "") -> None:
        """The first two words of most commands; ``data`` and ``model`` say which will do.

        Without ``model`` any will, and one word alone is the data, for the model that comes along.
        """
        self._ready = not model
        any_model = "run or model folder, released .pth, an image teacher: imagenet; left out: made-nano"
        named = self.add_argument("model", type=str, help=model or any_model)
        named.required = not self._ready  # so says the help; how many words there are decides
        self.add_argument("data", type=str, help=data)

    def folder(self) -> None:
        """How a folder's table is made: ``--table`` and ``--up``; what is not given is left out of the values."""
        self._unset = ["table", "up"]
        self.option("--table", None, "where a folder's table lies, or is made (beside the folder)")
        self.option("--up", None, "axis that points up in a folder's files: x, y or z (for its first table)")

    def collection(self, model: str = "whose vectors are compared") -> None:
        """How a collection is opened and compared: `folder`, ``--model`` and ``--vector``."""
        self.folder()
        self.option("--model", READY_MODEL, model)
        choices = ["auto", "model", "views", "fused", "form"]
        whose = "the model's, the image teacher's, both (auto: as there are), or the form, which no rotation changes"
        self.option("--vector", "auto", whose, choices=choices)

    def recipes(self) -> None:
        """``--config`` and ``--recipe``."""
        self.add_argument("--config", action="config", help="YAML file of settings; later options win")
        recipes = f"'pointrecon recipes {self.command}'"
        self.add_argument("--recipe", help=f"settings by name ({recipes}) or a YAML file")

    def encode(self, *, poses: str | None = None) -> None:
        """How clouds are encoded; `read` gives these values together, as ``encode``. ``poses``: by default, if any."""
        self._encodes = [*_ENCODE, *(["poses"] if poses else [])]
        self.option("--points", None, "points per cloud (unset: the model's own)", int | None)
        self.option("--batch-size", 64, "clouds at once")
        self.option("--device", "auto", "auto, cpu, cuda, cuda:1 or mps")
        self.option("--precision", "auto", "auto (bf16 on GPUs that have it), 32 or bf16")
        self.option("--seed", 0, "of everything that is drawn")
        if poses:
            self.poses(poses)

    def poses(self, default: str) -> None:
        """``--poses``, in which a model looks at each shape."""
        told = "given: as it is; turned: 4 about the up axis; any: 24, if it lies anyhow; auto: any where up is "
        self.option("--poses", default, f"a shape is looked at {told}unknown, else turned", choices=[*POSES, "auto"])

    def resumes_anyway(self) -> None:
        """``--resume`` of a command that needs none: it always goes on with what is there."""
        self._resumes_anyway = True
        self.flag("--resume", "go on after an interruption (it does so without this too)")

    def read(self, words: Sequence[str]) -> dict[str, Any]:
        """What a command line says, by the names that the command's Python function has.

        Raises:
            InputError: naming an option that is none, a value that does not fit or an unknown recipe.
        """
        has_recipes = "--recipe" in self._option_string_actions
        words = unfold(words, self.command) if has_recipes else list(words)
        try:
            values = vars(self.parse_args(words))
        except _OneWord:
            values = vars(self.parse_args([READY_MODEL, *words]))
            hold(f"no model is named: this is {READY_MODEL}, which comes along")
        # jsonargparse marks names that its own objects have, too, such as "update"
        values = {name.lstrip("\u200b"): value for name, value in values.items()}
        if has_recipes:
            del values["config"], values["recipe"]
        for name in self._unset:
            if values[name] is None:
                del values[name]
        if self._encodes:
            values["encode"] = {name: values.pop(name) for name in self._encodes}
        if self._resumes_anyway:
            del values["resume"]
        return values

    def format_help(self, *args: Any) -> str:
        told = _NOTHING.sub("", super().format_help(*args))  # "(default: null)" tells nobody anything
        told = re.sub(r"list\[str\]\s+\|\s+str", "str", _ADDING.sub("", told))
        told = told.replace("{true,false,null}", "{true,false}")  # null is to leave it out
        return f"{told}\nexamples:\n{self.examples.rstrip()}\n"

    def parse_args(self, args: Sequence[str] | None = None, *rest: Any, **settings: Any) -> Any:  # type: ignore[override]
        known = {name.replace("-", "_"): name for name in self._option_string_actions if name.startswith("--")}
        if args is not None:
            self._words = list(args)
            args = _with_bases([_spelt(word, known) for word in args], _SETTINGS_OF.get(self.command, self.command))
        return super().parse_args(args, *rest, **settings)

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        if isinstance(ex, InputError):
            raise ex
        sentence = _plain(" ".join(str(message).split()))
        positional = {action.dest for action in self._get_positional_actions()}
        if missing := _MISSING.search(sentence):
            names = missing[1].split(", ")
            *most, last = [name if name in positional else f"--{name}" for name in names]
            sentence = f"{', '.join(most)} and {last} are missing" if most else f"{last} is missing"
            if taken := self._taken_by_option():
                option, several = taken
                sentence += f": '{option}' takes all words behind it, here {several}; what is missing goes before it"
            elif self._ready and "data" in names:
                raise _OneWord(f"{sentence} (see '{self.prog} --help')")
        if unknown := _UNKNOWN.search(sentence):
            names = [a.dest for a in self._actions]
            leaves = {name.rsplit(".", 1)[-1]: name for name in names}
            name = unknown[1]
            if name in positional:
                raise InputError(f"'{name}' is given by its place, without '--{name}' (see '{self.prog} --help')")
            close = closest(name, names) or closest(name.rsplit(".", 1)[-1], leaves)
            sentence = f"there is no setting '{name}'"
            if found := leaves.get(close, close):
                options = {action.dest: action.option_strings for action in self._actions}
                spelt = [one.lstrip("-") for one in options[found] if not one.endswith("+")]
                sentence += f"; did you mean '{spelt[-1] if spelt else found}'?"
        elif stray := _STRAY.search(sentence):
            sentence = self._stray(stray[1])
        raise InputError(f"{sentence.rstrip('.')} (see '{self.prog} --help')")

    def _taken_by_option(self) -> tuple[str, str] | None:
        """The last option of several values on the command line that has two of them or more, and these."""
        found, words = None, self._words
        for place, word in enumerate(words):
            action = self._option_string_actions.get(word)
            if action is None or action.nargs not in ("+", "*"):
                continue
            end = next((i for i in range(place + 1, len(words)) if words[i].startswith("-")), len(words))
            if end - place > 2:
                several = [f"'{one}'" for one in words[place + 1 : end]]
                found = word, f"{', '.join(several[:-1])} and {several[-1]}"
        return found

    def _stray(self, word: str) -> str:
        """What is said of a word that no option and no place wants."""
        if word.lower().endswith(".json") and {"--json", "-o"} <= {*self._option_string_actions}:
            return f"'{word}' is one word too many: --json prints, and '-o {word}' writes that file"
        if not word.startswith("-"):
            return f"'{word}' is one word too many: it belongs behind an option"
        files = [name for name in ("--csv", "--html") if word == "-o" and name in self._option_string_actions]
        return f"there is no option '{word}'" + (f"; {' or '.join(files)} says what file to write" if files else "")


def words_of(given: object) -> list[str]:
    """Several values of one option: "a,b" as its words, a list as it is."""
    every = given if isinstance(given, list) else str(given).split(",")
    return [word for one in every if (word := str(one).strip())]


def _spelt(word: str, known: dict[str, str]) -> str:
    """An option with dashes and underscores as the parser knows it; any other word as it is."""
    name, equals, value = word.partition("=")
    if not name.startswith("--") or name in known.values():
        return word
    return f"{known.get(name.replace('-', '_'), name)}{equals}{value}"


def _with_bases(words: list[str], command: str) -> list[str]:
    """The words; a file of settings that begins with a recipe is replaced by all that both set, as one line of YAML.

    InputError as `layers`, and for what jsonargparse would fall over (Latin-1), never finish (aliases) or crash on.
    """
    found = list(words)
    for place, (before, word) in enumerate(zip(["", *words], words, strict=False)):
        name = word if before == "--config" else word.removeprefix("--config=") if word.startswith("--config=") else ""
        if not name or len(name) > 4096 or not Path(name).is_file():
            continue
        if len(files := layers(Path(name), command)) > 1:
            text = yaml_line(together(files))
            found[place] = text if before == "--config" else f"--config={text}"
    return found


def _plain(sentence: str) -> str:
    """What jsonargparse and argparse say about a value, in words without Python's types."""
    if found := _WRONG_TYPE.search(sentence):
        setting, expected, value = found.groups()
        types = dict.fromkeys(_TYPES[name] for name in re.findall(r"<class '(\w+)'>", expected) if name in _TYPES)
        return f"'{setting}' is '{value}', expected {' or '.join(types)}" if types else sentence
    if found := _NO_CHOICE.search(sentence):
        choices = [choice.strip("' ") for choice in found[3].split(",")]
        told = f"{found[1]} is '{found[2]}', expected one of {', '.join(filter(None, choices))}"
        return "; ".join(filter(None, [told, did_you_mean(found[2], choices)]))
    if found := _NO_FILE.search(sentence):
        return f"there is no file '{found[1]}': check the path"
    if found := _COUNT.search(sentence):
        return f"{found[1]} needs {found[2]} value{'' if found[2].endswith('one') else 's'}"
    return sentence

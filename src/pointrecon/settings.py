"""Settings of a command: a typed dataclass, filled from recipe, file, command line or Python by one resolver. No torch.

The command line is read into what was *given*, nested values without defaults, and handed to the command's Python
function, which resolves them: both ways mean the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pointrecon.errors import InputError
from pointrecon.nested import Values, flat, merged
from pointrecon.parser import CommandParser
from pointrecon.recipe import recipe_settings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

C = TypeVar("C", bound="DataclassInstance")
# They decide how a run is carried out and what it writes down on the way, not what it learns.
PRACTICAL = {"train.device", "train.hold", "train.checkpoint_minutes", "train.log_every", "train.stop_after"}


def settings_parser(
    kind: type, command: str, description: str = "", examples: str = "", *, skip: Sequence[str] = ()
) -> CommandParser:
    """The parser that knows every setting but those of ``skip``; it reads YAML files, dotted options, nested values."""
    parser = CommandParser(command, description, examples)
    parser.add_argument("--config", action="config", help="YAML file of settings; later options win")
    parser.add_class_arguments(kind, None, skip=set(skip))
    return parser


def given(parser: CommandParser, words: Sequence[str]) -> Values:
    """What a command line says, nested, without what it leaves to defaults; InputError for what does not fit."""
    values = parser.parse_args(list(words), defaults=False).as_dict()
    values.pop("config", None)
    return values


def resolve(
    kind: type[C],
    command: str,
    *,
    config: C | None = None,
    recipe: str | Path | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> C:
    """Settings from a recipe and nested values over it; what is handed over is left as it is.

    Args:
        command: whose recipes are looked up and whose help messages name.
        config: settings to begin with, instead of the defaults.
        overrides: nested values, for instance ``{"model": {"size": "tiny"}, "train": {"epochs": 10}}``.

    Raises:
        InputError: naming a key that is no setting or a value that does not fit.
    """
    values = {} if config is None else asdict(config)
    if recipe:
        values = merged(values, recipe_settings(str(recipe), command))
    values = merged(values, overrides or {})
    parser = settings_parser(kind, command)
    for name, default in asdict(kind()).items():
        if isinstance(default, dict) and not isinstance(values.get(name, {}), dict):
            raise InputError(f"'{name}' is '{values[name]}', expected settings: {', '.join(default)}")
    made = parser.instantiate(parser.parse_object(values))
    return kind(**{name: made[name] for name in kind.__dataclass_fields__})


def resumed(
    kind: type[C], command: str, saved: Values, *, recipe: str | Path | None = None, overrides: Mapping[str, Any]
) -> C:
    """The settings of a run that goes on: its own. What is given besides must say the same, or be one of PRACTICAL.

    ``saved`` is what its folder holds; the rest as for :func:`resolve`.

    Raises:
        InputError: naming a setting that the run has otherwise.
    """
    wanted = merged(recipe_settings(str(recipe), command) if recipe else {}, overrides)
    new, old = (_as_run(resolve(kind, command, overrides=v)) for v in (merged(saved, wanted), saved))
    changed = merged({}, saved)
    for key in flat(wanted):
        if key in PRACTICAL:
            group, name = key.split(".")
            changed.setdefault(group, {})[name] = new[key]
        elif new[key] != old[key] and new[key] != "auto":
            raise InputError(
                f"{key} is {old[key]} in this run and {new[key]} here; a run goes on with its own settings: leave it "
                "out, or start another run"
            )
    return resolve(kind, command, overrides=changed)


def _as_run(settings: Any) -> Values:
    """Settings by dotted name, as the run will have them where they can say so."""
    return flat(asdict(settings.settled() if hasattr(settings, "settled") else settings))

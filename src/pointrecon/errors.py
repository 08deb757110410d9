"""The one exception type a user sees: a sentence that names the thing, the place and the remedy."""

import json
import shlex
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from unicodedata import normalize
from urllib.parse import unquote


class InputError(ValueError):
    """Bad input. The command line prints its message as one line and exits with status 2.

    Write the message as one sentence: what is wrong, where, and what to do about it.
    """


def require(module: str, extra: str) -> ModuleType:
    """Import an optional dependency, such as "lancedb"; InputError says which extra brings it, such as "table"."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name != module.split(".")[0] and not module.startswith(error.name):
            raise
        raise InputError(f"this needs the package '{module.split('.')[0]}': {install_hint(extra)}") from error


def install_hint(extra: str) -> str:
    """What to type for an extra of this package: from where it was installed, a clone or an index."""
    from importlib import metadata

    try:
        origin = json.loads(metadata.distribution("pointrecon").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        origin = {}
    editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
    place = str(origin.get("url", ""))
    if place.startswith("file://"):
        return f"pip install {editable}{shlex.quote(unquote(place.removeprefix('file://')) + f'[{extra}]')}"
    return f"pip install {shlex.quote(f'pointrecon[{extra}]')}"


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", *, cutoff: float = 0.6) -> str:
    """The end of a message on an unknown word: "did you mean 'x'?" where a known one is close, else ``otherwise``."""
    close = closest(word, known, cutoff=cutoff)
    return f"did you mean '{close}'?" if close else otherwise


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The known word most like this one, "" where none is; ``cutoff`` between 0 (any) and 1 (the word itself)."""
    from difflib import get_close_matches

    word, names = str(word), list(known)
    same = next((name for name in names if _folded(name) == _folded(word)), "")
    return same or next(iter(get_close_matches(word, names, n=1, cutoff=cutoff)), "")


def _folded(word: str) -> str:
    """A word without what a reader hardly sees: capitals, wide letters, and how accents are written."""
    return normalize("NFKC", word).casefold()


def first_line(error: BaseException) -> str:
    """What another library's error says, for a message: its first line, cut, or its type where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]


class Stopped(KeyboardInterrupt):
    """A long job was asked to stop and did so in good order: what it made is whole, and the same call goes on.

    The command line says how to go on and ends with ``status``.
    """

    def __init__(self, status: int = 130) -> None:
        """Take the exit status: 130 after Ctrl-C, 143 after SIGTERM."""
        super().__init__("stopped in good order: the same call with resume goes on")
        self.status = status

"""What a person is told to install works where the package came from: a clone or an index."""

import json
import shlex
from importlib import metadata

import pytest

from pointrecon.errors import InputError, install_hint, require


class Installed:
    def __init__(self, origin: dict | None) -> None:
        self.origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self.origin is None else json.dumps(self.origin)


CLONES = {
    "a clone": ({"url": "file:///home/me/pointrecon", "dir_info": {}}, ["/home/me/pointrecon[table]"]),
    "an editable clone": (
        {"url": "file:///home/me/my%20code", "dir_info": {"editable": True}},
        ["-e", "/home/me/my code[table]"],
    ),
    "an index": (None, ["pointrecon[table]"]),
}


@pytest.mark.parametrize(("origin", "words"), CLONES.values(), ids=CLONES)
def test_the_hint_names_where_the_package_came_from(monkeypatch, origin, words) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda name: Installed(origin))
    assert shlex.split(install_hint("table")) == ["pip", "install", *words]


def test_a_missing_package_is_one_sentence_with_the_hint() -> None:
    with pytest.raises(InputError, match=r"needs the package 'no_such_module': pip install .*\[table\]"):
        require("no_such_module.part", "table")

"""Pages of the site that are made from the code at every build: commands, Python names, recipes. A hook of MkDocs."""

import contextlib
import io
import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from public_names import defined, given, lent

from pointrecon.cli.main import COMMANDS, main
from pointrecon.cli.recipes import ORDER
from pointrecon.cli.shapes import COMMANDS as SHAPES_COMMANDS
from pointrecon.recipe import Recipe, layers, recipes, whole_text

DOCS = Path(__file__).parent
ROOT_PAGES = {"SECURITY.md": "security.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
COMMAND_FOLDER, PYTHON_FOLDER, RECIPES = "reference/commands", "reference/python", "reference/recipes.md"
COLUMNS = "110"  # a help's width
WIDE = "---\nhide: [toc]\n---"  # no list of headings at the side: room for a help's lines

# What a newcomer would call the rooms whose names `pointrecon` lends out, in the order of their work.
ROOMS = {
    "shapes": "Shapes and tables", "retrieval": "Search, duplicates, vectors", "labeling": "Names and labels",
    "reports": "Pages", "server": "Page and API for others", "models": "Models", "teachers": "Teachers",
    "training": "Pre-training", "transfer": "Fine-tuning and segmentation", "evaluation": "Measuring",
    "experiments": "Experiments", "errors": "Errors",
}  # fmt: skip


def commands() -> dict[str, str]:
    """Every command as it is typed behind ``pointrecon``, with its summary."""
    found = {}
    for name, (_, summary) in COMMANDS.items():
        found[name] = summary
        if name == "shapes":
            found |= {f"shapes {sub}": told for sub, (_, told) in SHAPES_COMMANDS.items()}
    return found


def help_of(command: str) -> str:
    """What ``pointrecon COMMAND --help`` prints."""
    screen, before = io.StringIO(), os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = COLUMNS
    try:
        with contextlib.redirect_stdout(screen), contextlib.suppress(SystemExit):
            main([*command.split(), "--help"])
    finally:
        os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
    return screen.getvalue().replace(" \b", "")  # an option without value, as jsonargparse prints it


def command_pages() -> Iterator[tuple[str, str]]:
    """A page for each command, and one with all of them."""
    rows = ["| command | does |", "|---|---|"]
    for command, summary in commands().items():
        page = f"{command.replace(' ', '-')}.md"
        rows.append(f"| [`{command}`]({page}) | {summary} |")
        told, _, examples = help_of(command).partition("\nexamples:\n")
        usage, _, rest = told.partition("\n\n")
        about, _, options = rest.partition("\n\n")
        parts = [WIDE, f"# pointrecon {command}", " ".join(about.split()), *_told_in(command), *_in_python(command)]
        parts += ["## Examples", _block(examples.split("\n\n'pointrecon")[0], "bash"), "## Options", _block(options)]
        yield f"{COMMAND_FOLDER}/{page}", "\n\n".join([*parts, "## Usage", _block(usage)])
    about = (
        "One command for each job; a command is called like its function in [Python](../python/index.md). What is "
        "here is what `pointrecon COMMAND --help` prints. Exit status: 0 done, 1 some runs of an experiment failed, 2 "
        "bad input (one sentence says what, where and what to do), 130 stopped by Ctrl-C, 143 by SIGTERM."
    )
    yield f"{COMMAND_FOLDER}/index.md", "\n\n".join(["# Command line", about, "\n".join(rows)])


def _told_in(command: str) -> list[str]:
    """The pages that show a command, as a line of links, those that begin with it first; none where no page does."""
    found = []
    for page in sorted(path for path in DOCS.glob("*.md") if not path.stem.startswith(("results", "performance"))):
        text = page.read_text(encoding="utf-8")
        if count := len(re.findall(rf"pointrecon {command}(?![\w-])", text)):
            first = re.search(r"^pointrecon (.*)", text, re.MULTILINE)
            begins = first is not None and f"{first[1]} ".startswith(f"{command} ")
            found.append((not begins, -count, f"[{text.partition(chr(10))[0].lstrip('# ')}](../../{page.name})"))
    return [f"See also: {'; '.join(link for *_, link in sorted(found)[:4])}."] if found else []


def _in_python(command: str) -> list[str]:
    """The function that does what a command does, as a line with its link; none where none is called like it."""
    word = command.removeprefix("shapes ").replace("-", "_")
    called = (
        [word] if command == word.replace("_", "-") else [f"{word}_shapes", f"import_{word}", f"{word}_pictures", word]
    )
    rooms = {name: room for room, names in lent().items() for name in names}
    found = next((name for name in called if name in rooms), "")
    link = f"../python/{rooms[found]}.md#pointrecon.{found}" if found else ""
    return [f"In Python: [`pointrecon.{found}`]({link})."] if found else []


def python_pages() -> Iterator[tuple[str, str]]:
    """A page for each room: names of `pointrecon` that live there, what the room lends out besides, what they give."""
    rows = ["| page | names |", "|---|---|"]
    every = lent()
    more = {room: sorted({name for part in lent(room).values() for name in part} - {*every[room]}) for room in every}
    told = {defined("pointrecon", name) for names in every.values() for name in names}
    told |= {defined(f"pointrecon.{room}", name) for room, names in more.items() for name in names}
    for room in _rooms(every):
        names = sorted(every[room], key=str.lower)
        parts = [f"# {_title(room)}"]
        parts += [f"::: pointrecon.{name}\n    options:\n      heading: pointrecon.{name}" for name in names]
        if more[room]:
            parts.append(f"## From pointrecon.{room}\n\n`from pointrecon.{room} import {', '.join(more[room])}`")
            parts += [f"::: {_entry(f'pointrecon.{room}', name)}" for name in more[room]]
        results = {one for name in names for one in given("pointrecon", name)} - told
        told |= results
        parts += ["## What functions return"] if results else []
        parts += [f"::: {one.module}.{one.name}" for one in sorted(results, key=lambda one: one.name)]
        yield f"{PYTHON_FOLDER}/{room}.md", "\n\n".join(parts)
        links = ", ".join(f"[`{name}`]({room}.md#pointrecon.{name})" for name in names)
        rows.append(f"| [{_title(room)}]({room}.md) | {links} |")
    about = (
        "`import pointrecon` is quick: what a name needs is imported when it is first used. Wherever shapes are "
        "wanted, a table, a folder, a file, arrays or several of them will do "
        "([shapes in any form](../../shapes.md#shapes-in-any-form)). Letters for shapes of arrays: B clouds, N points, "
        "G patches, S points per patch, C width, Q queries, V views, M shapes of a collection, D numbers of a vector."
    )
    yield f"{PYTHON_FOLDER}/index.md", "\n\n".join(["# Python", about, "\n".join(rows)])


def _entry(package: str, name: str) -> str:
    """A lent name; where a module is called the same, the place that it comes from."""
    home = defined(package, name)
    return f"{home.module}.{name}" if home.module == f"{package}.{name}" else f"{package}.{name}"


def _rooms(found: Iterable[str]) -> list[str]:
    return sorted(found, key=lambda room: ([*ROOMS].index(room) if room in ROOMS else len(ROOMS), room))


def _title(room: str) -> str:
    return ROOMS.get(room, room.capitalize())


def recipe_page() -> str:
    """All recipes, by command, with what each sets."""
    every = recipes()
    parts = [
        "# Recipes",
        "Settings by name, as `pointrecon recipes` lists them: `--recipe NAME`, and every other option wins over it. "
        "How the paper's tables are made with them: [reproducing](../reproducing.md).",
    ]
    for command in sorted({one.command for one in every}, key=[*ORDER].index):
        parts.append(f"## {command}")
        parts += [_recipe(one) for one in every if one.command == command]
    return "\n\n".join(parts)


def _recipe(one: Recipe) -> str:
    fields = [("paper", one.paper), ("data", one.data), ("published", one.published), ("ours", one.ours)]
    lines = [f"### {one.name}", one.summary, *(f"- {name}: {words}" for name, words in fields if words)]
    if one.run:
        lines += ["", _block(one.run, "bash")]
    every = whole_text(layers(one.path, one.command)).splitlines()
    settings = "\n".join(line for line in every if line.startswith("# base") or not line.startswith("#"))
    indented = "\n".join(f"    {line}" for line in _block(settings, "yaml").splitlines())
    return "\n".join([lines[0], "", lines[1], "", *lines[2:], "", '??? note "What it sets"', "", indented])


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{textwrap.dedent(text.strip(chr(10)).rstrip())}\n```"


def pages() -> dict[str, str]:
    """Every page that is made, by its place in the site."""
    found = dict([*command_pages(), *python_pages()]) | {RECIPES: recipe_page()}
    for name, place in ROOT_PAGES.items():
        found[place] = (DOCS.parent / name).read_text(encoding="utf-8").replace("](docs/", "](")
    return found


def on_config(config: Any) -> Any:
    """Put the pages of commands and rooms into the navigation, behind the page that lists them."""
    config["nav"] = _with_pages(config["nav"])
    return config


def _with_pages(nav: Any) -> Any:
    if isinstance(nav, list):
        return [_with_pages(one) for one in nav]
    if isinstance(nav, dict):
        return {title: _with_pages(one) for title, one in nav.items()}
    if nav == f"{COMMAND_FOLDER}/index.md":
        return [nav, *({name: f"{COMMAND_FOLDER}/{name.replace(' ', '-')}.md"} for name in commands())]
    if nav == f"{PYTHON_FOLDER}/index.md":
        rooms = _rooms(lent())
        return [nav, *({_title(room): f"{PYTHON_FOLDER}/{room}.md"} for room in rooms)]
    return nav


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File

    for place, text in pages().items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links to pages beside docs/ lead to their place in the site."""
    for name, place in ROOT_PAGES.items():
        markdown = markdown.replace(f"](../{name}", f"]({place}")
    return markdown


def on_page_content(html: str, **_: Any) -> str:
    """What Sphinx would make of docstrings' ``:func:`` is plain code here."""
    return re.sub(r":(?:func|class|meth|mod|data):(?=<code>)", "", html)

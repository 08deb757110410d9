"""The site: every page is in its navigation, every link between pages finds its heading, every public name is told."""

import ast
import importlib
import importlib.util
import inspect
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import pointrecon
from pointrecon.recipe import recipes

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("*.md")])
FENCED = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def hook() -> Iterator[ModuleType]:
    """The hook of MkDocs, loaded as that does; it needs none of it to make its pages."""
    spec = importlib.util.spec_from_file_location("reference_pages", DOCS / "reference_pages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture(scope="module")
def made(hook: ModuleType) -> dict[str, str]:
    return hook.pages()


@pytest.fixture(scope="module")
def nav(hook: ModuleType) -> list[str]:
    """The places of all pages in the navigation, in order."""
    settings = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    return _leaves(hook.on_config(settings)["nav"])


def _leaves(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    return [leaf for one in (nav.values() if isinstance(nav, dict) else nav) for leaf in _leaves(one)]


def test_every_page_is_in_the_navigation_once(nav: list[str], made: dict[str, str]) -> None:
    assert {*nav} == {path.name for path in DOCS.glob("*.md")} | {*made}
    assert [place for place, count in Counter(nav).items() if count > 1] == []


def anchors(text: str) -> set[str]:
    """What links to headings say, where GitHub and MkDocs agree on it."""
    found: Counter[str] = Counter()
    for heading in re.findall(r"^#+ +(.*?) *#*$", FENCED.sub("", text), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        on_github = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        plain = words.encode("ascii", "ignore").decode()
        on_site = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip())
        if on_github == on_site:
            found[on_site] += 1
    return {name for name, count in found.items() if count == 1}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """To a file that is there, and a heading that is called so once."""
    text = re.sub(r"(?<!`)`[^`\n]+`(?!`)", "", FENCED.sub("", page.read_text(encoding="utf-8")))
    targets = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'(?:src|href)="([^"]+)"', text)]
    wrong = []
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if file.startswith("reference/"):
            continue  # made at the build, which checks them
        if not path.is_file() or (anchor and anchor not in anchors(path.read_text(encoding="utf-8"))):
            wrong.append(target)
    assert wrong == []


def test_every_public_name_has_one_entry_that_can_be_imported(made: dict[str, str]) -> None:
    entries = [one for text in made.values() for one in re.findall(r"^::: (\S+)", text, re.MULTILINE)]
    assert [name for name, count in Counter(entries).items() if count > 1] == []
    assert {f"pointrecon.{name}" for name in pointrecon.__all__} <= {*entries}
    results = {"pointrecon.retrieval.hits.Hits", "pointrecon.evaluation.Results", "pointrecon.models.ReconModel"}
    assert results <= {*entries}
    for entry in entries:
        found = imported(entry)
        assert not inspect.ismodule(found), f"{entry} is a module"
        assert found.__doc__, f"{entry} has no docstring"


def imported(entry: str) -> Any:
    module, _, name = entry.rpartition(".")
    return getattr(importlib.import_module(module), name)


def test_docstrings_tell_of_arguments_that_there_are(made: dict[str, str]) -> None:
    wrong = []
    for entry in [one for text in made.values() for one in re.findall(r"^::: (\S+)", text, re.MULTILINE)]:
        found = imported(entry)
        own = [member for _, member in inspect.getmembers(found, inspect.isfunction)] if inspect.isclass(found) else []
        for function in [one for one in [found, *own] if callable(one)]:
            told = inspect.cleandoc(function.__doc__ or "").partition("\nArgs:\n")[2].partition("\n\n")[0]
            names = [
                name for line in re.findall(r"^    (?! )([\w*, ]+): ", told, re.MULTILINE) for name in line.split(", ")
            ]
            known = inspect.signature(function).parameters if names else {}
            taken = any(one.kind is one.VAR_KEYWORD for one in known.values())
            wrong += [f"{entry}: {name}" for name in names if name.strip("*") not in known and not taken]
    assert wrong == []


def test_every_command_has_a_page_with_options_and_examples(hook: ModuleType, made: dict[str, str]) -> None:
    assert len(hook.commands()) > 30
    for command in hook.commands():
        page = made[f"reference/commands/{command.replace(' ', '-')}.md"]
        blocks = re.findall(r"```(?:text|bash)\n(.*?)\n```", page, re.DOTALL)
        assert f"pointrecon {command}" in blocks[0], command
        assert blocks[-1].startswith(f"usage: pointrecon {command}"), command
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u200b]", page), command


def test_every_recipe_is_told_with_all_it_sets(made: dict[str, str]) -> None:
    page = made["reference/recipes.md"]
    for one in recipes():
        told = page.split(f"\n### {one.name}\n")[1].split("\n### ")[0]
        block = re.search(r"    ```yaml\n(.*?)\n    ```", told, re.DOTALL)
        assert block, one.name
        assert yaml.safe_load(re.sub(r"^    ", "", block[1], flags=re.MULTILINE)) == (one.settings or None), one.name


@pytest.mark.slow  # some ten seconds
def test_the_site_is_built_and_asks_nobody(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", tmp_path / "site"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pages = [*(tmp_path / "site").rglob("*.html")]
    assert len(pages) > 70
    for page in pages:
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r'<(?:script|img|iframe|source)[^>]*\ssrc="([^"]+)"', text)
        fetched += re.findall(r'<link[^>]*rel="(?:stylesheet|icon|preconnect)"[^>]*href="([^"]+)"', text)
        assert [one for one in fetched if "//" in one] == [], page


def messages() -> list[str]:
    """Every text of the source, with "…" where a value is put in."""
    found = []
    for path in Path(pointrecon.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


def test_errors_that_are_explained_are_said() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", (DOCS / "troubleshooting.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 25
    every = messages()
    for row in rows:
        parts = [re.escape(part.strip()) for part in row.split("…") if part.strip()]
        pattern = re.compile(".*".join(parts), re.DOTALL)
        assert any(pattern.search(one) for one in every), row


@pytest.mark.parametrize(("page", "least"), [("index.md", 6), ("compared.md", 10)])
def test_figures_stand_where_the_page_points(page: str, least: int) -> None:
    row = re.compile(r"^\| .* \| (.*) \(\[(.*)\]\((\S+\.md)#\S+\)\) \|$", re.MULTILINE)
    rows = row.findall((DOCS / page).read_text(encoding="utf-8"))
    assert len(rows) >= least
    for told, _, source in rows:
        text = (DOCS / source).read_text(encoding="utf-8")
        assert [number for number in re.findall(r"\d[\d.,]*\d|\d", told) if number not in text] == [], told


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_pages_look_alike_in_the_repository_and_on_the_site(page: Path) -> None:
    """The site's Markdown wants a blank line before a list or table, and four spaces before what is inside one."""
    wrong, before, fenced = [], "", False
    for line in page.read_text(encoding="utf-8").splitlines():
        shallow = re.match(r" {1,3}(```|\||- |\d+\. )", line)
        begins = re.match(r"(- |\d+\. |\|)", line) and before.strip() and not re.match(r"- |\d+\. |\||  ", before)
        if not fenced and (shallow or begins):
            wrong.append(line)
        fenced ^= line.lstrip().startswith("```")
        before = line
    assert wrong == []

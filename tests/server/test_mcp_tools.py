"""The tools for language models, asked by a client in this process."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from pointrecon.cli.main import main
from pointrecon.server.mcp_tools import make_tools
from served import block, folder_of_blocks, serve_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_blocks(tmp_path_factory.mktemp("tools") / "parts")


@pytest.fixture(scope="module")
def served(folder: Path) -> Any:
    return serve_folder(folder)


def ask(served: Any, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """What tools answer: their content, or the text of an error."""

    async def talk() -> list[Any]:
        async with Client(make_tools(served)) as client:
            answers = [await client.call_tool(name, arguments) for name, arguments in calls]
        return [a.content[0].text if a.is_error else json.loads(a.content[0].text) for a in answers]

    return anyio.run(talk)


def test_every_tool_is_described(served: Any) -> None:
    async def listed() -> Any:
        async with Client(make_tools(served)) as client:
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in anyio.run(listed)}
    assert set(tools) == {"search_shapes", "find_duplicates", "name_shapes", "describe_shape", "describe_collection"}
    for tool in tools.values():
        assert tool.description
        assert tool.annotations.read_only_hint
        assert all("description" in field for field in tool.input_schema["properties"].values())


def test_answers_are_those_of_the_collection(served: Any, folder: Path) -> None:
    (folder / "new.stl").write_bytes(block((9, 1, 1), turned=1.0))
    found, by_file, double, told, every = ask(
        served,
        ("search_shapes", {"like": "rods/long", "where": "class = 'rods'", "top": 2}),
        ("search_shapes", {"like": "new.stl", "top": 2}),
        ("find_duplicates", {"kinds": ["same-file"]}),
        ("describe_shape", {"shape": "dice/one"}),
        ("describe_collection", {}),
    )
    assert found == json.loads(json.dumps(served.search("rods/long", where="class = 'rods'", top=2)))
    assert isinstance(by_file, dict), by_file
    assert by_file["query"] == "shapes like 'new.stl'"
    assert {hit["kind"] for hit in by_file["hits"]} == {"identical"}
    assert (double["kinds"], double["groups_in_all"]) == ({"same-file": 1}, 1)
    assert told["source"] == "dice/one.stl"
    assert every["collection"]["shapes"] == 6


def test_no_file_outside_the_folder_is_read(served: Any, folder: Path) -> None:
    (folder.parent / "outside.stl").write_bytes(block((1, 2, 3)))
    (folder / "link.stl").symlink_to(folder.parent / "outside.stl")
    names = ("../outside.stl", str(folder.parent / "outside.stl"), "link.stl", "/etc/hostname", "a\0.stl", "x" * 5000)
    for told in ask(served, *(("search_shapes", {"like": name}) for name in names)):
        assert "neither a file nor an id of the collection" in told
    for told in ask(served, *(("describe_shape", {"shape": name}) for name in names)):
        assert "neither a file nor an id of the collection" in told


def test_bad_input_is_a_sentence(served: Any) -> None:
    empty, condition, unnamed = ask(
        served,
        ("search_shapes", {}),
        ("search_shapes", {"like": "rods/long", "where": "volum < 3"}),
        ("name_shapes", {"names": []}),
    )
    assert "nothing is asked for" in empty
    assert "did you mean 'volume'?" in condition
    assert "no names" in unnamed


def test_arguments_that_a_tool_lacks_are_refused(served: Any) -> None:
    unknown, other, several, missing, many = ask(
        served,
        ("search_shapes", {"like": "rods/long", "tops": 1}),
        ("describe_collection", {"verbose": True}),
        ("search_shapes", {"words": ["a rod"]}),
        ("describe_shape", {}),
        ("search_shapes", {"like": "rods/long", "top": 1000}),
    )
    assert unknown == "search_shapes has no argument 'tops'; did you mean 'top'?"
    assert other == "describe_collection has no argument 'verbose'; there are none"
    assert several == "search_shapes: 'words': input should be a valid string"
    assert missing == "describe_shape: 'shape': field required"
    assert many == "search_shapes: 'top': input should be less than or equal to 100"


def test_data_that_is_not_there_is_told_before(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["mcp", str(tmp_path / "none")]) == 2
    assert "there are no shapes at" in capsys.readouterr().err

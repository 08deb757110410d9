"""A collection as tools for language models: Model Context Protocol over standard input and output."""

import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from pointrecon import __version__
from pointrecon.errors import InputError, did_you_mean
from pointrecon.readable import printable
from pointrecon.screen import say
from pointrecon.server.refusals import NotThere
from pointrecon.server.served_collection import ServedCollection
from pointrecon.server.uploads import Upload

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

MOST = 100  # rows of an answer: a model reads all of it
_ABOUT = """Search a folder of 3D shapes (CAD parts, meshes, scans). Shapes are told by their id, such as "valves/v1", \
or by the path of a file inside the folder. Begin with describe_collection. Similarities are in per cent; "kind" and \
"evidence" say what a hit is of the shape that was asked with, such as identical, mirrored or rescaled."""

Like = Annotated[str, Field(description="a shape to be like: its id, or a file's path inside the collection's folder")]
Words = Annotated[str, Field(description='what to look for, such as "a hex bolt"')]
Where = Annotated[
    str, Field(description="only shapes that this is true of, such as class = 'valve' and volume < 3; see columns")
]


def make_tools(served: ServedCollection) -> "MCPServer[Any]":
    """A server of the tools, to be run over any transport."""
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import ToolAnnotations

    class Tools(MCPServer[Any]):
        async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
            """The answer; ToolError in one sentence for arguments that the tool lacks, or of a wrong type."""
            schemas = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
            for given in arguments if name in schemas else ():
                if given not in schemas[name]:
                    known = did_you_mean(given, schemas[name], f"there are {', '.join(schemas[name]) or 'none'}")
                    raise ToolError(f"{name} has no argument '{printable(given[:60])}'; {known}")
            try:
                return await super().call_tool(name, arguments, context)
            except ToolError as error:
                if not isinstance(error.__cause__, ValidationError):
                    raise
                first = error.__cause__.errors()[0]
                argument = ".".join(str(part) for part in first["loc"])
                raise ToolError(f"{name}: '{argument}': {first['msg'][0].lower()}{first['msg'][1:]}") from error

    tools: MCPServer[Any] = Tools("pointrecon", instructions=_ABOUT, version=__version__, log_level="ERROR")
    how = ToolAnnotations(read_only_hint=True, open_world_hint=False)

    def tool(function: Callable[..., Any]) -> None:
        tools.tool(annotations=how)(_told(function))

    def search_shapes(
        like: Like = "",
        words: Words = "",
        where: Where = "",
        size: Annotated[str, Field(description="per cent of the size of like, such as 90-110")] = "",
        top: Annotated[int, Field(description="hits at most", ge=1, le=MOST)] = 10,
    ) -> dict[str, Any]:
        """The shapes most like another one, like words, or both; copies come first, in whatever pose or size."""
        id, upload = _shape(served, like) if like else ("", None)
        return served.search(
            [id] if id else [], upload, words=words or (), where=where or None, size=size or None, top=top
        )

    def find_duplicates(
        kinds: Annotated[
            list[str], Field(description="of same-file, identical, rescaled, mirrored, remeshed, variant; all if empty")
        ] = [],  # noqa: B006
        top: Annotated[int, Field(description="groups at most", ge=1, le=MOST)] = 20,
    ) -> dict[str, Any]:
        """Groups of files that are copies or variants of one another, with which to keep; deletes nothing.

        The first call takes minutes for thousands of shapes.
        """
        found = served.duplicates(**({"kinds": kinds} if kinds else {}))
        groups = [
            [{key: value for key, value in row.items() if key != "details"} for row in group[:MOST]]
            for group in found["groups"][:top]
        ]
        return {**found, "groups": groups, "groups_in_all": len(found["groups"])}

    def name_shapes(
        names: Annotated[list[str], Field(description='names to choose from, synonyms behind "|": "hex bolt | bolt"')],
        ids: Annotated[list[str], Field(description="which shapes; all of the collection if empty")] = [],  # noqa: B006
        threshold: Annotated[float, Field(description="what is less sure is unknown, 0 to 1")] = 0.0,
    ) -> dict[str, Any]:
        """Which of some names fits each shape best, how sure that is, and the second best; needs no labels."""
        found = served.name(names, ids, threshold=threshold)
        rows = found["shapes"]
        more = [f"the first {MOST} of {len(rows)} shapes are told: name ids"] if len(rows) > MOST else []
        return {"shapes": rows[:MOST], "notes": [*found["notes"], *more]}

    def describe_shape(
        shape: Annotated[str, Field(description="its id, or a file's path inside the collection's folder")],
    ) -> dict[str, Any]:
        """All that is known of one shape: file, class, format, unit, extents, area, volume, triangles, bodies ..."""
        return served.shape(*_shape(served, shape))

    def describe_collection() -> dict[str, Any]:
        """What the collection holds: how many shapes, classes, formats, units; the columns for conditions."""
        return served.about()

    for function in (search_shapes, find_duplicates, name_shapes, describe_shape, describe_collection):
        tool(function)
    return tools


def run_tools(data: Any, *, progress: bool = True, **how: Any) -> None:
    """Serve the tools on standard input and output until the client closes them.

    The collection is opened meanwhile, as clients do not wait long for a server to begin.

    Args:
        data, how: as for `ServedCollection`. progress: tell on standard error what is read.

    Raises:
        InputError: nothing is at the path of the data.
    """
    if isinstance(data, str | Path) and "://" not in str(data) and not Path(data).exists():
        raise InputError(f"there are no shapes at {data}: check the path")
    served = ServedCollection(data, progress=progress, **how)

    def begin() -> None:
        try:
            index = served.index()
            say(f"{index.columns.name}: ready", file=sys.stderr)
        except InputError as error:
            say(f"pointrecon: {printable(str(error))}", file=sys.stderr)

    import anyio
    from mcp.server.stdio import stdio_server

    tools = make_tools(served)

    async def talk() -> None:
        async with stdio_server() as (receive, send):
            with redirect_stdout(sys.stderr):  # what is printed by chance is none of the protocol
                threading.Thread(target=begin, daemon=True).start()
                low = tools._lowlevel_server
                await low.run(receive, send, low.create_initialization_options())

    anyio.run(talk)


def _shape(served: ServedCollection, name: str) -> tuple[str, Upload | None]:
    """The id of a shape, else a file of the collection's folder by that path; NotThere for none."""
    try:
        return served.id_of(name), None
    except NotThere:
        if (path := served.file_inside(name)) is None:
            raise
        return "", Upload(path, name, sent=False)


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with bad input told as a tool's error, in the one sentence that it is."""
    from functools import wraps

    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(function)
    def tool(*args: Any, **values: Any) -> Any:
        try:
            return function(*args, **values)
        except InputError as error:
            raise ToolError(printable(str(error))) from error

    return tool

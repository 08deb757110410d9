"""The HTTP API of a collection, and the files of its page. Answers are made in `ServedCollection`."""

import sys
from importlib.resources import files
from typing import Annotated, Any, get_origin

from fastapi import Depends, FastAPI, File, Form, Query, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from starlette.exceptions import HTTPException

from pointrecon import __version__
from pointrecon.errors import InputError, did_you_mean
from pointrecon.readable import printable
from pointrecon.screen import say
from pointrecon.server.guard import FAULT
from pointrecon.server.refusals import status_of
from pointrecon.server.served_collection import ServedCollection
from pointrecon.server.uploads import kept

_PAGES = {
    "/": ("search.html", "text/html"), "/docs": ("docs.html", "text/html"), "/icon.svg": ("icon.svg", "image/svg+xml"),
    **{f"/{name}": (name, "text/javascript") for name in ("search.js", "solid_view.js", "docs.js")},
    "/server.css": ("server.css", "text/css"),
}  # fmt: skip
_ABOUT = """Search a collection of 3D shapes by shapes, words and conditions; find copies; name shapes by words.
Errors are `{"error": "one sentence"}`: 400 for what makes no sense, 401 without the token, 404 for what is not there,
413 for too much, 422 for a file that cannot be read or a value of a wrong type."""

Where = Annotated[str | None, Query(description="a condition, such as class = 'valve' and volume < 3")]
Id = Annotated[str, Query(description="the id of a shape, or the end of it behind a slash")]
Upload = Annotated[UploadFile | None, File(description="a shape: STEP, STL, OBJ, PLY, GLB, 3MF, LAS ...")]
Ids = Annotated[list[str], Form(description="ids of shapes of the collection")]
Texts = Annotated[list[str], Form()]
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_NO_FORM = "what was sent is no form: send fields as multipart/form-data, as 'curl -F file=@part.stl -F top=5' does"


async def _known_fields(request: Request) -> None:
    """InputError for what would be left unheard: fields unknown, or sent twice and taken once; bodies of no form."""
    own = request.scope["route"].dependant
    known = {field.alias: field.field_info.annotation for field in (*own.query_params, *own.body_params)}
    sent = [name for name, _ in request.query_params.multi_items()]
    if request.method == "POST":
        if request.headers.get("content-type", "").startswith(_FORMS):
            sent += [name for name, _ in (await request.form()).multi_items()]
        elif await request.body():
            raise InputError(_NO_FORM)
    for name in sent:
        if name not in known and not name.isprintable():  # a file that was sent as it is, which curl calls a form
            raise InputError(_NO_FORM)
        if name not in known:
            told = did_you_mean(name, known, f"there are {', '.join(sorted(known))}" if known else "there are none")
            raise InputError(f"there is no field '{printable(name[:60])}' here; {told}")
        if sent.count(name) > 1 and get_origin(known[name]) is not list:
            raise InputError(
                f"the field '{name}' is sent {sent.count(name)} times, and one is taken: ask once for each"
            )


def make_app(served: ServedCollection) -> FastAPI:
    """The application, for any ASGI server; see `serve` for one with a guard before it."""
    app = FastAPI(
        title="pointrecon", version=__version__, description=_ABOUT, docs_url=None, redoc_url=None,
        dependencies=[Depends(_known_fields)],
    )  # fmt: skip
    _tell_errors(app)
    _add_pages(app)
    _add_questions(app, served)
    _add_shapes(app, served)
    return app


def _add_questions(app: FastAPI, served: ServedCollection) -> None:
    @app.get("/api/search", summary="Shapes like others, or like words")
    def search(
        like: Annotated[list[str], Query(description="ids to be like")] = [],  # noqa: B006
        words: Annotated[list[str], Query(description="phrases to be like")] = [],  # noqa: B006
        not_like: Annotated[list[str], Query(description="ids to be unlike")] = [],  # noqa: B006
        not_words: Annotated[list[str], Query(description="phrases to be unlike")] = [],  # noqa: B006
        where: Where = None,
        size: Annotated[str | None, Query(description="per cent of the size of the one shape, such as 90-110")] = None,
        above: Annotated[float | None, Query(description="least similarity, 0 to 1")] = None,
        top: Annotated[int | None, Query(description="at most so many hits (10; with above all)")] = None,
        exact: Annotated[bool, Query(description="every vector is compared, where a large table has an index")] = False,
        evidence: Annotated[str, Query(description="copies, all or false")] = "copies",
    ) -> Any:
        """As `pointrecon search --json`: the query, notes, and hits with similarity and what each is of the query."""
        return served.search(
            like, words=words, not_like=not_like, not_words=not_words, where=where, size=size, above=above, top=top,
            exact=exact, evidence=evidence,
        )  # fmt: skip

    @app.post("/api/search", summary="Shapes like a file that is sent")
    def search_by_file(
        file: Upload = None,
        like: Ids = [],  # noqa: B006
        words: Texts = [],  # noqa: B006
        not_like: Ids = [],  # noqa: B006
        not_words: Texts = [],  # noqa: B006
        where: Annotated[str | None, Form()] = None,
        size: Annotated[str | None, Form()] = None,
        above: Annotated[float | None, Form()] = None,
        top: Annotated[int | None, Form()] = None,
        exact: Annotated[bool, Form()] = False,
        evidence: Annotated[str, Form()] = "copies",
    ) -> Any:
        """The same with a file to be like (multipart/form-data); the file is forgotten afterwards."""
        asked: dict[str, Any] = {
            "words": words, "not_like": not_like, "not_words": not_words, "where": where, "size": size,
            "above": above, "top": top, "exact": exact, "evidence": evidence,
        }  # fmt: skip
        if file is None:
            return served.search(like, **asked)
        with kept(file.file, file.filename) as upload:
            return served.search(like, upload, **asked)

    @app.get("/api/duplicates", summary="Files that are copies or variants of one another")
    def duplicates(
        kinds: Annotated[str, Query(description="with commas between; all when left out")] = "",
        min_similarity: float = 0.8,
        neighbors: int = 5,
    ) -> Any:
        """As `pointrecon duplicates --json`. The first call takes long: some minutes for thousands of shapes."""
        asked = {"kinds": [one.strip() for one in kinds.split(",") if one.strip()]} if kinds.strip() else {}
        return served.duplicates(**asked, min_similarity=min_similarity, neighbors=neighbors)

    @app.post("/api/name", summary="Names for shapes, among given words")
    def name(
        names: Annotated[list[str], Form(description="one each, with synonyms behind |")] = [],  # noqa: B006
        file: Upload = None,
        id: Ids = [],  # noqa: B006
        threshold: Annotated[float, Form(description="what is less sure is 'unknown', 0 to 1")] = 0.0,
    ) -> Any:
        """As `pointrecon name --json`, of a file, of shapes by their ids, or of all of the collection."""
        if file is None:
            return served.name(names, id, threshold=threshold)
        with kept(file.file, file.filename) as upload:
            return served.name(names, upload=_alone(upload, id), threshold=threshold)

    @app.post("/api/embed", summary="The vector of a file, or of shapes of the collection")
    def embed(file: Upload = None, id: Ids = []) -> Any:  # noqa: B006
        """Raw vectors by the names that they have in tables, a row for each shape."""
        if file is None:
            return served.embed(id)
        with kept(file.file, file.filename) as upload:
            return served.embed(upload=_alone(upload, id))


def _add_shapes(app: FastAPI, served: ServedCollection) -> None:
    @app.get("/api/shapes", summary="The shapes of the collection, some at a time")
    def shapes(
        start: int = 0,
        count: Annotated[int, Query(description="500 at most")] = 50,
        where: Where = None,
        text: Annotated[str, Query(description="in the id or the class")] = "",
    ) -> Any:
        """As `pointrecon shapes info --files --json`, with how many there are and how many were found."""
        return served.shapes(start, count, where, text)

    @app.get("/api/shape", summary="All that is known of one shape")
    def shape(id: Id, points: bool = False) -> Any:
        """Format, unit, extents, area, volume, faces and so on; with points also its cloud, for a 3D view."""
        return served.shape(id, points=points)

    @app.post("/api/shape", summary="All that is known of a file that is sent")
    def shape_of_file(file: Annotated[UploadFile, File()], points: Annotated[bool, Form()] = False) -> Any:
        """The same of a file."""
        with kept(file.file, file.filename) as upload:
            return served.shape(upload=upload, points=points)

    @app.get("/api/picture", summary="A picture of a shape", response_class=Response)
    def picture(id: Id, size: int = 160, revision: int = 0) -> Any:
        """A PNG with a transparent ground. `revision` is what browsers keep it under."""
        made = served.thumbnail(id, size)
        keep = "private, max-age=86400" if revision == served.revision else "no-cache"
        return Response(made, media_type="image/png", headers={"cache-control": keep})

    @app.get("/api/file", summary="The file that a shape was read from", response_class=FileResponse)
    def original(id: Id) -> Any:
        """As it lies in the collection's folder; 404 where it is gone or was changed since."""
        path = served.original(id)
        return FileResponse(path, filename=path.name, media_type="application/octet-stream")

    @app.post("/api/refresh", summary="Read new and changed files of the folder")
    def refresh() -> Any:
        """As every command does at its start. Tables that others change are followed without this."""
        return served.refresh()

    @app.get("/api/about", summary="What is served: collection, model, columns, formats")
    def about() -> Any:
        """`changed`: the folder has other files than were read, see refresh. `unreadable`: how many failed."""
        return served.about()

    @app.get("/api/health", summary="Whether the server answers")
    def health() -> Any:
        """Asks for no token."""
        return {"status": "ok", "pointrecon": __version__}


def _alone(upload: Any, ids: list[str]) -> Any:
    if ids:
        raise InputError("a file and ids are both given: ask for one of them")
    return upload


def _add_pages(app: FastAPI) -> None:
    for path, (name, kind) in _PAGES.items():
        app.get(path, include_in_schema=False)(_file(name, kind))

    @app.get("/page.css", include_in_schema=False)
    def page_css() -> Response:
        from pointrecon.reports.page import asset

        return Response(asset("page.css"), media_type="text/css", headers={"cache-control": "no-cache"})


def _file(name: str, kind: str) -> Any:
    def give() -> Response:
        content = files("pointrecon.server").joinpath("pages", name).read_bytes()
        return Response(content, media_type=kind, headers={"cache-control": "no-cache"})

    return give


def _tell_errors(app: FastAPI) -> None:
    def told(status: int, sentence: str) -> JSONResponse:
        return JSONResponse({"error": printable(sentence)}, status)

    @app.exception_handler(InputError)
    def refused(request: Request, error: InputError) -> JSONResponse:
        return told(status_of(error), str(error))

    @app.exception_handler(OSError)
    def disk(request: Request, error: OSError) -> JSONResponse:
        say(f"{request.url.path}: {error}", file=sys.stderr)
        return told(507, f"the server cannot read or write its files: {error.strerror or type(error).__name__}")

    @app.exception_handler(Exception)
    def fault(request: Request, error: Exception) -> JSONResponse:
        return told(500, FAULT)  # it is raised again, and `Guard` tells it on the screen

    @app.exception_handler(HTTPException)
    def not_found(request: Request, error: HTTPException) -> JSONResponse:
        where = f"{request.method} {request.url.path[:100]}"
        known = {404: f"there is nothing at {where}: see /docs", 405: f"{where} is not answered: see /docs"}
        return told(error.status_code, known.get(error.status_code, str(error.detail)))

    @app.exception_handler(RequestValidationError)
    def wrong_type(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field, given = str(first["loc"][-1]), first.get("input")
        if first["type"] == "missing":
            return told(422, f"the field '{field}' is missing: see /docs")
        value = repr(given)[:60] if isinstance(given, str | int | float) else "what was sent"
        return told(422, f"the field '{field}' is {value}: {first['msg'][0].lower()}{first['msg'][1:]}")

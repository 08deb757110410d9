"""The HTTP API: the commands' answers, the commands' sentences, and nothing of a client's that is believed."""

import io
import json
import re
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import pointrecon
from served import SIZES, block, folder_of_blocks, guarded, serve_folder
from standin import StandIn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

OUTSIDE = b"""{"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
"meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}], "buffers":
[{"uri": "../../../etc/passwd", "byteLength": 36}],
"bufferViews": [{"buffer": 0, "byteLength": 36}],
"accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}]}"""
COPY = "application/octet-stream"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_blocks(tmp_path_factory.mktemp("served") / "parts")


@pytest.fixture(scope="module")
def served(folder: Path) -> Any:
    return serve_folder(folder)


@pytest.fixture(scope="module")
def api(served: Any) -> TestClient:
    return TestClient(guarded(served))


def sent(content: bytes, name: str = "x.stl") -> dict[str, Any]:
    return {"file": (name, content, COPY)}


def test_a_search_answers_as_the_command(api: TestClient, folder: Path, tmp_path: Path) -> None:
    asked = {"top": 3, "where": "class <> 'dice'"}
    hits = pointrecon.search(folder, "rods/long", model=StandIn(), poses="given", progress=False, **asked)
    found = api.get("/api/search", params={"like": "rods/long", **asked})
    assert found.status_code == 200
    assert found.json() == json.loads(json.dumps(hits.summary()))
    file = tmp_path / "turned.stl"
    file.write_bytes(block(SIZES["plates/wide"], turned=0.7))
    hits = pointrecon.search(folder, file, model=StandIn(), poses="given", progress=False)
    by_file = api.post("/api/search", files=sent(file.read_bytes(), "turned.stl")).json()
    assert by_file["hits"] == json.loads(json.dumps(hits.rows()))
    assert by_file["query"] == "shapes like 'turned.stl'"
    assert by_file["hits"][0]["id"] == "plates/wide"
    assert by_file["hits"][0]["kind"] == "identical"


def test_words_and_shapes_together(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"wide": [1.0, 0, 0], "tall": [0, 1.0, 0]}
    told = SimpleNamespace(name="words", width=3, info={}, encode=lambda texts: torch.tensor([known[t] for t in texts]))
    monkeypatch.setattr("pointrecon.teachers.loading.load_text_teacher", lambda *_, **__: told)
    monkeypatch.setattr("pointrecon.teachers.templates.RELEASED_TEMPLATES", ("{}",))
    found = api.get("/api/search", params={"words": "wide", "like": "dice/one", "top": 2})
    assert found.json()["query"] == "shapes like 'dice/one', words 'wide'"
    assert len(found.json()["hits"]) == 2


def test_duplicates_answer_as_the_command_and_are_kept(api: TestClient, folder: Path) -> None:
    asked: dict[str, Any] = {"model": StandIn(), "poses": "given", "progress": False}
    found = pointrecon.duplicates(folder, kinds=["same-file"], **asked).summary()
    assert found["kinds"] == {"same-file": 1}
    for _ in range(2):
        assert api.get("/api/duplicates?kinds=same-file").json() == json.loads(json.dumps(found))
    assert "did you mean 'mirrored'" in api.get("/api/duplicates?kinds=miror").json()["error"]


def test_shapes_are_listed_and_told(api: TestClient, folder: Path) -> None:
    listed = api.get("/api/shapes", params={"where": "class = 'rods'", "count": 2}).json()
    assert (listed["shapes"], listed["found"]) == (6, 3)
    assert [row["id"] for row in listed["rows"]] == ["rods/copy", "rods/long"]
    rest = api.get("/api/shapes", params={"where": "class = 'rods'", "count": 2, "start": 2}).json()
    assert [row["id"] for row in rest["rows"]] == ["rods/short"]
    assert [row["id"] for row in api.get("/api/shapes?text=DIE").json()["rows"]] == []
    assert [row["id"] for row in api.get("/api/shapes?text=Dice").json()["rows"]] == ["dice/one"]
    one = api.get("/api/shape", params={"id": "dice/one", "points": True}).json()
    assert (one["source"], one["format"]) == ("dice/one.stl", "stl")
    assert np.abs(np.linalg.norm(one["points"], axis=1).max() - 1) < 0.01
    same = api.post("/api/shape", files=sent(block((2, 3, 4)), "new.stl"), data={"points": "true"}).json()
    assert (same["id"], same["source"], len(same["points"])) == ("new.stl", "new.stl", 2048)
    assert api.get("/api/picture?id=dice/one&size=64").content.startswith(b"\x89PNG")
    assert api.get("/api/file?id=dice/one").content == (folder / "dice/one.stl").read_bytes()
    told = api.get("/api/about").json()
    assert (told["collection"]["shapes"], told["model"]) == (6, "StandIn")
    assert str(folder.parent) not in json.dumps(told)


def test_vectors_are_those_of_the_table(api: TestClient, served: Any) -> None:
    found = api.post("/api/embed", data={"id": ["rods/short", "dice/one"]}).json()
    (name, rows), *_ = found["vectors"].items()
    shapes = served.index().shapes
    ids = list(shapes.ids())
    stored = shapes.read(np.array([ids.index(id) for id in found["ids"]]), features=[name]).features[name][:, 0]
    np.testing.assert_allclose(rows, stored, rtol=1e-3)  # float16
    by_file = api.post("/api/embed", files=sent(block(SIZES["rods/short"]))).json()["vectors"][name]
    np.testing.assert_allclose(by_file[0], rows[0], rtol=1e-5)


def test_many_at_once_get_what_one_gets(api: TestClient) -> None:
    def ask(number: int) -> Any:
        if number % 3 == 0:
            return api.post("/api/search", files=sent(block((number % 4 + 1.5, 2, 1)))).json()
        if number % 3 == 1:
            return api.get("/api/search", params={"like": list(SIZES)[number % 6], "evidence": "all"}).json()
        return api.get("/api/picture", params={"id": list(SIZES)[number % 6]}).content

    alone = [ask(number) for number in range(9)]
    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(ask, range(9))) == alone


def test_a_table_that_others_change_is_followed(tmp_path: Path) -> None:
    folder = folder_of_blocks(tmp_path / "parts")
    api = TestClient(guarded(serve_folder(folder)))
    assert api.get("/api/about").json()["changed"] is False
    folder_of_blocks(folder, {"dice/two": (2, 2, 2.5)})
    assert api.get("/api/about").json()["changed"] is True
    assert api.get("/api/shapes").json()["shapes"] == 6
    assert api.post("/api/refresh").json() == {"before": 6, "shapes": 7}
    assert api.get("/api/about").json()["changed"] is False
    folder_of_blocks(folder, {"dice/three": (2, 2, 2.75)})
    pointrecon.search(folder, "dice/two", model=StandIn(), poses="given", progress=False)  # another program
    assert api.get("/api/search?like=dice/three").json()["hits"][0]["id"] == "dice/three"
    (folder / "dice/three.stl").write_bytes(block((1, 1, 1)))
    assert api.get("/api/file?id=dice/three").status_code == 404


def test_what_could_not_be_read_is_counted(tmp_path: Path) -> None:
    folder = folder_of_blocks(tmp_path / "parts")
    assert TestClient(guarded(serve_folder(folder))).get("/api/about").json()["unreadable"] == 0
    (folder / "empty.stl").write_bytes(b"")
    (folder / "odd, name\n.stl").write_bytes(b"x")
    api = TestClient(guarded(serve_folder(folder)))
    assert api.get("/api/about").json()["unreadable"] == 2
    (folder / "empty.stl").write_bytes(block((3, 1, 1)))
    api.post("/api/refresh")
    assert api.get("/api/about").json()["unreadable"] == 1


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/search", 400, "nothing is asked for: give a shape to be like, words, or a condition"),
        ("/api/search?like=rods/lnog", 404, "did you mean 'rods/long'?"),
        ("/api/search?like=/etc/hostname", 404, "neither a file nor an id"),
        ("/api/search?like=rods/long&where=volum<3", 400, "did you mean 'volume'?"),
        ("/api/search?like=rods/long&top=0", 400, "top must be at least 1"),
        ("/api/search?like=rods/long&top=many", 422, "the field 'top' is 'many'"),
        ("/api/search?like=rods/long&tops=3", 400, "there is no field 'tops' here; did you mean 'top'?"),
        ("/api/search?like=rods/long&evidence=some", 400, "there is no evidence 'some'"),
        ("/api/shape", 422, "the field 'id' is missing"),
        ("/api/shape?id=rods/none", 404, "neither a file nor an id"),
        ("/api/picture?id=rods/long&size=100000", 400, "32 to 512 pixels"),
        ("/api/file?id=../served.py", 404, "neither a file nor an id"),
        ("/api/shapes?count=100000", 400, "ask for 500 at most"),
        ("/api/nothing", 404, "see /docs"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(api: TestClient, path: str, status: int, words: str) -> None:
    found = api.get(path)
    assert found.status_code == status
    assert list(found.json()) == ["error"]
    assert words in found.json()["error"]
    assert "\n" not in found.json()["error"]


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open("a.npy", "w") as member,
    ):
        np.lib.format.write_array_header_1_0(member, {"descr": "<f4", "fortran_order": False, "shape": (30_000_000, 3)})
        for _ in range(90):
            member.write(bytes(4_000_000))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.stl", b"x", "x.stl"),
        ("x.stl", b"", "x.stl is an empty file"),
        ("../../x.stl", b"solid", "x.stl"),
        ("x.exe", b"MZ", "'x.exe' is of no format that is read"),
        ("", block((1, 2, 3)), None),
        ("..", b"x", "is of no format"),
        ("list.csv", b"path,label\n/etc/hostname,a\n", "'list.csv' is a list of other files"),
        ("x.gltf", OUTSIDE, "'../../../etc/passwd', which it names, lies outside"),
        ("bomb.npz", None, "bomb.npz"),
    ],
)  # fmt: skip
def test_files_that_are_no_shapes(api: TestClient, name: str, content: bytes | None, words: str | None) -> None:
    found = api.post("/api/search", files=sent(zip_bomb() if content is None else content, name))
    assert found.status_code == 422
    if words:
        assert words in found.json()["error"]
    assert not re.search(r"/tmp|upload-|\.\./\.\./x", found.json()["error"])


def test_what_would_be_left_unheard_is_refused(api: TestClient) -> None:
    stl = block(SIZES["dice/one"])
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body in ({"json": {"words": ["a rod"]}}, {"content": stl}, {"content": stl, "headers": form}):
        found = api.post("/api/search", **body)
        assert (found.status_code, "is no form" in found.text) == (400, True), found.text
    twice = api.post("/api/search", files=[("file", ("a.stl", stl, COPY)), ("file", ("b.stl", stl, COPY))])
    assert (twice.status_code, "'file' is sent 2 times" in twice.text) == (400, True), twice.text
    found = api.get("/api/search?like=rods/long&top=1&top=2")
    assert (found.status_code, "'top' is sent 2 times" in found.text) == (400, True)
    assert api.get("/api/search?like=rods/long&like=dice/one").status_code == 200
    assert api.post("/api/refresh").status_code == 200


def test_a_good_file_of_a_bad_name(api: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = api.post("/api/search", files=sent(block(SIZES["dice/one"]), "../\x1b[31m../../evil.stl"))
    assert found.status_code == 200
    assert found.json()["query"] == "shapes like 'dice/one'"  # the same to the byte
    assert list(tmp_path.iterdir()) == []


def test_too_much_is_refused(served: Any) -> None:
    api = TestClient(guarded(served, most=2000))
    assert api.post("/api/search", files=sent(b"x" * 3000)).status_code == 413
    boundary = b"--b\r\nContent-Disposition: form-data; name=file; filename=x.stl\r\n\r\n"

    def unsaid() -> Any:
        yield boundary
        for _ in range(100):
            yield b"y" * 100

    found = api.post("/api/search", content=unsaid(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert found.status_code == 413
    assert "--max-upload" in found.json()["error"]


def test_a_token_is_asked_for(served: Any) -> None:
    api = TestClient(guarded(served, token="a long secret"), follow_redirects=False)
    assert api.get("/api/health").status_code == 200
    for path in ("/", "/docs", "/openapi.json", "/api/shapes", "/api/picture?id=dice/one", "/?token=another"):
        assert api.get(path).status_code == 401, path
    assert api.get("/api/shapes?token=a+long+secret").status_code == 401  # in no address but the first
    for wrong in ("", "Bearer", "Bearer no", "Basic a long secret", "Bearer a long secre\xe9".encode("latin-1")):
        assert api.get("/api/shapes", headers={"authorization": wrong}).status_code == 401
    for address, told in (
        ("/?token=another", "That token is another"),
        ("/api/shapes?token=another", "token is another"),
    ):
        assert told in api.get(address).text
    for address in ("/", "/api/shapes", "/api/shapes?token=a+long+secret"):  # the last is the right one, misplaced
        assert "is another" not in api.get(address).text
    assert api.get("/api/shapes", headers={"authorization": "Bearer a long secret"}).status_code == 200
    first = api.get("/", params={"token": "a long secret"})
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert "HttpOnly; SameSite=Strict" in first.headers["set-cookie"]
    assert api.get("/api/shapes").status_code == 200  # by the cookie
    api.cookies.clear()
    assert api.get("/api/shapes", headers={"cookie": "pointrecon_token=;;=\x01"}).status_code == 401


def test_pages_of_others_do_not_ask(api: TestClient) -> None:
    assert api.get("/api/shapes", headers={"host": "evil.example"}).status_code == 403
    assert api.post("/api/refresh", headers={"origin": "http://evil.example"}).status_code == 403
    assert api.post("/api/refresh", headers={"origin": "null"}).status_code == 403
    assert api.post("/api/refresh", headers={"origin": "http://testserver"}).status_code == 200


def test_a_fault_is_no_trace(served: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("secret place")

    monkeypatch.setattr(served, "about", broken)
    found = TestClient(guarded(served)).get("/api/about")
    assert (found.status_code, "secret" in found.text) == (500, False)
    assert found.json()["error"].startswith("this is a fault of the server")
    assert "secret place" in capsys.readouterr().err


class Addresses(HTMLParser):
    found: list[str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found = [*getattr(self, "found", []), *(value or "" for name, value in attrs if name in ("src", "href"))]
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]  # the policy forbids them


def test_the_pages_ask_nobody_else(api: TestClient) -> None:
    for path in ("/", "/docs"):
        page = api.get(path)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
        reader = Addresses()
        reader.feed(page.text)
        for address in reader.found:
            assert address.startswith("/"), address
            assert api.get(address).status_code == 200, address
    for file in files("pointrecon.server").joinpath("pages").iterdir():
        outside = re.findall(r"https?://[^\s\"'`)]+", file.read_text("utf-8"))
        assert [one for one in outside if not one.startswith("http://www.w3.org/")] == []


def test_the_pages_call_what_there_is(api: TestClient) -> None:
    told = api.get("/openapi.json").json()
    for name in ("search.js", "docs.js"):
        text = files("pointrecon.server").joinpath("pages", name).read_text("utf-8")
        assert set(re.findall(r"/api/\w+", text)) <= {*told["paths"]}
    html = files("pointrecon.server").joinpath("pages", "search.html").read_text("utf-8")
    script = files("pointrecon.server").joinpath("pages", "search.js").read_text("utf-8")
    ids = set(re.findall(r"\$\('([\w-]+)'\)", script))
    assert ids <= set(re.findall(r"id=([\w-]+)", html))
    assert "innerHTML" not in script


def test_names_for_a_file(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no names" in api.post("/api/name", files=sent(block((1, 2, 3)))).json()["error"]
    both = api.post("/api/name", files=sent(block((1, 2, 3))), data={"names": "rod", "id": "dice/one"})
    assert both.status_code == 400

"""`pointrecon serve` itself: its address, its end, and what is told before anything is read."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.server.guard import Guard
from pointrecon.server.serving import serve
from served import folder_of_blocks


def test_it_is_served_until_ctrl_c(tmp_path: Path) -> None:
    folder = folder_of_blocks(tmp_path / "parts", {"a/one": (1, 2, 3), "a/two": (1, 2, 4)})
    # by the form, which needs no model to be loaded
    words = [sys.executable, "-m", "pointrecon", "serve", str(folder), "--port", "0", "--vector", "form"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert "2 shapes" in lines[0]
        address = lines[1].split()[4].rstrip("/,")
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}/api/search?like=a/one") as answer:
            assert b'"a/two"' in answer.read()
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.CTRL_C_EVENT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.rstrip().endswith("pointrecon: stopped")
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--port", "70000"], "a port is from 0 (any) to 65535"),
        (["--token", "short"], "a token has at least 8 letters"),
        (["--max-upload", "much"], "'much' is no amount of memory"),
        (["--host", "no.such.host.invalid"], "there is no host 'no.such.host.invalid'"),
    ],
)
def test_what_cannot_be_served(more: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["serve", str(tmp_path), *more]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


def test_a_taken_port_is_told_before_anything_is_read(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", str(tmp_path / "not there"), "--port", str(port)]) == 2
    told = capsys.readouterr().err
    assert f"port {port} of 127.0.0.1 cannot be had" in told
    assert "--port" in told


def test_other_hosts_are_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(InputError, match="there are no shapes at"):
        serve(tmp_path / "not there", host="0.0.0.0", port=0)
    assert "whoever reaches it, as there is no --token, can search the collection" in capsys.readouterr().err
    with pytest.raises(InputError, match="there are no shapes at"):
        serve(tmp_path / "not there", host="0.0.0.0", port=0, token="long enough")
    assert "who has the token can search" in capsys.readouterr().err


def test_who_waits_while_it_stops_is_told(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """What works in a thread is not waited for, and nobody sees a trace."""
    sent: list[dict] = []

    async def working(scope: object, receive: object, send: object) -> None:
        await asyncio.sleep(60)

    async def send(message: dict) -> None:
        sent.append(message)

    async def stopped() -> None:
        scope = {"type": "http", "method": "GET", "path": "/api/duplicates", "query_string": b"", "headers": []}
        guard = Guard(working, token=None, hosts=None, most=10)
        task = asyncio.ensure_future(guard(scope, working, send))
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    asyncio.run(stopped())
    assert sent[0]["status"] == 503
    assert b"the server was stopped" in sent[1]["body"]
    assert capfd.readouterr().err == ""

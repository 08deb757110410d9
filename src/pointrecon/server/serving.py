"""`serve`: a collection as an HTTP API and a page, on this machine or for others, until it is stopped."""

import ipaddress
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointrecon.checks import is_number
from pointrecon.errors import InputError, require
from pointrecon.parser import READY_MODEL
from pointrecon.progress import plural
from pointrecon.screen import say
from pointrecon.server.served_collection import ServedCollection
from pointrecon.shapes.readers.limits import bytes_of

if TYPE_CHECKING:
    import torch

HOST, PORT = "127.0.0.1", 8765
_LEAST = 8  # letters of a token
_GRACE = 3  # seconds for what is under way, once it is to stop


def serve(
    data: Any,
    *,
    host: str = HOST,
    port: int = PORT,
    token: str | None = None,
    max_upload: str | int = "200MB",
    model: "str | Path | torch.nn.Module" = READY_MODEL,
    vector: str = "auto",
    poses: str = "auto",
    table: str | Path | None = None,
    progress: bool = True,
    **imports: Any,
) -> None:
    """Serve a collection over HTTP, with a page for people, until Ctrl-C or SIGTERM.

    Nothing is read but the collection, its folder, and files that clients send; nothing is written but its table.

    Args:
        data, model, vector, poses, table, imports: as for `pointrecon.search`.
        host: which of this machine's addresses is served. Only this machine can ask at 127.0.0.1; at another one
            whoever reaches it can search the collection and fetch its files, which is told.
        port: 0 for any that is free.
        token: what every request has to tell, at least 8 letters; none when left out.
        max_upload: bytes that one request may send, such as "200MB".
        progress: tell what is read and embedded at first.

    Raises:
        InputError: what opening the collection raises; a port that is taken, or a host that is none of this machine.
    """
    require("fastapi", "server")
    require("python_multipart", "server")
    uvicorn = require("uvicorn", "server")
    from pointrecon.server.guard import Guard
    from pointrecon.server.http_api import make_app

    if not is_number(port) or not 0 <= port <= 65535 or port != int(port):
        raise InputError(f"a port is from 0 (any) to 65535, not {port}")
    if token is not None and (len(token) < _LEAST or not token.isascii() or not token.isprintable()):
        raise InputError(f"a token has at least {_LEAST} letters, digits or signs of ASCII: make a longer one")
    most = bytes_of(max_upload)
    with _bound(host, int(port)) as own:
        at, number = own.getsockname()[:2]
        local = ipaddress.ip_address(at).is_loopback
        if not local:
            say(_warning(host, token), file=sys.stderr)
        served = ServedCollection(
            data, model=model, vector=vector, poses=poses, table=table, progress=progress, **imports
        )
        index, wordless = served.index(), served.prepare()
        if wordless:
            say(f"note: {wordless}", file=sys.stderr)
        hosts = {"127.0.0.1", "localhost", "::1", host.lower()} if local else None
        app = Guard(make_app(served), token=token, hosts=hosts, most=most)
        shown = host if ":" not in host else f"[{host}]"
        where = f"http://{shown if at not in ('0.0.0.0', '::') else socket.gethostname()}:{number}"
        say(f"{index.columns.name}: {plural(len(index), 'shape')} by {index.vectors.name}")
        say(f"the page is at {where}/{'?token=...' * bool(token)}, the API at {where}/docs; Ctrl-C ends", flush=True)
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="off", server_header=False, ws="none",
            timeout_graceful_shutdown=_GRACE,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[own])


def _bound(host: str, port: int) -> socket.socket:
    """A socket at this address, taken before anything is read; InputError where it cannot be had."""
    try:
        kind, _, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise InputError(
            f"there is no host '{host}': 127.0.0.1 is this machine alone, 0.0.0.0 all that reach it"
        ) from error
    own = socket.socket(kind, socket.SOCK_STREAM, protocol)  # by it asyncio knows TCP, and waits for no more to send
    try:
        if sys.platform != "win32":  # there it would share a port that is taken
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind(address)
        own.listen(socket.SOMAXCONN)
    except OSError as error:
        own.close()
        raise InputError(
            f"port {port} of {host} cannot be had ({error.strerror}): another server has it, or it is none for you; "
            "name another one with --port, or 0 for any"
        ) from error
    return own


def _warning(host: str, token: str | None) -> str:
    who = "who has the token" if token else "whoever reaches it, as there is no --token,"
    return (
        f"warning: at {host} others reach this server: {who} can search the collection and fetch its files, and what "
        "is sent is not encrypted"
    )

"""What stands before every request: who may ask, how much may be sent, and what a browser may do with the answers."""

import asyncio
import hmac
import json
import sys
import traceback
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from starlette.exceptions import HTTPException

from pointrecon.screen import say

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

COOKIE = "pointrecon_token"
FAULT = "this is a fault of the server: its screen says more"
OPEN = ("/api/health",)  # paths that ask for no token
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_ASK = """<!doctype html><html lang=en><meta charset=utf-8><title>pointrecon</title>
<p>%s</p>
<form action="/"><input name=token type=password autofocus aria-label=token> <button>open</button></form></html>"""
_TOKEN = "This collection asks for a token, which whoever started the server has."


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: App, *, token: str | None, hosts: Collection[str] | None, most: int) -> None:
        """Say who may ask.

        Args:
            app: behind this. token: to be told with every request, as "Authorization: Bearer ..." or by the page's
                cookie; None for none. hosts: by which names the server may be called, None for any: a page from
                elsewhere whose name leads to this machine is no other. most: bytes that a request may send.
        """
        self._app, self._token, self._hosts, self._most = app, token, hosts, most

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there are no web sockets
            await self._app(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        sent = ""

        async def sending(message: Message) -> None:
            nonlocal sent
            sent = "all" if message["type"] == "http.response.body" and not message.get("more_body") else "some"
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_pairs(_HEADERS)]
            await send(message)

        if refused := self._refused(scope, headers):
            await _answer(sending, *refused)
            return
        try:
            await self._app(scope, _counted(receive, self._most), sending)
        except asyncio.CancelledError:  # the server is stopped; what works in a thread ends with the process
            if not sent:
                with suppress(OSError, RuntimeError):
                    await _answer(sending, 503, _told("the server was stopped before it had an answer"))
        except Exception:  # a fault of ours: told here, and only that it is one to the client
            say(traceback.format_exc(), file=sys.stderr)
            if sent == "some":
                raise
            if not sent:
                await _answer(sending, 500, _told(FAULT))

    def _refused(
        self, scope: MutableMapping[str, Any], headers: dict[str, str]
    ) -> tuple[int, bytes, dict[str, str]] | None:
        """The answer to a request that goes no further."""
        host, origin = headers.get("host", ""), headers.get("origin", "")
        if self._hosts is not None and _name(host) not in self._hosts:
            return 403, _told(f"this server is not called '{host[:100]}': ask {', '.join(sorted(self._hosts))}"), {}
        if scope["method"] not in ("GET", "HEAD") and origin and urlsplit(origin).netloc != host:
            return 403, _told("a page of another server may not ask this one"), {}
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length) > self._most:
            return 413, _told(_too_large(self._most)), {"connection": "close"}
        if self._token is None or scope["path"] in OPEN:
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and self._fits(given):
            cookie = f"{COOKIE}={quote(given, safe='')}; HttpOnly; SameSite=Strict; Path=/"
            return 303, b"", {"location": "/", "set-cookie": cookie, "cache-control": "no-store"}
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if (kind.lower() == "bearer" and self._fits(bearer.strip())) or self._fits(_cookie(headers.get("cookie", ""))):
            return None
        if scope["path"] == "/":
            page = _ASK % (f"That token is another one. {_TOKEN}" if given else _TOKEN)
            return 401, page.encode(), {"content-type": "text/html; charset=utf-8"}
        told = "a token is asked for: send it as 'Authorization: Bearer TOKEN'"
        wrong = "the token is another one: see what the server was started with"
        misplaced = self._fits(given) and not bearer  # right, but addresses are written down by proxies and browsers
        return 401, _told(told if misplaced or not (bearer or given) else wrong), {"www-authenticate": "Bearer"}

    def _fits(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())


def _counted(receive: Receive, most: int) -> Receive:
    """What is received, as long as it is not more than so many bytes."""
    came = 0

    async def counting() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > most:
            raise HTTPException(413, _too_large(most))
        return message

    return counting


def _too_large(most: int) -> str:
    return f"more than {most / 1e6:g} MB were sent: send less, or start the server with a larger --max-upload"


def _cookie(text: str) -> str:
    try:
        found = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return ""
    return parse_qs(f"x={found.value}").get("x", [""])[0] if found else ""


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _told(sentence: str) -> bytes:
    return json.dumps({"error": sentence}).encode()


def _pairs(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    own = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": _pairs(own)})
    await send({"type": "http.response.body", "body": body})

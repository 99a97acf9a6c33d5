"""The way in and out of the application: request ids, HEAD, and a limit on bodies while they stream."""

import itertools
import re
import secrets
from collections.abc import Awaitable

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenure import context

__all__ = ["BODY_LIMIT", "REQUEST_ID", "Gate", "allow_body", "is_head", "request_id"]

BODY_LIMIT = 1024 * 1024
REQUEST_ID = "X-Request-ID"

_HEADER = REQUEST_ID.lower().encode("ascii")
_ID_KEY = "tenure.request_id"
_LIMIT_KEY = "tenure.body_limit"
_HEAD_KEY = "tenure.head"
_PROCESS = secrets.token_hex(6)
_count = itertools.count(1)
_READS = ("GET", "HEAD")
_SANE = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class Gate:
    """Pure ASGI middleware: a reader pays for one look at its headers and one at its answer.

    `X-Request-ID` is taken over when it is sane, else made; it is in every answer, and in the history
    of what the request changes. HEAD is answered as GET without the body. Bodies above `limit` bytes
    are a 413, as soon as it shows.
    """

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name: bytes | None = None
        length: bytes | None = None
        has_body = scope["method"] not in _READS
        for key, value in scope["headers"]:
            if key == _HEADER:
                name = value
            elif key == b"content-length":
                length, has_body = value, True
            elif key == b"transfer-encoding":
                has_body = True
        if name is None or not _SANE.fullmatch(name):
            name = _new_id().encode("ascii")
        known = scope[_ID_KEY] = name.decode("ascii")
        if scope["method"] == "HEAD":
            # A copy: the server still has to know that no body may follow.
            scope = {**scope, "method": "GET", _HEAD_KEY: True}
            send = _silenced(send)
        if has_body:
            scope[_LIMIT_KEY] = self.limit
            receive = _Metered(scope, receive, length)
        header = (_HEADER, name)

        def named(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                # A new list: a response may be sent more than once, and its headers are its own.
                message["headers"] = [*message.get("headers", ()), header]
            return send(message)

        # Set back by hand: a token refuses where a request that was given up is closed elsewhere.
        before = context.request_id.get()
        context.request_id.set(known)
        try:
            await self.app(scope, receive, named)
        finally:
            context.request_id.set(before)


def request_id(request: HTTPConnection) -> str:
    """The id of a request, as it is in the answer and in the history of what the request changes."""
    name: str | None = request.scope.get(_ID_KEY)
    if name is None:  # outside the gate: a failing middleware in front of it, a websocket
        name = request.scope[_ID_KEY] = _new_id()
    return name


def is_head(request: HTTPConnection) -> bool:
    """Whether nobody is going to see the body of the answer."""
    return _HEAD_KEY in request.scope


def allow_body(request: HTTPConnection, limit: int) -> None:
    """Let the body of this one request be `limit` bytes long; before anything of it is read."""
    request.scope[_LIMIT_KEY] = limit


class _Metered:
    """Counts what is received. The declared length is looked at when a route starts to read."""

    __slots__ = ("_declared", "_receive", "_received", "_scope")

    def __init__(self, scope: Scope, receive: Receive, length: bytes | None) -> None:
        self._scope = scope
        self._receive = receive
        self._received = 0
        self._declared = int(length) if length and length.isdigit() and len(length) < 20 else 0

    async def __call__(self) -> Message:
        limit = self._scope[_LIMIT_KEY]
        if self._declared > limit:
            raise _too_large(self._scope, limit)
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            if self._received > limit:
                raise _too_large(self._scope, limit)
        return message


def _new_id() -> str:
    # Drawing each id at random would be a third of what the gate costs.
    return f"{_PROCESS}{next(_count):08x}"


def _too_large(scope: Scope, limit: int) -> HTTPException:
    # Not a Refusal: FastAPI turns every other exception of a reading route into a 400 of its own.
    detail = f"the body is larger than the limit of {limit} bytes"
    # The rest of the body is on its way; HTTP/2 has other means to stop it, and forbids the header.
    stop = {"connection": "close"} if scope["http_version"].startswith("1") else None
    return HTTPException(413, detail, stop)


def _silenced(send: Send) -> Send:
    async def quiet(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return quiet

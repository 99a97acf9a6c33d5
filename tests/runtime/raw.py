"""One request straight into an application, as a server would give it, and all that came out."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.types import Message


class Answer:
    """All that left the application, and which way it was made."""

    def __init__(self, sent: list[Message], scope: dict[str, Any]) -> None:
        self.status = sent[0]["status"]
        self.headers = sorted(sent[0]["headers"])
        self.body = b"".join(message.get("body", b"") for message in sent[1:])
        # Only FastAPI's way opens a stack for what dependencies leave behind.
        self.is_short = "fastapi_inner_astack" not in scope

    @property
    def seen(self) -> tuple[int, list[Any], bytes]:
        return self.status, self.headers, self.body


def send(
    app: FastAPI,
    method: str,
    path: str,
    *chunks: bytes,
    **headers: str | Sequence[str],
) -> Answer:
    """One request; `chunks` are its body, one message each; after them the client is gone."""
    lines = [(b"x-request-id", b"same")]
    for name, given in headers.items():
        key = name.replace("_", "-").encode()
        values = [given] if isinstance(given, str) else given
        lines += [(key, value.encode("latin-1")) for value in values]
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": lines,
        "root_path": "",
        "scheme": "http",
        "server": ("test", 80),
    }
    last = len(chunks) - 1
    waiting: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": index < last}
        for index, chunk in enumerate(chunks)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def run() -> None:
        async def keep(message: Message) -> None:
            sent.append(message)

        try:
            await app(scope, receive, keep)
        except RuntimeError:
            assert sent[0]["status"] == 500  # what is raised again is for the log

    asyncio.run(run())
    return Answer(sent, scope)

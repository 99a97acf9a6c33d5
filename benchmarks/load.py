"""A small HTTP/1.1 load generator: many connections, prepared requests, answers counted and checked."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Result", "cpu_seconds", "press", "request"]

Make = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Result:
    """What a stretch of load gave: answers a second, and seconds that the slowest took."""

    rate: float
    slowest: float
    count: int


def request(
    method: str, path: str, *, body: bytes = b"", token: str | None = None, host: str = "localhost"
) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class _Connection(asyncio.Protocol):
    """One client: sends the next request as soon as the answer to the last is whole."""

    def __init__(self, make: Make, until: float, wanted: bytes) -> None:
        self.make, self.until, self.wanted = make, until, wanted
        self.count, self.slowest, self.sent = 0, 0.0, 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.head = b""
        self.missing = -1  # bytes of the body that are still to come; -1 while the head is
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        assert self.transport is not None
        self.sent = time.perf_counter()
        self.transport.write(self.make())

    def data_received(self, data: bytes) -> None:
        if self.missing < 0:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self.head.startswith(self.wanted, 9):
                self.fail(self.head[:600])
                return
            self.missing = _length(self.head[:end]) - (len(self.head) - end - 4)
        else:
            self.missing -= len(data)
        if self.missing == 0:
            self.answered()

    def answered(self) -> None:
        self.head, self.missing = b"", -1
        now = time.perf_counter()
        self.count += 1
        self.slowest = max(self.slowest, now - self.sent)
        if now < self.until:
            self.send()
        elif not self.done.done():
            self.done.set_result(None)

    def fail(self, answer: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"not {self.wanted!r}: {answer!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or RuntimeError("the server closed the connection"))


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    end = lower.find(b"\r\n", at + 2)
    return int(lower[at + 17 : end if end > 0 else None])


def cpu_seconds(process: int) -> float:
    """User and system time of a process and its threads so far, from /proc; 0.0 where there is none."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def press(
    port: int, make: Make, *, status: int = 200, seconds: float = 2.0, connections: int = 32
) -> Result:
    """Load 127.0.0.1:`port` for `seconds`; raises RuntimeError at the first answer of another status."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    until = began + seconds
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(
            lambda: _Connection(make, until, str(status).encode()), "127.0.0.1", port
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    took = time.perf_counter() - began
    for client in clients:
        assert client.transport is not None
        client.transport.close()
    count = sum(client.count for client in clients)
    return Result(count / took, max(client.slowest for client in clients), count)

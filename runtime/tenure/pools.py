"""Connections to PostgreSQL: as many as allowed, each used by one task at a time, dead ones replaced."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from tenure.errors import Unavailable

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

__all__ = ["Pool", "is_lost", "reached"]

_PAUSE = 0.05  # seconds between two attempts to reach a server that starts


class Pool:
    """The connections of one event loop.

    asyncpg's own pool sends a statement of its own each time a connection comes back; ours leave
    nothing behind that would have to be reset.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], *, size: int, wait: float
    ) -> None:
        self._connect = connect
        self._size = size
        self._wait = wait
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []
        self._opening = 0
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._closed = False
        self._empty: asyncio.Future[None] | None = None

    async def take(self) -> Connection:
        """A connection for the caller alone. Raises Unavailable when none comes in time."""
        if self._closed:
            raise Unavailable("the storage is closed")
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._all.discard(connection)
        try:
            async with asyncio.timeout(self._wait):
                return await self._next()
        except TimeoutError as error:
            raise Unavailable("the database does not answer in time") from error

    def give(self, connection: Connection) -> None:
        """Take back a connection that is as it was taken."""
        if connection.is_closed():
            self.drop(connection)
            return
        if not self._hand_over(connection):
            self._idle.append(connection)
            self._settle()

    def drop(self, connection: Connection) -> None:
        """Take back a connection nobody should use again: what it was at is unknown."""
        self._all.discard(connection)
        connection.terminate()
        self._hand_over(None)
        self._settle()

    def suspect(self) -> None:
        """One connection was lost: those that idle have lost the same server."""
        while self._idle:
            self.drop(self._idle.pop())

    async def close(self) -> None:
        """Let go of every connection, once it is given back."""
        self._closed = True
        for future in self._waiting:
            if not future.done():
                future.set_exception(Unavailable("the storage is closed"))
        if len(self._all) > len(self._idle):
            self._empty = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._empty], timeout=self._wait)
        for connection in self._idle:
            await connection.close()
        self.abandon()

    def abandon(self) -> None:
        """Let go of everything at once, for a loop that runs no more."""
        self._closed = True
        for connection in self._all:
            connection.terminate()
        self._all.clear()
        self._idle.clear()

    async def _next(self) -> Connection:
        """A new connection if there may be one more, else the next that is given back."""
        if len(self._all) + self._opening >= self._size:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                given: Connection | None = await future
            except asyncio.CancelledError:
                if future.done() and not future.cancelled():
                    self._put_back(future.result())
                raise
            if given is not None:
                return given
            self._opening -= 1  # it was kept for us
        return await self._open()

    async def _open(self) -> Connection:
        self._opening += 1
        try:
            connection = await reached(self._connect)
        except BaseException:
            self._put_back(None)
            raise
        self._opening -= 1
        self._all.add(connection)
        return connection

    def _settle(self) -> None:
        """Tell who closes when nobody is at work any more."""
        if self._empty and not self._empty.done() and len(self._all) == len(self._idle):
            self._empty.set_result(None)

    def _put_back(self, given: Connection | None) -> None:
        """Undo a handing over, or a place kept for a connection that did not come to be."""
        if given is not None:
            self.give(given)
            return
        self._opening -= 1
        self._hand_over(None)

    def _hand_over(self, connection: Connection | None) -> bool:
        """Give it to who has waited longest; None is the place for a new one."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                if connection is None:
                    self._opening += 1
                future.set_result(connection)
                return True
        return False


async def reached(connect: Callable[[], Awaitable[Connection]]) -> Connection:
    """A connection, however often one has to try; the caller's patience ends it.

    Raises Unavailable for what will not pass, such as a wrong password.
    """
    while True:
        try:
            return await connect()
        except (asyncpg.CannotConnectNowError, ConnectionError, FileNotFoundError):
            await asyncio.sleep(_PAUSE)  # it restarts
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Unavailable("the database cannot be reached") from error


def is_lost(error: BaseException) -> bool:
    """Whether `error` means that the connection, or the server behind it, is gone."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return False
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # those are values that do not fit
    return isinstance(
        error,
        OSError
        | asyncpg.InternalClientError  # what the driver says when a server dies under it
        | asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.ReadOnlySQLTransactionError,
    )

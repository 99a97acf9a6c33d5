"""PostgreSQL as a store of rows: a write is one statement, a read is one, and no more round trips."""

from __future__ import annotations

import asyncio
import re
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tenure.errors import Unavailable
from tenure.meta import Guard, Stale, Write, refuse
from tenure.pools import Pool, is_lost, reached
from tenure.postgres_dialect import URL, TenureDialect
from tenure.postgres_errors import told
from tenure.postgres_writes import locking, params_of, statement_of
from tenure.statements import Compiled, Prepared, Row

if TYPE_CHECKING:
    from tenure.pools import Connection

__all__ = ["PostgresMeta", "PostgresOptions", "connecting", "engine_on"]

Result = TypeVar("Result")

_DIALECT = TenureDialect()  # type: ignore[no-untyped-call]
_STATEMENTS = 512  # prepared statements a connection keeps
_GUARDS = (
    8  # guards of one statement: it is prepared for their number, which must not vary for ever
)
_HOST = re.compile(r"(\[[0-9a-fA-F:.]*\]|[^:\[\]]*)(:\d*)?")  # and its port
_LATE = 5.0  # seconds the server gets to say itself that a statement took too long
_DRIVER = (  # what a statement may end in, SQLAlchemy's name for it or the driver's own
    sa.exc.DBAPIError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
_SHUT = "LOCK TABLE tenure_changes IN SHARE ROW EXCLUSIVE MODE"
_THROUGH = "LOCK TABLE tenure_changes IN ROW EXCLUSIVE MODE"


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """How patient a process is with PostgreSQL; times are in seconds.

    `pool` is the number of connections of a process, `connect` what a caller waits for one of them,
    `statement` and `lock` what a statement may take and how long it may wait for others (0: for
    ever). `relaxed` is synchronous_commit=off: a crash may take back the last moments, never half a
    write.
    """

    pool: int = 10
    connect: float = 10.0
    statement: float = 30.0
    lock: float = 5.0
    relaxed: bool = False


class PostgresMeta:
    """A PostgreSQL database that any number of processes may use at once."""

    dialect = _DIALECT

    def __init__(self, url: str, options: PostgresOptions | None = None) -> None:
        self._options = options or PostgresOptions()
        self._connect = connecting(url, self._options)
        self._homes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Home]
        self._homes = weakref.WeakKeyDictionary()
        self._closed = False
        # The connection behind the gate, for the task that holds it (see `favour`).
        self._favoured: ContextVar[Connection | None] = ContextVar("favoured", default=None)

    async def open(self) -> None:
        """See whether the database is there. Raises Unavailable when it is not."""
        pool = self._home().pool
        pool.give(await pool.take())

    async def apply(self, writes: Sequence[Write]) -> None:
        """Do one plain write as one statement; several, or what has to lock first, as a transaction."""
        if not writes:
            return
        favoured = self._favoured.get()
        if favoured is not None:
            await self._guarded(self._behind_the_gate(favoured, writes), writes)
        elif len(writes) == 1 and _is_plain(writes[0]):
            statement, arguments = _bound(writes[0], writes[0].guards)
            await self._guarded(self._single(writes[0], statement, arguments), writes)
        else:
            await self._guarded(self._transaction(writes), writes)

    async def one(self, query: Prepared, params: Mapping[str, object]) -> Row | None:
        """The first row of a point read."""
        rows = await self.all(query, params)
        return rows[0] if rows else None

    async def all(
        self, query: Prepared, params: Mapping[str, object], *, scan: bool = False  # noqa: ARG002
    ) -> list[Row]:
        """Every row; PostgreSQL stops by itself what takes too long."""
        compiled = query.on(_DIALECT)
        arguments = compiled.bind(params)
        try:
            return compiled.rows(await self._read(compiled, arguments))
        except Exception as error:
            raise told(error, ()) from error

    async def execute(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """The rows of a query of the team's own, in a transaction that cannot write."""
        engine = self._home().engine.execution_options(postgresql_readonly=True)
        with _unavailable(reading=True):
            async with engine.connect() as connection:
                return (await connection.execute(statement)).fetchall()

    async def run(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Call `work` in a write transaction of its own; while it waits, the event loop goes on."""
        with _unavailable(reading=False):
            async with self._home().engine.begin() as connection:
                return await connection.run_sync(work)

    async def sync(self) -> None:
        """Commit something that is waited for, and with it all that came before."""

        def wait(db: sa.Connection) -> None:
            db.exec_driver_sql("SET LOCAL synchronous_commit TO on")
            db.exec_driver_sql("SELECT pg_logical_emit_message(true, 'tenure', 'sync')")

        if self._options.relaxed:
            await self.run(wait)

    async def scrub(self) -> None:
        """Its own vacuum does that, in its own time."""

    @asynccontextmanager
    async def favour(self) -> AsyncIterator[None]:
        """Let this task write while nobody else can: every write needs the feed, which it locks."""
        pool = self._home().pool
        connection = await pool.take()
        token = self._favoured.set(connection)
        try:
            yield
        finally:
            self._favoured.reset(token)
            await _let_go(pool, connection)

    async def close(self) -> None:
        """Finish what was begun, then close every connection."""
        self._closed = True
        here = asyncio.get_running_loop()
        for loop, home in list(self._homes.items()):
            if loop is here:
                await home.pool.close()
                await home.engine.dispose()
            elif loop.is_running():
                loop.call_soon_threadsafe(home.pool.abandon)
        self._homes.clear()

    def _home(self) -> _Home:
        loop = asyncio.get_running_loop()
        home = self._homes.get(loop)
        if home is None:
            if self._closed:
                raise Unavailable("the storage is closed")
            home = self._homes[loop] = _Home(self._connect, self._options)
        return home

    async def _read(self, compiled: Compiled, arguments: Sequence[object]) -> list[Any]:
        favoured = self._favoured.get()
        if favoured is not None:
            await _enter(favoured)
            return list(await favoured.fetch(compiled.sql, *arguments))
        try:
            return await self._fetch(compiled.sql, arguments)
        except Exception as error:
            if not is_lost(error):
                raise
        # The server was restarted, and a read can be asked twice.
        return await self._fetch(compiled.sql, arguments)

    async def _fetch(self, sql: str, arguments: Sequence[object]) -> list[Any]:
        pool = self._home().pool
        connection = await pool.take()
        try:
            rows: list[Any] = await connection.fetch(sql, *arguments)
        except BaseException as error:
            _return(pool, connection, error)
            raise
        pool.give(connection)
        return rows

    async def _single(self, write: Write, statement: Compiled, arguments: Sequence[object]) -> None:
        (row,) = await self._fetch(statement.sql, arguments)
        _judge(write, row, write.guards)

    async def _transaction(self, writes: Sequence[Write]) -> None:
        pool = self._home().pool
        connection = await pool.take()
        try:
            await connection.execute("BEGIN")
            await _perform(connection, writes)
        except BaseException as error:
            if isinstance(error, Exception) and not is_lost(error):
                await _let_go(pool, connection)
            else:
                _return(pool, connection, error)
            raise
        pool.give(connection)

    async def _behind_the_gate(self, connection: Connection, writes: Sequence[Write]) -> None:
        await _enter(connection)
        try:
            await _perform(connection, writes)
        except Exception:
            if connection.is_in_transaction():
                await connection.execute("ROLLBACK")
            raise

    async def _guarded(self, doing: Awaitable[None], writes: Sequence[Write]) -> None:
        try:
            await doing
        except Exception as error:
            raise told(error, writes) from error


class _Home:
    """What belongs to one event loop: the pool, and an engine for statements that are not ours."""

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], options: PostgresOptions
    ) -> None:
        self.pool = Pool(connect, size=options.pool, wait=options.connect)
        self.engine = engine_on(connect, options.connect)


def connecting(
    url: str, options: PostgresOptions | None = None
) -> Callable[[], Awaitable[Connection]]:
    """What opens connections to `url`, which libpq would understand; a driver in it is left out.

    Raises ValueError, which does not show the URL, when it cannot be read.
    """
    options = options or PostgresOptions()
    dsn = _readable(url)
    settings = {
        "application_name": "tenure",
        "default_transaction_isolation": "read committed",  # what compare-and-swap counts on
        "idle_in_transaction_session_timeout": _milliseconds(options.statement),
        "jit": "off",  # our statements are short, and compiling them is not
        "lock_timeout": _milliseconds(options.lock),
        "statement_timeout": _milliseconds(options.statement),
        "synchronous_commit": "off" if options.relaxed else "on",
    }

    async def connect() -> Connection:
        return await asyncpg.connect(
            dsn,
            timeout=options.connect,
            command_timeout=options.statement + _LATE if options.statement else None,
            statement_cache_size=_STATEMENTS,
            max_cacheable_statement_size=0,  # however long they are
            max_cached_statement_lifetime=0,
            server_settings=settings,
        )

    return connect


def _readable(url: str) -> str:
    scheme, _, rest = url.partition("://")
    dsn = f"{scheme.partition('+')[0]}://{rest}"
    # What a driver cannot read may be half of a password, and it would say it.
    hosts = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    if not all(_HOST.fullmatch(host) for host in hosts.split(",")):
        hint = "is a character of the password that needs a percent sign written without?"
        raise ValueError(f"the URL of the database cannot be read: {hint}")
    return dsn


def engine_on(connect: Callable[[], Awaitable[Connection]], wait: float) -> AsyncEngine:
    """SQLAlchemy's way to the database; few connections, each tried before it is used again.

    `wait` is what a caller waits for one, in seconds: for a server that restarts, or for others.
    """

    async def patient() -> Connection:
        async with asyncio.timeout(wait):
            return await reached(connect)

    return create_async_engine(
        URL,
        async_creator=patient,
        pool_size=2,
        max_overflow=3,
        pool_timeout=wait,
        pool_pre_ping=True,
    )


@contextmanager
def _unavailable(*, reading: bool) -> Iterator[None]:
    """What SQLAlchemy makes of a server that is away or too slow, in our words; else its own.

    Whoever is `reading` and tries to write is told so: that is no server which became a standby.
    """
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise Unavailable("the database does not answer in time") from error
    except _DRIVER as error:
        wrapped = error.orig if isinstance(error, sa.exc.DBAPIError) else None
        cause = error if wrapped is None else wrapped.__cause__ or wrapped
        said = told(cause, ()) if isinstance(cause, Exception) else error
        ours = reading and isinstance(cause, asyncpg.ReadOnlySQLTransactionError)
        if isinstance(said, Unavailable) and not ours:
            raise said from error
        if isinstance(said, Stale):  # nobody here could do it once more
            raise Unavailable(f"{said}: try again") from error
        raise


def _is_plain(write: Write) -> bool:
    few = len(write.guards) <= _GUARDS and not write.steps
    return few and not any(guard.alone for guard in write.guards)


def _bound(write: Write, guards: Sequence[Guard]) -> tuple[Compiled, list[object]]:
    compiled = statement_of(write, guards).on(_DIALECT)
    return compiled, compiled.bind(params_of(write, guards))


def _judge(write: Write, row: Sequence[Any], guards: Sequence[Guard]) -> None:
    """Raise what kept a write from happening."""
    refuse([guard.refusal for guard, held in zip(guards, row[1:], strict=True) if not held])
    if row[0] != 1:
        raise Stale(write.id)


async def _perform(connection: Connection, writes: Sequence[Write]) -> None:
    """Lock, ask every guard, write everything, commit; in a transaction that has begun."""
    await connection.execute(_THROUGH)  # before any row, or who holds the gate would wait for us
    if any(guard.alone for write in writes for guard in write.guards):
        for query, params in locking(writes):
            await _ask(connection, query, params)
    refused = [
        guard.refusal
        for write in writes
        for guard in write.guards
        if not await _ask(connection, guard.query, guard.params)
    ]
    refuse(refused)
    for write in writes:
        statement, arguments = _bound(write, ())
        (row,) = await connection.fetch(statement.sql, *arguments)
        _judge(write, row, ())
        for step in write.steps:
            await _ask(connection, step.statement, step.params)
    await connection.execute("COMMIT")


async def _ask(connection: Connection, query: Prepared, params: Mapping[str, object]) -> list[Any]:
    compiled = query.on(_DIALECT)
    rows: list[Any] = await connection.fetch(compiled.sql, *compiled.bind(params))
    return rows


async def _enter(connection: Connection) -> None:
    """Go through the gate and shut it, unless that is done."""
    if not connection.is_in_transaction():
        await connection.execute("BEGIN")
        await connection.execute(_SHUT)


def _return(pool: Pool, connection: Connection, error: BaseException) -> None:
    if is_lost(error):
        pool.drop(connection)
        pool.suspect()
    elif isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        pool.give(connection)
    else:
        pool.drop(connection)  # cancelled in the middle: nobody knows what it is at


async def _let_go(pool: Pool, connection: Connection) -> None:
    try:
        if connection.is_in_transaction():
            await connection.execute("ROLLBACK")
    except Exception:
        pool.drop(connection)  # which the server takes for a rollback; what led here is the error
    except BaseException:
        pool.drop(connection)
        raise
    else:
        pool.give(connection)


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))

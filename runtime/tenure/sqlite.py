"""SQLite as a store of rows: reads inline on a read-only connection, writes committed in groups."""

import asyncio
import sqlite3
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite as dialects
from sqlalchemy.pool import NullPool, StaticPool

from tenure.commits import Commits, FileLock
from tenure.disk import Disk
from tenure.errors import Unavailable
from tenure.meta import Write
from tenure.sqlite_writes import perform_all, told
from tenure.statements import Compiled, Prepared, Row

__all__ = ["DiskMeta", "MemoryMeta"]

Result = TypeVar("Result")

_DIALECT = dialects.dialect()
_WAIT = 10.0  # seconds a connection waits for another process that opens or recovers the file
_SCAN = 30.0  # seconds after which a scan is stopped
_MAPPED = 1024**3  # bytes of the file that are read without being copied first
_STATEMENTS = 512  # compiled statements a connection keeps
_OPCODES = 100_000  # steps of SQLite's machine between two looks at the clock


class DiskMeta:
    """A SQLite file that several processes may open at once.

    `relaxed` is synchronous=NORMAL: a power cut may take back the last moments, never half a write.
    """

    dialect = _DIALECT

    def __init__(self, path: Path, *, relaxed: bool = False) -> None:
        self._path = path
        self._relaxed = relaxed
        writer = _connect(f"file:{_quoted(path)}?mode=rwc", timeout=_WAIT)
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute(f"PRAGMA synchronous={'NORMAL' if relaxed else 'FULL'}")
        writer.execute("PRAGMA foreign_keys=ON")
        writer.execute("PRAGMA busy_timeout=0")
        self._commits = Commits(writer, self._lock("lock"), self._lock("gate"), _DIALECT)
        self._favoured: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]
        self._favoured = weakref.WeakKeyDictionary()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="tenure-scan")

    async def apply(self, writes: Sequence[Write]) -> None:
        """Queue the writes for the next commit and wait until it is on disk."""
        await self._commits.submit(writes)

    async def one(self, query: Prepared, params: Mapping[str, object]) -> Row | None:
        """The first row, read on the calling thread: a point read is shorter than a thread switch."""
        compiled = query.on(_DIALECT)
        rows = compiled.rows(_fetch(self._reader(), compiled, params))
        return rows[0] if rows else None

    async def all(
        self, query: Prepared, params: Mapping[str, object], *, scan: bool = False
    ) -> list[Row]:
        """Every row; a scan goes to a thread and is stopped after 30 s."""
        compiled = query.on(_DIALECT)
        if scan:
            return await self._in_thread(lambda: self._scan(compiled, params))
        return compiled.rows(_fetch(self._reader(), compiled, params))

    async def execute(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """The rows of a query of the team's own, read in a thread on a read-only connection."""

        def read() -> Sequence[sa.Row[Any]]:
            with _failing(), self._engine().connect() as connection:
                return connection.execute(statement).fetchall()

        return await self._in_thread(read)

    async def run(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Call `work` in a thread, in a write transaction of its own behind the same lock."""

        def write() -> Result:
            lock = self._lock("lock")
            lock.wait()
            try:
                with _failing(), self._writing().connect() as connection:
                    return _transaction(connection, work)
            finally:
                lock.close()

        return await self._in_thread(write)

    async def sync(self) -> None:
        """Sync the log, unless every commit does."""
        if self._relaxed:
            try:
                await self._in_thread(self._sync_log)
            except OSError as error:
                raise told(error) from error

    async def scrub(self) -> None:
        """Write the log into the file and cut it off: pages as they were before are in it."""

        def cut() -> None:
            with closing(self._writer()) as db:
                busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise Unavailable("somebody reads for so long that the log cannot be cut off")

        try:
            await self._in_thread(cut)
        except sqlite3.Error as error:
            raise told(error) from error

    async def close(self) -> None:
        """Commit what is queued, then close every connection."""
        await self._commits.close()
        await asyncio.to_thread(self._threads.shutdown)
        for reader in self._readers:
            reader.close()

    @asynccontextmanager
    async def favour(self) -> AsyncIterator[None]:
        """Keep other processes from beginning a commit, for who has lost too many races to them."""
        # One at a time: each of them waits in a thread, and who is favoured may need one too.
        async with self._favoured.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            gate = self._lock("gate")
            waiting = asyncio.ensure_future(asyncio.to_thread(gate.wait))
            try:
                await asyncio.shield(waiting)
            except asyncio.CancelledError:
                waiting.add_done_callback(lambda _: gate.close())
                raise
            self._commits.favoured += 1
            try:
                yield
            finally:
                self._commits.favoured -= 1
                gate.close()

    def _lock(self, ending: str) -> FileLock:
        return FileLock(self._path.with_name(f"{self._path.name}.{ending}"))

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _scan(self, compiled: Compiled, params: Mapping[str, object]) -> list[Row]:
        reader, end = self._reader(), time.monotonic() + _SCAN
        reader.set_progress_handler(lambda: time.monotonic() > end, _OPCODES)
        try:
            return compiled.rows(_fetch(reader, compiled, params))
        finally:
            reader.set_progress_handler(None, 0)

    def _reader(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if found is None:
            found = _connect(f"file:{_quoted(self._path)}?mode=ro", timeout=_WAIT)
            found.execute("PRAGMA query_only=ON")
            found.execute("PRAGMA cache_size=-16000")
            # Another process's commit empties the cache, and a page deep in a list was never in it.
            found.execute(f"PRAGMA mmap_size={_MAPPED}")
            self._local.reader = found
            self._readers.append(found)
        return found

    def _sync_log(self) -> None:
        with suppress(FileNotFoundError):  # nothing is written yet
            Disk().sync_file(self._path.with_name(f"{self._path.name}-wal"))

    def _engine(self) -> sa.Engine:
        found: sa.Engine | None = getattr(self._local, "engine", None)
        if found is None:
            found = sa.create_engine("sqlite://", creator=self._reader, poolclass=StaticPool)
            self._local.engine = found
        return found

    def _writing(self) -> sa.Engine:
        found: sa.Engine | None = getattr(self._local, "writing", None)
        if found is None:  # kept, for it remembers what it has compiled
            found = sa.create_engine("sqlite://", creator=self._writer, poolclass=NullPool)
            self._local.writing = found
        return found

    def _writer(self) -> sqlite3.Connection:
        writer = _connect(f"file:{_quoted(self._path)}?mode=rwc", timeout=_WAIT)
        # Some builds of SQLite would do less by themselves.
        writer.execute("PRAGMA synchronous=FULL")
        return writer


class MemoryMeta:
    """A SQLite database in memory: one connection, everything at once, nothing kept."""

    dialect = _DIALECT

    def __init__(self) -> None:
        self._db = _connect(":memory:", timeout=0)
        self._db.execute("PRAGMA foreign_keys=ON")
        self._engine = sa.create_engine("sqlite://", creator=lambda: self._db, poolclass=StaticPool)

    async def apply(self, writes: Sequence[Write]) -> None:
        """Do the writes now."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            perform_all(self._db, _DIALECT, writes)
            self._db.execute("COMMIT")
        except Exception as error:
            self._db.execute("ROLLBACK")
            raise told(error) from error

    async def one(self, query: Prepared, params: Mapping[str, object]) -> Row | None:
        """The first row, or None."""
        rows = await self.all(query, params)
        return rows[0] if rows else None

    async def all(
        self, query: Prepared, params: Mapping[str, object], *, scan: bool = False  # noqa: ARG002
    ) -> list[Row]:
        """Every row; a scan is no different here."""
        compiled = query.on(_DIALECT)
        return compiled.rows(_fetch(self._db, compiled, params))

    async def execute(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """The rows of a query of the team's own."""
        with self._engine.connect() as connection:
            return connection.execute(statement).fetchall()

    async def run(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Call `work` in a write transaction."""
        with self._engine.connect() as connection:
            return _transaction(connection, work)

    @asynccontextmanager
    async def favour(self) -> AsyncIterator[None]:
        """Nothing to keep away: nobody else has this database."""
        yield

    async def sync(self) -> None:
        """Nothing outlives anything here."""

    async def scrub(self) -> None:
        """There are no files."""

    async def close(self) -> None:
        """Forget everything."""
        self._engine.dispose()
        self._db.close()


def _connect(target: str, *, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(
        target,
        timeout=timeout,
        isolation_level=None,  # transactions begin where we say so
        check_same_thread=False,  # the writer is handed between two threads, never shared by them
        cached_statements=_STATEMENTS,
        uri=True,
    )


def _fetch(
    db: sqlite3.Connection, compiled: Compiled, params: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """All rows at once: a cursor left half-way would hold on to an old snapshot."""
    try:
        return db.execute(compiled.sql, compiled.bind(params)).fetchall()
    except (sqlite3.Error, OverflowError) as error:
        raise told(error) from error


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _transaction(connection: sa.Connection, work: Callable[[sa.Connection], Result]) -> Result:
    """Rolled back when the connection is closed, if it comes to that."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    result = work(connection)
    connection.exec_driver_sql("COMMIT")
    return result


@contextmanager
def _failing() -> Iterator[None]:
    """Tells a storage that fails from a statement that is wrong, which is a bug and stays one."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        cause = error.orig
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if isinstance(cause, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR:
            raise told(cause) from error
        raise

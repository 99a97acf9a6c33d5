"""A machine that fails: its disk, its bucket and its database forget and refuse as real ones may.

Everything that happens is a step. At one of them the power goes; at some, the step is refused, done
or not. All of it is drawn from one seed, so a schedule is a number.
"""

import asyncio
import errno
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from obstore.exceptions import AlreadyExistsError, GenericError, NotFoundError
from sqlalchemy.pool import NullPool, StaticPool
from tenure.disk import Disk, Entry, File

Result = TypeVar("Result")

_AGE = 7200.0  # seconds that pass while a machine is down
_FULL, _BROKEN = errno.ENOSPC, errno.EIO


class PowerCut(BaseException):
    """The power is gone: nothing happens any more."""


class World:
    """What goes wrong when, and what has happened so far."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.trace: list[str] | None = None
        self.dead = False
        self.bug: Exception | None = None  # what a callback ended in
        self.failed = 0  # steps that were refused
        self.went_out: asyncio.Event = asyncio.Event()
        self.races = False
        self.quiet = 0  # how many ask that nothing is refused meanwhile
        self.at_once = False  # what is next to be done is done now
        self._steps = 0
        self._writes = 0
        kind = chance.random()
        self._cut_at = chance.randrange(1, chance.choice((40, 120, 250))) if kind < 0.7 else 0
        some = range(chance.randrange(1, 4)) if kind > 0.4 else ()
        self._refused = {chance.randrange(1, 400) for _ in some}
        full = chance.randrange(1, 150) if kind > 0.85 else 0
        self._full = range(full, full + chance.randrange(1, 40) if full else 0)

    def calm(self) -> None:
        """Nothing fails from here on."""
        self._cut_at, self._refused, self._full = 0, set(), range(0)

    def act(
        self,
        what: str,
        effect: Callable[[], Result],
        *,
        half: Callable[[], object] | None = None,
        error: Callable[[int], Exception] = lambda number: OSError(number, "modelled"),
        writes: bool = True,
        unheard: bool = True,
    ) -> Result:
        """One step: `effect` happens, or its `half`, or nothing, and its caller may not learn which.

        Unless it may go `unheard`, what is refused has not happened as a whole.
        """
        if self.dead:
            raise PowerCut
        self._steps += 1
        self._writes += writes
        if self.trace is not None:
            self.trace.append(what)
        if writes and self._writes == self._cut_at:
            self._in_part(effect, half, unheard)
            self.die()
        full = writes and self._writes in self._full
        if (full or self._steps in self._refused) and not self.quiet:
            self.failed += 1
            if writes:
                self._in_part(effect, half, unheard and not full)
            raise error(_FULL if full or (writes and self.chance.random() < 0.4) else _BROKEN)
        return effect()

    def die(self) -> None:
        """The power goes now."""
        self.dead = True
        self.went_out.set()
        raise PowerCut

    def soon(self, work: Callable[[], object]) -> None:
        """Do it in some turn of the loop to come, when others are racing; else now."""
        turns = self.chance.randrange(4) if self.races and not self.at_once else 0
        self.at_once = False
        if turns == 0:
            work()
            return
        loop = asyncio.get_running_loop()

        def wait(left: int) -> None:
            if left:
                loop.call_soon(wait, left - 1)
            else:
                work()

        wait(turns)

    async def pause(self) -> None:
        """Let others go first, when there are some."""
        for _ in range(self.chance.randrange(3) if self.races else 0):
            await asyncio.sleep(0)

    def _in_part(
        self,
        effect: Callable[[], object],
        half: Callable[[], object] | None,
        unheard: bool,
    ) -> None:
        fate = self.chance.random()
        try:
            if half is not None and fate < 0.4:
                half()
            elif fate > 0.8 and unheard:
                effect()
        except OSError:
            pass  # it would have been refused in any case


class Loop(asyncio.SelectorEventLoop):
    """A loop without threads: their work is done here, in an order that the seed decides."""

    world: World

    def run_in_executor(  # type: ignore[override]
        self, _: object, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self.create_future()

        def work() -> None:
            if future.cancelled():
                return
            try:
                future.set_result(func(*args))
            except BaseException as error:  # as a thread does
                future.set_exception(error)

        self.world.soon(work)
        return future


# A disk.


@dataclass(eq=False)
class Content:
    """The bytes of a file: as everybody sees them, and as the power would leave them."""

    seen: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    unsynced: list[tuple[int, bytes]] = field(default_factory=list)
    at: float = 0.0


@dataclass(eq=False)
class Names:
    """A folder: its names as everybody sees them, as the power would leave them, and what is between."""

    seen: dict[str, "Content | Names"] = field(default_factory=dict)
    synced: dict[str, "Content | Names"] = field(default_factory=dict)
    unsynced: list[tuple[str, "Content | Names | None"]] = field(default_factory=list)

    def set(self, name: str, node: "Content | Names | None") -> None:
        if node is None:
            del self.seen[name]
        else:
            self.seen[name] = node
        self.unsynced.append((name, node))


class Platters:
    """What outlives a machine that restarts."""

    def __init__(self) -> None:
        self.root = Names()

    def fragments(self) -> list[str]:
        """Files that are no objects."""
        return [entry.path for entry in _files(self.root) if "#" in entry.path]

    def lose_power(self, chance: random.Random) -> None:
        """Any of what was not synced is gone: bytes, parts of them, names that came, names that went."""
        done: set[int] = set()

        def settle(node: Content | Names) -> None:
            if id(node) in done:
                return
            done.add(id(node))
            if isinstance(node, Content):
                node.seen = bytearray(_survivors(node, chance))
                node.synced, node.unsynced = bytes(node.seen), []
                node.at -= _AGE
                return
            for name, what in node.unsynced:
                if chance.random() < 0.5:
                    continue
                if what is None:
                    node.synced.pop(name, None)
                else:
                    node.synced[name] = what
            node.unsynced = []
            node.seen = dict(node.synced)
            for below in node.seen.values():
                settle(below)

        settle(self.root)


def _survivors(content: Content, chance: random.Random) -> bytes:
    left = bytearray(content.synced)
    for offset, piece in content.unsynced:
        fate = chance.random()
        if fate < 0.4:
            continue
        if fate < 0.6:
            piece = piece[: chance.randrange(len(piece) + 1)]
        elif fate < 0.7:
            piece = bytes(len(piece))  # the length has arrived, the bytes have not
        left.extend(bytes(max(0, offset + len(piece) - len(left))))
        left[offset : offset + len(piece)] = piece
    return bytes(left)


class ModelFile(File):
    """A file that is being written on such a disk."""

    def __init__(self, world: World, content: Content) -> None:
        self._world = world
        self._content = content

    def write(self, piece: bytes) -> None:
        def put(part: bytes) -> None:
            content = self._content
            content.unsynced.append((len(content.seen), part))
            content.seen += part
            content.at = time.time()

        def some() -> None:
            put(piece[: self._world.chance.randrange(len(piece) + 1)])

        if piece:
            self._world.act("write", lambda: put(piece), half=some)

    def sync(self) -> None:
        content = self._content

        def whole() -> None:
            content.synced, content.unsynced = bytes(content.seen), []

        def lost() -> None:
            # Pages that could not be written are clean afterwards: the next sync says all is well.
            content.synced = _survivors(content, self._world.chance)
            content.unsynced = []

        self._world.act("sync", whole, half=lost)

    def close(self) -> None:
        if self._world.dead:
            raise PowerCut


class ModelDisk(Disk):
    """A disk that keeps what was synced, and of the rest what it likes."""

    def __init__(self, world: World, platters: Platters) -> None:
        self._world = world
        self._root = platters.root

    def create(self, path: Path, mode: int = 0o666) -> File:
        folder, content = self._folder(path.parent), Content(at=time.time())

        def make() -> File:
            if path.name in folder.seen:
                raise FileExistsError(errno.EEXIST, "modelled", str(path))
            folder.set(path.name, content)
            return ModelFile(self._world, content)

        return self._world.act("create", make)

    def link(self, path: Path, name: Path) -> None:
        content, folder = self._node(path), self._folder(name.parent)

        def make() -> None:
            if name.name in folder.seen:
                raise FileExistsError(errno.EEXIST, "modelled", str(name))
            folder.set(name.name, content)

        self._world.act("link", make)

    def unlink(self, path: Path) -> None:
        def take() -> None:
            self._node(path)
            self._folder(path.parent).set(path.name, None)

        self._world.act("unlink", take)

    def exists(self, path: Path) -> bool:
        try:
            self._node(path)
        except FileNotFoundError:
            return False
        return True

    def mkdir(self, path: Path, mode: int = 0o777) -> None:
        folder = self._folder(path.parent)

        def make() -> None:
            if path.name in folder.seen:
                raise FileExistsError(errno.EEXIST, "modelled", str(path))
            folder.set(path.name, Names())

        self._world.act("mkdir", make)

    def sync_folder(self, path: Path) -> None:
        folder = self._folder(path)

        def whole() -> None:
            folder.synced, folder.unsynced = dict(folder.seen), []

        self._world.act("sync folder", whole)

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        content = self._node(path)
        if not isinstance(content, Content):
            raise IsADirectoryError(errno.EISDIR, "modelled", str(path))
        return self._world.act("read", lambda: bytes(content.seen[start:end]), writes=False)

    def files(self, folder: Path) -> Iterator[Entry]:
        yield from self._world.act("list", lambda: list(_files(self._folder(folder))), writes=False)

    def _folder(self, path: Path) -> Names:
        node = self._node(path)
        if not isinstance(node, Names):
            raise NotADirectoryError(errno.ENOTDIR, "modelled", str(path))
        return node

    def _node(self, path: Path) -> Content | Names:
        if self._world.dead:
            raise PowerCut
        node: Content | Names | None = self._root
        for name in path.parts[1:]:
            node = node.seen.get(name) if isinstance(node, Names) else None
        if node is None:
            raise FileNotFoundError(errno.ENOENT, "modelled", str(path))
        return node


def _files(folder: Names, above: str = "") -> Iterator[Entry]:
    for name, node in folder.seen.items():
        if isinstance(node, Names):
            yield from _files(node, f"{above}{name}/")
        else:
            yield Entry(above + name, len(node.seen), node.at)


# A bucket.


class Shelf:
    """What a bucket holds; a put that nobody waits for any more may still arrive."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, float]] = {}
        self.late: list[tuple[str, bytes]] = []

    def settle(self, chance: random.Random) -> None:
        """Time passes: what was late has arrived, or never will."""
        for key, body in self.late:
            if chance.random() < 0.5:
                self.kept.setdefault(key, (body, time.time()))
        self.late = []
        self.kept = {key: (body, at - _AGE) for key, (body, at) in self.kept.items()}


@dataclass
class Server:
    """A bucket as one process sees it: a request may be lost, or its answer, or be sent twice."""

    world: World
    shelf: Shelf


class Client:
    """In the place of `obstore`: the requests of `tenure.buckets`, to a modelled server."""

    @staticmethod
    async def put_async(
        server: Server, key: str, source: Any, mode: str = "overwrite", **_: object
    ) -> None:
        """What is streamed becomes visible once it is whole."""
        body = source if isinstance(source, bytes) else b"".join([part async for part in source])
        world, kept = server.world, server.shelf.kept
        await world.pause()

        def put() -> None:
            if mode == "create" and key in kept:
                raise AlreadyExistsError("modelled")
            kept[key] = (body, time.time())
            if mode == "create" and world.chance.random() < 0.05:
                # The answer was lost, and the client underneath has sent it again.
                raise AlreadyExistsError("modelled")

        def later() -> None:
            server.shelf.late.append((key, body))

        world.act("put", put, half=later, error=_generic)
        await world.pause()

    @staticmethod
    async def get_async(server: Server, key: str) -> "Got":
        await server.world.pause()
        return Got(_found(server, key))

    @staticmethod
    async def get_range_async(server: Server, key: str, *, start: int, end: int) -> bytes:
        await server.world.pause()
        return _found(server, key)[start:end]

    @staticmethod
    async def list(server: Server, **_: object) -> Any:
        """In pages, between which objects come and go: a listing is no snapshot."""
        after = ""
        while True:
            page = server.world.act(
                "list",
                lambda after=after: sorted(key for key in server.shelf.kept if key > after)[:7],  # type: ignore[misc]
                error=_generic,
                writes=False,
            )
            if not page:
                return
            yield [_listed(key, *server.shelf.kept[key]) for key in page]
            after = page[-1]
            await server.world.pause()

    @staticmethod
    async def delete_async(server: Server, keys: Sequence[str]) -> None:
        for key in keys:
            server.world.act(
                "delete", lambda key=key: server.shelf.kept.pop(key, None), error=_generic  # type: ignore[misc]
            )
        await server.world.pause()


@dataclass
class Got:
    """An answer to a request."""

    body: bytes

    async def bytes_async(self) -> bytes:
        return self.body


def _found(server: Server, key: str) -> bytes:
    def get() -> bytes:
        if key not in server.shelf.kept:
            raise NotFoundError("modelled")
        return server.shelf.kept[key][0]

    return server.world.act("get", get, error=_generic, writes=False)


def _listed(key: str, body: bytes, at: float) -> dict[str, object]:
    return {"path": key, "size": len(body), "last_modified": datetime.fromtimestamp(at, UTC)}


def _generic(_: int) -> Exception:
    return GenericError("modelled")


# A database.

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


class Database:
    """One real SQLite file for all schedules, each of which finds it empty.

    What is committed outlives a power cut: SQLite is believed. With `relaxed` the last commits may be
    taken back, as synchronous=NORMAL allows, down to the last one that was synced.
    """

    def __init__(self, file: Path, metadata: sa.MetaData) -> None:
        self._file = file
        self.writer = self._connect(sqlite3.Connection)
        self.writer.execute("PRAGMA journal_mode=WAL")
        self.writer.execute("PRAGMA foreign_keys=ON")
        self.reader = self._connect(sqlite3.Connection)
        self.engine = sa.create_engine("sqlite://", creator=self.another, poolclass=StaticPool)
        self.writing = sa.create_engine("sqlite://", creator=self.another, poolclass=NullPool)
        self.world: World | None = None
        with closing(self._connect(sqlite3.Connection)) as db:
            making = sa.create_engine("sqlite://", creator=lambda: db, poolclass=StaticPool)
            metadata.create_all(making)
            making.dispose()
        self._tables = [*metadata.tables, "sqlite_sequence"]
        self.relaxed = False
        self.commits = 0
        self._unsynced: list[Rows] = []
        for engine in (self.engine, self.writing):
            engine.connect().close()  # what an engine asks first, it asks once

    def begin(self, *, relaxed: bool) -> None:
        """Empty, for the next schedule."""
        self.relaxed = relaxed
        self._put({})
        self._unsynced = [self.rows()] if relaxed else []

    def another(self) -> sqlite3.Connection:
        """A connection of its own, on which statements may fail."""
        another = self._connect(Failing)
        assert isinstance(another, Failing)
        another.database = self
        return another

    def committed(self) -> None:
        """A commit has happened, and lasts unless this database is relaxed."""
        self.commits += 1
        if self.relaxed:
            self._unsynced.append(self.rows())

    def synced(self) -> None:
        """All that is committed lasts."""
        del self._unsynced[:-1]

    def lose_power(self, chance: random.Random) -> None:
        """What was not committed has not happened."""
        if self.writer.in_transaction:
            self.writer.execute("ROLLBACK")
        if self.relaxed:
            self._put(chance.choice(self._unsynced))
            self._unsynced = [self.rows()]

    def rows(self) -> Rows:
        """Everything in it that is committed."""
        read = self.reader.execute
        return {name: read(f"SELECT * FROM {name}").fetchall() for name in self._tables}

    def close(self) -> None:
        self.engine.dispose()
        for one in (self.writer, self.reader):
            one.close()

    def _connect(self, factory: type[sqlite3.Connection]) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._file, isolation_level=None, check_same_thread=False, factory=factory
        )
        db.execute("PRAGMA synchronous=OFF")  # the power cuts here are not those of this machine
        return db

    def _put(self, rows: Rows) -> None:
        db = self.writer
        db.execute("PRAGMA foreign_keys=OFF")
        db.execute("BEGIN IMMEDIATE")
        for name in self._tables:
            db.execute(f"DELETE FROM {name}")
            for row in rows.get(name, ()):
                db.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
        db.execute("COMMIT")
        db.execute("PRAGMA foreign_keys=ON")


class Failing(sqlite3.Connection):
    """A real connection whose statements fail when the world of its database says so."""

    database: Database | None = None

    def cursor(self, *_: Any) -> Any:
        return super().cursor(_Cursor)


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = (), /) -> "_Cursor":
        db = self.connection
        assert isinstance(db, Failing)
        run = partial(super().execute, sql, parameters)
        if db.database is None or db.database.world is None:
            run()
            return self
        _step(db.database.world, db, sql, run)
        if sql == "COMMIT":
            # Such a connection is fully synchronous, whatever the writer's is.
            db.database.committed()
            db.database.synced()
        return self


class Failed:
    """The connection of the writer, or of a reader, as one process has it."""

    def __init__(self, world: World, database: Database, db: sqlite3.Connection) -> None:
        self._world = world
        self._database = database
        self._db = db

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    @property
    def total_changes(self) -> int:
        return self._db.total_changes

    def execute(self, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
        def run() -> sqlite3.Cursor:
            cursor = self._db.execute(sql, params)
            if sql == "COMMIT":
                self._database.committed()
            return cursor

        return _step(self._world, self._db, sql, run)

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> sqlite3.Cursor:
        return _step(self._world, self._db, sql, lambda: self._db.executemany(sql, rows))

    def set_progress_handler(self, *_: object) -> None:
        """No scan here takes long."""


def _step(
    world: World, db: sqlite3.Connection, sql: str, run: Callable[[], sqlite3.Cursor]
) -> sqlite3.Cursor:
    """A statement; refused, it has not happened, and SQLite may have ended the transaction."""
    word = sql.partition(" ")[0]
    if word in ("SELECT", "PRAGMA", "BEGIN"):
        return world.act(word, run, error=_refused, writes=False)

    def ended() -> None:
        if db.in_transaction:
            db.rollback()

    # Only of a commit may somebody fail to learn that it has happened.
    return world.act(word, run, half=ended, error=_refused, unheard=word == "COMMIT")


def _refused(number: int) -> Exception:
    full = number == _FULL
    error = sqlite3.OperationalError("database or disk is full" if full else "disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_IOERR
    return error

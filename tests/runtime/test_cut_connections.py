"""Maintenance whose database dies: wherever it is cut off, it is refused in our words."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from tenure import open_storage
from tenure.errors import Unavailable
from tenure.maintenance import main
from tenure.postgres import PostgresMeta, PostgresOptions

from tests import postgres
from tests.runtime import shop

WORDS = "the (storage|database) can(not| not)"
IMPATIENT = PostgresOptions(connect=0.1)


@pytest.fixture(scope="module")
def database() -> Iterator[postgres.Server]:
    """A server that may be killed."""
    server = postgres.Server()
    yield server
    server.remove()


@asynccontextmanager
async def cutting(url: str, after: int, *, rough: bool) -> AsyncIterator[str]:
    """The URL of a way to the same database that ends after so many bytes from it, however often."""
    name, _, folder = url.rpartition("/data")[0].partition("@/")[2].partition("?host=")
    socket = f"{folder}/data/.s.PGSQL.5432"

    async def pass_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int
    ) -> None:
        with suppress(OSError):
            while left and (data := await reader.read(65536)):
                writer.write(data[:left])
                left -= min(left, len(data))
                await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server, ours = await asyncio.open_unix_connection(socket)
        down = asyncio.ensure_future(pass_on(server, writer, after))
        up = asyncio.ensure_future(pass_on(reader, ours, 1 << 30))
        await asyncio.wait([down, up], return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, ours):
            if rough:
                end.transport.abort()
            else:
                end.close()
        await asyncio.gather(down, up)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    yield f"postgresql://postgres:hush@127.0.0.1:{port}/{name}"
    listening.close()


def several(db: sa.Connection) -> None:
    for number in range(3):
        db.execute(sa.text("INSERT INTO passed VALUES (:number)"), {"number": number})
        db.execute(sa.text("SELECT * FROM passed LIMIT 3")).fetchall()


@pytest.mark.parametrize("rough", [True, False], ids=["reset", "closed"])
@pytest.mark.parametrize("kind", ["run", "execute"])
def test_wherever_its_connection_is_cut_a_transaction_is_unavailable_or_done(
    kind: str, rough: bool
) -> None:
    url = postgres.server().create()
    told: list[str] = []

    async def attempt(after: int) -> None:
        async with cutting(url, after, rough=rough) as way:
            meta = PostgresMeta(way, IMPATIENT)
            try:
                if kind == "run":
                    await meta.run(several)
                else:
                    await meta.execute(sa.text("SELECT 'hush' FROM passed"))
                told.append("")
            except Unavailable as refused:
                told.append(refused.detail)
            finally:
                await meta.close()

    async def every() -> None:
        meta = PostgresMeta(url)
        await meta.run(lambda db: db.exec_driver_sql("CREATE TABLE passed (number int)"))
        await meta.close()
        for after in range(1, 2400, 61):
            await attempt(after)

    asyncio.run(every())
    assert told[-1] == ""
    assert len([words for words in told if words]) > 10
    assert all(re.match(WORDS, words) for words in told if words)


def test_what_the_driver_says_when_a_server_dies_under_it_is_told_in_our_words() -> None:
    """Which end of its connection it sees first is chance: SQLAlchemy passes this one on as it is."""

    def dies(_: sa.Connection) -> None:
        raise asyncpg.InternalClientError("got result for unknown protocol state 3")

    async def run() -> None:
        meta = PostgresMeta(postgres.server().url())
        with pytest.raises(Unavailable, match=WORDS):
            await meta.run(dies)
        await meta.close()

    asyncio.run(run())


def test_two_transactions_that_wait_for_each_other_are_not_told_as_sql() -> None:
    async def story() -> None:
        url = postgres.server().create()
        meta = PostgresMeta(url)
        await meta.run(
            lambda db: db.exec_driver_sql("CREATE TABLE pair AS SELECT generate_series(1, 2) AS id")
        )
        both = asyncio.Barrier(2)

        def lock(*ids: int) -> Any:
            def work(db: sa.Connection) -> None:
                for number in ids:
                    db.execute(sa.text(f"SELECT id FROM pair WHERE id = {number} FOR UPDATE"))
                    if number == ids[0]:
                        sa.util.await_only(both.wait())

            return meta.run(work)

        ended = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)
        (refused,) = (one for one in ended if one is not None)
        assert isinstance(refused, Unavailable)
        assert refused.detail == "two transactions waited for each other: try again"
        await meta.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("command", "dies"),
    [
        ("verify", "before it is opened"),
        ("verify", "when it is open"),
        ("gc", "when it is open"),
        ("erase", "when it is open"),
    ],
)
def test_a_command_whose_database_dies_says_so_in_a_line_and_exits_with_1(
    database: postgres.Server,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    dies: str,
) -> None:
    url = database.create().replace("//postgres:", "//postgres:hush")
    asyncio.run(postgres.make_tables(url, shop.metadata))

    async def opened() -> Any:
        if dies == "before it is opened":
            database.kill()
        storage = await open_storage(
            profile="postgres",
            resources=[shop.drafted, shop.order_manager, shop.leaflet_manager],
            data=tmp_path,
            database_url=url,
            postgres=IMPATIENT,
        )
        # Every connection that maintenance takes from here on leads to nobody.
        await storage.meta.execute(sa.text("SELECT 1"))
        database.kill()
        return storage

    arguments = [command, "product", "prd_1"] if command == "erase" else [command]
    try:
        assert main(opened, arguments) == 1
    finally:
        database.start()
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"the (storage|database) [a-z ]+\n", said.err)

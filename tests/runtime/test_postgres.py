"""PostgreSQL as a store: round trips, locks, faults, restarts, and what it must do as SQLite does."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from tenure import Conflict, Invalid, Pin, Storage
from tenure.errors import Unavailable
from tenure.postgres import PostgresMeta, PostgresOptions
from tenure.statements import Prepared

from tests import postgres
from tests.runtime import shop
from tests.runtime.shop import (
    Line,
    Order,
    ProductQuery,
    bread,
    changed,
    in_shop,
    order_manager,
    plain,
)


def meta(storage: Storage) -> PostgresMeta:
    assert isinstance(storage.meta, PostgresMeta)
    return storage.meta


@contextlib.asynccontextmanager
async def statements(storage: Storage) -> AsyncIterator[list[str]]:
    """What is sent to the server by the store's own connections."""
    seen: list[str] = []

    def note(record: Any) -> None:
        seen.append(record.query)

    connections = list(meta(storage)._home().pool._all)
    for connection in connections:
        connection.add_query_logger(note)
    yield seen
    await asyncio.sleep(0.01)  # they are told of a little later
    for connection in connections:
        connection.remove_query_logger(note)


@contextlib.asynccontextmanager
async def session(folder: Path) -> AsyncIterator[Any]:
    """Somebody else, in the same database."""
    connection = await asyncpg.connect(postgres.database_of(folder, shop.metadata))
    try:
        yield connection
    finally:
        await connection.close()


def test_a_plain_write_and_a_read_are_one_round_trip_each(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(1, tags=["a"]), by="ada")
        # A connection asks once what arrays of text, and of numbers, look like.
        await order_manager.create(storage, Order(number="0", product=made.id), by="ada")
        async with statements(storage) as seen:
            other = await plain.create(storage, bread(2, tags=["b", "c"]), by="ada")
        assert len(seen) == 1
        async with statements(storage) as seen:
            await order_manager.create(storage, Order(product=made.id), by="ada")
        assert len(seen) == 1
        assert "FOR KEY SHARE" in seen[0]
        async with statements(storage) as seen:
            await plain.update(storage, other.id, changed(tags=["c", "d"]), by="ada")
        assert len(seen) == 2  # what is there, and what shall be
        for read in (
            plain.get(storage, made.id),
            plain.search(storage, ProductQuery(limit=1)),
            plain.get(storage, made.id, as_of=made.created_at),
            plain.revision(storage, made.id, 1),
        ):
            async with statements(storage) as seen:
                await read
            assert len(seen) == 1
        async with statements(storage) as seen:
            with pytest.raises(Conflict):
                await plain.create(storage, bread(2), by="ada")
        assert len(seen) == 1
        tags = await shop.rows(storage, shop.product_tags, shop.product_tags.c.id == other.id)
        assert [row["value"] for row in tags] == ["c", "d"]

    in_shop("postgres", tmp_path, story)


def test_a_delete_waits_for_who_begins_to_refer_and_then_is_refused(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        target = await plain.create(storage, bread(), by="ada")
        async with session(tmp_path) as other:
            await other.execute("BEGIN")
            await other.execute("SELECT 1 FROM products WHERE id = $1 FOR KEY SHARE", target.id)
            await other.execute(
                "INSERT INTO tenure_links VALUES ('order', 'ord_x', 0, 'product', 'product', $1, 0)",
                target.id,
            )
            # An update is none of their business, and goes on.
            await plain.update(storage, target.id, changed(title="Rye"), by="ada")
            deleting = asyncio.create_task(plain.delete(storage, target.id, by="ada"))
            await postgres.waiting(other)
            await other.execute("COMMIT")
            with pytest.raises(Conflict, match="still referred to"):
                await deleting
        assert (await plain.get(storage, target.id)).deleted_at is None

    in_shop("postgres", tmp_path, story)


def test_who_refers_waits_for_a_delete_and_then_is_refused(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        target = await plain.create(storage, bread(), by="ada")
        async with session(tmp_path) as other:
            await other.execute("BEGIN")
            await other.execute("SELECT 1 FROM products WHERE id = $1 FOR UPDATE", target.id)
            await other.execute("UPDATE products SET deleted_at = now() WHERE id = $1", target.id)
            order = Order(product=target.id)
            creating = asyncio.create_task(order_manager.create(storage, order, by="ada"))
            await postgres.waiting(other)
            await other.execute("COMMIT")
            with pytest.raises(Invalid, match="no product has the id"):
                await creating
        assert await shop.rows(storage, shop.orders) == []
        assert await shop.rows(storage, shop.order_revisions) == []

    in_shop("postgres", tmp_path, story)


def test_very_many_references_are_asked_one_by_one_and_refused_together(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = [await plain.create(storage, bread(number), by="ada") for number in range(12)]
        lines = [Line(product=Pin(id=it.id, revision=1)) for it in made]
        order = await order_manager.create(storage, Order(lines=lines), by="ada")
        assert len(await shop.rows(storage, shop.metadata.tables["tenure_links"])) == 12
        missing = [Line(product=Pin(id=f"prd_{'0' * 25}{at}", revision=1)) for at in (1, 2)]
        with pytest.raises(Invalid) as caught:
            await order_manager.update(
                storage, order.id, changed(lines=[*lines, *missing]), by="ada"
            )
        assert {error.pointer for error in caught.value.errors} >= {
            "/lines/12/product",
            "/lines/13/product",
        }
        with pytest.raises(Conflict, match="still referred to"):
            await plain.delete(storage, made[0].id, by="ada")
        await order_manager.delete(storage, order.id, by="ada")
        await plain.delete(storage, made[0].id, by="ada")
        pool = meta(storage)._home().pool
        assert len(pool._all) == len(pool._idle)

    in_shop("postgres", tmp_path, story)


def test_who_is_favoured_writes_while_nobody_else_can(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(1), by="ada")
        other = await shop.opened("postgres", tmp_path)
        async with meta(storage).favour():
            assert (await plain.get(storage, made.id)).number == 1
            waiting_ = asyncio.create_task(plain.create(other, bread(2), by="bob"))
            deleting = asyncio.create_task(plain.delete(other, made.id, by="bob"))
            await asyncio.sleep(0.2)
            assert not waiting_.done()
            assert not deleting.done()
            assert (await plain.get(other, made.id)).number == 1
            after = await plain.update(storage, made.id, changed(title="Rye"), by="ada")
            assert after.number == 2
        await waiting_
        assert (await deleting).deleted_at is not None
        await other.close()
        pool = meta(storage)._home().pool
        assert len(pool._all) == len(pool._idle)

    in_shop("postgres", tmp_path, story)


def test_one_locked_row_stops_neither_readers_nor_other_writers(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(1), by="ada")
        async with session(tmp_path) as other:
            await other.execute("BEGIN")
            await other.execute("SELECT 1 FROM products WHERE id = $1 FOR UPDATE", made.id)
            stuck = asyncio.create_task(
                plain.update(storage, made.id, changed(title="Rye"), by="ada")
            )
            await postgres.waiting(other)
            async with asyncio.timeout(2):
                assert (await plain.get(storage, made.id)).number == 1
                await plain.create(storage, bread(2), by="ada")
            await other.execute("ROLLBACK")
            assert (await stuck).number == 2

    in_shop("postgres", tmp_path, story)


def test_a_lock_held_too_long_is_unavailable_and_says_no_sql(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(1), by="ada")
        async with session(tmp_path) as other:
            await other.execute("BEGIN")
            await other.execute("SELECT 1 FROM products WHERE id = $1 FOR UPDATE", made.id)
            with pytest.raises(Unavailable) as caught:
                await plain.update(storage, made.id, changed(title="Rye"), by="ada")
            assert str(caught.value) == "the database takes too long"
            assert isinstance(caught.value.__cause__, asyncpg.LockNotAvailableError)
        assert (await plain.update(storage, made.id, changed(title="Rye"), by="ada")).number == 2
        for slow in (
            storage.meta.execute(sa.select(sa.func.pg_sleep(5))),
            storage.meta.run(lambda db: db.execute(sa.select(sa.func.pg_sleep(5)))),
            storage.meta.all(Prepared(sa.select(sa.func.pg_sleep(5))), {}),
        ):
            with pytest.raises(Unavailable, match="takes too long"):
                await slow

    options = PostgresOptions(lock=0.2, statement=0.5)
    in_shop("postgres", tmp_path, story, postgres=options)


def test_more_callers_than_connections_queue_and_the_last_are_told(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await asyncio.gather(
            *(plain.create(storage, bread(number), by="ada") for number in range(40))
        )
        assert len(meta(storage)._home().pool._all) == 2
        async with session(tmp_path) as other:
            await other.execute("BEGIN")
            await other.execute("SELECT 1 FROM products FOR UPDATE")
            stuck = [
                asyncio.create_task(plain.update(storage, it.id, changed(title="x"), by="ada"))
                for it in made[:2]
            ]
            await postgres.waiting(other)
            await asyncio.sleep(0.05)
            with pytest.raises(Unavailable, match="does not answer in time"):
                await plain.get(storage, made[0].id)
            await other.execute("ROLLBACK")
            await asyncio.gather(*stuck)
        assert (await plain.get(storage, made[0].id)).number == 2

    options = PostgresOptions(pool=2, connect=1.0)
    in_shop("postgres", tmp_path, story, postgres=options)


def test_cancelled_callers_leave_no_connection_behind_and_no_half_write(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        number = 0
        for wait in (0, 0.0005, 0.002, 0.005, 0.01, 0.02):
            tasks = []
            for _ in range(12):
                number += 1
                tasks.append(asyncio.create_task(plain.create(storage, bread(number), by="ada")))
            await asyncio.sleep(wait)
            for task in tasks[::2]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(not isinstance(result, BaseException) for result in results[1::2])
        pool = meta(storage)._home().pool
        assert len(pool._all) == len(pool._idle) <= 4
        assert (pool._opening, len(pool._waiting)) == (0, 0)
        rows = await shop.rows(storage, shop.products)
        assert len(rows) >= 36
        assert len(rows) == len(await shop.rows(storage, shop.product_revisions))
        assert len(rows) == len(await shop.rows(storage, shop.metadata.tables["tenure_changes"]))

    in_shop("postgres", tmp_path, story, postgres=PostgresOptions(pool=4))


def test_a_cancelled_transaction_lets_go_of_its_locks_and_of_the_gate(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(0), by="ada")

        async def favoured(number: int) -> None:
            async with meta(storage).favour():
                await plain.update(storage, made.id, changed(title=str(number)), by="ada")

        async def come_and_go(number: int) -> None:
            short = await plain.create(storage, bread(number), by="ada")
            await plain.delete(storage, short.id, by="ada")

        for number in range(1, 25):
            tasks = [
                asyncio.create_task(favoured(number)),
                asyncio.create_task(come_and_go(number)),
            ]
            await asyncio.sleep(0.0015 * (number % 8))
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            told = [it for it in results if it is not None]
            assert all(isinstance(it, asyncio.CancelledError) for it in told), told
        async with asyncio.timeout(5):
            await plain.update(storage, made.id, changed(title="at last"), by="ada")
        pool = meta(storage)._home().pool
        assert len(pool._all) == len(pool._idle)

    in_shop("postgres", tmp_path, story)


def test_after_a_restart_of_the_server_everything_goes_on(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await asyncio.gather(
            *(plain.create(storage, bread(number), by="ada") for number in range(8))
        )
        await asyncio.to_thread(postgres.server().restart)
        assert (await plain.get(storage, made[0].id)).number == 1
        assert (await plain.update(storage, made[0].id, changed(title="x"), by="ada")).number == 2
        assert len(await shop.rows(storage, shop.products)) == 8
        await asyncio.to_thread(postgres.server().restart)
        # So do the statements of others, which have connections of their own.
        assert len(await shop.rows(storage, shop.products)) == 8
        await storage.meta.run(lambda db: db.execute(sa.select(1)))

    in_shop("postgres", tmp_path, story)


def test_while_the_server_is_away_every_call_says_so_in_time(tmp_path: Path) -> None:
    server = postgres.server()

    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(1), by="ada")
        await asyncio.to_thread(server.kill)
        try:
            begun = asyncio.get_running_loop().time()
            calls: list[Callable[[], Awaitable[object]]] = [
                lambda: plain.get(storage, made.id),
                lambda: plain.update(storage, made.id, changed(title="x"), by="ada"),
                lambda: plain.create(storage, bread(2), by="ada"),
                lambda: plain.delete(storage, made.id, by="ada"),
                lambda: storage.meta.execute(sa.select(1)),
                lambda: storage.meta.run(lambda db: db.execute(sa.select(1))),
            ]
            told = await asyncio.gather(*(call() for call in calls), return_exceptions=True)
            assert [type(it) for it in told] == [Unavailable] * len(calls), told
            assert asyncio.get_running_loop().time() - begun < 3
        finally:
            await asyncio.to_thread(server.start)
        assert (await plain.get(storage, made.id)).number == 1

    in_shop("postgres", tmp_path, story, postgres=PostgresOptions(connect=0.7))


def test_a_database_that_is_not_there_is_said_so_when_the_storage_is_opened(tmp_path: Path) -> None:
    async def run() -> None:
        nowhere = f"postgresql://postgres@/none?host={tmp_path}"
        options = PostgresOptions(connect=0.3)
        for url in (nowhere, postgres.server().url("missing")):
            with pytest.raises(Unavailable, match="the database"):
                await PostgresMeta(url, options).open()

    asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    ["//u:half/half@h/d", "//u:half#half@h/d", "//u:half?half@h/d", "//h:half/d"],
)
def test_a_url_that_cannot_be_read_is_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="cannot be read") as caught:
        PostgresMeta(f"postgresql:{url}")
    assert "half" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    "url", ["//u:p%2Fw@h:5432/d", "//a:1,b:2/d", "//u@[::1]:5432/d", "//u@/d?host=/run", "///d"]
)
def test_a_url_that_libpq_understands_is_taken(url: str) -> None:
    PostgresMeta(f"postgresql:{url}")


def test_closing_finishes_what_was_begun_and_leaves_no_connection(tmp_path: Path) -> None:
    async def run() -> None:
        storage = await shop.opened("postgres", tmp_path)
        tasks = [
            asyncio.create_task(plain.create(storage, bread(number), by="ada"))
            for number in range(30)
        ]
        await asyncio.sleep(0.02)
        await storage.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        done = [result for result in results if not isinstance(result, BaseException)]
        assert all(isinstance(it, Unavailable) for it in results if isinstance(it, BaseException))
        with pytest.raises(Unavailable):
            await plain.create(storage, bread(999), by="ada")
        async with session(tmp_path) as other:
            assert await other.fetchval("SELECT count(*) FROM products") == len(done)
            mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tenure'"
            async with asyncio.timeout(5):
                while await other.fetchval(mine):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

    asyncio.run(run())


def test_two_event_loops_can_share_a_storage(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        async def fill(start: int) -> None:
            for number in range(start, start + 20):
                await plain.create(storage, bread(number), by="ada")

        other = threading.Thread(target=lambda: asyncio.run(fill(100)))
        other.start()
        await fill(0)
        await asyncio.to_thread(other.join)
        assert len(await shop.rows(storage, shop.products)) == 40

    in_shop("postgres", tmp_path, story)


def test_a_teams_own_query_reads_and_cannot_write(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        await plain.create(storage, bread(1, price="1.10"), by="ada")
        query = sa.select(sa.func.count(), sa.func.max(shop.products.c.price))
        assert [tuple(map(str, row)) for row in await storage.meta.execute(query)] == [
            ("1", "1.10")
        ]
        with pytest.raises(sa.exc.DBAPIError, match="read-only"):
            await storage.meta.execute(shop.products.delete())
        async with session(tmp_path) as other:
            assert await other.fetchval("SELECT count(*) FROM products") == 1

    in_shop("postgres", tmp_path, story)


@pytest.mark.parametrize(
    "given",
    [{"sku": "nul\0l"}, {"sku": "x" * 21}, {"kind": "x" * 5000}, {"price": "123456789012.00"}],
    ids=["a null character", "too long", "far too long", "too large"],
)
def test_what_a_column_cannot_hold_is_invalid_and_leaves_nothing(
    tmp_path: Path, given: dict[str, str]
) -> None:
    async def story(storage: Storage) -> None:
        with pytest.raises(Invalid) as caught:
            await plain.create(storage, bread(1, **given), by="ada")
        assert "indexed" in str(caught.value)
        assert await shop.rows(storage, shop.product_revisions) == []

    in_shop("postgres", tmp_path, story)


def test_sessions_are_set_up_for_what_the_store_counts_on(tmp_path: Path) -> None:
    async def look(storage: Storage) -> dict[str, str]:
        names = ("synchronous_commit", "default_transaction_isolation", "statement_timeout")
        async with asyncio.timeout(5):
            connection = await meta(storage)._home().pool.take()
            found = {name: await connection.fetchval(f"SHOW {name}") for name in names}
            meta(storage)._home().pool.give(connection)
        return found

    async def story(storage: Storage) -> None:
        found = await look(storage)
        assert found == {
            "synchronous_commit": "on",
            "default_transaction_isolation": "read committed",
            "statement_timeout": "30s",
        }

    async def relaxed(storage: Storage) -> None:
        assert (await look(storage))["synchronous_commit"] == "off"

    in_shop("postgres", tmp_path, story)
    in_shop("postgres", tmp_path, relaxed, postgres=PostgresOptions(relaxed=True))


def test_a_relaxed_store_can_be_asked_to_sync_what_is_committed(tmp_path: Path) -> None:
    async def place(storage: Storage, which: str) -> int:
        query = sa.text(f"SELECT pg_wal_lsn_diff(pg_current_wal_{which}_lsn(), '0/0')::bigint")
        return int((await storage.meta.execute(query))[0][0])

    async def story(storage: Storage) -> None:
        for number in range(20):
            await plain.create(storage, bread(number), by="ada")
            written = await place(storage, "insert")
            await storage.meta.sync()
            assert await place(storage, "flush") >= written

    in_shop("postgres", tmp_path, story, postgres=PostgresOptions(relaxed=True))


def test_text_is_in_the_order_of_sqlite_whatever_the_language_of_the_database(
    tmp_path: Path,
) -> None:
    skus = ["a", "B", "b", "Z", "ä", "é", "z", "_", "ab", "a b", "Äb"]

    async def story(storage: Storage) -> None:
        for sku in skus:
            await plain.create(storage, bread(sku=sku, title=sku, kind=sku), by="ada")
        page = await plain.search(storage, ProductQuery(order_by="kind"))
        assert [item.value.sku for item in page.items] == sorted(skus)
        page = await plain.search(storage, ProductQuery(title__prefix="a", order_by="sku"))
        assert [item.value.sku for item in page.items] == ["a", "a b", "ab"]

    async def columns(storage: Storage) -> None:
        await story(storage)
        async with session(tmp_path) as other:
            # Servers differ in the languages they know; ours are told not to use any.
            found = await other.fetch(
                "SELECT DISTINCT collation_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND data_type IN ('character varying', 'text')"
            )
        assert [row[0] for row in found] == ["C"]

    in_shop("disk", tmp_path, story)
    in_shop("postgres", tmp_path, columns)


ORDERS = ["created_at", "-created_at", "price", "-price", "kind", "-kind"]


def test_every_page_of_a_list_is_read_from_an_index_and_nulls_are_where_sqlite_has_them(
    tmp_path: Path,
) -> None:
    """First page and every later one, by every indexed order, a third of the prices missing."""
    asked: list[tuple[str, list[object]]] = []

    async def fill(url: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(FILL)
        await connection.close()

    async def story(storage: Storage) -> None:
        store = meta(storage)
        read = store._read

        async def noted(compiled: Any, arguments: Any) -> list[Any]:
            asked.append((compiled.sql, list(arguments)))
            return await read(compiled, arguments)

        store._read = noted  # type: ignore[method-assign]
        async with session(tmp_path) as other:
            for order in ORDERS:
                for query in (ProductQuery(order_by=order, limit=200),):
                    page = await plain.search(storage, query)
                    found = list(page.items)
                    while page.next:
                        query = query.model_copy(update={"cursor": page.next})
                        page = await plain.search(storage, query)
                        found += page.items
                    assert len({item.id for item in found}) == len(found) == 5000
                    prices = [item.value.price for item in found]
                    if order == "price":
                        assert prices[:1667] == [None] * 1667
                        assert prices[1667:] == sorted(it for it in prices if it is not None)
                    if order == "-price":
                        assert prices[3333:] == [None] * 1667
            for sql, arguments in asked:
                plan = await other.fetch(f"EXPLAIN {sql}", *arguments)
                text = "\n".join(row[0] for row in plan)
                # Of the last rows, few enough to sort, the planner may read the bodies otherwise.
                assert "Seq Scan on products" not in text, text
                assert "Index Scan" in text, text
            assert len(asked) >= 6 * 25

    in_shop("postgres", tmp_path, lambda storage: fill_then(storage))
    asyncio.run(fill(postgres.database_of(tmp_path, shop.metadata)))
    in_shop("postgres", tmp_path, story)


async def fill_then(storage: Storage) -> None:
    """One resource by hand, to be multiplied."""
    await plain.create(storage, bread(0, price=None), by="ada")


FILL = """
INSERT INTO products SELECT (json_populate_record(p, json_build_object(
    'id', 'prd_' || lpad(g::text, 26, '0'), 'sku', 'S' || g, 'kind', 'k' || (g % 7),
    'price', CASE WHEN g % 3 = 0 THEN NULL ELSE (g * 7919) % 1000 END,
    'created_at', p.created_at + g / 2 * interval '1 ms'))).* FROM products p, generate_series(1, 4999) g;
INSERT INTO product_revisions SELECT (json_populate_record(r, json_build_object(
    'id', 'prd_' || lpad(g::text, 26, '0'),
    'body', '\\x' || encode(convert_to(json_build_object('sku', 'S' || g, 'title', 't', 'price',
        CASE WHEN g % 3 = 0 THEN NULL ELSE ((g * 7919) % 1000)::text END)::text, 'UTF8'), 'hex')
    ))).* FROM product_revisions r, generate_series(1, 4999) g;
ANALYZE;
"""


def test_the_pages_behind_a_cursor_are_planned_once_and_not_each_time(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        await asyncio.gather(
            *(plain.create(storage, bread(number), by="ada") for number in range(1, 400))
        )
        await storage.meta.run(lambda db: db.execute(sa.text("ANALYZE")))
        cursor = None
        for _ in range(10):
            page = await plain.search(storage, ProductQuery(limit=20, cursor=cursor))
            cursor = page.next
        pool = meta(storage)._home().pool
        connection = await pool.take()
        plans = await connection.fetch(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%LIMIT 21' AND statement LIKE '%products.id) <%'"
        )
        pool.give(connection)
        # PostgreSQL has to see five of its own plans before it believes in one for all.
        assert [tuple(row) for row in plans] == [(4, 5)]

    in_shop("postgres", tmp_path, story, postgres=PostgresOptions(pool=1))

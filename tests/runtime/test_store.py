"""The store of rows: commits in groups, counts its statements, tells of faults, closes cleanly."""

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tenure import Conflict, Storage, open_storage, plans
from tenure.commits import Commits, FileLock
from tenure.errors import Unavailable
from tenure.meta import Duplicate
from tenure.objects import Objects
from tenure.revisions import RevisionStore
from tenure.sqlite import DiskMeta
from tenure.writing import Act

from tests.runtime import shop
from tests.runtime.shop import (
    Order,
    ProductQuery,
    Profile,
    bread,
    changed,
    in_shop,
    order_manager,
    plain,
)


def writer(storage: Storage) -> Commits:
    assert isinstance(storage.meta, DiskMeta)
    return storage.meta._commits


@contextlib.contextmanager
def statements(storage: Storage) -> Iterator[list[str]]:
    """The statements SQLite runs, on the connections this thread writes and reads with."""
    seen: list[str] = []
    meta: Any = storage.meta
    connections = [meta._reader(), meta._commits._db] if isinstance(meta, DiskMeta) else [meta._db]
    for connection in connections:
        connection.set_trace_callback(seen.append)
    yield seen
    for connection in connections:
        connection.set_trace_callback(None)


@pytest.mark.parametrize("profile", ["memory", "disk"])
def test_reads_are_one_statement_and_writes_a_handful(profile: Profile, tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(1), by="ada")
        order = await order_manager.create(storage, Order(), by="ada")
        for number in range(2, 5):
            await plain.create(storage, bread(number), by="ada")
        with statements(storage) as seen:
            await plain.get(storage, made.id)
        assert len(seen) == 1
        with statements(storage) as seen:
            page = await plain.search(storage, ProductQuery(limit=2, kind="bread"))
        assert len(seen) == 1
        with statements(storage) as seen:
            again = ProductQuery(limit=2, kind="bread", cursor=page.next)
            await plain.search(storage, again)
        assert len(seen) == 1
        with statements(storage) as seen:
            await plain.get(storage, made.id, as_of=made.created_at)
        assert len(seen) == 1
        with statements(storage) as seen:
            await plain.revisions(storage, made.id)
        assert len(seen) == 2
        assert not [text for text in seen if "revisions.body" in text]
        with statements(storage) as seen:
            await order_manager.update(storage, order.id, changed(note="x"), by="ada")
        # read; begin, row, revision, links, feed, commit
        assert len(seen) <= 8, seen
        with statements(storage) as seen, pytest.raises(Exception, match="no product"):
            await plain.get(storage, "..")
        assert seen == []

    in_shop(profile, tmp_path, story)


def test_writes_that_arrive_together_share_commits(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        with statements(storage) as seen:
            made = await asyncio.gather(
                *(plain.create(storage, bread(number), by="ada") for number in range(100))
            )
        assert sum(text == "COMMIT" for text in seen) <= 4
        assert len({stored.id for stored in made}) == 100

    in_shop("disk", tmp_path, story)


def test_one_refused_write_spoils_no_other_of_its_group(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        numbers = [1, 2, 1, 3, 2, 4]
        with statements(storage) as seen:
            results = await asyncio.gather(
                *(plain.create(storage, bread(number), by="ada") for number in numbers),
                return_exceptions=True,
            )
        assert sum(text == "COMMIT" for text in seen) == 1
        assert [isinstance(result, Conflict) for result in results] == [
            False, False, True, False, True, False,
        ]  # fmt: skip
        feed = await shop.rows(storage, shop.metadata.tables["tenure_changes"])
        assert [row["seq"] for row in feed] == [1, 2, 3, 4]

    in_shop("disk", tmp_path, story)


def test_a_write_that_fails_half_way_leaves_nothing_and_spoils_no_other_of_its_group(
    tmp_path: Path,
) -> None:
    async def story(storage: Storage) -> None:
        async def both(one: int, other: int) -> None:
            writes = []
            for number in (one, other):
                planned = await plans.create(storage, plain.resource, bread(number), Act("ada"))
                writes += planned[0]
            await storage.meta.apply(writes)

        await plain.create(storage, bread(1), by="ada")
        results = await asyncio.gather(
            plain.create(storage, bread(2), by="ada"),
            both(3, 1),
            plain.create(storage, bread(4), by="ada"),
            both(5, 6),
            return_exceptions=True,
        )
        assert [isinstance(result, Duplicate) for result in results] == [False, True, False, False]
        found = await shop.rows(storage, plain.resource.tables.meta)
        assert sorted(row["sku"][-1] for row in found) == ["1", "2", "4", "5", "6"]
        feed = await shop.rows(storage, shop.metadata.tables["tenure_changes"])
        assert [row["seq"] for row in feed] == [1, 2, 3, 4, 5]
        # Alone, it leaves nothing either.
        with pytest.raises(Duplicate):
            await both(7, 1)
        assert len(await shop.rows(storage, plain.resource.tables.meta)) == 5

    in_shop("disk", tmp_path, story)


def test_a_cancelled_request_breaks_nobody_elses_write(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        for wait in (0, 0.0001, 0.0005, 0.002):
            tasks = [
                asyncio.create_task(plain.create(storage, bread(number), by=str(wait)))
                for number in range(10)
            ]
            await asyncio.sleep(wait)
            for task in tasks[::2]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(not isinstance(result, BaseException) for result in results[1::2])
            for row in await shop.rows(storage, shop.products):
                await plain.delete(storage, row["id"], by="ada") if not row["deleted_at"] else None

    in_shop("disk", tmp_path, story)


def test_heavy_writes_are_done_off_the_event_loop(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        target = await plain.create(storage, bread(), by="ada")
        for number in range(100):
            await order_manager.create(storage, Order(gift=target.id, number=str(number)), by="x")
        threads: set[str] = set()
        storage.meta._commits._db.set_trace_callback(  # type: ignore[attr-defined]
            lambda _: threads.add(threading.current_thread().name)
        )
        await plain.delete(storage, target.id, by="ada")
        assert threads == {"tenure-commit"}

    in_shop("disk", tmp_path, story)


def test_two_event_loops_can_share_a_storage(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        async def fill(start: int) -> None:
            for number in range(start, start + 40):
                await plain.create(storage, bread(number), by="ada")

        other = threading.Thread(target=lambda: asyncio.run(fill(100)))
        other.start()
        await fill(0)
        await asyncio.to_thread(other.join)
        assert len(await shop.rows(storage, shop.products)) == 80

    in_shop("disk", tmp_path, story)


def test_a_loop_that_ends_while_it_waits_blocks_nobody(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        async def leave() -> None:
            left = asyncio.ensure_future(plain.create(storage, bread(1), by="ada"))
            await asyncio.sleep(0.0003)
            assert left is not None

        for _ in range(10):
            await asyncio.to_thread(lambda: asyncio.run(leave()))
        async with asyncio.timeout(5):
            await plain.create(storage, bread(2), by="ada")

    in_shop("disk", tmp_path, story)


def test_a_full_disk_reaches_the_caller_and_passes(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        await plain.create(storage, bread(1), by="ada")
        db = writer(storage)._db
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count={pages + 1}")
        results = await asyncio.gather(
            *(
                plain.create(storage, bread(number, title="x" * 3000), by="ada")
                for number in range(2, 12)
            ),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, BaseException)]
        assert refused
        assert all(isinstance(result, Unavailable) for result in refused)
        assert isinstance(refused[0].__cause__, sqlite3.Error)
        db.execute("PRAGMA max_page_count=1000000")
        await plain.create(storage, bread(99), by="ada")
        rows = await shop.rows(storage, shop.products)
        assert len(rows) == 2 + len(results) - len(refused)
        assert len(await shop.rows(storage, shop.product_revisions)) == len(rows)

    in_shop("disk", tmp_path, story)


def test_somebody_elses_lock_is_waited_for_without_stopping_the_loop(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(1), by="ada")
        other = sqlite3.connect(tmp_path / "meta.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(plain.create(storage, bread(2), by="ada"))
        loop = asyncio.get_running_loop()
        longest = 0.0
        for _ in range(50):
            before = loop.time()
            await plain.get(storage, made.id)
            await asyncio.sleep(0.002)
            longest = max(longest, loop.time() - before)
        assert not task.done()
        assert longest < 0.25
        other.execute("ROLLBACK")
        await task
        other.close()

    in_shop("disk", tmp_path, story)


def test_closing_finishes_what_was_begun(tmp_path: Path) -> None:
    async def run() -> None:
        storage = await shop.opened("disk", tmp_path)
        tasks = [
            asyncio.create_task(plain.create(storage, bread(number), by="ada"))
            for number in range(200)
        ]
        await asyncio.sleep(0)
        await storage.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        done = [result for result in results if not isinstance(result, BaseException)]
        with pytest.raises(Unavailable):
            await plain.create(storage, bread(999), by="ada")
        again = await shop.opened("disk", tmp_path)
        assert len(await shop.rows(again, shop.products)) == len(done)
        await again.close()

    asyncio.run(run())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tenure")]


def test_reads_cannot_write(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        with pytest.raises((Unavailable, sa.exc.OperationalError)):
            await storage.meta.execute(shop.products.delete())
        reader = storage.meta._reader()  # type: ignore[attr-defined]
        with pytest.raises(sqlite3.OperationalError):
            reader.execute("DELETE FROM products")

    in_shop("disk", tmp_path, story)


def test_readers_map_the_file_into_memory_in_every_thread(tmp_path: Path) -> None:
    """Without it, each commit of another process makes every page be copied anew."""
    ask = "PRAGMA mmap_size"

    async def story(storage: Storage) -> None:
        reader = storage.meta._reader()  # type: ignore[attr-defined]
        assert reader.execute(ask).fetchone() == (1024**3,)
        assert await storage.meta.execute(sa.text(ask)) == [(1024**3,)]

    in_shop("disk", tmp_path, story)


class Crowd:
    """Objects whose reads go on when `wanted` of them are under way, and fail when that is never."""

    def __init__(self, objects: Objects, wanted: int) -> None:
        self._objects = objects
        self._wanted = wanted
        self._here = asyncio.Event()
        self._now = 0
        self.most = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)

    async def read(self, key: str) -> bytes:
        self._now += 1
        self.most = max(self.most, self._now)
        if self._now == self._wanted:
            self._here.set()
        try:
            async with asyncio.timeout(5):
                await self._here.wait()
            return await self._objects.read(key)
        finally:
            self._now -= 1


def test_the_bodies_of_a_page_are_read_together_and_not_too_many_at_a_time(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        making = (plain.create(storage, bread(number), by="ada") for number in range(70))
        made = await asyncio.gather(*making)
        for moment in (None, max(one.updated_at for one in made)):
            crowd = Crowd(storage.revisions._objects, 64)
            crowded = replace(storage, revisions=RevisionStore(crowd))
            page = await plain.search(crowded, ProductQuery(limit=100, as_of=moment))
            assert {one.id: one.body for one in page.items} == {one.id: one.body for one in made}
            assert crowd.most == 64

    in_shop("files", tmp_path, story)


def test_the_database_is_in_wal_mode_with_full_sync_unless_relaxed(tmp_path: Path) -> None:
    async def run(relaxed: bool) -> tuple[str, int, int]:
        storage = await open_storage(data=tmp_path, resources=[plain], relaxed=relaxed)
        db = writer(storage)._db
        found = [
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        await storage.close()
        return found[0], found[1], found[2]

    assert asyncio.run(run(False)) == ("wal", 2, 1)
    assert asyncio.run(run(True)) == ("wal", 1, 1)


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    async def key() -> bytes:
        storage = await open_storage(data=tmp_path, resources=[plain])
        await storage.close()
        return storage.key

    first = asyncio.run(key())
    assert len(first) >= 32
    assert asyncio.run(key()) == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_long_body_is_synced_with_its_name_before_any_row_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    async def story(storage: Storage) -> None:
        monkeypatch.setattr(os, "fsync", fsync)
        await plain.create(storage, bread(title="x" * 20_000), by="ada")
        row = (await shop.rows(storage, shop.product_revisions))[0]
        resource, shard, name = row["key"].split("/")
        assert synced == ["revisions", resource, f"{name}#0", shard]
        with pytest.raises(FileExistsError):
            await storage.revisions._objects.create(row["key"], b"x")

    in_shop("disk", tmp_path, story)


def test_a_teams_own_query_takes_any_core_statement(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        await plain.create(storage, bread(1, price="1.10"), by="ada")
        await plain.create(storage, bread(2, price="2.20"), by="ada")
        query = sa.select(sa.func.count(), sa.func.max(shop.products.c.price))
        rows = await storage.meta.execute(query)
        assert [tuple(map(str, row)) for row in rows] == [("2", "2.20")]

    for profile in ("memory", "disk"):
        in_shop(profile, tmp_path, story)


def test_a_new_data_folder_is_its_owner_s_alone(tmp_path: Path) -> None:
    """Secret fields are plain in it, whatever the umask says."""
    folder = tmp_path / "data"
    asyncio.run(opened_and_closed(folder))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "meta.sqlite").exists()


async def opened_and_closed(folder: Path) -> None:
    storage = await open_storage(resources=[], data=folder)
    await storage.close()


def test_who_is_favoured_never_waits_for_a_thread_that_waits_for_it(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        numbers = iter(range(1, 1000))

        def create() -> asyncio.Task[object]:
            return asyncio.create_task(plain.create(storage, bread(next(numbers)), by="ada"))

        async def favoured() -> None:
            async with storage.meta.favour():
                await create()

        for _ in range(20):
            # Another process holds the gate; a commit and somebody to be favoured wait behind it.
            gate = FileLock(tmp_path / "meta.sqlite.gate")
            gate.wait()
            waiting = [create(), asyncio.create_task(favoured())]
            await asyncio.sleep(0.02)
            gate.close()
            await asyncio.wait_for(asyncio.gather(*waiting), 10)

    in_shop("disk", tmp_path, story)


def test_many_that_are_favoured_leave_threads_for_files(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))

        async def favoured(number: int) -> None:
            async with storage.meta.favour():
                await plain.create(storage, bread(number), by="ada")

        await asyncio.wait_for(asyncio.gather(*map(favoured, range(1, 9))), 10)

    in_shop("files", tmp_path, story)

"""What is kept stays and what is not goes: by number, by days, by both; never what is in use."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tenure import (
    Gone,
    Invalid,
    NotFound,
    Pin,
    ResourceManager,
    Storage,
    new_id,
    open_storage,
    writing,
)
from tenure.maintenance import collect, collecting, compact, verify
from tenure.uploading import Incoming

from tests import postgres
from tests.runtime import gallery, shop
from tests.runtime.gallery import Picture
from tests.runtime.places import PROFILES, Profile, place
from tests.runtime.shop import Line, Order, Product, bread, changed, in_shop, order_manager

Story = Callable[[Storage], Awaitable[None]]
Run = Callable[[Story, ResourceManager[Product]], None]
START = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

one = shop.product_manager(drafts=False, keep=1)


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def goes_on(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What writes and `gc` take for the time."""
    told = Clock()

    class Told(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return told.now.astimezone(tz)

    for module in (writing, collecting):
        monkeypatch.setattr(module, "datetime", Told)
    return told


@pytest.fixture(params=PROFILES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story in a shop on each profile."""
    profile: Profile = request.param
    return lambda story, manager: in_shop(profile, tmp_path, story, product=manager)


@pytest.fixture(params=PROFILES)
def run_gallery(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., None]:
    """`run_gallery(story, manager)` on each profile."""

    def run(story: Story, kept: ResourceManager[Picture]) -> None:
        async def told() -> None:
            options = place(request.param, tmp_path, gallery.metadata)
            storage = await open_storage(resources=[kept], **options)
            await storage.create_tables(gallery.metadata)
            await story(storage)
            await storage.close()

        asyncio.run(told())

    return run


def upload(kept: ResourceManager[Picture], storage: Storage, id_: str, words: bytes) -> Any:
    async def chunks() -> Any:
        yield words

    return kept.upload(storage, id_, "original", Incoming(chunks()), by="ada")


async def numbers(manager: ResourceManager[Any], storage: Storage, id_: str) -> list[int]:
    return [line.number for line in (await manager.revisions(storage, id_)).items]


async def pinning(storage: Storage, target: str, revision: int | None = None) -> str:
    """An order of a product as it is, or as it was."""
    line = Line(product=Pin(id=target, revision=revision))
    order = Order(number=new_id("n"), lines=[line])
    return (await order_manager.create(storage, order, by="ada")).id


async def clean(storage: Storage) -> bool:
    return (await verify(storage)).problems == []


# By days


def test_a_revision_goes_once_its_days_are_over_and_takes_its_blob_along(
    run_gallery: Callable[..., None], clock: Clock
) -> None:
    kept = gallery.manager(keep_for=90 * DAY)

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, Picture(), by="ada")
        for words in (b"one", b"two", b"three"):
            clock.goes_on(10 * DAY)
            await upload(kept, storage, made.id, words)
        clock.goes_on(70 * DAY)  # 100 days after the first, 90 after the second
        assert (await collect(storage)).revisions == 1
        assert await numbers(kept, storage, made.id) == [4, 3, 2]
        clock.goes_on(timedelta(microseconds=1))
        done = await collect(storage)
        assert (done.revisions, done.blobs) == (1, 1)
        assert await numbers(kept, storage, made.id) == [4, 3]
        clock.goes_on(1000 * DAY)
        assert (await collect(storage)).blobs == 1
        assert await numbers(kept, storage, made.id) == [4]  # what is current has no last day
        outgoing = await kept.download(storage, await kept.get(storage, made.id), "original")
        assert b"".join([p async for p in storage.blobs.stream(outgoing.key, 0, 5)]) == b"three"
        assert await clean(storage)

    run_gallery(story, kept)


def test_days_count_from_when_a_revision_was_written_not_from_when_it_was_current(
    run: Run, clock: Clock
) -> None:
    kept = shop.product_manager(drafts=False, keep_for=30 * DAY)

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, bread(), by="ada")
        clock.goes_on(365 * DAY)
        await kept.update(storage, made.id, changed(title="Two"), by="ada")
        assert await numbers(kept, storage, made.id) == [2, 1]  # the days are for `gc` to count
        await collect(storage)
        assert await numbers(kept, storage, made.id) == [2]
        with pytest.raises(Gone, match="no longer kept"):
            await kept.get(storage, made.id, as_of=START + DAY)
        with pytest.raises(NotFound):
            await kept.get(storage, made.id, as_of=START - DAY)
        assert (await kept.get(storage, made.id, as_of=clock.now)).number == 2
        await kept.delete(storage, made.id, by="ada")
        clock.goes_on(365 * DAY)
        await collect(storage)
        assert (await kept.undelete(storage, made.id, by="ada")).value.title == "Two"
        assert await clean(storage)

    run(story, kept)


def test_with_both_a_revision_stays_as_long_as_either_keeps_it(run: Run, clock: Clock) -> None:
    kept = shop.product_manager(drafts=False, keep=2, keep_for=30 * DAY)

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, bread(), by="ada")
        for number in range(2, 6):
            clock.goes_on(10 * DAY)
            await kept.update(storage, made.id, changed(title=f"{number}"), by="ada")
        assert await numbers(kept, storage, made.id) == [5, 4, 3, 2, 1]
        await collect(storage)
        assert await numbers(kept, storage, made.id) == [5, 4, 3, 2]  # 2 is 30 days old, 1 is 40
        clock.goes_on(365 * DAY)
        await collect(storage)
        assert await numbers(kept, storage, made.id) == [5, 4]  # the last two, however old
        assert await clean(storage)

    run(story, kept)


# By number


def test_the_last_one_alone_is_plain_crud(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await one.create(storage, bread(), by="ada")
        await one.update(storage, made.id, changed(title="Two"), by="ada")
        assert await numbers(one, storage, made.id) == [2]
        for gone in (one.revision(storage, made.id, 1), one.restore(storage, made.id, 1, by="a")):
            with pytest.raises(NotFound):
                await gone
        with pytest.raises(Gone):
            await one.get(storage, made.id, as_of=made.updated_at)
        await one.delete(storage, made.id, by="ada")
        back = await one.undelete(storage, made.id, by="ada")
        assert (back.number, back.value.title) == (4, "Two")
        assert await numbers(one, storage, made.id) == [4]
        assert await clean(storage)

    run(story, one)


def test_a_keyframe_that_stays_keeps_its_blob(run_gallery: Callable[..., None]) -> None:
    kept = gallery.manager(keep=3)

    async def story(storage: Storage) -> None:
        # As if the spec had kept everything until now.
        kept.resource.keep = None
        made = await kept.create(storage, Picture(), by="ada")
        for number in range(2, 16):
            await upload(kept, storage, made.id, b"words %d" % number)
        await compact(storage)
        kept.resource.keep = 3
        await kept.update(storage, made.id, changed(title="new"), by="ada")
        # 14 is kept as what differs from 11, and who may go with 1 was there until now.
        assert await numbers(kept, storage, made.id) == [16, 15, 14, 11, 1]
        await collect(storage, age=timedelta(0))
        assert await clean(storage)

    run_gallery(story, kept)


# What something else pins


def test_a_pinned_revision_stays_as_long_as_it_is_pinned(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await one.create(storage, bread(), by="ada")
        order = await pinning(storage, made.id)
        for title in ("Two", "Three", "Four"):
            await one.update(storage, made.id, changed(title=title), by="ada")
        assert await numbers(one, storage, made.id) == [4, 1]
        await collect(storage, age=timedelta(0))
        assert (await one.revision(storage, made.id, 1)).value.title == "Bread 1"

        line = Line(product=Pin(id=made.id))
        await order_manager.update(storage, order, changed(lines=[line]), by="ada")
        await one.update(storage, made.id, changed(title="Five"), by="ada")
        assert await numbers(one, storage, made.id) == [5, 4]
        assert await clean(storage)

    run(story, one)


def test_gc_leaves_what_is_pinned_and_takes_what_no_longer_is(run: Run, clock: Clock) -> None:
    kept = shop.product_manager(drafts=False, keep_for=30 * DAY)

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, bread(), by="ada")
        order = await pinning(storage, made.id)
        await kept.update(storage, made.id, changed(title="Two"), by="ada")
        await kept.update(storage, made.id, changed(title="Three"), by="ada")
        clock.goes_on(31 * DAY)
        assert (await collect(storage)).revisions == 1
        assert await numbers(kept, storage, made.id) == [3, 1]
        await order_manager.delete(storage, order, by="ada")  # what is deleted pins nothing
        assert (await collect(storage)).revisions == 1
        assert await numbers(kept, storage, made.id) == [3]
        with pytest.raises(Invalid) as caught:
            await order_manager.undelete(storage, order, by="ada")
        assert caught.value.errors[0].pointer == "/lines/0/product"
        assert await clean(storage)

    run(story, kept)


def test_a_pin_whose_revision_is_gone_is_found_by_verify(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await one.create(storage, bread(), by="ada")
        order = await pinning(storage, made.id)
        await one.update(storage, made.id, changed(title="Two"), by="ada")
        table = shop.product_revisions
        await storage.meta.run(lambda db: db.execute(table.delete().where(table.c.number == 1)))
        (problem,) = (await verify(storage)).problems
        assert (problem.resource, problem.id) == ("order", order)
        assert problem.what == "pins a product revision that is gone"

    in_shop("memory", tmp_path, story, product=one)


def test_what_is_pinned_while_it_is_let_go_of_is_one_or_the_other(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await one.create(storage, bread(), by="ada")
        pinned = 0
        for number in range(12):
            title = changed(title=f"{number}")
            results = await asyncio.gather(
                one.update(storage, made.id, title, by="ada"),
                *(pinning(storage, made.id) for _ in range(3)),
                collect(storage),
                return_exceptions=True,
            )
            orders = [order for order in results if isinstance(order, str)]
            failed = [error for error in results if isinstance(error, Exception)]
            assert [error for error in failed if not isinstance(error, Invalid)] == []
            pinned += len(orders)
            assert await clean(storage)
            for order in orders:
                await order_manager.delete(storage, order, by="ada")
        assert pinned > 12

    run(story, one)


@contextlib.asynccontextmanager
async def session(folder: Path) -> AsyncIterator[Any]:
    """Somebody else, in the same database, in a transaction that is not over."""
    connection = await asyncpg.connect(postgres.database_of(folder, shop.metadata))
    await connection.execute("BEGIN")
    yield connection
    await connection.close()


PINNED = "INSERT INTO tenure_links VALUES ('order', 'ord_x', 0, 'lines', 'product', $1, 1)"
LOCKED = "SELECT 1 FROM product_revisions WHERE id = $1 AND number = 1 FOR KEY SHARE"


@pytest.mark.parametrize("by", ["a write", "gc"])
def test_letting_go_waits_for_who_begins_to_pin(tmp_path: Path, by: str) -> None:
    kept = shop.product_manager(drafts=False, keep=1)

    async def story(storage: Storage) -> None:
        kept.resource.keep = None
        made = await kept.create(storage, bread(), by="ada")
        if by == "gc":
            await kept.update(storage, made.id, changed(title="Two"), by="ada")
        kept.resource.keep = 1
        going: Any = collect(storage)
        if by == "a write":
            going.close()
            going = kept.update(storage, made.id, changed(title="Two"), by="ada")
        async with session(tmp_path) as other:
            await other.execute(LOCKED, made.id)
            await other.execute(PINNED, made.id)
            going = asyncio.create_task(going)
            await postgres.waiting(other)
            await other.execute("COMMIT")
            await going
        assert await numbers(kept, storage, made.id) == [2, 1]

    in_shop("postgres", tmp_path, story, product=kept)


NEXT = """INSERT INTO product_revisions SELECT (json_populate_record(r, '{"number": 2}')).*
FROM product_revisions r WHERE id = $1"""


@pytest.mark.parametrize("revision", [None, 1])
def test_who_begins_to_pin_waits_for_what_is_being_let_go_of(
    tmp_path: Path, revision: int | None
) -> None:
    async def story(storage: Storage) -> None:
        made = await one.create(storage, bread(), by="ada")
        async with session(tmp_path) as other:
            await other.execute(NEXT, made.id)
            await other.execute("UPDATE products SET revision = 2, head = 2 WHERE id = $1", made.id)
            gone = "DELETE FROM product_revisions WHERE id = $1 AND number = 1"
            await other.execute(gone, made.id)
            going = asyncio.create_task(pinning(storage, made.id, revision))
            await postgres.waiting(other)
            await other.execute("COMMIT")
            if revision is None:
                # Whichever is current: it is looked at again, and is the second by now.
                order = await order_manager.get(storage, await going)
                assert order.value.lines[0].product.revision == 2
            else:
                with pytest.raises(Invalid, match="no published revision 1"):
                    await going
                assert await shop.rows(storage, shop.orders) == []

    in_shop("postgres", tmp_path, story, product=one)

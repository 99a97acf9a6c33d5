"""The feed misses nothing and keeps the order of each resource, however slow its writers are."""

import asyncio
import random
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from tenure import Storage
from tenure.feed import START, Place, changes_after

from tests import postgres
from tests.runtime import shop
from tests.runtime.shop import PROFILES, Profile, bread, changed, in_shop, plain

feed = shop.metadata.tables["tenure_changes"]


async def everything(storage: Storage, limit: int = 7) -> list[tuple[str, int]]:
    """What a reader of pages has seen when the feed ends: (id, number)."""
    place, seen = START, []
    while page := await changes_after(storage.meta, feed, place, limit):
        seen += [(change.id, change.number) for _, change in page]
        place = page[-1][0]
    return seen


@pytest.mark.parametrize("profile", PROFILES)
def test_the_feed_is_read_in_pages_and_goes_on_where_it_ended(
    profile: Profile, tmp_path: Path
) -> None:
    async def story(storage: Storage) -> None:
        ids = [(await plain.create(storage, bread(number), by="ada")).id for number in range(10)]
        for key in ids[::2]:
            await plain.update(storage, key, changed(title="Rye"), by="bob")
        assert await everything(storage) == [(key, 1) for key in ids] + [(k, 2) for k in ids[::2]]
        page = await changes_after(storage.meta, feed, limit=3)
        assert [change.by for _, change in page] == ["ada"] * 3
        assert page[0][1].at.tzinfo is not None
        (_, last), *more = await changes_after(storage.meta, feed, page[-1][0], limit=1)
        assert (last.id, last.kind, last.current, more) == (ids[3], "create", 1, [])

    in_shop(profile, tmp_path, story)


def test_a_change_is_not_handed_out_before_what_an_older_transaction_may_add(
    tmp_path: Path,
) -> None:
    async def story(storage: Storage) -> None:
        slow = await asyncpg.connect(postgres.database_of(tmp_path, shop.metadata))
        await slow.execute("BEGIN")
        await slow.execute(
            "INSERT INTO tenure_changes (resource, id, kind, number, at, by)"
            " VALUES ('product', 'prd_slow', 'create', 1, now(), 'slow')"
        )
        made = await plain.create(storage, bread(), by="ada")
        assert await everything(storage) == []
        await slow.execute("COMMIT")
        assert await everything(storage) == [("prd_slow", 1), (made.id, 1)]
        await slow.close()

    in_shop("postgres", tmp_path, story)


@pytest.mark.parametrize(
    "count", [10_000, pytest.param(200_000, marks=pytest.mark.heavy)], ids=["10000", "200000"]
)
def test_sixteen_writers_that_stall_at_random_lose_no_change(
    tmp_path: Path, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the feed, the same rows are tailed by `seq` alone, to see that this would lose some."""
    writers, statement = 16, (
        "INSERT INTO tenure_changes (resource, id, kind, number, at, by)"
        " SELECT 'product', $1, 'update', $2::int + g, now(), 'w' FROM generate_series(0, $3) g"
    )

    async def write(url: str, name: str, share: int) -> None:
        dice = random.Random(name)
        connection = await asyncpg.connect(url)
        done = 0
        while done < share:
            # What a cascade is: a transaction that takes its time between two rows of the feed.
            step = min(dice.randint(1, 4), share - done)
            async with connection.transaction():
                for number in range(step):
                    await connection.execute(statement, name, done + number, 0)
                    if dice.random() < 0.02:
                        await asyncio.sleep(dice.random() * 0.02)
            done += step
        await connection.close()

    async def story(storage: Storage) -> None:
        url = postgres.database_of(tmp_path, shop.metadata)
        share = count // writers
        writing = [asyncio.create_task(write(url, f"w{at}", share)) for at in range(writers)]
        seen: dict[str, list[int]] = {f"w{at}": [] for at in range(writers)}
        tailed, tail, place = 0, 0, START
        ended = False
        while True:
            page = await changes_after(storage.meta, feed, place, 500)
            for at, change in page:
                assert at > place
                place = at
                seen[change.id].append(change.number)
            rows = await storage.meta.execute(
                sa.select(feed.c.seq).where(feed.c.seq > tail).order_by(feed.c.seq).limit(500)
            )
            tailed, tail = tailed + len(rows), rows[-1][0] if rows else tail
            if ended and not page and not rows:
                break
            ended = all(task.done() for task in writing)
            await asyncio.sleep(0)
        await asyncio.gather(*writing)
        assert seen == {name: list(range(share)) for name in seen}
        with capsys.disabled():
            print(
                f"\n  feed of {share * writers}: 0 missed; by seq alone {share * writers - tailed}"
            )

    in_shop("postgres", tmp_path, story)


def test_places_are_compared_by_transaction_first() -> None:
    assert Place(3, 9) < Place(4, 1) < Place(4, 2)

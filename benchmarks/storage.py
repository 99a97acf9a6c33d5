"""The store against hand-written SQL on the same driver, and what a revision takes on disk.

    python -m benchmarks.storage [--profile disk,postgres] [--count 10000] [--rounds 300] [--json]

Both work on one database by turns, so that a slow moment of the machine meets both; figures are
medians of single calls. The machine's own speed cancels out of the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count as counting
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvloop
from tenure import Storage, open_storage
from tenure.http.patches import Patching
from tenure.maintenance import compact

from benchmarks.by_hand import ByHand, OnPostgres, OnSqlite, bodies_at
from benchmarks.places import Places
from benchmarks.shelf import KINDS, Product, ProductQuery, manager, metadata, product, repriced

PROFILES = ("disk", "files", "s3", "postgres", "postgres+s3")
GROUP = 32
_AT_ONCE = 200  # creates under way while the shelf is filled
_REVISIONS = 50

Call = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of call: microseconds of both; below 1 we take less than who writes by hand."""

    profile: str
    what: str
    ours: float
    by_hand: float

    @property
    def ratio(self) -> float:
        """Our time, by hand's being 1."""
        return self.ours / self.by_hand


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of a revision: of its body alone, and of everything the database has grown by."""

    profile: str
    document: str
    body: float
    packed: float
    database: float
    database_packed: float


async def compared(profile: str, places: Places, count: int, rounds: int) -> list[Line]:
    """Every kind of call on a shelf of `count` products."""
    options = places.options(profile)
    storage = await open_storage(resources=[manager], **options)
    await storage.create_tables(metadata)
    bodies = bodies_at(options)
    by_hand: ByHand
    if "database_url" in options:
        by_hand = await OnPostgres.connect(options["database_url"], bodies)
    else:
        by_hand = OnSqlite(options["data"] / "meta.sqlite", bodies)
    ids = await filled(storage, count)
    if "database_url" in options:
        await storage.meta.run(lambda db: db.execute(sa.text("ANALYZE")))
    lines = [line async for line in _lines(profile, storage, by_hand, ids, rounds)]
    if isinstance(by_hand, OnPostgres):
        await by_hand.close()
    await storage.close()
    return lines


async def filled(storage: Storage, count: int) -> list[str]:
    """The ids of `count` new products."""
    ids = []
    for start in range(0, count, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, count))
        made = (manager.create(storage, product(number), by="me") for number in numbers)
        ids += [stored.id for stored in await asyncio.gather(*made)]
    return ids


async def _lines(
    profile: str, storage: Storage, by_hand: ByHand, ids: list[str], rounds: int
) -> Any:
    fresh = counting(10 * len(ids))
    place = random.Random(1)
    chosen = [place.choice(ids) for _ in range(rounds)]
    new = [product(next(fresh)) for _ in range(2 * rounds)]

    async def get(at: int) -> None:
        (await manager.get(storage, chosen[at])).document()

    async def search(at: int) -> None:
        query = ProductQuery(kind=f"kind-{at % KINDS}")
        (await manager.search(storage, query)).joined()

    async def everything(_: int) -> None:
        (await manager.search(storage, ProductQuery())).joined()

    async def update(at: int) -> None:
        await manager.update(storage, chosen[at], lambda it: repriced(it, 2 * at), by="me")

    async def patch(at: int) -> None:
        change = Patching({"price": f"{at}.07"})
        await manager.update(storage, chosen[at], lambda it: change.onto(it, Product), by="me")

    async def create(at: int) -> None:
        await manager.create(storage, new[2 * at], by="me")

    async def together(_: int) -> None:
        made = [product(next(fresh)) for _ in range(GROUP)]
        await asyncio.gather(*(manager.create(storage, one, by="me") for one in made))

    kinds: list[tuple[str, Call, Call, int]] = [
        ("get", get, lambda at: by_hand.get(chosen[at]), rounds),
        ("search 50", everything, lambda _: by_hand.search(None), rounds),
        ("search 50 of a kind", search, lambda at: by_hand.search(f"kind-{at % KINDS}"), rounds),
        ("create", create, lambda at: by_hand.create(new[2 * at + 1]), rounds),
        ("update", update, lambda at: by_hand.update(chosen[at], 2 * at + 1), rounds),
        ("patch", patch, lambda at: by_hand.patch(chosen[at], {"price": f"{at}.08"}), rounds),
        (
            f"create {GROUP} at once",
            together,
            lambda _: by_hand.create_all([product(next(fresh)) for _ in range(GROUP)]),
            max(rounds // 10, 3),
        ),
    ]
    for what, ours, theirs, times in kinds:
        yield Line(profile, what, *await _by_turns(ours, theirs, times))


async def _by_turns(ours: Call, theirs: Call, times: int) -> tuple[float, float]:
    """Medians of both, in microseconds."""
    mine, other = [], []
    for at in range(times):
        begun = time.perf_counter()
        await ours(at)
        middle = time.perf_counter()
        await theirs(at)
        mine.append(middle - begun)
        other.append(time.perf_counter() - middle)
    return statistics.median(mine) * 1e6, statistics.median(other) * 1e6


def documents(chance: random.Random) -> dict[str, Iterable[Product]]:
    """Histories of documents of 1 KB: prose, noise, and noise that is another every time."""

    def noise(number: int) -> Product:
        return product(number).model_copy(update={"about": chance.randbytes(390).hex()})

    def history(first: Product) -> list[Product]:
        return [repriced(first, cents) for cents in range(_REVISIONS)]

    return {
        "prose, one field changes": history(product(1)),
        "random, one field changes": history(noise(2)),
        "random, all of it changes": [noise(3) for _ in range(_REVISIONS)],
    }


async def sized(profile: str, places: Places, copies: int) -> list[Size]:
    """What 50 revisions take before and after `compact`."""
    lines = []
    for number, what in enumerate(documents(random.Random(1))):
        storage = await open_storage(
            resources=[manager], **places.options(profile, f"sizes-{number}")
        )
        await storage.create_tables(metadata)
        empty = await _database(storage)
        for copy in range(copies):
            await _history(storage, list(documents(random.Random(copy)).values())[number], copy)
        revisions = copies * _REVISIONS
        before = await _bodies(storage), await _database(storage) - empty
        await compact(storage)
        after = await _bodies(storage), await _database(storage) - empty
        await storage.close()
        told = (before[0], after[0], before[1], after[1])
        lines.append(Size(profile, what, *(size / revisions for size in told)))
    return lines


async def _history(storage: Storage, revisions: Iterable[Product], copy: int) -> None:
    made = None
    for value in revisions:
        value = value.model_copy(update={"sku": f"BRD-{copy}"})
        if made is None:
            made = await manager.create(storage, value, by="me")
        else:
            await manager.update(storage, made.id, partial(_instead, value), by="me")


def _instead(value: Product, _: Product) -> Product:
    return value


async def _bodies(storage: Storage) -> int:
    body = manager.resource.tables.revisions.c.body
    return int((await storage.meta.execute(sa.select(sa.func.sum(sa.func.length(body)))))[0][0])


async def _database(storage: Storage) -> int:
    """Bytes of the whole database without what is only waiting to be used again."""
    if storage.meta.dialect.name == "postgresql":
        size = sa.text("SELECT pg_database_size(current_database())")
        vacuum = "VACUUM FULL"
    else:
        size = sa.text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        vacuum = "VACUUM"

    def work(db: sa.Connection) -> int:
        db.exec_driver_sql("COMMIT")  # neither of them vacuums inside a transaction
        db.exec_driver_sql(vacuum)
        found = int(db.execute(size).scalar_one())
        db.exec_driver_sql("BEGIN")
        return found

    return await storage.meta.run(work)


async def measured(
    profiles: Iterable[str], count: int, rounds: int, copies: int
) -> tuple[list[Line], list[Size]]:
    """Every profile, one after the other."""
    lines, sizes = [], []
    with tempfile.TemporaryDirectory() as name, Places(Path(name)) as places:
        for profile in profiles:
            # A body outside takes a round trip or a sync of its own to make.
            some = count if profile in ("disk", "postgres") else min(count, 2000)
            lines += await compared(profile, places, some, rounds)
            if profile in ("disk", "postgres"):
                sizes += await sized(profile, places, copies)
    return lines, sizes


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default=",".join(PROFILES), help="some of them, with commas")
    parser.add_argument("--count", type=int, default=10_000, help="products there are")
    parser.add_argument("--rounds", type=int, default=300, help="calls of each kind")
    parser.add_argument("--copies", type=int, default=20, help="documents of 50 revisions each")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    profiles = options.profile.split(",")
    if unknown := set(profiles) - set(PROFILES):
        parser.error(f"there is no profile {sorted(unknown)[0]}, only {', '.join(PROFILES)}")
    lines, sizes = uvloop.run(measured(profiles, options.count, options.rounds, options.copies))
    if options.json:
        told = [{**asdict(line), "ratio": line.ratio} for line in lines]
        json.dump({"calls": told, "sizes": [asdict(size) for size in sizes]}, sys.stdout)
        return
    for line in lines:
        print(
            f"{line.profile:12}{line.what:22}{line.ours:9.0f} us {line.by_hand:9.0f} us by hand"
            f"   ratio {line.ratio:.2f}"
        )
    for size in sizes:
        print(
            f"{size.profile:12}{size.document:28}body {size.body:5.0f} B, compact {size.packed:5.0f}"
            f" B   database {size.database:5.0f} B, compact {size.database_packed:5.0f} B"
        )


if __name__ == "__main__":
    main()

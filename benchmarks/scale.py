"""The same questions to a thousand resources and to a million: what grows, and by how much.

    python -m benchmarks.scale [--profile disk,postgres] [--sizes 1000,100000,1000000] [--json]

A shelf of each size is filled by the runtime's own `load`, from a dump that is made up as it is read;
then every question is asked, and its median compared with that of the smallest shelf. A deep page is
one behind so many others: the same each time, as the first page is, which shows what depth costs; and
another each time, as it is for who reads on and on, which shows what rows cost that nobody read before.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvloop
from tenure import Page, Storage, open_storage
from tenure.content import chain_digest
from tenure.maintenance import load
from tenure.search import Search
from tenure.values import described, instant

from benchmarks.by_hand import ByHand, OnPostgres, OnSqlite
from benchmarks.places import Places
from benchmarks.shelf import KINDS, Product, ProductQuery, manager, metadata, product

PROFILES = ("disk", "postgres")
SIZES = (1000, 100_000, 1_000_000)
_BEGAN = datetime(2030, 1, 1, tzinfo=UTC)

Call = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One size: how fast it was filled, and the median of each question in microseconds."""

    profile: str
    size: int
    seconds: float
    rate: float
    asked: dict[str, float]


class Dump:
    """The lines of a dump of `size` products, and the seconds it took to make them up."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.seconds = 0.0

    def __iter__(self) -> Iterator[str]:
        lines = self._lines()
        while True:
            begun = time.perf_counter()
            line = next(lines, None)
            self.seconds += time.perf_counter() - begun
            if line is None:
                return
            yield line

    def _lines(self) -> Iterator[str]:
        yield json.dumps({"tenure": 1})
        for number in range(self.size):
            yield from self._product(number)
        for number in range(self.size):
            change = {"seq": number + 1, "resource": "product", "id": id_of(number)}
            change |= {"kind": "create", "number": 1, "current": 1, "by": "me"}
            yield json.dumps({"change": change | {"at": moment(number), "request_id": None}})
        yield json.dumps({"end": 3 * self.size})

    def _product(self, number: int) -> Iterator[str]:
        content = manager.resource.codec.encode(product(number))
        id_, at = id_of(number), moment(number)
        said = instant(_BEGAN + timedelta(milliseconds=number))
        row: dict[str, Any] = {"id": id_, "revision": 1, "draft": None, "head": 1, "etag": 1}
        row |= {f"{what}_{how}": v for what in ("created", "updated") for how, v in _act(at)}
        row |= {"deleted_at": None, "schema_version": 1, "digest": content.digest}
        row["shown"] = described(1, "stable", (said, "me"), (said, "me"), None, None)
        yield json.dumps({"resource": "product", "row": row})
        revision: dict[str, Any] = {"number": 1, "parent": None, "kind": "create"}
        revision |= {"status": "stable", "schema_version": 1, "by": "me", "reason": None}
        revision |= {"request_id": None, "content": content.digest, "previous": None}
        chained = {**revision, "id": id_, "at": _BEGAN + timedelta(milliseconds=number)}
        revision |= {"at": at, "digest": chain_digest(None, chained)}
        revision |= {"size": len(content.body), "body": content.body.decode(), "blobs": []}
        yield json.dumps({"revision": revision})


def _act(at: str) -> tuple[tuple[str, str], ...]:
    return ("at", at), ("by", "me")


def id_of(number: int) -> str:
    """The id of a product, in order of its making as ids are."""
    return f"prd_{number:026d}"


def moment(number: int) -> str:
    """When it was made: one a millisecond."""
    return (_BEGAN + timedelta(milliseconds=number)).isoformat()


async def shelved(profile: str, places: Places, size: int, rounds: int) -> Shelf:
    """Fill a shelf, then ask everything."""
    options = places.options(profile, str(size))
    begun = time.perf_counter()
    storage = await open_storage(resources=[manager], **options)
    await storage.create_tables(metadata)
    dump = Dump(size)
    loading = time.perf_counter()
    await load(storage, dump)
    spent = time.perf_counter() - loading - dump.seconds
    await storage.meta.run(lambda db: db.execute(sa.text("ANALYZE")))
    seconds = time.perf_counter() - begun
    by_hand: ByHand
    if "database_url" in options:
        by_hand = await OnPostgres.connect(options["database_url"], None)
    else:
        by_hand = OnSqlite(options["data"] / "meta.sqlite", None)
    asked = {
        what: await _median(call, rounds)
        for what, call in (await _questions(storage, by_hand, size)).items()
    }
    if isinstance(by_hand, OnPostgres):
        await by_hand.close()
    await storage.close()
    return Shelf(profile, size, seconds, size / spent, asked)


async def _questions(storage: Storage, by_hand: ByHand, size: int) -> dict[str, Call]:
    chance = random.Random(size)

    async def get(_: int) -> None:
        (await manager.get(storage, id_of(chance.randrange(size)))).document()

    async def search(query: ProductQuery) -> Page[Product]:
        page = await manager.search(storage, query)
        assert page.joined()
        return page

    def first(**said: Any) -> Call:
        return lambda _: search(ProductQuery(**said))

    async def behind(depth: int, order: str) -> Call:
        # A page more each time, and back again before the end comes.
        cursors = [await _cursor(storage, order, depth)]
        pages = max((size - depth) // 50 - 1, 1)

        async def call(at: int) -> None:
            if at % pages == 0:
                del cursors[1:]
            page = await search(ProductQuery(order_by=order, cursor=cursors[-1]))
            assert page.next is not None
            cursors.append(page.next)

        return call

    async def kind(at: int) -> None:
        await search(ProductQuery(kind=f"kind-{at % KINDS}"))

    questions: dict[str, Call] = {
        "get": get,
        "one kind": kind,
        "one kind, by hand": lambda at: by_hand.search(f"kind-{at % KINDS}"),
        "q, a common word": first(q="rye"),
        "q, one hit": first(q=str(size // 2)),
    }
    for order in ("-created_at", "price"):
        questions[f"{order}, first page"] = first(order_by=order)
        for where, depth in (("middle", size // 2), ("end", size - min(size // 4, 20_000))):
            cursor = await _cursor(storage, order, depth)
            questions[f"{order}, {where}"] = first(order_by=order, cursor=cursor)
            questions[f"{order}, {where}, on and on"] = await behind(depth, order)
    return questions


async def _cursor(storage: Storage, order: str, depth: int) -> str:
    """What somebody holds who has read so many."""
    search, table = Search(manager.resource), manager.resource.tables.meta
    asked = search.ask(storage, ProductQuery(order_by=order), None)
    keys = [table.c[name] for name in dict.fromkeys((asked.order, "created_at", "id"))]
    query = sa.select(table.c[asked.order], table.c.created_at, table.c.id)
    query = query.where(table.c.deleted_at.is_(None), table.c.revision.is_not(None))
    ordered = query.order_by(*(key.desc() if asked.descending else key for key in keys))
    (row,) = await storage.meta.execute(ordered.offset(depth - 1).limit(1))
    value, at, id_ = list(row)
    return search.cursor(storage, asked, value, at, id_)


async def _median(call: Call, rounds: int) -> float:
    """Microseconds of a call; the first is not counted, which may compile a statement."""
    await call(0)
    times = []
    for at in range(1, rounds + 1):
        begun = time.perf_counter()
        await call(at)
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6


async def measured(profiles: list[str], sizes: list[int], rounds: int) -> list[Shelf]:
    """Every shelf, the smallest of each profile first."""
    with tempfile.TemporaryDirectory() as name, Places(Path(name)) as places:
        return [
            await shelved(profile, places, size, rounds)
            for profile in profiles
            for size in sorted(sizes)
        ]


def told(shelves: list[Shelf]) -> Iterator[str]:
    """The shelves of one profile side by side; what each takes as a multiple of the smallest."""
    smallest = shelves[0]
    columns = "".join(f"{shelf.size:>18,}" for shelf in shelves)
    yield f"{smallest.profile:30}{columns}"
    yield f"{'filled in, s':30}" + "".join(f"{shelf.seconds:18.1f}" for shelf in shelves)
    yield f"{'loaded a second':30}" + "".join(f"{shelf.rate:18,.0f}" for shelf in shelves)
    for what, least in smallest.asked.items():
        figures = (f"{it.asked[what]:9.0f} us {it.asked[what] / least:6.2f}" for it in shelves)
        yield f"{what:30}" + "".join(figures)
    largest = shelves[-1].asked
    yield f"at {shelves[-1].size:,}:"
    by_hand = largest["one kind"] / largest["one kind, by hand"]
    yield f"  {'one kind / by hand':38}{by_hand:5.2f}   target 2.00"
    for order in ("-created_at", "price"):
        for where in ("middle", "end", "middle, on and on", "end, on and on"):
            ratio = largest[f"{order}, {where}"] / largest[f"{order}, first page"]
            target = "" if "on and on" in where else "   target 1.50"
            yield f"  {f'{order}, {where} / first page':38}{ratio:5.2f}{target}"


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default=",".join(PROFILES), help="disk, postgres or both")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="at least 300 each")
    parser.add_argument("--rounds", type=int, default=100, help="times each question is asked")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    profiles = options.profile.split(",")
    if unknown := set(profiles) - set(PROFILES):
        parser.error(f"there is no profile {sorted(unknown)[0]}, only {', '.join(PROFILES)}")
    sizes = [int(size) for size in options.sizes.split(",")]
    if min(sizes) < 300:
        parser.error("a page deep in a list needs a list: at least 300")
    shelves = uvloop.run(measured(profiles, sizes, options.rounds))
    if options.json:
        json.dump([asdict(shelf) for shelf in shelves], sys.stdout)
        return
    for profile in profiles:
        print("\n".join(told([shelf for shelf in shelves if shelf.profile == profile])))


if __name__ == "__main__":
    main()

"""The store on PostgreSQL against hand-written SQL on the same driver: `python -m benchmarks.postgres [ROWS]`.

By hand is one statement a write too, with the same rows; so what is left is what our layers cost.
"""

import asyncio
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from tenure import Storage, open_storage

from benchmarks.store import GROUP, ROUNDS, Product, ProductQuery, manager, metadata, product
from tests.postgres import Server

_REVISION = """
    INSERT INTO product_revisions (id, number, parent, kind, status, schema_version, at, by, content,
        digest, previous, encoding, size, body)
    SELECT id, $2::int, $3::int, $4, 'stable', 1, $5::timestamptz, 'me', $6, $7, NULL, 'json', $8::int,
        $9::bytea FROM changed"""
_CHANGE = """
    INSERT INTO tenure_changes (resource, id, kind, number, current, at, by)
    SELECT 'product', id, $4, $2, $2, $5, 'me' FROM changed"""
_CREATE = f"""
WITH changed AS (
    INSERT INTO products (id, revision, head, etag, created_at, created_by, updated_at, updated_by,
        schema_version, digest, shown, sku, kind, price)
    VALUES ($1, $2, $2, 1, $5, 'me', $5, 'me', 1, $6, $10, $11, $12, $13) RETURNING id),
revision AS ({_REVISION}), change AS ({_CHANGE})
SELECT count(*) FROM changed"""
_UPDATE = f"""
WITH changed AS (
    UPDATE products SET revision = $2, head = $2, etag = etag + 1, updated_at = $5, digest = $6,
        shown = $10, sku = $11, kind = $12, price = $13 WHERE id = $1 AND etag = $14::int
        RETURNING id),
revision AS ({_REVISION}), change AS ({_CHANGE})
SELECT count(*) FROM changed"""
_GET = """
SELECT r.body, m.shown, m.etag, r.number FROM products m
JOIN product_revisions r ON r.id = m.id AND r.number = m.revision WHERE m.id = $1"""
_SEARCH = """
SELECT m.id, m.shown, m.created_at, r.body FROM products m
JOIN product_revisions r ON r.id = m.id AND r.number = m.revision
WHERE {} m.deleted_at IS NULL ORDER BY m.created_at DESC, m.id DESC LIMIT 51"""


class ByHand:
    """What a careful person would write for this one table."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def create(self, number: int) -> None:
        await self._write(_CREATE, f"prd_{os.urandom(13).hex()}", 1, product(number))

    async def create_group(self, numbers: list[int]) -> None:
        await asyncio.gather(*(self.create(number) for number in numbers))

    async def update(self, id_: str, cents: int) -> None:
        (row,) = await self._fetch(_GET, id_)
        made = Product.model_validate_json(row[0])
        made = made.model_copy(update={"price": Decimal(cents) / 100})
        await self._write(_UPDATE, id_, row[3] + 1, made, row[2])

    async def get(self, id_: str) -> bytes:
        (row,) = await self._fetch(_GET, id_)
        return b'{"id":"%b",%b,"meta":%d}' % (id_.encode(), row[0][1:-1], row[2])

    async def search(self, kind: str | None) -> bytes:
        if kind is None:
            rows = await self._fetch(_SEARCH.format(""))
        else:
            rows = await self._fetch(_SEARCH.format("m.kind = $1 AND"), kind)
        return b",".join(b'{"id":"%b",%b}' % (row[0].encode(), row[3][1:-1]) for row in rows)

    async def _write(self, sql: str, id_: str, number: int, made: Product, *etag: int) -> None:
        body = made.model_dump_json().encode()
        content, at = hashlib.sha256(body).hexdigest(), datetime.now(UTC)
        digest = hashlib.sha256(f"{id_}{number}{content}".encode()).hexdigest()
        kind = "update" if etag else "create"
        values = (id_, number, number - 1 or None, kind, at, content, digest, len(body), body)
        shown = (f'{{"at":"{at}"}}', made.sku, made.kind, made.price)
        (row,) = await self._fetch(sql, *values, *shown, *etag)
        assert row[0] == 1

    async def _fetch(self, sql: str, *values: object) -> list[Any]:
        async with self.pool.acquire() as connection:
            return list(await connection.fetch(sql, *values))


async def nothing(*_: object) -> None:
    """Ours resets nothing between two callers, and neither shall this."""


async def main(count: int, url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage = await open_storage(
            profile="postgres", database_url=url, data=Path(folder), resources=[manager]
        )
        await storage.create_tables(metadata)
        async with asyncpg.create_pool(url, min_size=10, max_size=10, reset=nothing) as pool:
            for start in range(0, count, 500):
                made = (
                    manager.create(storage, product(n), by="me") for n in range(start, start + 500)
                )
                stored = await asyncio.gather(*made)
            await pool.execute("ANALYZE")
            await compare(storage, ByHand(pool), [item.id for item in stored], count)
        await storage.close()


async def compare(storage: Storage, by_hand: ByHand, ids: list[str], count: int) -> None:
    numbers = iter(range(10 * count, 10**9))

    async def group() -> None:
        made = [manager.create(storage, product(next(numbers)), by="me") for _ in range(GROUP)]
        await asyncio.gather(*made)

    async def search(kind: str | None) -> None:
        (await manager.search(storage, ProductQuery(kind=kind))).joined()

    async def update(id_: str, cents: int) -> None:
        change = {"price": Decimal(cents) / 100}
        await manager.update(storage, id_, lambda value: value.model_copy(update=change), by="me")

    async def get(id_: str) -> None:
        (await manager.get(storage, id_)).document()

    kinds = [f"kind-{number % 20}" for number in range(20)]
    await line("get", lambda n: get(ids[n % 500]), lambda n: by_hand.get(ids[n % 500]), 5 * ROUNDS)
    await line("search 50", lambda _: search(None), lambda _: by_hand.search(None), ROUNDS)
    await line(
        "search 50 of a kind",
        lambda n: search(kinds[n % 20]),
        lambda n: by_hand.search(kinds[n % 20]),
        ROUNDS,
    )
    await line(
        "create",
        lambda _: manager.create(storage, product(next(numbers)), by="me"),
        lambda _: by_hand.create(next(numbers)),
        ROUNDS,
    )
    await line("update", lambda n: update(ids[n], 7), lambda n: by_hand.update(ids[n], 8), ROUNDS)
    await line(
        f"create {GROUP} together",
        lambda _: group(),
        lambda _: by_hand.create_group([next(numbers) for _ in range(GROUP)]),
        30,
    )


async def line(
    name: str,
    ours: Callable[[int], Awaitable[Any]],
    by_hand: Callable[[int], Awaitable[Any]],
    rounds: int,
) -> None:
    """Both by turns, so that a slow moment of the machine meets both; medians of single calls."""
    mine, theirs = [], []
    for at in range(rounds):
        begun = time.perf_counter()
        await ours(at)
        middle = time.perf_counter()
        await by_hand(at)
        mine.append(middle - begun)
        theirs.append(time.perf_counter() - middle)
    told = [sorted(times)[len(times) // 2] * 1e6 for times in (mine, theirs)]
    print(f"{name:22} {told[0]:9.1f} us {told[1]:9.1f} us by hand  ratio {told[0] / told[1]:.2f}")


if __name__ == "__main__":
    server = Server(durable=True)
    try:
        print(json.dumps({"asyncpg": asyncpg.__version__, "python": sys.version.split()[0]}))
        uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, server.create()))
    finally:
        server.remove()

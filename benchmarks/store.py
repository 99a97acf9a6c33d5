"""The store against hand-written SQL that does the same durable work: `python -m benchmarks.store [ROWS]`.

Each line is microseconds of both and their ratio; groups are writes that arrive together.
"""

import asyncio
import hashlib
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from tenure import Query, ResourceManager, Storage, open_storage
from tenure.tables import Exact, meta_columns, revision_table, system_tables, unique_index

ROUNDS = 300
GROUP = 32


class Product(BaseModel):
    """About 1 KB of JSON."""

    sku: str
    title: str
    kind: str
    price: Decimal
    about: str
    tags: list[str]


class ProductQuery(Query):
    kind: str | None = None


metadata = sa.MetaData()
system_tables(metadata)
products = sa.Table(
    "products",
    metadata,
    *meta_columns(),
    sa.Column("sku", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("price", Exact(10, 2), nullable=False),
    unique_index("uq_products_sku", "sku"),
    sa.Index("ix_products_created_at", "created_at", "id"),
    sa.Index("ix_products_kind", "kind", "created_at", "id"),
    sa.Index("ix_products_price", "price", "created_at", "id"),
)
manager = ResourceManager(
    "product",
    model=Product,
    table=products,
    revisions=revision_table("product_revisions", metadata),
    index=lambda product: {"sku": product.sku, "kind": product.kind, "price": product.price},
    prefix="prd",
)


def product(number: int) -> Product:
    return Product(
        sku=f"BRD-{number}",
        title=f"Bread {number}",
        kind=f"kind-{number % 20}",
        price=Decimal(number % 1000) / 100,
        about="good " * 160,
        tags=["gluten", "nuts", "milk"],
    )


class ByHand:
    """What a careful person would write for one connection: the same rows, the same fsync."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute("PRAGMA foreign_keys=ON")

    def create(self, number: int) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.insert(number)
        self.db.execute("COMMIT")

    def create_group(self, numbers: list[int]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        for number in numbers:
            self.insert(number)
        self.db.execute("COMMIT")

    def insert(self, number: int) -> None:
        made = product(number)
        body = made.model_dump_json().encode()
        content = hashlib.sha256(body).hexdigest()
        id_, at = f"prd_{os.urandom(13).hex()}", "2030-01-01T00:00:00.000000Z"
        row = (id_, 1, None, 1, 1, at, "me", at, "me", None, 1, content)
        self.db.execute(
            f"INSERT INTO products VALUES ({','.join('?' * 15)})",
            (*row, made.sku, made.kind, int(made.price * 100)),
        )
        self.revision(id_, 1, None, body, content, "create")

    def revision(
        self, id_: str, number: int, parent: int | None, body: bytes, content: str, kind: str
    ) -> None:
        at = "2030-01-01T00:00:00.000000Z"
        revision = (id_, number, parent, kind, "stable", 1, at, "me", None, None)
        digest = hashlib.sha256(f"{revision}{content}".encode()).hexdigest()
        self.db.execute(
            f"INSERT INTO product_revisions VALUES ({','.join('?' * 18)})",
            (*revision, content, digest, None, "json", len(body), None, None, body),
        )
        self.db.execute(
            "INSERT INTO tenure_changes (resource, id, kind, number, current, at, by, request_id)"
            " VALUES (?,?,?,?,?,?,?,?)",
            ("product", id_, kind, number, number, at, "me", None),
        )

    def update(self, id_: str, price: int) -> None:
        number, etag, body = self.db.execute(
            "SELECT r.number, m.etag, r.body FROM products m JOIN product_revisions r"
            " ON r.id = m.id AND r.number = m.revision WHERE m.id = ?",
            (id_,),
        ).fetchall()[0]
        made = Product.model_validate_json(body)
        made = made.model_copy(update={"price": Decimal(price) / 100})
        new = made.model_dump_json().encode()
        content = hashlib.sha256(new).hexdigest()
        self.db.execute("BEGIN IMMEDIATE")
        changed = self.db.execute(
            "UPDATE products SET revision=?, head=?, etag=?, updated_at=?, digest=?, sku=?, kind=?,"
            " price=? WHERE id=? AND etag=?",
            (
                number + 1,
                number + 1,
                etag + 1,
                "2030",
                content,
                made.sku,
                made.kind,
                price,
                id_,
                etag,
            ),
        )
        assert changed.rowcount == 1
        self.revision(id_, number + 1, number, new, content, "update")
        self.db.execute("COMMIT")

    def get(self, id_: str) -> bytes:
        row = self.db.execute(
            "SELECT r.body, m.etag, m.created_at, m.updated_at FROM products m"
            " JOIN product_revisions r ON r.id = m.id AND r.number = m.revision WHERE m.id = ?",
            (id_,),
        ).fetchall()[0]
        return b'{"id":"%s",%s,"meta":{"etag":%d}}' % (id_.encode(), row[0][1:-1], row[1])

    def search(self, kind: str | None) -> bytes:
        where, values = ("m.kind = ? AND", [kind]) if kind else ("", [])
        rows = self.db.execute(
            "SELECT m.id, m.etag, m.created_at, m.updated_at, r.body FROM products m"
            " JOIN product_revisions r ON r.id = m.id AND r.number = m.revision"
            f" WHERE {where} m.deleted_at IS NULL ORDER BY m.created_at DESC, m.id DESC LIMIT 51",
            values,
        ).fetchall()
        return b",".join(
            b'{"id":"%s",%s,"meta":{"etag":%d}}' % (row[0].encode(), row[4][1:-1], row[1])
            for row in rows
        )


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd() / "build") as folder:
        storage = await open_storage(data=folder, resources=[manager])
        await storage.create_tables(metadata)
        by_hand = ByHand(Path(folder) / "meta.sqlite")
        for start in range(0, count, 500):
            made = [manager.create(storage, product(n), by="me") for n in range(start, start + 500)]
            stored = await asyncio.gather(*made)
        await compare(storage, by_hand, [item.id for item in stored], count)
        await storage.close()


async def compare(storage: Storage, by_hand: ByHand, ids: list[str], count: int) -> None:
    numbers = iter(range(10 * count, 10**9))

    async def group() -> None:
        made = [manager.create(storage, product(next(numbers)), by="me") for _ in range(GROUP)]
        await asyncio.gather(*made)

    async def search(kind: str | None) -> None:
        page = await manager.search(storage, ProductQuery(kind=kind))
        page.joined()

    async def update(id_: str, cents: int) -> None:
        change = {"price": Decimal(cents) / 100}
        await manager.update(storage, id_, lambda value: value.model_copy(update=change), by="me")

    async def get(id_: str) -> None:
        (await manager.get(storage, id_)).document()

    ids = ids[:ROUNDS]
    await line("get", [lambda id_=id_: get(id_) for id_ in ids * 5], [lambda id_=id_: by_hand.get(id_) for id_ in ids * 5])  # type: ignore[misc]
    await line(
        "search 50", [lambda: search(None)] * ROUNDS, [lambda: by_hand.search(None)] * ROUNDS
    )
    kinds = [f"kind-{number % 20}" for number in range(ROUNDS)]
    await line("search 50 of a kind", [lambda kind=kind: search(kind) for kind in kinds], [lambda kind=kind: by_hand.search(kind) for kind in kinds])  # type: ignore[misc]
    await line(
        "create",
        [lambda: manager.create(storage, product(next(numbers)), by="me")] * ROUNDS,
        [lambda: by_hand.create(next(numbers))] * ROUNDS,
    )
    await line("update", [lambda id_=id_: update(id_, 7) for id_ in ids], [lambda id_=id_: by_hand.update(id_, 8) for id_ in ids])  # type: ignore[misc]
    await line(
        f"create {GROUP} together",
        [group] * 30,
        [lambda: by_hand.create_group([next(numbers) for _ in range(GROUP)])] * 30,
    )


async def line(
    name: str, ours: list[Callable[[], Awaitable[Any]]], by_hand: list[Callable[[], Any]]
) -> None:
    """Both by turns, so that a slow moment of the machine meets both; medians of single calls."""
    mine, theirs = [], []
    for one, other in zip(ours, by_hand, strict=True):
        begun = time.perf_counter()
        await one()
        middle = time.perf_counter()
        other()
        mine.append(middle - begun)
        theirs.append(time.perf_counter() - middle)
    told = [sorted(times)[len(times) // 2] * 1e6 for times in (mine, theirs)]
    print(f"{name:22} {told[0]:9.1f} us {told[1]:9.1f} us by hand  ratio {told[0] / told[1]:.2f}")


if __name__ == "__main__":
    print(json.dumps({"sqlite": sqlite3.sqlite_version, "python": sys.version.split()[0]}))
    (Path.cwd() / "build").mkdir(exist_ok=True)
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))

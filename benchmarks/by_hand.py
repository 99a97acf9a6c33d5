"""What a careful person would write for the one table of `shelf`: the same rows, just as durable.

SQL as text on the same driver, bodies put in place with the same client; so what is left between
this and the store is what our layers cost.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import obstore
from obstore.store import S3Store

from benchmarks.shelf import Product, repriced

__all__ = ["Bodies", "ByHand", "OnPostgres", "OnSqlite", "bodies_at"]

Etag: TypeAlias = int


class Bodies(Protocol):
    """Where bodies are that are not in the rows."""

    async def put(self, body: bytes) -> str:
        """Keep `body` for good; its key."""

    async def get(self, key: str) -> bytes:
        """The body under `key`."""


class _InFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, body: bytes) -> str:
        key = f"product/{os.urandom(1).hex()}/{os.urandom(16).hex()}"
        await asyncio.to_thread(self._write, self._folder / key, body)
        return key

    async def get(self, key: str) -> bytes:
        return await asyncio.to_thread((self._folder / key).read_bytes)

    def _write(self, path: Path, body: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        with draft.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        handle = os.open(path.parent, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


class _InBucket:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._store = S3Store(
            parts.netloc, prefix=parts.path.strip("/"), client_options={"allow_http": True}
        )

    async def put(self, body: bytes) -> str:
        key = f"product/{os.urandom(1).hex()}/{os.urandom(16).hex()}"
        await obstore.put_async(self._store, key, body, mode="create")
        return key

    async def get(self, key: str) -> bytes:
        return bytes(await (await obstore.get_async(self._store, key)).bytes_async())


def bodies_at(options: dict[str, Any]) -> Bodies | None:
    """Where `open_storage` keeps bodies with these options; None: in the rows."""
    if "revisions_url" in options:
        return _InBucket(options["revisions_url"])
    if options.get("revisions") == "files":
        return _InFiles(options["data"] / "revisions")
    return None


class Row(NamedTuple):
    """What is written for a new revision; `at` is the moment in words of the database."""

    id: str
    number: int
    at: Any
    kind: str
    content: str
    digest: str
    size: int
    key: str | None
    body: bytes | None
    shown: str
    made: Product


class ByHand(ABC):
    """What a team would call; subclasses know the SQL."""

    def __init__(self, bodies: Bodies | None) -> None:
        self._bodies = bodies

    async def create(self, made: Product) -> None:
        """A product and its first revision."""
        # Sorts by time, as a careful person's ids do.
        name = f"prd_{time.time_ns():016x}{os.urandom(5).hex()}"
        await self._insert([await self._row(name, 1, made)])

    async def create_all(self, together: Sequence[Product]) -> None:
        """Several products that arrive together, each for itself."""
        await asyncio.gather(*map(self.create, together))

    async def update(self, id_: str, cents: int) -> None:
        """Another price, which somebody's model is asked for."""
        number, etag, body = await self._content(id_)
        made = repriced(Product.model_validate_json(body), cents)
        await self._update(await self._row(id_, number + 1, made), etag)

    async def patch(self, id_: str, change: dict[str, Any]) -> None:
        """Other values for some fields."""
        number, etag, body = await self._content(id_)
        made = Product.model_validate({**json.loads(body), **change})
        await self._update(await self._row(id_, number + 1, made), etag)

    async def get(self, id_: str) -> bytes:
        """The document readers get."""
        (row,) = await self._find(id_)
        return await self._document(row)

    async def search(self, kind: str | None) -> bytes:
        """The documents of the newest fifty."""
        rows = await self._newest(kind)
        return b",".join(await asyncio.gather(*map(self._document, rows)))

    async def _content(self, id_: str) -> tuple[int, Etag, bytes]:
        (row,) = await self._find(id_)
        return row[3], row[4], row[5] if row[5] is not None else await self._fetched(row[2])

    async def _document(self, row: Any) -> bytes:
        body = row[5] if row[5] is not None else await self._fetched(row[2])
        return b'{"id":"%b",%b,"meta":%b}' % (row[0].encode(), body[1:-1], row[1].encode())

    async def _fetched(self, key: str) -> bytes:
        assert self._bodies is not None
        return await self._bodies.get(key)

    async def _row(self, id_: str, number: int, made: Product) -> Row:
        body = made.model_dump_json().encode()
        content, now = hashlib.sha256(body).hexdigest(), datetime.now(UTC)
        at, kind = now.isoformat()[:26] + "Z", "update" if number > 1 else "create"
        digest = hashlib.sha256(f"{id_}{number}{kind}{at}{content}".encode()).hexdigest()
        shown = f'{{"revision":{number},"status":"stable","updated_at":"{at}","updated_by":"me"}}'
        key = None if self._bodies is None else await self._bodies.put(body)
        kept = body if key is None else None
        told = self._moment(now, at)
        return Row(id_, number, told, kind, content, digest, len(body), key, kept, shown, made)

    @abstractmethod
    def _moment(self, now: datetime, text: str) -> object: ...

    @abstractmethod
    async def _find(self, id_: str) -> Sequence[Any]: ...

    @abstractmethod
    async def _newest(self, kind: str | None) -> Sequence[Any]: ...

    @abstractmethod
    async def _insert(self, rows: Sequence[Row]) -> None: ...

    @abstractmethod
    async def _update(self, row: Row, etag: Etag) -> None: ...


_READ = """
    SELECT m.id, m.shown, r.key, r.number, m.etag, r.body FROM products m
    JOIN product_revisions r ON r.id = m.id AND r.number = m.revision WHERE """
_SEARCH = (
    _READ
    + "{} m.deleted_at IS NULL AND m.revision IS NOT NULL"
    + " ORDER BY m.created_at DESC, m.id DESC LIMIT 51"
)


class OnSqlite(ByHand):
    """One connection, statements on the event loop, a group in one transaction."""

    def __init__(self, path: Path, bodies: Bodies | None) -> None:
        super().__init__(bodies)
        self._db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA foreign_keys=ON")

    async def create_all(self, together: Sequence[Product]) -> None:
        """As one transaction: who writes by hand can see that they arrive together."""
        ids = [f"prd_{time.time_ns():016x}{os.urandom(5).hex()}" for _ in together]
        rows = [self._row(id_, 1, made) for id_, made in zip(ids, together, strict=True)]
        await self._insert(await asyncio.gather(*rows))

    def _moment(self, now: datetime, text: str) -> object:  # noqa: ARG002
        return text

    async def _find(self, id_: str) -> Sequence[Any]:
        return self._db.execute(_READ + "m.id = ?", (id_,)).fetchall()

    async def _newest(self, kind: str | None) -> Sequence[Any]:
        where, values = ("m.kind = ? AND", [kind]) if kind else ("", [])
        return self._db.execute(_SEARCH.format(where), values).fetchall()[:50]

    async def _insert(self, rows: Sequence[Row]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        for row in rows:
            self._db.execute(
                "INSERT INTO products (id, revision, head, etag, created_at, created_by, updated_at,"
                " updated_by, schema_version, digest, shown, sku, kind, price, search)"
                " VALUES (?, 1, 1, 1, ?, 'me', ?, 'me', 1, ?, ?, ?, ?, ?, ?)",
                (row.id, row.at, row.at, row.content, row.shown, *_columns(row.made)),
            )
            self._revision(row)
        self._db.execute("COMMIT")

    async def _update(self, row: Row, etag: Etag) -> None:
        said = (row.number, row.number, row.at, row.content, row.shown, *_columns(row.made))
        self._db.execute("BEGIN IMMEDIATE")
        changed = self._db.execute(
            "UPDATE products SET revision = ?, head = ?, etag = etag + 1, updated_at = ?,"
            " updated_by = 'me', digest = ?, shown = ?, sku = ?, kind = ?, price = ?, search = ?"
            " WHERE id = ? AND etag = ?",
            (*said, row.id, etag),
        )
        assert changed.rowcount == 1
        self._revision(row)
        self._db.execute("COMMIT")

    def _revision(self, row: Row) -> None:
        said = (row.id, row.number, row.number - 1 or None, row.kind, row.at)
        self._db.execute(
            "INSERT INTO product_revisions (id, number, parent, kind, status, schema_version, at, by,"
            " content, digest, encoding, size, key, body)"
            " VALUES (?, ?, ?, ?, 'stable', 1, ?, 'me', ?, ?, 'json', ?, ?, ?)",
            (*said, row.content, row.digest, row.size, row.key, row.body),
        )
        self._db.execute(
            "INSERT INTO tenure_changes (resource, id, kind, number, current, at, by)"
            " VALUES ('product', ?, ?, ?, ?, ?, 'me')",
            (row.id, row.kind, row.number, row.number, row.at),
        )


def _columns(made: Product) -> tuple[object, ...]:
    """What search can see, prices in cents."""
    return made.sku, made.kind, int(made.price * 100), made.title.lower()


_REVISION = """
    INSERT INTO product_revisions (id, number, parent, kind, status, schema_version, at, by,
        content, digest, encoding, size, key, body)
    SELECT id, $2::int, NULLIF($2::int - 1, 0), $4, 'stable', 1, $3::timestamptz, 'me', $5, $6,
        'json', $7::int, $8, $9::bytea FROM changed"""
_CHANGE = """
    INSERT INTO tenure_changes (resource, id, kind, number, current, at, by)
    SELECT 'product', id, $4, $2, $2, $3, 'me' FROM changed"""
_CREATE = f"""
WITH changed AS (
    INSERT INTO products (id, revision, head, etag, created_at, created_by, updated_at, updated_by,
        schema_version, digest, shown, sku, kind, price, search)
    VALUES ($1, $2, $2, 1, $3, 'me', $3, 'me', 1, $5, $10, $11, $12, $13, $14) RETURNING id),
revision AS ({_REVISION}), change AS ({_CHANGE})
SELECT count(*) FROM changed"""
_UPDATE = f"""
WITH changed AS (
    UPDATE products SET revision = $2, head = $2, etag = etag + 1, updated_at = $3,
        updated_by = 'me', digest = $5, shown = $10, sku = $11, kind = $12, price = $13,
        search = $14 WHERE id = $1 AND etag = $15::int RETURNING id),
revision AS ({_REVISION}), change AS ({_CHANGE})
SELECT count(*) FROM changed"""


class OnPostgres(ByHand):
    """One statement a write and one a read, on asyncpg's own pool."""

    def __init__(self, pool: Any, bodies: Bodies | None) -> None:
        super().__init__(bodies)
        self._pool = pool

    @staticmethod
    async def connect(url: str, bodies: Bodies | None) -> OnPostgres:
        """As many connections as ours has, and nothing reset between two callers either."""

        async def nothing(*_: object) -> None: ...

        pool = await asyncpg.create_pool(url, min_size=10, max_size=10, reset=nothing)
        return OnPostgres(pool, bodies)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    def _moment(self, now: datetime, text: str) -> object:  # noqa: ARG002
        return now

    async def _find(self, id_: str) -> Sequence[Any]:
        return await self._fetch(_READ + "m.id = $1", id_)

    async def _newest(self, kind: str | None) -> Sequence[Any]:
        where, values = ("m.kind = $1 AND", [kind]) if kind else ("", [])
        return (await self._fetch(_SEARCH.format(where), *values))[:50]

    async def _insert(self, rows: Sequence[Row]) -> None:
        for row in rows:
            await self._write(_CREATE, row)

    async def _update(self, row: Row, etag: Etag) -> None:
        await self._write(_UPDATE, row, etag)

    async def _write(self, sql: str, row: Row, *etag: Etag) -> None:
        *said, made = row
        columns = (made.sku, made.kind, made.price, made.title.lower())
        (answer,) = await self._fetch(sql, *said, *columns, *etag)
        assert answer[0] == 1

    async def _fetch(self, sql: str, *values: object) -> list[Any]:
        async with self._pool.acquire() as connection:
            return list(await connection.fetch(sql, *values))

"""A dump becomes a storage again, byte for byte, whatever profile it came from."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tenure.content import Content
from tenure.maintenance.dumping import FORMAT, Moved, in_order
from tenure.maintenance.progress import Progress
from tenure.meta import LINK, Values
from tenure.tables import UtcDateTime

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["Unloadable", "load"]

_BATCH = 1000  # revisions, or changes, that share a transaction


class Unloadable(Exception):  # noqa: N818
    """What was given is not a whole dump, or there is no room for it."""


@dataclass(slots=True)
class _Batch:
    """Rows of one resource that are going to be written together."""

    rows: list[Values] = field(default_factory=list)
    revisions: list[Values] = field(default_factory=list)
    lists: dict[str, list[Values]] = field(default_factory=dict)
    links: list[Values] = field(default_factory=list)
    blobs: list[Values] = field(default_factory=list)


async def load(storage: Storage, lines: Iterable[str], progress: Progress | None = None) -> Moved:
    """Fill an empty storage. Raises Unloadable, and leaves a part of it, when the dump is not whole."""
    progress = progress or Progress(quiet=True)
    await _check_empty(storage)
    loading = _Loading(storage, _parsed(lines), progress)
    await loading.all()
    progress.end()
    return loading.done


class _Loading:
    def __init__(
        self, storage: Storage, lines: Iterator[dict[str, Any]], progress: Progress
    ) -> None:
        self.done = Moved()
        self._storage = storage
        self._lines = lines
        self._progress = progress
        self._resources = {resource.name: resource for resource in in_order(storage)}
        self._known: list[sa.Table] = []
        self._keys: dict[str, tuple[str, int]] = {}
        self._later: list[tuple[sa.Table, str, Values]] = []

    async def all(self) -> None:
        line = next(self._lines, {})
        if line.get("tenure") != FORMAT:
            raise Unloadable("this is no dump, or one of another version")
        line = next(self._lines, {})
        while "blob" in line:
            line = await self._blob(line)
        while "resource" in line:
            line = await self._some(line)
        await self._settle()
        while "change" in line:
            line = await self._changes(line)
        done = self.done
        if line.get("end") != done.resources + done.revisions + done.changes + done.blobs:
            raise Unloadable("the dump ends before it is whole")

    async def _blob(self, line: dict[str, Any]) -> dict[str, Any]:
        """Keep a blob; what comes after its pieces."""
        sha256, size = line["blob"], line["size"]
        following: dict[str, Any] = {}

        async def pieces() -> AsyncIterator[bytes]:
            nonlocal following
            for following in self._lines:
                if "bytes" not in following:
                    return
                yield b64decode(following["bytes"])

        received = await self._storage.blobs.put(pieces())
        if (received.sha256, received.size) != (sha256, size):
            raise Unloadable(f"the blob {sha256} is not what its digest says")
        self._keys[sha256] = (received.key, size)
        self.done.blobs += 1
        self._progress.step("blobs loaded", self.done.blobs)
        return following

    async def _some(self, line: dict[str, Any]) -> dict[str, Any]:
        """Load some resources of one kind; what comes after them."""
        name = line["resource"]
        resource = self._resources.get(name)
        if resource is None:
            raise Unloadable(f"there is no resource called {name} here")
        batch = _Batch()
        while line.get("resource") == name and len(batch.revisions) < _BATCH:
            row, revisions = line["row"], []
            line = next(self._lines, {})
            while "revision" in line:
                revisions.append(line["revision"])
                line = next(self._lines, {})
            await self._one(resource, row, revisions, batch)
        try:
            await self._storage.meta.run(lambda db: _insert(db, resource, batch))
        except (sa.exc.IntegrityError, sa.exc.DataError):
            # What the driver says of it holds SQL and values.
            first, last = batch.rows[0]["id"], batch.rows[-1]["id"]
            raise Unloadable(
                f"something between {first} and {last} does not fit the tables here: two of them have"
                f" what only one {resource.label} may, or refer to what was not dumped"
            ) from None
        self.done.resources += len(batch.rows)
        self.done.revisions += len(batch.revisions)
        self._progress.step("resources loaded", self.done.resources)
        if line.get("resource") != name:
            self._known.append(resource.tables.meta)
        return line

    async def _one(
        self,
        resource: Resource[Any],
        row: Values,
        revisions: list[dict[str, Any]],
        batch: _Batch,
    ) -> None:
        tables, id_ = resource.tables, str(row["id"])
        by_number = {}
        for said in revisions:
            revision = await self._revision(resource, id_, said, batch)
            by_number[said["number"]] = revision
        typed = _typed(tables.meta, row)
        wanted = {typed[pointer] for pointer in ("revision", "draft", "head")} - {None}
        if not wanted <= by_number.keys():
            raise Unloadable("the dump ends before it is whole")
        shown = by_number[typed["revision"] or typed["draft"]]
        columns, lists = resource.columns(_value(resource, shown))
        for column in self._later_columns(tables.meta):
            if columns.get(column.key) is not None:
                self._later.append((tables.meta, id_, {column.key: columns[column.key]}))
                columns[column.key] = None
        batch.rows.append({**typed, **columns})
        for name, values in lists.items():
            batch.lists.setdefault(name, []).extend(
                {"id": id_, "value": value} for value in dict.fromkeys(values)
            )
        if typed["deleted_at"] is None and resource.references:
            for draft, pointer in enumerate(("revision", "draft")):
                if typed[pointer] is not None:
                    value = _value(resource, by_number[typed[pointer]])
                    batch.links += _links(resource, id_, draft, value)
        for revision in by_number.values():
            revision["body"] = revision["body"] if revision["key"] is None else None
        batch.revisions += by_number.values()

    async def _revision(
        self, resource: Resource[Any], id_: str, said: dict[str, Any], batch: _Batch
    ) -> Values:
        blobs = said.pop("blobs")
        body = said.pop("body").encode()
        hidden = said.pop("secrets", None)
        secrets = None if hidden is None else hidden.encode()
        content = Content(body, secrets, said["content"])
        content = await self._storage.place(resource.name, content)
        for sha256 in blobs:
            key, size = self._keys[sha256]
            row: Values = {"resource": resource.name, "id": id_, "number": said["number"]}
            batch.blobs.append({**row, "sha256": sha256, "key": key, "size": size})
        typed = _typed(resource.tables.revisions, said)
        where = {"encoding": "json", "key": content.key, "body": body, "secrets": secrets}
        return {"id": id_, **typed, **where}

    def _later_columns(self, table: sa.Table) -> list[sa.Column[Any]]:
        """The columns that name a row that may come after their own."""
        keys = [key for key in table.foreign_keys if key.column.table not in self._known]
        return [key.parent for key in keys if key.parent.nullable]

    async def _settle(self) -> None:
        """Fill in what had to wait for the rows it names."""

        def fill(db: sa.Connection) -> None:
            for table, id_, values in self._later:
                db.execute(table.update().where(table.c.id == id_), values)

        if self._later:
            await self._storage.meta.run(fill)

    async def _changes(self, line: dict[str, Any]) -> dict[str, Any]:
        changes = next(iter(self._resources.values())).tables.changes
        rows: list[Values] = []
        while "change" in line and len(rows) < _BATCH:
            rows.append(_typed(changes, line["change"]))
            line = next(self._lines, {})

        def insert(db: sa.Connection) -> None:
            db.execute(changes.insert(), rows)
            if db.dialect.name == "postgresql":
                # Rows that bring their number leave the counter where it was.
                counter = sa.func.pg_get_serial_sequence(changes.name, "seq")
                db.execute(sa.select(sa.func.setval(counter, rows[-1]["seq"])))

        await self._storage.meta.run(insert)
        self.done.changes += len(rows)
        self._progress.step("changes loaded", self.done.changes)
        return line


async def _check_empty(storage: Storage) -> None:
    for resource in in_order(storage):
        for table in (resource.tables.meta, resource.tables.changes):
            if await storage.meta.execute(sa.select(sa.literal(1)).select_from(table).limit(1)):
                raise Unloadable(f"there is data already: {table.name} is not empty")


def _parsed(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            raise Unloadable(f"line {number} is no line of a dump")
        yield line


def _insert(db: sa.Connection, resource: Resource[Any], batch: _Batch) -> None:
    tables = resource.tables
    groups = [(tables.meta, batch.rows), (tables.revisions, batch.revisions)]
    groups += [(tables.lists[name], rows) for name, rows in batch.lists.items()]
    groups += [(tables.links, batch.links), (tables.blobs, batch.blobs)]
    for table, rows in groups:
        if rows:
            db.execute(table.insert(), rows)


def _links(resource: Resource[Any], id_: str, draft: int, value: Any) -> list[Values]:
    start: Values = {"source": resource.name, "source_id": id_, "draft": draft}
    return [
        {**start, **dict(zip(LINK, link, strict=True))} for link in sorted(resource.links(value))
    ]


def _value(resource: Resource[Any], revision: Values) -> Any:
    body, secrets, version = (revision[k] for k in ("body", "secrets", "schema_version"))
    present = resource.codec.present(body, secrets, version)  # type: ignore[arg-type]
    return resource.codec.read(*present)


def _typed(table: sa.Table, row: Values) -> Values:
    """Values of a dump as those of a table: moments are text there."""
    moments = {
        key: datetime.fromisoformat(value)
        for key in _moments(table)
        if isinstance(value := row.get(key), str)
    }
    return {**row, **moments}


@lru_cache(maxsize=1024)
def _moments(table: sa.Table) -> tuple[str, ...]:
    return tuple(column.key for column in table.c if isinstance(column.type, UtcDateTime))

"""Everything there is as lines of JSON: rows, bodies, blobs and the feed, for any other storage to load."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tenure.maintenance.erasing import is_note
from tenure.maintenance.progress import Progress
from tenure.maintenance.walking import body_of, pages, revisions_of
from tenure.tables import meta_columns

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["FORMAT", "Moved", "dump", "in_order"]

FORMAT = 1

_PIECE = 3 * 256 * 1024  # bytes of a blob in one line
_CHANGES = 1000  # changes read at a time
_ROW = [column.name for column in meta_columns()]
# Where a body is and how it is packed is the business of one storage.
_LEFT_OUT = ("id", "encoding", "key", "body", "secrets")


@dataclass(slots=True)
class Moved:
    """How much was dumped or loaded; `torn` when somebody wrote while it was dumped."""

    resources: int = 0
    revisions: int = 0
    changes: int = 0
    blobs: int = 0
    torn: bool = False


async def dump(
    storage: Storage, write: Callable[[str], object], progress: Progress | None = None
) -> Moved:
    """Write everything, a line at a time. What is written by others meanwhile may be in it or not."""
    progress, done = progress or Progress(quiet=True), Moved()
    last = await _last_change(storage)

    def line(**said: object) -> None:
        write(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")

    line(tenure=FORMAT)
    await _blobs(storage, line, done, progress)
    for resource in in_order(storage):
        await _resources(storage, resource, line, done, progress)
    await _changes(storage, line, done, progress)
    line(end=done.resources + done.revisions + done.changes + done.blobs)
    done.torn = last != await _last_change(storage)
    progress.end()
    return done


def in_order(storage: Storage) -> list[Resource[Any]]:
    """The resources, each after those whose rows its own rows need."""
    resources = [manager.resource for manager in storage.resources.values()]
    if not resources:
        return []
    tables = resources[0].tables.meta.metadata.sorted_tables
    return sorted(resources, key=lambda resource: tables.index(resource.tables.meta))


async def _blobs(
    storage: Storage, line: Callable[..., None], done: Moved, progress: Progress
) -> None:
    for resource in in_order(storage)[:1]:
        blobs = resource.tables.blobs
        columns = (blobs.c.sha256, sa.func.min(blobs.c.key), sa.func.max(blobs.c.size))
        query = sa.select(*columns).where(~is_note(blobs))
        query = query.group_by(blobs.c.sha256).order_by(blobs.c.sha256)
        for row in await storage.meta.execute(query):
            sha256, key, size = tuple(row)
            line(blob=sha256, size=size)
            for at in range(0, size, _PIECE):
                stream = storage.blobs.stream(key, at, min(at + _PIECE, size))
                piece = b"".join([part async for part in stream])
                line(bytes=b64encode(piece).decode())
            done.blobs += 1
            progress.step("blobs dumped", done.blobs)


async def _resources(
    storage: Storage,
    resource: Resource[Any],
    line: Callable[..., None],
    done: Moved,
    progress: Progress,
) -> None:
    async for page in pages(storage, resource):
        ids = [row["id"] for row in page]
        revisions = await revisions_of(storage, resource, ids)
        named = await _named(storage, resource, ids)
        for row in page:
            line(resource=resource.name, row={name: _plain(row[name]) for name in _ROW})
            for revision in revisions.get(row["id"], []):
                said = {k: _plain(v) for k, v in revision.items() if k not in _LEFT_OUT}
                body = (await body_of(storage, resource, revision)).decode()
                secrets = revision["secrets"]
                hidden = {} if secrets is None else {"secrets": bytes(secrets).decode()}
                blobs = sorted(named.get((row["id"], revision["number"]), ()))
                line(revision={**said, "body": body, **hidden, "blobs": blobs})
                done.revisions += 1
            done.resources += 1
        progress.step("resources dumped", done.resources)


async def _named(
    storage: Storage, resource: Resource[Any], ids: list[str]
) -> dict[tuple[str, int], list[str]]:
    blobs, found = resource.tables.blobs, dict[tuple[str, int], list[str]]()
    if resource.blobs:
        query = sa.select(blobs.c.id, blobs.c.number, blobs.c.sha256)
        of = sa.and_(blobs.c.resource == resource.name, blobs.c.id.in_(ids))
        for row in await storage.meta.execute(query.where(of)):
            found.setdefault((row.id, row.number), []).append(row.sha256)
    return found


async def _changes(
    storage: Storage, line: Callable[..., None], done: Moved, progress: Progress
) -> None:
    for resource in in_order(storage)[:1]:
        table, after = resource.tables.changes, 0
        columns = [column for column in table.c if column.name != "xact"]
        while True:
            query = sa.select(*columns).where(table.c.seq > after).order_by(table.c.seq)
            rows = await storage.meta.execute(query.limit(_CHANGES))
            for row in rows:
                line(change={k: _plain(v) for k, v in row._mapping.items()})
                after = row.seq
                done.changes += 1
            progress.step("changes dumped", done.changes)
            if len(rows) < _CHANGES:
                break


async def _last_change(storage: Storage) -> int:
    for resource in in_order(storage)[:1]:
        query = sa.select(sa.func.max(resource.tables.changes.c.seq))
        return int((await storage.meta.execute(query))[0][0] or 0)
    return 0


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value

"""Taking one resource out of everything: rows, bodies, blobs; the feed remembers that it was erased.

What is outside the database cannot go in the same transaction. So that transaction leaves notes: rows
of the blobs' table with a number below 0, each with a key that has to go. They are removed last, and
until then whoever comes by, `erase` again or `gc`, can finish.
"""

# ruff: noqa: A002  (the field's word is `id`)

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tenure.errors import Conflict, Gone, NotFound, Unavailable

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["Erased", "Finished", "erase", "finish_all", "is_note"]


_BODY, _BLOB = "body", "blob"  # where a key is kept: in the place of a digest, which neither is


@dataclass(slots=True)
class Erased:
    """How much went; no revisions where an erase that was cut off has been finished."""

    revisions: int
    bodies: int
    blobs: int


@dataclass(slots=True)
class Finished:
    """How much erases that were cut off had left; bytes are as they were written, before packing."""

    bodies: int = 0
    blobs: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Rows:
    """How many revisions went, how many keys are noted, and when it happened if that was `before`."""

    revisions: int
    notes: int
    before: datetime | None = None


async def erase(storage: Storage, name: str, id: str, *, by: str = "maintenance") -> Erased:
    """Erase the resource and every copy of what it ever held; a line in the feed stays.

    Blobs that others name too stay for them. Backups and dumps are not reached. An erase that was cut
    off is finished when it is run again.
    Raises NotFound when there is none, Gone when it was erased before and nothing is left, Conflict
    while something that is not deleted refers to it, Unavailable when the storage fails, which says
    what is left then.
    """
    manager = storage.resources.get(name)
    if manager is None:
        raise NotFound(f"there is no resource called {name[:40]!r}")
    resource = manager.resource
    others = [one.resource.tables.meta for one in storage.resources.values()]
    gone = await storage.meta.run(lambda db: _erase(db, resource, others, id, by))
    try:
        await storage.meta.scrub()
        done = Finished()
        if gone.notes:
            done = await _finish(storage, resource.tables.blobs, name, id)
    except Unavailable as error:
        copies = f"up to {gone.notes:,} of its bodies and blobs" if gone.notes else "copies of it"
        raise Unavailable(
            f"the rows of this {resource.label} are gone, but {copies} may be left:"
            " run erase again when the storage answers"
        ) from error
    if gone.before and not gone.notes:
        raise Gone(f"this {resource.label} was erased on {gone.before:%Y-%m-%d}; nothing is left")
    return Erased(gone.revisions, done.bodies, done.blobs)


async def finish_all(storage: Storage) -> Finished:
    """Finish every erase that was cut off."""
    total = Finished()
    for manager in list(storage.resources.values())[:1]:
        blobs = manager.resource.tables.blobs
        query = sa.select(blobs.c.resource, blobs.c.id).where(is_note(blobs)).distinct()
        for row in await storage.meta.execute(query):
            done = await _finish(storage, blobs, row.resource, row.id)
            total.bodies += done.bodies
            total.blobs += done.blobs
            total.bytes += done.bytes
    return total


def is_note(blobs: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a row of the blobs' table holds no blob, but what an erase has yet to remove."""
    return blobs.c.number < 0


async def _finish(storage: Storage, blobs: sa.Table, name: str, id: str) -> Finished:
    """Remove what is noted of one resource, then the notes. It may have been begun any number of times."""
    mine = sa.and_(blobs.c.resource == name, blobs.c.id == id, is_note(blobs))
    other = blobs.alias("other")
    kept = sa.exists().where(other.c.key == blobs.c.key, ~is_note(other))
    columns = (blobs.c.key, blobs.c.size, blobs.c.sha256)
    rows = await storage.meta.execute(sa.select(*columns).where(mine, ~kept))
    # Else rows that were removed, here or by others, may come back and find their bytes gone.
    await storage.meta.sync()
    bodies = [row.key for row in rows if row.sha256 == _BODY]
    gone = [row.key for row in rows if row.sha256 == _BLOB]
    await storage.revisions.delete(bodies)
    await storage.blobs.delete(gone)
    await storage.meta.run(lambda db: db.execute(blobs.delete().where(mine)))
    return Finished(len(bodies), len(gone), sum(row.size for row in rows))


def _erase(
    db: sa.Connection, resource: Resource[Any], others: list[sa.Table], id: str, by: str
) -> _Rows:
    """Replace the rows of a resource by notes of the keys they lead to, unless that is done."""
    if db.dialect.name == "sqlite":
        # Else what is deleted stays legible in the file until its page is used again.
        db.exec_driver_sql("PRAGMA secure_delete=ON")
    tables = resource.tables
    meta, revisions, blobs, links = tables.meta, tables.revisions, tables.blobs, tables.links
    found = db.execute(sa.select(meta.c.head).where(meta.c.id == id).with_for_update()).first()
    if found is None:
        return _begun(db, resource, id)
    _detach(db, resource, others, id)
    notes = _notes(db, resource, id)
    count = db.execute(revisions.delete().where(revisions.c.id == id)).rowcount
    db.execute(blobs.delete().where(blobs.c.resource == resource.name, blobs.c.id == id))
    if notes:
        db.execute(blobs.insert(), notes)
    db.execute(links.delete().where(links.c.source == resource.name, links.c.source_id == id))
    for table in tables.lists.values():
        db.execute(table.delete().where(table.c.id == id))
    db.execute(meta.delete().where(meta.c.id == id))
    tombstone = {"resource": resource.name, "id": id, "kind": "erase", "number": found.head}
    now = datetime.now(UTC)
    db.execute(tables.changes.insert().values(**tombstone, current=None, at=now, by=by))
    return _Rows(int(count), len(notes))


def _begun(db: sa.Connection, resource: Resource[Any], id: str) -> _Rows:
    """What an erase of before has left to do. Raises NotFound when there was none."""
    blobs, changes = resource.tables.blobs, resource.tables.changes
    told = (changes.c.resource == resource.name, changes.c.id == id, changes.c.kind == "erase")
    at = db.scalar(sa.select(changes.c.at).where(*told).limit(1))
    if at is None:
        raise NotFound(f"no {resource.label} has the id {id[:40]!r}")
    mine = sa.and_(blobs.c.resource == resource.name, blobs.c.id == id, is_note(blobs))
    left = db.scalar(sa.select(sa.func.count()).select_from(blobs).where(mine))
    return _Rows(0, int(left or 0), at)


def _notes(db: sa.Connection, resource: Resource[Any], id: str) -> list[dict[str, Any]]:
    """The keys that the rows of a resource lead to, as rows that outlive these."""
    revisions, blobs = resource.tables.revisions, resource.tables.blobs
    mine = sa.and_(blobs.c.resource == resource.name, blobs.c.id == id)
    outside = sa.and_(revisions.c.id == id, revisions.c.key.is_not(None))
    found = []
    for table, of, kind in ((revisions, outside, _BODY), (blobs, mine, _BLOB)):
        query = sa.select(table.c.key, sa.func.max(table.c.size)).where(of).group_by(table.c.key)
        found += [(key, size, kind) for key, size in db.execute(query)]
    return [
        {"resource": resource.name, "id": id, "number": -number}
        | {"key": key, "size": size, "sha256": kind}
        for number, (key, size, kind) in enumerate(found, 1)
    ]


def _detach(db: sa.Connection, resource: Resource[Any], others: list[sa.Table], id: str) -> None:
    """Nothing that lives may refer to it; what is deleted and does is made to forget it."""
    links = resource.tables.links
    target = sa.and_(links.c.target == resource.name, links.c.target_id == id)
    other = sa.or_(links.c.source != resource.name, links.c.source_id != id)
    if db.execute(sa.select(links.c.source).where(target, other).limit(1)).first():
        raise Conflict(f"something still refers to this {resource.label}: delete it first")
    for table in others:
        for column in table.c:
            refers = any(key.column.table is resource.tables.meta for key in column.foreign_keys)
            if refers and column.nullable:
                db.execute(table.update().where(column == id).values({column.key: None}))
            elif refers and db.execute(sa.select(table.c.id).where(column == id).limit(1)).first():
                raise Conflict(f"a deleted {table.name} row cannot be without it: erase it first")

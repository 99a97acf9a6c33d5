"""Taking one resource out of everything: rows, bodies, blobs; the feed remembers that it was erased."""

# ruff: noqa: A002  (the field's word is `id`)

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tenure.errors import Conflict, NotFound

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["Erased", "erase"]


@dataclass(slots=True)
class Erased:
    """How much went."""

    revisions: int
    bodies: int
    blobs: int


async def erase(storage: Storage, name: str, id: str, *, by: str = "maintenance") -> Erased:
    """Erase the resource and every copy of what it ever held; a line in the feed stays.

    Raises NotFound when there is none, Conflict while something that is not deleted refers to it.
    Blobs that others name too stay for them. Backups and dumps are not reached.
    """
    manager = storage.resources.get(name)
    if manager is None:
        raise NotFound(f"there is no resource called {name[:40]!r}")
    resource = manager.resource
    others = [one.resource.tables.meta for one in storage.resources.values()]
    revisions, bodies, keys = await storage.meta.run(
        lambda db: _erase(db, resource, others, id, by)
    )
    await storage.meta.scrub()
    await storage.meta.sync()
    await storage.revisions.delete(bodies)
    kept = await storage.meta.execute(_kept(resource, keys))
    gone = set(keys) - {row.key for row in kept}
    await storage.blobs.delete(gone)
    return Erased(revisions, len(bodies), len(gone))


def _erase(
    db: sa.Connection, resource: Resource[Any], others: list[sa.Table], id: str, by: str
) -> tuple[int, list[str], list[str]]:
    if db.dialect.name == "sqlite":
        # Else what is deleted stays legible in the file until its page is used again.
        db.exec_driver_sql("PRAGMA secure_delete=ON")
    tables = resource.tables
    meta, revisions, blobs, links = tables.meta, tables.revisions, tables.blobs, tables.links
    found = db.execute(sa.select(meta.c.head).where(meta.c.id == id).with_for_update()).first()
    if found is None:
        raise NotFound(f"no {resource.label} has the id {id[:40]!r}")
    _detach(db, resource, others, id)
    mine = sa.and_(blobs.c.resource == resource.name, blobs.c.id == id)
    of = sa.and_(revisions.c.id == id, revisions.c.key.is_not(None))
    bodies = list(db.scalars(sa.select(revisions.c.key).where(of).distinct()))
    keys = list(db.scalars(sa.select(blobs.c.key).where(mine).distinct()))
    count = db.execute(revisions.delete().where(revisions.c.id == id)).rowcount
    db.execute(blobs.delete().where(mine))
    db.execute(links.delete().where(links.c.source == resource.name, links.c.source_id == id))
    for table in tables.lists.values():
        db.execute(table.delete().where(table.c.id == id))
    db.execute(meta.delete().where(meta.c.id == id))
    tombstone = {"resource": resource.name, "id": id, "kind": "erase", "number": found.head}
    now = datetime.now(UTC)
    db.execute(tables.changes.insert().values(**tombstone, current=None, at=now, by=by))
    return int(count), bodies, keys


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


def _kept(resource: Resource[Any], keys: list[str]) -> sa.Select[Any]:
    blobs = resource.tables.blobs
    return sa.select(blobs.c.key).where(blobs.c.key.in_(keys))

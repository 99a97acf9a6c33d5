"""Letting go of what is no longer kept: revisions past their time, bodies and blobs nobody names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tenure.held import is_keyframe, is_pinned
from tenure.maintenance.erasing import finish_all
from tenure.maintenance.progress import Progress
from tenure.maintenance.walking import pages

if TYPE_CHECKING:
    from tenure.objects import Kept
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["Collected", "collect"]

_AGE = timedelta(hours=1)


@dataclass(slots=True)
class Collected:
    """How much was let go of; `bytes` are those of bodies and blobs outside the database.

    Fragments are what was being written when a process died.
    """

    revisions: int = 0
    bodies: int = 0
    blobs: int = 0
    bytes: int = 0
    fragments: int = 0


async def collect(
    storage: Storage, progress: Progress | None = None, *, age: timedelta = _AGE
) -> Collected:
    """Apply what each resource keeps, then let go of bodies and blobs that nothing refers to.

    Those younger than `age` stay: a write may be about to name them. What an erase that was cut off
    has left goes at once: nothing can name it again.
    """
    progress = progress or Progress(quiet=True)
    done, until = Collected(), datetime.now(UTC) - age
    for manager in storage.resources.values():
        if manager.resource.keep is not None or manager.resource.keep_for is not None:
            await _forget(storage, manager.resource, done, progress)
    finished = await finish_all(storage)
    # Listed before the rows are read: what is named meanwhile is not among them.
    orphans = await _old(storage.revisions.all(), until)
    for key in await _named(storage):
        orphans.pop(key, None)
    await storage.meta.sync()  # else a row that was removed may come back, and find its body gone
    await storage.revisions.delete(orphans)
    done.bodies = len(orphans) + finished.bodies
    done.blobs = finished.blobs
    done.bytes = sum(orphans.values()) + finished.bytes
    async for batch in storage.blobs.all():
        await _let_go(storage, [kept for kept in batch if kept.at <= until], done)
        progress.step("blobs let go of", done.blobs)
    done.fragments = await storage.revisions.sweep(until) + await storage.blobs.sweep(until)
    progress.end()
    return done


async def _forget(
    storage: Storage, resource: Resource[Any], done: Collected, progress: Progress
) -> None:
    async for page in pages(storage, resource):
        ids = [row["id"] for row in page]
        expire = partial(_expire, resource=resource, ids=ids)
        done.revisions += await storage.meta.run(expire)
        progress.step(f"revisions of {resource.label} let go of", done.revisions)


def _expire(db: sa.Connection, resource: Resource[Any], ids: Sequence[str]) -> int:
    """Remove the revisions that are neither among the last ones nor young enough, nor in use."""
    meta, table, blobs = resource.tables.meta, resource.tables.revisions, resource.tables.blobs
    number = table.c.number
    used = sa.or_(*(meta.c[pointer] == number for pointer in ("revision", "draft", "head")))
    doomed = [table.c.id.in_(ids), ~sa.exists().where(meta.c.id == table.c.id, used)]
    doomed += [~is_keyframe(table), ~is_pinned(table, resource.tables.links, resource.name)]
    if resource.keep is not None:
        last = sa.select(meta.c.head - resource.keep).where(meta.c.id == table.c.id)
        doomed.append(number <= last.scalar_subquery())
    if resource.keep_for is not None:
        doomed.append(table.c.at < datetime.now(UTC) - resource.keep_for)
    # Locked where locks are by row, and before any pointer is looked at for good: whoever is about
    # to point at one of them has locked it too.
    db.execute(sa.select(table.c.number).where(*doomed).with_for_update(of=table))
    removed = db.execute(table.delete().where(*doomed)).rowcount
    kept = sa.exists().where(table.c.id == blobs.c.id, table.c.number == blobs.c.number)
    mine = [blobs.c.resource == resource.name, blobs.c.id.in_(ids)]
    db.execute(blobs.delete().where(*mine, ~kept))
    return int(removed)


async def _old(all_: AsyncIterator[list[Kept]], until: datetime) -> dict[str, int]:
    """Key to size of what was there before `until`."""
    return {kept.key: kept.size async for batch in all_ for kept in batch if kept.at <= until}


async def _named(storage: Storage) -> set[str]:
    """The keys of all bodies that a revision names."""
    named: set[str] = set()
    for manager in storage.resources.values():
        table = manager.resource.tables.revisions
        query = sa.select(table.c.key).where(table.c.key.is_not(None))
        named |= {key for (key,) in await storage.meta.execute(query)}
    return named


async def _let_go(storage: Storage, batch: Sequence[Kept], done: Collected) -> None:
    blobs = next(iter(storage.resources.values())).resource.tables.blobs
    query = sa.select(blobs.c.key).where(blobs.c.key.in_([kept.key for kept in batch]))
    named = {key for (key,) in await storage.meta.execute(query)}
    orphans = [kept for kept in batch if kept.key not in named]
    if orphans:
        await storage.meta.sync()
    await storage.blobs.delete(kept.key for kept in orphans)
    done.blobs += len(orphans)
    done.bytes += sum(kept.size for kept in orphans)

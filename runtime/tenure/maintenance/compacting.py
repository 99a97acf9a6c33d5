"""Old revisions made small: a keyframe every ten, the others as what differs from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tenure.maintenance.progress import Progress
from tenure.maintenance.walking import Rows, body_of, pages, revisions_of
from tenure.meta import Values
from tenure.packing import pack

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["Compacted", "compact"]

_FRAMES = 10  # revisions from one keyframe to the next


@dataclass(slots=True)
class Compacted:
    """How many revisions became smaller, and their bytes before and after."""

    revisions: int = 0
    before: int = 0
    after: int = 0


async def compact(storage: Storage, progress: Progress | None = None) -> Compacted:
    """Pack what is neither published nor an open draft nor the newest; all of it reads as before.

    Bodies that were outside the database become orphans there, for `gc`.
    """
    progress, done = progress or Progress(quiet=True), Compacted()
    for manager in storage.resources.values():
        resource = manager.resource
        async for page in pages(storage, resource):
            long = [row for row in page if row["head"] > 1]
            revisions = await revisions_of(storage, resource, [row["id"] for row in long])
            for row in long:
                await _one(storage, resource, row, revisions.get(row["id"], []), done)
            progress.step(f"revisions of {resource.label} packed", done.revisions)
    progress.end()
    return done


async def _one(
    storage: Storage, resource: Resource[Any], row: dict[str, Any], revisions: Rows, done: Compacted
) -> None:
    in_use = {row["revision"], row["draft"], row["head"]}
    packed: list[tuple[Values, Values]] = []
    for _, frame in groupby(revisions, key=lambda it: (it["number"] - 1) // _FRAMES):
        group = list(frame)
        key = next((it for it in group if it["encoding"] == "zstd"), None)
        base = None if key is None else await body_of(storage, resource, key)
        for revision in group:
            if revision["encoding"] != "json" or revision["number"] in in_use:
                continue
            body = await body_of(storage, resource, revision)
            if key is None or base is None:
                key, base, small, encoding = revision, body, pack(body), "zstd"
            else:
                small = pack(body, base, key["number"])
                encoding = f"zstd:{key['number']}"
            if encoding != "zstd" and len(small) >= len(body):
                continue
            inside = storage.inline is None or len(small) <= storage.inline
            place = None if inside else await storage.revisions.put(resource.name, small)
            values: Values = {"encoding": encoding, "key": place, "body": small if inside else None}
            packed.append((revision, values))
            done.before, done.after = done.before + len(body), done.after + len(small)
    if packed:
        done.revisions += await storage.meta.run(
            partial(_write, resource=resource, row=row, packed=packed)
        )


def _write(
    db: sa.Connection,
    resource: Resource[Any],
    row: dict[str, Any],
    packed: list[tuple[Values, Values]],
) -> int:
    """All of it, unless somebody has moved a pointer since we looked."""
    meta, table = resource.tables.meta, resource.tables.revisions
    pointers = (meta.c.revision, meta.c.draft, meta.c.head)
    numbers = [revision["number"] for revision, _ in packed]
    mine = sa.and_(table.c.id == row["id"], table.c.number.in_(numbers))
    # Whoever is about to point at one of them has locked it, or waits for us.
    db.execute(sa.select(table.c.number).where(mine).order_by(table.c.number).with_for_update())
    now = db.execute(sa.select(*pointers).where(meta.c.id == row["id"])).first()
    if now is None or tuple(now) != (row["revision"], row["draft"], row["head"]):
        return 0
    for revision, values in packed:
        of = sa.and_(table.c.id == row["id"], table.c.number == revision["number"])
        db.execute(table.update().where(of, table.c.encoding == "json").values(values))
    return len(packed)

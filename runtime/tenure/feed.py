"""The feed of changes, read in the order in which they may be handed out: none comes later in between."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from tenure.meta import MetaStore
from tenure.statements import Prepared
from tenure.values import Change

__all__ = ["START", "Place", "changes_after"]


class Place(NamedTuple):
    """Where in the feed somebody is: behind this change."""

    xact: int
    seq: int


START = Place(0, 0)

# Every transaction before this one has ended: what it wrote can be seen, or never will be.
_SETTLED = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


async def changes_after(
    meta: MetaStore, changes: sa.Table, place: Place = START, limit: int = 100
) -> list[tuple[Place, Change]]:
    """Up to `limit` changes behind `place`, each with its own place; in order for each resource.

    On PostgreSQL, transactions commit in another order than they took their `seq`. So the feed is
    ordered by transaction, and ends before the oldest that is still open: following `seq` alone
    misses what a slower one commits below it.
    """
    query = _query(changes, meta.dialect.name == "postgresql")
    params = {"after_xact": place.xact, "after_seq": place.seq, "limit": limit}
    rows = await meta.all(query, params)
    return [(Place(row[0], row[1]), Change(*row[1:])) for row in rows]


@lru_cache(maxsize=16)
def _query(changes: sa.Table, overlapping: bool) -> Prepared:
    names = ("xact", "seq", "resource", "id", "kind", "number", "current", "at", "by")
    query: sa.Select[Any] = sa.select(*(changes.c[name] for name in names))
    seq = sa.bindparam("after_seq", type_=sa.BigInteger)
    if overlapping:
        place = sa.tuple_(sa.bindparam("after_xact", type_=sa.BigInteger), seq)
        query = query.where(sa.tuple_(changes.c.xact, changes.c.seq) > place)
        query = query.where(changes.c.xact < sa.literal_column(_SETTLED))
        query = query.order_by(changes.c.xact, changes.c.seq)
    else:
        query = query.where(changes.c.seq > seq).order_by(changes.c.seq)
    return Prepared(query.limit(sa.bindparam("limit", type_=sa.Integer)))

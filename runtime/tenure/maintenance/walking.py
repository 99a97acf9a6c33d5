"""Going through everything of one resource, some rows at a time and in order of id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from tenure.packing import plain

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["Rows", "body_of", "pages", "revisions_of"]

Rows: TypeAlias = "list[dict[str, Any]]"

_PAGE = 200  # resources at a time; all revisions of all of them are in memory


async def pages(storage: Storage, resource: Resource[Any]) -> AsyncIterator[Rows]:
    """The metadata rows, by column key, in order of id."""
    meta, after = resource.tables.meta, ""
    while True:
        query = sa.select(meta).where(meta.c.id > after).order_by(meta.c.id).limit(_PAGE)
        page = [_keyed(meta, row) for row in await storage.meta.execute(query)]
        if page:
            yield page
            after = page[-1]["id"]
        if len(page) < _PAGE:
            return


async def revisions_of(
    storage: Storage, resource: Resource[Any], ids: Sequence[str]
) -> dict[str, Rows]:
    """All rows of revisions of these resources, each in order of number."""
    table = resource.tables.revisions
    query = sa.select(table).where(table.c.id.in_(ids)).order_by(table.c.id, table.c.number)
    rows = [_keyed(table, row) for row in await storage.meta.execute(query)]
    return {id_: list(found) for id_, found in groupby(rows, key=lambda row: str(row["id"]))}


async def body_of(storage: Storage, resource: Resource[Any], revision: dict[str, Any]) -> bytes:
    """The body of a row of revisions. Raises FileNotFoundError when it is not where it should be."""
    if revision["key"] is not None:
        body = await storage.revisions.get(revision["key"])
    elif revision["body"] is None:
        raise FileNotFoundError("a revision without a body")
    else:
        body = bytes(revision["body"])
    return await plain(storage, resource, revision["id"], body)


def _keyed(table: sa.Table, row: sa.Row[Any]) -> dict[str, Any]:
    return dict(zip(table.c.keys(), row, strict=True))

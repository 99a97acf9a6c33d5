"""Lists of the past: what each resource was at a moment, looked through in order of creation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError

from tenure.errors import FieldError, Invalid
from tenure.found import BODY, KEY, moment
from tenure.packing import plainly
from tenure.reading import State, last_columns, stored, with_bodies
from tenure.search import Asked, Query, Search
from tenure.statements import Prepared, Row
from tenure.values import Page, Stored

if TYPE_CHECKING:
    from tenure.storage import Storage

T = TypeVar("T", bound=BaseModel)

_BATCH = 200  # resources looked at between two turns of the event loop


async def past_page(search: Search[T], storage: Storage, query: Query, own: str | None) -> Page[T]:
    """The page that `query` would have got at its `as_of`, in order of creation."""
    _check(query)
    asked = search.ask(storage, query, own)
    statement = _statement(search, asked, after=asked.after is not None)
    later = _statement(search, asked, after=True)
    params: dict[str, object] = {"resource_": search.resource.name, "as_of_": query.as_of}
    params |= {"own_": own, "limit_": _BATCH}
    if asked.after is not None:
        params |= {"after_at_": asked.after[1], "after_id_": asked.after[2]}
    found: list[Stored[T]] = []
    while len(found) <= query.limit:
        rows = await storage.meta.all(statement, params, scan=True)
        states = [state for row in rows if (state := _then(row)).number is not None]
        whole = await with_bodies(storage, states, BODY, KEY)
        states = [await plainly(storage, search.resource, State(*row)) for row in whole]
        found += await asyncio.to_thread(_matching, search, asked, states)
        if len(rows) < _BATCH:
            break
        statement = later
        params |= {"after_at_": moment(rows[-1][5]), "after_id_": rows[-1][0]}
    if len(found) <= query.limit:
        return Page(found)
    items = found[: query.limit]
    made = items[-1].created_at
    return Page(items, search.cursor(storage, asked, made, made, items[-1].id))


def _check(query: Query) -> None:
    wrong = []
    if query.deleted or query.draft:
        wrong.append(
            FieldError("", "cannot be combined with as_of", "draft" if query.draft else "deleted")
        )
    if str(query.order_by).removeprefix("-") != "created_at":
        wrong.append(FieldError("", "must be created_at or -created_at with as_of", "order_by"))
    if wrong:
        raise Invalid(f"{wrong[0].parameter} {wrong[0].detail}", wrong)


def _then(row: Row) -> State:
    *raw, last, at, by, _ = row
    state = State(*raw)
    if last == "delete":
        state = state._replace(number=None)
    return state._replace(updated_at=at, updated_by=by, deleted_at=None, draft=None)


def _matching(search: Search[T], asked: Asked, states: list[State]) -> list[Stored[T]]:
    found = []
    for state in states:
        item = stored(search.resource, state)
        if not asked.filters or _fits(search, asked, item):
            found.append(item)
    return found


def _fits(search: Search[T], asked: Asked, item: Stored[T]) -> bool:
    try:
        columns, lists = search.resource.columns(item.value)
    except ValidationError:
        return False  # what cannot be read as the present model has no present fields to filter by
    return all(given.test(columns, lists) for given in asked.filters)


def _statement(search: Search[T], asked: Asked, *, after: bool) -> Prepared:
    tables = search.resource.tables
    meta, revisions, changes = tables.meta, tables.revisions, tables.changes
    as_of = sa.bindparam("as_of_", type_=changes.c.at.type)
    same = changes.alias("same")
    last = (
        sa.select(sa.func.max(same.c.seq))
        .where(
            same.c.resource == sa.bindparam("resource_", type_=sa.String),
            same.c.id == meta.c.id,
            same.c.at <= as_of,
        )
        .correlate(meta)
        .scalar_subquery()
    )
    source = meta.join(changes, changes.c.seq == last).outerjoin(
        revisions, sa.and_(revisions.c.id == meta.c.id, revisions.c.number == changes.c.current)
    )
    reads = search.resource.reads
    columns = [*reads.row, *reads.shown, *last_columns(changes)]
    query = sa.select(*columns).select_from(source).where(meta.c.created_at <= as_of)
    if asked.own is not None and search.resource.owner:
        query = query.where(meta.c[search.resource.owner] == sa.bindparam("own_"))
    keys = sa.tuple_(meta.c.created_at, meta.c.id)
    if after:
        place = sa.tuple_(
            sa.bindparam("after_at_", type_=meta.c.created_at.type),
            sa.bindparam("after_id_", type_=sa.String),
        )
        query = query.where(keys < place if asked.descending else keys > place)
    order = [meta.c.created_at, meta.c.id]
    query = query.order_by(*(key.desc() if asked.descending else key for key in order))
    return Prepared(query.limit(sa.bindparam("limit_", type_=sa.Integer)))

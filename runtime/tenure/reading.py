"""Reading one resource: a row joined to one of its revisions, in one statement."""

# ruff: noqa: A002  (the field's word is `id`)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel

from tenure import shown
from tenure.errors import Gone, NotFound, PreconditionFailed
from tenure.found import OWNER, Found, Moment
from tenure.ids import is_id
from tenure.meta import Tables
from tenure.packing import plainly
from tenure.statements import Prepared, Row, as_it_is
from tenure.values import Revision, Status, Stored

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

Column: TypeAlias = "sa.ColumnElement[Any]"
T = TypeVar("T", bound=BaseModel)


_LAST = 2**31 - 1  # no revision has a higher number


class State(NamedTuple):
    """A row, the revision it was read with, and (for writing) where its chain ends.

    Moments are as the database gives them; `found.moment` makes datetimes of them.
    """

    id: str
    etag: int
    revision: int | None
    draft: int | None
    head: int
    created_at: Moment
    created_by: str
    updated_at: Moment
    updated_by: str
    deleted_at: Moment | None
    owner: object
    number: int | None
    status: Status
    version: int
    content: str
    key: str | None
    secrets: bytes | None
    body: bytes
    kind: str = ""
    parent: int | None = None
    previous: str | None = None
    at: Moment = ""
    by: str = ""
    tip: str | None = None


class Reads:
    """The statements that read one resource."""

    def __init__(self, tables: Tables, owner: str | None) -> None:
        meta, revisions = tables.meta, tables.revisions
        self._tables = tables
        # What only writing needs is left out of what is read most, as nulls: each value costs.
        self.row = _row_columns(meta, owner, without=("revision", "head"))
        self.listed = _row_columns(meta, None, without=("revision", "head"))
        self._whole = _row_columns(meta, owner)
        self.shown = _shown_columns(revisions)
        self.ready = _ready_columns(meta, revisions)
        self._owner = owner

    # Each is made when it is first needed: a project has hundreds, and its start waits for none.

    @cached_property
    def draft(self) -> Prepared:
        """The open draft, else the published revision."""
        return self._state(self._is_working())

    @cached_property
    def working(self) -> Prepared:
        """The same, for writing."""
        return self._state(self._is_working(), tip=True)

    @cached_property
    def published(self) -> Prepared:
        """The published revision, for writing."""
        return self._state(self._is_published(), tip=True)

    @cached_property
    def numbered(self) -> Prepared:
        """The revision of a given number, for writing."""
        number = sa.bindparam("number", type_=sa.Integer)
        return self._state(self._tables.revisions.c.number == number, tip=True)

    def _is_published(self) -> sa.ColumnElement[bool]:
        return self._tables.revisions.c.number == self._tables.meta.c.revision

    def _is_working(self) -> sa.ColumnElement[bool]:
        meta = self._tables.meta
        return self._tables.revisions.c.number == sa.func.coalesce(meta.c.draft, meta.c.revision)

    def _state(self, which: sa.ColumnElement[bool], *, tip: bool = False) -> Prepared:
        meta, revisions = self._tables.meta, self._tables.revisions
        source = meta.outerjoin(revisions, sa.and_(revisions.c.id == meta.c.id, which))
        columns = [*(self._whole if tip else self.row), *self.shown]
        if tip:
            head = revisions.alias("head")
            at_head = sa.and_(head.c.id == meta.c.id, head.c.number == meta.c.head)
            source = source.outerjoin(head, at_head)
            columns += [*_chain_columns(revisions), head.c.digest.label("tip")]
        of = meta.c.id == sa.bindparam("id", type_=sa.String)
        return Prepared(sa.select(*columns).select_from(source).where(of))

    @cached_property
    def current(self) -> Prepared:
        """What readers get, and whether they may have it."""
        meta, revisions = self._tables.meta, self._tables.revisions
        which = sa.and_(revisions.c.id == meta.c.id, self._is_published())
        source = meta.join(revisions, which)
        own = sa.literal_column("NULL") if self._owner is None else meta.c[self._owner]
        query = sa.select(*self.ready, _raw(meta.c.deleted_at), own.label("owner_"))
        of = meta.c.id == sa.bindparam("id", type_=sa.String)
        return Prepared(query.select_from(source).where(of))

    @cached_property
    def presence(self) -> Prepared:
        """The row alone, in the shape of a state."""
        of = self._tables.meta.c.id == sa.bindparam("id", type_=sa.String)
        nothing: list[Column] = [
            sa.literal_column("NULL").label(column.key) for column in self.shown
        ]
        return Prepared(sa.select(*self.row, *nothing).where(of))

    @cached_property
    def past(self) -> Prepared:
        """The last change up to a moment, with the revision that was current after it."""
        meta, revisions, changes = self._tables.meta, self._tables.revisions, self._tables.changes
        source = meta.join(changes, changes.c.id == meta.c.id).outerjoin(
            revisions,
            sa.and_(revisions.c.id == meta.c.id, revisions.c.number == changes.c.current),
        )
        columns = [*self.row, *self.shown, *last_columns(changes)]
        query = (
            sa.select(*columns)
            .select_from(source)
            .where(
                changes.c.resource == sa.bindparam("resource", type_=sa.String),
                changes.c.id == sa.bindparam("id", type_=sa.String),
                meta.c.id == sa.bindparam("id", type_=sa.String),
                changes.c.at <= sa.bindparam("as_of", type_=changes.c.at.type),
            )
            .order_by(changes.c.seq.desc())
            .limit(sa.literal_column("1"))
        )
        return Prepared(query)

    @cached_property
    def history(self) -> Prepared:
        """A page of revisions, without their bodies."""
        revisions = self._tables.revisions
        columns = [
            revisions.c[name]
            for name in ("number", "parent", "kind", "status", "schema_version", "at", "by")
        ] + [revisions.c[name] for name in ("reason", "request_id", "digest", "size")]
        query = (
            sa.select(*columns)
            .where(
                revisions.c.id == sa.bindparam("id", type_=sa.String),
                revisions.c.number < sa.bindparam("before", type_=sa.Integer),
            )
            .order_by(revisions.c.number.desc())
            .limit(sa.bindparam("limit", type_=sa.Integer))
        )
        return Prepared(query)


async def current(
    storage: Storage, resource: Resource[T], id: str, own: str | None, *, draft: bool = False
) -> Stored[T]:
    """The published revision, or with `draft` the open draft if there is one."""
    if draft:
        return await _working(storage, resource, id, own)
    if not is_id(id):
        raise unknown(resource, id)
    row = await storage.meta.one(resource.reads.current, {"id": id})
    if row is None or (own is not None and row[-1] != own):
        raise unknown(resource, id)
    if row[-2] is not None:
        raise Gone(f"this {resource.label} has been deleted")
    if row[shown.BODY] is None:
        (row,) = await with_bodies(storage, [row], shown.BODY, shown.KEY)
    return shown.Shown(row, resource.codec)


async def _working(storage: Storage, resource: Resource[T], id: str, own: str | None) -> Stored[T]:
    state = await find(storage, resource, id, own, resource.reads.draft)
    if state.number is None:
        raise unknown(resource, id)
    if state.deleted_at is not None:
        raise Gone(f"this {resource.label} has been deleted")
    return stored(resource, await filled(storage, state))


async def find(
    storage: Storage,
    resource: Resource[T],
    id: str,
    own: str | None,
    query: Prepared,
    params: Mapping[str, object] | None = None,
) -> State:
    """The state `query` reads; 404 when there is none or it is not the caller's own."""
    params = {"id": id, **params} if params else {"id": id}
    return State(*await _row(storage, resource, id, own, query, params))


async def _row(
    storage: Storage,
    resource: Resource[T],
    id: str,
    own: str | None,
    query: Prepared,
    params: Mapping[str, object],
) -> Row:
    if not is_id(id):
        raise unknown(resource, id)
    row = await storage.meta.one(query, params)
    if row is None or (own is not None and row[OWNER] != own):
        raise unknown(resource, id)
    return row


async def to_write(
    storage: Storage,
    resource: Resource[T],
    id: str,
    own: str | None,
    expect: int | None,
    *,
    deleted: bool = False,
) -> State:
    """What a write starts from: the open draft, else the current revision, body and all."""
    state = await find(storage, resource, id, own, resource.reads.working)
    if state.deleted_at is not None and not deleted:
        raise Gone(f"this {resource.label} has been deleted")
    if expect is not None and expect != state.etag:
        raise PreconditionFailed(f"this {resource.label} has changed since it was read")
    return await filled(storage, state)


async def at_number(
    storage: Storage, resource: Resource[T], id: str, own: str | None, number: int
) -> State:
    """The row with its revision `number`."""
    # Beyond 64 bits there is no revision, and SQLite would not take the question.
    wanted = number if 0 < number < 2**31 else 0
    state = await find(storage, resource, id, own, resource.reads.numbered, {"number": wanted})
    if state.number is None:
        raise NotFound(f"this {resource.label} has no revision {number}")
    return await plainly(storage, resource, await filled(storage, state))


async def past(
    storage: Storage, resource: Resource[T], id: str, own: str | None, as_of: datetime
) -> Stored[T]:
    """What readers saw at `as_of`; 404 before it was published, 410 while it was deleted.

    410 too when the resource does not keep what it was then any more.
    """
    params = {"id": id, "resource": resource.name, "as_of": as_of}
    *row, last, at, by, current = await _row(
        storage, resource, id, own, resource.reads.past, params
    )
    state = State(*row)
    if current is None:
        raise unknown(resource, id)
    if last == "delete":
        raise Gone(f"this {resource.label} was deleted then")
    if state.number is None:
        raise Gone(f"what this {resource.label} was then is no longer kept")
    state = state._replace(updated_at=at, updated_by=by, deleted_at=None, draft=None)
    return stored(resource, await plainly(storage, resource, await filled(storage, state)))


async def history(
    storage: Storage, resource: Resource[T], id: str, limit: int, before: int | None
) -> list[Revision]:
    """Up to `limit` revisions below `before`, newest first, without their bodies."""
    params = {"id": id, "limit": limit, "before": min(before or _LAST, _LAST)}
    rows = await storage.meta.all(resource.reads.history, params)
    return [Revision(*row) for row in rows]


async def filled(storage: Storage, state: State) -> State:
    """`state` with its body, wherever that is kept."""
    if state.body is None and state.key is not None:
        return state._replace(body=await storage.revisions.get(state.key))
    return state


async def with_bodies(storage: Storage, rows: Sequence[Row], body: int, key: int) -> list[Row]:
    """Rows with their bodies, wherever these are kept; `body` and `key` are their places in a row."""
    outside = [at for at, row in enumerate(rows) if row[body] is None and row[key] is not None]
    filled = list(rows)
    if not outside:
        return filled
    found = await storage.revisions.get_all(rows[at][key] for at in outside)
    for at, content in zip(outside, found, strict=True):
        row = rows[at]
        filled[at] = [*row[:body], content, *row[body + 1 :]]
    return filled


def stored(resource: Resource[T], state: State) -> Stored[T]:
    """A state as the outside sees it, its content in the present version."""
    return Found(state, resource.codec)


def as_written(resource: Resource[T], state: State) -> Stored[T]:
    """A numbered revision: the same whenever it is asked for, once it is stable."""
    return stored(
        resource,
        state._replace(updated_at=state.at, updated_by=state.by, draft=None, deleted_at=None),
    )


def unknown(resource: Resource[T], id: str) -> NotFound:
    """The refusal for an id that leads nowhere, or nowhere the caller may look."""
    return NotFound(f"no {resource.label} has the id {id[:40]!r}")


def last_columns(changes: sa.FromClause) -> list[Column]:
    """What a change says of itself: its kind, when it was, by whom; what was current after it."""
    return [changes.c.kind.label("last"), _raw(changes.c.at), changes.c.by, changes.c.current]


def _row_columns(meta: sa.Table, owner: str | None, without: tuple[str, ...] = ()) -> list[Column]:
    moments = ("created_at", "updated_at", "deleted_at")
    names = ["id", "etag", "revision", "draft", "head", "created_at", "created_by"]
    names += ["updated_at", "updated_by", "deleted_at"]
    own = sa.literal_column("NULL") if owner is None else meta.c[owner]
    columns: list[Column] = []
    for name in names:
        column: Column = _raw(meta.c[name]) if name in moments else meta.c[name]
        columns.append(sa.literal_column("NULL").label(name) if name in without else column)
    return [*columns, own.label("owner_")]


def _shown_columns(revisions: sa.FromClause) -> list[Column]:
    names = ["number", "status", "schema_version", "content", "key"]
    return [
        *(revisions.c[name] for name in names),
        *(_raw(revisions.c[name]) for name in ("secrets", "body")),
    ]


def _ready_columns(meta: sa.Table, revisions: sa.FromClause) -> list[Column]:
    return [
        meta.c.id,
        meta.c.etag,
        revisions.c.schema_version,
        revisions.c.key,
        _raw(revisions.c.secrets),
        _raw(revisions.c.body),
        meta.c.shown,
    ]


def _chain_columns(revisions: sa.FromClause) -> list[Column]:
    columns = [revisions.c[name] for name in ("kind", "parent", "previous")]
    return [*columns, _raw(revisions.c.at), revisions.c.by]


def _raw(column: Column) -> Column:
    """The column as the database gives it: most that is read is never looked at."""
    return as_it_is(column).label(str(column.key))

"""Lists of resources: typed filters, any indexed order, pages by key and never by offset."""

# ruff: noqa: A001, A002  (the field's word is `id`)

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from tenure import cursors, shown
from tenure.errors import FieldError, Invalid
from tenure.filters import Condition, Filter, Given, Notation, Shape, words
from tenure.found import BODY, KEY, Found
from tenure.reading import with_bodies
from tenure.resource import Resource
from tenure.shown import ShownPage
from tenure.statements import Prepared, Row, as_it_is
from tenure.values import Page, Stored

if TYPE_CHECKING:
    from tenure.storage import Storage

__all__ = ["Asked", "Query", "Search", "searchable"]

T = TypeVar("T", bound=BaseModel)

_SIZES = (11, 21, 51, 101, 201)  # rows PostgreSQL is asked for: one more than a page may have
_KNOWN = 1024  # statements kept for one resource


def searchable(*fields: object) -> str:
    """What `q` looks through: the searched fields, in lower case."""
    return "\n".join(str(field) for field in fields if field is not None).lower()


def _split(value: object) -> object:
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [part for item in value for part in item.split(",")]
    return value


class Query(BaseModel):
    """How to list a resource; generated classes add the filters theirs has, such as `kind__in`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=200, description="At most so many.")] = 50
    cursor: Annotated[str | None, Field(description="The `next` of the page before.")] = None
    as_of: Annotated[AwareDatetime | None, Field(description="As it was at this time.")] = None
    deleted: Annotated[bool, Field(description="Those that are deleted.")] = False
    draft: Annotated[bool, Field(description="Those with an open draft, as drafts.")] = False
    order_by: Annotated[str, Field(description="A column; `-` turns it round.")] = "-created_at"
    fields: Annotated[
        list[str] | None,
        BeforeValidator(_split),
        Field(description="Only these fields, id and meta."),
    ] = None

    @property
    def action(self) -> str:
        """What a caller must be allowed to do: `read`, `update` for drafts, `history` for the past."""
        if self.draft:
            return "update"
        return "history" if self.deleted or self.as_of is not None else "read"


class Asked(NamedTuple):
    """A query taken apart: filters with their values, the column to order by, where to go on."""

    filters: list[Given]
    order: str
    descending: bool
    own: str | None
    question: str
    after: list[object] | None


class Search(Generic[T]):
    """The lists of one resource; statements are kept by their shape."""

    def __init__(self, resource: Resource[T]) -> None:
        self.resource = resource
        self._meta = resource.tables.meta
        self._filters: dict[type[Query], list[Filter]] = {}
        self._statements: dict[Shape, Prepared] = {}
        self._notations: dict[str, Notation] = {}

    async def page(self, storage: Storage, query: Query, own: str | None) -> Page[T]:
        """The page of the present that `query` asks for."""
        asked = self.ask(storage, query, own)
        after = asked.after
        null = after is not None and after[0] is None
        most = _most(query.limit) if storage.meta.dialect.name == "postgresql" else None
        shape: Shape = (asked.order, asked.descending, after is not None, null, own is not None)
        shape += (most,)
        shape += (query.deleted, query.draft, *(given.shape for given in asked.filters))
        statement = self._statements.get(shape)
        if statement is None:
            if len(self._statements) >= _KNOWN:
                self._statements.clear()
            statement = self._statements[shape] = self._statement(asked, query, most)
        params: dict[str, object] = {"limit_": query.limit + 1, "own_": own}
        for given in asked.filters:
            params.update(given.params)
        if after is not None:
            params |= {"after_": after[0], "after_at_": after[1], "after_id_": after[2]}
        rows = await storage.meta.all(statement, params, scan=not self._is_short(asked))
        return await self._page(storage, query, asked, rows[: query.limit + 1])

    def ask(self, storage: Storage, query: Query, own: str | None) -> Asked:
        """`query` taken apart. Raises Invalid for an order or a cursor that does not fit."""
        order_by = str(getattr(query.order_by, "value", query.order_by))
        order, descending = order_by.removeprefix("-"), order_by.startswith("-")
        if order not in self._meta.c or order == "search":
            detail = "is not something to order by"
            raise Invalid(f"{order[:40]!r} {detail}", [FieldError("", detail, "order_by")])
        filters = self._given(query)
        said: list[object] = [self.resource.name, order_by, own, query.deleted, query.draft]
        said += [str(query.as_of), sorted([given.parameter, given.said] for given in filters)]
        asked = Asked(filters, order, descending, own, _digest(said), None)
        if query.cursor is None:
            return asked
        value, at, id = cursors.open_(storage.key, asked.question, query.cursor)
        after = [
            self._notation(order).read(value),
            self._notation("created_at").read(at),
            id,
        ]
        return asked._replace(after=after)

    def cursor(
        self, storage: Storage, asked: Asked, value: object, created_at: object, id: str
    ) -> str:
        """The cursor behind the resource `id`, whose place in the order is `value`."""
        place = self._notation(asked.order).note(value)
        at = self._notation("created_at").note(created_at)
        return cursors.close(storage.key, asked.question, [place, at, id])

    async def _page(self, storage: Storage, query: Query, asked: Asked, rows: list[Row]) -> Page[T]:
        codec, limit = self.resource.codec, query.limit
        if _is_ready(query):
            return await self._ready(storage, asked, limit, rows)
        shown = await with_bodies(storage, rows[:limit], BODY, KEY)
        items: list[Stored[T]] = [Found(row, codec) for row in shown]
        if len(rows) <= limit:
            return Page(items)
        last = rows[limit - 1]
        return Page(items, self.cursor(storage, asked, last[-1], last[5], last[0]))

    async def _ready(self, storage: Storage, asked: Asked, limit: int, rows: list[Row]) -> Page[T]:
        following = None
        if len(rows) > limit:
            last = rows[limit - 1]
            created_at = last[-1] if asked.order == "created_at" else last[-2]
            following = self.cursor(storage, asked, last[-1], created_at, last[0])
            del rows[limit:]
        rows = await with_bodies(storage, rows, shown.BODY, shown.KEY)
        return ShownPage(rows, self.resource.codec, following)

    def _notation(self, name: str) -> Notation:
        found = self._notations.get(name)
        if found is None:
            found = self._notations[name] = Notation(self._meta.c[name])
        return found

    def _given(self, query: Query) -> list[Given]:
        filters = self._filters.get(type(query))
        if filters is None:
            filters = self._filters[type(query)] = self._parameters(type(query))
        given = []
        for filter_ in filters:
            value = getattr(query, filter_.attribute)
            if value is not None:
                given.append(filter_.given(value))
        text = getattr(query, "q", None)
        if text:
            given.append(words(self._meta.c.search, text))
        return given

    def _parameters(self, model: type[Query]) -> list[Filter]:
        return [
            Filter(field.alias or name, name, self.resource.tables)
            for name, field in model.model_fields.items()
            if name not in Query.model_fields and name != "q"
        ]

    def _is_short(self, asked: Asked) -> bool:
        """Whether an index gives the rows in order, so that reading them is no longer than a page."""
        if not asked.filters:
            return asked.own is None or asked.order == "created_at"
        if len(asked.filters) > 1 or asked.own is not None:
            return False
        only = asked.filters[0].parameter
        return (asked.order == "created_at" and "__" not in only) or (
            only.partition("__")[0] == asked.order and not only.endswith(("__in", "__null"))
        )

    def _statement(self, asked: Asked, query: Query, most: int | None) -> Prepared:
        meta, reads = self._meta, self.resource.reads
        order = meta.c[asked.order]
        where: list[Condition] = [given.condition() for given in asked.filters]
        gone = meta.c.deleted_at
        # Said in so many words, because the indexes of lists are partial, and hold just this.
        if query.draft and not query.deleted:
            # Not so the rest: it would lead to indexes of all that lives, which are many more.
            where.append(
                sa.case((gone.is_(None), sa.text("1")), else_=sa.text("0")) == sa.text("1")
            )
        else:
            where.append(gone.is_not(None) if query.deleted else gone.is_(None))
        if query.draft:
            where.append(meta.c.draft.is_not(None))
        elif not query.deleted:
            where.append(meta.c.revision.is_not(None))
        if asked.own is not None and self.resource.owner:
            where.append(meta.c[self.resource.owner] == sa.bindparam("own_"))
        columns = [*reads.listed, *reads.shown]
        if _is_ready(query):
            made = as_it_is(meta.c.created_at).label("created_at")
            columns = [*reads.ready, *([] if asked.order == "created_at" else [made])]
        columns.append(as_it_is(order).label("order_"))
        base = sa.select(*columns).select_from(self._source(query)).where(*where)
        keys = _keys(meta, asked.order)
        parts = _after(keys, asked, nullable=bool(order.nullable), nulls_apart=most is not None)
        limit = sa.bindparam("limit_", type_=sa.Integer) if most is None else _said(most)
        return Prepared(_union([base.where(part) for part in parts], keys, asked.descending, limit))

    def _source(self, query: Query) -> sa.Join:
        """Each resource with the revision the list shows; those without such a one drop out."""
        meta, revisions = self._meta, self.resource.tables.revisions
        number: sa.ColumnElement[Any] = meta.c.revision
        if query.draft:
            number = meta.c.draft
        elif query.deleted:
            number = sa.func.coalesce(meta.c.revision, meta.c.draft)
        shown = sa.and_(revisions.c.id == meta.c.id, revisions.c.number == number)
        return meta.join(revisions, shown)


def _most(limit: int) -> int:
    """How many rows the statement names for a page of `limit`.

    PostgreSQL plans a statement anew each time while its limit is a parameter, which takes as long
    as reading the page; of these sizes it keeps the plans.
    """
    return next(size for size in _SIZES if size > limit)


def _said(number: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(number), sa.Integer)


def _is_ready(query: Query) -> bool:
    """Whether it asks for what readers see, whose `meta` is in the rows."""
    return not (query.deleted or query.draft)


def _keys(meta: sa.Table, order: str) -> list[sa.ColumnElement[Any]]:
    """What the list is sorted by: ties of `order` by time of creation, then by id."""
    names = {"id": ["id"], "created_at": ["created_at", "id"]}
    return [meta.c[name] for name in names.get(order, [order, "created_at", "id"])]


def _after(
    keys: Sequence[sa.ColumnElement[Any]], asked: Asked, *, nullable: bool, nulls_apart: bool
) -> list[Condition]:
    """What comes after the cursor, in one or two parts that each an index can answer.

    Nulls come first when ascending and last when descending: SQLite's indexes have them so, and
    PostgreSQL's the other way round (`nulls_apart`).
    """
    if asked.after is None:
        if not nullable or not nulls_apart:
            return [sa.true()]
        null, other = keys[0].is_(None), keys[0].is_not(None)
        return [other, null] if asked.descending else [null, other]
    names = {0: "after_", 1: "after_at_", 2: "after_id_"}
    binds: list[Any] = [sa.bindparam(names[at], type_=key.type) for at, key in enumerate(keys)]
    if len(keys) < 3:
        binds[-1] = sa.bindparam("after_id_", type_=keys[-1].type)
    if nulls_apart:
        # PostgreSQL plans a statement anew each time while it believes that it gains by knowing the
        # place, which takes longer than to read the page; from a subquery it knows nothing.
        binds = [sa.select(bind).scalar_subquery() for bind in binds]
    if asked.after[0] is None:
        rest = _beyond(keys[1:], binds[1:], asked.descending)
        among = sa.and_(keys[0].is_(None), rest)
        return [among] if asked.descending else [among, keys[0].is_not(None)]
    beyond = _beyond(keys, binds, asked.descending)
    return [beyond, keys[0].is_(None)] if asked.descending and nullable else [beyond]


def _beyond(
    keys: Sequence[sa.ColumnElement[Any]], binds: Sequence[Any], descending: bool
) -> Condition:
    here, there = (keys[0], binds[0]) if len(keys) == 1 else (sa.tuple_(*keys), sa.tuple_(*binds))
    beyond: Condition = here < there if descending else here > there
    return beyond


def _union(
    parts: Sequence[sa.Select[Any]],
    keys: Sequence[sa.ColumnElement[Any]],
    descending: bool,
    limit: sa.ColumnElement[int],
) -> sa.Select[Any]:
    """The parts one after the other: with OR between them, no index would find where to begin."""
    ordered = [
        part.order_by(*((key.desc() if descending else key.asc()) for key in keys)).limit(limit)
        for part in parts
    ]
    if len(ordered) == 1:
        return ordered[0]
    numbered = [
        sa.select(part.add_columns(sa.literal_column(str(at)).label("part_")).subquery())
        for at, part in enumerate(ordered)
    ]
    both = sa.union_all(*numbered).subquery()
    names = ["order_"] if len(keys) == 1 else ["order_", "created_at", "id"]
    order = [both.c.part_, *((both.c[n].desc() if descending else both.c[n]) for n in names)]
    shown = [column for column in both.c if column.key != "part_"]
    return sa.select(*shown).order_by(*order).limit(limit)


def _digest(said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

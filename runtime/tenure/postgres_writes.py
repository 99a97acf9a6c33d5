"""How a declared write becomes one statement in PostgreSQL: each row a CTE, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.visitors import replacement_traverse

from tenure.meta import LINK, Guard, Tables, Values, Write
from tenure.statements import Prepared

__all__ = ["Question", "locking", "params_of", "statement_of"]

Question: TypeAlias = tuple[Prepared, dict[str, object]]
Column: TypeAlias = "sa.ColumnElement[Any]"
Shape: TypeAlias = tuple[object, ...]

_KNOWN = 2048  # statements kept
_statements: dict[Shape, Prepared] = {}
_locks: dict[sa.Table, Prepared] = {}


def statement_of(write: Write, guards: Sequence[Guard]) -> Prepared:
    """The statement that asks `guards` and does `write`.

    It answers one row: how many resources it changed (1, or 0 and then nothing else was done),
    and for each guard whether it held.
    """
    shape = (
        write.tables.meta,
        write.etag is None,
        tuple(write.row),
        tuple(tuple(row) for row in write.revisions),
        tuple(write.redraft or ()),
        tuple((name, bool(values)) for name, values in write.lists.items()),
        tuple((draft, bool(links)) for draft, links in write.links.items()),
        tuple(write.change),
        tuple(guard.query for guard in guards),
    )
    found = _statements.get(shape)
    if found is None:
        if len(_statements) >= _KNOWN:
            _statements.clear()
        found = _statements[shape] = _Building(write, guards).statement()
    return found


def params_of(write: Write, guards: Sequence[Guard]) -> dict[str, object]:
    """What the statement of `write` is run with."""
    params: dict[str, object] = {"the_id": write.id, "the_etag": write.etag}
    params["the_name"] = write.name
    _name(params, "row", write.row)
    _name(params, "change", write.change)
    for at, revision in enumerate(write.revisions):
        _name(params, f"revision{at}", revision)
    if write.redraft is not None:
        _name(params, "redraft", write.redraft)
    for name, values in write.lists.items():
        params[f"list_{name}"] = list(dict.fromkeys(values))
    for draft, links in write.links.items():
        columns = zip(*sorted(links), strict=True) if links else [()] * len(LINK)
        for name, column in zip(LINK, columns, strict=True):
            params[f"link{draft}_{name}"] = list(column)
    for at, guard in enumerate(guards):
        _name(params, f"guard{at}", guard.params)
    return params


def locking(writes: Sequence[Write]) -> list[Question]:
    """What locks the rows of all `writes`, always in the same order, or two would wait in a ring."""
    wanted: dict[sa.Table, list[str]] = {}
    for write in writes:
        if write.etag is not None:
            wanted.setdefault(write.tables.meta, []).append(write.id)
    return [
        (_lock(table), {"ids": wanted[table]}) for table in sorted(wanted, key=lambda it: it.name)
    ]


def _lock(table: sa.Table) -> Prepared:
    found = _locks.get(table)
    if found is None:
        ids = sa.bindparam("ids", type_=postgresql.ARRAY(sa.String()))
        query = sa.select(table.c.id).where(table.c.id == sa.any_(ids)).order_by(table.c.id)
        found = _locks[table] = Prepared(query.with_for_update())
    return found


class _Building:
    """The parts of one statement; `changed` is the row as changed, and what all others hang on."""

    def __init__(self, write: Write, guards: Sequence[Guard]) -> None:
        self._tables: Tables = write.tables
        self._write = write
        self._parts: list[sa.CTE] = []
        self._asked = _asked(guards)
        self._changed = self._insert() if write.etag is None else self._swap()

    def statement(self) -> Prepared:
        """All parts together."""
        write, tables = self._write, self._tables
        if write.redraft is not None:
            self._redraft(write.redraft)
        for at, revision in enumerate(write.revisions):
            self._add(f"revision{at}", tables.revisions, revision)
        for name, values in write.lists.items():
            self._replace_list(name, tables.lists[name], bool(values))
        for draft, links in write.links.items():
            self._replace_links(draft, bool(links))
        self._add("change", tables.changes, write.change)
        count = sa.select(sa.func.count()).select_from(self._changed).scalar_subquery()
        held = () if self._asked is None else self._asked.c
        query = sa.select(count.label("changed"), *held)
        return Prepared(query.add_cte(*self._parts))

    def _insert(self) -> sa.CTE:
        meta, row = self._tables.meta, self._write.row
        values = sa.select(*_binds(meta, "row", row))
        if self._asked is not None:
            values = values.where(self._all_held())
        insert = sa.insert(meta).from_select([*row], values, include_defaults=False)
        return insert.returning(meta.c.id).cte("changed")

    def _swap(self) -> sa.CTE:
        meta, row = self._tables.meta, self._write.row
        columns = [meta.c[key] for key in row]
        values = dict(zip(columns, _binds(meta, "row", row), strict=True))
        update = sa.update(meta).values(values).where(meta.c.id == _the_id(), _the_etag(meta))
        if self._write.redraft is not None:
            # Looked at with the row, which any change of the draft would have changed.
            update = update.where(sa.exists().where(*self._is_the_draft(sa.alias)))
        if self._asked is not None:
            update = update.where(self._all_held())
        return update.returning(meta.c.id).cte("changed")

    def _all_held(self) -> Column:
        if self._asked is None:
            return sa.true()
        return sa.select(sa.and_(*self._asked.c)).scalar_subquery()

    def _is_the_draft(self, of: Callable[[sa.Table], Any]) -> list[sa.ColumnElement[bool]]:
        revisions = of(self._tables.revisions)
        return [
            revisions.c.id == _the_id(),
            revisions.c.number == sa.bindparam("redraft_number", type_=sa.Integer),
            # A stable revision never changes, whatever the caller believes it to be.
            revisions.c.status == sa.text("'draft'"),
        ]

    def _redraft(self, redraft: Values) -> None:
        revisions = self._tables.revisions
        row = {key: value for key, value in redraft.items() if key != "number"}
        columns = [revisions.c[key] for key in row]
        values = dict(zip(columns, _binds(revisions, "redraft", row), strict=True))
        update = sa.update(revisions).values(values).where(*self._is_the_draft(lambda it: it))
        update = update.where(revisions.c.id == self._changed.c.id)
        self._parts.append(update.returning(revisions.c.number).cte("redraft"))

    def _add(self, name: str, table: sa.Table, row: Values) -> None:
        values = sa.select(*_binds(table, name, row)).select_from(self._changed)
        insert = sa.insert(table).from_select([*row], values, include_defaults=False)
        self._parts.append(insert.cte(name))

    def _replace_list(self, name: str, table: sa.Table, filled: bool) -> None:
        """Only what differs: one statement must not delete a row and insert the same again."""
        values = sa.bindparam(f"list_{name}", type_=_array(table.c.value))
        if self._write.etag is not None:
            others = [table.c.value != sa.all_(values)] if filled else []
            delete = sa.delete(table).where(table.c.id == self._changed.c.id, *others)
            self._parts.append(delete.cte(f"cleared_{name}"))
        if filled:
            rows = sa.select(sa.func.unnest(values), self._changed.c.id)
            insert = postgresql.insert(table).from_select(["value", "id"], rows)
            self._parts.append(insert.on_conflict_do_nothing().cte(f"listed_{name}"))

    def _replace_links(self, draft: int, filled: bool) -> None:
        links = self._tables.links
        wanted = [sa.bindparam(f"link{draft}_{name}", type_=_array(links.c[name])) for name in LINK]
        named = sa.func.unnest(*wanted).table_valued(*LINK, name=f"wanted{draft}").render_derived()
        mine = [links.c.source == _the_name(), links.c.source_id == self._changed.c.id]
        which: Column = sa.literal_column(str(int(draft)))
        if self._write.etag is not None:
            others = []
            if filled:
                here = [links.c[key] == named.c[key] for key in LINK]
                others.append(~sa.exists().where(*here).correlate(links))
            delete = sa.delete(links).where(*mine, links.c.draft == which, *others)
            self._parts.append(delete.cte(f"unlinked{draft}"))
        if filled:
            rows = sa.select(_the_name(), self._changed.c.id, which, *(named.c[k] for k in LINK))
            rows = rows.select_from(self._changed.join(named, sa.true()))
            keys = ["source", "source_id", "draft", *LINK]
            insert = postgresql.insert(links).from_select(keys, rows)
            self._parts.append(insert.on_conflict_do_nothing().cte(f"linked{draft}"))


def _asked(guards: Sequence[Guard]) -> sa.CTE | None:
    """Whether each guard holds, asked once; guards that lock a row do so here."""
    if not guards:
        return None
    held = []
    for at, guard in enumerate(guards):
        part = _renamed(guard.query.core, f"guard{at}").cte(f"guard{at}")
        held.append(sa.exists().select_from(part).label(f"held{at}"))
    return sa.select(*held).cte("asked")


def _renamed(core: Any, name: str) -> Any:
    """A query whose parameters have a name of their own in a larger one."""

    def replace(element: Any, **_: Any) -> Any:
        if isinstance(element, sa.BindParameter) and element.required:
            return sa.bindparam(f"{name}_{element.key}", type_=element.type)
        return None

    return replacement_traverse(core, {}, replace)


def _binds(table: sa.Table, name: str, row: Mapping[str, object]) -> list[Any]:
    return [sa.bindparam(f"{name}_{key}", type_=table.c[key].type) for key in row]


def _name(params: dict[str, object], name: str, row: Mapping[str, object]) -> None:
    for key, value in row.items():
        params[f"{name}_{key}"] = value


def _array(column: sa.Column[Any]) -> Any:
    # Without a length: a cast to it would cut what is too long, and nobody would know.
    is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
    return postgresql.ARRAY(sa.String() if is_text else column.type)


def _the_id() -> Any:
    return sa.bindparam("the_id", type_=sa.String)


def _the_name() -> Any:
    return sa.bindparam("the_name", type_=sa.String)


def _the_etag(meta: sa.Table) -> sa.ColumnElement[bool]:
    matches: sa.ColumnElement[bool] = meta.c.etag == sa.bindparam("the_etag", type_=sa.Integer)
    return matches

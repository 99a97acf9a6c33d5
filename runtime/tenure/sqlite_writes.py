"""How a declared write becomes rows in SQLite."""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from tenure.errors import Conflict, Invalid, Unavailable
from tenure.meta import LINK, Duplicate, Link, Stale, Values, Write, refuse
from tenure.statements import Prepared

__all__ = ["perform_all", "told"]


def perform_all(db: sqlite3.Connection, dialect: Dialect, writes: Sequence[Write]) -> None:
    """Ask every guard, then write everything; the caller's transaction makes it one.

    Raises what a guard refuses with, Stale or Duplicate.
    """
    refused = []
    for write in writes:
        for guard in write.guards:
            compiled = guard.query.on(dialect)
            if not db.execute(compiled.sql, compiled.bind(guard.params)).fetchall():
                refused.append(guard.refusal)
    refuse(refused)
    for write in writes:
        try:
            _perform(db, dialect, write)
        except sqlite3.IntegrityError as error:
            raise _violation(error) from error


def _perform(db: sqlite3.Connection, dialect: Dialect, write: Write) -> None:
    tables = write.tables
    if write.etag is None:
        _insert(db, dialect, tables.meta, write.row)
    else:
        params = {**write.row, "the_id": write.id, "the_etag": write.etag}
        compiled = _swap(tables.meta, tuple(write.row)).on(dialect)
        if db.execute(compiled.sql, compiled.bind(params)).rowcount != 1:
            raise Stale(write.id)
    if write.redraft is not None:
        _redraft(db, dialect, write)
    for revision in write.revisions:
        _insert(db, dialect, tables.revisions, revision)
    for name, values in write.lists.items():
        _replace_list(db, dialect, write, tables.lists[name], values)
    for draft, links in write.links.items():
        _replace_links(db, dialect, write, draft, links)
    _insert(db, dialect, tables.changes, write.change)
    for step in write.steps:
        compiled = step.statement.on(dialect)
        db.execute(compiled.sql, compiled.bind(step.params))


def _redraft(db: sqlite3.Connection, dialect: Dialect, write: Write) -> None:
    values = dict(write.redraft or {})
    params = {"the_id": write.id, "the_number": values.pop("number")}
    compiled = _rewrite(write.tables.revisions, tuple(values)).on(dialect)
    if db.execute(compiled.sql, compiled.bind({**values, **params})).rowcount != 1:
        raise Stale(write.id)


def _replace_list(
    db: sqlite3.Connection,
    dialect: Dialect,
    write: Write,
    table: sa.Table,
    values: Sequence[object],
) -> None:
    if write.etag is not None:
        cleared = _clear_list(table).on(dialect)
        db.execute(cleared.sql, cleared.bind({"the_id": write.id}))
    added = _adding(table, ("value", "id")).on(dialect)
    rows = [added.bind({"value": value, "id": write.id}) for value in dict.fromkeys(values)]
    db.executemany(added.sql, rows)


def _replace_links(
    db: sqlite3.Connection,
    dialect: Dialect,
    write: Write,
    draft: int,
    links: frozenset[Link],
) -> None:
    table = write.tables.links
    if write.etag is not None:
        cleared = _clear_links(table).on(dialect)
        params = {"the_source": write.name, "the_id": write.id, "the_draft": draft}
        db.execute(cleared.sql, cleared.bind(params))
    row: Values = {"source": write.name, "source_id": write.id, "draft": draft}
    for link in sorted(links):
        _insert(db, dialect, table, {**row, **dict(zip(LINK, link, strict=True))})


def _insert(db: sqlite3.Connection, dialect: Dialect, table: sa.Table, values: Values) -> None:
    compiled = _adding(table, tuple(values)).on(dialect)
    db.execute(compiled.sql, compiled.bind(values))


@lru_cache(maxsize=1024)
def _adding(table: sa.Table, keys: tuple[str, ...]) -> Prepared:
    return Prepared(table.insert(), keys)


@lru_cache(maxsize=1024)
def _swap(table: sa.Table, keys: tuple[str, ...]) -> Prepared:
    of = sa.and_(table.c.id == sa.bindparam("the_id"), table.c.etag == sa.bindparam("the_etag"))
    return Prepared(table.update().where(of), keys)


@lru_cache(maxsize=1024)
def _rewrite(table: sa.Table, keys: tuple[str, ...]) -> Prepared:
    of = sa.and_(table.c.id == sa.bindparam("the_id"), table.c.number == sa.bindparam("the_number"))
    # A stable revision never changes, whatever the caller believes it to be.
    return Prepared(table.update().where(of, table.c.status == sa.text("'draft'")), keys)


@lru_cache(maxsize=1024)
def _clear_list(table: sa.Table) -> Prepared:
    return Prepared(table.delete().where(table.c.id == sa.bindparam("the_id")))


@lru_cache(maxsize=1024)
def _clear_links(table: sa.Table) -> Prepared:
    return Prepared(
        table.delete().where(
            table.c.source == sa.bindparam("the_source"),
            table.c.source_id == sa.bindparam("the_id"),
            table.c.draft == sa.bindparam("the_draft"),
        )
    )


def _violation(error: sqlite3.IntegrityError) -> Exception:
    """What a constraint says, in our words; SQLite names the columns as `table.column, ...`."""
    if error.sqlite_errorcode not in (
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    ):
        return Conflict("a rule of the database refuses this content")
    named = [name.partition(".") for name in str(error).partition(": ")[2].split(", ")]
    return Duplicate(named[0][0], [column for _, _, column in named])


def told(error: Exception) -> Exception:
    """The error as the caller shall see it; the database's own words stay in `__cause__`."""
    if isinstance(error, OverflowError):
        told: Exception = Invalid("a number is too large to be indexed")
    elif isinstance(error, sqlite3.Error | OSError):
        told = Unavailable("the storage cannot write now")
    else:
        return error
    told.__cause__ = error
    return told

"""A resource's tables: the lines of tables.py, and the migration that first creates them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from freehold import spelling
from freehold.domain import Domain, Resource
from freehold.spelling import quoted

__all__ = ["Creation", "creation", "creation_order", "tables"]


@dataclass(frozen=True, slots=True)
class List:
    """A (value, id) table behind a `__has` filter."""

    table: str
    sql: str
    field: str


@dataclass(frozen=True, slots=True)
class Creation:
    """What the first migration does for one resource; `types` are the names it needs of Tenure."""

    name: str
    revisions: str
    columns: tuple[str, ...]
    indexes: tuple[str, ...]
    lists: tuple[List, ...]
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Covered:
    """An index and the keys of the columns it covers."""

    name: str
    columns: tuple[str, ...]
    unique: bool


def tables(resource: Resource, domain: Domain) -> dict[str, object]:
    """The values behind tables.py."""
    types: set[str] = set()
    columns = _columns(resource, domain, types)
    lists = _lists(resource, types)
    indexes = list(_indexes(resource))
    used = {"meta_columns", "revision_table", *types}
    used |= {"list_table"} if lists else set()
    used |= {"unique_index"} if any(index.unique for index in indexes) else set()
    return {
        "columns": columns,
        "indexes": [_declared(index) for index in indexes],
        "lists": lists,
        "table_imports": sorted(used, key=spelling.import_order),
    }


def creation(resource: Resource, domain: Domain) -> Creation:
    """What the first migration does for the resource."""
    types: set[str] = set()
    columns = _columns(resource, domain, types)
    lists = _lists(resource, types)
    return Creation(
        name=resource.plural,
        revisions=f"{resource.singular}_revisions",
        # A key is how the code calls a column; the database knows nothing of it.
        columns=tuple(re.sub(r', key="\w+"', "", column) for column in columns),
        indexes=tuple(_created(index, resource) for index in _indexes(resource)),
        lists=tuple(lists),
        types=frozenset(types),
    )


def creation_order(domain: Domain) -> list[Resource]:
    """The resources, each after those it refers to; where references go in circles, as written."""
    done: dict[str, Resource] = {}
    waiting = list(domain.resources)
    while waiting:
        ready = next((r for r in waiting if _needs(r) <= done.keys() | {r.name}), None)
        if ready is None:
            ready = next(
                (r for r in waiting if _needs(r, required=True) <= done.keys()), waiting[0]
            )
        done[ready.name] = ready
        waiting.remove(ready)
    return list(done.values())


def _needs(resource: Resource, *, required: bool = False) -> set[str]:
    return {r.to for r in resource.references if not (required and r.optional)}


def _linked(resource: Resource, target: Resource, domain: Domain) -> bool:
    """Whether a foreign key can be declared: its table is there first, or is this very one."""
    order = [r.name for r in creation_order(domain)]
    return order.index(target.name) <= order.index(resource.name)


def _by_name(domain: Domain, name: str | None) -> Resource | None:
    return next((r for r in domain.resources if r.name == name), None)


def _columns(resource: Resource, domain: Domain, types: set[str]) -> list[str]:
    columns = []
    for column in resource.columns:
        target = _by_name(domain, column.references)
        linked = target is not None and _linked(resource, target, domain)
        columns.append(spelling.column_line(column, target, linked, types))
    if resource.searched:
        columns.append('sa.Column("search", sa.Text(), nullable=False)')
    return columns


def _lists(resource: Resource, types: set[str]) -> list[List]:
    return [List(t.table, spelling.sql_type(t.field, types), t.field.name) for t in resource.lists]


def _indexes(resource: Resource) -> Iterator[Covered]:
    """The order of pages first, then what the spec asks for."""
    yield Covered(f"ix_{resource.plural}_created_at", ("created_at", "id"), unique=False)
    for index in resource.indexes:
        covered = spelling.index_columns(index)
        yield Covered(index.name, tuple(covered), index.unique)


def _declared(index: Covered) -> str:
    function = "unique_index" if index.unique else "sa.Index"
    return f'{function}("{index.name}", {", ".join(map(quoted, index.columns))})'


def _created(index: Covered, resource: Resource) -> str:
    names = {column.key: column.name for column in resource.columns}
    listed = ", ".join(quoted(names.get(key, key)) for key in index.columns)
    live = ", unique=True, sqlite_where=LIVE, postgresql_where=LIVE" if index.unique else ""
    return f'op.create_index("{index.name}", "{resource.plural}", [{listed}]{live})'

"""A resource's tables: the lines of tables.py, and the migration that first creates them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

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
    """What the first migration does for one resource.

    `types` are the names it needs of Tenure, `rows` the kinds of rows that its indexes hold.
    """

    name: str
    revisions: str
    columns: tuple[str, ...]
    indexes: tuple[str, ...]
    lists: tuple[List, ...]
    types: frozenset[str]
    rows: frozenset[str]


@dataclass(frozen=True, slots=True)
class Covered:
    """An index, the keys of the columns it covers, and which rows it holds.

    `rows` is `all`, `live`, `published`, `draft` or `deleted`: a constant of the migration, but for
    all.
    """

    name: str
    columns: tuple[str, ...]
    rows: Literal["all", "live", "published", "draft", "deleted"]
    unique: bool = False


def tables(resource: Resource, domain: Domain) -> dict[str, object]:
    """The values behind tables.py."""
    types: set[str] = set()
    columns = _columns(resource, domain, types)
    lists = _lists(resource, types)
    indexes = list(_indexes(resource))
    used = {"meta_columns", "revision_table", *types, *_used(indexes)}
    used |= {"list_table"} if lists else set()
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
        rows=frozenset(index.rows for index in _indexes(resource)),
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
    page = ("created_at", "id")
    yield Covered(f"ix_{resource.plural}_created_at", page, "all")
    if resource.drafts:
        yield Covered(f"ix_{resource.plural}_published", page, "published")
        yield Covered(f"ix_{resource.plural}_draft", page, "draft")
    if "history" in resource.actions:
        yield Covered(f"ix_{resource.plural}_deleted", page, "deleted")
    seen: Literal["live", "published"] = "published" if resource.drafts else "live"
    for index in resource.indexes:
        if index.unique:
            yield Covered(index.name, index.columns, "live", unique=True)
        else:
            yield Covered(index.name, (*dict.fromkeys((*index.columns, *page)),), seen)


def _declared(index: Covered) -> str:
    """The line of tables.py."""
    if index.unique:
        return f'unique_index("{index.name}", {", ".join(map(quoted, index.columns))})'
    if index.rows == "all":
        return f'sa.Index("{index.name}", {", ".join(map(quoted, index.columns))})'
    if index.rows in ("draft", "deleted"):
        return f'{index.rows}_index("{index.name}")'
    own = [quoted(column) for column in index.columns if column not in ("created_at", "id")]
    drafts = ["drafts=True"] if index.rows == "published" else []
    return f"list_index({', '.join([quoted(index.name), *own, *drafts])})"


def _used(indexes: Iterable[Covered]) -> set[str]:
    """What the lines of tables.py call."""
    return {
        function
        for index in indexes
        for function in [_declared(index).partition("(")[0]]
        if not function.startswith("sa.")
    }


def _created(index: Covered, resource: Resource) -> str:
    """The line of the migration."""
    names = {column.key: column.name for column in resource.columns}
    listed = ", ".join(quoted(names.get(key, key)) for key in index.columns)
    unique = ", unique=True" if index.unique else ""
    rows = index.rows.upper()
    where = "" if index.rows == "all" else f", sqlite_where={rows}, postgresql_where={rows}"
    return f'op.create_index("{index.name}", "{resource.plural}", [{listed}]{unique}{where})'

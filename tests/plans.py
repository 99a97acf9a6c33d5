"""Run in a generated project, `python plans.py NAME all|some`: how its databases would read every list.

Prints how many plans were looked at, and each that does not go by an index.
"""

from __future__ import annotations

import asyncio
import enum
import importlib
import itertools
import os
import re
import sys
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
from pydantic import ValidationError
from sqlalchemy.dialects import sqlite
from tenure import Query, ResourceManager, Storage, open_storage
from tenure.past import _statement as past_statement
from tenure.postgres import PostgresMeta
from tenure.postgres_dialect import TenureDialect
from tenure.search import Asked

# With scanning and sorting made dear, the planner still does them where no index would help.
DEAR = ("seqscan", "sort", "bitmapscan", "hashjoin", "mergejoin")
PLAIN = ("x", "1", "true", "2030-01-01", "2030-01-01T00:00:00Z", "10:00:00", "PT1H", "a@b.example")
ALSO = ("https://b.example/", "00000000-0000-4000-8000-000000000000", "30m")

Fields = dict[str, object]


def query_of(manager: ResourceManager[Any]) -> type[Query]:
    """The generated class of a resource's lists."""
    models = importlib.import_module(manager.resource.codec.model.__module__)
    found = [one for one in vars(models).values() if isinstance(one, type)]
    (query,) = [one for one in found if issubclass(one, Query) and one is not Query]
    return query


def filters_of(query: type[Query], types: Any) -> list[Fields]:
    """Each filter there is, with a value that it takes; `q` with two words."""
    enums = [one for one in vars(types).values() if isinstance(one, enum.EnumMeta)]
    members = [str(member.value) for one in enums for member in typing.cast("Any", one)]
    found: list[Fields] = []
    for name, field in query.model_fields.items():
        if name in Query.model_fields:
            continue
        parameter = field.alias or name
        values = ("two words",) if name == "q" else (*PLAIN, *ALSO, *members)
        found.append(next(g for v in values if (g := taken(query, parameter, v)) is not None))
    return found


def taken(query: type[Query], parameter: str, value: str) -> Fields | None:
    for given in (value, [value]):
        try:
            query.model_validate({parameter: given})
        except ValidationError:
            continue
        return {parameter: given}
    return None


def asked_of(
    manager: ResourceManager[Any], types: Any, past: bool, every: bool
) -> Iterator[Fields]:
    """What can be asked of one resource: filters, orders, modes; of the `past` if somebody may."""
    query = query_of(manager)
    orders = typing.get_args(query.model_fields["order_by"].annotation)
    filters = filters_of(query, types)
    rare: list[Fields] = [{}, *(given for given in filters if "q" in given)]
    modes: list[Fields] = [{}]
    if past:
        modes.append({"deleted": True})
    if manager.resource.drafts:
        modes.append({"draft": True})
    for order in orders:
        mine = [g for g in filters if next(iter(g)).partition("__")[0] == order.lstrip("-")]
        common = order.endswith("created_at")
        for given in ({}, *filters) if every or common else (*rare, *mine):
            yield {"order_by": order, **given}
        for mode, given in itertools.product(modes[1:], filters if every else rare):
            yield {"order_by": order, **mode, **given}
    now = datetime.now(UTC)
    if not past:
        return
    for order, given in itertools.product(("created_at", "-created_at"), rare):
        yield {"order_by": order, "as_of": now, **given}


def statements(
    storage: Storage, manager: ResourceManager[Any], fields: Fields, most: int | None
) -> Iterator[tuple[str, Any]]:
    """The statements of a list: of the first page and of later ones, for everybody and for `own`."""
    search = manager._search
    query = query_of(manager).model_validate(fields)
    for own in (None, "ada") if manager.resource.owner else (None,):
        asked: Asked = search.ask(storage, query, own)
        nullable = search.resource.tables.meta.c[asked.order].nullable
        for value in ("", "value", "null"):
            if value == "null" and not nullable:
                continue
            after: list[object] | None = [None if value == "null" else 1, 1, "x"]
            after = after if value else None
            at = asked._replace(after=after)
            what = f"{manager.name} {fields} own={own} after={value or None}"
            if query.as_of is not None:
                yield what, past_statement(search, at, after=after is not None)
            else:
                yield what, search._statement(at, query, most)


def sqlite_is_wrong(lines: list[str], table: str) -> str | None:
    # What is called anon is a part of the statement itself, and no longer than a page.
    scans = [line for line in lines if line.startswith("SCAN ") and " INDEX " not in line]
    if any(not line.startswith("SCAN anon_") for line in scans):
        return "a scan"
    sorts = any("TEMP B-TREE FOR" in line for line in lines)
    narrow = any(line.startswith(f"SEARCH {table} ") for line in lines)
    narrow = narrow or any("_deleted" in line or "_draft" in line for line in lines)
    return "a sort of everything" if sorts and not narrow and not scans else None


def postgres_is_wrong(lines: list[str]) -> str | None:
    nodes = [line.strip().removeprefix("->").strip() for line in lines]
    if any(node.startswith("Seq Scan") for node in nodes):
        return "a scan"
    # An incremental sort has what is equal by a unique index to sort: one row at a time.
    sorts = any(node.startswith("Sort  (") for node in nodes)
    united = any(node.startswith("Append") for node in nodes)
    narrow = any("_deleted" in node or "_draft" in node for node in nodes)
    return "a sort of everything" if sorts and not united and not narrow else None


async def main(name: str, which: str) -> None:
    managers = importlib.import_module(f"{name}.resources").RESOURCES
    policy = importlib.import_module(f"{name}.access").policy
    types = importlib.import_module(f"{name}.types")
    metadata = importlib.import_module(f"{name}.schema").metadata
    storage = await open_storage(profile="memory", resources=managers)
    await storage.create_tables(metadata)
    url = os.environ["DATABASE_URL"]
    meta = PostgresMeta(url)
    await meta.run(metadata.create_all)
    await meta.close()
    connection = await asyncpg.connect(url)
    for setting in DEAR:
        await connection.execute(f"SET enable_{setting} = off")
    # As for every value, or what is equal to nothing would be found without looking.
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    db: Any = storage.meta
    looked = 0
    for manager in managers:
        table = manager.resource.tables.meta.name
        past = ("history", manager.name) in {**policy._all, **policy._own}
        for fields in asked_of(manager, types, past, which == "all"):
            for what, statement in statements(storage, manager, fields, None):
                sql = statement.on(sqlite.dialect()).sql
                explained = f"EXPLAIN QUERY PLAN {sql}"
                lines = [row[3] for row in db._db.execute(explained, [None] * sql.count("?"))]
                told(what, "SQLite", sqlite_is_wrong(lines, table), lines)
                looked += 1
            for what, statement in statements(storage, manager, fields, 51):
                sql = statement.on(TenureDialect()).sql  # type: ignore[no-untyped-call]
                await connection.execute(f"PREPARE asked AS {sql}")
                count = max(map(int, re.findall(r"\$(\d+)", sql)), default=0)
                values = f"({', '.join(['NULL'] * count)})" if count else ""
                found = await connection.fetch(f"EXPLAIN EXECUTE asked{values}")
                await connection.execute("DEALLOCATE asked")
                lines = [row[0] for row in found]
                told(what, "PostgreSQL", postgres_is_wrong(lines), lines)
                looked += 1
    await connection.close()
    await storage.close()
    print("plans", looked)


def told(what: str, database: str, wrong: str | None, lines: list[str]) -> None:
    if wrong:
        print("WRONG", database, wrong, what, *lines, sep="\n    ")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

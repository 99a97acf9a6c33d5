"""Which revision names which blob: the rows that keep bytes from being let go of."""

# ruff: noqa: A002  (the field's word is `id`)

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel

from tenure.blobs import Blob, Received
from tenure.meta import Guard, Stale, Step, Tables
from tenure.statements import Prepared

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

T = TypeVar("T", bound=BaseModel)
Named: TypeAlias = frozenset[tuple[str, int]]  # digest and size of what a content names

_OF = ("resource", "id", "number")


def named(body: bytes, fields: Iterable[str]) -> Named:
    """The blobs that a content names in these fields of it."""
    if b'"sha256"' not in body:
        return frozenset()
    document = json.loads(body)
    found = [document.get(field) for field in fields]
    return frozenset((blob["sha256"], blob["size"]) for blob in found if blob)


def holding(
    table: sa.Table, name: str, id: str, number: int, blobs: Named, received: Received | None
) -> list[Step]:
    """What makes revision `number` keep `blobs`, which others keep already or which were `received`.

    Asked in the transaction itself, so that nobody lets go of them meanwhile. The database refuses
    a blob whose bytes are nowhere.
    """
    steps = []
    for sha256, size in sorted(blobs):
        fresh = received.key if received is not None and received.sha256 == sha256 else None
        params = {"resource": name, "id": id, "number": number, "sha256": sha256}
        steps.append(Step(_hold(table), {**params, "size": size, "fresh": fresh}))
    return steps


def letting_go(table: sa.Table, name: str, id: str, number: int, blobs: Named) -> list[Step]:
    """What makes revision `number`, a draft, keep `blobs` no longer."""
    params = {"resource": name, "id": id, "number": number}
    return [Step(_let_go(table), {**params, "sha256": sha256}) for sha256, _ in sorted(blobs)]


def forgetting(tables: Tables, name: str, id: str, upto: int, but: tuple[int, int]) -> list[Step]:
    """What removes the revisions up to a number, `but` two, and then what only they kept.

    They are locked before it is looked at for good who pins one of them: whoever is about to has
    locked it too.
    """
    params = {"resource": name, "id": id, "upto": upto, "first": but[0], "second": but[1]}
    steps = [
        _lock(tables.revisions, tables.links),
        _forget(tables.revisions, tables.links),
        _forget_blobs(tables.blobs, tables.revisions),
    ]
    return [Step(step, params) for step in steps]


def still_there(revisions: sa.Table, id: str, number: int) -> Guard:
    """A revision that is about to be used again has not been let go of since it was read."""
    return Guard(_there(revisions), {"id": id, "number": number}, Stale(id))


async def key_of(storage: Storage, resource: Resource[T], id: str, number: int, blob: Blob) -> str:
    """Where the bytes of a blob are that a revision names."""
    params = {"resource": resource.name, "id": id, "number": number, "sha256": blob.sha256}
    row = await storage.meta.one(_where(resource.tables.blobs), params)
    if row is None:
        raise FileNotFoundError(f"the bytes of a blob of {resource.name} {id} are not known")
    return str(row[0])


async def is_kept(storage: Storage, table: sa.Table, received: Received) -> bool:
    """Whether a revision names the very bytes that were received, and not their like."""
    return await storage.meta.one(_kept(table), {"key": received.key}) is not None


@lru_cache(maxsize=256)
def _there(table: sa.Table) -> Prepared:
    of = [table.c[name] == _bound(table, name) for name in ("id", "number")]
    return Prepared(sa.select(table.c.number).where(*of).with_for_update(read=True))


@lru_cache(maxsize=16)
def _hold(table: sa.Table) -> Prepared:
    like = table.alias("like")
    wanted = sa.bindparam("sha256", type_=sa.String)
    # Locked where locks are by row: who deletes the last one waits until this one is there.
    at_hand = sa.select(like.c.key).where(like.c.sha256 == wanted).limit(sa.literal_column("1"))
    key = sa.func.coalesce(
        at_hand.with_for_update(read=True).scalar_subquery(), sa.bindparam("fresh", type_=sa.String)
    )
    values: list[Any] = [_bound(table, name) for name in (*_OF, "sha256")]
    query = sa.select(*values, key, _bound(table, "size"))
    return Prepared(table.insert().from_select([*_OF, "sha256", "key", "size"], query))


@lru_cache(maxsize=16)
def _let_go(table: sa.Table) -> Prepared:
    of = [table.c[name] == _bound(table, name) for name in (*_OF, "sha256")]
    return Prepared(table.delete().where(*of))


@lru_cache(maxsize=256)
def _lock(revisions: sa.Table, links: sa.Table) -> Prepared:
    doomed = _doomed(revisions, links)
    return Prepared(sa.select(revisions.c.number).where(*doomed).with_for_update(of=revisions))


@lru_cache(maxsize=256)
def _forget(revisions: sa.Table, links: sa.Table) -> Prepared:
    return Prepared(revisions.delete().where(*_doomed(revisions, links)))


def _doomed(revisions: sa.Table, links: sa.Table) -> list[sa.ColumnElement[bool]]:
    number = revisions.c.number
    name = sa.bindparam("resource", type_=sa.String)
    kept = [sa.bindparam(name, type_=sa.Integer) for name in ("first", "second")]
    of = revisions.c.id == _bound(revisions, "id")
    upto = number <= sa.bindparam("upto", type_=sa.Integer)
    used = (~is_keyframe(revisions), ~is_pinned(revisions, links, name))
    return [of, upto, *(number != one for one in kept), *used]


@lru_cache(maxsize=256)
def _forget_blobs(blobs: sa.Table, revisions: sa.Table) -> Prepared:
    there = sa.exists().where(revisions.c.id == blobs.c.id, revisions.c.number == blobs.c.number)
    of = [blobs.c[name] == _bound(blobs, name) for name in ("resource", "id")]
    return Prepared(blobs.delete().where(*of, ~there))


def is_pinned(revisions: sa.Table, links: sa.Table, resource: object) -> sa.ColumnElement[bool]:
    """Whether something that lives, or its open draft, pins this revision of a `resource`."""
    return sa.exists().where(
        links.c.target == resource,
        links.c.target_id == revisions.c.id,
        links.c.pinned == revisions.c.number,
    )


def is_keyframe(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether others are kept as what differs from this revision."""
    other = table.alias("other")
    named_by: Any = sa.literal_column("'zstd:'") + sa.cast(table.c.number, sa.String(11))
    return sa.exists().where(other.c.id == table.c.id, other.c.encoding == named_by)


@lru_cache(maxsize=256)
def unpacking(table: sa.Table) -> Prepared:
    """Puts the body of a packed revision back as it was."""
    of = [table.c[name] == _bound(table, name) for name in ("id", "number")]
    values = {
        "body": sa.bindparam("new_body", type_=table.c.body.type),
        "key": sa.bindparam("new_key", type_=table.c.key.type),
        "encoding": sa.literal_column("'json'"),
    }
    packed = table.c.encoding != sa.literal_column("'json'")
    return Prepared(table.update().where(*of, packed).values(values))


@lru_cache(maxsize=16)
def _where(table: sa.Table) -> Prepared:
    of = [table.c[name] == _bound(table, name) for name in (*_OF, "sha256")]
    return Prepared(sa.select(table.c.key).where(*of))


@lru_cache(maxsize=16)
def _kept(table: sa.Table) -> Prepared:
    of = table.c.key == _bound(table, "key")
    return Prepared(sa.select(sa.literal_column("1")).where(of).limit(sa.literal_column("1")))


def _bound(table: sa.Table, name: str) -> Any:
    return sa.bindparam(name, type_=table.c[name].type)

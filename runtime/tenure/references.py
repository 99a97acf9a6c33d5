"""References between resources: what a write must find alive, and which revision a pin means."""

# ruff: noqa: A001, A002  (the field's word is `id`)

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel

from tenure.errors import FieldError, Invalid
from tenure.ids import is_id
from tenure.meta import Guard, Link, Stale
from tenure.paths import parse, put, walk_holders
from tenure.resource import Reference, Resource
from tenure.statements import Prepared

if TYPE_CHECKING:
    from tenure.storage import Storage

T = TypeVar("T", bound=BaseModel)


async def pinned(storage: Storage, resource: Resource[T], value: T) -> tuple[T, list[Guard]]:
    """`value` with every pin naming a revision, and what must still hold of those filled in."""
    missing = [
        (pointer, reference, id)
        for pointer, reference, id, revision in resource.referred(value)
        if reference.pin and revision is None
    ]
    if not missing:
        return value, []
    document: dict[str, Any] = json.loads(resource.codec.plain(value))
    guards: dict[tuple[str, str], Guard] = {}
    for pointer, reference, id in missing:
        number = await _published(storage, reference, id, pointer)
        put(document, f"{pointer}/revision", number)
        tables = storage.resources[reference.to].resource.tables
        query = _at_revision(tables.meta, tables.revisions)
        guards[reference.to, id] = Guard(query, {"id": id, "number": number}, Stale(id))
    return resource.codec.model.model_validate_json(json.dumps(document)), list(guards.values())


def living(
    storage: Storage,
    resource: Resource[T],
    value: T,
    known: frozenset[Link] = frozenset(),
    pins: frozenset[tuple[str, int | None]] = frozenset(),
    *,
    kept: bool = True,
) -> list[Guard]:
    """Guards for what `value` newly refers to: it exists, it lives, a pinned revision is stable.

    `known` and `pins` are what it referred to before. Without `kept`, references that may outlive
    their target are not looked at. Raises Invalid for what cannot be an id.
    """
    guards: dict[tuple[object, ...], Guard] = {}
    looked_at = {link[:3] for link in known}
    malformed: list[FieldError] = []
    for pointer, reference, id, revision in resource.referred(value):
        if not kept and reference.on_delete == "keep":
            continue
        target = storage.resources[reference.to].resource
        if not is_id(id):
            malformed.append(_no_such(pointer, target, id))
            continue
        if (reference.path, reference.to, id) not in looked_at:
            guards.setdefault((reference.to, id), _alive(pointer, target, id))
        if revision is not None and (id, revision) not in pins:
            guards.setdefault((reference.to, id, revision), _stable(pointer, target, id, revision))
    if malformed:
        raise Invalid(malformed[0].detail, malformed)
    return list(guards.values())


def pins_of(resource: Resource[T], value: T) -> frozenset[tuple[str, int | None]]:
    """The pinned revisions `value` names."""
    return frozenset((id, pin) for _, ref, id, pin in resource.referred(value) if ref.pin)


def without(document: dict[str, Any], reference: Reference, gone: frozenset[str]) -> None:
    """Take references to `gone` out of a JSON object: null, or for unlink the item of the list."""
    path = parse(reference.path)
    if "*" in path and (reference.on_delete == "unlink" or path[-1] == "*"):
        cut = len(path) - 1 - path[::-1].index("*")
        _unlink(document, path[:cut], path[cut + 1 :], gone)
        return
    for _, holder in walk_holders(document, path):
        leaf = holder.get(path[-1])
        if isinstance(leaf, list):
            holder[path[-1]] = [item for item in leaf if _id(item) not in gone]
        elif _id(leaf) in gone:
            holder[path[-1]] = None


def _unlink(
    document: dict[str, Any], way: tuple[str, ...], rest: tuple[str, ...], gone: frozenset[str]
) -> None:
    for _, holder in walk_holders(document, way):
        items = holder.get(way[-1])
        if isinstance(items, list):
            holder[way[-1]] = [item for item in items if _id(_down(item, rest)) not in gone]
        elif isinstance(items, dict):
            left = {key: item for key, item in items.items() if _id(_down(item, rest)) not in gone}
            holder[way[-1]] = left


def _down(node: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _id(leaf: Any) -> str | None:
    found = leaf.get("id") if isinstance(leaf, dict) else leaf
    return found if isinstance(found, str) else None


async def _published(storage: Storage, reference: Reference, id: str, pointer: str) -> int:
    target = storage.resources[reference.to].resource
    row = None
    if is_id(id):
        row = await storage.meta.one(_revision_of(target.tables.meta), {"id": id})
    if row is None:
        error = _no_such(pointer, target, id)
        raise Invalid(error.detail, [error])
    if row[0] is None:
        error = FieldError(pointer, f"this {target.label} has not been published")
        raise Invalid(error.detail, [error])
    return int(row[0])


def _no_such(pointer: str, target: Resource[Any], id: str) -> FieldError:
    return FieldError(pointer, f"no {target.label} has the id {id[:40]!r}")


def _alive(pointer: str, target: Resource[Any], id: str) -> Guard:
    error = _no_such(pointer, target, id)
    return Guard(_living(target.tables.meta), {"id": id}, Invalid(error.detail, [error]))


def _stable(pointer: str, target: Resource[Any], id: str, revision: int) -> Guard:
    detail = f"this {target.label} has no published revision {revision}"
    refusal = Invalid(detail, [FieldError(pointer, detail)])
    # Nothing was ever numbered so high, and beyond 31 bits no database would take the question.
    params = {"id": id, "number": min(revision, 2**31 - 1)}
    return Guard(_stable_revision(target.tables.revisions), params, refusal)


@lru_cache(maxsize=1024)
def _living(meta: sa.Table) -> Prepared:
    of = meta.c.id == sa.bindparam("id", type_=sa.String)
    return Prepared(_held(sa.select(sa.literal_column("1")).where(of, meta.c.deleted_at.is_(None))))


@lru_cache(maxsize=1024)
def _revision_of(meta: sa.Table) -> Prepared:
    of = meta.c.id == sa.bindparam("id", type_=sa.String)
    return Prepared(sa.select(meta.c.revision).where(of, meta.c.deleted_at.is_(None)))


@lru_cache(maxsize=1024)
def _at_revision(meta: sa.Table, revisions: sa.Table) -> Prepared:
    """Both rows are locked: the revision that is pinned must not be let go of meanwhile."""
    source = meta.join(
        revisions, sa.and_(revisions.c.id == meta.c.id, revisions.c.number == meta.c.revision)
    )
    query: sa.Select[Any] = (
        sa.select(sa.literal_column("1"))
        .select_from(source)
        .where(
            meta.c.id == sa.bindparam("id", type_=sa.String),
            meta.c.revision == sa.bindparam("number", type_=sa.Integer),
            meta.c.deleted_at.is_(None),
        )
    )
    return Prepared(_held(query))


@lru_cache(maxsize=1024)
def _stable_revision(revisions: sa.Table) -> Prepared:
    query: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
        revisions.c.id == sa.bindparam("id", type_=sa.String),
        revisions.c.number == sa.bindparam("number", type_=sa.Integer),
        revisions.c.status == sa.text("'stable'"),
    )
    return Prepared(_held(query))


def _held(query: sa.Select[Any]) -> sa.Select[Any]:
    """With a lock on the row that a delete waits for, and an update does not; SQLite needs none."""
    return query.with_for_update(read=True, key_share=True)

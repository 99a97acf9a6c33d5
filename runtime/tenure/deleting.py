"""Deleting a resource, and what that means for everything that refers to it."""

# ruff: noqa: A001, A002  (the field's word is `id`)

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from pydantic import ValidationError

from tenure.content import Content
from tenure.errors import Conflict
from tenure.meta import Guard, Stale, Write
from tenure.reading import State, filled, find, stored
from tenure.references import without
from tenure.resource import Reference, Resource
from tenure.statements import Prepared
from tenure.values import Status
from tenure.writing import Act, Next, kept

if TYPE_CHECKING:
    from tenure.storage import Storage

Place: TypeAlias = tuple[str, str]  # the name of a resource, an id

_BREATH = 25  # referrers after which the event loop gets a turn


@dataclass
class _Spread:
    """How far a delete reaches."""

    doomed: dict[Place, int] = field(default_factory=dict)  # and how many links pointed at it
    blocked: list[tuple[Place, Place]] = field(default_factory=list)  # who keeps whom alive
    touched: dict[Place, set[tuple[Reference, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    undrafted: set[Place] = field(default_factory=set)  # drafts that go, published values that stay


async def delete(
    storage: Storage, resource: Resource[Any], state: State, act: Act
) -> tuple[list[Write], Next[Any], int]:
    """The writes that delete what `state` shows; its own next state and number come along.

    Raises Conflict when something that lives refers to it and restricts.
    """
    spread = await _spread(storage, (resource.name, state.id))
    _check(storage, spread)
    first, number = _deleted(resource, await _published(storage, resource, state), act)
    writes = [first.write("delete", number)]
    writes[0].guards += _guards(storage, spread)
    for at, (name, id) in enumerate(list(spread.doomed)[1:]):
        other = storage.resources[name].resource
        gone = await _published(storage, other, await _reload(storage, other, id))
        following, last = _deleted(other, gone, act)
        writes.append(following.write("delete", last))
        await _breathe(at)
    survivors = [place for place in spread.touched if place not in spread.doomed]
    for at, place in enumerate(survivors):
        undraft = place in spread.undrafted
        writes.append(await _detached(storage, place, spread.touched[place], act, undraft=undraft))
        await _breathe(at)
    return writes, first, number


async def _spread(storage: Storage, start: Place) -> _Spread:
    spread, todo = _Spread(), [start]
    while todo:
        target = todo.pop()
        if target in spread.doomed:
            continue
        params = {"target": target[0], "id": target[1]}
        links = await storage.meta.all(_referring(_links(storage, target[0])), params)
        spread.doomed[target] = len(links)
        for source, source_id, draft, path in links:
            place = (source, source_id)
            reference = storage.resources[source].resource.referrers.get(path)
            if reference is None or reference.on_delete == "keep":
                continue
            if reference.on_delete == "restrict":
                spread.blocked.append((place, target))
            elif reference.on_delete != "cascade":
                spread.touched[place].add((reference, target[1]))
            elif draft and await _is_published(storage, place):
                # Only its draft refers here: the draft goes, what readers see stays.
                spread.undrafted.add(place)
                spread.touched.setdefault(place, set())
            else:
                todo.append(place)
    return spread


def _check(storage: Storage, spread: _Spread) -> None:
    counts: dict[str, set[Place]] = defaultdict(set)
    for place, _ in spread.blocked:
        if place not in spread.doomed:
            counts[place[0]].add(place)
    if counts:
        named = [
            f"{storage.resources[name].resource.label} ({len(places)})"
            for name, places in sorted(counts.items())
        ]
        raise Conflict(f"still referred to: {', '.join(named)}")


def _guards(storage: Storage, spread: _Spread) -> list[Guard]:
    """Nobody may have begun to refer to what goes since we looked."""
    return [
        Guard(
            _counted(_links(storage, name)),
            {"target": name, "id": id, "count": count},
            Stale(id),
            alone=True,
        )
        for (name, id), count in spread.doomed.items()
    ]


def _deleted(resource: Resource[Any], state: State, act: Act) -> tuple[Next[Any], int]:
    step = Next(resource, state, act)
    status: Status = "draft" if state.revision is None else "stable"
    number = step.add(kept(state), "delete", status, state.number, state.version)
    step.deleted_at = step.at
    step.link(None, draft=False)
    step.link(None, draft=True)
    return step, number


async def _detached(
    storage: Storage, place: Place, links: set[tuple[Reference, str]], act: Act, *, undraft: bool
) -> Write:
    """What a referrer becomes without the references in `links`, or without its draft."""
    resource = storage.resources[place[0]].resource
    state = await _reload(storage, resource, place[1])
    step = Next(resource, state, act)
    if undraft:
        step.draft = None
        step.link(None, draft=True)
    number = await _detach_published(storage, step, links)
    if step.draft is not None:
        await _detach_draft(storage, step, links, above=number is not None)
    if number is not None:
        return step.write("update", number)
    return step.write("discard" if undraft else "modify", state.head)


async def _detach_published(
    storage: Storage, step: Next[Any], links: set[tuple[Reference, str]]
) -> int | None:
    """A new revision without the references, on top of a published one that has them."""
    resource, state = step.resource, step.state
    if state.revision is None:
        return None
    shown = await _published(storage, resource, state)
    value, content = _strip(resource, shown, links)
    if content is None:
        return None
    content = await storage.place(resource.name, content)
    step.revision = step.add(content, "update", "stable", shown.number)
    step.show(value, content)
    step.link(value, draft=False)
    return step.revision


async def _detach_draft(
    storage: Storage, step: Next[Any], links: set[tuple[Reference, str]], *, above: bool
) -> None:
    """The open draft without the references: in place, or `above` a new published revision."""
    resource, state = step.resource, step.state
    value, content = _strip(resource, state, links)
    if content is not None:
        content = await storage.place(resource.name, content)
    if above:
        # A draft stays on top of what it will replace: publishing goes forward only.
        version = state.version if content is None else None
        step.draft = step.add(content or kept(state), "update", "draft", state.draft, version)
    elif content is not None:
        step.rewrite(content)
    else:
        return
    step.link(value, draft=True)
    if state.revision is None and content is not None:
        step.show(value, content)


def _strip(
    resource: Resource[Any], state: State, links: set[tuple[Reference, str]]
) -> tuple[Any, Content | None]:
    """The value without the references, and its content, or None if it had none of them."""
    shown = stored(resource, state)
    document = json.loads(resource.codec.plain(shown.value))
    before = json.dumps(document)
    for reference, id in links:
        without(document, reference, frozenset([id]))
    after = json.dumps(document)
    if after == before:
        return shown.value, None
    try:
        value = resource.codec.model.model_validate_json(after)
    except ValidationError as error:
        raise Conflict(f"1 {resource.label} would not be valid without it") from error
    return value, resource.codec.encode(value, state.secrets)


async def _published(storage: Storage, resource: Resource[Any], state: State) -> State:
    """`state` showing the published revision, if there is one."""
    if state.revision is None or state.number == state.revision:
        return state
    published = await find(storage, resource, state.id, None, resource.reads.published)
    if published.etag != state.etag:
        raise Stale(state.id)
    return await filled(storage, published)


async def _is_published(storage: Storage, place: Place) -> bool:
    resource = storage.resources[place[0]].resource
    return (await _reload(storage, resource, place[1])).revision is not None


async def _reload(storage: Storage, resource: Resource[Any], id: str) -> State:
    state = await find(storage, resource, id, None, resource.reads.working)
    if state.deleted_at is not None:
        raise Stale(id)
    return await filled(storage, state)


async def _breathe(at: int) -> None:
    if at % _BREATH == _BREATH - 1:
        await asyncio.sleep(0)


def _links(storage: Storage, name: str) -> sa.Table:
    return storage.resources[name].resource.tables.links


@lru_cache(maxsize=16)
def _counted(links: sa.Table) -> Prepared:
    count = (
        sa.select(sa.func.count())
        .select_from(links)
        .where(
            links.c.target == sa.bindparam("target", type_=sa.String),
            links.c.target_id == sa.bindparam("id", type_=sa.String),
        )
        .scalar_subquery()
    )
    wanted = sa.bindparam("count", type_=sa.Integer)
    return Prepared(sa.select(sa.literal_column("1")).where(count == wanted))


@lru_cache(maxsize=16)
def _referring(links: sa.Table) -> Prepared:
    query = sa.select(links.c.source, links.c.source_id, links.c.draft, links.c.field).where(
        links.c.target == sa.bindparam("target", type_=sa.String),
        links.c.target_id == sa.bindparam("id", type_=sa.String),
    )
    return Prepared(query)

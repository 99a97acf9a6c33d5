"""What each verb makes of a resource: rows to write, and the resource as it will be.

No writes means that nothing changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pydantic import BaseModel

from tenure import reading
from tenure.content import Content
from tenure.errors import Conflict, NotFound
from tenure.held import still_there
from tenure.ids import new_id
from tenure.meta import Write
from tenure.reading import State, stored
from tenure.references import living, pinned, pins_of
from tenure.resource import Resource
from tenure.values import Kind, Status, Stored
from tenure.writing import Act, Next, base_digest, blank, check_immutable, kept, understood

if TYPE_CHECKING:
    from tenure.storage import Storage

T = TypeVar("T", bound=BaseModel)
Plan: TypeAlias = "tuple[list[Write], Stored[T]]"
Change: TypeAlias = Callable[[T], T | Awaitable[T]]


async def create(storage: Storage, resource: Resource[T], value: T, act: Act) -> Plan[T]:
    """Revision 1: a draft where there are drafts, else stable."""
    step = Next(resource, blank(new_id(resource.prefix)), act)
    value, step.guards = await pinned(storage, resource, value)
    step.guards += living(storage, resource, value)
    content = await storage.place(resource.name, resource.codec.encode(value))
    return _finish(step, value, content, "create", parent=None, stable=not resource.drafts)


async def update(
    storage: Storage, resource: Resource[T], state: State, change: Change[T], act: Act
) -> Plan[T]:
    """A new revision: on top of the open draft, else of the published one."""
    step, value, content = await _changed(storage, resource, state, change, act)
    if content is None:
        return [], stored(resource, state)
    content = await storage.place(resource.name, content)
    stable = not resource.drafts
    return _finish(step, value, content, "update", parent=state.number, stable=stable)


async def modify(
    storage: Storage, resource: Resource[T], state: State, change: Change[T], act: Act
) -> Plan[T]:
    """New content for the open draft, in place."""
    if state.draft is None:
        raise Conflict(f"this {resource.label} has no open draft, and a stable revision stays")
    step, value, content = await _changed(storage, resource, state, change, act)
    if content is None:
        return [], stored(resource, state)
    content = await storage.place(resource.name, content)
    step.rewrite(content)
    step.link(value, draft=True)
    if state.revision is None:
        step.show(value, content)
    write = step.write("modify", state.draft)
    return [write], step.stored(state.draft, "draft", content, resource.codec.version)


async def publish(resource: Resource[T], state: State, act: Act) -> Plan[T]:
    """The open draft becomes the published revision."""
    if state.draft is None:
        raise Conflict(f"this {resource.label} has no draft to publish")
    value, content = understood(resource, state), kept(state)
    step = Next(resource, state, act)
    step.publish()
    step.show(value, content, state.version)
    step.link(value, draft=False)
    step.link(None, draft=True)
    write = step.write("publish", state.draft)
    return [write], step.stored(state.draft, "stable", content, state.version)


async def discard(storage: Storage, resource: Resource[T], state: State, act: Act) -> Plan[T]:
    """The open draft is let go; it stays in the history, as a draft."""
    if state.draft is None:
        raise Conflict(f"this {resource.label} has no draft to discard")
    if state.revision is None:
        raise Conflict(f"this {resource.label} was never published: delete it instead")
    step = Next(resource, state, act)
    step.draft = None
    step.link(None, draft=True)
    write = step.write("discard", state.draft)
    shown = await _at(storage, resource, state, state.revision)
    return [write], step.stored(state.revision, "stable", kept(shown), shown.version)


async def restore(
    storage: Storage, resource: Resource[T], state: State, number: int, act: Act, publish: bool
) -> Plan[T]:
    """The content of revision `number` again, as a new revision."""
    stable = publish or not resource.drafts
    if stable and state.draft is not None:
        raise Conflict("publish or discard the draft first")
    old = await _at(storage, resource, state, number)
    value = understood(resource, old)
    content = kept(old)
    if old.version != resource.codec.version:
        content = resource.codec.encode(value, old.secrets)
    if content.digest == state.content:
        return [], stored(resource, state)
    before = understood(resource, state)
    check_immutable(resource.frozen(before), resource.frozen(value))
    step = Next(resource, state, act)
    step.guards = living(
        storage, resource, value, resource.links(before), pins_of(resource, before)
    )
    step.guards.append(still_there(resource.tables.revisions, state.id, number))
    content = await storage.place(resource.name, content)
    return _finish(step, value, content, "restore", parent=number, stable=stable)


async def switch(
    storage: Storage, resource: Resource[T], state: State, number: int, act: Act
) -> Plan[T]:
    """Show readers another published revision; nothing new is made."""
    new = await _at(storage, resource, state, number)
    if new.status != "stable" or new.kind == "delete":
        raise Conflict(f"revision {number} is not a published one to switch to")
    if number == state.revision:
        return [], stored(resource, new)
    old = await _at(storage, resource, state, state.revision or 0)
    value, before = understood(resource, new), understood(resource, old)
    check_immutable(resource.frozen(before), resource.frozen(value))
    step = Next(resource, state, act)
    step.guards = living(
        storage, resource, value, resource.links(before), pins_of(resource, before)
    )
    step.guards.append(still_there(resource.tables.revisions, state.id, number))
    step.revision = number
    step.unpack(number, await storage.place(resource.name, kept(new)))
    step.show(value, kept(new), new.version)
    step.link(value, draft=False)
    write = step.write("switch", number)
    return [write], step.stored(number, "stable", kept(new), new.version)


async def undelete(storage: Storage, resource: Resource[T], state: State, act: Act) -> Plan[T]:
    """What was there before the delete again: the published value, and the open draft on top."""
    if state.deleted_at is None:
        raise Conflict(f"this {resource.label} is not deleted")
    step = Next(resource, state, act)
    step.deleted_at = None
    shown = state
    if state.revision is not None:
        shown = await _at(storage, resource, state, state.revision)
        number = step.revision = _again(storage, step, shown, draft=False)
    if state.draft is not None:
        step.draft = _again(storage, step, state, draft=True)
        number = number if state.revision is not None else step.draft
    write = step.write("undelete", number)
    return [write], step.stored(number, shown.status, kept(shown), shown.version)


def _again(storage: Storage, step: Next[T], state: State, *, draft: bool) -> int:
    """A copy of `state` on top of the history, once more referring to what it refers to."""
    value = understood(step.resource, state)
    resource = step.resource
    # It lives again by this very write, so what refers to itself needs no other to be there.
    itself = {(r.path, r.to, state.id, 0) for r in resource.references if r.to == resource.name}
    step.guards += living(storage, resource, value, frozenset(itself), kept=False)
    step.link(value, draft=draft)
    if not draft or state.revision is None:
        step.show(value, kept(state), state.version)
    status: Status = "draft" if draft else "stable"
    return step.add(kept(state), "undelete", status, state.number, state.version)


async def _changed(
    storage: Storage, resource: Resource[T], state: State, change: Change[T], act: Act
) -> tuple[Next[T], T, Content | None]:
    """What `change` makes of `state`; no content when it is what it was."""
    before = understood(resource, state)
    base = base_digest(resource, state, before)
    # Taken before the change, which may write into the model it is given.
    frozen, links = resource.frozen(before), resource.links(before)
    pins = pins_of(resource, before)
    step = Next(resource, state, act)
    step.follow(before, links)
    changed = change(before)
    after = await changed if isinstance(changed, Awaitable) else changed
    value, guards = await pinned(storage, resource, after)
    content = resource.codec.encode(value, state.secrets)
    if content.digest == base:
        return step, value, None
    check_immutable(frozen, resource.frozen(value))
    step.guards = guards + living(storage, resource, value, links, pins)
    return step, value, content


def _finish(
    step: Next[T], value: T, content: Content, kind: Kind, *, parent: int | None, stable: bool
) -> Plan[T]:
    """Put `content` on top as a new revision and point at it."""
    status: Status = "stable" if stable else "draft"
    number = step.add(content, kind, status, parent)
    if stable:
        step.revision = number
    else:
        step.draft = number
    if stable or step.revision is None:
        step.show(value, content)
    step.link(value, draft=not stable)
    write = step.write(kind, number)
    return [write], step.stored(number, status, content, step.resource.codec.version)


async def _at(storage: Storage, resource: Resource[T], state: State, number: int) -> State:
    """`state` showing revision `number`."""
    if number == state.number:
        return state
    try:
        return await reading.at_number(storage, resource, state.id, None, number)
    except NotFound:
        raise NotFound(f"this {resource.label} has no revision {number}") from None

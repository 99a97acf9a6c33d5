"""Putting a write together: the next state of one resource, step by step, then as rows."""

# ruff: noqa: A002  (the field's word is `id`)

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from tenure import context
from tenure.blobs import Received
from tenure.content import Content, chain_digest
from tenure.errors import Conflict, FieldError, Invalid
from tenure.found import as_text, moment
from tenure.held import Named, forgetting, holding, letting_go, named, unpacking
from tenure.meta import Guard, Link, Step, Values, Write
from tenure.reading import State, stored
from tenure.resource import Resource
from tenure.values import Kind, Status, Stored, described, instant

T = TypeVar("T", bound=BaseModel)

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Act:
    """Who writes, and what for; `request_id` is that of the request being answered, if none is told."""

    by: str
    reason: str | None = None
    request_id: str | None = None
    received: Received | None = None  # the bytes that come with it, if some do

    def __post_init__(self) -> None:
        if self.request_id is None:
            object.__setattr__(self, "request_id", context.request_id.get())


class Next(Generic[T]):
    """What one resource becomes. `state` is what it was; a fresh one has the etag 0."""

    def __init__(self, resource: Resource[T], state: State, act: Act) -> None:
        now = datetime.now(UTC)
        self.resource = resource
        self.state = state
        self.act = act
        # Changes of one resource never share a moment, or `as_of` could not tell them apart.
        self.at = now if state.etag == 0 else max(now, moment(state.updated_at) + _TICK)
        self.revision = state.revision
        self.draft = state.draft
        self.head = state.head
        self.deleted_at = state.deleted_at
        self.tip = state.tip
        self.revisions: list[Values] = []
        self.redraft: Values | None = None
        self.guards: list[Guard] = []
        self._columns: Values = {}
        self._lists: dict[str, Sequence[object]] = {}
        self._links: dict[int, frozenset[Link]] = {}
        self._steps: list[Step] = []
        self._seen: tuple[Values, dict[str, Sequence[object]]] | None = None
        self._linked: dict[int, frozenset[Link]] = {}

    def follow(self, before: T, links: frozenset[Link]) -> None:
        """Write only what differs from `before`, which is what `state` shows, and its links.

        Every column that is set, even to what it was, costs the indexes it is in.
        """
        state = self.state
        if state.version != self.resource.codec.version:
            return
        if state.number == (state.revision or state.draft):
            self._seen = self.resource.columns(before)
        self._linked = {0: links} if state.number == state.revision else {1: links}
        if state.draft is None:
            self._linked[1] = frozenset()

    def add(
        self,
        content: Content,
        kind: Kind,
        status: Status,
        parent: int | None,
        version: int | None = None,
    ) -> int:
        """Put a revision on top of the history; its number."""
        self.head += 1
        row: Values = {
            "id": self.state.id,
            "number": self.head,
            "parent": parent,
            "kind": kind,
            "status": status,
            **self._written(content, version),
            "previous": self.tip,
        }
        row["digest"] = self.tip = chain_digest(self.tip, row)
        self.revisions.append(row)
        if self.resource.blobs:
            self._hold(self.head, self._named(content, version), frozenset())
        return self.head

    def rewrite(self, content: Content) -> None:
        """Put new content into the open draft, which `state` shows."""
        state = self.state
        row: Values = {"number": state.draft, **self._written(content, None)}
        chained = {**row, "id": state.id, "parent": state.parent, "kind": state.kind}
        row["digest"] = chain_digest(state.previous, chained)
        self.redraft = row
        if self.resource.blobs and state.draft is not None:
            before = self._named(kept(state), state.version)
            self._hold(state.draft, self._named(content, None), before)

    def publish(self) -> None:
        """Make the open draft the published revision; it is stable from now on."""
        self.redraft = {"number": self.draft, "status": "stable"}
        self.revision, self.draft = self.draft, None

    def show(self, value: T, content: Content, version: int | None = None) -> None:
        """Let search see `value`."""
        columns, lists = self.resource.columns(value)
        if self._seen is not None:
            columns = {} if columns == self._seen[0] else columns
            lists = {name: held for name, held in lists.items() if held != self._seen[1][name]}
        self._lists = lists
        version = version or self.resource.codec.version
        self._columns = {**columns, "schema_version": version, "digest": content.digest}

    def link(self, value: T | None, *, draft: bool) -> None:
        """Note who the published value, or the open draft, refers to; None: nobody any more."""
        if self.resource.references:
            links = frozenset[Link]() if value is None else self.resource.links(value)
            if links != self._linked.get(int(draft)):
                self._links[int(draft)] = links

    def unpack(self, number: int, content: Content) -> None:
        """Keep the body of an old revision as it was written, if it is packed: it will be read often."""
        body = content.body if content.key is None else None
        params = {"id": self.state.id, "number": number, "new_body": body, "new_key": content.key}
        self._steps.append(Step(unpacking(self.resource.tables.revisions), params))

    def write(self, kind: str, number: int) -> Write:
        """Everything as one declared write, told to the feed as `kind` of revision `number`."""
        state, name = self.state, self.resource.name
        row: Values = {
            "revision": self.revision,
            "draft": self.draft,
            "head": self.head,
            "etag": state.etag + 1,
            "updated_at": self.at,
            "updated_by": self.act.by,
            "shown": self._shown(),
            **self._columns,
        }
        if state.etag == 0:
            row |= {"id": state.id, "created_at": self.at, "created_by": self.act.by}
        if self.deleted_at is not state.deleted_at:
            row["deleted_at"] = self.deleted_at  # which the unique indexes ask for
        change: Values = {"resource": name, "id": state.id, "kind": kind, "number": number}
        change |= {"current": self.revision, "at": self.at, "by": self.act.by}
        change["request_id"] = self.act.request_id
        self._forget()
        return Write(
            self.resource.tables,
            name,
            state.id,
            state.etag or None,
            row,
            change,
            self.revisions,
            self.redraft,
            self._lists,
            self._links,
            self.guards,
            self._steps,
        )

    def stored(self, number: int, status: Status, content: Content, version: int) -> Stored[T]:
        """The resource as it will be, showing revision `number`."""
        state = self.state
        fresh = state.etag == 0
        after = state._replace(
            etag=state.etag + 1,
            draft=self.draft,
            created_at=self.at if fresh else state.created_at,
            created_by=self.act.by if fresh else state.created_by,
            updated_at=self.at,
            updated_by=self.act.by,
            deleted_at=self.deleted_at,
            number=number,
            status=status,
            version=version,
            content=content.digest,
            secrets=content.secrets,
            body=content.body,
        )
        return stored(self.resource, after)

    def _named(self, content: Content, version: int | None) -> Named:
        """The blobs that a content names, whatever their fields were called when it was written."""
        codec = self.resource.codec
        body, _ = codec.present(content.body, content.secrets, version or codec.version)
        return named(body, self.resource.blobs)

    def _shown(self) -> str | None:
        """The `meta` of what readers will see."""
        if self.revision is None:
            return None
        state, at = self.state, instant(self.at)
        created = (at, self.act.by)
        if state.etag > 0:
            created = (as_text(state.created_at), state.created_by)
        gone = None if self.deleted_at is None else as_text(self.deleted_at)
        updated = (at, self.act.by)
        return described(self.revision, "stable", created, updated, self.draft, gone)

    def _hold(self, number: int, blobs: Named, before: Named) -> None:
        resource = self.resource
        place = (resource.tables.blobs, resource.name, self.state.id, number)
        self._steps += holding(*place, blobs - before, self.act.received)
        self._steps += letting_go(*place, before - blobs)

    def _forget(self) -> None:
        """Let go of what the resource does not keep; what is current, open or pinned is always kept."""
        resource, keep = self.resource, self.resource.keep
        # How old a revision is, `gc` looks at.
        if keep is not None and resource.keep_for is None and self.head > keep:
            but, upto = (self.revision or 0, self.draft or 0), self.head - keep
            self._steps += forgetting(resource.tables, resource.name, self.state.id, upto, but)

    def _written(self, content: Content, version: int | None) -> Values:
        return {
            "schema_version": version or self.resource.codec.version,
            "at": self.at,
            "by": self.act.by,
            "reason": self.act.reason,
            "request_id": self.act.request_id,
            "content": content.digest,
            "encoding": "json",
            "size": len(content.body),
            "key": content.key,
            "secrets": content.secrets,
            "body": content.body if content.key is None else None,
        }


def blank(id: str) -> State:
    """The state of a resource that does not exist yet."""
    row = (id, 0, None, None, 0, "", "", "", "", None, None, None)
    return State(*row, "draft", 0, "", None, None, b"")


def kept(state: State) -> Content:
    """The content `state` shows, as it is."""
    return Content(state.body, state.secrets, state.content, state.key)


def understood(resource: Resource[T], state: State) -> T:
    """The content `state` shows, as a model. Raises Conflict when the model has moved on from it."""
    try:
        return stored(resource, state).value
    except ValidationError as error:
        what = f"revision {state.number} of this {resource.label}"
        raise Conflict(f"{what} does not fit what a {resource.label} is today") from error


def base_digest(resource: Resource[T], state: State, value: T) -> str:
    """The digest new content has to differ from to be a change."""
    if state.version == resource.codec.version:
        return state.content
    return resource.codec.encode(value, state.secrets).digest


def check_immutable(
    before: Iterable[dict[str, object]], after: Iterable[dict[str, object]]
) -> None:
    """Raise Invalid if something that cannot change has changed."""
    errors = [
        FieldError(pointer, "cannot be changed")
        for old, new in zip(before, after, strict=True)
        for pointer in sorted(old.keys() | new.keys())
        if old.get(pointer) != new.get(pointer)
    ]
    if errors:
        raise Invalid(f"{errors[0].pointer} cannot be changed", errors)


def document_of(content: bytes) -> dict[str, object]:
    """A body as a JSON object."""
    document: dict[str, object] = json.loads(content)
    return document

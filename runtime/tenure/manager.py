"""ResourceManager: everything that can be done with resources of one kind."""

# ruff: noqa: A002  (the field's word is `id`)

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import jsonpatch
import sqlalchemy as sa
from pydantic import BaseModel

from tenure import deleting, plans, reading, uploading
from tenure.blobs import BlobField
from tenure.content import Codec, Upcaster
from tenure.errors import Conflict, Refusal, Unavailable
from tenure.meta import Duplicate, Stale, Tables
from tenure.past import past_page
from tenure.resource import Reference, Resource, taken
from tenure.search import Query, Search
from tenure.tables import system_tables
from tenure.uploading import Incoming, Outgoing
from tenure.values import History, Page, Status, Stored
from tenure.writing import Act, kept

if TYPE_CHECKING:
    from tenure.storage import Storage

__all__ = ["ResourceManager"]

T = TypeVar("T", bound=BaseModel)

_TRIES = 20  # races a write may lose before its caller hears of it
_PATIENCE = 3  # races it may lose before other processes have to let it pass


class ResourceManager(Generic[T]):
    """Resources of one kind as timelines of revisions.

    `by` is who does it. `own` narrows every method to resources whose owner it names: others are
    not found. `expect` is the etag the caller has seen, None if it does not matter; then a write
    that loses a race is made again from what won. `reason` and `request_id` go into the history.

    `keep` is how many revisions stay, `keep_for` how long one stays in any case; None for both keeps
    all. What is published, an open draft, and what something else pins always stay.
    """

    def __init__(
        self,
        name: str,
        *,
        model: type[T],
        table: sa.Table,
        revisions: sa.Table,
        index: Callable[[T], Mapping[str, object]],
        prefix: str,
        lists: Mapping[str, sa.Table] | None = None,
        references: Sequence[Reference] = (),
        drafts: bool = False,
        owner: str | None = None,
        immutable: Sequence[str] = (),
        secret: Sequence[str] = (),
        blobs: Mapping[str, BlobField] | None = None,
        keep: int | None = None,
        keep_for: timedelta | None = None,
        schema_version: int = 1,
        upcasters: Mapping[int, Upcaster] | None = None,
        label: str | None = None,
    ) -> None:
        shared = system_tables(table.metadata)
        self.name = name
        self.secret = tuple(secret)
        self.blobs = dict(blobs or {})
        self.resource = Resource(
            name=name,
            label=label or name.replace("_", " "),
            prefix=prefix,
            tables=Tables(table, revisions, dict(lists or {}), *shared),
            codec=Codec(model, secret, schema_version, upcasters or {}),
            index=index,
            references=references,
            drafts=drafts,
            owner=owner,
            immutable=immutable,
            blobs=self.blobs,
            keep=keep,
            keep_for=keep_for,
        )
        self._search = Search(self.resource)

    async def create(
        self,
        storage: Storage,
        value: T,
        *,
        by: str,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """A new resource. Raises Invalid for what it may not refer to, Conflict for what is taken."""
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            return await plans.create(storage, self.resource, value, act)

        return await self._carry_out(storage, "", plan)

    async def get(
        self,
        storage: Storage,
        id: str,
        *,
        own: str | None = None,
        draft: bool = False,
        as_of: datetime | None = None,
    ) -> Stored[T]:
        """What readers see, with `draft` the open draft if there is one, or what they saw `as_of`.

        Raises NotFound for what is unknown, not `own` or not published; Gone for what is deleted.
        """
        if as_of is not None:
            return await reading.past(storage, self.resource, id, own, as_of)
        return await reading.current(storage, self.resource, id, own, draft=draft)

    async def update(
        self,
        storage: Storage,
        id: str,
        change: Callable[[T], T | Awaitable[T]],
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """A new revision with what `change` makes of the newest; with drafts, a draft.

        `change` may be called again after a lost race. Equal content makes no revision. Raises
        Invalid for an immutable field that changes, PreconditionFailed, Conflict.
        """
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect)
            return await plans.update(storage, self.resource, state, change, act)

        return await self._carry_out(storage, id, plan)

    async def upload(
        self,
        storage: Storage,
        id: str,
        field: str,
        incoming: Incoming,
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """Keep what comes in as the blob of `field`: a revision, as every change.

        Raises TooLarge and UnsupportedMedia while it streams, Invalid when it is not what its digest
        says; and what `update` raises, as far as it can be known before anything is read.
        """
        await reading.to_write(storage, self.resource, id, own, expect)
        received, blob = await uploading.receive(storage, self.resource, field, incoming)
        act = Act(by, reason, request_id, received)

        def change(value: T) -> T:
            return value.model_copy(update={field: blob})

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect)
            return await plans.update(storage, self.resource, state, change, act)

        try:
            stored = await self._carry_out(storage, id, plan)
        except Unavailable:
            raise  # it may have been written all the same: `gc` will know
        except Refusal:
            await uploading.settle(storage, self.resource, received)
            raise
        await uploading.settle(storage, self.resource, received)
        return stored

    async def detach(
        self,
        storage: Storage,
        id: str,
        field: str,
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """Take the blob out of `field`: a revision, as every change, unless none was there.

        Its bytes stay as long as a revision names them. Raises Invalid for a field that is required;
        and what `update` raises.
        """

        def change(value: T) -> T:
            uploading.check_optional(self.resource, field)
            return value.model_copy(update={field: None})

        options: dict[str, Any] = {"by": by, "expect": expect, "own": own}
        return await self.update(
            storage, id, change, reason=reason, request_id=request_id, **options
        )

    async def download(self, storage: Storage, stored: Stored[T], field: str) -> Outgoing:
        """The blob of `field` of what was read. Raises NotFound when there is none."""
        return await uploading.kept(storage, self.resource, stored, field)

    async def modify(
        self,
        storage: Storage,
        id: str,
        change: Callable[[T], T | Awaitable[T]],
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """Change the open draft in place. Raises Conflict when there is none."""
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect)
            return await plans.modify(storage, self.resource, state, change, act)

        return await self._carry_out(storage, id, plan)

    async def publish(
        self,
        storage: Storage,
        id: str,
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """Show the open draft to readers. Raises Conflict when there is none, or it takes what is taken."""
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect)
            return await plans.publish(self.resource, state, act)

        return await self._carry_out(storage, id, plan)

    async def discard(
        self,
        storage: Storage,
        id: str,
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """Let go of the open draft; the published revision comes back. Raises Conflict without one."""
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect)
            return await plans.discard(storage, self.resource, state, act)

        return await self._carry_out(storage, id, plan)

    async def delete(
        self,
        storage: Storage,
        id: str,
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """Delete it, and do to what refers to it what each reference says; the history stays.

        Raises Conflict when something that restricts refers to it.
        """
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect)
            writes, step, number = await deleting.delete(storage, self.resource, state, act)
            gone = step.state
            status: Status = "draft" if gone.revision is None else "stable"
            return writes, step.stored(number, status, kept(gone), gone.version)

        return await self._carry_out(storage, id, plan)

    async def undelete(
        self,
        storage: Storage,
        id: str,
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """Bring it back as it was. Raises Invalid when what it refers to is no longer there."""
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect, deleted=True)
            return await plans.undelete(storage, self.resource, state, act)

        return await self._carry_out(storage, id, plan)

    async def restore(
        self,
        storage: Storage,
        id: str,
        number: int,
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        publish: bool = False,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """The content of revision `number` as a new revision: a draft where there are drafts.

        `publish` makes it stable at once; Conflict while a draft is open.
        """
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect)
            return await plans.restore(storage, self.resource, state, number, act, publish)

        return await self._carry_out(storage, id, plan)

    async def switch(
        self,
        storage: Storage,
        id: str,
        number: int,
        *,
        by: str,
        expect: int | None = None,
        own: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
    ) -> Stored[T]:
        """Show readers the stable revision `number`, without a new one."""
        act = Act(by, reason, request_id)

        async def plan() -> plans.Plan[T]:
            state = await reading.to_write(storage, self.resource, id, own, expect)
            return await plans.switch(storage, self.resource, state, number, act)

        return await self._carry_out(storage, id, plan)

    async def revisions(
        self,
        storage: Storage,
        id: str,
        *,
        own: str | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> History:
        """The history below revision `before`, newest first, of what is deleted too; no bodies."""
        await reading.find(storage, self.resource, id, own, self.resource.reads.presence)
        found = await reading.history(storage, self.resource, id, limit + 1, before)
        if len(found) <= limit:
            return History(found)
        return History(found[:limit], str(found[limit - 1].number))

    async def revision(
        self, storage: Storage, id: str, number: int, *, own: str | None = None
    ) -> Stored[T]:
        """Revision `number` as it was written, of what is deleted too."""
        state = await reading.at_number(storage, self.resource, id, own, number)
        return reading.as_written(self.resource, state)

    async def diff(
        self, storage: Storage, id: str, a: int, b: int, *, own: str | None = None
    ) -> list[dict[str, Any]]:
        """What leads from revision `a` to revision `b`: a JSON Patch (RFC 6902), without secrets."""
        older = await self.revision(storage, id, a, own=own)
        newer = await self.revision(storage, id, b, own=own)
        patch = jsonpatch.make_patch(json.loads(older.body), json.loads(newer.body))
        return list(patch.patch)

    async def search(self, storage: Storage, query: Query, *, own: str | None = None) -> Page[T]:
        """The page `query` asks for. Raises Invalid for an order or a cursor that does not fit it."""
        if query.as_of is not None:
            return await past_page(self._search, storage, query, own)
        return await self._search.page(storage, query, own)

    async def _carry_out(
        self, storage: Storage, id: str, plan: Callable[[], Awaitable[plans.Plan[T]]]
    ) -> Stored[T]:
        """Plan and write, again from the start when someone else was faster."""
        try:
            return await self._attempt(storage, plan)
        except Stale:
            pass
        # One after the other from here on, or fifty callers lose fifty races.
        async with AsyncExitStack() as queue:
            await queue.enter_async_context(storage.turn(self.name, id))
            for attempt in range(1, _TRIES):
                if attempt == _PATIENCE:
                    await queue.enter_async_context(storage.meta.favour())
                try:
                    return await self._attempt(storage, plan)
                except Stale:
                    continue
        raise Conflict(f"this {self.resource.label} keeps changing; try again")

    async def _attempt(
        self, storage: Storage, plan: Callable[[], Awaitable[plans.Plan[T]]]
    ) -> Stored[T]:
        writes, result = await plan()
        if writes:
            try:
                await storage.meta.apply(writes)
            except Duplicate as error:
                everyone = [self, *storage.resources.values()]
                raise taken((manager.resource for manager in everyone), error) from error
        return result

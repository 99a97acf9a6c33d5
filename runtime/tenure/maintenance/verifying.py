"""Whether what is stored is what was written: chains, contents, pointers, search columns, blobs."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from pydantic import ValidationError

from tenure.content import content_digest, verify_chain
from tenure.held import named
from tenure.maintenance.progress import Progress
from tenure.maintenance.walking import Rows, body_of, pages, revisions_of
from tenure.meta import LINK
from tenure.statements import is_text

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["Problem", "Verified", "verify"]

_Link: TypeAlias = tuple[int, str, str, str, int]  # draft or not, and what a link says


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it was written; `number` is that of a revision, where it is one."""

    resource: str
    id: str
    number: int | None
    what: str


@dataclass(slots=True)
class Verified:
    """What was looked at, what is wrong, and how many bodies and blobs nothing refers to.

    Those are no damage: writes that were cut off leave them, and `gc` lets go of them.
    """

    resources: int = 0
    revisions: int = 0
    blobs: int = 0
    orphans: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Looked:
    """What there is outside the database, and what has been seen to be referred to."""

    sizes: dict[str, int]
    read: bool  # the bytes of blobs too
    progress: Progress
    whole: dict[str, bool] = field(default_factory=dict)  # key to whether its bytes are right
    bytes: int = 0  # of blobs, that have been read
    bodies: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


async def verify(
    storage: Storage, progress: Progress | None = None, *, read_blobs: bool = True
) -> Verified:
    """Look at everything. A resource that changes meanwhile is looked at again.

    Without `read_blobs`, of blobs no more than the size is looked at; else each is read once.
    """
    progress = progress or Progress(quiet=True)
    found = Verified()
    bodies = [kept.key async for batch in storage.revisions.all() for kept in batch]
    sizes = {kept.key: kept.size async for batch in storage.blobs.all() for kept in batch}
    looked = _Looked(sizes, read_blobs, progress)
    for manager in storage.resources.values():
        resource = manager.resource
        async for page in pages(storage, resource):
            problems = await _page(storage, resource, page, looked, found)
            for id_ in sorted({problem.id for problem in problems}):
                again = await _again(storage, resource, id_)
                found.problems += await _page(storage, resource, again, looked, None)
            found.resources += len(page)
            progress.step(f"verified {resource.label}", found.resources)
        found.problems += await _strays(storage, resource) + await _pins(storage, resource)
    found.blobs = len(looked.keys)
    found.orphans = len(set(bodies) - looked.bodies) + len(looked.sizes.keys() - looked.keys)
    progress.end()
    return found


async def _page(
    storage: Storage, resource: Resource[Any], page: Rows, looked: _Looked, found: Verified | None
) -> list[Problem]:
    """What is wrong with these resources."""
    ids = [row["id"] for row in page]
    revisions = await revisions_of(storage, resource, ids)
    held = await _held(storage, resource, ids)
    lists = await _lists(storage, resource, ids)
    links = await _links(storage, resource, ids)
    problems: list[Problem] = []
    for row in page:
        mine = revisions.get(row["id"], [])
        checking = _Checking(storage, resource, row, mine, looked)
        await checking.contents(held)
        checking.pointers()
        checking.columns({name: found.get(row["id"], set()) for name, found in lists.items()})
        checking.links(links.get(row["id"], set()))
        problems += checking.problems
        if found is not None:
            found.revisions += len(mine)
    return problems


class _Checking:
    """One resource, and what is wrong with it."""

    def __init__(
        self,
        storage: Storage,
        resource: Resource[Any],
        row: dict[str, Any],
        revisions: Rows,
        looked: _Looked,
    ) -> None:
        self.problems: list[Problem] = []
        self._storage = storage
        self._resource = resource
        self._row = row
        self._revisions = {revision["number"]: revision for revision in revisions}
        self._looked = looked
        self._bodies: dict[int, bytes] = {}
        gaps = resource.keep is not None or resource.keep_for is not None
        for number in verify_chain(revisions, gaps=gaps):
            self._say(number, "is not what was written: the chain of digests is broken")

    async def contents(self, held: Mapping[tuple[str, int], dict[str, str]]) -> None:
        """Every body is there and has its digest, and so have the blobs it names."""
        for number, revision in self._revisions.items():
            if revision["key"] is not None:
                self._looked.bodies.add(revision["key"])
            try:
                body = await body_of(self._storage, self._resource, revision)
            except FileNotFoundError:
                self._say(number, "has no body where it should be")
                continue
            if content_digest(body, revision["secrets"]) != revision["content"]:
                self._say(number, "has a body that is not what its digest says")
                continue
            self._bodies[number] = body
            if self._resource.blobs:
                await self._blobs(number, revision, held.get((self._row["id"], number), {}))

    async def _blobs(self, number: int, revision: dict[str, Any], held: dict[str, str]) -> None:
        codec, secrets = self._resource.codec, revision["secrets"]
        body, _ = codec.present(self._bodies[number], secrets, revision["schema_version"])
        wanted = dict(named(body, self._resource.blobs))
        if wanted.keys() != held.keys():
            self._say(number, "does not keep the blobs it names")
        for sha256, key in held.items():
            self._looked.keys.add(key)
            try:
                if self._looked.sizes.get(key) != wanted.get(sha256):
                    self._say(number, "names a blob whose bytes are not there")
                elif self._looked.read and not await self._is_whole(key, sha256):
                    self._say(number, "names a blob whose bytes are not what its digest says")
            except FileNotFoundError:
                self._say(number, "names a blob whose bytes are not there")

    async def _is_whole(self, key: str, sha256: str) -> bool:
        looked = self._looked
        if key not in looked.whole:
            digest = hashlib.sha256()
            async for piece in self._storage.blobs.stream(key, 0, looked.sizes[key]):
                await asyncio.to_thread(digest.update, piece)
                looked.bytes += len(piece)
                looked.progress.step("bytes of blobs read", looked.bytes)
            looked.whole[key] = digest.hexdigest() == sha256
        return looked.whole[key]

    def pointers(self) -> None:
        """What the row points at is there, and of the right status."""
        row = self._row
        for pointer, status in (("revision", "stable"), ("draft", "draft")):
            number = row[pointer]
            if number is not None and (
                number not in self._revisions or self._revisions[number]["status"] != status
            ):
                self._say(number, f"is no {status} revision, and `{pointer}` points at it")
        if row["head"] != max(self._revisions, default=0):
            self._say(None, "has another newest revision than its row says")

    def columns(self, lists: Mapping[str, set[object]]) -> None:
        """Search sees what the content says."""
        number = self._row["revision"] or self._row["draft"]
        value = self._value(number)
        if value is None:
            return
        revision = self._revisions[number]
        columns, wanted = self._resource.columns(value)
        columns |= {"digest": revision["content"], "schema_version": revision["schema_version"]}
        wrong = [key for key, one in columns.items() if not self._same(key, one)]
        wrong += [name for name, values in wanted.items() if set(values) != lists[name]]
        for name in wrong:
            self._say(None, f"is found by another `{name}` than it has")

    def _same(self, key: str, wanted: object) -> bool:
        column = self._resource.tables.meta.c[key]
        kept = self._row[key]
        return bool(kept == wanted or (is_text(column) and str(kept) == str(wanted)))

    def links(self, kept: set[_Link]) -> None:
        """Who it refers to is noted, and nobody else."""
        if not self._resource.references:
            return
        wanted: set[_Link] = set()
        if self._row["deleted_at"] is None:
            for draft, pointer in enumerate(("revision", "draft")):
                value = self._value(self._row[pointer])
                links = self._resource.links(value) if value is not None else ()
                wanted |= {(draft, *link) for link in links}
        if wanted != kept:
            self._say(None, "is noted to refer to others than it does")

    def _value(self, number: int | None) -> Any:
        if number is None or number not in self._bodies:
            return None
        revision, codec = self._revisions[number], self._resource.codec
        try:
            present = codec.present(
                self._bodies[number], revision["secrets"], revision["schema_version"]
            )
            return codec.read(*present)
        except ValidationError:
            self._say(number, f"does not fit what a {self._resource.label} is today")
            return None

    def _say(self, number: int | None, what: str) -> None:
        problem = Problem(self._resource.name, self._row["id"], number, what)
        if problem not in self.problems:
            self.problems.append(problem)


async def _again(storage: Storage, resource: Resource[Any], id_: str) -> Rows:
    meta = resource.tables.meta
    rows = await storage.meta.execute(sa.select(meta).where(meta.c.id == id_))
    return [dict(zip(meta.c.keys(), row, strict=True)) for row in rows]


async def _held(
    storage: Storage, resource: Resource[Any], ids: list[str]
) -> dict[tuple[str, int], dict[str, str]]:
    """(id, number) to the blobs it keeps: digest to key."""
    table, found = resource.tables.blobs, dict[tuple[str, int], dict[str, str]]()
    if resource.blobs:
        query = sa.select(table.c.id, table.c.number, table.c.sha256, table.c.key)
        of = sa.and_(table.c.resource == resource.name, table.c.id.in_(ids))
        for row in await storage.meta.execute(query.where(of)):
            found.setdefault((row.id, row.number), {})[row.sha256] = row.key
    return found


async def _lists(
    storage: Storage, resource: Resource[Any], ids: list[str]
) -> dict[str, dict[str, set[object]]]:
    """For each indexed list: id to its values."""
    lists: dict[str, dict[str, set[object]]] = {}
    for name, table in resource.tables.lists.items():
        found = lists[name] = {}
        query = sa.select(table.c.id, table.c.value).where(table.c.id.in_(ids))
        for row in await storage.meta.execute(query):
            found.setdefault(row.id, set()).add(row.value)
    return lists


async def _links(
    storage: Storage, resource: Resource[Any], ids: list[str]
) -> dict[str, set[_Link]]:
    table, found = resource.tables.links, dict[str, set[_Link]]()
    columns = (table.c.source_id, table.c.draft, *(table.c[name] for name in LINK))
    of = sa.and_(table.c.source == resource.name, table.c.source_id.in_(ids))
    for row in await storage.meta.execute(sa.select(*columns).where(of)):
        link = (row.draft, row.field, row.target, row.target_id, row.pinned)
        found.setdefault(row.source_id, set()).add(link)
    return found


async def _strays(storage: Storage, resource: Resource[Any]) -> list[Problem]:
    """Revisions of what is not there."""
    revisions, meta = resource.tables.revisions, resource.tables.meta
    known = sa.exists().where(meta.c.id == revisions.c.id)
    query = sa.select(revisions.c.id, revisions.c.number).where(~known).limit(1000)
    return [
        Problem(resource.name, row.id, row.number, "belongs to nothing")
        for row in await storage.meta.execute(query)
    ]


async def _pins(storage: Storage, resource: Resource[Any]) -> list[Problem]:
    """Who pins a revision that is not there any more, by a reference that may not outlive it."""
    others = [manager.resource for manager in storage.resources.values()]
    if not any(ref.pin and ref.to == resource.name for it in others for ref in it.references):
        return []
    revisions, links = resource.tables.revisions, resource.tables.links
    there = sa.exists().where(
        revisions.c.id == links.c.target_id, revisions.c.number == links.c.pinned
    )
    mine = sa.and_(links.c.target == resource.name, links.c.pinned > 0)
    query = sa.select(links.c.source, links.c.source_id, links.c.field).where(mine, ~there)
    return [
        Problem(row.source, row.source_id, None, f"pins a {resource.label} revision that is gone")
        for row in await storage.meta.execute(query.limit(1000))
        if storage.resources[row.source].resource.referrers[row.field].on_delete != "keep"
    ]

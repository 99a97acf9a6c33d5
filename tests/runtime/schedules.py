"""Schedules: some requests, something that goes wrong, a restart, and a look at what is left.

A schedule is a number: the same one does the same steps again. `python -m tests.runtime.schedules 4711`
runs one and says what it did.
"""

# ruff: noqa: A001, A002  (the field's word is `id`)

import asyncio
import hashlib
import random
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from unittest import mock

import sqlalchemy as sa
from pydantic import BaseModel
from tenure import Blob, BlobField, Reference, ResourceManager, Storage, Stored
from tenure.blobs import BlobStore
from tenure.buckets import Bucket
from tenure.commits import Commits, Worker, _Job
from tenure.content import content_digest
from tenure.errors import Refusal, Unavailable
from tenure.folders import Folder
from tenure.maintenance import collect, compact, erase, verify
from tenure.objects import Objects
from tenure.revisions import RevisionStore
from tenure.sqlite import DiskMeta
from tenure.tables import list_table, meta_columns, revision_table, system_tables, unique_index
from tenure.uploading import Incoming

from tests.runtime.faults import (
    Client,
    Database,
    Failed,
    Loop,
    ModelDisk,
    Platters,
    PowerCut,
    Rows,
    Server,
    Shelf,
    World,
)

Result = TypeVar("Result")

metadata = sa.MetaData()
changes, _, blobs = system_tables(metadata)
notes = sa.Table(
    "notes",
    metadata,
    *meta_columns(),
    sa.Column("title", sa.String(80)),
    unique_index("uq", "title"),
)
note_revisions = revision_table("note_revisions", metadata)
note_tags = list_table("note_tags", metadata, sa.String(20))


class Note(BaseModel):
    """A unique title, a text of any length, tags, a scan, and a note that it goes with."""

    title: str
    text: str = ""
    tags: list[str] = []
    scan: Blob | None = None
    parent: str | None = None


def _notes(**options: Any) -> ResourceManager[Note]:
    return ResourceManager(
        "note",
        model=Note,
        table=notes,
        revisions=note_revisions,
        index=lambda note: {"title": note.title, "tags": note.tags},
        lists={"tags": note_tags},
        prefix="nte",
        blobs={"scan": BlobField(max_size=2000)},
        references=(Reference("parent", to="note", on_delete="cascade"),),
        **options,
    )


KINDS = (_notes(), _notes(drafts=True), _notes(drafts=True, keep=2))
_OFTEN = (3, 4, 1)


class Broken(AssertionError):  # noqa: N818
    """A promise that was not kept, and the number of the schedule that shows it."""


class _NoLock:
    """No other process is here."""

    def try_now(self) -> bool:
        return True

    def pass_by(self) -> bool:
        return True

    def wait(self) -> None: ...
    def release(self) -> None: ...
    def close(self) -> None: ...


class Soon(Worker):
    """Finishes in the loop, in a turn to come, what a thread would."""

    def __init__(self, finish: Callable[[list[_Job], bool], None]) -> None:
        self._finish = finish

    def hand(self, jobs: list[_Job], begun: bool) -> None:
        asyncio.get_running_loop().call_soon(self._finish, jobs, begun)


class ModelCommits(Commits):
    worker = Soon


class ModelMeta(DiskMeta):
    """The store of rows of the disk profile, on connections that fail."""

    commits: type[Commits] = ModelCommits

    def __init__(self, world: World, database: Database) -> None:
        self._world = world
        self._database = database
        self._relaxed = database.relaxed
        writer: Any = Failed(world, database, database.writer)
        lock: Any = _NoLock()
        self._reads: Any = Failed(world, database, database.reader)
        self._threads: Any = None  # the loop has none
        self._commits = self.commits(writer, lock, lock, self.dialect)
        database.world = world

    async def run(self, work: Callable[[sa.Connection], Result]) -> Result:
        while self._database.writer.in_transaction:  # noqa: ASYNC110  (a thread waits for the lock)
            await asyncio.sleep(0)
        self._world.at_once = True
        return await super().run(work)

    def _sync_log(self) -> None:
        self._world.act("sync the log", self._database.synced, writes=False)

    @asynccontextmanager
    async def favour(self) -> AsyncIterator[None]:
        yield

    def _lock(self, ending: str) -> Any:
        return _NoLock()

    def _reader(self) -> Any:
        return self._reads

    def _engine(self) -> sa.Engine:
        return self._database.engine

    def _writing(self) -> sa.Engine:
        return self._database.writing

    def _writer(self) -> Any:
        return self._database.another()


@dataclass(frozen=True)
class Parts:
    """What a storage is made of; a bug is one part of another make."""

    folder: type[Folder] = Folder
    bucket: type[Bucket] = Bucket
    bodies: type[RevisionStore] = RevisionStore
    blobs: type[BlobStore] = BlobStore
    meta: type[ModelMeta] = ModelMeta
    storage: type[Storage] = Storage


REAL = Parts()


class Noted:
    """Objects that remember what was to be kept under each key."""

    def __init__(self, objects: Objects, meant: dict[str, bytes]) -> None:
        self._objects = objects
        self._meant = meant
        self.read, self.stream = objects.read, objects.stream
        self.all, self.delete, self.sweep = objects.all, objects.delete, objects.sweep

    async def create(self, key: str, body: bytes) -> None:
        self._meant.setdefault(key, body)
        await self._objects.create(key, body)

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        whole = bytearray()

        async def passing() -> AsyncIterator[bytes]:
            async for chunk in chunks:
                whole.extend(chunk)
                yield chunk
            self._meant.setdefault(key, bytes(whole))

        await self._objects.write(key, passing())


@dataclass
class Known:
    """What a client knows of one note."""

    acknowledged: dict[int, Stored[Note]] = field(default_factory=dict)  # by etag
    claimed: set[int] = field(default_factory=set)  # etags that writes were told as theirs
    unknown: int = 0  # requests that it got no clear answer to
    settled: int = 0  # the etag it had after the last restart
    erasing: bool = False
    erased: bool = False

    @property
    def etag(self) -> int:
        return max(self.settled, max(self.acknowledged, default=0))


class Schedule:
    """One number played through."""

    def __init__(self, number: int, database: Database, loop: Loop, parts: Parts = REAL) -> None:
        self.number = number
        self.acknowledged = 0
        self.told: list[str] | None = None
        self.chance = chance = random.Random(number)
        self._database = database
        self._loop = loop
        self._parts = parts
        self._platters, self._shelves = Platters(), (Shelf(), Shelf())
        self._manager = chance.choices(KINDS, _OFTEN)[0]
        self._inline = chance.choice((-1, -1, 300))
        self._bucket = chance.random() < 0.3
        self._relaxed = chance.random() < 0.15
        self._known: dict[str, Known] = {}
        self._meant: tuple[dict[str, bytes], dict[str, bytes]] = ({}, {})
        self._deletes = 0  # that were not refused: each may have taken others along
        self._gone: set[str] = set()  # keys of what was erased
        self._made = 0

    async def play(self) -> None:
        """Raises Broken when something was promised and not kept."""
        self._database.begin(relaxed=self._relaxed)
        with self._ids():
            for _ in range(1 if self.chance.random() < 0.65 else 2):
                self._world = World(self.chance)
                self._world.trace = self.told
                await self._until_the_power_goes()
                self._lose_power()
                self._world = World(self.chance)
                self._world.calm()
                await self._look()

    # What happens.

    async def _until_the_power_goes(self) -> None:
        try:
            self._storage = self._boot()
        except PowerCut:
            return
        except OSError:
            return  # it did not start; nobody was told anything
        for _ in range(self.chance.randrange(3, 9)):
            racing = self.chance.random() < 0.3
            self._world.races = racing
            await self._together(
                [self._request(racing) for _ in range(self.chance.choice((2, 3)) if racing else 1)]
            )
            if self._world.dead:
                return

    async def _together(self, requests: list[Coroutine[Any, Any, None]]) -> None:
        tasks = {asyncio.ensure_future(request) for request in requests}
        out = asyncio.ensure_future(self._world.went_out.wait())
        left: set[asyncio.Future[Any]] = {*tasks}
        while left and not self._world.dead:
            _, left = await asyncio.wait({*left, out}, return_when=asyncio.FIRST_COMPLETED)
            left.discard(out)
        for task in (*left, out):
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Broken):
                raise ended
        if self._world.bug is not None:
            raise Broken(f"schedule {self.number}: a callback ended in {self._world.bug!r}")

    async def _request(self, racing: bool) -> None:
        chance, living = self.chance, [id for id, known in self._known.items() if not known.erased]
        verb = chance.choices(list(_VERBS), list(_VERBS.values()))[0] if living else "create"
        id = chance.choice(living) if living else ""
        if verb == "erase" and racing:
            verb = "update"
        expect = self._known[id].etag if racing and id and chance.random() < 0.7 else None
        before = None if racing else self._database.commits
        wanted = self._wanted()
        if not await self._ask(verb, id, expect, wanted, before):
            self._world.quiet += 1
            try:
                if not await self._ask(verb, id, None, wanted, None):
                    self._broken(f"{verb} is refused when it is tried again and nothing is wrong")
            finally:
                self._world.quiet -= 1

    async def _ask(
        self, verb: str, id: str, expect: int | None, wanted: Note, before: int | None
    ) -> bool:
        """Whether there was a clear answer."""
        world, known = self._world, self._known.get(id) or Known()
        failed = world.failed
        known.unknown += 1
        erasing, known.erasing = known.erasing, known.erasing or verb == "erase"
        self._deletes += verb == "delete"
        self._say(f"-- {verb} {id} {expect}")
        try:
            stored = await self._do(verb, id, expect, wanted)
        except Unavailable as refused:
            if world.failed == failed:
                self._broken(f"{verb} failed without a fault: {refused.__cause__!r}")
            self._say(f"   {refused!r} {refused.__cause__!r}")
            return False
        except Refusal as refused:
            self._say(f"   {refused!r}")
            if before not in (None, self._database.commits):
                self._broken(f"{verb} was refused and has changed something")
            self._deletes -= verb == "delete"
            known.erasing = erasing
        except asyncio.CancelledError:
            raise
        except Exception as error:
            error.add_note(f"in schedule {self.number}, {verb} {id}")
            raise Broken(f"schedule {self.number}: {verb} ended in {error!r}") from error
        else:
            if world.dead:
                return True
            self._say(f"   done {stored and (stored.id, stored.etag, stored.number)}")
            if stored is not None:
                self._acknowledge(verb, stored)
        known.unknown -= 1
        return True

    async def _do(
        self, verb: str, id: str, expect: int | None, wanted: Note
    ) -> Stored[Note] | None:
        storage, manager, chance = self._storage, self._manager, self.chance
        options: Any = {"by": "ada", "expect": expect}
        number = chance.randrange(1, 4)

        def change(note: Note) -> Note:
            return wanted.model_copy(update={"scan": note.scan})

        match verb:
            case "create":
                return await manager.create(storage, wanted, by="ada")
            case "update" | "modify":
                do = manager.update if verb == "update" else manager.modify
                return await do(storage, id, change, **options)
            case "restore" | "switch":
                again = manager.restore if verb == "restore" else manager.switch
                return await again(storage, id, number, **options)
            case "upload":
                incoming = Incoming(self._chunks(), name=f"{wanted.title}.bin")
                return await manager.upload(storage, id, "scan", incoming, **options)
            case "read":
                found = await manager.get(storage, id, draft=True)
                self._check_digest(found)
                return None
            case "gc":
                # Where nobody is writing, nothing is about to be named.
                alone = not self._world.races and chance.random() < 0.5
                await collect(storage, age=timedelta(0) if alone else timedelta(hours=1))
                return None
            case "compact":
                await compact(storage)
                return None
            case "erase":
                keys = self._only_named_by(id)
                await erase(storage, "note", id)
                if not self._world.dead:
                    self._known[id].erased = True
                    self._gone |= keys
                return None
        stored: Stored[Note] = await getattr(manager, verb)(storage, id, **options)
        return stored

    def _wanted(self) -> Note:
        chance = self.chance
        self._made += 1
        parents = [id for id in self._known if chance.random() < 0.1]
        return Note(
            title=f"note {self._made}",
            text="x" * chance.choice((0, 10, 200, 600)),
            tags=chance.sample(["a", "b", "c"], chance.randrange(3)),
            parent=parents[0] if parents else None,
        )

    async def _chunks(self) -> AsyncIterator[bytes]:
        # Few different ones, so that many are kept already.
        piece = bytes([65 + self.chance.randrange(4)]) * 90
        for _ in range(self.chance.choice((1, 2, 6))):
            yield piece
            await self._world.pause()

    def _acknowledge(self, verb: str, stored: Stored[Note]) -> None:
        self._check_digest(stored)
        known = self._known.setdefault(stored.id, Known())
        # These two may find that there is nothing to do, and tell of the change of another.
        if verb not in ("restore", "switch"):
            if stored.etag in known.claimed or stored.etag <= known.settled:
                self._broken(f"two writes were accepted as change {stored.etag} of {stored.id}")
            known.claimed.add(stored.etag)
        if stored.etag in known.acknowledged or stored.etag <= known.settled:
            return
        known.acknowledged[stored.etag] = stored
        self.acknowledged += 1

    def _check_digest(self, stored: Stored[Note]) -> None:
        if content_digest(stored.body, None) != stored.digest:
            self._broken(f"{stored.id} is answered with a body that is not its own")

    # The machine.

    def _boot(self) -> Storage:
        parts, world = self._parts, self._world
        self._loop.world = world
        places: list[Objects] = []
        for name, shelf, meant in zip(("r", "b"), self._shelves, self._meant, strict=True):
            if self._bucket:
                with mock.patch("tenure.buckets._bucket", lambda _, on=shelf: Server(world, on)):
                    objects: Objects = parts.bucket("s3://modelled")
            else:
                objects = parts.folder(Path("/data") / name, ModelDisk(world, self._platters))
            places.append(Noted(objects, meant))
        meta = parts.meta(world, self._database)
        bodies, binaries = parts.bodies(places[0]), parts.blobs(places[1])
        resources = {"note": self._manager}
        return parts.storage(meta, bodies, binaries, resources, b"k" * 32, self._inline)

    def _lose_power(self) -> None:
        self._world.dead = True
        self._platters.lose_power(self.chance)
        for shelf in self._shelves:
            shelf.settle(self.chance)
        self._database.lose_power(self.chance)

    @contextmanager
    def _ids(self) -> Iterator[None]:
        made = 0

        def new_id(prefix: str) -> str:
            nonlocal made
            made += 1
            return f"{prefix}_{made:024}{self.chance.choice(('a0', 'b1'))}"

        places = ("tenure.plans.new_id", "tenure.revisions.new_id", "tenure.blobs.new_id")
        with ExitStack() as changed:
            for place in places:
                changed.enter_context(mock.patch(place, new_id))
            yield

    # What is left.

    async def _look(self) -> None:
        storage = self._storage = self._boot()
        rows = self._database.rows()
        if self._relaxed:  # what was acknowledged last may be gone
            self._known = {}
        self._check_acknowledged(rows)
        self._check_feed(rows)
        for objects, meant in zip((storage.revisions, storage.blobs), self._meant, strict=True):
            await self._check_objects(objects, meant)
        await self._check_bodies(rows)
        if self.chance.random() < 0.25:  # it takes longer than all the rest
            found = await verify(storage)
            if found.problems:
                self._broken(f"verify finds {found.problems}")
        await collect(storage, age=timedelta(0))
        rows = self._database.rows()
        named = [{row[_places(table, "key")[0]] for row in rows[table.name]} for table in _KEYED]
        await self._check_collected(storage.revisions, named[0] - {None})
        await self._check_collected(storage.blobs, named[1])
        if left := self._platters.fragments():
            self._broken(f"gc has left {left}")
        if self.chance.random() < 0.1:
            found = await verify(storage)
            if found.problems or found.orphans:
                self._broken(f"after gc, verify finds {found}")

    def _check_acknowledged(self, rows: Rows) -> None:
        at = _places(note_revisions, "id", "number", "content")
        contents = {(row[at[0]], row[at[1]]): row[at[2]] for row in rows["note_revisions"]}
        at = _places(notes, "id", "etag")
        etags = {row[at[0]]: row[at[1]] for row in rows["notes"]}
        for id, known in self._known.items():
            if id not in etags:
                if not (known.erased or known.erasing):
                    self._broken(f"{id} was acknowledged and is lost")
                known.erased = True
                continue
            if known.erased:
                self._broken(f"{id} was erased and is there")
            if etags[id] < known.etag:
                self._broken(f"change {known.etag} of {id} was acknowledged and is lost")
            if etags[id] > known.etag + known.unknown + self._deletes:
                self._broken(f"{id} has changed more often than anybody asked for")
            self._check_contents(id, known, contents)
        for id, etag in etags.items():
            known = self._known.setdefault(id, Known())
            known.settled, known.unknown, known.erasing = etag, 0, False
        self._deletes = 0

    def _check_contents(self, id: str, known: Known, contents: dict[tuple[str, int], str]) -> None:
        newest = {known.acknowledged[etag].number: etag for etag in sorted(known.acknowledged)}
        for number, etag in newest.items():
            digest = contents.get((id, number))
            if digest is None and self._manager.resource.keep is None:
                self._broken(f"revision {number} of {id} was acknowledged and is lost")
            if digest not in (None, known.acknowledged[etag].digest):
                if not known.unknown:  # a draft may have been modified once more
                    self._broken(f"revision {number} of {id} is not what was acknowledged")
                del known.acknowledged[etag]

    def _check_feed(self, rows: Rows) -> None:
        at = _places(changes, "seq", "id", "kind")
        feed = [tuple(row[one] for one in at) for row in rows["tenure_changes"]]
        if [seq for seq, _, _ in feed] != list(range(1, len(feed) + 1)):
            self._broken("the feed has gaps")
        told = Counter(id for _, id, _ in feed)
        erased = {id for _, id, kind in feed if kind == "erase"}
        at = _places(notes, "id", "etag")
        for row in rows["notes"]:
            if told.pop(row[at[0]], 0) != row[at[1]]:
                self._broken(f"the feed does not tell every change of {row[at[0]]}")
        if told.keys() - erased:
            self._broken(f"the feed tells of what is not there: {told}")

    async def _check_bodies(self, rows: Rows) -> None:
        """Nothing dangles."""
        at = _places(note_revisions, "id", "number", "content", "encoding", "key", "body")
        for row in rows["note_revisions"]:
            id, number, content, encoding, key, body = [row[one] for one in at]
            try:
                body = body if key is None else await self._storage.revisions.get(key)
            except FileNotFoundError:
                self._broken(f"the body of revision {number} of {id} is not there")
            if encoding == "json" and content_digest(body, None) != content:
                self._broken(f"the body of revision {number} of {id} is not its own")
        at = _places(blobs, "key", "sha256", "number")
        for row in rows["tenure_blobs"]:
            key, sha256, number = [row[one] for one in at]
            if number < 0:
                continue  # a note of what an erase has yet to remove
            try:
                body = await self._storage.blobs._objects.read(key)
            except FileNotFoundError:
                self._broken(f"the blob {key} is not there")
            if hashlib.sha256(body).hexdigest() != sha256:
                self._broken(f"the blob {key} is not what its digest says")

    async def _check_objects(self, store: Any, meant: dict[str, bytes]) -> None:
        """What can be seen is whole; what was erased cannot be seen."""
        for key in await _keys(store):
            if key in self._gone:
                self._broken(f"{key} was erased and is there")
            if await store._objects.read(key) != meant.get(key):
                self._broken(f"{key} is not what was kept under it")

    async def _check_collected(self, store: Any, named: set[str]) -> None:
        there = set(await _keys(store))
        if there - named:
            self._broken(f"gc has left {there - named}")
        if named - there:
            self._broken(f"gc has taken {named - there}")

    def _only_named_by(self, id: str) -> set[str]:
        rows = self._database.rows()
        at = _places(note_revisions, "id", "key")
        keys = {row[at[1]] for row in rows["note_revisions"] if row[at[0]] == id}
        at = _places(blobs, "id", "key")
        mine = {row[at[1]] for row in rows["tenure_blobs"] if row[at[0]] == id}
        return keys | (mine - {row[at[1]] for row in rows["tenure_blobs"] if row[at[0]] != id})

    def _say(self, what: str) -> None:
        if self.told is not None:
            self.told.append(what)

    def _broken(self, what: str) -> NoReturn:
        raise Broken(f"schedule {self.number}: {what}")


_KEYED = (note_revisions, blobs)
_VERBS = {
    "create": 4, "update": 5, "modify": 3, "publish": 3, "discard": 1, "delete": 1, "undelete": 1,
    "restore": 1, "switch": 1, "upload": 4, "read": 1, "gc": 1.5, "compact": 1, "erase": 0.5,
}  # fmt: skip


def _places(table: sa.Table, *names: str) -> list[int]:
    keys = table.c.keys()
    return [keys.index(name) for name in names]


async def _keys(store: Any) -> list[str]:
    return [kept.key async for batch in store.all() for kept in batch]


class Player:
    """Plays schedules, one after the other, on one database file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "meta.sqlite", metadata)
        self._loop = Loop()
        # Where the power went there are tasks and callbacks that nobody asks any more.
        self._loop.set_exception_handler(_heard)
        self._limits = _small()
        self._limits.__enter__()

    def play(self, number: int, parts: Parts = REAL, told: list[str] | None = None) -> int:
        """Play one; how many writes were acknowledged. Raises Broken."""
        schedule = Schedule(number, self._database, self._loop, parts)
        schedule.told = told
        self._loop.run_until_complete(schedule.play())
        return schedule.acknowledged

    def close(self) -> None:
        self._limits.__exit__(None, None, None)
        self._loop.close()
        self._database.close()


def _heard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    # Else it is of a task that nobody asks any more, for the power has gone.
    if "handle" in context and isinstance(error, Exception) and isinstance(loop, Loop):
        loop.world.bug = error
        loop.world.dead = True
        loop.world.went_out.set()


@contextmanager
def _small() -> Iterator[None]:
    """Limits at which more happens with few bytes."""
    with ExitStack() as changed:
        for place, size in _LIMITS.items():
            changed.enter_context(mock.patch(place, size))
        changed.enter_context(mock.patch("tenure.buckets.obstore", Client))
        changed.enter_context(mock.patch("tenure.uploading.media_type", return_value="text/plain"))
        yield


_LIMITS = {
    "tenure.blobs._SMALL": 200,
    "tenure.folders._PART": 150,
    "tenure.folders.CHUNK": 256,
    "tenure.buckets.CHUNK": 256,
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        player, told = Player(Path(folder)), list[str]()
        try:
            player.play(int(sys.argv[1]), told=told)
        finally:
            print("\n".join(told))
            player.close()


if __name__ == "__main__":
    main()

"""A process that fills a storage until it is killed, and says every write that was acknowledged.

`python -m tests.runtime.hoarder` reads lines of JSON, `{"options": ..., "round_": ...}`. For each it
forks a child, which opens that storage and writes into it from many tasks at once; a fork has
everything imported, so a child lives as long as its kill needs, and no longer.
"""

import asyncio
import itertools
import json
import os
import random
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from pydantic import BaseModel
from tenure import Blob, BlobField, ResourceManager, Storage, Stored, open_storage
from tenure.errors import Conflict, Gone, PreconditionFailed, Unavailable
from tenure.maintenance import collect, compact
from tenure.tables import list_table, meta_columns, revision_table, system_tables, unique_index
from tenure.uploading import Incoming

metadata = sa.MetaData()
system_tables(metadata)

KEEP = 6  # revisions of a proof
LARGE = 3 * 1024 * 1024  # more than goes up in one request
SIZES = (10, 3000, 3000, 3000, 200_000, 200_000, LARGE)
LONG = "long " * 5000  # more than is kept in a row unless all is


class Paper(BaseModel):
    """A unique name, the token of who wrote it last, the marks of who raced for it, a scan."""

    name: str
    token: str = ""
    text: str = ""
    marks: list[str] = []
    scan: Blob | None = None


def _manager(name: str, **options: Any) -> ResourceManager[Paper]:
    return ResourceManager(
        name,
        model=Paper,
        table=sa.Table(
            f"{name}s",
            metadata,
            *meta_columns(),
            sa.Column("name", sa.String(80), nullable=False),
            sa.Column("token", sa.String(80), nullable=False),
            unique_index(f"uq_{name}s_name", "name"),
            sa.Index(f"ix_{name}s_created_at", "created_at", "id"),
        ),
        revisions=revision_table(f"{name}_revisions", metadata),
        index=lambda paper: {"name": paper.name, "token": paper.token, "marks": paper.marks},
        lists={"marks": list_table(f"{name}_marks", metadata, sa.String(80))},
        prefix=name[:3],
        blobs={"scan": BlobField(max_size=LARGE)},
        **options,
    )


Manager: TypeAlias = ResourceManager[Paper]

sheets = _manager("sheet")
"""Every revision is kept."""
proofs = _manager("proof", drafts=True, keep=KEEP)
"""Drafts, of which the last revisions are kept."""


async def opened(options: dict[str, Any]) -> Storage:
    """The papers, with their tables."""
    storage = await open_storage(resources=[sheets, proofs], **options)
    await storage.create_tables(metadata)
    return storage


class Doorway:
    """Through which writes go; who wants to be alone waits until all have left."""

    def __init__(self) -> None:
        self._inside = 0
        self._changed = asyncio.Condition()
        self._shut = False

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._shut)
            self._inside += 1
        try:
            yield
        finally:
            async with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._changed:
            self._shut = True
            await self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            async with self._changed:
                self._shut = False
                self._changed.notify_all()


class Hoard:
    """What one process does to a storage: many tasks, in each another one life after the other."""

    def __init__(self, storage: Storage, round_: int) -> None:
        self._storage = storage
        self._round = round_
        self._door = Doorway()
        self._tokens = itertools.count()
        self._turns = itertools.count()
        self._done = 0  # writes that were acknowledged
        self._taken = 0  # names that somebody has been seen to have

    async def run(self) -> None:
        """All of it, without end."""
        lives = [self._keep] * 3 + [self._draft] * 2 + [self._race] * 4 + [self._tidy]
        await asyncio.gather(*map(self._again_and_again, lives))

    async def _again_and_again(self, life: Callable[[], Awaitable[None]]) -> None:
        while True:
            # Of what was not acknowledged nothing is promised: a server behind us may be down.
            with suppress(Unavailable, Conflict, Gone, PreconditionFailed):
                await life()
            # Who lives for long slows down, or what it leaves would take minutes to look at.
            await asyncio.sleep(self._done / 200 if life != self._tidy else 0)

    async def _keep(self) -> None:
        """Something with an older sheet; then one under a name that others want too."""
        kept, older = self._kept, await self._some(sheets)
        turn = self._round + next(self._turns)
        if older is not None and turn % 4 == 0:
            await kept(sheets, "delete", older)
            await kept(sheets, "undelete", older)
        elif older is not None and turn % 4 == 1:
            await kept(sheets, "update", older, self._text())
        elif older is not None:
            # Of old revisions, which may have been packed, and which gc may be looking at.
            verb = ("restore", "switch")[turn % 2]
            await kept(sheets, verb, older, random.randint(1, older.head))
        number = self._taken
        try:
            made = await kept(sheets, "create", self._paper(f"{self._round}-{number}"))
        finally:
            self._taken = max(self._taken, number + 1)
        await kept(sheets, "update", made, self._text())
        await kept(sheets, "upload", made, self._scan())
        if turn % 3 == 0:
            await kept(sheets, "delete", made)

    async def _draft(self) -> None:
        """A proof, or one that others work on too, through drafts to what readers see."""
        kept, turn = self._kept, self._round + next(self._turns)
        made = await self._some(proofs) or await kept(proofs, "create", self._paper(self._token()))
        if turn % 2:
            with suppress(Conflict):  # nothing to publish or discard: it is, or somebody else did
                await kept(proofs, ("publish", "discard")[turn // 2 % 2], made)
        await kept(proofs, "update", made, self._text())
        await kept(proofs, "modify", made, self._text())
        await kept(proofs, "upload", made, self._scan())
        await kept(proofs, "publish", made)
        if turn % 5 == 0:
            await kept(proofs, "delete", made)

    async def _race(self) -> None:
        """Make the sheet of this round, or find it; put marks on it, each on the etag that was read."""
        name = f"shared-{self._round}"
        table = sheets.resource.tables.meta
        query = sa.select(table.c.id, table.c.head).where(table.c.name == name)
        found = await self._storage.meta.execute(query)
        made = found[0] if found else await self._kept(sheets, "create", self._paper(name))
        for _ in range(12):
            seen = await sheets.get(self._storage, made.id)
            with suppress(PreconditionFailed):
                await self._kept(sheets, "mark", made, seen.etag)
        await asyncio.sleep(0.1)  # a history of thousands would only be slow to look at

    async def _tidy(self) -> None:
        """Maintenance, while all the others write."""
        packed = await compact(self._storage)
        async with self._door.alone():
            # Objects older than this second belong to writes that are done, or died.
            going = asyncio.create_task(collect(self._storage, age=timedelta(seconds=1)))
            await asyncio.sleep(0)
        gone = await going
        say("tidied", packed.revisions, gone.revisions, gone.bodies + gone.blobs)
        await asyncio.sleep(0.02)

    async def _kept(self, manager: Manager, verb: str, of: Any, what: Any = None) -> Stored[Paper]:
        """Do it; say so before, and when it is acknowledged."""
        token = self._token()
        storage, id_ = self._storage, getattr(of, "id", "")

        def change(paper: Paper) -> Paper:
            marks = [*paper.marks, token] if verb == "mark" else paper.marks
            text = paper.text if verb == "mark" else what
            return paper.model_copy(update={"token": token, "text": text, "marks": marks})

        say("tried", manager.name, id_, verb, token)
        async with self._door.inside():
            if verb == "create":
                of = of.model_copy(update={"token": token})
                after = await manager.create(storage, of, by="w")
            elif verb == "mark":
                after = await manager.update(storage, id_, change, by="w", expect=what)
            elif verb in ("update", "modify"):
                after = await getattr(manager, verb)(storage, id_, change, by="w")
            elif verb == "upload":
                incoming = Incoming(
                    chunks(*what), name=token
                )  # or equal content would be no change
                after = await manager.upload(storage, id_, "scan", incoming, by="w")
            elif what is not None:
                after = await getattr(manager, verb)(storage, id_, what, by="w")
            else:
                after = await getattr(manager, verb)(storage, id_, by="w")
        scan, name = after.value.scan, after.value.name
        held = scan.sha256 if verb == "upload" and scan is not None else ""
        self._done += 1
        known = (after.etag, after.number, after.digest, held, name)
        say("kept", manager.name, after.id, verb, token, *known)
        if verb != "mark":
            await asyncio.sleep(0.02)
        return after

    async def _some(self, manager: Manager) -> Any:
        """Something that is there, most often of an earlier round: its `id` and its `head`."""
        table = manager.resource.tables.meta
        query = sa.select(table.c.id, table.c.head).where(table.c.deleted_at.is_(None))
        mine = query.where(~table.c.name.like("shared-%")).order_by(table.c.created_at.desc())
        found = await self._storage.meta.execute(mine.limit(12))
        return random.choice([*found, None])

    def _paper(self, name: str) -> Paper:
        return Paper(name=name, text=self._text())

    def _text(self) -> str:
        return random.choice(("short", "short", LONG))

    def _scan(self) -> tuple[int, int]:
        # Some are equal, and so kept once whoever uploads them.
        size = random.choice(SIZES)
        return size, random.randrange(20) if size < 5000 else random.randrange(2**32)

    def _token(self) -> str:
        return f"{self._round}-{next(self._tokens)}"


async def chunks(size: int, seed: int) -> AsyncIterator[bytes]:
    piece = seed.to_bytes(8, "big") * 8192
    for start in range(0, size, len(piece)):
        yield piece[: size - start]
        await asyncio.sleep(0)


def say(*what: object) -> None:
    # One write of less than a page: whoever is killed has said all of a line or nothing of it.
    os.write(1, json.dumps(what).encode() + b"\n")


async def hoard(options: dict[str, Any], round_: int) -> None:
    storage = await opened(options)
    say("ready", os.getpid())
    await Hoard(storage, round_).run()


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            random.seed(os.getpid())
            try:
                asyncio.run(hoard(**json.loads(line)))
            finally:
                traceback.print_exc()
                os._exit(1)
        _, status = os.waitpid(child, 0)
        say("ended", status)


if __name__ == "__main__":
    main()

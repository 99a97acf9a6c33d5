"""Processes that are killed under load, and what must hold of their storage afterwards."""

import asyncio
import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest
import sqlalchemy as sa
from tenure import Storage
from tenure.feed import START, changes_after
from tenure.ids import new_id
from tenure.maintenance import collect, verify

from tests import postgres
from tests.runtime import hoarder, shop
from tests.runtime.hoarder import KEEP, opened, proofs, sheets

__all__ = ["PROFILES", "Hoarder", "everything_was_done", "hoarding", "look", "options_of"]

ROOT = Path(__file__).parents[2]
Options = dict[str, Any]
CONTENT = ("create", "update", "modify", "restore")
"""What the feed calls the writes that bring content."""
TOLD = {"mark": "update", "upload": "update"}
"""What the feed calls the others of ours."""
NOTHING = ("restore", "switch")
"""What may find that there is nothing to change."""
PROFILES = ["disk inline", "disk files", "s3", "postgres inline", "postgres s3"]


class Kept(NamedTuple):
    """An acknowledged write: the etag after it, and the revision it showed with its digest."""

    resource: str
    id: str
    verb: str
    token: str
    etag: int
    number: int
    digest: str
    blob: str
    name: str


class Said:
    """All that the processes said: what they tried, and what was acknowledged."""

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self.tried: set[str] = set()
        self.packed = self.forgotten = self.tidied = 0

    def add(self, line: list[Any]) -> None:
        if line[0] == "kept":
            self.kept.append(Kept(*line[1:]))
        elif line[0] == "tried":
            self.tried.add(line[4])
        elif line[0] == "tidied":
            self.tidied += 1
            self.packed += line[1]
            self.forgotten += line[3]


def options_of(request: pytest.FixtureRequest, folder: Path, profile: str) -> Options:
    """How the papers are opened, by us and by the process that will be killed."""
    profile, _, bodies = profile.partition(" ")
    options: Options = {"profile": profile, "data": str(folder), "revisions": bodies or None}
    if "s3" in (profile, bodies):
        place = f"{request.getfixturevalue('bucket')}/{new_id('t')}"
        options |= {"revisions_url": f"{place}/r", "blobs_url": f"{place}/b", "revisions": "s3"}
    if profile == "postgres":
        options["database_url"] = postgres.server().create()
    return options


class Hoarder:
    """The process whose children are killed, and what they say."""

    def __init__(self, process: "subprocess.Popen[str]", said: Said) -> None:
        self.said = said
        self.pid = 0
        self._process = process
        self._lines: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def begin(self, options: Options, round_: int) -> int:
        """Let it write; the id of the process that does."""
        assert self._process.stdin is not None
        print(
            json.dumps({"options": options, "round_": round_}),
            file=self._process.stdin,
            flush=True,
        )
        self.pid = int(self._until("ready")[1])
        return self.pid

    def acknowledged(self, count: int) -> None:
        """Wait until so many more writes are acknowledged."""
        for _ in range(count):
            self._until("kept")

    def tidied(self) -> None:
        """Wait until compact and gc have been through once."""
        self._until("tidied")

    def end(self, pid: int) -> None:
        """Kill it, and hear what it said until then."""
        os.kill(pid, signal.SIGKILL)
        assert self._until("ended")[1] == signal.SIGKILL
        self.pid = 0

    def _until(self, word: str) -> list[Any]:
        while True:
            line = self._lines.get(timeout=60)
            assert line[0] != "ended" or word == "ended", "it ended by itself"
            self.said.add(line)
            if line[0] == word:
                return line

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))


@contextmanager
def hoarding() -> Iterator[Hoarder]:
    """The parent of those who are going to be killed."""
    command = [sys.executable, "-m", "tests.runtime.hoarder"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        hoarder = Hoarder(process, Said())
        try:
            yield hoarder
        finally:
            process.kill()
            with suppress(ProcessLookupError):  # what it died of is what the test shall tell
                if hoarder.pid:
                    os.kill(hoarder.pid, signal.SIGKILL)


def everything_was_done(said: Said, *, often: bool) -> None:
    """The load was one: each verb was acknowledged, and gc and compact found something to do."""
    verbs = {it.verb for it in said.kept}
    assert verbs >= {"create", "update", "upload", "mark", "modify", "publish", "delete"}
    assert said.tidied > 0
    assert said.packed > 0
    if often:
        assert verbs >= {"undelete", "restore", "switch", "discard"}
        assert said.forgotten > 0


async def look(options: Options, said: Said) -> None:
    """Everything that must hold after a kill."""
    if options["profile"] == "postgres":
        await left_alone(options["database_url"])
    storage = await opened(options)
    try:
        assert (await verify(storage)).problems == []
        for manager in (sheets, proofs):
            await check(storage, manager, said)
        await nothing_dangles(storage)
        await collect(storage, age=timedelta(0))
        assert await unnamed(storage) == set()
        assert fragments(Path(options["data"])) == []
    finally:
        await storage.close()


async def left_alone(url: str) -> None:
    """Until the server has noticed that the process is dead: it may yet commit what it was sent."""
    connection = await asyncpg.connect(url)
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'tenure'"
    )
    async with asyncio.timeout(30):
        while await connection.fetchval(others):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await connection.close()


async def check(storage: Storage, manager: hoarder.Manager, said: Said) -> None:
    """Every acknowledged write is there, none was accepted twice, and the feed tells all of them."""
    tables = manager.resource.tables
    rows = {row["id"]: row for row in await shop.rows(storage, tables.meta)}
    revisions: dict[str, dict[int, str]] = {id_: {} for id_ in rows}
    table = tables.revisions
    query = sa.select(table.c.id, table.c.number, table.c.content)
    for found in await storage.meta.execute(query):
        revisions[found.id][found.number] = found.content
    feed = await fed(storage, manager.name)
    kept = [it for it in said.kept if it.resource == manager.name]
    acknowledged: dict[str, dict[int, Kept]] = {id_: {} for id_ in rows}
    for it in kept:
        mine = acknowledged[it.id]
        if it.verb in NOTHING and (it.etag in mine or feed[it.id][it.etag - 1][0] != it.verb):
            continue  # it was what is there already
        assert it.etag not in mine, "two were told that the same version is theirs"
        mine[it.etag] = it
    gone = {id_ for id_, changes in feed.items() if "delete" in dict(changes)}
    created = Counter(it.name for it in kept if it.verb == "create" and it.id not in gone)
    assert set(created.values()) == {1}, "a name was given twice"
    for id_, row in rows.items():
        changes = feed.get(id_, [])
        # The feed has a line for each version, in order: what was acknowledged is where it was said.
        assert len(changes) == row["etag"]
        for etag, it in acknowledged[id_].items():
            kind, number = changes[etag - 1]
            assert kind == TOLD.get(it.verb, it.verb)
            assert number == it.number or it.verb in ("discard", "delete", "undelete")
        contents(manager, row, revisions[id_], changes, acknowledged[id_], said)
        marks = [it for _, it in sorted(acknowledged[id_].items()) if it.verb == "mark"]
        if marks:
            await marked(storage, row, [it.token for it in marks], said)
    await read(storage, manager, kept[-40:], revisions)


def contents(
    manager: hoarder.Manager,
    row: dict[str, Any],
    revisions: dict[int, str],
    changes: list[tuple[str, int]],
    acknowledged: dict[int, Kept],
    said: Said,
) -> None:
    """Each revision holds what was last acknowledged for it, or what was tried after that."""
    last = {number: etag for etag, (kind, number) in enumerate(changes, 1) if kind in CONTENT}
    for number, etag in last.items():
        revision, told = revisions.get(number), acknowledged.get(etag)
        if revision is None:
            assert manager is proofs
            assert number <= row["head"] - KEEP
            assert number not in (row["revision"], row["draft"])
        elif told is not None:
            assert revision == told.digest
    if row["token"]:
        assert row["token"] in said.tried
    if manager is sheets:
        assert sorted(revisions) == list(range(1, row["head"] + 1))
    ended = max(acknowledged, default=0)
    if ended == row["etag"]:  # nothing came after the last that was acknowledged
        assert (row["deleted_at"] is not None) == (acknowledged[ended].verb == "delete")


async def marked(storage: Storage, row: dict[str, Any], tokens: list[str], said: Said) -> None:
    """Every mark that was acknowledged is there, in the order of the etags, and none is there twice."""
    found = (await sheets.get(storage, row["id"])).value.marks
    assert [mark for mark in found if mark in set(tokens)] == tokens
    assert len(set(found)) == len(found) == row["etag"] - 1
    assert set(found) <= said.tried


async def read(
    storage: Storage,
    manager: hoarder.Manager,
    kept: list[Kept],
    revisions: dict[str, dict[int, str]],
) -> None:
    """What readers of a revision get, blobs included."""
    for it in kept:
        if revisions[it.id].get(it.number) != it.digest:
            continue  # forgotten, or modified since: `contents` has judged that
        stored = await manager.revision(storage, it.id, it.number)
        assert stored.digest == it.digest
        if it.verb in ("create", "update", "modify", "mark"):
            assert stored.value.token == it.token
        if it.blob:
            outgoing = await manager.download(storage, stored, "scan")
            whole = hashlib.sha256()
            async for piece in storage.blobs.stream(outgoing.key, 0, outgoing.blob.size):
                whole.update(piece)
            assert whole.hexdigest() == it.blob == outgoing.blob.sha256


async def nothing_dangles(storage: Storage) -> None:
    """No row names what is not there, beyond what `verify` looks at."""
    blobs = sheets.resource.tables.blobs
    for manager in (sheets, proofs):
        tables = manager.resource.tables
        named = sa.exists().where(
            tables.revisions.c.id == blobs.c.id, tables.revisions.c.number == blobs.c.number
        )
        lost = await shop.rows(storage, blobs, blobs.c.resource == manager.name, ~named)
        assert lost == []
        there = sa.exists().where(tables.meta.c.id == tables.revisions.c.id)
        assert await shop.rows(storage, tables.revisions, ~there) == []


async def unnamed(storage: Storage) -> set[str]:
    """Bodies and blobs that no row names."""
    there = {it.key async for batch in storage.revisions.all() for it in batch}
    there |= {it.key async for batch in storage.blobs.all() for it in batch}
    tables = [manager.resource.tables.revisions for manager in (sheets, proofs)]
    for table in (*tables, sheets.resource.tables.blobs):
        there -= {key for (key,) in await storage.meta.execute(sa.select(table.c.key))}
    return there


def fragments(folder: Path) -> list[Path]:
    """What was being written when the process died."""
    return list(folder.rglob("*#*"))


async def fed(storage: Storage, resource: str) -> dict[str, list[tuple[str, int]]]:
    """What a reader of the feed is told of each: kind and number, in order."""
    changes, place = hoarder.metadata.tables["tenure_changes"], START
    told: dict[str, list[tuple[str, int]]] = {}
    while page := await changes_after(storage.meta, changes, place, 500):
        place = page[-1][0]
        for _, change in page:
            if change.resource == resource:
                told.setdefault(change.id, []).append((change.kind, change.number))
    return told

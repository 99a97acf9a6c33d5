"""A process that is killed while it writes bodies and blobs: what it acknowledged is there, the rest goes."""

import asyncio
import json
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tenure import Storage
from tenure.ids import new_id
from tenure.maintenance import collect, verify

from tests import postgres
from tests.runtime import gallery, shop
from tests.runtime.hoarder import opened

ROOT = Path(__file__).parents[2]
Options = dict[str, Any]
Acknowledged = dict[tuple[str, int], str]


@pytest.fixture(params=["disk files", "s3", "postgres s3"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> Options:
    """How the gallery is opened, by us and by the process that will be killed."""
    profile, _, bodies = request.param.partition(" ")
    options: Options = {"profile": profile, "data": str(tmp_path), "revisions": bodies or None}
    if "s3" in (profile, bodies):
        place = f"{request.getfixturevalue('bucket')}/{new_id('t')}"
        options |= {"revisions_url": f"{place}/r", "blobs_url": f"{place}/b", "revisions": "s3"}
    if profile == "postgres":
        options["database_url"] = postgres.server().create()
    return options


def killed_while_it_writes(options: Options, after: float) -> Acknowledged:
    """What a process acknowledged before it was killed, `after` so many seconds."""
    command = [sys.executable, "-m", "tests.runtime.hoarder", json.dumps(options)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        time.sleep(after)
        assert process.poll() is None
        process.kill()
        lines = [line.split() for line in process.stdout.read().splitlines()]
    # The last line may have been cut in two.
    whole = [line for line in lines if len(line) == 4 and len(line[3]) == 64]
    return {(line[1], int(line[2])): line[3] for line in whole}


async def check(storage: Storage, folder: Path, kept: Acknowledged) -> None:
    """Nothing acknowledged is lost, nothing dangles, the feed is complete, and gc leaves no orphan."""
    assert (await verify(storage)).problems == []
    revisions = await shop.rows(storage, gallery.picture_revisions)
    there = {(row["id"], row["number"]): row["content"] for row in revisions}
    assert {place: there.get(place) for place in kept} == kept
    feed = await shop.rows(storage, gallery.metadata.tables["tenure_changes"])
    assert sorted((row["id"], row["number"]) for row in feed) == sorted(there)
    await collect(storage, age=timedelta(0))
    found = await verify(storage)
    assert (found.problems, found.orphans) == ([], 0)
    assert fragments(folder) == []


def fragments(folder: Path) -> list[Path]:
    """What was being written when the process died."""
    return list(folder.rglob("*#*"))


@pytest.mark.parametrize("kills", [10, pytest.param(50, marks=pytest.mark.heavy)])
def test_a_killed_process_loses_nothing_it_acknowledged_and_leaves_nothing_half_done(
    options: Options, kills: int
) -> None:
    async def look() -> None:
        storage = await opened(options)
        await check(storage, Path(options["data"]), kept)
        await storage.close()

    chance = random.Random(kills)
    kept: Acknowledged = {}
    for _ in range(kills):
        kept |= killed_while_it_writes(options, 0.05 + chance.random() * 0.4)
        asyncio.run(look())
    assert len(kept) > 5 * kills

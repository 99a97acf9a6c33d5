"""Power cuts, full disks, lost answers: what was acknowledged is there, what was refused is whole or nothing.

`tests.runtime.faults` is the machine, `tests.runtime.schedules` what is played on it.
"""

import multiprocessing
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tenure import Storage, revisions
from tenure.commits import _Job
from tenure.content import Content
from tenure.disk import Disk, make_folder
from tenure.folders import Folder, _Draft
from tenure.meta import Write
from tenure.objects import Kept
from tenure.revisions import RevisionStore

from tests.runtime.schedules import REAL, Broken, ModelCommits, ModelMeta, Parts, Player

DOSE = 3_000
HEAVY = 50_000
FOUND_WITHIN = 1_000  # schedules


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Player]:
    player = Player(tmp_path)
    yield player
    player.close()


def broken(player: Player, parts: Parts, numbers: range) -> Broken | None:
    """The first promise that storage made of `parts` does not keep."""
    for number in numbers:
        try:
            player.play(number, parts)
        except Broken as found:
            return found
    return None


def test_nothing_acknowledged_is_lost_whatever_fails(player: Player) -> None:
    acknowledged = sum(player.play(number) for number in range(DOSE))
    assert acknowledged > 3 * DOSE


def played(numbers: range) -> tuple[int, list[str]]:
    """In a process of its own: how many writes were acknowledged, and every schedule that shows a fault."""
    acknowledged, found = 0, []
    with tempfile.TemporaryDirectory() as folder:
        player = Player(Path(folder))
        for number in numbers:
            try:
                acknowledged += player.play(number)
            except Broken as error:
                found.append(str(error))
        player.close()
    return acknowledged, found


@pytest.mark.heavy
def test_nothing_acknowledged_is_lost_in_fifty_thousand_schedules() -> None:
    parts = [range(start, start + 1000) for start in range(DOSE, DOSE + HEAVY, 1000)]
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        outcomes = pool.map(played, parts, chunksize=1)
    assert [fault for _, found in outcomes for fault in found] == []
    acknowledged = sum(count for count, _ in outcomes)
    print(f"{HEAVY:,} schedules, {acknowledged:,} writes acknowledged, none lost")
    assert acknowledged > 3 * HEAVY


def test_a_schedule_is_the_same_whenever_it_is_played(player: Player) -> None:
    for number in range(40):
        first: list[str] = []
        again: list[str] = []
        player.play(number, told=first)
        player.play(number, told=again)
        assert first == again
        assert len(first) > 5


# Bugs, each where somebody could make it.


class NoSync(Folder):
    """Files get their names before their bytes are on the disk."""

    def _begun(self, path: Path) -> _Draft:
        draft = super()._begun(path)
        draft._file.sync = lambda: None  # type: ignore[union-attr,method-assign]
        return draft


class NoFolderSync(Folder):
    """Names of files and folders are not synced."""

    def __init__(self, root: Path, disk: Disk) -> None:
        disk.sync_folder = lambda path: None  # type: ignore[method-assign]
        super().__init__(root, disk)


class InPlace(Folder):
    """A file has its name from the beginning."""

    def _create(self, path: Path, body: bytes) -> None:
        make_folder(self._disk, path.parent, self._lasting)
        file = self._disk.create(path)
        file.write(body)
        file.sync()
        file.close()
        self._disk.sync_folder(path.parent)


class MetaFirst(Storage):
    """Bodies are kept after the rows that name them."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.later: list[tuple[str, bytes]] = []
        apply = self.meta.apply

        async def apply_first(writes: Sequence[Write]) -> None:
            await apply(writes)
            while self.later:
                await self.revisions._objects.create(*self.later.pop())

        self.meta.apply = apply_first  # type: ignore[method-assign]

    async def place(self, resource: str, content: Content) -> Content:
        if content.key is not None:
            return content
        name = revisions.new_id("r")  # type: ignore[attr-defined]
        self.later.append((f"{resource}/{name[-2:]}/{name}", content.body))
        return replace(content, key=self.later[-1][0])


class Early(ModelCommits):
    """Writers are told when their statements are done, before the commit."""

    def _finish(self, jobs: list[_Job], begun: bool) -> None:
        if begun:
            self._wake(jobs, False)
        super()._finish(jobs, begun)


class EarlyMeta(ModelMeta):
    commits = Early


class OneKey(RevisionStore):
    """Bodies that look alike are kept once."""

    async def put(self, resource: str, body: bytes) -> str:
        key = f"{resource}/{len(body)}"
        with suppress(FileExistsError):
            await self._objects.create(key, body)
        return key


class Ageless(Folder):
    """Everything looks old enough to be let go of."""

    async def all(self) -> AsyncIterator[list[Kept]]:
        async for batch in super().all():
            yield [replace(kept, at=datetime.fromtimestamp(0, UTC)) for kept in batch]


class Lingering(Folder):
    """Names that were taken away are not synced."""

    def _delete(self, paths: list[Path]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):
                self._disk.unlink(path)


LOST = "acknowledged and is lost|is not there|FileNotFoundError"
NOT_WHOLE = "is not what was kept under it|is not its own|its digest"


@pytest.mark.parametrize(
    ("bug", "shown"),
    [
        pytest.param(Parts(folder=NoSync), NOT_WHOLE, id="no fsync"),
        pytest.param(Parts(folder=NoFolderSync), LOST, id="no fsync of folders"),
        pytest.param(Parts(folder=InPlace), NOT_WHOLE, id="written in place"),
        pytest.param(Parts(storage=MetaFirst), LOST, id="meta before body"),
        pytest.param(Parts(meta=EarlyMeta), f"{LOST}|two writes", id="acknowledged early"),
        pytest.param(Parts(bodies=OneKey), f"{NOT_WHOLE}|{LOST}", id="a key used again"),
        pytest.param(Parts(folder=Ageless), LOST, id="gc takes what is young"),
        pytest.param(
            Parts(folder=Lingering), "was erased and is there", id="erased names come back"
        ),
    ],
)
def test_a_bug_put_in_on_purpose_is_found(player: Player, bug: Parts, shown: str) -> None:
    found = broken(player, bug, range(FOUND_WITHIN))
    assert found is not None
    assert re.search(shown, str(found)), found
    number = int(str(found).split()[1].rstrip(":"))
    assert broken(player, REAL, range(number + 1)) is None

"""What is synced and when, on a real disk: bytes, names, folders, the log of a relaxed database."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tenure import Storage, open_storage
from tenure.auth import key_file
from tenure.errors import Unavailable
from tenure.folders import Folder
from tenure.maintenance import collect, erase, main
from tenure.sqlite import DiskMeta

from tests.runtime import shop
from tests.runtime.shop import bread, changed, drafted, in_shop, plain

LONG = "long " * 5000


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What has been synced so far, in order."""
    seen: list[Path] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        seen.append(Path(f"/proc/self/fd/{handle}").readlink())
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def in_folder(path: Path, story: Callable[[Folder], Any]) -> None:
    async def run() -> None:
        await story(Folder(path))

    asyncio.run(run())


def test_a_file_is_synced_before_it_has_its_name_and_its_name_before_anybody_hears(
    tmp_path: Path, synced: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def link(source: Path, name: Path) -> None:
        assert synced[-1] == source
        real(source, name)

    async def story(folder: Folder) -> None:
        monkeypatch.setattr(os, "link", link)
        for key, put in (("a/one", folder.create("a/one", b"1")), ("a/two", streamed(folder))):
            await put
            assert (tmp_path / "kept" / key).exists()
            assert synced[-1] == tmp_path / "kept" / "a"

    async def streamed(folder: Folder) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield b"x" * 500_000

        await folder.write("a/two", chunks())

    in_folder(tmp_path / "kept", story)


def test_new_folders_are_synced_into_those_above_them(tmp_path: Path, synced: list[Path]) -> None:
    place = tmp_path / "new" / "project" / "data"

    async def run() -> None:
        storage = await open_storage(data=place, resources=[plain])
        await storage.close()

    asyncio.run(run())
    above = [tmp_path, tmp_path / "new", tmp_path / "new" / "project", place]
    assert [path for path in dict.fromkeys(synced) if path in above] == above
    # Whoever made a folder may have been killed before its name was synced.
    synced.clear()
    Folder(place / "revisions")
    assert synced == [place]


def test_names_that_were_taken_away_stay_away(tmp_path: Path, synced: list[Path]) -> None:
    async def story(folder: Folder) -> None:
        await folder.create("a/one", b"1")
        await folder.create("b/two", b"2")
        synced.clear()
        await folder.delete(["a/one", "b/two", "b/three"])
        assert synced == [tmp_path / "kept" / "a", tmp_path / "kept" / "b"]

    in_folder(tmp_path / "kept", story)


def test_a_folder_that_somebody_tidied_away_is_made_again(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        await folder.create("a/one", b"1")
        await folder.delete(["a/one"])
        (tmp_path / "kept" / "a").rmdir()
        await folder.create("a/one", b"2")
        assert await folder.read("a/one") == b"2"

    in_folder(tmp_path / "kept", story)


def test_a_write_that_is_called_off_leaves_nothing(tmp_path: Path) -> None:
    async def story(folder: Folder) -> None:
        begun = asyncio.Event()

        async def chunks() -> AsyncIterator[bytes]:
            yield b"x" * 3_000_000
            begun.set()
            await asyncio.sleep(60)
            yield b"never"

        upload = asyncio.create_task(folder.write("a/b", chunks()))
        await begun.wait()
        assert len(list((tmp_path / "kept" / "a").iterdir())) == 1
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        assert list((tmp_path / "kept" / "a").iterdir()) == []

    in_folder(tmp_path / "kept", story)


def test_the_key_and_a_dump_are_synced_with_their_names(tmp_path: Path, synced: list[Path]) -> None:
    key_file(tmp_path / "secret.key")
    assert synced[-1] == tmp_path

    async def opened() -> Storage:
        return await shop.opened("disk", tmp_path / "data")

    synced.clear()
    assert main(opened, ["dump", str(tmp_path / "dump.jsonl")]) == 0
    assert synced[-2:] == [tmp_path / "dump.jsonl", tmp_path]


@pytest.mark.parametrize("relaxed", [False, True])
def test_what_gc_relies_on_is_synced_before_anything_is_removed(
    relaxed: bool, tmp_path: Path, synced: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else a power cut brings the row back that named the body, and the body is gone.
    removed: list[bool] = []
    real = os.unlink

    def unlink(path: Path) -> None:
        removed.append(tmp_path / "meta.sqlite-wal" in synced)
        real(path)

    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(1, title=LONG), by="ada")
        await drafted.modify(storage, made.id, changed(title=f"{LONG}er"), by="ada")
        monkeypatch.setattr(os, "unlink", unlink)
        assert (await collect(storage, age=timedelta(0))).bodies == 1
        assert removed == [relaxed]  # without `relaxed`, SQLite has synced each commit itself
        synced.clear()
        await erase(storage, "product", made.id)
        assert removed == [relaxed, relaxed]

    in_shop("disk", tmp_path, story, product=drafted, relaxed=relaxed)


def test_transactions_of_maintenance_are_fully_synchronous_even_when_relaxed(
    tmp_path: Path,
) -> None:
    async def story(storage: Storage) -> None:
        ask = sa.text("PRAGMA synchronous")
        assert await storage.meta.run(lambda db: db.execute(ask).scalar()) == 2

    in_shop("disk", tmp_path, story, relaxed=True)


def test_a_full_disk_is_unavailable_to_maintenance_and_a_wrong_statement_stays_a_bug(
    tmp_path: Path,
) -> None:
    def fill(db: sa.Connection) -> None:
        db.exec_driver_sql("PRAGMA max_page_count = 1")
        db.exec_driver_sql("CREATE TABLE large AS SELECT zeroblob(1000000) AS body")

    async def story(storage: Storage) -> None:
        with pytest.raises(Unavailable):
            await storage.meta.run(fill)
        with pytest.raises(sa.exc.OperationalError, match="no such table"):
            await storage.meta.run(lambda db: db.exec_driver_sql("SELECT * FROM nowhere"))
        with pytest.raises(sa.exc.OperationalError, match="no such table"):
            await storage.meta.execute(sa.text("SELECT * FROM nowhere"))
        await plain.create(storage, bread(), by="ada")

    in_shop("disk", tmp_path, story)


class Stubborn:
    """The writer's connection; the statements that begin with one of `refused` fail."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.refused: tuple[str, ...] = ()

    def execute(self, sql: str, *params: Any) -> Any:
        if self.refused and sql.startswith(self.refused):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return self._db.execute(sql, *params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def test_what_could_not_be_rolled_back_is_never_committed_and_blocks_nobody(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        assert isinstance(storage.meta, DiskMeta)
        commits: Any = storage.meta._commits
        commits._db = stubborn = Stubborn(commits._db)
        # The row is written, its revision is not, and there is no way back either.
        stubborn.refused = ("INSERT INTO product_revisions", "ROLLBACK")
        with pytest.raises(Unavailable):
            await plain.create(storage, bread(1), by="ada")
        assert await shop.rows(storage, shop.products) == []
        with pytest.raises(Unavailable):
            await plain.create(storage, bread(2), by="ada")
        stubborn.refused = ()
        made = await plain.create(storage, bread(3), by="ada")
        assert [row["id"] for row in await shop.rows(storage, shop.products)] == [made.id]

    in_shop("disk", tmp_path, story)

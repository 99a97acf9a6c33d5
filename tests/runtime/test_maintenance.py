"""Looking after stored data: damage is found, what is kept stays, what is not goes."""

import asyncio
import errno
import json
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import obstore
import pytest
import sqlalchemy as sa
from tenure import Conflict, Gone, NotFound, ResourceManager, Storage, open_storage
from tenure.blobs import BlobStore, Received
from tenure.buckets import Bucket
from tenure.disk import Disk
from tenure.errors import Unavailable
from tenure.folders import Folder
from tenure.maintenance import Unloadable, collect, dump, erase, load, main, verify
from tenure.maintenance.progress import Progress
from tenure.objects import Objects
from tenure.revisions import RevisionStore
from tenure.uploading import Incoming

from tests.runtime import gallery, shop
from tests.runtime.gallery import Picture
from tests.runtime.places import PROFILES, Profile, place
from tests.runtime.shop import Card, Order, bread, changed, drafted, order_manager

Options = dict[str, Any]
Story = Callable[[Storage], Awaitable[None]]
NOW = timedelta(0)
LONG = "long " * 5000


@pytest.fixture(params=PROFILES)
def options(request: pytest.FixtureRequest, tmp_path: Path) -> Options:
    """How storage is opened, for every profile."""
    return place(request.param, tmp_path, shop.metadata)


@pytest.fixture
def disk(tmp_path: Path) -> Options:
    return {"profile": "disk", "data": tmp_path}


def in_storage(
    options: Options, story: Story, *managers: ResourceManager[Any], tables: sa.MetaData
) -> None:
    """Run `story` in a storage of these resources."""

    async def run() -> None:
        storage = await open_storage(resources=managers, **options)
        await storage.create_tables(tables)
        try:
            await story(storage)
        finally:
            await storage.close()

    asyncio.run(run())


def in_shop(options: Options, story: Story) -> None:
    managers = (drafted, order_manager, shop.leaflet_manager)
    in_storage(options, story, *managers, tables=shop.metadata)


def in_gallery(options: Options, story: Story, kept: ResourceManager[Picture]) -> None:
    in_storage(options, story, kept, tables=gallery.metadata)


def said(*words: bytes) -> Incoming:
    async def chunks() -> Any:
        for word in words:
            yield word

    return Incoming(chunks())


async def busy(storage: Storage) -> tuple[str, str]:
    """A shop in which everything has happened once; the ids of a product and an order."""
    made = await drafted.create(storage, bread(1, tags=["a", "b"], price="1.10"), by="ada")
    await drafted.publish(storage, made.id, by="ada")
    await drafted.update(storage, made.id, changed(title=LONG, tags=["c"]), by="bob")
    await drafted.modify(storage, made.id, changed(kind="cake"), by="bob")
    await drafted.publish(storage, made.id, by="ada")
    await drafted.update(storage, made.id, changed(title="Left open"), by="bob")
    gone = await drafted.create(storage, bread(2), by="ada")
    await drafted.delete(storage, gone.id, by="ada")
    await drafted.undelete(storage, gone.id, by="ada")
    await drafted.delete(storage, gone.id, by="ada")
    paid = Card(last4="1234", token="hush")
    order = Order(number="1", payment=paid, product=made.id, wishes=[made.id])
    ordered = await order_manager.create(storage, order, by="ada")
    await order_manager.update(storage, ordered.id, changed(note=LONG), by="ada")
    await order_manager.restore(storage, ordered.id, 1, by="ada")
    return made.id, ordered.id


def test_what_nobody_touched_is_as_it_was_written(options: Options) -> None:
    inside = options["profile"] == "postgres" and "revisions" not in options

    async def story(storage: Storage) -> None:
        await busy(storage)
        found = await verify(storage)
        assert found.problems == []
        left = 0 if inside else 1
        assert (found.resources, found.revisions, found.orphans) == (3, 10, left)
        # The body of the draft that was modified in place is named by nothing any more.
        done = await collect(storage, age=NOW)
        assert done.bodies == left
        assert (await verify(storage)).orphans == 0

    in_shop({**options, "inline": 1000}, story)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (
            lambda made: shop.product_revisions.update()
            .where(shop.product_revisions.c.number == 1)
            .values(by="mallory"),
            "is not what was written: the chain of digests is broken",
        ),
        (
            lambda made: shop.product_revisions.update()
            .where(shop.product_revisions.c.number == 1)
            .values(body=b'{"sku":"BRD-0001","title":"Forged"}'),
            "has a body that is not what its digest says",
        ),
        (
            lambda made: shop.product_revisions.update()
            .where(shop.product_revisions.c.id == made, shop.product_revisions.c.number == 2)
            .values(key="product/xx/nowhere", body=None),
            "has no body where it should be",
        ),
        (
            lambda made: shop.products.update()
            .where(shop.products.c.id == made)
            .values(revision=3),
            "is no stable revision, and `revision` points at it",
        ),
        (
            lambda made: shop.products.update().where(shop.products.c.id == made).values(head=9),
            "has another newest revision than its row says",
        ),
        (
            lambda made: shop.products.update()
            .where(shop.products.c.id == made)
            .values(title="Another"),
            "is found by another `title` than it has",
        ),
        (
            lambda made: shop.product_tags.delete().where(shop.product_tags.c.id == made),
            "is found by another `tags` than it has",
        ),
        (
            lambda made: shop.metadata.tables["tenure_links"].delete(),
            "is noted to refer to others than it does",
        ),
        (
            lambda made: shop.products.delete().where(shop.products.c.id == made),
            "belongs to nothing",
        ),
    ],
)
def test_damage_is_found(disk: Options, damage: Callable[[str], Any], told: str) -> None:
    async def story(storage: Storage) -> None:
        made, _ = await busy(storage)
        statement = damage(made)
        await storage.meta.run(lambda db: db.execute(statement))
        assert told in {problem.what for problem in (await verify(storage)).problems}

    in_shop(disk, story)


def test_a_blob_whose_bytes_are_gone_is_found(options: Options) -> None:
    kept = gallery.manager()

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, Picture(), by="ada")
        await kept.upload(storage, made.id, "original", said(b"words"), by="ada")
        assert (await verify(storage)).problems == []
        keys = [one.key async for batch in storage.blobs.all() for one in batch]
        await storage.blobs.delete(keys)
        (problem,) = (await verify(storage)).problems
        assert (problem.number, problem.what) == (2, "names a blob whose bytes are not there")

    in_gallery(options, story, kept)


async def forge(storage: Storage, key: str, body: bytes) -> None:
    """Put other bytes in the place of a blob's, as a disk or somebody else might."""
    objects = storage.blobs._objects
    if isinstance(objects, Folder):
        (objects._root / key).write_bytes(body)
    else:
        assert isinstance(objects, Bucket)
        await obstore.put_async(objects._store, key, body)


def test_a_flipped_byte_of_a_blob_is_found_and_each_blob_is_read_once(options: Options) -> None:
    kept, whole = gallery.manager(), b"x" * 5_000_000

    async def story(storage: Storage) -> None:
        for _ in range(2):
            made = await kept.create(storage, Picture(), by="ada")
            await kept.upload(storage, made.id, "original", said(whole), by="ada")
            await kept.update(storage, made.id, changed(title="the same blob"), by="ada")
        progress = Steps(quiet=True)
        assert (await verify(storage, progress)).problems == []
        assert progress.last["bytes of blobs read"] == len(whole)
        ((key,),) = [[one.key for one in batch] async for batch in storage.blobs.all()]
        await forge(storage, key, whole[:-1] + b"y")
        problems = (await verify(storage)).problems
        assert [problem.number for problem in problems] == [2, 3, 2, 3]
        what = {problem.what for problem in problems}
        assert what == {"names a blob whose bytes are not what its digest says"}
        assert (await verify(storage, read_blobs=False)).problems == []

    in_gallery(options, story, kept)


class Steps(Progress):
    """How far a command has come with each thing it does."""

    last: dict[str, int]

    def step(self, what: str, done: int) -> None:
        self.last = {**getattr(self, "last", {}), what: done}


def test_what_was_cut_off_is_let_go_of_once_it_is_old_enough(options: Options) -> None:
    kept = gallery.manager()

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, Picture(), by="ada")
        await kept.upload(storage, made.id, "original", said(b"kept"), by="ada")
        cut: Received = await storage.blobs.put(said(b"cut off").chunks)
        key = await storage.revisions.put("picture", b"{}")
        assert (await verify(storage)).orphans == 2
        assert (await collect(storage)).blobs == 0  # too young: its row may be about to come
        done = await collect(storage, age=NOW)
        assert (done.bodies, done.blobs, done.bytes) == (1, 1, 9)
        for gone in (storage.revisions.get(key), anext(storage.blobs.stream(cut.key, 0, 7))):
            with pytest.raises(FileNotFoundError):
                await gone
        assert (await verify(storage)).problems == []

    in_gallery(options, story, kept)


def test_blobs_go_with_the_last_revision_that_names_them(options: Options) -> None:
    kept = gallery.manager(keep=2)

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, Picture(), by="ada")
        for word in (b"one", b"two", b"one", b"three", b"four"):
            await kept.upload(storage, made.id, "original", said(word), by="ada")
        assert [line.number for line in (await kept.revisions(storage, made.id)).items] == [6, 5]
        done = await collect(storage, age=NOW)
        assert done.blobs == 2  # one and two
        assert (await verify(storage)).problems == []

    in_gallery(options, story, kept)


def test_revisions_past_their_time_go_and_what_is_in_use_stays(disk: Options) -> None:
    kept = gallery.manager(keep=3, keep_for=timedelta(days=90), drafts=True)
    plain = gallery.manager(keep_for=timedelta(days=90))

    async def age(storage: Storage, upto: int) -> None:
        table = gallery.picture_revisions
        old = table.update().where(table.c.number <= upto)
        long_ago = datetime.now(UTC) - timedelta(days=91)
        await storage.meta.run(lambda db: db.execute(old.values(at=long_ago)))

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, Picture(title="0"), by="ada")
        await kept.publish(storage, made.id, by="ada")
        for title in "1234567":
            await kept.update(storage, made.id, changed(title=title), by="ada")
        assert (await collect(storage)).revisions == 0
        await age(storage, 4)
        assert (await collect(storage)).revisions == 3
        left = [line.number for line in (await kept.revisions(storage, made.id)).items]
        assert left == [8, 7, 6, 5, 1]  # 1 is published, 5 is young
        assert (await kept.get(storage, made.id)).value.title == "0"

    in_gallery(disk, story, kept)

    async def aged(storage: Storage) -> None:
        made = await plain.create(storage, Picture(title="0"), by="ada")
        await plain.update(storage, made.id, changed(title="1"), by="ada")
        await age(storage, 2)
        assert (await collect(storage)).revisions == 1
        assert (await plain.get(storage, made.id)).value.title == "1"

    in_gallery({"profile": "memory"}, aged, plain)


def test_the_commands_say_what_they_found_in_words_and_in_json(
    disk: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(storage: Storage) -> None:
        await busy(storage)

    in_shop(disk, story)
    managers = (drafted, order_manager, shop.leaflet_manager)
    opened = partial(open_storage, resources=managers, **disk)

    assert main(opened, ["verify"]) == 0
    words = "3 resources, 10 revisions, 0 blobs: no problems; 1 orphans for gc\n"
    assert capsys.readouterr() == (words, "")
    assert main(opened, ["gc", "--older", "0s", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bodies"] == 1

    async def damage(storage: Storage) -> None:
        forged = shop.products.update().values(title="Forged")
        await storage.meta.run(lambda db: db.execute(forged))

    in_shop(disk, damage)
    assert main(opened, ["verify", "--json", "--skip-blobs"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert {problem["what"] for problem in problems} == {"is found by another `title` than it has"}
    with pytest.raises(SystemExit):
        main(opened, ["gc", "--older", "soon"])
    assert "30m, 2h or 1d" in capsys.readouterr().err


async def pictured(storage: Storage, kept: ResourceManager[Picture]) -> str:
    """A picture with a history of blobs, one of them of several lines of a dump."""
    made = await kept.create(storage, Picture(title="ünï ☂"), by="ada")
    for words in ([b"one"], [bytes(range(256)) * 4096, b"and more"], [b"one"], []):
        await kept.upload(storage, made.id, "original", said(*words), by="ada")
    return made.id


@pytest.mark.parametrize("into", PROFILES)
def test_a_dump_is_loaded_into_any_other_profile_byte_for_byte(
    disk: Options, tmp_path: Path, into: Profile
) -> None:
    told: list[str] = []

    async def make(storage: Storage) -> None:
        await busy(storage)
        done = await dump(storage, told.append)
        assert (done.resources, done.revisions, done.torn) == (3, 10, False)

    in_shop({**disk, "inline": 1000}, make)

    async def fill(storage: Storage) -> None:
        done = await load(storage, told)
        assert (done.resources, done.revisions) == (3, 10)
        found = await verify(storage)
        assert (found.problems, found.orphans) == ([], 0)
        again: list[str] = []
        await dump(storage, again.append)
        assert again == told
        # What was loaded is no museum: it goes on where it was.
        row, *_ = await shop.rows(storage, shop.orders)
        await order_manager.update(storage, row["id"], changed(note="goes on"), by="ada")
        changes = await shop.rows(storage, shop.metadata.tables["tenure_changes"])
        assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
        with pytest.raises(Unloadable, match="not empty"):
            await load(storage, told)

    in_shop(place(into, tmp_path / "other", shop.metadata), fill)


def test_blobs_go_along_with_a_dump(options: Options, tmp_path: Path) -> None:
    kept, told = gallery.manager(), list[str]()

    async def make(storage: Storage) -> None:
        await pictured(storage, kept)
        assert (await dump(storage, told.append)).blobs == 3

    in_gallery(options, make, kept)

    async def fill(storage: Storage) -> None:
        await load(storage, told)
        assert (await verify(storage)).problems == []
        again: list[str] = []
        await dump(storage, again.append)
        assert again == told

    in_gallery({"profile": "disk", "data": tmp_path / "other"}, fill, kept)


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        (lambda lines: [], "this is no dump"),
        (lambda lines: lines[:-1], "the dump ends before it is whole"),
        (lambda lines: lines[: len(lines) // 2], "the dump ends before it is whole"),
        (lambda lines: [*lines[:3], "{half", *lines[3:]], "line 4 is no line of a dump"),
        (lambda lines: [lines[0].replace("1", "2"), *lines[1:]], "of another version"),
        (
            lambda lines: [line.replace('"bytes":"b', '"bytes":"c') for line in lines],
            "is not what its digest says",
        ),
    ],
)
def test_a_dump_that_is_not_whole_is_refused(cut: Any, told: str) -> None:
    kept, lines = gallery.manager(), list[str]()

    async def make(storage: Storage) -> None:
        await pictured(storage, kept)
        await dump(storage, lines.append)

    async def fill(storage: Storage) -> None:
        with pytest.raises(Unloadable, match=told):
            await load(storage, cut(lines))

    in_gallery({"profile": "memory"}, make, kept)
    in_gallery({"profile": "memory"}, fill, kept)


def test_a_dump_that_does_not_fit_the_tables_is_refused_in_our_words(options: Options) -> None:
    lines: list[str] = []

    async def make(storage: Storage) -> None:
        for number in (1, 2):
            await drafted.create(storage, bread(number, sku=f"sku-{number}"), by="ada")
        await dump(storage, lines.append)

    async def fill(storage: Storage) -> None:
        with pytest.raises(Unloadable, match="only one product may") as caught:
            await load(storage, [line.replace("sku-2", "sku-1") for line in lines])
        assert "INSERT" not in str(caught.value)

    in_shop({"profile": "memory"}, make)
    in_shop(options, fill)


def test_what_is_erased_is_in_no_file_any_more(options: Options, tmp_path: Path) -> None:
    kept, secret = gallery.manager(), b"Rosebud " * 10

    async def story(storage: Storage) -> None:
        one = await kept.create(storage, Picture(title=secret.decode()), by="ada")
        other = await kept.create(storage, Picture(), by="ada")
        await kept.upload(storage, one.id, "original", said(secret), by="ada")
        await kept.upload(storage, one.id, "original", said(b"shared"), by="ada")
        await kept.upload(storage, other.id, "original", said(b"shared"), by="ada")
        erased = await erase(storage, "picture", one.id, by="ada")
        assert (erased.revisions, erased.blobs) == (3, 1)
        with pytest.raises(NotFound):
            await kept.get(storage, one.id)
        today = datetime.now(UTC).date().isoformat()
        with pytest.raises(Gone, match=f"this picture was erased on {today}; nothing is left"):
            await erase(storage, "picture", one.id)
        last = (await shop.rows(storage, gallery.metadata.tables["tenure_changes"]))[-1]
        assert (last["kind"], last["id"], last["current"]) == ("erase", one.id, None)
        found = await verify(storage)
        assert (found.problems, found.orphans, found.resources) == ([], 0, 1)

    in_gallery(options, story, kept)
    left = [path for path in tmp_path.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert left == []


class Away:
    """Objects of a storage that lets the first `allowed` keys go, then fails, until it is `back`."""

    def __init__(self, objects: Objects, allowed: int) -> None:
        self._objects = objects
        self.left = allowed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)

    async def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            if not self.left:
                raise Unavailable("the storage cannot be reached now")
            self.left -= 1
            await self._objects.delete([key])


@pytest.mark.parametrize("ending", ["erase", "gc"])
@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_an_erase_that_was_cut_off_is_finished(
    options: Options, allowed: int, ending: str, tmp_path: Path
) -> None:
    """Two bodies and two blobs, of which another picture names one: neither less nor more goes."""
    kept, secret = gallery.manager(), b"Rosebud " * 10

    async def story(storage: Storage) -> None:
        one = await kept.create(storage, Picture(title=secret.decode()), by="ada")
        other = await kept.create(storage, Picture(), by="ada")
        await kept.upload(storage, one.id, "photo", said(gallery.PNG, secret), by="ada")
        for picture in (one, other):
            await kept.upload(storage, picture.id, "original", said(b"shared"), by="ada")
        outside = storage.inline == -1
        away = [Away(store._objects, allowed) for store in (storage.revisions, storage.blobs)]
        there = RevisionStore(away[0]), BlobStore(away[1])
        if not outside and allowed:
            away[1].left = 0
        cut = replace(storage, revisions=there[0], blobs=there[1])
        left = 5 if outside else 2
        told = f"the rows of this picture are gone, but up to {left} of its bodies and blobs"
        with pytest.raises(Unavailable, match=f"{told} may be left: run erase again when"):
            await erase(cut, "picture", one.id, by="ada")
        away[0].left = away[1].left = 0
        with pytest.raises(Unavailable, match=told):
            await erase(cut, "picture", one.id, by="ada")
        # What looks at the rows meanwhile sees nothing but what is there.
        assert (await verify(storage)).problems == []
        await dump(storage, lambda line: None)
        if ending == "erase":
            done = await erase(storage, "picture", one.id)
            assert (done.revisions, done.bodies, done.blobs) == (0, 3 * outside, 1)
            with pytest.raises(Gone, match="was erased on"):
                await erase(storage, "picture", one.id)
        else:
            # However young it is: nothing can name it again.
            collected = await collect(storage)
            assert (collected.bodies, collected.blobs) == (3 * outside, 1)
        found = await verify(storage)
        assert (found.problems, found.orphans, found.resources, found.blobs) == ([], 0, 1, 1)
        table = gallery.metadata.tables["tenure_blobs"]
        assert all(row["number"] > 0 for row in await shop.rows(storage, table))
        changes = await shop.rows(storage, gallery.metadata.tables["tenure_changes"])
        assert [row["kind"] for row in changes].count("erase") == 1

    in_gallery(options, story, kept)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if secret in path.read_bytes()] == []


def test_an_erase_that_cannot_empty_the_log_says_so_and_is_run_again(
    disk: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure.sqlite._WAIT", 0.05)

    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(1, title="Rosebud"), by="ada")
        reader = sqlite3.connect(disk["data"] / "meta.sqlite", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM tenure_changes").fetchone()
        with pytest.raises(
            Unavailable, match="rows of this product are gone, but copies of it may"
        ):
            await erase(storage, "product", made.id)
        assert b"Rosebud" in (disk["data"] / "meta.sqlite-wal").read_bytes()
        reader.close()
        with pytest.raises(Gone, match="nothing is left"):
            await erase(storage, "product", made.id)
        for file in disk["data"].glob("meta.sqlite*"):
            assert b"Rosebud" not in file.read_bytes()

    in_shop(disk, story)


def test_the_command_says_what_an_erase_has_left_and_that_it_was_finished(
    disk: Options, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ids: list[str] = []

    async def story(storage: Storage) -> None:
        ids.append((await drafted.create(storage, bread(1), by="ada")).id)

    options = {**disk, "revisions": "files"}
    in_shop(options, story)
    managers = (drafted, order_manager, shop.leaflet_manager)
    opened = partial(open_storage, resources=managers, **options)
    command = ["erase", "product", *ids]
    with monkeypatch.context() as patch:

        def refused(_: object, path: Path) -> None:
            raise PermissionError(errno.EACCES, "refused", str(path))

        patch.setattr(Disk, "unlink", refused)
        assert main(opened, command) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == (
            "the rows of this product are gone, but up to 1 of its bodies and blobs may be left:"
            " run erase again when the storage answers\n"
        )
    assert main(opened, command) == 0
    ended = "finished an erase that was cut off: removed 1 bodies and 0 blobs that it had left\n"
    assert capsys.readouterr().out == ended
    assert main(opened, command) == 1
    assert "this product was erased on 20" in capsys.readouterr().err


def test_what_something_refers_to_is_not_erased(disk: Options) -> None:
    async def story(storage: Storage) -> None:
        product, order = await busy(storage)
        with pytest.raises(Conflict, match="still refers"):
            await erase(storage, "product", product)
        await erase(storage, "order", order)
        await erase(storage, "product", product)
        assert (await verify(storage)).problems == []

    in_shop(disk, story)


def test_a_dump_goes_through_files_and_standard_output(
    disk: Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(storage: Storage) -> None:
        await busy(storage)

    in_shop(disk, story)
    managers = (drafted, order_manager, shop.leaflet_manager)
    opened = partial(open_storage, resources=managers, **disk)
    file = tmp_path / "all.jsonl"
    assert main(opened, ["dump", str(file)]) == 0
    assert capsys.readouterr().out.startswith("dumped 3 resources, 10 revisions,")
    assert main(opened, ["dump", "-"]) == 0
    assert capsys.readouterr().out == file.read_text()
    assert main(opened, ["dump", str(file)]) == 1  # never over another dump
    assert main(opened, ["load", str(file)]) == 1
    assert "not empty" in capsys.readouterr().err

    async def empty(storage: Storage) -> None:
        pass

    other: Options = {"profile": "disk", "data": tmp_path / "other"}
    in_shop(other, empty)
    into = partial(open_storage, resources=managers, **other)
    assert main(into, ["load", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["resources"] == 3
    assert main(into, ["erase", "order", "ord_0"]) == 1
    assert "no order has the id" in capsys.readouterr().err


def test_an_upload_that_is_called_off_at_any_moment_leaves_nothing_dangling(disk: Options) -> None:
    kept, chance = gallery.manager(), random.Random(7)

    async def story(storage: Storage) -> None:
        made = await kept.create(storage, Picture(), by="ada")
        for number in range(150):
            words = said(b"words %d" % number)
            going = asyncio.create_task(kept.upload(storage, made.id, "original", words, by="ada"))
            await asyncio.sleep(chance.random() * 0.01)
            going.cancel()
            await asyncio.wait([going])
        await asyncio.sleep(0.1)
        assert (await verify(storage)).problems == []
        await collect(storage, age=NOW)
        found = await verify(storage)
        assert (found.problems, found.orphans) == ([], 0)
        assert found.revisions > 10

    in_gallery(disk, story, kept)


def test_a_revision_let_go_of_while_it_is_switched_to_is_not_pointed_at(options: Options) -> None:
    kept = gallery.manager(keep=1, keep_for=timedelta(days=1))

    async def story(storage: Storage) -> None:
        for _ in range(10):
            made = await kept.create(storage, Picture(title="0"), by="ada")
            for title in "123":
                await kept.update(storage, made.id, changed(title=title), by="ada")
            table = gallery.picture_revisions
            old = table.update().values(at=datetime.now(UTC) - timedelta(days=2))
            await storage.meta.run(partial(sa.Connection.execute, statement=old))
            verbs = (kept.switch, kept.restore)
            going = [verb(storage, made.id, n + 1, by="ada") for n, verb in enumerate(verbs)]
            results = await asyncio.gather(collect(storage), *going, return_exceptions=True)
            failed = [one for one in results if isinstance(one, Exception)]
            assert [one for one in failed if not isinstance(one, NotFound)] == []
            problems = (await verify(storage)).problems
            assert [p for p in problems if "chain" not in p.what] == []

    in_gallery(options, story, kept)

"""Old revisions made small read as before, wherever they are kept and whatever happens to them next."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tenure import Query, Storage
from tenure.maintenance import collect, compact, dump, load, verify

from tests.runtime import shop
from tests.runtime.shop import PROFILES, Profile, bread, changed, drafted, opened, plain

NOW = timedelta(0)
WORDS = " ".join(f"word {number} of a text that stays as it is" for number in range(20))


@pytest.fixture(params=PROFILES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., None]:
    """`run(story, product=...)` in a shop of each profile."""

    def run(story: Callable[[Storage], Awaitable[None]], **options: Any) -> None:
        async def told() -> None:
            profile: Profile = request.param
            storage = await opened(profile, tmp_path, **options)
            try:
                await story(storage)
            finally:
                await storage.close()

        asyncio.run(told())

    return run


async def long_history(
    storage: Storage, count: int = 35
) -> tuple[str, list[bytes], list[datetime]]:
    """A product with so many revisions; their documents, and when each was made."""
    made = await plain.create(storage, bread(title=WORDS), by="ada")
    for number in range(1, count):
        title = f"{WORDS} {number}"
        await plain.update(storage, made.id, changed(title=title), by="ada", reason="more")
    shown = [await plain.revision(storage, made.id, n + 1) for n in range(count)]
    return made.id, [one.document() for one in shown], [one.updated_at for one in shown]


def test_what_is_packed_reads_as_before_and_is_a_fraction(run: Callable[..., None]) -> None:
    async def story(storage: Storage) -> None:
        made, before, moments = await long_history(storage)
        done = await compact(storage)
        assert done.revisions == 34  # all but the published one
        assert done.after < done.before / 6
        print(f"{done.before / 34:.0f} B a revision became {done.after / 34:.0f} B")
        after = [(await plain.revision(storage, made, n + 1)).document() for n in range(35)]
        assert after == before
        then = await plain.get(storage, made, as_of=moments[6])
        assert then.value.title.endswith(" 6")
        page = await plain.search(storage, Query(as_of=moments[7], order_by="created_at"))
        assert page.items[0].value.title.endswith(" 7")
        assert [patch["path"] for patch in await plain.diff(storage, made, 3, 25)] == ["/title"]
        assert (await compact(storage)).revisions == 0
        await collect(storage, age=NOW)
        found = await verify(storage)
        assert (found.problems, found.orphans) == ([], 0)

    run(story)


def test_a_packed_revision_is_switched_to_and_restored_from(run: Callable[..., None]) -> None:
    async def story(storage: Storage) -> None:
        made, before, _ = await long_history(storage, 14)
        await compact(storage)
        switched = await plain.switch(storage, made, 5, by="ada")
        assert switched.value.title.endswith(" 4")
        assert (await plain.get(storage, made)).value.title.endswith(" 4")
        assert (await plain.search(storage, Query())).items[0].body == switched.body
        await plain.switch(storage, made, 1, by="ada")  # a keyframe
        assert (await plain.get(storage, made)).value.title == WORDS
        restored = await plain.restore(storage, made, 9, by="ada")
        assert restored.value.title.endswith(" 8")
        await compact(storage)
        await collect(storage, age=NOW)
        after = [(await plain.revision(storage, made, n + 1)).document() for n in range(14)]
        assert [one.split(b'"meta"')[0] for one in after] == [
            one.split(b'"meta"')[0] for one in before
        ]
        assert (await verify(storage)).problems == []

    run(story)


def test_drafts_are_packed_once_they_are_closed(run: Callable[..., None]) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(title=WORDS), by="ada")
        await drafted.publish(storage, made.id, by="ada")
        for number in range(4):
            await drafted.update(storage, made.id, changed(title=f"{WORDS}{number}"), by="ada")
        assert (await compact(storage)).revisions == 3  # neither the published nor the open one
        await drafted.modify(storage, made.id, changed(kind="cake"), by="ada")
        await drafted.publish(storage, made.id, by="ada")
        assert (await compact(storage)).revisions == 1
        assert (await drafted.get(storage, made.id)).value.kind == "cake"
        assert (await verify(storage)).problems == []

    run(story, product=drafted)


def test_a_keyframe_stays_as_long_as_others_are_read_through_it(run: Callable[..., None]) -> None:
    few = shop.product_manager(drafts=False, keep=3)

    async def story(storage: Storage) -> None:
        made, _, _ = await long_history(storage, 12)
        await compact(storage)
        # From now on three are kept, which the spec may say one day.
        await few.update(storage, made, changed(title="new"), by="ada")
        numbers = [line.number for line in (await few.revisions(storage, made)).items]
        assert numbers == [13, 12, 11, 1]
        assert (await verify(storage)).problems != []  # this manager is told to keep all
        assert [
            (await few.revision(storage, made, number)).value.title[-3:] for number in numbers[:3]
        ] == ["new", " 11", " 10"]

    run(story)


def test_a_dump_does_not_show_that_anything_was_packed(tmp_path: Path) -> None:
    async def run() -> None:
        storage = await opened("disk", tmp_path / "one")
        await long_history(storage, 14)
        before: list[str] = []
        await dump(storage, before.append)
        await compact(storage)
        after: list[str] = []
        await dump(storage, after.append)
        assert after == before
        await storage.close()
        other = await opened("disk", tmp_path / "other")
        await load(other, after)
        assert (await verify(other)).problems == []
        await other.close()

    asyncio.run(run())

"""What can be done with a resource that staff prepare as drafts and readers see when published."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from tenure import Conflict, Gone, NotFound, Storage
from tenure.content import verify_chain
from tenure.meta import Stale, Write

from tests.runtime import shop
from tests.runtime.shop import ProductQuery, Profile, bread, changed, drafted, in_shop

Story = Callable[[Storage], Awaitable[None]]
Run = Callable[[Story], None]


@pytest.fixture(params=shop.PROFILES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story on each profile."""
    profile: Profile = request.param
    return lambda story: in_shop(profile, tmp_path, story, product=drafted)


def test_a_new_resource_is_a_draft_that_readers_do_not_see(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(), by="ada")
        assert (made.number, made.status, made.draft) == (1, "draft", 1)
        with pytest.raises(NotFound):
            await drafted.get(storage, made.id)
        with pytest.raises(NotFound):
            await drafted.get(storage, made.id, as_of=made.created_at)
        assert (await drafted.search(storage, ProductQuery())).items == []
        seen = await drafted.get(storage, made.id, draft=True)
        assert seen.document() == made.document()
        assert json.loads(seen.document())["meta"]["status"] == "draft"
        published = await drafted.publish(storage, made.id, by="bob")
        assert (published.number, published.status, published.draft) == (1, "stable", None)
        assert (await drafted.get(storage, made.id)).document() == published.document()
        assert len((await drafted.search(storage, ProductQuery())).items) == 1

    run(story)


def test_readers_see_the_published_revision_while_a_draft_is_open(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(title="One"), by="ada")
        await drafted.publish(storage, made.id, by="ada")
        draft = await drafted.update(storage, made.id, changed(title="Two"), by="ada")
        assert (draft.number, draft.status, draft.draft, draft.etag) == (2, "draft", 2, 3)
        seen = await drafted.get(storage, made.id)
        assert (seen.number, seen.value.title, seen.draft) == (1, "One", 2)
        assert (await drafted.get(storage, made.id, draft=True)).value.title == "Two"
        more = await drafted.update(storage, made.id, changed(title="Three"), by="ada")
        assert more.number == 3
        row = (await shop.rows(storage, shop.products))[0]
        assert (row["title"], row["revision"], row["draft"], row["head"]) == ("One", 1, 3, 3)
        drafts = await drafted.search(storage, ProductQuery(draft=True))
        assert [item.value.title for item in drafts.items] == ["Three"]
        await drafted.publish(storage, made.id, by="ada")
        assert (await shop.rows(storage, shop.products))[0]["title"] == "Three"
        assert (await drafted.search(storage, ProductQuery(draft=True))).items == []

    run(story)


def test_modify_changes_the_open_draft_in_place(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(title="One"), by="ada")
        after = await drafted.modify(storage, made.id, changed(title="Two"), by="bob")
        assert (after.number, after.etag, after.value.title) == (1, 2, "Two")
        assert (await shop.rows(storage, shop.products))[0]["title"] == "Two"
        same = await drafted.modify(storage, made.id, changed(title="Two"), by="bob")
        assert same.etag == 2
        await drafted.publish(storage, made.id, by="ada")
        with pytest.raises(Conflict):
            await drafted.modify(storage, made.id, changed(title="Three"), by="ada")
        lines = (await drafted.revisions(storage, made.id)).items
        assert [(line.number, line.by, line.status) for line in lines] == [(1, "bob", "stable")]
        assert verify_chain(await shop.rows(storage, shop.product_revisions)) == []

    run(story)


def test_sql_itself_refuses_to_rewrite_a_stable_revision(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(), by="ada")
        published = await drafted.publish(storage, made.id, by="ada")
        tables = drafted.resource.tables
        change = {"resource": "product", "id": made.id, "kind": "modify", "number": 1, "current": 1}
        write = Write(
            tables,
            "product",
            made.id,
            published.etag,
            {"etag": 9},
            {**change, "at": made.created_at, "by": "eve", "request_id": None},
            redraft={"number": 1, "body": b"{}"},
        )
        with pytest.raises(Stale):
            await storage.meta.apply([write])
        assert (await drafted.get(storage, made.id)).document() == published.document()

    run(story)


def test_discard_lets_go_of_the_draft_and_keeps_it_in_the_history(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(title="One"), by="ada")
        with pytest.raises(Conflict, match="delete it instead"):
            await drafted.discard(storage, made.id, by="ada")
        await drafted.publish(storage, made.id, by="ada")
        with pytest.raises(Conflict):
            await drafted.discard(storage, made.id, by="ada")
        await drafted.update(storage, made.id, changed(title="Two"), by="ada")
        after = await drafted.discard(storage, made.id, by="ada")
        assert (after.number, after.status, after.draft, after.value.title) == (
            1,
            "stable",
            None,
            "One",
        )
        assert (await drafted.get(storage, made.id, draft=True)).document() == after.document()
        lines = (await drafted.revisions(storage, made.id)).items
        assert [(line.number, line.status) for line in lines] == [(2, "draft"), (1, "stable")]
        again = await drafted.update(storage, made.id, changed(title="Three"), by="ada")
        assert (again.number, (await drafted.revisions(storage, made.id)).items[0].parent) == (3, 1)
        assert verify_chain(await shop.rows(storage, shop.product_revisions)) == []

    run(story)


def test_restore_makes_a_draft_and_never_touches_what_is_published(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(title="One"), by="ada")
        await drafted.publish(storage, made.id, by="ada")
        await drafted.update(storage, made.id, changed(title="Two"), by="ada")
        await drafted.publish(storage, made.id, by="ada")
        draft = await drafted.restore(storage, made.id, 1, by="ada")
        assert (draft.number, draft.status, draft.value.title) == (3, "draft", "One")
        assert (await drafted.get(storage, made.id)).value.title == "Two"
        with pytest.raises(Conflict, match="publish or discard the draft first"):
            await drafted.restore(storage, made.id, 1, by="ada", publish=True)
        await drafted.discard(storage, made.id, by="ada")
        shown = await drafted.restore(storage, made.id, 1, by="ada", publish=True)
        assert (shown.number, shown.status) == (4, "stable")
        assert (await drafted.get(storage, made.id)).value.title == "One"

    run(story)


def test_switch_moves_between_published_revisions_only(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(title="One"), by="ada")
        with pytest.raises(Conflict):
            await drafted.switch(storage, made.id, 1, by="ada")
        await drafted.publish(storage, made.id, by="ada")
        await drafted.update(storage, made.id, changed(title="Two"), by="ada")
        with pytest.raises(Conflict):
            await drafted.switch(storage, made.id, 2, by="ada")
        await drafted.publish(storage, made.id, by="ada")
        await drafted.update(storage, made.id, changed(title="Three"), by="ada")
        back = await drafted.switch(storage, made.id, 1, by="ada")
        assert (back.number, back.value.title, back.draft) == (1, "One", 3)
        assert (await drafted.get(storage, made.id)).value.title == "One"
        assert (await drafted.get(storage, made.id, draft=True)).value.title == "Three"

    run(story)


def test_undelete_brings_back_the_published_value_and_the_open_draft(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(title="One"), by="ada")
        await drafted.publish(storage, made.id, by="ada")
        await drafted.update(storage, made.id, changed(title="Two"), by="ada")
        await drafted.delete(storage, made.id, by="ada")
        with pytest.raises(Gone):
            await drafted.get(storage, made.id)
        back = await drafted.undelete(storage, made.id, by="ada")
        assert (back.number, back.draft, back.value.title) == (4, 5, "One")
        assert (await drafted.get(storage, made.id)).document() == back.document()
        draft = await drafted.get(storage, made.id, draft=True)
        assert (draft.number, draft.status, draft.value.title) == (5, "draft", "Two")
        assert (await drafted.publish(storage, made.id, by="ada")).value.title == "Two"
        assert verify_chain(await shop.rows(storage, shop.product_revisions)) == []

    run(story)


def test_a_resource_that_was_never_published_can_be_deleted_and_come_back(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(), by="ada")
        gone = await drafted.delete(storage, made.id, by="ada")
        assert (gone.number, gone.status) == (2, "draft")
        with pytest.raises(NotFound):
            await drafted.get(storage, made.id)
        with pytest.raises(Gone):
            await drafted.get(storage, made.id, draft=True)
        deleted = await drafted.search(storage, ProductQuery(deleted=True))
        assert [item.id for item in deleted.items] == [made.id]
        back = await drafted.undelete(storage, made.id, by="ada")
        assert (back.number, back.status, back.draft) == (3, "draft", 3)
        assert (await drafted.publish(storage, made.id, by="ada")).number == 3

    run(story)


def test_publishing_what_is_taken_is_a_conflict(run: Run) -> None:
    async def story(storage: Storage) -> None:
        first = await drafted.create(storage, bread(1), by="ada")
        await drafted.publish(storage, first.id, by="ada")
        second = await drafted.create(storage, bread(2), by="ada")
        await drafted.publish(storage, second.id, by="ada")
        await drafted.update(storage, second.id, changed(sku="BRD-0001"), by="ada")
        with pytest.raises(Conflict) as caught:
            await drafted.publish(storage, second.id, by="ada")
        assert [error.pointer for error in caught.value.errors] == ["/sku"]
        assert (await drafted.get(storage, second.id)).value.sku == "BRD-0002"

    run(story)


def test_the_feed_tells_every_change_once_without_gaps(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(), by="ada", request_id="r1")
        await drafted.modify(storage, made.id, changed(title="a"), by="ada")
        await drafted.publish(storage, made.id, by="ada")
        await drafted.update(storage, made.id, changed(title="b"), by="ada")
        await drafted.discard(storage, made.id, by="ada")
        with pytest.raises(Conflict):
            await drafted.create(storage, bread(), by="ada")
        await drafted.delete(storage, made.id, by="ada")
        await drafted.undelete(storage, made.id, by="ada")
        feed = await shop.rows(storage, shop.metadata.tables["tenure_changes"])
        assert [row["seq"] for row in feed] == list(range(1, 8))
        assert [(row["kind"], row["number"], row["current"]) for row in feed] == [
            ("create", 1, None),
            ("modify", 1, None),
            ("publish", 1, 1),
            ("update", 2, 1),
            ("discard", 2, 1),
            ("delete", 3, 1),
            ("undelete", 4, 4),
        ]
        assert feed[0]["request_id"] == "r1"
        count = sa.select(sa.func.count()).select_from(shop.products)
        assert (await storage.meta.execute(count))[0][0] == 1

    run(story)

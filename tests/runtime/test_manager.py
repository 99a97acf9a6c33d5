"""What can be done with a resource whose every change counts at once."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tenure import (
    Conflict,
    Gone,
    Invalid,
    NotFound,
    PreconditionFailed,
    Storage,
    new_id,
)
from tenure.content import verify_chain

from tests.runtime import shop
from tests.runtime.shop import Card, Order, Profile, bread, changed, in_shop, order_manager, plain

Story = Callable[[Storage], Awaitable[None]]
Run = Callable[[Story], None]


@pytest.fixture(params=shop.PROFILES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story on each profile."""
    profile: Profile = request.param
    return lambda story: in_shop(profile, tmp_path, story)


def test_a_new_resource_is_stable_revision_1(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(title="Rye"), by="ada")
        read = await plain.get(storage, made.id)
        assert (read.number, read.status, read.etag, read.draft) == (1, "stable", 1, None)
        assert read.value == bread(title="Rye")
        assert read.document() == made.document()
        document = json.loads(read.document())
        assert next(iter(document)) == "id"
        assert list(document)[-1] == "meta"
        assert document["title"] == "Rye"
        assert document["meta"] == {
            "revision": 1,
            "status": "stable",
            "created_at": document["meta"]["created_at"],
            "created_by": "ada",
            "updated_at": document["meta"]["created_at"],
            "updated_by": "ada",
            "draft": None,
            "deleted_at": None,
        }

    run(story)


def test_an_update_adds_a_revision_and_keeps_the_old_one(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        after = await plain.update(
            storage, made.id, changed(title="Rye"), by="bob", reason="tastier"
        )
        assert (after.number, after.etag, after.updated_by, after.created_by) == (
            2,
            2,
            "bob",
            "ada",
        )
        assert (await plain.get(storage, made.id)).value.title == "Rye"
        first = await plain.revision(storage, made.id, 1)
        assert (first.value.title, first.updated_by, first.number) == ("Bread 1", "ada", 1)
        history = (await plain.revisions(storage, made.id)).items
        assert [(line.number, line.parent, line.kind, line.status) for line in history] == [
            (2, 1, "update", "stable"),
            (1, None, "create", "stable"),
        ]
        assert (history[0].by, history[0].reason) == ("bob", "tastier")
        assert await plain.diff(storage, made.id, 1, 2) == [
            {"op": "replace", "path": "/title", "value": "Rye"}
        ]

    run(story)


def test_what_was_stored_under_another_prefix_is_still_there(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        held = await order_manager.create(storage, Order(number="1", product=made.id), by="ada")
        before, plain.resource.prefix = plain.resource.prefix, "loaf"
        try:
            after = await plain.update(storage, made.id, changed(title="Rye"), by="ada")
            again = await order_manager.create(
                storage, Order(number="2", product=made.id), by="ada"
            )
        finally:
            plain.resource.prefix = before
        assert (after.id, after.value.title) == (made.id, "Rye")
        assert (held.value.product, again.value.product) == (made.id, made.id)

    run(story)


def test_equal_content_makes_no_revision_no_etag_and_no_change(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        after = await plain.update(storage, made.id, lambda value: value, by="bob")
        assert after.document() == made.document()
        assert len((await plain.revisions(storage, made.id)).items) == 1
        assert len(await shop.rows(storage, shop.metadata.tables["tenure_changes"])) == 1
        with pytest.raises(PreconditionFailed):
            await plain.update(storage, made.id, lambda value: value, by="bob", expect=7)

    run(story)


def test_a_stale_etag_is_refused_by_every_write(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        await plain.update(storage, made.id, changed(title="Rye"), by="ada", expect=1)
        with pytest.raises(PreconditionFailed):
            await plain.update(storage, made.id, changed(title="Oat"), by="ada", expect=1)
        with pytest.raises(PreconditionFailed):
            await plain.restore(storage, made.id, 1, by="ada", expect=1)
        with pytest.raises(PreconditionFailed):
            await plain.switch(storage, made.id, 1, by="ada", expect=1)
        with pytest.raises(PreconditionFailed):
            await plain.delete(storage, made.id, by="ada", expect=1)
        await plain.delete(storage, made.id, by="ada", expect=2)
        with pytest.raises(PreconditionFailed):
            await plain.undelete(storage, made.id, by="ada", expect=2)

    run(story)


def test_without_an_etag_lost_races_are_run_again(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(tags=[]), by="ada")

        async def tag(number: int) -> None:
            def change(value: shop.Product) -> shop.Product:
                return value.model_copy(update={"tags": [*value.tags, str(number)]})

            await plain.update(storage, made.id, change, by="ada")

        await asyncio.gather(*(tag(number) for number in range(60)))
        after = await plain.get(storage, made.id)
        assert sorted(map(int, after.value.tags)) == list(range(60))
        assert after.number == 61

    run(story)


def test_a_stable_revision_is_never_modified(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        for act in (plain.publish, plain.discard):
            with pytest.raises(Conflict):
                await act(storage, made.id, by="ada")
        with pytest.raises(Conflict):
            await plain.modify(storage, made.id, changed(title="Rye"), by="ada")

    run(story)


def test_what_is_unknown_or_no_id_at_all_is_not_found(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        wrong = [
            new_id("prd"),
            new_id("ord"),
            "",
            "_sh",
            "..",
            "../../x",
            made.id + "0",
            made.id[:-1],
        ]
        for id in [*wrong, made.id.upper(), made.id + "\n", "prd_" + "\x00" * 26]:  # noqa: A001
            with pytest.raises(NotFound):
                await plain.get(storage, id)
            with pytest.raises(NotFound):
                await plain.get(storage, id, as_of=datetime.now(UTC))
            with pytest.raises(NotFound):
                await plain.update(storage, id, changed(title="x"), by="ada")
            with pytest.raises(NotFound):
                await plain.revisions(storage, id)
        for number in (0, -1, 2, 2**40, 2**70):
            with pytest.raises(NotFound):
                await plain.revision(storage, made.id, number)
            with pytest.raises(NotFound):
                await plain.restore(storage, made.id, number, by="ada")

    run(story)


def test_a_deleted_resource_is_gone_and_keeps_its_history(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        gone = await plain.delete(storage, made.id, by="bob")
        assert (gone.number, gone.etag, gone.deleted_at is not None) == (2, 2, True)
        for attempt in (
            plain.get(storage, made.id),
            plain.update(storage, made.id, changed(title="x"), by="ada"),
            plain.delete(storage, made.id, by="ada"),
            plain.restore(storage, made.id, 1, by="ada"),
            plain.switch(storage, made.id, 1, by="ada"),
        ):
            with pytest.raises(Gone):
                await attempt
        kinds = [line.kind for line in (await plain.revisions(storage, made.id)).items]
        assert kinds == ["delete", "create"]
        assert (await plain.revision(storage, made.id, 1)).value == bread()
        back = await plain.undelete(storage, made.id, by="ada")
        assert (back.number, back.deleted_at, back.value) == (3, None, bread())
        assert (await plain.get(storage, made.id)).document() == back.document()
        with pytest.raises(Conflict):
            await plain.undelete(storage, made.id, by="ada")

    run(story)


def test_restore_adds_a_revision_and_switch_moves_the_pointer(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(title="One"), by="ada")
        await plain.update(storage, made.id, changed(title="Two"), by="ada")
        again = await plain.restore(storage, made.id, 1, by="ada")
        assert (again.number, again.value.title) == (3, "One")
        back = await plain.switch(storage, made.id, 2, by="ada")
        assert (back.number, back.etag, back.value.title) == (2, 4, "Two")
        assert (await plain.get(storage, made.id)).document() == back.document()
        assert (await plain.switch(storage, made.id, 2, by="ada")).etag == 4
        assert (await plain.restore(storage, made.id, 2, by="ada")).etag == 4
        assert (await shop.rows(storage, shop.products))[0]["title"] == "Two"
        more = await plain.update(storage, made.id, changed(title="Four"), by="ada")
        assert more.number == 4
        assert (await plain.revisions(storage, made.id)).items[0].parent == 2

    run(story)


def test_switching_to_a_delete_is_refused(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        await plain.delete(storage, made.id, by="ada")
        await plain.undelete(storage, made.id, by="ada")
        with pytest.raises(Conflict):
            await plain.switch(storage, made.id, 2, by="ada")
        assert (await plain.switch(storage, made.id, 1, by="ada")).number == 1

    run(story)


def test_history_comes_in_pages_newest_first(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        for number in range(2, 8):
            await plain.update(storage, made.id, changed(title=str(number)), by="ada")
        first = await plain.revisions(storage, made.id, limit=4)
        assert ([line.number for line in first.items], first.next) == ([7, 6, 5, 4], "4")
        last = await plain.revisions(storage, made.id, limit=4, before=4)
        assert ([line.number for line in last.items], last.next) == ([3, 2, 1], None)
        assert (await plain.revisions(storage, made.id, before=1)).items == []
        assert len((await plain.revisions(storage, made.id, before=2**70)).items) == 7

    run(story)


def test_what_is_taken_is_a_conflict_that_names_the_field(run: Run) -> None:
    async def story(storage: Storage) -> None:
        first = await plain.create(storage, bread(1), by="ada")
        second = await plain.create(storage, bread(2), by="ada")
        with pytest.raises(Conflict) as caught:
            await plain.create(storage, bread(1, title="Other"), by="ada")
        assert [error.pointer for error in caught.value.errors] == ["/sku"]
        assert "SQL" not in caught.value.detail.upper()
        with pytest.raises(Conflict):
            await plain.update(storage, second.id, changed(sku="BRD-0001"), by="ada")
        await plain.delete(storage, first.id, by="ada")
        await plain.update(storage, second.id, changed(sku="BRD-0001"), by="ada")
        with pytest.raises(Conflict):
            await plain.undelete(storage, first.id, by="ada")
        order = Order(number="7")
        await order_manager.create(storage, order, by="ada")
        with pytest.raises(Conflict) as caught:
            await order_manager.create(storage, order, by="ada")
        assert [error.pointer for error in caught.value.errors] == ["/account", "/number"]

    run(story)


def test_an_immutable_field_cannot_be_changed(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await order_manager.create(storage, Order(account="ada"), by="ada")

        def careless(order: Order) -> Order:
            order.account = "bob"  # into the very model that was read
            return order

        for change in (changed(account="bob"), careless):
            with pytest.raises(Invalid) as caught:
                await order_manager.update(storage, made.id, change, by="ada")
            assert caught.value.detail == "/account cannot be changed"
            assert [error.pointer for error in caught.value.errors] == ["/account"]

    run(story)


def test_others_do_not_find_what_is_not_their_own(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await order_manager.create(storage, Order(account="ada"), by="ada")
        assert (await order_manager.get(storage, made.id, own="ada")).id == made.id
        await order_manager.update(storage, made.id, changed(note="x"), by="ada", own="ada")
        for attempt in (
            order_manager.get(storage, made.id, own="bob"),
            order_manager.get(storage, made.id, own="bob", as_of=datetime.now(UTC)),
            order_manager.update(storage, made.id, changed(note="x"), by="bob", own="bob"),
            order_manager.delete(storage, made.id, by="bob", own="bob"),
            order_manager.restore(storage, made.id, 1, by="bob", own="bob"),
            order_manager.switch(storage, made.id, 1, by="bob", own="bob"),
            order_manager.revisions(storage, made.id, own="bob"),
            order_manager.revision(storage, made.id, 1, own="bob"),
            order_manager.diff(storage, made.id, 1, 2, own="bob"),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert (await order_manager.search(storage, shop.OrderQuery(), own="bob")).items == []
        assert len((await order_manager.search(storage, shop.OrderQuery(), own="ada")).items) == 1

    run(story)


def test_secrets_stay_out_of_documents_diffs_and_digests(run: Run) -> None:
    async def story(storage: Storage) -> None:
        order = Order(payment=Card(last4="4242", token="hush-1"))
        made = await order_manager.create(storage, order, by="ada")
        await order_manager.update(
            storage, made.id, changed(payment=Card(last4="4242", token="hush-2")), by="ada"
        )
        read = await order_manager.get(storage, made.id)
        assert read.number == 2
        assert read.value.payment == Card(last4="4242", token="hush-2")
        assert json.loads(read.document())["payment"] == {"last4": "4242"}
        assert await order_manager.diff(storage, made.id, 1, 2) == []
        same = await order_manager.update(storage, made.id, lambda value: value, by="ada")
        assert same.number == 2
        twin = await order_manager.create(
            storage, order.model_copy(update={"number": "2"}), by="ada"
        )
        for table in (shop.orders, shop.metadata.tables["tenure_changes"]):
            assert "hush" not in str(await shop.rows(storage, table))
        for row in await shop.rows(storage, shop.order_revisions):
            body = row["body"] or await storage.revisions.get(row["key"])
            assert b"hush" not in body
            assert b"hush" in row["secrets"]
        first = await order_manager.revision(storage, made.id, 1)
        other = await order_manager.create(
            storage, order.model_copy(update={"number": "3"}), by="x"
        )
        assert len({first.digest, twin.digest, other.digest}) == 3

    run(story)


def test_the_past_is_what_readers_saw_then(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(title="One"), by="ada")
        two = await plain.update(storage, made.id, changed(title="Two"), by="bob")
        await plain.switch(storage, made.id, 1, by="cyd")
        switched = (await plain.get(storage, made.id)).updated_at
        gone = await plain.delete(storage, made.id, by="ada")
        back = await plain.undelete(storage, made.id, by="ada")
        tick = timedelta(microseconds=1)

        async def title(at: datetime) -> str:
            return (await plain.get(storage, made.id, as_of=at)).value.title

        with pytest.raises(NotFound):
            await title(made.created_at - tick)
        assert await title(made.created_at) == "One"
        assert await title(two.updated_at - tick) == "One"
        assert await title(two.updated_at) == "Two"
        assert await title(switched) == "One"
        assert gone.deleted_at is not None
        with pytest.raises(Gone):
            await title(gone.deleted_at)
        assert await title(back.updated_at) == "One"
        then = await plain.get(storage, made.id, as_of=two.updated_at)
        assert (then.number, then.updated_by, then.updated_at) == (2, "bob", two.updated_at)

    run(story)


def test_every_revision_is_chained_to_the_one_before(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(), by="ada")
        for number in range(4):
            await plain.update(storage, made.id, changed(title=str(number)), by="ada", reason="r")
        await plain.delete(storage, made.id, by="ada")
        await plain.undelete(storage, made.id, by="ada")
        chain = await shop.rows(storage, shop.product_revisions)
        assert verify_chain(chain) == []
        for name, forged in (
            ("by", "eve"),
            ("content", "0" * 64),
            ("kind", "import"),
            ("reason", "x"),
        ):
            tampered = [dict(row) for row in chain]
            tampered[2][name] = forged
            assert verify_chain(tampered) == [3]
        assert verify_chain(chain[:2] + chain[3:]) == [4, 5, 6, 7]

    run(story)


def test_a_long_body_is_kept_where_the_storage_keeps_it(run: Run) -> None:
    async def story(storage: Storage) -> None:
        long = "x" * 20_000
        made = await plain.create(storage, bread(title=long), by="ada")
        row = (await shop.rows(storage, shop.product_revisions))[0]
        assert row["size"] == len(made.body)
        if storage.inline is None:
            assert (row["body"], row["key"]) == (made.body, None)
        else:
            assert row["body"] is None
            assert await storage.revisions.get(row["key"]) == made.body
        assert (await plain.get(storage, made.id)).document() == made.document()
        await plain.update(storage, made.id, changed(title="short"), by="ada")
        assert (await plain.restore(storage, made.id, 1, by="ada")).value.title == long
        assert (await plain.get(storage, made.id)).value.title == long
        page = await plain.search(storage, shop.ProductQuery())
        assert page.items[0].value.title == long
        past = await plain.get(storage, made.id, as_of=made.created_at)
        assert past.body == made.body

    run(story)


def test_old_revisions_are_read_through_upcasters_one_version_at_a_time(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await plain.create(storage, bread(title="old"), by="ada")
        newer = shop.product_manager(
            drafts=False,
            schema_version=3,
            upcasters={
                1: lambda body: {**body, "title": body["title"] + " two"},
                2: lambda body: {**body, "title": body["title"] + " three"},
            },
        )
        read = await newer.get(storage, made.id)
        assert read.value.title == "old two three"
        assert json.loads(read.document())["title"] == "old two three"
        assert (await newer.update(storage, made.id, lambda value: value, by="ada")).number == 1
        after = await newer.update(storage, made.id, changed(kind="cake"), by="ada")
        assert (after.number, after.value.title) == (2, "old two three")
        versions = [line.schema_version for line in (await newer.revisions(storage, made.id)).items]
        assert versions == [3, 1]
        assert (await newer.restore(storage, made.id, 1, by="ada")).value.kind == "bread"

    run(story)


def test_a_number_too_large_to_index_is_invalid_and_spoils_nothing(run: Run) -> None:
    async def story(storage: Storage) -> None:
        results = await asyncio.gather(
            plain.create(storage, bread(1), by="ada"),
            plain.create(storage, bread(2, price=10**30), by="ada"),
            plain.create(storage, bread(3), by="ada"),
            return_exceptions=True,
        )
        assert [isinstance(result, Invalid) for result in results] == [False, True, False]
        assert not isinstance(results[0], BaseException)
        assert len((await plain.search(storage, shop.ProductQuery())).items) == 2

    run(story)

"""References hold: what is referred to exists, and a delete does to referrers what they say."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tenure import Conflict, Gone, Invalid, NotFound, Pin, Storage, Stored, new_id
from tenure.content import verify_chain

from tests.runtime import shop
from tests.runtime.shop import (
    Leaflet,
    Line,
    Order,
    Profile,
    bread,
    changed,
    drafted,
    in_shop,
    leaflet_manager,
    order_manager,
    plain,
)

Story = Callable[[Storage], Awaitable[None]]
Run = Callable[[Story], None]


@pytest.fixture(params=shop.PROFILES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story on each profile."""
    profile: Profile = request.param
    return lambda story: in_shop(profile, tmp_path, story)


async def product(storage: Storage, number: int = 1) -> str:
    return (await plain.create(storage, bread(number), by="ada")).id


async def order(storage: Storage, **fields: Any) -> Stored[Order]:
    fields.setdefault("number", new_id("n"))
    return await order_manager.create(storage, Order(**fields), by="ada")


async def links(storage: Storage) -> set[tuple[str, int, str]]:
    table = shop.metadata.tables["tenure_links"]
    return {
        (row["field"], row["draft"], row["target_id"]) for row in await shop.rows(storage, table)
    }


def test_a_reference_to_nothing_is_invalid_at_its_place(run: Run) -> None:
    async def story(storage: Storage) -> None:
        here, nowhere = await product(storage), new_id("prd")
        with pytest.raises(Invalid) as caught:
            await order(storage, product=nowhere, wishes=[here, nowhere, new_id("prd")])
        pointers = [error.pointer for error in caught.value.errors]
        assert pointers == ["/product", "/wishes/2"]
        for wrong in ("", "..", new_id("ord"), "prd_x"):
            with pytest.raises(Invalid) as caught:
                await order(storage, wishes=[here, wrong])
            assert [error.pointer for error in caught.value.errors] == ["/wishes/1"]
        made = await order(storage, product=here)
        with pytest.raises(Invalid):
            await order_manager.update(storage, made.id, changed(gift=nowhere), by="ada")
        gone = await product(storage, 2)
        await plain.delete(storage, gone, by="ada")
        with pytest.raises(Invalid):
            await order_manager.update(storage, made.id, changed(gift=gone), by="ada")

    run(story)


def test_a_pin_left_open_is_the_revision_current_when_it_is_written(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        await plain.update(storage, target, changed(title="Two"), by="ada")
        made = await order(storage, lines=[Line(product=Pin(id=target))])
        assert made.value.lines[0].product == Pin(id=target, revision=2)
        await plain.update(storage, target, changed(title="Three"), by="ada")
        more = await order_manager.update(storage, made.id, changed(note="x"), by="ada")
        assert more.value.lines[0].product.revision == 2
        await order_manager.update(
            storage, made.id, changed(lines=[Line(product=Pin(id=target, revision=1))]), by="ada"
        )
        for revision in (4, 2**70):
            lines = [Line(product=Pin(id=target, revision=revision))]
            with pytest.raises(Invalid) as caught:
                await order_manager.update(storage, made.id, changed(lines=lines), by="ada")
            assert caught.value.errors[0].pointer == "/lines/0/product"
        with pytest.raises(Invalid) as caught:
            await order(storage, lines=[Line(product=Pin(id=new_id("prd")))])
        assert caught.value.errors[0].pointer == "/lines/0/product"

    run(story)


def test_a_pin_needs_a_published_revision(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(), by="ada")
        for pin in (Pin(id=made.id), Pin(id=made.id, revision=1)):
            with pytest.raises(Invalid, match="published"):
                await order(storage, lines=[Line(product=pin)])
        await drafted.publish(storage, made.id, by="ada")
        await order(storage, lines=[Line(product=Pin(id=made.id, revision=1))])

    in_shop("memory", tmp_path, story, product=drafted)


def test_restrict_refuses_and_says_who_refers_without_ids(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        first = await order(storage, product=target)
        second = await order(storage, lines=[Line(product=Pin(id=target))])
        with pytest.raises(Conflict) as caught:
            await plain.delete(storage, target, by="ada")
        assert "order (2)" in caught.value.detail
        assert first.id not in caught.value.detail
        await order_manager.delete(storage, first.id, by="ada")
        await order_manager.update(storage, second.id, changed(lines=[]), by="ada")
        await plain.delete(storage, target, by="ada")
        with pytest.raises(Invalid) as gone:
            await order_manager.undelete(storage, first.id, by="ada")
        assert gone.value.errors[0].pointer == "/product"
        await plain.undelete(storage, target, by="ada")
        await order_manager.undelete(storage, first.id, by="ada")
        with pytest.raises(Conflict):
            await plain.delete(storage, target, by="ada")

    run(story)


def test_cascade_deletes_what_refers_in_the_same_transaction(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        made = [await order(storage, parent=target) for _ in range(3)]
        both = await order(storage, parent=target, product=target)
        await plain.delete(storage, target, by="ada")
        for gone in [*made, both]:
            with pytest.raises(Gone):
                await order_manager.get(storage, gone.id)
        assert await links(storage) == set()

    run(story)


def test_set_null_on_several_paths_makes_one_revision(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target, other = await product(storage), await product(storage, 2)
        made = await order(storage, gift=target, spare=target, seen=target)
        kept = await order(storage, gift=other, spare=target)
        await plain.delete(storage, target, by="bob")
        after = await order_manager.get(storage, made.id)
        assert (after.value.gift, after.value.spare, after.value.seen) == (None, None, target)
        assert (after.number, after.updated_by) == (2, "bob")
        assert (await order_manager.get(storage, kept.id)).value.gift == other
        assert await links(storage) == {("seen", 0, target), ("gift", 0, other)}

    run(story)


def test_unlink_takes_the_item_out_of_the_list(run: Run) -> None:
    async def story(storage: Storage) -> None:
        first, second = await product(storage), await product(storage, 2)
        made = await order(storage, wishes=[first, second, first])
        await plain.delete(storage, first, by="ada")
        assert (await order_manager.get(storage, made.id)).value.wishes == [second]

    run(story)


def test_keep_leaves_the_reference_even_through_updates_and_undelete(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        made = await order(storage, seen=target)
        await plain.delete(storage, target, by="ada")
        after = await order_manager.update(storage, made.id, changed(note="x"), by="ada")
        assert after.value.seen == target
        await order_manager.delete(storage, made.id, by="ada")
        assert (await order_manager.undelete(storage, made.id, by="ada")).value.seen == target

    run(story)


def test_a_thousand_referrers_are_set_null_at_once(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        made = await asyncio.gather(*(order(storage, gift=target) for _ in range(1000)))
        await plain.delete(storage, target, by="ada")
        for item in (made[0], made[499], made[999]):
            assert (await order_manager.get(storage, item.id)).value.gift is None
        assert await links(storage) == set()

    run(story)


def test_an_open_draft_loses_the_reference_in_place(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        made = await leaflet_manager.create(storage, Leaflet(title="One"), by="ada")
        await leaflet_manager.publish(storage, made.id, by="ada")
        await leaflet_manager.update(storage, made.id, changed(cover=target), by="ada")
        assert await links(storage) == {("cover", 1, target)}
        await plain.delete(storage, target, by="ada")
        draft = await leaflet_manager.get(storage, made.id, draft=True)
        assert (draft.number, draft.value.cover) == (2, None)
        assert (await leaflet_manager.get(storage, made.id)).number == 1
        assert verify_chain(await shop.rows(storage, shop.leaflet_revisions)) == []

    run(story)


def test_a_published_value_loses_the_reference_and_the_draft_stays_on_top(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        made = await leaflet_manager.create(storage, Leaflet(cover=target), by="ada")
        await leaflet_manager.publish(storage, made.id, by="ada")
        await leaflet_manager.update(storage, made.id, changed(title="Draft"), by="ada")
        await plain.delete(storage, target, by="ada")
        seen = await leaflet_manager.get(storage, made.id)
        draft = await leaflet_manager.get(storage, made.id, draft=True)
        assert (seen.number, seen.value, seen.status) == (3, Leaflet(), "stable")
        assert (draft.number, draft.value) == (4, Leaflet(title="Draft"))
        assert (await leaflet_manager.publish(storage, made.id, by="ada")).value.title == "Draft"
        assert verify_chain(await shop.rows(storage, shop.leaflet_revisions)) == []

    run(story)


def test_cascade_from_a_draft_alone_discards_the_draft(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target, cover = await product(storage), await product(storage, 2)
        published = await leaflet_manager.create(storage, Leaflet(cover=target), by="ada")
        await leaflet_manager.publish(storage, published.id, by="ada")
        await leaflet_manager.update(storage, published.id, changed(shelf=target), by="ada")
        never = await leaflet_manager.create(storage, Leaflet(shelf=target, cover=cover), by="ada")
        await plain.delete(storage, target, by="ada")
        seen = await leaflet_manager.get(storage, published.id, draft=True)
        assert (seen.status, seen.draft, seen.value) == ("stable", None, Leaflet())
        with pytest.raises(Gone):
            await leaflet_manager.get(storage, never.id, draft=True)
        assert await links(storage) == set()

    run(story)


def test_a_reference_written_while_its_target_is_deleted_never_dangles(run: Run) -> None:
    async def story(storage: Storage) -> None:
        for number in range(20):
            target = await product(storage, number)
            await asyncio.gather(
                *(order(storage, product=target) for _ in range(3)),
                plain.delete(storage, target, by="ada"),
                return_exceptions=True,
            )
            try:
                await plain.get(storage, target)
            except Gone:
                assert not [link for link in await links(storage) if link[2] == target]

    run(story)


def test_a_delete_sees_the_referrer_that_came_while_it_was_planned(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        apply, raced = storage.meta.apply, False

        async def slow(writes: Any) -> None:
            nonlocal raced
            if not raced:
                raced = True
                await order(storage, gift=target)
            await apply(writes)

        storage.meta.apply = slow  # type: ignore[method-assign]
        await plain.delete(storage, target, by="ada")
        assert await links(storage) == set()
        found = (await order_manager.search(storage, shop.OrderQuery())).items
        assert [item.value.gift for item in found] == [None]

    in_shop("disk", tmp_path, story)


def test_restore_and_switch_look_at_references_again(run: Run) -> None:
    async def story(storage: Storage) -> None:
        target = await product(storage)
        made = await order(storage, gift=target)
        await plain.delete(storage, target, by="ada")
        for act in (order_manager.restore, order_manager.switch):
            with pytest.raises(Invalid) as caught:
                await act(storage, made.id, 1, by="ada")
            assert caught.value.errors[0].pointer == "/gift"
        await plain.undelete(storage, target, by="ada")
        assert (await order_manager.switch(storage, made.id, 1, by="ada")).value.gift == target
        assert await links(storage) == {("gift", 0, target)}
        with pytest.raises(NotFound):
            await order_manager.switch(storage, made.id, 9, by="ada")

    run(story)

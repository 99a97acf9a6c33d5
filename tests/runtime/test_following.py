"""A write leaves out what did not change, and the rows still say what the content says."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tenure import ResourceManager, Storage

from tests.runtime import shop
from tests.runtime.shop import (
    Leaflet,
    Order,
    Product,
    Profile,
    bread,
    changed,
    drafted,
    in_shop,
    leaflet_manager,
    order_manager,
    plain,
)

Run = Callable[[Callable[[Storage], Awaitable[None]], ResourceManager[Product]], None]


@pytest.fixture(params=shop.PROFILES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story on each profile."""
    profile: Profile = request.param
    return lambda story, manager: in_shop(profile, tmp_path, story, product=manager)


async def seen(storage: Storage, key: str) -> tuple[dict[str, Any], set[str]]:
    """What search sees of a product: its typed columns, its tags."""
    (row,) = await shop.rows(storage, shop.products, shop.products.c.id == key)
    table = shop.product_tags
    tags = {tag["value"] for tag in await shop.rows(storage, table, table.c.id == key)}
    return {name: row[name] for name in ("sku", "title", "price", "kind", "search")}, tags


def visible(product: Product) -> tuple[dict[str, Any], set[str]]:
    index = shop.product_index(product)
    return {name: index[name] for name in ("sku", "title", "price", "kind", "search")}, set(
        product.tags
    )


CHANGES: list[dict[str, Any]] = [
    {"tags": ["rye"]},
    {"title": "Loaf"},
    {"tags": ["rye", "dark"], "price": Decimal("2.50")},
    {"price": None},
    {"tags": []},
    {"title": "Bread 1", "tags": ["dark"]},
]


@pytest.mark.parametrize("manager", [plain, drafted], ids=["plain", "drafted"])
def test_search_sees_every_update_of_what_it_shows(
    run: Run, manager: ResourceManager[Product]
) -> None:
    async def story(storage: Storage) -> None:
        made = await manager.create(storage, bread(tags=["dark"]), by="ada")
        for change in CHANGES:
            stored = await manager.update(storage, made.id, changed(**change), by="ada")
            value = Product.model_validate(stored.value.model_dump())
            assert await seen(storage, made.id) == visible(value)

    run(story, manager)


def test_search_sees_a_draft_only_once_it_is_published(run: Run) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(tags=["dark"]), by="ada")
        published = await drafted.publish(storage, made.id, by="ada")
        for change in CHANGES:
            await drafted.update(storage, made.id, changed(**change), by="ada")
            await drafted.modify(storage, made.id, changed(kind="cake"), by="ada")
            assert await seen(storage, made.id) == visible(published.value)
        published = await drafted.publish(storage, made.id, by="ada")
        assert await seen(storage, made.id) == visible(published.value)

    run(story, drafted)


def test_links_are_those_of_the_content_after_every_update(run: Run) -> None:
    async def links(storage: Storage, key: str) -> set[tuple[str, int]]:
        table = shop.metadata.tables["tenure_links"]
        rows = await shop.rows(storage, table, table.c.source_id == key)
        return {(row["target_id"], row["draft"]) for row in rows}

    async def story(storage: Storage) -> None:
        a, b = [(await plain.create(storage, bread(n), by="ada")).id for n in (1, 2)]
        order = await order_manager.create(storage, Order(number="1", gift=a), by="ada")
        for note, gift in (("x", a), ("y", b), ("z", b), ("z", None), ("z", a)):
            change = changed(note=note, gift=gift)
            await order_manager.update(storage, order.id, change, by="ada")
            assert await links(storage, order.id) == ({(gift, 0)} if gift else set())
        leaflet = await leaflet_manager.create(storage, Leaflet(cover=a), by="ada")
        await leaflet_manager.publish(storage, leaflet.id, by="ada")
        for title, cover in (("x", a), ("y", a), ("z", b), ("z", None)):
            change = changed(title=title, cover=cover)
            await leaflet_manager.update(storage, leaflet.id, change, by="ada")
            expected = {(a, 0), (cover, 1)} if cover else {(a, 0)}
            assert await links(storage, leaflet.id) == expected
        await leaflet_manager.discard(storage, leaflet.id, by="ada")
        await leaflet_manager.update(storage, leaflet.id, changed(title="again"), by="ada")
        assert await links(storage, leaflet.id) == {(a, 0), (a, 1)}

    run(story, plain)

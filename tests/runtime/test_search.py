"""Lists: typed filters, every order with nulls and ties, pages by signed cursors, the past."""

import asyncio
import base64
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.dialects import sqlite
from tenure import Invalid, Query, Storage

from tests.runtime import shop
from tests.runtime.shop import (
    Order,
    OrderQuery,
    Product,
    ProductQuery,
    Profile,
    bread,
    changed,
    drafted,
    in_shop,
    order_manager,
    plain,
)

Story = Callable[[Storage], Awaitable[None]]
Run = Callable[[Story], None]

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(params=shop.PROFILES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story on each profile."""
    profile: Profile = request.param
    return lambda story: in_shop(profile, tmp_path, story)


async def fill(storage: Storage, *products: Product) -> None:
    for product in products:
        await plain.create(storage, product, by="ada")


async def skus(storage: Storage, **asked: Any) -> list[str]:
    asked.setdefault("order_by", "created_at")
    page = await plain.search(storage, ProductQuery.model_validate(asked))
    return [item.value.sku[-1] for item in page.items]


async def walk(storage: Storage, query: ProductQuery) -> list[Any]:
    """Every item, page by page."""
    found = []
    while True:
        page = await plain.search(storage, query)
        assert len(page.items) == query.limit or page.next is None
        found += page.items
        if page.next is None:
            return found
        query = query.model_copy(update={"cursor": page.next})


def test_filters_do_what_they_say(run: Run) -> None:
    async def story(storage: Storage) -> None:
        await fill(
            storage,
            bread(1, price="1.00", title="Rye", tags=["a"]),
            bread(2, price="1.01", title="Rye dark", tags=["a", "b"], kind="cake", baked_at=NOON),
            bread(3, title="rye", kind="cake"),
            bread(4, price="-5", title="50%_\\", kind="o'brien"),
        )
        cases: list[tuple[dict[str, object], str]] = [
            ({}, "1234"),
            ({"kind": "cake"}, "23"),
            ({"kind": "o'brien"}, "4"),
            ({"kind": "' OR 1=1 --"}, ""),
            ({"kind__in": ["cake", "o'brien"]}, "234"),
            ({"kind__in": []}, ""),
            ({"price": "1.0"}, "1"),
            ({"price__gt": "1.00"}, "2"),
            ({"price__gte": "1.005"}, "2"),
            ({"price__lte": "1.005"}, "14"),
            ({"price__lt": "1.00"}, "4"),
            ({"price__null": True}, "3"),
            ({"price__null": False}, "124"),
            ({"title__prefix": "Rye"}, "12"),
            ({"title__prefix": "50%_\\"}, "4"),
            ({"title__prefix": "\U0010ffff"}, ""),
            ({"title__prefix": ""}, "1234"),
            ({"tags__has": "a"}, "12"),
            ({"tags__has": "b", "kind": "cake"}, "2"),
            ({"tags__has": "c"}, ""),
            ({"baked_at__gte": NOON.astimezone(None)}, "2"),
            ({"baked_at__gte": NOON + timedelta(microseconds=1)}, ""),
            ({"q": "RYE"}, "123"),
            ({"q": "cake rye"}, "23"),
            ({"q": "%"}, "4"),
            ({"q": "_\\"}, "4"),
            ({"q": "r_e"}, ""),
            ({"q": "  "}, "1234"),
        ]
        past = (await plain.search(storage, ProductQuery())).items[0].updated_at
        for asked, expected in cases:
            assert "".join(await skus(storage, **asked)) == expected, asked
            then = await skus(storage, **asked, as_of=past)
            assert "".join(then) == expected, (asked, "as of")

    run(story)


def test_what_a_filter_cannot_take_is_invalid(run: Run) -> None:
    async def story(storage: Storage) -> None:
        await fill(storage, bread(1))
        for asked in ({"q": "a " * 11}, {"kind__in": ["x"] * 201}, {"price__gt": 10**40}):
            with pytest.raises(Invalid):
                await skus(storage, **asked)
        for order in ("nonsense", "search", "-", "body", "id; DROP TABLE products"):
            with pytest.raises(Invalid) as caught:
                await skus(storage, order_by=order)
            assert caught.value.errors[0].parameter == "order_by"
        for wrong in (
            {"limit": 0},
            {"limit": 201},
            {"colour": "red"},
            {"as_of": "2030-01-01T00:00"},
        ):
            with pytest.raises(ValidationError):
                ProductQuery.model_validate(wrong)

    run(story)


def test_a_parameter_without_a_column_is_our_mistake_and_said_loudly(run: Run) -> None:
    class Wrong(Query):
        colour: str | None = None

    async def story(storage: Storage) -> None:
        with pytest.raises(ValueError, match="colour"):
            await plain.search(storage, Wrong())

    run(story)


@pytest.mark.parametrize("order", ["price", "kind", "created_at", "updated_at", "id", "baked_at"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_item_comes_once_and_in_order_whatever_the_page(
    run: Run, order: str, sign: str
) -> None:
    async def story(storage: Storage) -> None:
        prices = [None, "1", "2", None, "1", "1", None, "3", "-1", "2", None]
        for number, price in enumerate(prices):
            kind, baked = "abc"[number % 3], None if number % 4 else NOON - timedelta(number % 3)
            await fill(storage, bread(number, price=price, kind=kind, baked_at=baked))
        everything = (await plain.search(storage, ProductQuery(order_by=sign + order))).items

        def place(item: Any) -> tuple[Any, ...]:
            value = getattr(item, order, None) or getattr(item.value, order, None)
            return (value is not None, value or 0, item.created_at, item.id)

        assert everything == sorted(everything, key=place, reverse=bool(sign))
        for limit in (1, 2, 3, 10):
            query = ProductQuery(order_by=sign + order, limit=limit)
            assert [item.id for item in await walk(storage, query)] == [i.id for i in everything]

    run(story)


def test_a_cursor_is_good_for_its_own_question_only(run: Run) -> None:
    async def story(storage: Storage) -> None:
        await fill(storage, *[bread(number, price=number) for number in range(5)])
        first = ProductQuery(limit=2, price__gte=Decimal(1))
        cursor = (await plain.search(storage, first)).next
        assert cursor is not None
        again = first.model_copy(update={"cursor": cursor, "limit": 3})
        assert len((await plain.search(storage, again)).items) == 2
        raw = base64.urlsafe_b64decode(cursor + "==")
        forged = base64.urlsafe_b64encode(raw.replace(b"prd", b"prx")).decode()
        flipped = base64.urlsafe_b64encode(bytes([raw[0] ^ 1]) + raw[1:]).decode()
        others: list[dict[str, object]] = [
            {"cursor": text}
            for text in ("", "x", "é", "AAAA", cursor[:-4], cursor + "A", forged, flipped)
        ]
        others += [
            {"price__gte": Decimal(2)},
            {"kind": "bread"},
            {"order_by": "created_at"},
            {"deleted": True},
            {"draft": True},
            {"as_of": datetime.now(UTC)},
        ]
        for other in others:
            with pytest.raises(Invalid) as caught:
                await plain.search(storage, again.model_copy(update=other))
            assert caught.value.errors[0].parameter == "cursor"
        with pytest.raises(Invalid):
            await order_manager.search(storage, OrderQuery(cursor=cursor))

    run(story)


def test_a_cursor_of_one_owner_is_not_one_of_another(run: Run) -> None:
    async def story(storage: Storage) -> None:
        for number in range(6):
            account = "ada" if number % 2 else "bob"
            await order_manager.create(storage, Order(account=account, number=str(number)), by="x")
        page = await order_manager.search(storage, OrderQuery(limit=2), own="ada")
        assert {item.value.account for item in page.items} == {"ada"}
        query = OrderQuery(limit=2, cursor=page.next)
        assert len((await order_manager.search(storage, query, own="ada")).items) == 1
        with pytest.raises(Invalid):
            await order_manager.search(storage, query, own="bob")
        with pytest.raises(Invalid):
            await order_manager.search(storage, query)

    run(story)


def test_a_page_does_not_move_when_something_is_added_before_it(run: Run) -> None:
    async def story(storage: Storage) -> None:
        await fill(storage, *[bread(number) for number in range(4)])
        page = await plain.search(storage, ProductQuery(limit=2))
        await fill(storage, bread(9))
        rest = await plain.search(storage, ProductQuery(limit=2, cursor=page.next))
        assert [item.value.sku[-1] for item in page.items + rest.items] == ["3", "2", "1", "0"]

    run(story)


def test_deleted_ones_are_listed_only_when_asked_for(run: Run) -> None:
    async def story(storage: Storage) -> None:
        await fill(storage, bread(1), bread(2))
        first = (await plain.search(storage, ProductQuery(order_by="created_at"))).items[0]
        await plain.delete(storage, first.id, by="ada")
        assert await skus(storage) == ["2"]
        assert await skus(storage, deleted=True) == ["1"]
        assert await skus(storage, q="bread") == ["2"]

    run(story)


def test_lists_of_the_past_are_paged_and_filtered_by_what_was_then(run: Run) -> None:
    async def story(storage: Storage) -> None:
        await fill(storage, *[bread(number, kind="old") for number in range(6)])
        items = (await plain.search(storage, ProductQuery(order_by="created_at"))).items
        await plain.delete(storage, items[0].id, by="ada")
        for item in items[1:4]:
            await plain.update(storage, item.id, changed(kind="new"), by="ada")
        then = items[-1].updated_at
        await fill(storage, bread(7, kind="old"))
        assert await skus(storage, kind="old") == ["4", "5", "7"]
        assert await skus(storage, kind="old", as_of=then) == list("012345")
        assert await skus(storage, kind="new", as_of=then) == []
        assert await skus(storage, kind="old", as_of=then, order_by="-created_at") == list("543210")
        query = ProductQuery(kind="old", as_of=then, limit=4, order_by="created_at")
        assert [item.value.sku[-1] for item in await walk(storage, query)] == list("012345")
        assert await skus(storage, as_of=items[0].created_at - timedelta(seconds=1)) == []
        assert "0" not in await skus(storage, as_of=datetime.now(UTC))
        for wrong in ({"order_by": "price"}, {"deleted": True}, {"draft": True}):
            with pytest.raises(Invalid):
                await skus(storage, as_of=then, **wrong)

    run(story)


def test_lists_of_the_past_leave_out_what_was_not_published(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        made = await drafted.create(storage, bread(), by="ada")
        shown = await drafted.publish(storage, made.id, by="ada")
        await drafted.update(storage, made.id, changed(title="Two"), by="ada")
        before = await drafted.search(storage, ProductQuery(as_of=made.created_at))
        after = await drafted.search(storage, ProductQuery(as_of=datetime.now(UTC)))
        assert before.items == []
        assert [item.value.title for item in after.items] == ["Bread 1"]
        assert shown.number == 1

    in_shop("memory", tmp_path, story, product=drafted)


def test_a_long_past_is_walked_in_several_steps(run: Run) -> None:
    async def story(storage: Storage) -> None:
        await asyncio.gather(
            *[fill(storage, bread(number, kind=str(number % 50))) for number in range(450)]
        )
        query = ProductQuery(kind="7", as_of=datetime.now(UTC), limit=4)
        assert len(await walk(storage, query)) == 9

    run(story)


def test_deep_pages_and_filters_go_by_index(tmp_path: Path) -> None:
    async def story(storage: Storage) -> None:
        await fill(storage, *[bread(number, price=number) for number in range(8)])
        asked: list[dict[str, Any]] = [
            {},
            {"kind": "bread"},
            {"order_by": "price"},
            {"order_by": "-price"},
            {"order_by": "-price", "price__lt": 5},
        ]
        search = plain._search
        search._statements.clear()
        for fields in asked:
            page = await plain.search(storage, ProductQuery(limit=2, **fields))
            await plain.search(storage, ProductQuery(limit=2, cursor=page.next, **fields))
        for shape, statement in search._statements.items():
            await assert_indexed(storage, statement, shape)

    in_shop("memory", tmp_path, story)


async def assert_indexed(storage: Storage, statement: Any, shape: object) -> None:
    """The walk itself is by index; a sort of the two short parts around nulls is fine."""
    compiled = statement.on(sqlite.dialect())
    plan = storage.meta._db.execute(  # type: ignore[attr-defined]
        f"EXPLAIN QUERY PLAN {compiled.sql}", [None] * compiled.sql.count("?")
    ).fetchall()
    lines = [line[3] for line in plan]
    assert not [line for line in lines if "SCAN product_revisions" in line], (shape, lines)
    assert not [line for line in lines if line.startswith("SCAN products") and "INDEX" not in line]
    if "UNION" not in compiled.sql:
        assert not [line for line in lines if "TEMP B-TREE" in line], (shape, lines)


def test_all_combinations_of_two_filters_agree_with_python(run: Run) -> None:
    async def story(storage: Storage) -> None:
        products = [
            bread(n, price=price, kind=kind, tags=tags)
            for n, (price, kind, tags) in enumerate(
                itertools.product((None, "1", "2"), ("x", "y"), ([], ["t"]))
            )
        ]
        await fill(storage, *products)
        for kind, low, tag in itertools.product((None, "x"), (None, "2"), (None, "t")):
            wanted = [
                p
                for p in products
                if (kind is None or p.kind == kind)
                and (low is None or (p.price is not None and p.price >= Decimal(low)))
                and (tag is None or tag in p.tags)
            ]
            query = ProductQuery(kind=kind, price__gte=low, tags__has=tag, order_by="created_at")  # type: ignore[arg-type]
            found = (await plain.search(storage, query)).items
            assert [item.value for item in found] == wanted

    run(story)

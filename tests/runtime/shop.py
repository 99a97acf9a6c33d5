"""A small shop for the tests of the runtime: every kind of field, reference and setting once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from tenure import Pin, Query, Reference, ResourceManager, Storage, open_storage
from tenure.search import searchable
from tenure.tables import (
    Exact,
    UtcDateTime,
    list_table,
    meta_columns,
    revision_table,
    system_tables,
    unique_index,
)

from tests.runtime.places import PROFILES, Profile, place

__all__ = [
    "PROFILES",
    "Card",
    "Leaflet",
    "Line",
    "Order",
    "OrderQuery",
    "Product",
    "ProductQuery",
    "Profile",
    "bread",
    "changed",
    "drafted",
    "in_shop",
    "leaflet_manager",
    "make_order_manager",
    "opened",
    "order_manager",
    "plain",
    "product_manager",
    "rows",
]

metadata = sa.MetaData()
system_tables(metadata)


class Product(BaseModel):
    """Something sold: drafts, a unique sku, prices that may be missing, tags, words to search."""

    sku: str
    title: str
    price: Decimal | None = None
    kind: str = "bread"
    tags: list[str] = []
    baked_at: datetime | None = None


class Card(BaseModel):
    last4: str
    token: str | None = None


class Line(BaseModel):
    product: Pin
    quantity: int = 1


class Order(BaseModel):
    """What somebody bought: an owner, a secret, and a reference of every kind."""

    account: str = "ada"
    number: str = ""
    note: str = ""
    payment: Card | None = None
    lines: list[Line] = []
    product: str | None = None  # restrict
    parent: str | None = None  # cascade
    gift: str | None = None  # set_null
    spare: str | None = None  # set_null
    wishes: list[str] = []  # unlink
    seen: str | None = None  # keep


class Leaflet(BaseModel):
    """Drafts that refer to products."""

    title: str = ""
    cover: str | None = None  # set_null
    shelf: str | None = None  # cascade


products = sa.Table(
    "products",
    metadata,
    *meta_columns(),
    sa.Column("sku", sa.String(20), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("price", Exact(10, 2), nullable=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("baked_at", UtcDateTime, nullable=True),
    sa.Column("search", sa.Text, nullable=False),
    unique_index("uq_products_sku", "sku"),
    sa.Index("ix_products_created_at", "created_at", "id"),
    sa.Index("ix_products_kind", "kind", "created_at", "id"),
    sa.Index("ix_products_price", "price", "created_at", "id"),
)
product_revisions = revision_table("product_revisions", metadata)
product_tags = list_table("product_tags", metadata, sa.String(40))

orders = sa.Table(
    "orders",
    metadata,
    *meta_columns(),
    sa.Column("account", sa.String(80), nullable=False),
    sa.Column("number", sa.String(40), nullable=False),
    sa.Column("product_id", sa.String(40), key="product", nullable=True),
    unique_index("uq_orders_number", "account", "number"),
    sa.Index("ix_orders_created_at", "created_at", "id"),
)
order_revisions = revision_table("order_revisions", metadata)

leaflets = sa.Table("leaflets", metadata, *meta_columns(), sa.Column("title", sa.String(80)))
leaflet_revisions = revision_table("leaflet_revisions", metadata)


def product_index(product: Product) -> dict[str, object]:
    return {
        "sku": product.sku,
        "title": product.title,
        "price": product.price,
        "kind": product.kind,
        "baked_at": product.baked_at,
        "tags": product.tags,
        "search": searchable(product.title, product.kind),
    }


def order_index(order: Order) -> dict[str, object]:
    return {"account": order.account, "number": order.number, "product": order.product}


def product_manager(
    *, drafts: bool, model: type[Product] = Product, **options: Any
) -> ResourceManager[Any]:
    return ResourceManager(
        "product",
        model=model,
        table=products,
        revisions=product_revisions,
        index=product_index,
        lists={"tags": product_tags},
        prefix="prd",
        drafts=drafts,
        **options,
    )


drafted: ResourceManager[Product] = product_manager(drafts=True)
plain: ResourceManager[Product] = product_manager(drafts=False)


def make_order_manager() -> ResourceManager[Order]:
    return ResourceManager(
        "order",
        model=Order,
        table=orders,
        revisions=order_revisions,
        index=order_index,
        prefix="ord",
        owner="account",
        immutable=("account",),
        secret=("payment.token",),
        references=(
            Reference("lines.*.product", to="product", pin=True),
            Reference("product", to="product"),
            Reference("parent", to="product", on_delete="cascade"),
            Reference("gift", to="product", on_delete="set_null"),
            Reference("spare", to="product", on_delete="set_null"),
            Reference("wishes.*", to="product", on_delete="unlink"),
            Reference("seen", to="product", on_delete="keep"),
        ),
    )


order_manager = make_order_manager()

leaflet_manager = ResourceManager(
    "leaflet",
    model=Leaflet,
    table=leaflets,
    revisions=leaflet_revisions,
    index=lambda leaflet: {"title": leaflet.title},
    prefix="lea",
    drafts=True,
    references=(
        Reference("cover", to="product", on_delete="set_null"),
        Reference("shelf", to="product", on_delete="cascade"),
    ),
)


class ProductQuery(Query):
    kind: str | None = None
    kind__in: list[str] | None = None
    title__prefix: str | None = None
    price: Decimal | None = None
    price__gt: Decimal | None = None
    price__gte: Decimal | None = None
    price__lt: Decimal | None = None
    price__lte: Decimal | None = None
    price__null: bool | None = None
    tags__has: str | None = None
    baked_at__gte: datetime | None = None
    q: str | None = None


class OrderQuery(Query):
    product: str | None = None


async def opened(
    profile: Profile,
    folder: Path,
    *,
    product: ResourceManager[Product] = plain,
    **options: Any,
) -> Storage:
    """The shop's storage, with its tables."""
    managers: Iterable[ResourceManager[Any]] = (product, order_manager, leaflet_manager)
    options = place(profile, folder, metadata) | options
    storage = await open_storage(resources=managers, **options)
    if not profile.startswith("postgres"):
        await storage.create_tables(metadata)
    return storage


def in_shop(
    profile: Profile,
    folder: Path,
    story: Callable[[Storage], Awaitable[None]],
    **options: Any,
) -> None:
    """Run `story` in a fresh storage, and close it."""

    async def run() -> None:
        storage = await opened(profile, folder, **options)
        try:
            await story(storage)
        finally:
            await storage.close()

    asyncio.run(run())


def bread(number: int = 1, **changes: Any) -> Product:
    """A product; `number` makes its sku."""
    return Product(**{"sku": f"BRD-{number:04d}", "title": f"Bread {number}", **changes})


def changed(**changes: Any) -> Callable[[Any], Any]:
    """A change that sets these fields."""
    return lambda value: value.model_copy(update=changes)


async def rows(storage: Storage, table: sa.Table, *where: Any) -> list[dict[str, Any]]:
    """What a table holds, in order of its primary key."""
    query = sa.select(table).where(*where).order_by(*table.primary_key.columns)
    return [dict(row._mapping) for row in await storage.meta.execute(query)]

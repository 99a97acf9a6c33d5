"""The resource that benchmarks of the store work on: a product of about 1 KB, found by what shops ask for."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from tenure import Query, ResourceManager
from tenure.search import searchable
from tenure.tables import (
    Exact,
    list_index,
    meta_columns,
    revision_table,
    system_tables,
    unique_index,
)

__all__ = [
    "KINDS",
    "Product",
    "ProductQuery",
    "manager",
    "metadata",
    "product",
    "prose",
    "repriced",
]

KINDS = 20
_TEXTS = 997  # to make a million of them would take longer than to store them
_WORDS = re.findall(
    r"\w+",
    "a and baked butter crisp crust dark day dough every flour for from golden grain hand honey in is"
    " light loaf malt milk morning nuts of oven our out oats rye salt seeds slow soft sour spelt stone"
    " sweet the to twice warm water wheat with yeast",
)


class Product(BaseModel):
    """Something on the shelf."""

    sku: str
    title: str
    kind: str
    price: Decimal
    about: str
    tags: list[str]


class ProductQuery(Query):
    """How products are found."""

    sku: str | None = None
    kind: str | None = None
    q: str | None = None


metadata = sa.MetaData()
system_tables(metadata)
products = sa.Table(
    "products",
    metadata,
    *meta_columns(),
    sa.Column("sku", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("price", Exact(10, 2), nullable=False),
    sa.Column("search", sa.Text(), nullable=False),
    unique_index("uq_products_sku", "sku"),
    list_index("ix_products_created_at", "created_at"),
    list_index("ix_products_kind", "kind"),
    list_index("ix_products_price", "price"),
)


def indexed(product: Product) -> dict[str, Any]:
    """What search can see of a product."""
    columns = {"sku": product.sku, "kind": product.kind, "price": product.price}
    return {**columns, "search": searchable(product.title)}


manager = ResourceManager(
    "product",
    model=Product,
    table=products,
    revisions=revision_table("product_revisions", metadata),
    index=indexed,
    prefix="prd",
)


def product(number: int) -> Product:
    """Number `number` of them: the same whenever it is asked for, and like no other."""
    return Product(
        sku=f"BRD-{number}",
        title=f"{_said(number % _TEXTS)[:18]} {number}",
        kind=f"kind-{number % KINDS}",
        price=Decimal(number * 7919 % 100_000) / 100,
        about=_said(number % _TEXTS),
        tags=["gluten", "nuts", "milk"],
    )


@lru_cache(maxsize=_TEXTS)
def _said(number: int) -> str:
    return prose(random.Random(number), 150)


def prose(chance: random.Random, words: int) -> str:
    """Some words, five letters each on average."""
    return " ".join(chance.choices(_WORDS, k=words))


def repriced(product: Product, cents: int) -> Product:
    """The product at another price."""
    return product.model_copy(update={"price": Decimal(cents) / 100})

"""Products: what a client may send, what is stored, and what is answered."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from tenure import Blob, Meta, Query
from tenure.http import Commas

from bakery.types import Allergen, Kind, Money


class ProductBase(BaseModel):
    """What a product has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str, Field(examples=["BRD-0001"], pattern=r"^[A-Z]{3}-\d{4}$")]
    title: Annotated[str, Field(max_length=120)]
    about: str | None = None
    kind: Kind
    price: Money
    allergens: list[Allergen]
    recipe: Annotated[str | None, Field(max_length=40)] = None
    on_sale: bool = True


class ProductIn(ProductBase):
    """A product as a client sends it, to create or replace one."""


class Product(ProductBase):
    """Something we sell."""

    photo: Blob | None = None


class ProductOut(Product):
    """A product as it is answered."""

    id: str
    meta: Meta


class ProductPatch(BaseModel):
    """Changes to a product: what is left out stays, null removes."""

    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str | None, Field(examples=["BRD-0001"], pattern=r"^[A-Z]{3}-\d{4}$")] = None
    title: Annotated[str | None, Field(max_length=120)] = None
    about: str | None = None
    kind: Kind | None = None
    price: Money | None = None
    allergens: list[Allergen] | None = None
    recipe: Annotated[str | None, Field(max_length=40)] = None
    on_sale: bool | None = None


class ProductQuery(Query):
    """How a list of products can be filtered and ordered."""

    sku: str | None = None
    sku__in: Commas[str] | None = None
    sku__prefix: str | None = None
    title: str | None = None
    title__in: Commas[str] | None = None
    title__prefix: str | None = None
    kind: Kind | None = None
    kind__in: Commas[Kind] | None = None
    price_amount: Decimal | None = None
    price_amount__gt: Decimal | None = None
    price_amount__gte: Decimal | None = None
    price_amount__lt: Decimal | None = None
    price_amount__lte: Decimal | None = None
    recipe: str | None = None
    recipe__in: Commas[str] | None = None
    recipe__null: bool | None = None
    on_sale: bool | None = None
    allergens__has: Allergen | None = None
    q: str | None = None
    order_by: Literal[
        "-created_at",
        "created_at",
        "-sku",
        "sku",
        "-title",
        "title",
        "-kind",
        "kind",
        "-price_amount",
        "price_amount",
        "-recipe",
        "recipe",
        "-on_sale",
        "on_sale",
    ] = "-created_at"

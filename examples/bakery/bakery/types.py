"""What resources are made of."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from tenure import Pin

EmailStr = Annotated[
    str,
    Field(
        json_schema_extra={"format": "email"},
        max_length=254,
        pattern=r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$",
    ),
]

UrlStr = Annotated[
    str,
    Field(json_schema_extra={"format": "uri"}, max_length=2000, pattern=r"^https?://[^\s/?#]+\S*$"),
]


class Kind(StrEnum):
    bread = "bread"
    pastry = "pastry"
    cake = "cake"


class Allergen(StrEnum):
    gluten = "gluten"  # Cereals containing gluten
    milk = "milk"  # Milk and dairy
    nuts = "nuts"  # Nuts


class OrderStatus(StrEnum):
    placed = "placed"
    paid = "paid"
    baking = "baking"
    done = "done"
    cancelled = "cancelled"


class Money(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: Annotated[Decimal, Field(decimal_places=2, ge=0, max_digits=10)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"


class Address(BaseModel):
    model_config = ConfigDict(extra="forbid")

    street: Annotated[str, Field(max_length=120)]
    city: str
    postcode: Annotated[str, Field(max_length=12)]
    country: Annotated[str, Field(max_length=2, min_length=2)] = "DE"


class Ingredient(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    grams: Annotated[int, Field(ge=1)]


class OrderLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    product: Pin
    quantity: Annotated[int, Field(ge=1, le=500)]
    note: str | None = None


class CardPayment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["card"] = "card"
    last4: Annotated[str, Field(pattern=r"^\d{4}$")]
    token: str


class CashPayment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["cash"] = "cash"


class InvoicePayment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["invoice"] = "invoice"
    vat_id: str
    due: date


Payment = Annotated[CardPayment | CashPayment | InvoicePayment, Field(discriminator="kind")]


class CardPaymentOut(BaseModel):
    """CardPayment as it is answered, without its secrets."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["card"] = "card"
    last4: Annotated[str, Field(pattern=r"^\d{4}$")]


PaymentOut = Annotated[CardPaymentOut | CashPayment | InvoicePayment, Field(discriminator="kind")]

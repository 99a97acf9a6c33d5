"""What resources are made of."""

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


class State(StrEnum):
    new = "new"
    active = "active"


class Key(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    value: str


class KeyOut(BaseModel):
    """Key as it is answered, without its secrets."""

    model_config = ConfigDict(extra="forbid")

    name: str


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
    to: EmailStr
    key: Key | None = None


Payment = Annotated[
    CardPayment | CashPayment | InvoicePayment,
    Field(description="How a member pays.", discriminator="kind"),
]


class CardPaymentOut(BaseModel):
    """CardPayment as it is answered, without its secrets."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["card"] = "card"
    last4: Annotated[str, Field(pattern=r"^\d{4}$")]


class InvoicePaymentOut(BaseModel):
    """InvoicePayment as it is answered, without its secrets."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["invoice"] = "invoice"
    to: EmailStr
    key: KeyOut | None = None


PaymentOut = Annotated[
    CardPaymentOut | CashPayment | InvoicePaymentOut,
    Field(description="How a member pays.", discriminator="kind"),
]


class Wallet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    payment: Payment
    spare: list[Payment] | None = None
    keys: Annotated[list[Key], Field(max_length=3)]
    limit: Decimal = Decimal("10")


class WalletOut(BaseModel):
    """Wallet as it is answered, without its secrets."""

    model_config = ConfigDict(extra="forbid")

    payment: PaymentOut
    spare: list[PaymentOut] | None = None
    keys: Annotated[list[KeyOut], Field(max_length=3)]
    limit: Decimal = Decimal("10")


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str
    by: Pin


class Forgotten(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str


class PhoneContact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: Literal["phone"] = "phone"
    number: str


Contact = PhoneContact

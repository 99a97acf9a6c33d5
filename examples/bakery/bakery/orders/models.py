"""Orders: what a client may send, what is stored, and what is answered."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from tenure import Meta, Query
from tenure.http import Commas

from bakery.types import Address, Money, OrderLine, OrderStatus, Payment, PaymentOut


class OrderBase(BaseModel):
    """What an order has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    customer: Annotated[str, Field(max_length=40)]
    lines: Annotated[list[OrderLine], Field(max_length=100, min_length=1)]
    ship_to: Address | None = None
    pickup: AwareDatetime | None = None


class OrderIn(OrderBase):
    """An order as a client sends it, to create or replace one."""

    account: Annotated[str | None, Field(max_length=80)] = None
    number: str | None = None
    payment: Payment | None = None


class Order(OrderBase):
    """An order as it is stored."""

    account: Annotated[str, Field(max_length=80)]
    number: str
    status: OrderStatus
    payment: Payment | None = None
    total: Money


class OrderOut(OrderBase):
    """An order as it is answered."""

    account: Annotated[str, Field(max_length=80)]
    number: str
    status: OrderStatus
    payment: PaymentOut | None = None
    total: Money
    id: str
    meta: Meta


class OrderPatch(BaseModel):
    """Changes to an order: what is left out stays, null removes."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[str | None, Field(max_length=80)] = None
    number: str | None = None
    customer: Annotated[str | None, Field(max_length=40)] = None
    lines: Annotated[list[OrderLine] | None, Field(max_length=100, min_length=1)] = None
    ship_to: Address | None = None
    payment: Payment | None = None
    pickup: AwareDatetime | None = None


class OrderQuery(Query):
    """How a list of orders can be filtered and ordered."""

    account: str | None = None
    account__in: Commas[str] | None = None
    account__prefix: str | None = None
    number: str | None = None
    number__in: Commas[str] | None = None
    number__prefix: str | None = None
    customer: str | None = None
    customer__in: Commas[str] | None = None
    status: OrderStatus | None = None
    status__in: Commas[OrderStatus] | None = None
    pickup: AwareDatetime | None = None
    pickup__gt: AwareDatetime | None = None
    pickup__gte: AwareDatetime | None = None
    pickup__lt: AwareDatetime | None = None
    pickup__lte: AwareDatetime | None = None
    pickup__null: bool | None = None
    total_amount: Decimal | None = None
    total_amount__gt: Decimal | None = None
    total_amount__gte: Decimal | None = None
    total_amount__lt: Decimal | None = None
    total_amount__lte: Decimal | None = None
    order_by: Literal[
        "-created_at",
        "created_at",
        "-account",
        "account",
        "-number",
        "number",
        "-customer",
        "customer",
        "-status",
        "status",
        "-pickup",
        "pickup",
        "-total_amount",
        "total_amount",
    ] = "-created_at"

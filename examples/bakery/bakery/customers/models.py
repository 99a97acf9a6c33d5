"""Customers: what a client may send, what is stored, and what is answered."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from tenure import Meta, Query
from tenure.http import Commas

from bakery.types import Address, EmailStr


class CustomerBase(BaseModel):
    """What a customer has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=80)]
    email: EmailStr
    phone: str | None = None
    address: Address | None = None
    birthday: Annotated[
        date | None,
        Field(
            description="Deprecated: not asked for since 2026-05.",
            json_schema_extra={"deprecated": True},
        ),
    ] = None

    @field_validator("phone")
    @classmethod
    def digits_only(cls, phone: str | None) -> str | None:
        """One way to write a number: +49301234567, however it was typed."""
        if phone is None:
            return None
        digits = "".join(character for character in phone if character.isdigit())
        if len(digits) < 6:
            raise ValueError("must hold at least six digits")
        return f"+{digits}" if phone.strip().startswith("+") else digits


class CustomerIn(CustomerBase):
    """A customer as a client sends it, to create or replace one."""

    account: Annotated[str | None, Field(max_length=80)] = None


class Customer(CustomerBase):
    """Somebody who buys."""

    account: Annotated[str, Field(max_length=80)]


class CustomerOut(Customer):
    """A customer as it is answered."""

    id: str
    meta: Meta


class CustomerPatch(BaseModel):
    """Changes to a customer: what is left out stays, null removes."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[str | None, Field(max_length=80)] = None
    name: Annotated[str | None, Field(max_length=80)] = None
    email: EmailStr | None = None
    phone: str | None = None
    address: Address | None = None
    birthday: Annotated[
        date | None,
        Field(
            description="Deprecated: not asked for since 2026-05.",
            json_schema_extra={"deprecated": True},
        ),
    ] = None


class CustomerQuery(Query):
    """How a list of customers can be filtered and ordered."""

    account: str | None = None
    account__in: Commas[str] | None = None
    account__prefix: str | None = None
    name: str | None = None
    name__in: Commas[str] | None = None
    name__prefix: str | None = None
    email: str | None = None
    email__in: Commas[str] | None = None
    email__prefix: str | None = None
    q: str | None = None
    order_by: Literal[
        "-created_at", "created_at", "-account", "account", "-name", "name", "-email", "email"
    ] = "-created_at"

"""Suppliers: what a client may send, what is stored, and what is answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from tenure import Blob, Meta, Query
from tenure.http import Commas

from bakery.types import Address, EmailStr


class SupplierBase(BaseModel):
    """What a supplier has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    name: str
    contact: EmailStr
    address: Address
    delivers: list[Annotated[str, Field(max_length=40)]]


class SupplierIn(SupplierBase):
    """A supplier as a client sends it, to create or replace one."""


class Supplier(SupplierBase):
    """A supplier as it is stored."""

    contract: Blob | None = None


class SupplierOut(Supplier):
    """A supplier as it is answered."""

    id: str
    meta: Meta


class SupplierPatch(BaseModel):
    """Changes to a supplier: what is left out stays, null removes."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    contact: EmailStr | None = None
    address: Address | None = None
    delivers: list[Annotated[str, Field(max_length=40)]] | None = None


class SupplierQuery(Query):
    """How a list of suppliers can be filtered and ordered."""

    name: str | None = None
    name__in: Commas[str] | None = None
    name__prefix: str | None = None
    contact: str | None = None
    contact__in: Commas[str] | None = None
    contact__prefix: str | None = None
    q: str | None = None
    order_by: Literal["-created_at", "created_at", "-name", "name"] = "-created_at"

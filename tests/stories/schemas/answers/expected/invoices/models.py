"""Invoices: what is stored, and what is answered."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from tenure import Meta, Query
from tenure.http import Commas


class Invoice(BaseModel):
    """An invoice as it is stored."""

    model_config = ConfigDict(extra="forbid")

    name: str
    sum: int


class InvoiceOut(Invoice):
    """An invoice as it is answered."""

    id: str
    meta: Meta


class InvoiceQuery(Query):
    """How a list of invoices can be filtered and ordered."""

    name: str | None = None
    name__in: Commas[str] | None = None
    name__prefix: str | None = None
    order_by: Literal["-created_at", "created_at", "-name", "name"] = "-created_at"

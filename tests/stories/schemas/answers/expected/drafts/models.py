"""Drafts: what a client may send, what is stored, and what is answered."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from tenure import Meta, Query


class DraftBase(BaseModel):
    """What a draft has wherever it appears."""

    model_config = ConfigDict(extra="forbid")


class DraftIn(DraftBase):
    """A draft as a client sends it, to create one."""


class Draft(DraftBase):
    """A draft as it is stored."""

    total: int


class DraftOut(Draft):
    """A draft as it is answered."""

    id: str
    meta: Meta


class DraftQuery(Query):
    """How a list of drafts can be filtered and ordered."""

    order_by: Literal["-created_at", "created_at"] = "-created_at"

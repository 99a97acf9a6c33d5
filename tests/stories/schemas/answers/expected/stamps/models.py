"""Stamps: what is stored, and what is answered."""

from pydantic import BaseModel, ConfigDict
from tenure import Meta


class Stamp(BaseModel):
    """A stamp as it is stored."""

    model_config = ConfigDict(extra="forbid")

    name: str


class StampOut(Stamp):
    """A stamp as it is answered."""

    id: str
    meta: Meta

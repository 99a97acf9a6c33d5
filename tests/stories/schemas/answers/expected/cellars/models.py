"""Cellars: what is stored."""

from pydantic import BaseModel, ConfigDict


class Cellar(BaseModel):
    """A cellar as it is stored."""

    model_config = ConfigDict(extra="forbid")

    name: str

"""What resources are made of."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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


class Soil(StrEnum):
    sand = "sand"
    loam = "loam"
    clay = "clay"


class Light(StrEnum):
    """How much sun a bed gets.

    Deprecated: measure it in hours.
    """

    full = "full"  # Six hours of sun or more
    half = "half"  # Some hours of "dappled" sun
    shade = "shade"


class Size(BaseModel):
    """Length and width in metres."""

    model_config = ConfigDict(extra="forbid")

    length: Annotated[
        Decimal, Field(decimal_places=2, ge=Decimal("0.1"), le=Decimal("99.95"), max_digits=6)
    ]
    width: Annotated[Decimal, Field(ge=0)] = Decimal("1.20")

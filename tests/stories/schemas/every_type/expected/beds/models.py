"""Beds: what a client may send, what is stored, and what is answered."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, JsonValue
from tenure import Blob, Meta, Query
from tenure.http import Commas

from garden.types import EmailStr, Light, Size, Soil, UrlStr


class BedBase(BaseModel):
    """What a bed has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str,
        Field(
            description='What the sign says, e.g. "herbs".',
            examples=["Herbs"],
            max_length=80,
            min_length=1,
            title="Name",
        ),
    ]
    code: Annotated[str, Field(pattern="^[A-Z]\"\\d{2}'$")] = "A\"01'"
    notes: Annotated[str, Field(max_length=10000)] = ""
    rows: Annotated[int, Field(ge=-1, le=40)] = 3
    slope: Annotated[FiniteFloat, Field(ge=-0.5, le=0.5)] = 0.0
    price: Annotated[Decimal, Field(decimal_places=2, examples=["9.99"], max_digits=8)] = Decimal(
        "12.50"
    )
    raised: bool = False
    dug_on: Annotated[date, Field(ge=date(1990, 1, 1), le=date(2099, 12, 31))] = date(2020, 2, 29)
    opens_at: Annotated[time, Field(ge=time(6, 0))] = time(8, 30)
    seen_at: Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, 0, 0, tzinfo=UTC))] = datetime(
        2026, 5, 31, 6, 30, 15, 500000, tzinfo=UTC
    )
    rests_for: Annotated[
        timedelta, Field(examples=["PT5H"], ge=timedelta(hours=1), le=timedelta(days=30))
    ] = timedelta(minutes=90)
    tag: UUID = UUID("123e4567-e89b-12d3-a456-426614174000")
    contact: Annotated[EmailStr, Field(max_length=80)] = "gardener@example.org"
    page: UrlStr = "https://example.org/a?b=c"
    extra: JsonValue
    soil: Annotated[Soil, Field(examples=["clay"])] = Soil.loam
    light: Light
    size: Size
    may_name: Annotated[str | None, Field(max_length=80)] = None
    may_code: Annotated[str | None, Field(pattern=r"^\w+$")] = "x"
    may_rows: int | None = 3
    may_slope: FiniteFloat | None = 0.25
    may_price: Annotated[Decimal | None, Field(ge=Decimal("0.01"))] = Decimal("1")
    may_be_raised: bool | None = None
    may_be_dug_on: Annotated[date | None, Field(le=date(2099, 12, 31))] = date(2020, 2, 29)
    may_open_at: time | None = None
    may_be_seen_at: AwareDatetime | None = None
    may_rest_for: timedelta | None = timedelta(days=2)
    may_tag: UUID | None = None
    may_contact: EmailStr | None = "gardener@example.org"
    may_page: Annotated[UrlStr | None, Field(max_length=200)] = None
    may_extra: JsonValue | None = None
    may_soil: Annotated[Soil | None, Field(title="Soil")] = Soil.sand
    may_size: Size | None = None
    names: Annotated[list[str], Field(max_length=5, min_length=1)] = ["mint"]
    row_numbers: list[int] = []
    slopes: list[FiniteFloat] | None = None
    prices: Annotated[list[Decimal] | None, Field(max_length=3)] = [Decimal("0.5"), Decimal("1")]
    days: list[date]
    moments: list[AwareDatetime] | None = None
    tags: list[UUID] | None = None
    contacts: Annotated[list[EmailStr] | None, Field(max_length=3)] = None
    pages: list[UrlStr]
    extras: list[JsonValue] | None = None
    soils: list[Soil] = [Soil.sand, Soil.clay]
    sizes: Annotated[list[Size] | None, Field(description="Of the parts.")] = None
    old_name: Annotated[
        str | None,
        Field(description="As it was called. Deprecated.", json_schema_extra={"deprecated": True}),
    ] = None
    old_soil: Annotated[
        Soil, Field(description="Deprecated: use soil.", json_schema_extra={"deprecated": True})
    ] = Soil.clay


class BedIn(BedBase):
    """A bed as a client sends it, to create or replace one."""


class Bed(BedBase):
    """A piece of ground.

    It has "one" kind of soil, and a \\ in its description.
    """

    photo: Blob | None = None


class BedOut(Bed):
    """A bed as it is answered."""

    id: str
    meta: Meta


class BedPatch(BaseModel):
    """Changes to a bed: what is left out stays, null removes."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str | None,
        Field(
            description='What the sign says, e.g. "herbs".',
            examples=["Herbs"],
            max_length=80,
            min_length=1,
            title="Name",
        ),
    ] = None
    code: Annotated[str | None, Field(pattern="^[A-Z]\"\\d{2}'$")] = None
    notes: Annotated[str | None, Field(max_length=10000)] = None
    rows: Annotated[int | None, Field(ge=-1, le=40)] = None
    slope: Annotated[FiniteFloat | None, Field(ge=-0.5, le=0.5)] = None
    price: Annotated[Decimal | None, Field(decimal_places=2, examples=["9.99"], max_digits=8)] = (
        None
    )
    raised: bool | None = None
    dug_on: Annotated[date | None, Field(ge=date(1990, 1, 1), le=date(2099, 12, 31))] = None
    opens_at: Annotated[time | None, Field(ge=time(6, 0))] = None
    seen_at: Annotated[AwareDatetime | None, Field(ge=datetime(2000, 1, 1, 0, 0, tzinfo=UTC))] = (
        None
    )
    rests_for: Annotated[
        timedelta | None, Field(examples=["PT5H"], ge=timedelta(hours=1), le=timedelta(days=30))
    ] = None
    tag: UUID | None = None
    contact: Annotated[EmailStr | None, Field(max_length=80)] = None
    page: UrlStr | None = None
    extra: JsonValue | None = None
    soil: Annotated[Soil | None, Field(examples=["clay"])] = None
    light: Light | None = None
    size: Size | None = None
    may_name: Annotated[str | None, Field(max_length=80)] = None
    may_code: Annotated[str | None, Field(pattern=r"^\w+$")] = None
    may_rows: int | None = None
    may_slope: FiniteFloat | None = None
    may_price: Annotated[Decimal | None, Field(ge=Decimal("0.01"))] = None
    may_be_raised: bool | None = None
    may_be_dug_on: Annotated[date | None, Field(le=date(2099, 12, 31))] = None
    may_open_at: time | None = None
    may_be_seen_at: AwareDatetime | None = None
    may_rest_for: timedelta | None = None
    may_tag: UUID | None = None
    may_contact: EmailStr | None = None
    may_page: Annotated[UrlStr | None, Field(max_length=200)] = None
    may_extra: JsonValue | None = None
    may_soil: Annotated[Soil | None, Field(title="Soil")] = None
    may_size: Size | None = None
    names: Annotated[list[str] | None, Field(max_length=5, min_length=1)] = None
    row_numbers: list[int] | None = None
    slopes: list[FiniteFloat] | None = None
    prices: Annotated[list[Decimal] | None, Field(max_length=3)] = None
    days: list[date] | None = None
    moments: list[AwareDatetime] | None = None
    tags: list[UUID] | None = None
    contacts: Annotated[list[EmailStr] | None, Field(max_length=3)] = None
    pages: list[UrlStr] | None = None
    extras: list[JsonValue] | None = None
    soils: list[Soil] | None = None
    sizes: Annotated[list[Size] | None, Field(description="Of the parts.")] = None
    old_name: Annotated[
        str | None,
        Field(description="As it was called. Deprecated.", json_schema_extra={"deprecated": True}),
    ] = None
    old_soil: Annotated[
        Soil | None,
        Field(description="Deprecated: use soil.", json_schema_extra={"deprecated": True}),
    ] = None


class BedQuery(Query):
    """How a list of beds can be filtered and ordered."""

    rows: int | None = None
    rows__in: Commas[int] | None = None
    rows__gt: int | None = None
    rows__gte: int | None = None
    rows__lt: int | None = None
    rows__lte: int | None = None
    slope__gt: FiniteFloat | None = None
    slope__gte: FiniteFloat | None = None
    slope__lt: FiniteFloat | None = None
    slope__lte: FiniteFloat | None = None
    price: Decimal | None = None
    price__gt: Decimal | None = None
    price__gte: Decimal | None = None
    price__lt: Decimal | None = None
    price__lte: Decimal | None = None
    raised: bool | None = None
    dug_on: date | None = None
    dug_on__gt: date | None = None
    dug_on__gte: date | None = None
    dug_on__lt: date | None = None
    dug_on__lte: date | None = None
    opens_at: time | None = None
    opens_at__gt: time | None = None
    opens_at__gte: time | None = None
    opens_at__lt: time | None = None
    opens_at__lte: time | None = None
    seen_at: AwareDatetime | None = None
    seen_at__gt: AwareDatetime | None = None
    seen_at__gte: AwareDatetime | None = None
    seen_at__lt: AwareDatetime | None = None
    seen_at__lte: AwareDatetime | None = None
    rests_for: timedelta | None = None
    rests_for__gt: timedelta | None = None
    rests_for__gte: timedelta | None = None
    rests_for__lt: timedelta | None = None
    rests_for__lte: timedelta | None = None
    tag: UUID | None = None
    tag__in: Commas[UUID] | None = None
    contact: str | None = None
    contact__in: Commas[str] | None = None
    contact__prefix: str | None = None
    page: str | None = None
    soil: Soil | None = None
    soil__in: Commas[Soil] | None = None
    size_length: Decimal | None = None
    size_length__gt: Decimal | None = None
    size_length__gte: Decimal | None = None
    size_length__lt: Decimal | None = None
    size_length__lte: Decimal | None = None
    may_be_seen_at: AwareDatetime | None = None
    may_be_seen_at__gt: AwareDatetime | None = None
    may_be_seen_at__gte: AwareDatetime | None = None
    may_be_seen_at__lt: AwareDatetime | None = None
    may_be_seen_at__lte: AwareDatetime | None = None
    may_be_seen_at__null: bool | None = None
    names__has: str | None = None
    contacts__has: str | None = None
    soils__has: Soil | None = None
    order_by: Literal[
        "-created_at",
        "created_at",
        "-rows",
        "rows",
        "-slope",
        "slope",
        "-price",
        "price",
        "-raised",
        "raised",
        "-dug_on",
        "dug_on",
        "-opens_at",
        "opens_at",
        "-seen_at",
        "seen_at",
        "-rests_for",
        "rests_for",
        "-tag",
        "tag",
        "-contact",
        "contact",
        "-page",
        "page",
        "-soil",
        "soil",
        "-size_length",
        "size_length",
        "-may_be_seen_at",
        "may_be_seen_at",
    ] = "-created_at"

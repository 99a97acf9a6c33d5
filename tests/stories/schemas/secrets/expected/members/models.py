"""Members: what a client may send, what is stored, and what is answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from tenure import Meta, Pin, Query
from tenure.http import Commas

from club.types import Contact, Note, State, Wallet, WalletOut


class MemberBase(BaseModel):
    """What a member has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=80)]
    contact: Contact
    mentor: Annotated[str | None, Field(max_length=40)] = None
    first: Pin | None = None
    friends: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)]
    admired: list[Pin] | None = None
    notes: list[Note] | None = None


class MemberIn(MemberBase):
    """A member as a client sends it, to create or replace one."""

    account: Annotated[str | None, Field(max_length=80)] = None
    password: Annotated[str, Field(min_length=12)]
    pin_code: str | None = None
    wallet: Wallet | None = None
    number: int | None = None


class Member(MemberBase):
    """A member as it is stored."""

    account: Annotated[str, Field(max_length=80)]
    password: Annotated[str, Field(min_length=12)]
    pin_code: str | None = None
    wallet: Wallet | None = None
    number: int
    state: State
    points: int


class MemberOut(MemberBase):
    """A member as it is answered."""

    account: Annotated[str, Field(max_length=80)]
    wallet: WalletOut | None = None
    number: int
    state: State
    points: int
    id: str
    meta: Meta


class MemberPatch(BaseModel):
    """Changes to a member: what is left out stays, null removes."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[str | None, Field(max_length=80)] = None
    name: Annotated[str | None, Field(max_length=80)] = None
    password: Annotated[str | None, Field(min_length=12)] = None
    pin_code: str | None = None
    wallet: Wallet | None = None
    contact: Contact | None = None
    number: int | None = None
    mentor: Annotated[str | None, Field(max_length=40)] = None
    first: Pin | None = None
    friends: Annotated[list[Annotated[str, Field(max_length=40)]] | None, Field(max_length=20)] = (
        None
    )
    admired: list[Pin] | None = None
    notes: list[Note] | None = None


class MemberQuery(Query):
    """How a list of members can be filtered and ordered."""

    account: str | None = None
    account__in: Commas[str] | None = None
    account__prefix: str | None = None
    name: str | None = None
    name__in: Commas[str] | None = None
    name__prefix: str | None = None
    number: int | None = None
    number__in: Commas[int] | None = None
    number__gt: int | None = None
    number__gte: int | None = None
    number__lt: int | None = None
    number__lte: int | None = None
    mentor: str | None = None
    mentor__in: Commas[str] | None = None
    mentor__null: bool | None = None
    first: str | None = None
    first__in: Commas[str] | None = None
    first__null: bool | None = None
    state: State | None = None
    state__in: Commas[State] | None = None
    q: str | None = None
    order_by: Literal[
        "-created_at",
        "created_at",
        "-account",
        "account",
        "-name",
        "name",
        "-number",
        "number",
        "-mentor",
        "mentor",
        "-first",
        "first",
        "-state",
        "state",
    ] = "-created_at"

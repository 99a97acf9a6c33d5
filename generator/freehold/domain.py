"""What a spec means, with every name decided: the value between resolve and plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

ScalarName = Literal[
    "string",
    "text",
    "int",
    "float",
    "decimal",
    "bool",
    "date",
    "time",
    "datetime",
    "duration",
    "uuid",
    "email",
    "url",
    "json",
    "blob",
]
OnDelete = Literal["restrict", "cascade", "set_null", "unlink", "keep"]
Action = Literal[
    "create", "read", "update", "delete", "publish", "restore", "history"
]  # in this order


@dataclass(frozen=True, slots=True)
class Place:
    """Where the author wrote something; line and column count from 1."""

    file: str  # as the author would name it: relative to the spec's folder
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Type:
    kind: Literal["scalar", "enum", "value", "union", "resource"]
    name: str  # "string", "Kind", "Money", "Payment", "Product"
    many: bool = False  # [T]


@dataclass(frozen=True, slots=True)
class Call:
    """`default: next_order_number()`: a function in rules.py."""

    function: str


@dataclass(frozen=True, slots=True)
class Member:
    name: str  # Python identifier and wire value: "nuts"
    title: str | None
    was: str | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Enum:
    name: str
    members: tuple[Member, ...]
    was: str | None
    deprecated: str | None
    description: str | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: Type
    optional: bool  # `name?:`
    title: str | None
    description: str | None
    example: object  # already checked against the type; None when absent
    default: object  # None when absent; a Call; else the checked value (enum member: its name as str; decimal: Decimal)
    has_default: bool
    min: (
        int | float | Decimal | str | None
    )  # value bound for numbers and dates, length for strings, item count for lists
    max: int | float | Decimal | str | None
    pattern: str | None
    digits: int | None
    places: int | None
    index: bool
    index_parts: tuple[str, ...]  # `index: [amount]` on a value
    unique: bool
    search: bool
    immutable: bool
    secret: bool
    computed: bool
    pin: bool
    on_delete: OnDelete  # "restrict" unless said; only meaningful for a resource type
    accept: tuple[str, ...]  # blobs
    max_size: int | None  # bytes
    was: str | None
    drop: bool
    deprecated: str | None  # the reason, "" for a bare true
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Value:
    name: str
    fields: tuple[Field, ...]
    secret: bool  # a field of it, at any depth, is secret: it needs an Out twin
    was: str | None
    deprecated: str | None
    description: str | None
    place: Place = field(compare=False)
    dropped: tuple[Field, ...] = ()  # marked `drop`, and so not in fields


@dataclass(frozen=True, slots=True)
class Variant:
    tag: str  # "card"
    class_name: str  # "CardPayment": tag + union name, unique in the project
    fields: tuple[Field, ...]
    secret: bool
    dropped: tuple[Field, ...] = ()
    was: str | None = None  # its former tag


@dataclass(frozen=True, slots=True)
class Union:
    name: str
    tag: str  # the discriminating key: "kind"
    variants: tuple[Variant, ...]
    secret: bool
    was: str | None
    deprecated: str | None
    description: str | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A typed column of the metadata table; what `indexed()` returns an entry for."""

    key: str  # in Python and in filters: "price_amount", "recipe", "kind"
    name: str  # in SQL: "price_amount", "recipe_id", "kind"
    path: tuple[str, ...]  # ("price", "amount"): the attributes to follow
    field: Field  # the leaf: type, min, max, digits, places
    nullable: bool  # anything on the path is optional
    references: str | None  # resource name for a (single, unpinned or pinned) reference, else None
    sortable: bool  # it has an index that begins with it
    why: tuple[
        str, ...
    ]  # of "index", "unique", "search", "reference", "owner", "workflow", "composite"


@dataclass(frozen=True, slots=True)
class ListTable:
    """(value, id) rows for `__has` filters on an indexed list field."""

    table: str  # "product_allergens"
    field: Field


@dataclass(frozen=True, slots=True)
class Index:
    name: str  # "ix_orders_customer_status", "uq_suppliers_name_contact"
    columns: tuple[str, ...]  # column keys, without the closing (created_at, id)
    unique: bool  # unique among what is not deleted


@dataclass(frozen=True, slots=True)
class Filter:
    """One query parameter of the list route."""

    parameter: str  # "price_amount__gte"
    column: str  # column key, or the list field's name for "has"
    operator: Literal["eq", "in", "gt", "gte", "lt", "lte", "prefix", "has", "null"]
    field: Field  # for its type


@dataclass(frozen=True, slots=True)
class Reference:
    """Somewhere inside a resource another resource's id is kept."""

    path: tuple[str, ...]  # ("customer",), ("lines", "*", "product"); "*" is every item of a list
    to: str  # resource name
    on_delete: OnDelete
    pin: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of `allow`."""

    who: str  # "anyone", "signed_in", "owner" or a role
    actions: tuple[
        Action, ...
    ]  # in the order of Action; `all` is all of those that exist for the resource
    own: bool  # only what the actor owns
    everything: bool = False  # written as `all`: the workflow's transitions too


@dataclass(frozen=True, slots=True)
class Transition:
    name: str  # "pay"
    sources: tuple[str, ...]
    target: str
    allow: tuple[str, ...]  # "owner", "anyone", "signed_in" or roles; sorted as written
    description: str | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Workflow:
    field: str
    initial: str
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    revisions: int | Literal["all"]  # a number, or all
    days: int | None  # `90d`


@dataclass(frozen=True, slots=True)
class Resource:
    name: str  # "Product"
    singular: str  # "product": operation ids, function names
    plural: str  # "products": package, table, URL uses path
    path: str  # "products", "purchase-orders"
    label: str  # "product", "purchase order": in sentences
    labels: str  # "products", "purchase orders"
    prefix: str  # of ids: "prd", default the singular; at most 12 characters
    description: str | None
    display: str | None  # the field to show a human
    drafts: bool
    owner: str | None
    fields: tuple[Field, ...]  # without the ones marked drop
    dropped: tuple[Field, ...]
    columns: tuple[Column, ...]
    searched: tuple[tuple[str, ...], ...]  # paths whose text `q=` looks in; () means no q
    lists: tuple[ListTable, ...]
    indexes: tuple[Index, ...]
    filters: tuple[Filter, ...]
    references: tuple[Reference, ...]
    workflow: Workflow | None
    keep: Keep
    grants: tuple[Grant, ...]
    actions: tuple[Action, ...]  # those somebody may do: a route exists only for these
    secret: bool  # something in it is secret: Out is a class of its own
    was: str | None
    deprecated: str | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Retry:
    times: int
    wait: float  # seconds
    backoff: Literal["fixed", "exponential"]


@dataclass(frozen=True, slots=True)
class Job:
    name: str  # "SendReceipt"
    function: str  # "send_receipt"
    path: str  # "send-receipt"
    description: str | None
    after: tuple[str, str] | None  # ("Order", "pay")
    schedule: str | None  # cron, checked
    input: tuple[Field, ...]
    result: tuple[Field, ...]
    once_per: tuple[str, ...]
    retry: Retry | None
    timeout: float | None  # seconds
    was: str | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Domain:
    name: str  # "bakery": folder, package, distribution, environment prefix
    title: str
    description: str | None
    roles: tuple[Role, ...]
    enums: tuple[Enum, ...]
    values: tuple[Value, ...]  # each after those it uses, else in the author's order
    unions: tuple[Union, ...]
    resources: tuple[Resource, ...]  # in the author's order
    jobs: tuple[Job, ...]
    files: tuple[Path, ...] = field(compare=False)  # the spec and what it includes

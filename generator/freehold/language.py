"""The words of the spec language: which keys there are, and which types a field key suits."""

from __future__ import annotations

from typing import Final, get_args

from freehold.domain import Action, OnDelete, ScalarName


def words(text: str) -> frozenset[str]:
    """A set of words, written without the quotes and commas that would hide them."""
    return frozenset(text.split())


def in_order(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SCALARS: Final[tuple[str, ...]] = get_args(ScalarName)
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
ON_DELETE: Final[tuple[OnDelete, ...]] = get_args(OnDelete)
BACKOFF: Final = ("fixed", "exponential")
EVENTS: Final = ("create", "update", "delete", "publish", "restore")  # that a job can come after

TOP_KEYS: Final = in_order(
    "spec name title description include roles enums values unions resources jobs"
)
RESOURCE_KEYS: Final = in_order(
    "description display plural id drafts owner fields unique indexes workflow keep allow was "
    "deprecated"
)
ENUM_KEYS: Final = in_order("members description was deprecated")
MEMBER_KEYS: Final = in_order("title was")
VALUE_KEYS: Final = in_order("fields description was deprecated")
VARIANT_KEYS: Final = in_order("fields was")
UNION_KEYS: Final = in_order("tag of description was deprecated")
WORKFLOW_KEYS: Final = in_order("field initial transitions")
TRANSITION_KEYS: Final = in_order("from to allow description")
KEEP_KEYS: Final = in_order("revisions days")
JOB_KEYS: Final = in_order("description after schedule input result once_per retry timeout was")
RETRY_KEYS: Final = in_order("times wait backoff")

NUMBERS: Final = frozenset({"int", "float", "decimal"})
TIMES: Final = frozenset({"date", "time", "datetime", "duration"})
TEXTS: Final = frozenset({"string", "text", "email", "url"})
SHAPES: Final = frozenset({"enum", "value", "union", "resource"})
EVERYTHING: Final = frozenset(SCALARS) | SHAPES | {"list"}
# What a typed column can hold; `text` is searched without one, `json` and `blob` never are.
COLUMN_TYPES: Final = (
    frozenset({"string", "email", "url", "uuid", "bool"}) | NUMBERS | TIMES | {"enum", "resource"}
)

# The kinds of type a field key suits: a scalar's name, "enum", "value", "union", "resource",
# and "list" for every list, whatever is in it.
SUITS: Final[dict[str, frozenset[str]]] = {
    "type": EVERYTHING,
    "min": TEXTS | NUMBERS | TIMES | {"list"},
    "max": TEXTS | NUMBERS | TIMES | {"list"},
    "pattern": frozenset({"string", "text"}),
    "digits": frozenset({"decimal"}),
    "places": frozenset({"decimal"}),
    "default": EVERYTHING - {"blob"},
    "unique": COLUMN_TYPES - {"bool", "float"},
    "index": COLUMN_TYPES | {"value", "list"},
    "search": frozenset({"string", "text"}),
    "immutable": EVERYTHING - {"blob"},
    "secret": EVERYTHING - {"blob", "resource"},
    "computed": EVERYTHING - {"blob"},
    "pin": frozenset({"resource"}),
    "on_delete": frozenset({"resource"}),
    "accept": frozenset({"blob"}),
    "max_size": frozenset({"blob"}),
    "was": EVERYTHING,
    "drop": EVERYTHING,
    "deprecated": EVERYTHING,
    "title": EVERYTHING,
    "description": EVERYTHING,
    "example": EVERYTHING - {"blob", "resource"},
}
FIELD_KEYS: Final = tuple(SUITS)
LIST_OF_RESOURCES_KEYS: Final = frozenset({"pin", "on_delete"})
# Only a resource has columns, an owner and a rules.py.
RESOURCE_FIELD_KEYS: Final = frozenset({"index", "unique", "search", "immutable", "computed"})
JOB_FIELD_REFUSES: Final = RESOURCE_FIELD_KEYS | {"on_delete", "drop"}

# What people write who know another language, and what it is called here.
SYNONYMS: Final[dict[str, str]] = {
    "str": "string",
    "varchar": "string",
    "char": "string",
    "String": "string",
    "markdown": "text",
    "integer": "int",
    "long": "int",
    "bigint": "int",
    "number": "decimal",
    "numeric": "decimal",
    "money": "decimal",
    "double": "float",
    "real": "float",
    "boolean": "bool",
    "timestamp": "datetime",
    "timestamptz": "datetime",
    "timedelta": "duration",
    "interval": "duration",
    "guid": "uuid",
    "uri": "url",
    "link": "url",
    "object": "json",
    "dict": "json",
    "map": "json",
    "any": "json",
    "file": "blob",
    "image": "blob",
    "binary": "blob",
    "bytes": "blob",
}

"""Reads fields: the type, then every key against what suits that type and that place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from freehold.complaints import did_you_mean
from freehold.domain import Enum, Field, Place, Type
from freehold.language import (
    COLUMN_TYPES,
    FIELD_KEYS,
    JOB_FIELD_REFUSES,
    LIST_OF_RESOURCES_KEYS,
    RESOURCE_FIELD_KEYS,
    SCALARS,
    SUITS,
    SYNONYMS,
)
from freehold.resolve import taken
from freehold.resolve.field_keys import FieldKeys, Where, key_of, label
from freehold.resolve.reading import Reader
from freehold.spec import Entry, Map, Node, Scalar, Seq

PLACES = {"resource": "a resource", "value": "a value or a union", "job": "a job"}


@dataclass(frozen=True, slots=True)
class Fields:
    kept: tuple[Field, ...]
    dropped: tuple[Field, ...]
    written: frozenset[str]  # every name, also of fields that were complained about
    entries: Mapping[str, Entry]


class FieldReader:
    """Knows the declared types, and turns what is written below `fields:` into Fields."""

    def __init__(self, reader: Reader, kinds: Mapping[str, str], enums: Mapping[str, Enum]) -> None:
        self.reader = reader
        self.add = reader.add
        self.kinds = kinds
        self.enums = enums

    def fields(self, node: Node | None, what: str, where: Where, prefix: str) -> Fields:
        kept: list[Field] = []
        dropped: list[Field] = []
        written: dict[str, Entry] = {}
        example = "title: {type: string, max: 120}"
        for entry in self.reader.entries(node, f"`fields` of {what}", example):
            name = entry.key.text.removesuffix("?")
            if name in written:
                self.add(
                    "F011",
                    entry.key.place,
                    f"the field `{name}` is written twice",
                    f"first at {_at(written[name])}",
                )
                continue
            written[name] = entry
            field = self.field(entry, where, prefix)
            if field:
                (dropped if field.drop else kept).append(field)
        self.renames(kept, dropped, written)
        return Fields(tuple(kept), tuple(dropped), frozenset(written), written)

    def renames(self, kept: list[Field], dropped: list[Field], written: dict[str, Entry]) -> None:
        before: dict[str, str] = {}
        for field in (*kept, *dropped):
            if field.was is None:
                continue
            place = key_of(written[field.name], "was").place
            if field.was in written:
                self.add(
                    "F073",
                    place,
                    f"`{field.name}` was `{field.was}`, but `{field.was}` is still here",
                    "a field that is renamed is written under its new name only",
                )
            elif field.was in before:
                self.add(
                    "F074",
                    place,
                    f"`{field.was}` became `{before[field.was]}`, it cannot also be `{field.name}`",
                )
            before[field.was] = field.name

    def field(self, entry: Entry, where: Where, prefix: str) -> Field | None:
        key = entry.key
        optional = key.text.endswith("?")
        name = key.text.removesuffix("?")
        named = Scalar(name, name, key.place, key.end)
        node = entry.value
        written: dict[str, Node] = {}
        if isinstance(node, Map):
            example = f"{name}: {{type: string}}"
            written = self.reader.keys(node, FIELD_KEYS, f"the field `{name}`", example)
            if "type" not in written:
                self.add("F022", key.place, f"the field `{name}` has no `type`", f"like {example}")
        elif isinstance(node, Scalar) and node.value is None:
            self.add("F022", key.place, f"the field `{name}` has no type", f"like `{name}: string`")
        else:
            written = {"type": node}
        type_ = self.type(written["type"], name) if "type" in written else None
        good = self.reader.lower(named, "a field")
        if good:
            self.free(named, where, prefix, type_)
        if not good or type_ is None:
            return None
        if where == "value" and type_ == Type("scalar", "blob"):
            self.add(
                "F052",
                key.place,
                f"`{name}` cannot be a blob: a blob is uploaded to a field of a resource",
                "move it up into the resource",
            )
        suitable = self.suitable(written, node, type_, where, name)
        enum = self.enums.get(type_.name) if type_.kind == "enum" else None
        return FieldKeys(self.reader, name, optional, type_, enum, suitable, where, entry).field()

    def free(self, key: Scalar, where: Where, prefix: str, type_: Type | None) -> None:
        reference = type_ is not None and type_.kind == "resource" and not type_.many
        if where == "resource":
            found = taken.by_whom_in_resource(key.text, reference)
        else:
            found = taken.by_whom(key.text)
        if found:
            code, owner = found
            self.add(
                code,
                key.place,
                f"a field cannot be called `{key.text}`, which is {owner}",
                f"try `{prefix}_{key.text}`",
            )

    def type(self, node: Node, name: str) -> Type | None:
        if isinstance(node, Seq):
            if len(node.items) != 1 or not isinstance(node.items[0], Scalar):
                self.add(
                    "F051",
                    node.place,
                    f"the type of `{name}` is a list of one type",
                    "like this: `[string]`; for a list of lists, name the inner one under `values:`",
                )
                return None
            one = self.type(node.items[0], name)
            if one and one.name == "blob" and one.kind == "scalar":
                self.add(
                    "F052",
                    node.place,
                    "there is no list of blobs",
                    "make it a resource of its own with one blob field",
                )
                return None
            return Type(one.kind, one.name, many=True) if one else None
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self.reader.wrong(node, f"the type of `{name}` is the name of a type", "string")
            return None
        return self.named(node, name)

    def named(self, node: Scalar, name: str) -> Type | None:
        text = node.text
        if text in SCALARS:
            return Type("scalar", text)
        kind = self.kinds.get(text)
        if kind in ("enum", "value", "union", "resource"):
            return Type(kind, text)  # type: ignore[arg-type]
        hint = did_you_mean(text, [*self.kinds, *SCALARS])
        if text in SYNONYMS:
            hint = f"did you mean `{SYNONYMS[text]}`?"
        elif text.endswith("?"):
            hint = f"the question mark goes behind the name: `{name}?: {text[:-1]}`"
        elif text.endswith("[]") or re.match(r"(list|array)\W", text, re.IGNORECASE):
            hint = "a list is written `[string]`"
        self.add("F050", node.place, f"there is no type `{text}`", hint)
        return None

    def suitable(
        self, written: dict[str, Node], node: Node, type_: Type, where: Where, name: str
    ) -> dict[str, Node]:
        """The keys that make sense here; the others are complained about and left out."""
        kept = {}
        for key, value in written.items():
            place = _place_of(node, key) or value.place
            refused = (where == "job" and key in JOB_FIELD_REFUSES) or (
                where == "value" and key in RESOURCE_FIELD_KEYS
            )
            if refused:
                self.add(
                    "F054",
                    place,
                    f"`{key}` has no meaning in {PLACES[where]}",
                    "only a field of a resource has it"
                    + ("; there say `index: [part]`" if key == "index" else ""),
                )
            elif not _suits(key, type_):
                fitting = [k for k in FIELD_KEYS if k != "type" and _suits(k, type_)]
                self.add(
                    "F053",
                    place,
                    f"`{key}` does not suit {label(type_)}",
                    f"`{name}` may have: {', '.join(fitting)}",
                )
            else:
                kept[key] = value
        return kept


def _suits(key: str, type_: Type) -> bool:
    if type_.many:
        if key == "index":
            scalar_ok = type_.kind == "scalar" and type_.name in COLUMN_TYPES - {"float"}
            return scalar_ok or type_.kind in ("enum", "resource")
        if type_.kind == "resource" and key in LIST_OF_RESOURCES_KEYS:
            return True
        return "list" in SUITS[key]
    return (type_.name if type_.kind == "scalar" else type_.kind) in SUITS[key]


def _place_of(node: Node, key: str) -> Place | None:
    if isinstance(node, Map):
        return next((entry.key.place for entry in node.entries if entry.key.text == key), None)
    return None


def _at(entry: Entry) -> str:
    place = entry.key.place
    return f"{place.file}:{place.line}:{place.column}"

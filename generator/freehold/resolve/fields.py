"""Reads fields: the type, then every key against what suits that type and that place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from freehold.complaints import did_you_mean
from freehold.domain import Call, Enum, Field, Place, Type
from freehold.language import (
    COLUMN_TYPES,
    FIELD_KEYS,
    JOB_FIELD_REFUSES,
    LIST_OF_RESOURCES_KEYS,
    ON_DELETE,
    RESOURCE_FIELD_KEYS,
    SCALARS,
    SUITS,
    SYNONYMS,
)
from freehold.resolve import names, taken
from freehold.resolve.literals import Bound, Limits, Wrong, compiled, literal, looks, plain, scalar
from freehold.resolve.reading import Reader
from freehold.spec import Entry, Map, Node, Scalar, Seq

Where = Literal["resource", "value", "job"]
CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\(\)\Z")
MIME = re.compile(r"[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*)\Z")
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
            place = _key(written[field.name], "was").place
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
        suitable = self.suitable(written, node, type_, where, name)
        return _One(self, name, optional, type_, suitable, where, entry).field()

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
        label = _label(type_)
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
                    f"`{key}` does not suit {label}",
                    f"`{name}` may have: {', '.join(fitting)}",
                )
            else:
                kept[key] = value
        return kept


class _One:
    """One field, while its keys are being read."""

    def __init__(
        self,
        reader: FieldReader,
        name: str,
        optional: bool,
        type_: Type,
        written: dict[str, Node],
        where: Where,
        entry: Entry,
    ) -> None:
        self.reader = reader.reader
        self.add = reader.add
        self.enum = reader.enums.get(type_.name) if type_.kind == "enum" else None
        self.name = name
        self.optional = optional
        self.type = type_
        self.written = written
        self.where = where
        self.entry = entry

    def field(self) -> Field:
        limits = self.limits()
        default = self.default(limits)
        on_delete = self.reader.one_of(self.written.get("on_delete"), "`on_delete`", ON_DELETE)
        self.deleting(on_delete)
        index, parts = self.index()
        field = Field(
            name=self.name,
            type=self.type,
            optional=self.optional,
            title=self.text("title"),
            description=self.text("description"),
            example=self.checked("example", "F061", limits),
            default=default,
            has_default=default is not None,
            min=limits.min,
            max=limits.max,
            pattern=limits.pattern,
            digits=limits.digits,
            places=limits.places,
            index=index,
            index_parts=parts,
            unique=self.flag("unique"),
            search=self.flag("search"),
            immutable=self.flag("immutable"),
            secret=self.flag("secret"),
            computed=self.flag("computed"),
            pin=self.flag("pin"),
            on_delete=on_delete or "restrict",
            accept=self.accept(),
            max_size=self.reader.size(self.written.get("max_size"), "`max_size`"),
            was=self.was(),
            drop=self.flag("drop"),
            deprecated=self.reader.reason(self.written.get("deprecated"), "`deprecated`"),
            place=self.entry.key.place,
        )
        self.conflicts(field)
        return field

    def text(self, key: str) -> str | None:
        return self.reader.text(self.written.get(key), f"`{key}`")

    def flag(self, key: str) -> bool:
        return self.reader.flag(self.written.get(key), f"`{key}`")

    def limits(self) -> Limits:
        least, most = self.bound("min"), self.bound("max")
        if least is not None and most is not None and least > most:  # type: ignore[operator]
            node = self.written["max"]
            self.add("F056", node.place, f"`max` of `{self.name}` is less than its `min`")
            most = None
        digits = self.reader.whole(self.written.get("digits"), "`digits`", 1, 1000)
        places = self.reader.whole(self.written.get("places"), "`places`", 0, 1000)
        if digits is not None and places is not None and places > digits:
            self.add(
                "F062",
                self.written["places"].place,
                f"{places} decimal places do not fit in {digits} digits",
                "`digits` counts all digits, those behind the point too",
            )
            places = None
        return Limits(least, most, self.pattern(), digits, places)

    def bound(self, key: str) -> Bound | None:
        node = self.written.get(key)
        if node is None:
            return None
        counted = self.type.many or self.type.name in ("string", "text", "email", "url")
        if counted:
            what = f"`{key}` of {'a list' if self.type.many else 'a text'}"
            least = 1 if key == "max" else 0
            return self.reader.whole(node, what, least, 10_000_000)
        try:
            if not isinstance(node, Scalar):
                raise Wrong("is not one value")
            value = scalar(node, self.type.name)
        except Wrong as wrong:
            self.add("F057", node.place, f"`{key}` of `{self.name}`: {wrong.message}", wrong.hint)
            return None
        assert isinstance(value, Bound)
        return value

    def pattern(self) -> str | None:
        node = self.written.get("pattern")
        text = self.reader.text(node, "`pattern`")
        if node is None or text is None:
            return None
        problem = compiled(text)
        if problem is None:
            return text
        if looks(text):
            self.add(
                "F059",
                node.place,
                "a pattern cannot look around or back: it is matched in linear time",
                "say what the text is made of, and check the rest in rules.py",
            )
        else:
            self.add("F058", node.place, f"this pattern does not compile: {problem}")
        return None

    def default(self, limits: Limits) -> object:
        node = self.written.get("default")
        if node is None:
            return None
        call = CALL.match(node.text) if isinstance(node, Scalar) else None
        if call:
            return self.call(node, call[1])
        if self.type.kind in ("value", "union", "resource") or self.type.name == "json":
            self.add(
                "F063",
                node.place,
                f"the default of {_label(self.type)} cannot be written here",
                (
                    f"name a function: `default: first_{self.name}()`, and write it in rules.py"
                    if self.where == "resource"
                    else f"make it optional: `{self.name}?`"
                ),
            )
            return None
        return self.checked("default", "F060", limits)

    def call(self, node: Node, function: str) -> Call | None:
        if self.where != "resource":
            self.add(
                "F063",
                node.place,
                f"`{function}()`: only a field of a resource can have a default from rules.py",
                "write the value itself",
            )
            return None
        if not names.LOWER.match(function) or taken.by_whom(function):
            better = names.as_lower(function)
            self.add(
                "F030",
                node.place,
                f"a function cannot be called `{function}`",
                f"try `{better}()`" if better and better != function else f"try `next_{better}()`",
            )
            return None
        return Call(function)

    def checked(self, key: str, code: str, limits: Limits) -> object:
        node = self.written.get(key)
        if node is None:
            return None
        try:
            if self.type.kind in ("value", "union", "resource"):
                return plain(node)
            return literal(node, self.type, self.enum, limits)
        except Wrong as wrong:
            self.add(code, node.place, f"`{key}` of `{self.name}`: {wrong.message}", wrong.hint)
            return None

    def index(self) -> tuple[bool, tuple[str, ...]]:
        node = self.written.get("index")
        if node is None:
            return False, ()
        if self.type.kind == "value" and not self.type.many:
            if not isinstance(node, Seq):
                self.add(
                    "F064",
                    node.place,
                    f"`{self.name}` is {_label(self.type)}: say which of its parts to index",
                    "like this: `index: [amount]`",
                )
                return False, ()
            return False, tuple(
                one.text for one in self.reader.words(node, "`index`", "index: [amount]")
            )
        return self.flag("index"), ()

    def deleting(self, on_delete: str | None) -> None:
        if on_delete == "set_null" and (self.type.many or not self.optional):
            self.add(
                "F065",
                self.written["on_delete"].place,
                f"`{self.name}` cannot be set to null: it is "
                + ("a list" if self.type.many else "not optional"),
                (
                    "`on_delete: unlink` takes it out of the list"
                    if self.type.many
                    else f"write `{self.name}?:`, or use restrict, cascade or keep"
                ),
            )
        if on_delete == "unlink" and not self.type.many:
            self.add(
                "F066",
                self.written["on_delete"].place,
                f"`unlink` takes an item out of a list, and `{self.name}` is not one",
                "use restrict, cascade, set_null or keep",
            )

    def accept(self) -> tuple[str, ...]:
        found = []
        node = self.written.get("accept")
        for one in self.reader.words(node, "`accept`", "accept: [image/png]"):
            if MIME.match(one.text):
                found.append(one.text)
            else:
                self.add(
                    "F067",
                    one.place,
                    f"`{one.text}` is not a media type",
                    "like this: image/png, application/pdf or image/*",
                )
        return tuple(found)

    def was(self) -> str | None:
        node = self.written.get("was")
        text = self.text("was")
        if node is None or text is None:
            return None
        if not names.MEMBER.match(text):
            self.add(
                "F030",
                node.place,
                f"`{text}` was never the name of a field",
                "write the name alone, without `?`" if text.endswith("?") else None,
            )
            return None
        return text

    def conflicts(self, field: Field) -> None:
        pairs = (
            ("computed", "default", "a computed field is always worked out"),
            ("computed", "immutable", "a computed field is never sent by a caller"),
            ("secret", "index", "a filter would give a secret away"),
            ("secret", "unique", "a conflict would give a secret away"),
            ("secret", "search", "a search would give a secret away"),
            ("drop", "was", "a field is renamed, or it goes"),
        )
        for one, other, why in pairs:
            node = self.written.get(one)
            if other in self.written and isinstance(node, Scalar) and node.value is True:
                place = _key(self.entry, other).place
                self.add(
                    "F055",
                    place,
                    f"`{field.name}` cannot have `{other}` beside `{one}`: {why}",
                    "leave one of them out",
                )


def _suits(key: str, type_: Type) -> bool:
    if type_.many:
        if key == "index":
            scalar_ok = type_.kind == "scalar" and type_.name in COLUMN_TYPES - {"float"}
            return scalar_ok or type_.kind in ("enum", "resource")
        if type_.kind == "resource" and key in LIST_OF_RESOURCES_KEYS:
            return True
        return "list" in SUITS[key]
    return (type_.name if type_.kind == "scalar" else type_.kind) in SUITS[key]


def _label(type_: Type) -> str:
    if type_.many:
        return f"a list, [{type_.name}]"
    if type_.kind == "scalar":
        return f"{'an' if type_.name[0] in 'aei' else 'a'} {type_.name}"
    if type_.kind == "resource":
        return f"a reference to {type_.name}"
    return f"the {type_.kind} {type_.name}"


def _key(entry: Entry, key: str) -> Scalar:
    if isinstance(entry.value, Map):
        for inner in entry.value.entries:
            if inner.key.text == key:
                return inner.key
    return entry.key


def _place_of(node: Node, key: str) -> Place | None:
    if isinstance(node, Map):
        return next((entry.key.place for entry in node.entries if entry.key.text == key), None)
    return None


def _at(entry: Entry) -> str:
    place = entry.key.place
    return f"{place.file}:{place.line}:{place.column}"

"""One field of the spec: what each of its keys says, and what they must not say together."""

from __future__ import annotations

import re
from typing import Literal

from freehold.domain import Call, Enum, Field, Type
from freehold.language import ON_DELETE
from freehold.resolve import names, regexes, taken
from freehold.resolve.literals import (
    Bound,
    Limits,
    WrongValueError,
    literal,
    plain,
    scalar,
)
from freehold.resolve.reading import Reader
from freehold.spec import Entry, Map, Node, Scalar, Seq

Where = Literal["resource", "value", "job"]
CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\(\)\Z")
MIME = re.compile(r"[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*)\Z")


class FieldKeys:
    """One field, while its keys are being read."""

    def __init__(
        self,
        reader: Reader,
        name: str,
        optional: bool,
        type_: Type,
        enum: Enum | None,
        written: dict[str, Node],
        where: Where,
        entry: Entry,
    ) -> None:
        self.reader = reader
        self.add = reader.add
        self.enum = enum
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
                raise WrongValueError("is not one value")
            value = scalar(node, self.type.name)
        except WrongValueError as wrong:
            self.add("F057", node.place, self.wrong_value(key, wrong), wrong.hint)
            return None
        return value if isinstance(value, Bound) else None

    def pattern(self) -> str | None:
        node = self.written.get("pattern")
        text = self.reader.text(node, "`pattern`")
        if node is None or text is None:
            return None
        problem = regexes.compiled(text)
        if problem is None:
            return text
        if regexes.looks(text):
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
                f"the default of {label(self.type)} cannot be written here",
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
        except WrongValueError as wrong:
            self.add(code, node.place, self.wrong_value(key, wrong), wrong.hint)
            return None

    def wrong_value(self, key: str, wrong: WrongValueError) -> str:
        colon = ":" if wrong.message.startswith("`") else ""
        return f"`{key}` of `{self.name}`{colon} {wrong.message}"

    def index(self) -> tuple[bool, tuple[str, ...]]:
        node = self.written.get("index")
        if node is None:
            return False, ()
        if self.type.kind == "value" and not self.type.many:
            if not isinstance(node, Seq):
                self.add(
                    "F064",
                    node.place,
                    f"`{self.name}` is {label(self.type)}: say which of its parts to index",
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
                place = key_of(self.entry, other).place
                self.add(
                    "F055",
                    place,
                    f"`{field.name}` cannot have `{other}` beside `{one}`: {why}",
                    "leave one of them out",
                )


def label(type_: Type) -> str:
    """What to call a type in a sentence."""
    if type_.many:
        return f"a list, [{type_.name}]"
    if type_.kind == "scalar":
        return f"{'an' if type_.name[0] in 'aei' else 'a'} {type_.name}"
    if type_.kind == "resource":
        return f"a reference to {type_.name}"
    return f"the {type_.kind} {type_.name}"


def key_of(entry: Entry, key: str) -> Scalar:
    """Where a key of the field is written; the field's own name when it is not."""
    if isinstance(entry.value, Map):
        for inner in entry.value.entries:
            if inner.key.text == key:
                return inner.key
    return entry.key

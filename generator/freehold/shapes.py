"""Fields as JSON Schema: the form in which the model compiler takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from freehold.domain import Call, Field, Filter, Type
from freehold.domain import Member as EnumMember
from freehold.expressions import expression, iso_duration, raw
from freehold.spelling import full_stop

__all__ = ["ID_LENGTH", "STAND_IN", "Member", "Schema", "Sheet", "deprecation"]

Schema = dict[str, Any]

ID_LENGTH: Final = 40
# Part of every stand-in: longer than any number a spec may hold, so nothing else looks like one.
STAND_IN: Final = 731_452_963_182_764_095_518_237_000_000

# What the compiler knows a word for, by the name of the built-in type.
KNOWN: Final[Mapping[str, Schema]] = {
    "string": {"type": "string"},
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "decimal": {"type": "number", "format": "decimal"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "format": "duration"},
    "uuid": {"type": "string", "format": "uuid"},
}
# Where the other names come from; a dot stands for the project's own types.py.
HOMES: Final[Mapping[str, str]] = {
    "AwareDatetime": "pydantic",
    "Blob": "tenure",
    "Commas": "tenure.http",
    "Decimal": "decimal",
    "EmailStr": ".",
    "FiniteFloat": "pydantic",
    "JsonValue": "pydantic",
    "Meta": "tenure",
    "Pin": "tenure",
    "UUID": "uuid",
    "UrlStr": ".",
    "date": "datetime",
    "time": "datetime",
    "timedelta": "datetime",
}
PYTHON: Final[Mapping[str, str]] = {
    "string": "str",
    "text": "str",
    "email": "str",
    "url": "str",
    "int": "int",
    "float": "FiniteFloat",
    "decimal": "Decimal",
    "bool": "bool",
    "date": "date",
    "time": "time",
    "datetime": "AwareDatetime",
    "duration": "timedelta",
    "uuid": "UUID",
}
# The ones a JSON body holds as text, although they are ordered.
TIMES: Final = ("date", "time", "datetime", "duration")
# Whose defaults JSON and Python write alike.
PLAIN: Final = ("string", "text", "email", "url", "int", "float", "bool")
NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a class: what it holds, and whether it may be left out."""

    name: str
    schema: Schema
    required: bool


class Sheet:
    """The definitions of one file while they are gathered, and what the compiler has no words for.

    JSON has no words for `Kind.bread` or `Decimal("0.1")`: such an expression is kept here, and a number that
    stands for it goes through the compiler.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self.own: list[str] = []
        self.definitions: dict[str, Schema] = {}
        self.expressions: list[str] = []
        self.imports: set[tuple[str, str]] = set()

    def define(self, name: str, schema: Schema) -> None:
        self.own.append(name)
        self.definitions[name] = schema

    def stand_in(self, expression: str) -> int:
        self.expressions.append(expression)
        return STAND_IN + len(self.expressions) - 1

    def stand_in_type(self, expression: str, *imports: tuple[str, str]) -> str:
        """The name of a type the compiler cannot judge, and so leaves its constraints alone."""
        name = f"Type_{self.stand_in(expression)}"
        self.imports.update(imports)
        self.definitions[name] = {"x-python-import": {"module": "stand_in", "name": name}}
        return name

    def name(self, name: str) -> str:
        """A name of another file, or of this one; the compiler will import it."""
        if name not in self.own and name not in ("str", "int", "bool"):
            home = HOMES.get(name, ".")
            module = f"{self.package}.types" if home == "." else home
            borrowed = {"x-python-import": {"module": module, "name": name}}
            self.definitions.setdefault(name, borrowed)
        return name

    def named(self, name: str) -> Schema:
        return {"$ref": f"#/$defs/{self.name(name)}"}

    def text(self, pattern: str, longest: int, format_: str) -> Schema:
        """Text that is more than text, and says so in OpenAPI."""
        return {
            "type": "string",
            "pattern": str(self.stand_in(raw(pattern))),
            "maxLength": longest,
            "json_schema_extra": {"format": format_},
        }

    def member_value(self, member: EnumMember) -> str:
        """The value of an enum's member; a title becomes a comment behind it."""
        if not member.title:
            return member.name
        title = " ".join(member.title.split())
        return str(self.stand_in(f'"{member.name}"  # {title}'))

    def choice(self, name: str, values: Sequence[str]) -> Member:
        """One of some words, the first if left out."""
        schema = {"type": "string", "enum": [*values], "x-enum-field-as-literal": True}
        return Member(name, schema | {"default": values[0]}, required=False)

    def written(self, field: Field, out: Mapping[str, str] = NOTHING) -> Member:
        """A field as the author declared it; `out` gives other names for types."""
        schema = self._shape(field, out) | self._notes(field)
        default = None if isinstance(field.default, Call) else field.default
        if default is None:
            return Member(field.name, schema, required=not field.optional)
        if field.optional:
            schema = _or_null(schema)
        return Member(field.name, schema | {"default": self._default(field, default)}, False)

    def loose(self, field: Field) -> Member:
        """A field that may be left out or null, whatever its declaration says."""
        return self.written(replace(field, optional=True, default=None, has_default=False))

    def filter(self, filter_: Filter) -> Member:
        """A query parameter; it is not constrained, since what no row holds is simply not found."""
        type_ = filter_.field.type
        if filter_.operator == "null":
            python = "bool"
        elif type_.kind == "resource" or filter_.operator == "prefix":
            python = "str"
        else:
            python = self.name(PYTHON[type_.name] if type_.kind == "scalar" else type_.name)
        if filter_.operator == "in":
            python = f"{self.name('Commas')}[{python}]"
        return Member(
            filter_.parameter, {"x-python-type": f"{python} | None", "default": None}, False
        )

    def _shape(self, field: Field, out: Mapping[str, str]) -> Schema:
        if not field.type.many:
            return self._one(field, out)
        items = self._one(replace(field, min=None, max=None), out)
        if field.type.kind == "resource" and not field.pin:
            items = {"type": "string", "x-python-type": self._id()}
        return {"type": "array", "items": items} | _present(
            minItems=field.min or None, maxItems=field.max
        )

    def _one(self, field: Field, out: Mapping[str, str]) -> Schema:
        kind, name = field.type.kind, field.type.name
        if kind == "resource":
            return self.named("Pin") if field.pin else {"type": "string", "maxLength": ID_LENGTH}
        if kind != "scalar":
            return self.named(out.get(name, name))
        if name in ("json", "blob"):
            return self.named("JsonValue" if name == "json" else "Blob")
        if name in ("email", "url"):
            alias = self.name("EmailStr" if name == "email" else "UrlStr")
            return {"type": "string", "x-python-type": alias} | _lengths(field)
        if name in ("string", "text"):
            return KNOWN[name] | _lengths(field) | self._pattern(field)
        return self._number(field) if name not in ("bool", "uuid") else dict(KNOWN[name])

    def _number(self, field: Field) -> Schema:
        name = field.type.name
        bounds = _present(
            minimum=self._bound(field, field.min), maximum=self._bound(field, field.max)
        )
        if name in TIMES and bounds:
            python = PYTHON[name]
            unjudged = self.stand_in_type(python, (HOMES[python], python))
            return {"type": "number", "x-python-type": unjudged} | bounds
        if name == "float":
            return {"type": "number", "x-python-type": self.name("FiniteFloat")} | bounds
        digits = _present(max_digits=field.digits, decimal_places=field.places)
        return KNOWN[name] | bounds | digits

    def _bound(self, field: Field, bound: object) -> object:
        # A float would not do for a Decimal: 0.1 is more than Decimal("0.1").
        if field.type.name in TIMES or (isinstance(bound, Decimal) and bound != int(bound)):
            return None if bound is None else self._expression(field.type, bound)
        return int(bound) if isinstance(bound, Decimal) else bound

    def _pattern(self, field: Field) -> Schema:
        if field.pattern is None:
            return {}
        return {"pattern": str(self.stand_in(raw(field.pattern)))}

    def _id(self) -> str:
        return self.stand_in_type(
            f"Annotated[str, Field(max_length={ID_LENGTH})]",
            ("typing", "Annotated"),
            ("pydantic", "Field"),
        )

    def _notes(self, field: Field) -> Schema:
        notes = [field.description] if field.description else []
        extra = None
        if field.deprecated is not None:
            # Not Field(deprecated=...): that warns whenever the attribute is read, in our own code too.
            extra = {"deprecated": True}
            notes = [*map(full_stop, notes), deprecation(field.deprecated)]
        examples = None if field.example is None else [_example(field.type, field.example)]
        return _present(
            title=field.title,
            description=" ".join(notes) or None,
            examples=examples,
            json_schema_extra=extra,
        )

    def _default(self, field: Field, value: object) -> object:
        if field.type.name in PLAIN and not field.type.many:
            return value
        if isinstance(value, Decimal):
            return str(value)  # the compiler's own word for it
        return self._expression(field.type, value)

    def _expression(self, type_: Type, value: object) -> int:
        if type_.name == "datetime":
            self.imports |= {("datetime", "UTC"), ("datetime", "datetime")}
        return self.stand_in(expression(type_, value))


def deprecation(reason: str) -> str:
    """The sentence that says so; a bare `deprecated: true` gives no reason."""
    return full_stop(f"Deprecated: {reason}" if reason else "Deprecated")


def _lengths(field: Field) -> Schema:
    return _present(minLength=field.min or None, maxLength=field.max)


def _present(**keys: object) -> Schema:
    return {key: value for key, value in keys.items() if value is not None}


def _or_null(schema: Schema) -> Schema:
    """The same, or null; for a field that has a default and may still be null."""
    if "$ref" in schema:
        target = {"$ref": schema["$ref"]}
        notes = {key: value for key, value in schema.items() if key != "$ref"}
        return {"anyOf": [target, {"type": "null"}]} | notes
    if "x-python-type" in schema:
        return schema | {"x-python-type": f"{schema['x-python-type']} | None"}
    return schema | {"type": [schema["type"], "null"]}


def _example(type_: Type, value: object) -> object:
    """An example as a JSON body would hold it."""
    if isinstance(value, tuple):
        return [_example(Type(type_.kind, type_.name), item) for item in value]
    if type_ == Type("scalar", "duration"):
        return iso_duration(float(str(value)))
    return str(value) if isinstance(value, Decimal) else value

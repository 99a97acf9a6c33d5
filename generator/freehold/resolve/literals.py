"""Checks a value written in the spec (a default, an example, a bound) against a field's type."""

from __future__ import annotations

import datetime
import math
import re
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from freehold.complaints import did_you_mean
from freehold.domain import Enum, Type
from freehold.resolve import regexes
from freehold.resolve.reading import DURATION, SECONDS
from freehold.spec import Node, Scalar, Seq

DECIMAL = re.compile(r"[-+]?[0-9]{1,60}(\.[0-9]{1,40})?\Z")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+\Z")
URL = re.compile(r"https?://[^\s/]+\S*\Z")
ISO: Final[dict[str, tuple[Any, str]]] = {
    "date": (datetime.date, "2026-05-31"),
    "time": (datetime.time, "'08:30:00'"),
    "datetime": (datetime.datetime, "2026-05-31T08:30:00Z"),
}

Bound = int | float | Decimal | str


class WrongValueError(Exception):
    """What is wrong with a written value, and the hint that goes with it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value may be, apart from its type."""

    min: Bound | None = None
    max: Bound | None = None
    pattern: str | None = None
    digits: int | None = None
    places: int | None = None


def literal(node: Node, type_: Type, enum: Enum | None, limits: Limits) -> object:
    """The value as the Domain keeps it; WrongValueError when it is not one of this type."""
    if type_.many:
        if not isinstance(node, Seq):
            raise WrongValueError("is not a list", "like this: [a, b]")
        one = Type(type_.kind, type_.name)
        found = tuple(literal(item, one, enum, Limits()) for item in node.items)
        _within(len(found), limits, "has {} items")
        return found
    if type_.name == "json" and type_.kind == "scalar":
        return plain(node)
    if not isinstance(node, Scalar):
        raise WrongValueError(f"is not {_a(type_.name)}")
    if type_.kind == "enum" and enum is not None:
        if node.text not in (members := [member.name for member in enum.members]):
            raise WrongValueError(
                f"`{node.text}` is not one of {enum.name}", did_you_mean(node.text, members)
            )
        return node.text
    if type_.name in ("string", "text"):
        return _string(node, limits)
    value = scalar(node, type_.name)
    if type_.name in ("email", "url"):
        _within(len(str(value)), limits, "has {} characters")
    elif type_.name not in ("bool", "uuid"):
        _within(value, limits, "is {}", node.text)
    if isinstance(value, Decimal):
        _places(value, limits)
    return value


def plain(node: Node) -> object:
    """Any value at all, as JSON would hold it."""
    if isinstance(node, Scalar):
        if isinstance(node.value, float) and not math.isfinite(node.value):
            raise WrongValueError(f"`{node.text}` is no number that JSON can hold")
        return node.value
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    return {entry.key.text: plain(entry.value) for entry in node.entries}


def scalar(node: Scalar, name: str) -> object:
    """One value of a built-in type other than string and text."""
    value = node.value
    text = node.text
    if name == "int":
        if type(value) is int:
            if abs(value) < 2**63:
                return value
            raise WrongValueError("does not fit in 64 bits")
    elif name == "float":
        if isinstance(value, int | float) and type(value) is not bool and math.isfinite(value):
            return float(value)
    elif name == "decimal":
        if DECIMAL.match(text):
            return Decimal(text)
    elif name == "bool":
        if isinstance(value, bool):
            return value
        raise WrongValueError(f"`{text}` is not a bool", "write true or false")
    elif name in ISO:
        return _iso(text, name)
    elif name == "duration":
        if match := DURATION.match(text):
            return float(match[1]) * SECONDS[match[2]]
        raise WrongValueError(f"`{text}` is not a duration", "like this: 30s, 5m, 2h or 90d")
    elif name == "uuid":
        try:
            return str(uuid.UUID(text))
        except ValueError:
            raise WrongValueError(
                f"`{text}` is not a uuid", "like this: 123e4567-e89b-12d3-a456-426614174000"
            ) from None
    elif (name == "email" and EMAIL.match(text)) or (name == "url" and URL.match(text)):
        return text
    hints = {"email": "like this: ada@example.org", "url": "like this: https://example.org/a"}
    raise WrongValueError(f"`{text}` is not {_a(name)}", hints.get(name))


def _string(node: Scalar, limits: Limits) -> str:
    if node.value is None:
        raise WrongValueError("is empty", "write '' for a text of no characters")
    _within(len(node.text), limits, "has {} characters")
    # Rust's engine, as pydantic will use: its time is linear, whatever the pattern.
    if limits.pattern is not None and regexes.problem_in_rust(limits.pattern, node.text):
        raise WrongValueError(f"`{node.text}` does not match the pattern {limits.pattern}")
    return node.text


def _iso(text: str, name: str) -> str:
    kind, example = ISO[name]
    try:
        kind.fromisoformat(text)
    except ValueError:
        raise WrongValueError(f"`{text}` is not {_a(name)}", f"like this: {example}") from None
    if name == "datetime" and len(text) < 16:
        raise WrongValueError(f"`{text}` is not a datetime", f"like this: {example}")
    if name == "date" and len(text) != 10:
        raise WrongValueError(f"`{text}` is not a date", f"like this: {example}")
    return text


def _within(value: object, limits: Limits, how: str, text: str | None = None) -> None:
    shown = how.format(text or value)
    if limits.min is not None and value < limits.min:  # type: ignore[operator]
        raise WrongValueError(f"{shown}, and `min` is {limits.min}")
    if limits.max is not None and value > limits.max:  # type: ignore[operator]
        raise WrongValueError(f"{shown}, and `max` is {limits.max}")


def _places(value: Decimal, limits: Limits) -> None:
    exponent = int(value.normalize().as_tuple().exponent)
    places = max(0, -exponent)
    if limits.places is not None and places > limits.places:
        raise WrongValueError(f"has {places} decimal places, and `places` is {limits.places}")
    if limits.digits is not None:
        before = max(0, value.adjusted() + 1) if value else 0
        room = limits.digits - (limits.places or 0)
        if before > room:
            raise WrongValueError(
                f"has {before} digits before the point, and there is room for {room}"
            )


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aeio" else f"a {name}"

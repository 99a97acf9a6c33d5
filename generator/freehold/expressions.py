"""Python expressions for the values a spec can hold: defaults, bounds and patterns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Final

from freehold.domain import Type

__all__ = ["expression", "iso_duration", "raw"]

SPANS: Final = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


def expression(type_: Type, value: object) -> str:
    """The value as a person would write it: `Kind.bread`, `Decimal("0.50")`, `timedelta(hours=2)`."""
    if isinstance(value, tuple | list):
        one = Type(type_.kind, type_.name)
        return f"[{', '.join(expression(one, item) for item in value)}]"
    if type_.kind == "enum":
        return f"{type_.name}.{value}"
    written = WRITTEN.get(type_.name)
    return written(str(value)) if written else repr(value)


def raw(pattern: str) -> str:
    """A regular expression as a literal, raw where that saves backslashes."""
    if "\\" not in pattern or not pattern.isprintable() or pattern.endswith("\\"):
        return repr(pattern)
    for quote in ('"', "'"):
        if quote not in pattern:
            return f"r{quote}{pattern}{quote}"
    return repr(pattern)


def iso_duration(seconds: float) -> str:
    """ISO 8601, as a JSON body holds a duration: `P1DT12H`, `PT1.5S`."""
    parts = []
    for unit, size in (("D", 86400), ("H", 3600), ("M", 60)):
        count, seconds = divmod(seconds, size)
        parts.append(f"{int(count)}{unit}" if count else "")
    parts.append(f"{seconds:g}S" if seconds or not any(parts) else "")
    clock = "".join(parts[1:])
    return f"P{parts[0]}{'T' if clock else ''}{clock}"


def _span(text: str) -> str:
    seconds = float(text)
    for unit, size in SPANS.items():
        if seconds % size == 0 and seconds:
            return f"timedelta({unit}={int(seconds // size)})"
    return f"timedelta(milliseconds={round(seconds * 1000)})" if seconds else "timedelta(0)"


def _date(text: str) -> str:
    day = date.fromisoformat(text)
    return f"date({day.year}, {day.month}, {day.day})"


def _time(text: str) -> str:
    return f"time({_clock(time.fromisoformat(text))})"


def _datetime(text: str) -> str:
    at = datetime.fromisoformat(text)
    # Without an offset it is UTC, never the zone of the machine that generates.
    at = at.astimezone(UTC) if at.tzinfo else at
    return f"datetime({at.year}, {at.month}, {at.day}, {_clock(at.time())}, tzinfo=UTC)"


def _clock(at: time) -> str:
    parts = [at.hour, at.minute, at.second, at.microsecond]
    while len(parts) > 2 and parts[-1] == 0:
        parts.pop()
    return ", ".join(str(part) for part in parts)


WRITTEN: Final[Mapping[str, Callable[[str], str]]] = {
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "duration": _span,
    "decimal": lambda text: f'Decimal("{text}")',
    "uuid": lambda text: f'UUID("{text}")',
}

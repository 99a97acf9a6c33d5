"""Filters: parameters such as `price_amount__gte` as conditions of a statement, and as tests in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from tenure.errors import FieldError, Invalid
from tenure.meta import Tables
from tenure.statements import binder, is_text, reader, text

Condition: TypeAlias = "sa.ColumnElement[bool]"
Shape: TypeAlias = tuple[object, ...]

_MOST = 200  # values of one `in`
_WORDS = 10  # words of one `q`
# How values are written down in cursors, and compared in the past, whatever the database is.
_PLAIN = sqlite.dialect()

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda column, value: column == value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
}


class Notation:
    """How values of one column are written as JSON, and read back."""

    def __init__(self, column: sa.Column[Any]) -> None:
        self._write = binder(column.type, _PLAIN)
        self._read = reader(column.type, _PLAIN)

    def write(self, value: object) -> Any:
        """`value` as text, a number or None, ordered as the column is."""
        return self._write(value) if self._write and value is not None else value

    def note(self, raw: object) -> Any:
        """The same for a value as the database gives it, which may be so written already."""
        return raw if isinstance(raw, str | int | float) else self.write(raw)

    def read(self, plain: object) -> object:
        """The value `write` made `plain` of."""
        return self._read(plain) if self._read and plain is not None else plain


@dataclass(frozen=True, slots=True)
class Given:
    """A filter a query gives: how it reads as SQL, with what parameters, and what it lets through.

    `shape` names everything that changes the text of the statement; `condition` is asked for once for
    each shape, as building it costs more than all the rest of a short list.
    """

    parameter: str
    shape: Shape
    condition: Callable[[], Condition]
    params: Mapping[str, object]
    test: Callable[[Mapping[str, object], Mapping[str, Sequence[object]]], bool]
    said: object


class Filter:
    """A parameter of one resource's lists."""

    def __init__(self, parameter: str, attribute: str, tables: Tables) -> None:
        key, _, op = parameter.partition("__")
        self.parameter = parameter
        self.attribute = attribute
        self.key = key
        self.op = op or "eq"
        table = tables.lists.get(key) if self.op == "has" else tables.meta
        column = None if table is None else table.c.get("value" if self.op == "has" else key)
        if column is None or self.op not in {*_COMPARE, "in", "prefix", "null", "has"}:
            raise ValueError(f"the parameter {parameter!r} fits no column and no operation")
        self.column = column
        self._meta = tables.meta
        self.notation = Notation(column)
        self._is_text = is_text(column)

    def given(self, value: Any) -> Given:
        """The filter with a value, which is not None."""
        if self._is_text and self.op != "null":
            value = [text(item) for item in value] if self.op == "in" else text(value)
        return getattr(self, f"_{self.op}", self._compare)(value)

    def _compare(self, value: Any) -> Given:
        compare, name = _COMPARE[self.op], self.parameter

        def condition() -> Condition:
            compared: Condition = compare(self.column, sa.bindparam(name, type_=self.column.type))
            return compared

        plain = self.notation.write(value)

        def test(columns: Mapping[str, object], _: object) -> bool:
            found = self.notation.write(columns.get(self.key))
            return found is not None and bool(compare(found, plain))

        return Given(name, (name,), condition, {name: value}, test, plain)

    def _in(self, values: Sequence[Any]) -> Given:
        if len(values) > _MOST:
            raise _unfit(self.parameter, f"takes at most {_MOST} values")
        names = [f"{self.parameter}_{at}" for at in range(len(values))]
        plain = [self.notation.write(value) for value in values]

        def condition() -> Condition:
            binds = [sa.bindparam(name, type_=self.column.type) for name in names]
            return self.column.in_(binds) if binds else sa.false()

        def test(columns: Mapping[str, object], _: object) -> bool:
            return self.notation.write(columns.get(self.key)) in plain

        params = dict(zip(names, values, strict=True))
        return Given(self.parameter, (self.parameter, len(values)), condition, params, test, plain)

    def _prefix(self, value: Any) -> Given:
        """A range, which an index can answer and LIKE could not."""
        start = str(value)
        low, high = f"{self.parameter}_from", f"{self.parameter}_to"
        params: dict[str, object] = {low: start}
        end = _after(start)
        if end is not None:
            params[high] = end

        def condition() -> Condition:
            begins: Condition = self.column >= sa.bindparam(low, type_=self.column.type)
            if end is None:
                return begins
            return sa.and_(begins, self.column < sa.bindparam(high, type_=self.column.type))

        def test(columns: Mapping[str, object], _: object) -> bool:
            found = self.notation.write(columns.get(self.key))
            return isinstance(found, str) and found.startswith(start)

        shape = (self.parameter, end is None)
        return Given(self.parameter, shape, condition, params, test, start)

    def _null(self, value: Any) -> Given:
        wanted = bool(value)

        def condition() -> Condition:
            return self.column.is_(None) if wanted else self.column.is_not(None)

        def test(columns: Mapping[str, object], _: object) -> bool:
            return (columns.get(self.key) is None) is wanted

        return Given(self.parameter, (self.parameter, wanted), condition, {}, test, wanted)

    def _has(self, value: Any) -> Given:
        table, name = self.column.table, self.parameter

        def condition() -> Condition:
            bind = sa.bindparam(name, type_=self.column.type)
            found: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
                table.c.id == self._meta.c.id, self.column == bind
            )
            return found.correlate(self._meta).exists()

        plain = self.notation.write(value)

        def test(_: object, lists: Mapping[str, Sequence[object]]) -> bool:
            return plain in [self.notation.write(item) for item in lists.get(self.key, ())]

        return Given(name, (name,), condition, {name: value}, test, plain)


def words(search: sa.Column[Any], said: str) -> Given:
    """`q`: every word must occur somewhere in the searched fields, in whatever case."""
    wanted = said.lower().split()
    if len(wanted) > _WORDS:
        raise _unfit("q", f"takes at most {_WORDS} words")
    params = {f"q_{at}": f"%{_escaped(word)}%" for at, word in enumerate(wanted)}

    def condition() -> Condition:
        likes = [search.like(sa.bindparam(name, type_=sa.Text), escape="\\") for name in params]
        return sa.and_(sa.true(), *likes)

    def test(columns: Mapping[str, object], _: object) -> bool:
        found = str(columns.get("search"))
        return all(word in found for word in wanted)

    return Given("q", ("q", len(wanted)), condition, params, test, wanted)


def _after(prefix: str) -> str | None:
    """The first text after everything that begins with `prefix`, if there is one."""
    for at in range(len(prefix) - 1, -1, -1):
        point = ord(prefix[at]) + 1
        if 0xD800 <= point <= 0xDFFF:
            point = 0xE000  # surrogates are no characters
        if point <= 0x10FFFF:
            return prefix[:at] + chr(point)
    return None


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _unfit(parameter: str, detail: str) -> Invalid:
    return Invalid(f"{parameter} {detail}", [FieldError("", detail, parameter)])

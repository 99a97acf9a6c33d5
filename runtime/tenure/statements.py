"""Statements compiled once: SQLAlchemy Core in, text and an order of parameters out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Row: TypeAlias = Sequence[Any]
Convert: TypeAlias = Callable[[Any], Any]
Core: TypeAlias = "sa.Select[Any] | sa.CompoundSelect[Any] | sa.Insert | sa.Update | sa.Delete"


class Compiled:
    """A statement in one dialect: its text, and how values go in and come out."""

    __slots__ = ("_constants", "_convert", "_names", "_results", "sql")

    def __init__(self, core: Core, keys: Sequence[str] | None, dialect: Dialect) -> None:
        compiled = core.compile(dialect=dialect, column_keys=list(keys) if keys else None)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only statements can be prepared")
        self.sql = str(compiled)
        self._names = tuple(compiled.positiontup or ())
        self._constants = {
            name: bind.effective_value
            for name, bind in compiled.binds.items()
            if not bind.required and name not in (keys or ())
        }
        self._convert = [
            (at, convert)
            for at, name in enumerate(self._names)
            if (convert := binder(compiled.binds[name].type, dialect)) is not None
        ]
        self._results = _results(core, dialect)

    def bind(self, params: Mapping[str, object]) -> list[object]:
        """The values in the order of the statement, as the database wants them."""
        if self._constants:
            params = {**self._constants, **params}
        values = [params[name] for name in self._names]
        for at, convert in self._convert:
            values[at] = convert(values[at])
        return values

    def rows(self, raw: list[tuple[Any, ...]]) -> list[Row]:
        """Rows as Python values."""
        return list(map(self._row, raw)) if self._results else list(raw)

    def _row(self, raw: tuple[Any, ...]) -> Row:
        row = list(raw)
        for at, convert in self._results:
            row[at] = convert(row[at])
        return row


class Prepared:
    """A statement, compiled when a dialect first asks for it; `keys` are the columns it sets."""

    __slots__ = ("_compiled", "_keys", "core")

    def __init__(self, core: Core, keys: Sequence[str] | None = None) -> None:
        self.core = core
        self._keys = keys
        self._compiled: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """The statement in the words of `dialect`."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = Compiled(self.core, self._keys, dialect)
        return found


def binder(type_: sa.types.TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """How a Python value of `type_` becomes one of the database, or None if it goes as it is."""
    found: Convert | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return found


def reader(type_: sa.types.TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """How a value of the database becomes a Python value of `type_`, or None if it is one."""
    found: Convert | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return found


def as_it_is(column: sa.ColumnElement[Any]) -> sa.TypeCoerce[Any]:
    """A column whose values come as the database gives them."""
    return sa.type_coerce(column, sa.types.NullType())


def is_text(column: sa.Column[Any]) -> bool:
    """Whether a column holds text that goes in as it is."""
    return isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)


def text(value: object) -> object:
    """Text for a text column: an enum member, a URL and their like are not yet."""
    if value is None or type(value) is str:
        return value
    return str(getattr(value, "value", value))


def _results(core: Core, dialect: Dialect) -> list[tuple[int, Convert]]:
    if not isinstance(core, sa.Select | sa.CompoundSelect):
        return []
    return [
        (at, convert)
        for at, column in enumerate(core.selected_columns)
        if (convert := reader(column.type, dialect)) is not None
    ]

"""Metadata and search: what a store of rows must do, and writes that say what, never how."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from tenure.errors import Invalid, Refusal
from tenure.statements import Prepared, Row

Values: TypeAlias = dict[str, object]
Link: TypeAlias = tuple[str, str, str, int]  # field, target, target_id, pinned revision or 0
LINK = ("field", "target", "target_id", "pinned")
Result = TypeVar("Result")


class Stale(Exception):  # noqa: N818  (a race lost, which is usually run again)
    """The row is no longer what the write was made from."""


class Duplicate(Exception):  # noqa: N818
    """A unique index of `table` already holds these values of `columns`."""

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        super().__init__(table, columns)
        self.table = table
        self.columns = tuple(columns)


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one resource, and the three that all resources share."""

    meta: sa.Table
    revisions: sa.Table
    lists: Mapping[str, sa.Table]
    changes: sa.Table
    links: sa.Table
    blobs: sa.Table


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that must hold when the write happens: `query` finds a row, or `refusal` is raised.

    `alone`: it is asked when nobody else can touch the rows that will be written any more.
    """

    query: Prepared
    params: Mapping[str, object]
    refusal: Exception
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A statement that changes rows, and what it is run with."""

    statement: Prepared
    params: Mapping[str, object]


@dataclass(slots=True)
class Write:
    """One change of one resource; `apply` does all of it, and all of its companions, or nothing.

    `etag` is the one the row must still have, None for a new row. `redraft` rewrites the revision
    of that `number` and only while it is a draft. `lists` and `links` replace what was there:
    `links` maps 0 (published) and 1 (open draft) to all links of that value; what they leave out
    stays as it is. `steps` follow, one after the other, once everything else is done.
    """

    tables: Tables
    name: str
    id: str
    etag: int | None
    row: Values
    change: Values
    revisions: list[Values] = field(default_factory=list)
    redraft: Values | None = None
    lists: Mapping[str, Sequence[object]] = field(default_factory=dict)
    links: Mapping[int, frozenset[Link]] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


class MetaStore(Protocol):
    """Rows: written atomically, read one by one or in order."""

    @property
    def dialect(self) -> Dialect:
        """The words this database understands."""

    async def apply(self, writes: Sequence[Write]) -> None:
        """Do all of `writes` in one transaction that is durable when this returns.

        All guards are asked before anything is written. Raises what a guard refuses with, Stale,
        Duplicate, or Unavailable when the storage fails.
        """

    async def one(self, query: Prepared, params: Mapping[str, object]) -> Row | None:
        """The first row of a point read, or None."""

    async def all(
        self, query: Prepared, params: Mapping[str, object], *, scan: bool = False
    ) -> list[Row]:
        """Every row; `scan` says that many rows are looked at, which may take a while."""

    async def execute(self, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
        """The rows of any SQLAlchemy Core query, for what a team wants to know on its own."""

    async def run(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Call `work` with a connection, in a thread and in one write transaction."""

    async def sync(self) -> None:
        """Make what is committed outlive a power cut, however relaxed this store is.

        For who is about to remove what rows no longer name: they may come back otherwise.
        """

    async def scrub(self) -> None:
        """Leave nothing of what was deleted in files, as far as the database can be told to."""

    def favour(self) -> AbstractAsyncContextManager[None]:
        """While this is entered, other processes begin no writes: for who lost too many races."""

    async def close(self) -> None:
        """Finish what was begun, then let go of the database."""


def refuse(refused: Sequence[Exception]) -> None:
    """Raise what `refused` comes down to: every wrong field at once if it is only wrong fields."""
    if not refused:
        return
    for error in refused:
        if not isinstance(error, Invalid):
            raise error
    fields = [
        error for refusal in refused if isinstance(refusal, Refusal) for error in refusal.errors
    ]
    raise Invalid(str(refused[0]), fields)

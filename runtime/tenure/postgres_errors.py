"""What PostgreSQL complains of, in our words."""

import re
from collections.abc import Iterable, Sequence

import asyncpg
import sqlalchemy as sa

from tenure.errors import Conflict, Invalid, Refusal, Unavailable
from tenure.meta import Duplicate, Stale, Write
from tenure.pools import is_lost

__all__ = ["told"]


def told(error: Exception, writes: Sequence[Write]) -> Exception:
    """The error as the caller shall see it; the database's own words stay in `__cause__`."""
    if isinstance(error, Stale | Duplicate | Refusal):
        return error
    told = _told(error, writes)
    if told is not error:
        told.__cause__ = error
    return told


def _told(error: Exception, writes: Sequence[Write]) -> Exception:
    if isinstance(error, asyncpg.UniqueViolationError):
        return _duplicate(error, writes)
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return Conflict("a rule of the database refuses this content")
    if isinstance(error, asyncpg.TransactionRollbackError):
        return Stale("two transactions waited for each other")
    if isinstance(error, asyncpg.LockNotAvailableError | asyncpg.QueryCanceledError):
        return Unavailable("the database takes too long")
    if isinstance(error, asyncpg.ProgramLimitExceededError):
        return Invalid("a text is too long to be indexed")
    if isinstance(error, asyncpg.DataError) or _is_misfit(error):
        return Invalid(_unfit(error))
    if isinstance(error, TimeoutError | asyncpg.InsufficientResourcesError) or is_lost(error):
        return Unavailable("the storage cannot do it now")
    return error


def _is_misfit(error: Exception) -> bool:
    """What the driver refuses before it asks the server."""
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)


def _unfit(error: Exception) -> str:
    if isinstance(error, asyncpg.StringDataRightTruncationError):
        return "a text is too long to be indexed"
    if isinstance(
        error, asyncpg.CharacterNotInRepertoireError | asyncpg.UntranslatableCharacterError
    ):
        return "a text with a character of code 0 cannot be indexed"
    if isinstance(error, asyncpg.NumericValueOutOfRangeError) or "range" in str(error):
        return "a number is too large to be indexed"
    return "a value cannot be indexed as it is"


def _duplicate(error: asyncpg.UniqueViolationError, writes: Sequence[Write]) -> Duplicate:
    """By the name of what was violated; of a constraint the code does not know, by its columns."""
    for table in _tables(writes):
        if table.name == error.table_name:
            for index in table.indexes:
                if index.name == error.constraint_name:
                    return Duplicate(table.name, [column.name for column in index.columns])
    named = re.match(r"Key \((.+?)\)=", error.detail or "")
    return Duplicate(error.table_name, named[1].split(", ") if named else ())


def _tables(writes: Sequence[Write]) -> Iterable[sa.Table]:
    for write in writes:
        yield write.tables.meta
        yield write.tables.revisions

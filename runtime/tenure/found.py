"""Rows as resources: nothing of a row is taken apart before somebody asks for it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from tenure.content import Codec
from tenure.statements import Row
from tenure.values import Stored, described, instant

T = TypeVar("T", bound=BaseModel)
Moment: TypeAlias = datetime | str

__all__ = ["BODY", "DELETED", "KEY", "NUMBER", "OWNER", "Found", "Moment", "as_text", "moment"]

# Where things are in a row, which is in the order of `reading.State`.
DELETED, OWNER, NUMBER, VERSION, CONTENT, KEY, SECRETS, BODY = 9, 10, 11, 13, 14, 15, 16, 17


def moment(raw: Moment) -> datetime:
    """A moment of the database as a datetime."""
    return datetime.fromisoformat(raw) if isinstance(raw, str) else raw


def _part(at: int, read: Callable[[Any], object] | None = None) -> Any:
    """A property that is one value of the row."""
    if read is None:
        return property(lambda self: self._row[at])
    return property(lambda self: None if self._row[at] is None else read(self._row[at]))


class Found(Stored[T], Generic[T]):
    """A Stored on top of a row; making a page of them costs next to nothing."""

    __slots__ = ("_codec", "_row")

    id = _part(0)
    etag = _part(1)
    draft = _part(3)
    created_at = _part(5, moment)
    created_by = _part(6)
    updated_at = _part(7, moment)
    updated_by = _part(8)
    deleted_at = _part(DELETED, moment)
    number = _part(NUMBER)
    status = _part(12)
    digest = _part(CONTENT)
    body = property(lambda self: self._content()[0])
    secrets = property(lambda self: self._content()[1])
    read = property(lambda self: self._codec.read)

    def __init__(self, row: Row, codec: Codec[T]) -> None:
        self._row = row
        self._codec = codec
        self._value = None

    def document(self) -> bytes:
        """The JSON document `{"id": ..., <the fields>, "meta": {...}}`; nothing is parsed for it."""
        row = self._row
        gone = None if row[DELETED] is None else as_text(row[DELETED])
        created, updated = (as_text(row[5]), row[6]), (as_text(row[7]), row[8])
        meta = described(row[NUMBER], row[12], created, updated, row[3], gone)
        inner = self._content()[0][1:-1]
        comma = b"," if inner else b""
        return b'{"id":"%b",%b%b"meta":%b}' % (row[0].encode(), inner, comma, meta.encode())

    def _content(self) -> tuple[bytes, bytes | None]:
        """Body and secrets in the present version."""
        row = self._row
        if row[VERSION] >= self._codec.version:
            return row[BODY], row[SECRETS]
        return self._codec.present(row[BODY], row[SECRETS], row[VERSION])


def as_text(raw: Moment) -> str:
    """A moment of the database as JSON says it."""
    return raw if isinstance(raw, str) else instant(raw)

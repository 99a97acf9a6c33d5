"""What readers see, ready to be sent: rows whose `meta` was written down with the change itself."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from tenure.content import Codec, content_digest
from tenure.found import moment
from tenure.statements import Row
from tenure.values import Page, Stored

T = TypeVar("T", bound=BaseModel)

__all__ = ["BODY", "KEY", "META", "Shown", "ShownPage"]

# Where things are in a row, which is in the order of `reading.Reads.ready`.
ETAG, VERSION, KEY, SECRETS, BODY, META = 1, 2, 3, 4, 5, 6

_HEAD, _MIDDLE, _META, _TAIL = b'{"id":"', b'",', b',"meta":', b"},"


def _said(name: str, read: Callable[[Any], object] | None = None) -> Any:
    """A property that is one value of `meta`."""
    if read is None:
        return property(lambda self: self._said()[name])
    return property(lambda self: None if self._said()[name] is None else read(self._said()[name]))


class Shown(Stored[T], Generic[T]):
    """A Stored on top of a row and its `meta`, which is parsed only when somebody asks."""

    __slots__ = ("_codec", "_meta_", "_row")

    id = property(lambda self: self._row[0])
    etag = property(lambda self: self._row[ETAG])
    number = _said("revision")
    status = _said("status")
    created_at = _said("created_at", moment)
    created_by = _said("created_by")
    updated_at = _said("updated_at", moment)
    updated_by = _said("updated_by")
    draft = _said("draft")
    deleted_at = _said("deleted_at", moment)
    digest = property(lambda self: content_digest(self._row[BODY], self._row[SECRETS]))
    body = property(lambda self: self._content()[0])
    secrets = property(lambda self: self._content()[1])
    read = property(lambda self: self._codec.read)

    def __init__(self, row: Row, codec: Codec[T]) -> None:
        self._row = row
        self._codec = codec
        self._value = None
        self._meta_: dict[str, Any] | None = None

    def document(self) -> bytes:
        """The JSON document `{"id": ..., <the fields>, "meta": {...}}`; nothing is parsed for it."""
        row = self._row
        body: bytes = row[BODY] if row[VERSION] >= self._codec.version else self._content()[0]
        before = _META if len(body) > 2 else b'"meta":'
        meta = row[META].encode()
        return b"".join((_HEAD, row[0].encode(), _MIDDLE, body[1:-1], before, meta, b"}"))

    def _said(self) -> dict[str, Any]:
        if self._meta_ is None:
            self._meta_ = json.loads(self._row[META])
        return self._meta_

    def _content(self) -> tuple[bytes, bytes | None]:
        """Body and secrets in the present version."""
        row = self._row
        return self._codec.present(row[BODY], row[SECRETS], row[VERSION])


class ShownPage(Page[T], Generic[T]):
    """A page on top of its rows: whoever only wants the documents makes no object for each."""

    __slots__ = ("_codec", "_items", "_rows")
    _rows: Sequence[Row]
    _codec: Codec[T]
    _items: list[Stored[T]] | None

    def __init__(self, rows: Sequence[Row], codec: Codec[T], following: str | None) -> None:
        # The base is frozen, and so are its slots for everyone but itself.
        put = object.__setattr__
        put(self, "next", following)
        put(self, "_rows", rows)
        put(self, "_codec", codec)
        put(self, "_items", None)

    @property
    def items(self) -> list[Stored[T]]:
        """The resources, made when they are first asked for."""
        if self._items is None:
            items: list[Stored[T]] = [Shown(row, self._codec) for row in self._rows]
            object.__setattr__(self, "_items", items)
        return self._items or []

    def joined(self, start: bytes = b"", end: bytes = b"") -> bytes:
        """The JSON document of each with commas between them, behind `start` and before `end`."""
        if not self._rows:
            return start + end
        version, pieces = self._codec.version, [start]
        # One join of all pieces: a document each would copy every body twice more.
        for row in self._rows:
            body = row[BODY]
            if row[VERSION] < version or len(body) <= 2:
                pieces += (Shown(row, self._codec).document(), b",")
            else:
                meta = row[META].encode()
                pieces += (_HEAD, row[0].encode(), _MIDDLE, body[1:-1], _META, meta, _TAIL)
        pieces[-1] = end if pieces[-1] == b"," else b"}" + end
        return b"".join(pieces)

"""What the runtime hands out: a stored document, a line of its history, a page of either."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from json.encoder import encode_basestring
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from tenure.blobs import Blob

__all__ = [
    "Blob",
    "Change",
    "History",
    "Kind",
    "Meta",
    "Page",
    "Pin",
    "Revision",
    "Status",
    "Stored",
]

T = TypeVar("T")
Status = Literal["draft", "stable"]
Kind = Literal["create", "update", "restore", "delete", "undelete", "import"]


class Pin(BaseModel):
    """A reference that remembers a revision; left out, it is the one current when it is written."""

    model_config = ConfigDict(extra="forbid")

    id: str
    revision: Annotated[int, Field(ge=1)] | None = None


class Meta(BaseModel):
    """The `meta` of a document: which revision this is, and who made and changed the resource."""

    revision: Annotated[int, Field(description="Number of the revision shown.")]
    status: Annotated[Status, Field(description="Whether that revision is published or a draft.")]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    draft: Annotated[int | None, Field(description="Number of the open draft.")] = None
    deleted_at: datetime | None = None


@dataclass(slots=True)
class Stored(Generic[T]):
    """A resource at one of its revisions.

    `number` and `status` are those of the revision shown, `etag` counts the changes of the resource,
    `draft` is the number of the open draft. `body` is JSON in UTF-8, an object, without secrets.
    `digest` is the digest of the content: equal content, equal digest.
    """

    id: str
    number: int
    status: Status
    etag: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    draft: int | None
    deleted_at: datetime | None
    body: bytes
    digest: str
    read: Callable[[bytes, bytes | None], T] = field(repr=False, compare=False)
    secrets: bytes | None = field(default=None, repr=False, compare=False)
    _value: T | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def value(self) -> T:
        """The content as a model, secrets included; parsed when first asked for."""
        if self._value is None:
            self._value = self.read(self.body, self.secrets)
        return self._value

    def document(self) -> bytes:
        """The JSON document `{"id": ..., <the fields>, "meta": {...}}`; nothing is parsed for it."""
        inner = self.body[1:-1]
        comma = b"," if inner else b""
        head = f'{{"id":"{self.id}",'.encode()
        meta = described(
            self.number,
            self.status,
            (instant(self.created_at), self.created_by),
            (instant(self.updated_at), self.updated_by),
            self.draft,
            None if self.deleted_at is None else instant(self.deleted_at),
        )
        return b"".join((head, inner, comma, b'"meta":', meta.encode(), b"}"))


@dataclass(frozen=True, slots=True)
class Revision:
    """A line of history: what was made, from which revision, by whom; without its content.

    `digest` closes the hash chain over everything up to this revision; `size` is in bytes.
    """

    number: int
    parent: int | None
    kind: Kind
    status: Status
    schema_version: int
    at: datetime
    by: str
    reason: str | None
    request_id: str | None
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some resources in order, and the cursor of the next ones; `next` is None on the last page."""

    items: list[Stored[T]]
    next: str | None = None

    def joined(self, start: bytes = b"", end: bytes = b"") -> bytes:
        """The JSON document of each with commas between them, behind `start` and before `end`."""
        documents = b",".join([item.document() for item in self.items])
        return b"".join((start, documents, end))


@dataclass(frozen=True, slots=True)
class History:
    """Some revisions, newest first; `next` is the `before` of the next page, as text."""

    items: list[Revision]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the feed: what happened to which resource; `current` is its published revision then."""

    seq: int
    resource: str
    id: str
    kind: str
    number: int
    current: int | None
    at: datetime
    by: str


def described(
    revision: int | None,
    status: Status,
    created: tuple[str, str],
    updated: tuple[str, str],
    draft: int | None,
    deleted_at: str | None,
) -> str:
    """The `meta` of a document as JSON; `created` and `updated` are when and by whom."""
    open_draft = "null" if draft is None else draft
    gone = "null" if deleted_at is None else f'"{deleted_at}"'
    return (
        f'{{"revision":{revision},"status":"{status}"'
        f',"created_at":"{created[0]}","created_by":{encode_basestring(created[1])}'
        f',"updated_at":"{updated[0]}","updated_by":{encode_basestring(updated[1])}'
        f',"draft":{open_draft},"deleted_at":{gone}}}'
    )


def instant(at: datetime) -> str:
    """A moment as JSON says it: UTC, microseconds, a Z at the end."""
    return at.isoformat(timespec="microseconds")[:26] + "Z"

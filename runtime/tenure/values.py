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
        return b"".join((head, inner, comma, b'"meta":', self._meta(), b"}"))

    def _meta(self) -> bytes:
        deleted = "null" if self.deleted_at is None else f'"{instant(self.deleted_at)}"'
        draft = "null" if self.draft is None else self.draft
        return (
            f'{{"revision":{self.number},"status":"{self.status}"'
            f',"created_at":"{instant(self.created_at)}","created_by":{encode_basestring(self.created_by)}'
            f',"updated_at":"{instant(self.updated_at)}","updated_by":{encode_basestring(self.updated_by)}'
            f',"draft":{draft},"deleted_at":{deleted}}}'
        ).encode()


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


def instant(at: datetime) -> str:
    """A moment as JSON says it: UTC, microseconds, a Z at the end."""
    return at.isoformat(timespec="microseconds")[:26] + "Z"

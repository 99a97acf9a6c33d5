"""Answers that carry stored bytes: documents, pages of them, and lines of history."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field
from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from tenure.errors import FieldError, Invalid
from tenure.http.preconditions import etag_of, is_known
from tenure.http.words import did_you_mean
from tenure.values import History, Page, Stored

__all__ = ["Difference", "Listing", "Revisions", "answer", "differences", "history", "listing"]

T = TypeVar("T")

_JSON = (b"content-type", b"application/json")
_CURRENT = (b"cache-control", b"private, no-cache")
_FOREVER = (b"cache-control", b"private, max-age=31536000, immutable")


class Listing(BaseModel, Generic[T]):
    """A page of a list; `next` is the cursor of the next one."""

    items: list[T]
    next: Annotated[str | None, Field(description="The cursor of the next page.")] = None


class RevisionLine(BaseModel):
    """A line of history, without its content."""

    number: int
    parent: int | None
    kind: str
    status: str
    schema_version: int
    at: datetime
    by: str
    reason: str | None
    request_id: str | None
    digest: str
    size: int


class Revisions(BaseModel):
    """Revisions, newest first; `next` is the `before` of the next page."""

    items: list[RevisionLine]
    next: str | None = None


class Difference(BaseModel):
    """An operation of a JSON patch (RFC 6902)."""

    op: str
    path: str
    value: Any = None
    from_: Annotated[str | None, Field(alias="from")] = None


class _Bytes(Response):
    """A response whose headers are ready: filling in Starlette's defaults would be a third of it."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = headers


def answer(
    stored: Stored[Any],
    request: Request | None = None,
    *,
    status: int = 200,
    location: str | None = None,
    immutable: bool = False,
    past: bool = False,
    fields: Collection[str] | None = None,
    known: Iterable[str] = (),
) -> Response:
    """The document of a resource, its ETag the count of its changes (`"7"`).

    Give the `request` of a GET: when its If-None-Match holds, the answer is a 304. `immutable` is for
    one numbered revision, cached for ever once it is stable; `past` for what was current once. Both
    have an ETag (`"r3"`) that no If-Match takes. `location` is the address of what was made. `fields`
    leaves only these, `id` and `meta`; raises Invalid for one that is not `known`.
    """
    # A draft revision is still modified in place, so its number says too little.
    numbered = (immutable or past) and stored.status == "stable"
    tag = b'"r%d"' % stored.number if numbered else etag_of(stored.etag)
    headers = [(b"etag", tag), _FOREVER if numbered and immutable else _CURRENT]
    if request is not None and is_known(request, tag):
        return _Bytes(b"", 304, headers)
    body = stored.document()
    if fields is not None:
        body = to_json(_sparse(body, _chosen(fields, known)))
    headers += (_JSON, (b"content-length", b"%d" % len(body)))
    if location is not None:
        address = location.encode("ascii")
        headers += ((b"location", address), (b"content-location", address))
    return _Bytes(body, status, headers)


def listing(
    page: Page[Any], *, fields: Collection[str] | None = None, known: Iterable[str] = ()
) -> Response:
    """A page of documents: `{"items": [...], "next": ...}`; `fields` as in `answer`."""
    start, end = b'{"items":[', b'],"next":%b}' % json.dumps(page.next).encode()
    if fields is None:
        return _json(page.joined(start, end))
    chosen = _chosen(fields, known)
    sparse = [to_json(_sparse(stored.document(), chosen)) for stored in page.items]
    return _json(b"".join((start, b",".join(sparse), end)))


def history(page: History) -> Response:
    """Lines of history, newest first: `{"items": [...], "next": ...}`."""
    return _json(to_json({"items": [asdict(line) for line in page.items], "next": page.next}))


def differences(patch: Sequence[Mapping[str, Any]]) -> Response:
    """What changed between two revisions, as a JSON patch (RFC 6902)."""
    return _json(to_json(patch))


def _json(body: bytes) -> Response:
    return _Bytes(body, 200, [_JSON, _CURRENT, (b"content-length", b"%d" % len(body))])


def _chosen(fields: Iterable[str], known: Iterable[str]) -> set[str]:
    chosen, known = {"id", "meta", *fields}, {"id", "meta", *known}
    wrong = [
        FieldError("", f"there is no such field{did_you_mean(name, known)}", "fields")
        for name in sorted(chosen - known)
    ]
    if wrong:
        raise Invalid("the request does not fit", wrong)
    return chosen


def _sparse(document: bytes, chosen: set[str]) -> dict[str, Any]:
    return {name: value for name, value in from_json(document).items() if name in chosen}

"""Blobs through HTTP: streamed both ways, in parts if asked, and never shown as part of a page."""

import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from email.message import Message
from typing import Any
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from tenure.blobs import BlobField
from tenure.errors import FieldError, Invalid, RangeNotSatisfiable
from tenure.http.gate import allow_body, is_head
from tenure.http.preconditions import is_known
from tenure.storage import Storage
from tenure.uploading import Incoming, Outgoing

__all__ = ["blob_answers", "blob_body", "delivered", "incoming"]

_NO_LIMIT = 2**62  # the limit of the field counts instead
_ANY = "application/octet-stream"
_BINARY = {"type": "string", "format": "binary"}
_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)
_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):")


def incoming(request: Request) -> Incoming:
    """The body of a request as a blob, not read yet.

    Content-Type, the file name in Content-Disposition and the digest in Content-Digest (RFC 9530)
    are what the sender says of it.
    """
    headers = request.headers
    length = headers.get("content-length", "")
    allow_body(request, _NO_LIMIT)
    return Incoming(
        _chunks(request),
        headers.get("content-type"),
        _name(headers.get("content-disposition")),
        _digest(headers.get("content-digest") or headers.get("repr-digest")),
        int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None,
    )


async def delivered(storage: Storage, outgoing: Outgoing, request: Request) -> Response:
    """A blob as the answer to a GET: all of it, the part that Range asks for, or a 304."""
    blob = outgoing.blob
    tag = f'"{blob.sha256}"'
    headers = {
        "etag": tag,
        "cache-control": "private, no-cache",
        "accept-ranges": "bytes",
        "repr-digest": f"sha-256=:{b64encode(bytes.fromhex(blob.sha256)).decode()}:",
        # Whoever uploaded it decides what is in it: no browser may run it under this address.
        "content-disposition": _attachment(outgoing.name),
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "content-type": blob.media_type,
    }
    if is_known(request, tag.encode()):
        del headers["content-type"]
        return Response(status_code=304, headers=headers)
    start, end, status = _asked(request, tag, blob.size)
    headers["content-length"] = str(end - start)
    if status == 206:
        headers["content-range"] = f"bytes {start}-{end - 1}/{blob.size}"
    else:
        headers["content-digest"] = headers["repr-digest"]
    if is_head(request) or start == end:
        return Response(status_code=status, headers=headers)
    pieces = storage.blobs.stream(outgoing.key, start, end)
    # Read before anything is said: a storage that is away is a 503, not a 200 that breaks off.
    first = await anext(pieces)
    return StreamingResponse(_all(first, pieces), status, headers)


def blob_body(field: BlobField) -> dict[str, Any]:
    """The `openapi_extra=` of a route that reads `incoming(request)`."""
    schema = {**_BINARY, "maxLength": field.max_size}
    content = {kind: {"schema": schema} for kind in field.accept or (_ANY,)}
    return {"requestBody": {"required": True, "content": content}}


def blob_answers(field: BlobField) -> dict[int | str, dict[str, Any]]:
    """What of `responses=` says that a route answers with `delivered`."""
    content = {kind: {"schema": _BINARY} for kind in field.accept or (_ANY,)}
    return {
        200: {"description": "The content", "content": content},
        206: {"description": "The part that Range asks for", "content": content},
    }


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect:
        raise Invalid("the content ended before it was whole") from None


def _name(disposition: str | None) -> str | None:
    """The file name in a Content-Disposition, its extended form (RFC 8187) too."""
    if disposition is None:
        return None
    message = Message()
    message["content-disposition"] = disposition
    return message.get_filename()


def _digest(header: str | None) -> str | None:
    """The SHA-256 in a Content-Digest, in hex; None if only others are there."""
    found = _SHA256.search(header or "")
    if found is None:
        return None
    try:
        raw = b64decode(found[1], validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise Invalid(
            "the request does not fit",
            [FieldError("", "must hold a SHA-256 in base64", "Content-Digest")],
        )
    return raw.hex()


def _attachment(name: str) -> str:
    plain = "".join(c if c.isascii() and c not in '"\\%' else "_" for c in name)
    said = f'attachment; filename="{plain}"'
    return said if plain == name else f"{said}; filename*=UTF-8''{quote(name, safe='')}"


def _asked(request: Request, tag: str, size: int) -> tuple[int, int, int]:
    """From where to where, and the status: 206 for one part, 200 for what cannot be cut like that."""
    header, condition = request.headers.get("range"), request.headers.get("if-range")
    found = _RANGE.fullmatch(header or "")
    if found is None or (condition is not None and condition != tag):
        return 0, size, 200
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return 0, size, 200  # malformed, and so not there (RFC 9110, 14.1.1)
    elif last:
        start, end = max(size - int(last), 0), size
    else:
        return 0, size, 200
    if start >= end:
        raise RangeNotSatisfiable(
            f"there are {size} bytes", headers={"Content-Range": f"bytes */{size}"}
        )
    return start, end, 206

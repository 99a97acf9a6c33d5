"""Blobs on their way in and out: checked while they stream, and kept only once a revision names them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel

from tenure.blobs import Blob, BlobField, Received
from tenure.errors import FieldError, Invalid, NotFound, TooLarge
from tenure.held import is_kept, key_of
from tenure.media import HEAD, file_name, media_type
from tenure.values import Stored

if TYPE_CHECKING:
    from tenure.resource import Resource
    from tenure.storage import Storage

__all__ = ["Incoming", "Outgoing", "check_optional", "kept", "receive", "settle"]

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A blob as its sender describes it; `sha256` in hex and `size` in bytes if they are said."""

    chunks: AsyncIterator[bytes]
    media_type: str | None = None
    name: str | None = None
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A blob as a revision names it, where its bytes are, and a safe name for a file of it."""

    blob: Blob
    key: str
    name: str


async def receive(
    storage: Storage, resource: Resource[Any], field: str, incoming: Incoming
) -> tuple[Received, Blob]:
    """Keep what comes in, and what a document says of it; no revision names it yet."""
    rule = resource.blobs[field]
    _check_size(incoming.size or 0, rule)
    head, rest = await _opened(incoming.chunks, rule)
    kind = media_type(head, incoming.media_type, rule.accept)
    received = await storage.blobs.put(rest)
    if incoming.sha256 not in (None, received.sha256):
        await storage.blobs.delete([received.key])
        raise Invalid("the content is not what its digest says")
    name = None if incoming.name is None else file_name(incoming.name, field, kind)
    blob = Blob(sha256=received.sha256, size=received.size, media_type=kind, name=name)
    return received, blob


async def settle(storage: Storage, resource: Resource[Any], received: Received) -> None:
    """Let go of what was received if no revision came to name it: refused, or there already."""
    if not await is_kept(storage, resource.tables.blobs, received):
        await storage.meta.sync()
        await storage.blobs.delete([received.key])


def check_optional(resource: Resource[Any], field: str) -> None:
    """Raise Invalid if the blob of `field` can be replaced and not taken away."""
    annotation = resource.codec.model.model_fields[field].annotation
    if resource.blobs[field].required or type(None) not in get_args(annotation):
        detail = "is required: put another in its place"
        raise Invalid(f"{field} {detail}", [FieldError(f"/{field}", detail)])


async def kept(storage: Storage, resource: Resource[T], stored: Stored[T], field: str) -> Outgoing:
    """The blob that a revision names in `field`. Raises NotFound when there is none."""
    blob = getattr(stored.value, field)
    if blob is None:
        raise NotFound(f"this {resource.label} has no {field.replace('_', ' ')}")
    key = await key_of(storage, resource, stored.id, stored.number, blob)
    return Outgoing(blob, key, file_name(blob.name, field, blob.media_type))


async def _opened(
    chunks: AsyncIterator[bytes], rule: BlobField
) -> tuple[bytes, AsyncIterator[bytes]]:
    """The beginning, for a look at it, and everything."""
    limited = _limited(chunks, rule)
    head = bytearray()
    async for chunk in limited:
        head += chunk
        if len(head) >= HEAD:
            break
    begun = bytes(head)

    async def whole() -> AsyncIterator[bytes]:
        yield begun
        async for chunk in limited:
            yield chunk

    return begun[:HEAD], whole()


async def _limited(chunks: AsyncIterator[bytes], rule: BlobField) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        _check_size(size, rule)
        yield chunk


def _check_size(size: int, rule: BlobField) -> None:
    if size > rule.max_size:
        # The rest is still on its way, and is not going to be read.
        detail = f"the content is larger than the limit of {rule.max_size} bytes"
        raise TooLarge(detail, headers={"Connection": "close"})

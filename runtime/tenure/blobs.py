"""Binaries: what a blob field of a document holds, and the store of the bytes themselves."""

import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from tenure.ids import new_id
from tenure.objects import Kept, Objects

__all__ = ["Blob", "BlobField", "BlobStore", "Received"]

_SMALL = 1024 * 1024  # bytes up to which a blob is kept in one request instead of parts


class Blob(BaseModel):
    """A binary kept beside the document; `size` is in bytes, `sha256` in lower-case hex."""

    model_config = ConfigDict(extra="forbid")

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    media_type: Annotated[str, Field(max_length=255)]
    name: Annotated[str, Field(max_length=255)] | None = None


class BlobField(NamedTuple):
    """What a blob field takes: media types (none named: any), and at most so many bytes.

    What is `required` can be replaced, but not taken away.
    """

    accept: tuple[str, ...] = ()
    max_size: int = 100 * 1024 * 1024
    required: bool = False


class Received(NamedTuple):
    """Bytes that have arrived: where they are, and what they are."""

    key: str
    sha256: str
    size: int


class BlobStore:
    """Bytes of blobs, each arrival under a key of its own.

    That equal bytes are kept once is for the rows to see to: they are written in a transaction, so
    nobody lets go of bytes that somebody else has just begun to refer to.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def put(self, chunks: AsyncIterator[bytes]) -> Received:
        """Keep what `chunks` give, in constant memory; nothing is kept when they raise."""
        name = new_id("b")
        key = f"{name[-2:]}/{name}"
        counted = _Counted(chunks)
        begun, ended = await _beginning(counted)
        if ended:
            await self._objects.create(key, begun)
        else:
            await self._objects.write(key, _joined(begun, counted))
        return Received(key, counted.digest.hexdigest(), counted.size)

    def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, not included."""
        return self._objects.stream(key, start, end)

    def all(self) -> AsyncIterator[list[Kept]]:
        """Everything that has arrived and was not let go of, some at a time."""
        return self._objects.all()

    async def sweep(self, until: datetime) -> int:
        """Remove what was cut off before `until`, half-way; how much it was."""
        return await self._objects.sweep(until)

    async def delete(self, keys: Iterable[str]) -> None:
        """Let go of bytes that no row names."""
        await self._objects.delete(keys)


class _Counted:
    """Chunks passing by: how many bytes they were, and their digest."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.digest = hashlib.sha256()
        self.size = 0

    def __aiter__(self) -> "_Counted":
        return self

    async def __anext__(self) -> bytes:
        chunk = await anext(self._chunks)
        self.digest.update(chunk)
        self.size += len(chunk)
        return chunk


async def _beginning(chunks: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """What comes first, and whether that is all."""
    begun = bytearray()
    async for chunk in chunks:
        begun += chunk
        if len(begun) > _SMALL:
            return bytes(begun), False
    return bytes(begun), True


async def _joined(begun: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield begun
    async for chunk in rest:
        if chunk:
            yield chunk

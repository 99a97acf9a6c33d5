"""Bytes under keys, outside the database: in memory, in a folder or in a bucket, by one URL."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

__all__ = ["CHUNK", "Kept", "Objects", "open_objects"]

CHUNK = 4 * 1024 * 1024  # bytes of one read, and of what is read ahead of a slow client


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as a listing shows it; `size` is in bytes."""

    key: str
    size: int
    at: datetime


class Objects(Protocol):
    """Immutable bytes, each under a key that is used once.

    A key that can be seen leads to all of its bytes. Every method raises Unavailable when the
    storage fails; then what it was to do may have happened, or not.
    """

    async def create(self, key: str, body: bytes) -> None:
        """Keep `body`; it will outlive a power cut, name and all, when this returns.

        Raises FileExistsError when other bytes are kept under this key.
        """

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """As `create`, in constant memory; nothing is kept when `chunks` raise."""

    async def read(self, key: str) -> bytes:
        """The bytes under `key`. Raises FileNotFoundError when there are none."""

    def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, not included; FileNotFoundError when there are none."""

    def all(self) -> AsyncIterator[list[Kept]]:
        """Everything there is, some at a time."""

    async def delete(self, keys: Iterable[str]) -> None:
        """Let go of these keys, for good; one that is not there is no error."""

    async def sweep(self, until: datetime) -> int:
        """Remove what writes that were cut off before `until` left half-done; how much it was."""


def open_objects(url: str) -> Objects:
    """What is kept at `url`: `memory://`, a folder, or `s3://bucket/prefix`.

    The endpoint and the credentials of a bucket are what AWS's own tools read: AWS_ENDPOINT_URL,
    AWS_REGION, AWS_ACCESS_KEY_ID and so on; each credential may be in a file that AWS_..._FILE names.
    """
    if url == "memory://" or url.startswith("s3://"):
        from tenure.buckets import Bucket  # a client that a folder does not need

        return Bucket(url)
    if "://" in url and not url.startswith("file://"):
        raise ValueError(f"cannot keep anything in a {urlsplit(url).scheme}:// URL")
    from tenure.folders import Folder

    return Folder(Path(url.removeprefix("file://")).absolute())

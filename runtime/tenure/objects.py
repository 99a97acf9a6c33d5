"""Bytes under keys, outside the database: in memory, in a folder or in a bucket, by one URL."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

from tenure.errors import Unavailable

__all__ = ["CHUNK", "Kept", "Objects"]

CHUNK = 4 * 1024 * 1024  # bytes of one read, and of what is read ahead of a slow client

_PART = 8 * 1024 * 1024  # bytes of one part of an upload; at most 10,000 parts make an object
_AT_ONCE = 2  # parts under way at a time: more would be more memory
_MANY = 500  # keys listed or deleted at a time
_RETRIES = 4  # of a request to a bucket, within half a minute
_CREDENTIALS = ("access_key_id", "secret_access_key", "session_token")


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as a listing shows it; `size` is in bytes."""

    key: str
    size: int
    at: datetime


class Objects:
    """Immutable bytes, each under a key that is used once.

    `url` is `memory://`, a folder, or `s3://bucket/prefix`. The endpoint and the credentials of a
    bucket are what AWS's own tools read: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and so on;
    each credential may be in a file that AWS_..._FILE names.
    """

    def __init__(self, url: str) -> None:
        self._root: Path | None = None
        self._store: LocalStore | MemoryStore | S3Store
        if url.startswith("s3://"):
            self._store = _bucket(url)
        elif url == "memory://":
            self._store = MemoryStore()
        elif "://" in url and not url.startswith("file://"):
            raise ValueError(f"cannot keep anything in a {urlsplit(url).scheme}:// URL")
        else:
            self._root = Path(url.removeprefix("file://")).absolute()
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _fsync(self._root.parent)
            self._store = LocalStore(self._root)
        self._synced: set[Path] = set()

    async def create(self, key: str, body: bytes) -> None:
        """Keep `body`; it will outlive a power cut, name and all, when this returns."""
        try:
            await obstore.put_async(self._store, key, body, mode="create")
        except AlreadyExistsError:
            # A put that took hold and was not acknowledged is sent again by the client underneath.
            if await self.read(key) != body:
                raise
        except BaseError as error:
            _unavailable(error)
        await self._settle(key)

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what `chunks` give, in constant memory; nothing is kept when they raise."""
        source = _Source(chunks)
        try:
            await obstore.put_async(
                self._store, key, source, chunk_size=_PART, max_concurrency=_AT_ONCE
            )
        except Exception as error:
            if source.error is not None:
                raise source.error from None
            if isinstance(error, BaseError):
                _unavailable(error)
            raise
        await self._settle(key)

    async def read(self, key: str) -> bytes:
        """The bytes under `key`. Raises FileNotFoundError when there are none."""
        try:
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())
        except NotFoundError as error:
            raise FileNotFoundError(f"nothing is kept under {key}") from error
        except BaseError as error:
            _unavailable(error)

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, not included; FileNotFoundError when there are none."""
        # One short request after the other: a slow reader holds no connection to the storage.
        for at in range(start, end, CHUNK):
            try:
                piece = await obstore.get_range_async(
                    self._store, key, start=at, end=min(at + CHUNK, end)
                )
            except NotFoundError as error:
                raise FileNotFoundError(f"nothing is kept under {key}") from error
            except BaseError as error:
                _unavailable(error)
            yield bytes(piece)

    async def all(self) -> AsyncIterator[list[Kept]]:
        """Everything there is, some at a time."""
        try:
            async for batch in obstore.list(self._store, chunk_size=_MANY):
                yield [Kept(one["path"], one["size"], one["last_modified"]) for one in batch]
        except BaseError as error:
            _unavailable(error)

    async def delete(self, keys: Iterable[str]) -> None:
        """Let go of these keys; one that is not there is no error."""
        wanted = list(keys)
        for at in range(0, len(wanted), _MANY):
            try:
                await obstore.delete_async(self._store, wanted[at : at + _MANY])
            except FileNotFoundError:
                # A folder on disk stops at the first one that is not there; a bucket does not.
                if len(wanted) > 1:
                    for key in wanted[at : at + _MANY]:
                        await self.delete([key])
            except BaseError as error:
                _unavailable(error)

    async def sweep(self, until: datetime) -> int:
        """Remove what writes that were cut off before `until` left in a folder; how much it was.

        A bucket does that by itself, if its lifecycle says that unfinished uploads are aborted.
        """
        return 0 if self._root is None else await asyncio.to_thread(self._clear, self._root, until)

    def _clear(self, root: Path, until: datetime) -> int:
        # A LocalStore writes to `<key>#<number>` and renames; no key of ours has a # in it.
        left = [path for path in root.rglob("*#*") if path.stat().st_mtime <= until.timestamp()]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    async def _settle(self, key: str) -> None:
        if self._root is not None:
            await asyncio.to_thread(self._sync, self._root / key)

    def _sync(self, file: Path) -> None:
        """LocalStore renames and does not sync: the file, then its folder, then new folders above."""
        _fsync(file)
        folder = file.parent
        _fsync(folder)
        while folder not in self._synced and folder != self._root:
            parent = folder.parent
            _fsync(parent)
            self._synced.add(folder)
            folder = parent


class _Source:
    """Chunks on their way into an upload, and what went wrong on their side of it."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.error: BaseException | None = None

    def __aiter__(self) -> "_Source":
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except BaseException as error:
            self.error = error
            raise


def _bucket(url: str) -> S3Store:
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ValueError("credentials do not belong into the URL of a bucket, but into AWS_...")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    options: dict[str, str] = dict(_credentials(os.environ))
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": "5s",
            "timeout": "60s",
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=30)},
        **options,  # type: ignore[arg-type]  # its TypedDict cannot be built from names
    )


def _credentials(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The credentials that the environment keeps in files; the others obstore finds by itself."""
    files = {name: environ.get(f"AWS_{name.upper()}_FILE") for name in _CREDENTIALS}
    return {name: Path(path).read_text().strip() for name, path in files.items() if path}


def _unavailable(error: BaseError) -> NoReturn:
    # Its words name the bucket, the key and the server: they are for the log.
    raise Unavailable("the storage cannot be reached now") from error


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

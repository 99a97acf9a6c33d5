"""Objects in a bucket, or in memory for tests: whole or not there, as such a store does it by itself."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import MemoryStore, S3Store

from tenure.errors import Unavailable
from tenure.objects import CHUNK, Kept

__all__ = ["Bucket"]

_PART = 8 * 1024 * 1024  # bytes of one part of an upload; at most 10,000 parts make an object
_AT_ONCE = 2  # parts under way at a time: more would be more memory
_MANY = 500  # keys listed or deleted at a time
_ABORTING = 5.0  # seconds that somebody who calls an upload off waits for its parts to be removed
_RETRIES = 4  # of a request to a bucket, within half a minute
_CREDENTIALS = ("access_key_id", "secret_access_key", "session_token")


class Bucket:
    """Immutable bytes, each under a key that is used once; `url` is `memory://` or `s3://...`."""

    def __init__(self, url: str) -> None:
        self._store = MemoryStore() if url == "memory://" else _bucket(url)

    async def create(self, key: str, body: bytes) -> None:
        """Keep `body`. Raises FileExistsError when other bytes are kept under this key."""
        try:
            await obstore.put_async(self._store, key, body, mode="create")
        except AlreadyExistsError as error:
            # A put that took hold and was not acknowledged is sent again by the client underneath.
            if await self.read(key) != body:
                raise FileExistsError(f"something else exists under {key}") from error
        except BaseError as error:
            _unavailable(error)

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what `chunks` give, in constant memory; nothing is kept when they raise."""
        source = _Source(chunks)
        putting = asyncio.ensure_future(
            obstore.put_async(self._store, key, source, chunk_size=_PART, max_concurrency=_AT_ONCE)
        )
        try:
            await asyncio.shield(putting)
        except asyncio.CancelledError:
            # obstore aborts an upload whose source fails, and forgets one that is cancelled: its
            # parts would be there for ever, and no listing shows them.
            source.stop()
            putting.add_done_callback(_heard)
            await asyncio.wait([putting], timeout=_ABORTING)
            raise
        except Exception as error:
            if source.error is not None:
                raise source.error from None
            if isinstance(error, BaseError):
                _unavailable(error)
            raise

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
        """Let go of these keys, for good; one that is not there is no error."""
        wanted = list(keys)
        for at in range(0, len(wanted), _MANY):
            try:
                await obstore.delete_async(self._store, wanted[at : at + _MANY])
            except BaseError as error:
                _unavailable(error)

    async def sweep(self, until: datetime) -> int:  # noqa: ARG002
        """Nothing: obstore lists no unfinished uploads.

        Those that fail or are called off are aborted at once; what a kill or a bucket that was away
        leaves is for a rule in the bucket's lifecycle, AbortIncompleteMultipartUpload.
        """
        return 0


class _Source:
    """Chunks on their way into an upload, and what went wrong on their side of it."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._reading: asyncio.Task[object] | None = None
        self._stopped = False
        self.error: BaseException | None = None

    def stop(self) -> None:
        """Fail at the next chunk, or at the one that is waited for."""
        self._stopped = True
        if self._reading is not None:
            self._reading.cancel()

    def __aiter__(self) -> "_Source":
        return self

    async def __anext__(self) -> bytes:
        self._reading = asyncio.current_task()
        try:
            if self._stopped:
                raise asyncio.CancelledError
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except BaseException as error:
            self.error = error
            raise
        finally:
            self._reading = None


def _heard(putting: "asyncio.Future[Any]") -> None:
    """Look at how it ended, or asyncio complains that nobody did."""
    if not putting.cancelled():
        putting.exception()


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

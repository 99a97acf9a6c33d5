"""Objects as files in a folder: whole or not there, and synced, name and all, before anybody is told."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import TypeVar

from tenure.disk import PRIVATE, Disk, File, make_folder
from tenure.errors import Unavailable
from tenure.objects import CHUNK, Kept

__all__ = ["Folder"]

Result = TypeVar("Result")

_PART = 1024 * 1024  # bytes of a stream that are written at a time
_MANY = 500  # files listed at a time
_DRAFT = "#"  # in the name of what is being written; no key of ours has one


class Folder:
    """Immutable bytes, each in a file that is written once.

    A file is written under another name, synced, then given its own, which is synced too. So a key
    that can be seen leads to all of its bytes, whenever the power goes.
    """

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self._root = root
        self._disk = disk or Disk()
        self._lasting: set[Path] = set()  # folders whose names outlive a power cut
        self._drafts = count()
        make_folder(self._disk, root, self._lasting, PRIVATE)

    async def create(self, key: str, body: bytes) -> None:
        """Keep `body`. Raises FileExistsError when other bytes are kept under this key."""
        await _in_thread(partial(self._create, self._root / key, body))

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what `chunks` give, in constant memory; nothing is kept when they raise."""
        draft = await _in_thread(partial(self._begun, self._root / key))
        try:
            part = bytearray()
            async for chunk in chunks:
                part += chunk
                if len(part) >= _PART:
                    await _in_thread(partial(draft.write, bytes(part)))
                    part.clear()
            await _in_thread(partial(draft.write, bytes(part)))
            await _in_thread(draft.finish)
        except BaseException:
            await asyncio.shield(_in_thread(draft.drop))
            raise

    async def read(self, key: str) -> bytes:
        """The bytes under `key`. Raises FileNotFoundError when there are none."""
        return await _in_thread(partial(self._disk.read, self._root / key))

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, not included; FileNotFoundError when there are none."""
        # Opened anew each time: a slow reader holds no file.
        for at in range(start, end, CHUNK):
            read = partial(self._disk.read, self._root / key, at, min(at + CHUNK, end))
            yield await _in_thread(read)

    async def all(self) -> AsyncIterator[list[Kept]]:
        """Everything there is, some at a time."""
        kept = (
            Kept(one.path, one.size, datetime.fromtimestamp(one.at, UTC))
            for one in self._disk.files(self._root)
            if _DRAFT not in one.path
        )
        while batch := await _in_thread(lambda: list(islice(kept, _MANY))):
            yield batch

    async def delete(self, keys: Iterable[str]) -> None:
        """Let go of these keys, for good; one that is not there is no error."""
        await _in_thread(partial(self._delete, [self._root / key for key in keys]))

    async def sweep(self, until: datetime) -> int:
        """Remove what writes that were cut off before `until` left; how much it was."""
        return await _in_thread(partial(self._sweep, until.timestamp()))

    def _create(self, path: Path, body: bytes) -> None:
        draft = self._begun(path)
        try:
            draft.write(body)
            draft.finish()
        except FileExistsError:
            draft.drop()
            # Sent again by somebody who heard nothing? Then it has to last before he does.
            if self._disk.read(path) != body:
                raise
            self._disk.sync_folder(path.parent)
        except BaseException:
            draft.drop()
            raise

    def _begun(self, path: Path) -> "_Draft":
        name = path.with_name(f"{path.name}{_DRAFT}{next(self._drafts)}")
        make_folder(self._disk, path.parent, self._lasting)
        try:
            return _Draft(self._disk, self._disk.create(name), name, path)
        except FileNotFoundError:  # somebody has tidied up
            self._lasting.clear()
            make_folder(self._disk, path.parent, self._lasting)
            return _Draft(self._disk, self._disk.create(name), name, path)

    def _delete(self, paths: list[Path]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):
                self._disk.unlink(path)
        # Those of names that were gone too: nobody knows whether that lasts.
        for folder in {path.parent: None for path in paths}:
            with suppress(FileNotFoundError):
                self._disk.sync_folder(folder)

    def _sweep(self, until: float) -> int:
        every = self._disk.files(self._root)
        left = [one.path for one in every if _DRAFT in one.path and one.at <= until]
        for path in left:
            with suppress(FileNotFoundError):
                self._disk.unlink(self._root / path)
        return len(left)


class _Draft:
    """A file on its way to its name.

    A lock, because who is called off leaves the thread that writes for him behind.
    """

    def __init__(self, disk: Disk, file: File, name: Path, path: Path) -> None:
        self._disk = disk
        self._file: File | None = file
        self._name = name
        self._path = path
        self._lock = threading.Lock()

    def write(self, piece: bytes) -> None:
        with self._lock:
            if self._file is not None:
                self._file.write(piece)

    def finish(self) -> None:
        """Give the file its name, once it is whole and synced."""
        with self._lock:
            if self._file is None:
                return
            self._file.sync()
            self._close()
            self._disk.link(self._name, self._path)
            self._disk.unlink(self._name)
            self._disk.sync_folder(self._path.parent)

    def drop(self) -> None:
        """Leave nothing behind; what cannot be removed is for `sweep`."""
        with self._lock, suppress(OSError):
            self._close()
            self._disk.unlink(self._name)

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


async def _in_thread(work: Callable[[], Result]) -> Result:
    try:
        return await asyncio.to_thread(work)
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:
        # Its words name a path: they are for the log.
        raise Unavailable("the storage cannot be used now") from error

"""Bodies too long for a row: immutable, each under a key that is used once."""

import asyncio
import os
from pathlib import Path

import obstore
from obstore.store import LocalStore, MemoryStore

from tenure.ids import new_id

__all__ = ["RevisionStore"]


class RevisionStore:
    """Bytes under keys, created once and never changed; `root` is their folder on a local disk."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        if root is None:
            self._store: LocalStore | MemoryStore = MemoryStore()
        else:
            root.mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(root)
        self._synced: set[Path] = set()

    async def put(self, resource: str, body: bytes) -> str:
        """Keep `body`; its new key. It is on disk, name and all, when this returns."""
        name = new_id("r")
        # By the random end of the id: a few hundred folders, none of them crowded.
        key = f"{resource}/{name[-2:]}/{name}"
        await obstore.put_async(self._store, key, body, mode="create")
        if self._root is not None:
            await asyncio.to_thread(self._sync, self._root / key)
        return key

    async def get(self, key: str) -> bytes:
        """The body under `key`. Raises FileNotFoundError when there is none."""
        found = await obstore.get_async(self._store, key)
        return bytes(await found.bytes_async())

    def _sync(self, file: Path) -> None:
        """LocalStore renames and does not sync: the file, then its folder, then new folders above."""
        _fsync(file)
        folder = file.parent
        _fsync(folder)
        while folder not in self._synced and folder != self._root:
            self._synced.add(folder)
            folder = folder.parent
            _fsync(folder)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

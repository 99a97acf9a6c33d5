"""Bodies too long for a row: immutable, each under a key that is used once."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from weakref import WeakKeyDictionary

from tenure.ids import new_id
from tenure.objects import Kept, Objects

__all__ = ["RevisionStore"]

_AT_ONCE = 64  # bodies of lists on their way at a time: each may take a connection


class RevisionStore:
    """Bodies under keys, created once and never changed."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]
        self._turns = WeakKeyDictionary()

    async def put(self, resource: str, body: bytes) -> str:
        """Keep `body`; its new key. It will outlive a power cut when this returns."""
        name = new_id("r")
        # By the random end of the id: a few hundred folders, none of them crowded.
        key = f"{resource}/{name[-2:]}/{name}"
        await self._objects.create(key, body)
        return key

    async def get(self, key: str) -> bytes:
        """The body under `key`. Raises FileNotFoundError when there is none."""
        return await self._objects.read(key)

    async def get_all(self, keys: Iterable[str]) -> list[bytes]:
        """The bodies under `keys`, in their order; a page of them takes hardly longer than one."""
        turns = self._turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))

        async def one(key: str) -> bytes:
            async with turns:
                return await self.get(key)

        return await asyncio.gather(*map(one, keys))

    def all(self) -> AsyncIterator[list[Kept]]:
        """Every body there is, some at a time."""
        return self._objects.all()

    async def sweep(self, until: datetime) -> int:
        """Remove what was cut off before `until`, half-way; how much it was."""
        return await self._objects.sweep(until)

    async def delete(self, keys: Iterable[str]) -> None:
        """Let go of bodies that no row names."""
        await self._objects.delete(keys)

"""Bodies too long for a row: immutable, each under a key that is used once."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from tenure.ids import new_id
from tenure.objects import Kept, Objects

__all__ = ["RevisionStore"]


class RevisionStore:
    """Bodies under keys, created once and never changed."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

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

    def all(self) -> AsyncIterator[list[Kept]]:
        """Every body there is, some at a time."""
        return self._objects.all()

    async def sweep(self, until: datetime) -> int:
        """Remove what was cut off before `until`, half-way; how much it was."""
        return await self._objects.sweep(until)

    async def delete(self, keys: Iterable[str]) -> None:
        """Let go of bodies that no row names."""
        await self._objects.delete(keys)

"""The three stores together, and the resources that live in them."""

# ruff: noqa: A002  (the field's word is `id`)

import asyncio
import secrets
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from tenure.auth import key_file
from tenure.content import Content
from tenure.meta import MetaStore
from tenure.revisions import RevisionStore
from tenure.sqlite import DiskMeta, MemoryMeta

if TYPE_CHECKING:
    from tenure.manager import ResourceManager

__all__ = ["Storage", "open_storage"]

Resources = Mapping[str, "ResourceManager[Any]"]


@dataclass
class Storage:
    """Rows, long bodies, and the key that signs cursors; `inline` is in bytes.

    `resources` is the explicit list of what lives here: a delete asks it who refers to what.
    """

    meta: MetaStore
    revisions: RevisionStore
    resources: Resources
    key: bytes
    inline: int = 16384
    _turns: "weakref.WeakValueDictionary[object, asyncio.Lock]" = field(
        default_factory=weakref.WeakValueDictionary, repr=False
    )

    async def close(self) -> None:
        """Commit what is queued and let go of every file."""
        await self.meta.close()

    async def create_tables(self, metadata: sa.MetaData) -> None:
        """Create every table of `metadata` that is not there: for memory and tests; else Alembic."""
        await self.meta.run(metadata.create_all)

    async def place(self, resource: str, content: Content) -> Content:
        """`content` with its body put where it will stay; before any row mentions it."""
        if content.key is not None or len(content.body) <= self.inline:
            return content
        key = await self.revisions.put(resource, content.body)
        return Content(content.body, content.secrets, content.digest, key)

    def turn(self, resource: str, id: str) -> asyncio.Lock:
        """The lock behind which the losers of a race for one resource queue up in this process."""
        place = (resource, id, asyncio.get_running_loop())
        found = self._turns.get(place)
        if found is None:
            found = self._turns[place] = asyncio.Lock()
        return found


async def open_storage(
    *,
    resources: "Iterable[ResourceManager[Any]]",
    profile: Literal["memory", "disk"] = "disk",
    data: Path | str = "data",
    key: bytes | None = None,
    inline: int = 16384,
    relaxed: bool = False,
) -> Storage:
    """Open the storage of a profile; several processes may open one `data` folder at once.

    `key` signs cursors; without one it is read from `data/secret.key`, made on first start.
    Bodies of more than `inline` bytes become files. `relaxed` trades the last moments before a
    power cut for speed (synchronous=NORMAL).
    """
    wired = {manager.name: manager for manager in resources}
    if profile == "memory":
        return Storage(MemoryMeta(), RevisionStore(), wired, key or secrets.token_bytes(32), inline)
    folder = Path(data)
    return await asyncio.to_thread(_open_disk, folder, wired, key, inline, relaxed)


def _open_disk(
    folder: Path, wired: Resources, key: bytes | None, inline: int, relaxed: bool
) -> Storage:
    folder.mkdir(parents=True, exist_ok=True)
    meta = DiskMeta(folder / "meta.sqlite", relaxed=relaxed)
    return Storage(
        meta,
        RevisionStore(folder / "revisions"),
        wired,
        key or key_file(folder / "secret.key"),
        inline,
    )

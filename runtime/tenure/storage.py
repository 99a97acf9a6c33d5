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
from tenure.blobs import BlobStore
from tenure.content import Content
from tenure.disk import PRIVATE, Disk, make_folder
from tenure.meta import MetaStore
from tenure.objects import open_objects
from tenure.revisions import RevisionStore
from tenure.sqlite import DiskMeta, MemoryMeta

if TYPE_CHECKING:
    from tenure.manager import ResourceManager
    from tenure.postgres import PostgresOptions

__all__ = ["Storage", "open_storage"]

Resources = Mapping[str, "ResourceManager[Any]"]
Profile = Literal["memory", "disk", "s3", "postgres"]
Bodies = Literal["inline", "files", "s3"]


@dataclass
class Storage:
    """Rows, long bodies, blobs, and the key that signs cursors.

    Bodies of up to `inline` bytes are in the rows; -1 for none of them, None for all. `resources` is the explicit list of what lives here: a delete asks it who refers to what.
    """

    meta: MetaStore
    revisions: RevisionStore
    blobs: BlobStore
    resources: Resources
    key: bytes = field(repr=False)
    inline: int | None = 16384
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
        if content.key is not None or self.inline is None or len(content.body) <= self.inline:
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
    profile: Profile = "disk",
    data: Path | str = "data",
    key: bytes | None = None,
    inline: int = 16384,
    revisions: Bodies | None = None,
    revisions_url: str | None = None,
    blobs_url: str | None = None,
    database_url: str | None = None,
    relaxed: bool = False,
    postgres: "PostgresOptions | None" = None,
) -> Storage:
    """Open the storage of a profile; several processes may open one `data` folder at once.

    `key` signs cursors; without one it is read from `data/secret.key`, made on first start.
    Bodies of up to `inline` bytes are kept in the database, longer ones where `revisions_url` says;
    `revisions` sends them all to one place. URLs are a folder, `s3://bucket/prefix` or `memory://`;
    left out, they are folders of `data`. `relaxed` trades the last moments before a power cut for
    speed (synchronous=NORMAL on SQLite). The profile postgres wants a `database_url`, keeps bodies in the
    database unless told where else, and takes `postgres` for how patient it is.
    """
    if profile == "postgres" and revisions is None and revisions_url is None:
        revisions = "inline"
    places = _places(profile, Path(data), revisions, revisions_url, blobs_url)
    wired = {manager.name: manager for manager in resources}
    threshold = inline if revisions is None else None if revisions == "inline" else -1
    database = await _postgres(database_url, postgres) if profile == "postgres" else None
    return await asyncio.to_thread(
        _open, profile, Path(data), places, wired, key, threshold, relaxed, database
    )


async def _postgres(url: str | None, options: "PostgresOptions | None") -> MetaStore:
    from tenure.postgres import PostgresMeta  # a driver that the other profiles do not need

    if url is None:
        raise ValueError("the profile postgres wants a database_url such as postgresql://host/name")
    meta = PostgresMeta(url, options)
    await meta.open()
    return meta


def _open(
    profile: Profile,
    folder: Path,
    places: tuple[str, str],
    wired: Resources,
    key: bytes | None,
    inline: int | None,
    relaxed: bool,
    database: MetaStore | None,
) -> Storage:
    meta: MetaStore
    if profile == "memory":
        meta, key = MemoryMeta(), key or secrets.token_bytes(32)
    else:
        make_folder(Disk(), folder.absolute(), set(), PRIVATE)
        meta = database or DiskMeta(folder / "meta.sqlite", relaxed=relaxed)
        key = key or key_file(folder / "secret.key")
    bodies, blobs = (open_objects(place) for place in places)
    return Storage(meta, RevisionStore(bodies), BlobStore(blobs), wired, key, inline)


def _places(
    profile: Profile,
    folder: Path,
    revisions: Bodies | None,
    revisions_url: str | None,
    blobs_url: str | None,
) -> tuple[str, str]:
    """Where long bodies and blobs are. Raises ValueError when the settings do not say."""
    bodies = revisions_url or _place(profile, folder, "revisions", revisions)
    blobs = blobs_url or _place(profile, folder, "blobs", None)
    if revisions == "s3" and not bodies.startswith("s3://"):
        raise ValueError("revisions=s3 wants a revisions_url such as s3://bucket/revisions")
    return bodies, blobs


def _place(profile: Profile, folder: Path, what: str, revisions: Bodies | None) -> str:
    if profile == "memory" and revisions != "files":
        return "memory://"
    if profile == "s3" and revisions not in ("files", "inline"):
        raise ValueError(f"the profile s3 wants a {what}_url such as s3://bucket/{what}")
    return str(folder / what)

"""Where storage is kept, for tests that hold wherever that is: each profile on its real server."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from tests import buckets, postgres

__all__ = ["PROFILES", "Profile", "place"]

Profile = Literal["memory", "disk", "files", "s3", "postgres", "postgres s3"]
"""`disk` has short bodies in its database, `postgres` has all there, the others have none there."""
PROFILES: tuple[Profile, ...] = ("memory", "disk", "files", "s3", "postgres", "postgres s3")


def place(profile: Profile, folder: Path, metadata: sa.MetaData) -> dict[str, Any]:
    """What `open_storage` is told; the same folder is the same place, however often it is opened.

    On PostgreSQL the tables of `metadata` are there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name, _, bodies = profile.partition(" ")
    options: dict[str, Any] = {"profile": "disk" if name == "files" else name, "data": folder}
    if name == "files":
        options["revisions"] = "files"
    if name == "postgres":
        options["database_url"] = postgres.database_of(folder, metadata)
    if "s3" in (name, bodies):
        mine = hashlib.sha256(str(folder).encode()).hexdigest()[:20]
        url = f"{buckets.bucket()}/{mine}"
        options |= {"revisions": "s3", "revisions_url": f"{url}/r", "blobs_url": f"{url}/b"}
    return options

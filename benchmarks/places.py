"""Where a benchmark keeps its data: every profile, on servers that are started when first asked for."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from tests import buckets, postgres

__all__ = ["PROFILES", "Places"]

# What 1 KB documents are kept in: `disk` and `postgres` in the database itself, the others beside it.
PROFILES = ("memory", "disk", "files", "s3", "postgres", "postgres+s3")


class Places:
    """Real servers, as durable as they are by default, until the block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> Places:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def options(self, profile: str, name: str = "data") -> dict[str, Any]:
        """What `open_storage` takes for new data of a profile; `name` tells one from another."""
        base, _, bodies = profile.partition("+")
        options: dict[str, Any] = {"profile": "disk" if base == "files" else base}
        options["data"] = self._folder / f"{profile.replace('+', '-')}-{name}"
        if base == "postgres":
            options["database_url"] = self.database()
        if base == "files":
            options["revisions"] = "files"
        if "s3" in (base, bodies):
            place = f"{self._bucket}/{options['data'].name}"
            options |= {"revisions": "s3", "revisions_url": f"{place}/revisions"}
            options["blobs_url"] = f"{place}/blobs"
        return options

    def settings(self, profile: str, name: str = "data") -> dict[str, str]:
        """The same as the environment of a generated bakery."""
        options = self.options(profile, name)
        return {
            f"BAKERY_{'STORAGE' if key == 'profile' else key.upper()}": str(value)
            for key, value in options.items()
        }

    def database(self) -> str:
        """The URL of an empty PostgreSQL database."""
        return self._postgres.create()

    @cached_property
    def _postgres(self) -> postgres.Server:
        server = postgres.Server(durable=True)
        self._stack.callback(server.remove)
        return server

    @cached_property
    def _bucket(self) -> str:
        folder = self._folder / "s3"
        folder.mkdir()
        return self._stack.enter_context(buckets.serving(folder))

"""Whether the process lives, and whether it can do its work."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from tenure.errors import Unavailable
from tenure.http.openapi import WITHOUT_STORAGE
from tenure.http.routing import Router

__all__ = ["health"]

_LONGEST = 2.0
# Of a table that the first migration makes: an empty database is not ready for anything.
_QUESTION = sa.text("SELECT 1 FROM tenure_changes LIMIT 1")


class Asked(Protocol):
    """A metadata store, as far as health goes."""

    async def execute(self, statement: Any) -> object:
        """Run a read."""
        ...


class Ready(Protocol):
    """A storage, as far as health goes."""

    @property
    def meta(self) -> Asked:
        """Where the metadata is."""
        ...


def _of_state(request: Request) -> Ready:
    storage: Ready = request.app.state.storage
    return storage


def health(storage: Callable[[Request], Ready] = _of_state) -> Router:
    """The routes /health/live and /health/ready; `storage` finds the storage a request works with.

    Ready means that the database answered a read within two seconds; else it is a 503.
    """
    router = Router("/health", tags=["health"])

    @router.get(
        "/live",
        operation_id="health_live",
        status_code=204,
        response_class=Response,
        openapi_extra=WITHOUT_STORAGE,
    )
    async def live() -> Response:
        """Whether the process answers at all."""
        return Response(status_code=204)

    @router.get("/ready", operation_id="health_ready", status_code=204, response_class=Response)
    async def ready(request: Request) -> Response:
        """Whether the database can be read, and has been migrated."""
        try:
            async with asyncio.timeout(_LONGEST):
                await storage(request).meta.execute(_QUESTION)
        except Exception as error:
            # Whatever it is, its words may hold a path or SQL: they are for the log only.
            raise Unavailable("the database does not answer, or was not migrated yet") from error
        return Response(status_code=204)

    return router

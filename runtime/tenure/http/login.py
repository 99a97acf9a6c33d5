"""A way to get a token while developing: anybody may be anybody."""

from datetime import timedelta
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from tenure.auth import Tokens
from tenure.http.openapi import WITHOUT_STORAGE
from tenure.http.problems import problems
from tenure.http.routing import Router

__all__ = ["development_login"]


class Wish(BaseModel):
    """Who to be."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=80, examples=["ada"])]
    roles: Annotated[list[str], Field(max_length=50, examples=[["admin"]])] = []


class Token(BaseModel):
    """What to send as `Authorization: Bearer <token>`."""

    token: str


def development_login() -> Router:
    """The route POST /dev/token. Never include it where strangers can reach it.

    It signs with `app.state.tokens`.
    """
    router = Router("/dev", tags=["development"])

    @router.post(
        "/token",
        operation_id="development_token",
        responses=problems(422),
        openapi_extra=WITHOUT_STORAGE,
    )
    async def token(wish: Wish, request: Request) -> Token:
        """A token for whoever you want to be, for a day."""
        tokens: Tokens = request.app.state.tokens
        return Token(token=tokens.issue(wish.id, wish.roles, lifetime=timedelta(days=1)))

    return router

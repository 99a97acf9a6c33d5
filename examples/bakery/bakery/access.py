"""Who may do what. What is not granted here is refused, in every route and in every list."""

from typing import Annotated

from fastapi import Depends, Request
from tenure import Actor
from tenure.access import Policy, may, own
from tenure.http import bearer

STAFF = "staff"  # People who bake and serve.
ADMIN = "admin"  # People who may do everything.

policy = Policy(
    {
        "customer": [
            own("signed_in", "create", "read", "update"),
            may(STAFF, "read"),
            may(ADMIN, "create", "read", "update", "delete", "restore", "history"),
        ],
        "product": [
            may("anyone", "read"),
            may(STAFF, "create", "read", "update", "publish", "restore", "history"),
            may(ADMIN, "create", "read", "update", "delete", "publish", "restore", "history"),
        ],
        "recipe": [
            may(STAFF, "create", "read", "update", "publish", "restore", "history"),
            may(ADMIN, "create", "read", "update", "delete", "publish", "restore", "history"),
        ],
        "order": [
            own("signed_in", "create", "read", "pay", "cancel"),
            may(STAFF, "read", "update", "history", "pay", "bake", "finish", "cancel"),
            may(
                ADMIN,
                "create",
                "read",
                "update",
                "delete",
                "restore",
                "history",
                "pay",
                "bake",
                "finish",
                "cancel",
            ),
        ],
        "supplier": [
            may(STAFF, "read"),
            may(ADMIN, "create", "read", "update", "delete", "restore", "history"),
        ],
    }
)

require = policy.require


async def current_actor(request: Request) -> Actor:
    """Who is asking, by the bearer token of the request; anonymous without one."""
    return bearer(request, request.app.state.tokens)


ActorDep = Annotated[Actor, Depends(current_actor)]

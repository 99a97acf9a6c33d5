"""Customers: created, changed and found. Every change is a revision."""

from tenure import Actor, ResourceManager, Storage, Stored
from tenure.access import handed_over, owned_by
from tenure.http import Patching
from tenure.search import searchable

from . import models, rules, tables


def indexed(customer: models.Customer) -> dict[str, object]:
    """What search can see of a customer."""
    return {
        "account": customer.account,
        "name": customer.name,
        "email": customer.email,
        "search": searchable(customer.name),
    }


manager = ResourceManager(
    "customer",
    model=models.Customer,
    table=tables.customers,
    revisions=tables.customer_revisions,
    index=indexed,
    prefix="customer",
    owner="account",
    immutable=("account", "email"),
)


async def create(
    storage: Storage, body: models.CustomerIn, *, by: Actor, own: str | None = None
) -> Stored[models.Customer]:
    """Create a customer."""
    body = await rules.on_create(body, by=by, storage=storage)
    customer = models.Customer.model_validate(
        {
            **vars(body),
            "account": owned_by(body.account, by=by, own=own),
        }
    )
    return await manager.create(storage, customer, by=by.id)


async def replaced(
    storage: Storage,
    current: models.Customer,
    body: models.CustomerIn,
    *,
    by: Actor,
    own: str | None = None,
) -> models.Customer:
    """A customer as `body` would have it; what clients do not decide stays."""
    body = await rules.on_update(current, body, by=by, storage=storage)
    return models.Customer.model_validate(
        {
            **vars(current),
            **vars(body),
            "account": handed_over(body.account, current.account, own=own),
        }
    )


async def update(
    storage: Storage,
    customer_id: str,
    body: models.CustomerIn,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Customer]:
    """Replace a customer: a new revision, unless somebody else changed it first."""

    async def change(current: models.Customer) -> models.Customer:
        return await replaced(storage, current, body, by=by, own=own)

    return await manager.update(storage, customer_id, change, by=by.id, expect=expect, own=own)


async def patch(
    storage: Storage,
    customer_id: str,
    changes: Patching,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Customer]:
    """Change parts of a customer: a new revision, unless somebody else changed it first."""

    async def change(current: models.Customer) -> models.Customer:
        return await replaced(
            storage, current, changes.onto(current, models.CustomerIn), by=by, own=own
        )

    return await manager.update(storage, customer_id, change, by=by.id, expect=expect, own=own)

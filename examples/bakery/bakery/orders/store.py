"""Orders: created, changed and found. Every change is a revision."""

from tenure import Actor, Reference, ResourceManager, Storage, Stored
from tenure.access import handed_over, owned_by
from tenure.http import Patching
from tenure.workflow import moves

from bakery.types import OrderStatus

from . import models, rules, tables


def indexed(order: models.Order) -> dict[str, object]:
    """What search can see of an order."""
    return {
        "account": order.account,
        "number": order.number,
        "customer": order.customer,
        "status": order.status,
        "pickup": order.pickup,
        "total_amount": order.total.amount,
    }


manager = ResourceManager(
    "order",
    model=models.Order,
    table=tables.orders,
    revisions=tables.order_revisions,
    index=indexed,
    prefix="order",
    references=(
        Reference("customer", to="customer", on_delete="restrict"),
        Reference("lines.*.product", to="product", on_delete="restrict", pin=True),
    ),
    owner="account",
    immutable=("account",),
    secret=("payment.token",),
)


async def create(
    storage: Storage, body: models.OrderIn, *, by: Actor, own: str | None = None
) -> Stored[models.Order]:
    """Create an order; it starts out placed."""
    body = await rules.on_create(body, by=by, storage=storage)
    order = models.Order.model_validate(
        {
            **vars(body),
            "account": owned_by(body.account, by=by, own=own),
            "number": body.number or await rules.next_order_number(storage=storage),
            "status": OrderStatus.placed,
            "total": await rules.total(body, storage=storage),
        }
    )
    return await manager.create(storage, order, by=by.id)


async def replaced(
    storage: Storage,
    current: models.Order,
    body: models.OrderIn,
    *,
    by: Actor,
    own: str | None = None,
) -> models.Order:
    """An order as `body` would have it; what clients do not decide stays."""
    body = await rules.on_update(current, body, by=by, storage=storage)
    return models.Order.model_validate(
        {
            **vars(current),
            **vars(body),
            "account": handed_over(body.account, current.account, own=own),
            "number": body.number or current.number,
            "total": await rules.total(body, storage=storage),
        }
    )


async def update(
    storage: Storage,
    order_id: str,
    body: models.OrderIn,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Order]:
    """Replace an order: a new revision, unless somebody else changed it first."""

    async def change(current: models.Order) -> models.Order:
        return await replaced(storage, current, body, by=by, own=own)

    return await manager.update(storage, order_id, change, by=by.id, expect=expect, own=own)


async def patch(
    storage: Storage,
    order_id: str,
    changes: Patching,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Order]:
    """Change parts of an order: a new revision, unless somebody else changed it first."""

    async def change(current: models.Order) -> models.Order:
        return await replaced(
            storage,
            current,
            changes.onto(current, models.OrderIn, secret=manager.secret),
            by=by,
            own=own,
        )

    return await manager.update(storage, order_id, change, by=by.id, expect=expect, own=own)


async def pay(
    storage: Storage,
    order_id: str,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Order]:
    """Move an order from placed to paid."""

    def change(current: models.Order) -> models.Order:
        moves(current.status, "pay", [OrderStatus.placed])
        return current.model_copy(update={"status": OrderStatus.paid})

    return await manager.update(
        storage, order_id, change, by=by.id, expect=expect, own=own, reason="pay"
    )


async def bake(
    storage: Storage,
    order_id: str,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Order]:
    """Move an order from paid to baking."""

    def change(current: models.Order) -> models.Order:
        moves(current.status, "bake", [OrderStatus.paid])
        return current.model_copy(update={"status": OrderStatus.baking})

    return await manager.update(
        storage, order_id, change, by=by.id, expect=expect, own=own, reason="bake"
    )


async def finish(
    storage: Storage,
    order_id: str,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Order]:
    """Move an order from baking to done."""

    def change(current: models.Order) -> models.Order:
        moves(current.status, "finish", [OrderStatus.baking])
        return current.model_copy(update={"status": OrderStatus.done})

    return await manager.update(
        storage, order_id, change, by=by.id, expect=expect, own=own, reason="finish"
    )


async def cancel(
    storage: Storage,
    order_id: str,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Order]:
    """Move an order from placed or paid to cancelled."""

    def change(current: models.Order) -> models.Order:
        moves(current.status, "cancel", [OrderStatus.placed, OrderStatus.paid])
        return current.model_copy(update={"status": OrderStatus.cancelled})

    return await manager.update(
        storage, order_id, change, by=by.id, expect=expect, own=own, reason="cancel"
    )

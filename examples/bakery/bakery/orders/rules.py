"""What only we know about orders: numbers, prices, and when the shop can be ready."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tenure import Actor, Invalid, Storage, new_id
from tenure.errors import FieldError

from bakery.products.store import manager as products
from bakery.types import Money

from . import models

# The oven needs this long, however small the order.
NOTICE = timedelta(hours=2)


async def on_create(body: models.OrderIn, *, by: Actor, storage: Storage) -> models.OrderIn:
    """An order cannot be picked up before the oven could be ready."""
    _check_pickup(body)
    return body


async def on_update(
    current: models.Order, body: models.OrderIn, *, by: Actor, storage: Storage
) -> models.OrderIn:
    """A pickup may move, but not to before the oven could be ready."""
    if body.pickup != current.pickup:
        _check_pickup(body)
    return body


async def total(order: models.OrderIn, *, storage: Storage) -> Money:
    """What all lines cost, at the prices of the revisions that were bought."""
    amount = Decimal(0)
    currency = "EUR"
    for line in order.lines:
        pin = line.product
        if pin.revision is None:
            product = await products.get(storage, pin.id)
        else:
            product = await products.revision(storage, pin.id, pin.revision)
        amount += product.value.price.amount * line.quantity
        currency = product.value.price.currency
    return Money(amount=amount, currency=currency)


async def next_order_number(*, storage: Storage) -> str:
    """Short enough to call out over the counter: B-7K2Q9XWM."""
    return f"B-{new_id('b')[-8:].upper()}"


def _check_pickup(body: models.OrderIn) -> None:
    if body.pickup is not None and body.pickup < datetime.now(UTC) + NOTICE:
        soonest = "we need two hours"
        raise Invalid(
            "the order cannot be ready by then", [FieldError("/pickup", f"is too soon; {soonest}")]
        )

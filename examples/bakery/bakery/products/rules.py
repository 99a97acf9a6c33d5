"""What only you know about products. This file is yours: it was written once and will not be touched again."""

from tenure import Actor, Storage

from . import models


async def on_create(body: models.ProductIn, *, by: Actor, storage: Storage) -> models.ProductIn:
    """Look at a product before it is created: return it, changed or not, or raise `tenure.Invalid`."""
    return body


async def on_update(
    current: models.Product, body: models.ProductIn, *, by: Actor, storage: Storage
) -> models.ProductIn:
    """Look at a product before it changes: return what it shall become, or raise `tenure.Invalid`."""
    return body

"""Every resource there is, gathered: what refers to what is settled between these."""

from typing import Any

from tenure import ResourceManager, Storage, open_storage

from bakery.customers.store import manager as customers
from bakery.orders.store import manager as orders
from bakery.products.store import manager as products
from bakery.recipes.store import manager as recipes
from bakery.settings import Settings
from bakery.suppliers.store import manager as suppliers

RESOURCES: list[ResourceManager[Any]] = [
    customers,
    products,
    recipes,
    orders,
    suppliers,
]


async def opened(settings: Settings) -> Storage:
    """The storage that the settings name, with every resource in it."""
    return await open_storage(
        profile=settings.storage,
        database_url=settings.database() if settings.storage == "postgres" else None,
        data=settings.data,
        key=settings.key(),
        inline=settings.inline,
        revisions=settings.revisions,
        revisions_url=settings.revisions_url,
        blobs_url=settings.blobs_url,
        resources=RESOURCES,
    )

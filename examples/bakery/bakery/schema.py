"""Every table there is, gathered, for migrations and tests."""

from tenure.tables import system_tables

from bakery.customers import tables as customers
from bakery.database import metadata
from bakery.orders import tables as orders
from bakery.products import tables as products
from bakery.recipes import tables as recipes
from bakery.suppliers import tables as suppliers

__all__ = [
    "customers",
    "metadata",
    "orders",
    "products",
    "recipes",
    "suppliers",
]

system_tables(metadata)

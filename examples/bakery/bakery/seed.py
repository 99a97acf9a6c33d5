"""First data for a new database: `python -m bakery.seed`. This file is yours from here on."""

import asyncio

from tenure import Actor, Conflict, Storage

from bakery.customers import store as customers
from bakery.customers.models import CustomerIn
from bakery.orders import store as orders
from bakery.orders.models import OrderIn
from bakery.products import store as products
from bakery.products.models import ProductIn
from bakery.recipes import store as recipes
from bakery.recipes.models import RecipeIn
from bakery.resources import opened
from bakery.settings import Settings
from bakery.suppliers import store as suppliers
from bakery.suppliers.models import SupplierIn

SEEDER = Actor(id="seed", roles=frozenset({"staff", "admin"}))


async def seed(storage: Storage) -> None:
    """Create one of each."""
    customer = await customers.create(
        storage,
        CustomerIn.model_validate(
            {
                "name": "A name",
                "email": "ada1@example.org",
            }
        ),
        by=SEEDER,
    )
    recipe = await recipes.create(
        storage,
        RecipeIn.model_validate(
            {
                "title": "A title",
                "ingredients": [{"name": "A name", "grams": 1}],
                "steps": "Some steps",
            }
        ),
        by=SEEDER,
    )
    await recipes.manager.publish(storage, recipe.id, by=SEEDER.id)
    product = await products.create(
        storage,
        ProductIn.model_validate(
            {
                "sku": "BRD-0001",
                "title": "A title",
                "kind": "bread",
                "price": {"amount": "1.00"},
                "allergens": ["gluten"],
            }
        ),
        by=SEEDER,
    )
    await products.manager.publish(storage, product.id, by=SEEDER.id)
    order = await orders.create(
        storage,
        OrderIn.model_validate(
            {
                "customer": customer.id,
                "lines": [{"product": {"id": product.id}, "quantity": 1}],
            }
        ),
        by=SEEDER,
    )
    supplier = await suppliers.create(
        storage,
        SupplierIn.model_validate(
            {
                "name": "Name 1",
                "contact": "ada1@example.org",
                "address": {"street": "A street", "city": "A city", "postcode": "A postcode"},
                "delivers": [],
            }
        ),
        by=SEEDER,
    )
    print("customer", customer.id)
    print("recipe", recipe.id)
    print("product", product.id)
    print("order", order.id)
    print("supplier", supplier.id)


async def main() -> None:
    """Open the storage that the settings name, and fill it."""
    storage = await opened(Settings())
    try:
        await seed(storage)
    except Conflict as refusal:
        raise SystemExit(f"there is data here already: {refusal}") from None
    finally:
        await storage.close()


if __name__ == "__main__":
    asyncio.run(main())

"""Products: created, changed, published and found. Every change is a revision."""

from tenure import Actor, BlobField, Reference, ResourceManager, Storage, Stored
from tenure.http import Patching
from tenure.search import searchable

from . import models, rules, tables


def indexed(product: models.Product) -> dict[str, object]:
    """What search can see of a product."""
    return {
        "sku": product.sku,
        "title": product.title,
        "kind": product.kind,
        "price_amount": product.price.amount,
        "recipe": product.recipe,
        "on_sale": product.on_sale,
        "allergens": product.allergens,
        "search": searchable(product.title, product.about),
    }


manager = ResourceManager(
    "product",
    model=models.Product,
    table=tables.products,
    revisions=tables.product_revisions,
    index=indexed,
    prefix="prd",
    lists={"allergens": tables.product_allergens},
    references=(Reference("recipe", to="recipe", on_delete="set_null"),),
    drafts=True,
    blobs={"photo": BlobField(accept=("image/png", "image/jpeg"), max_size=5 * 1024 * 1024)},
)


async def create(storage: Storage, body: models.ProductIn, *, by: Actor) -> Stored[models.Product]:
    """Create a product: a draft, until it is published."""
    body = await rules.on_create(body, by=by, storage=storage)
    product = models.Product.model_validate(vars(body))
    return await manager.create(storage, product, by=by.id)


async def replaced(
    storage: Storage,
    current: models.Product,
    body: models.ProductIn,
    *,
    by: Actor,
) -> models.Product:
    """A product as `body` would have it."""
    body = await rules.on_update(current, body, by=by, storage=storage)
    return models.Product.model_validate({**vars(current), **vars(body)})


async def update(
    storage: Storage,
    product_id: str,
    body: models.ProductIn,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Product]:
    """Replace a product: a new draft revision; readers go on seeing the published one."""

    async def change(current: models.Product) -> models.Product:
        return await replaced(storage, current, body, by=by)

    return await manager.update(storage, product_id, change, by=by.id, expect=expect, own=own)


async def patch(
    storage: Storage,
    product_id: str,
    changes: Patching,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Product]:
    """Change parts of a product: a new draft revision; readers go on seeing the published one."""

    async def change(current: models.Product) -> models.Product:
        return await replaced(storage, current, changes.onto(current, models.ProductIn), by=by)

    return await manager.update(storage, product_id, change, by=by.id, expect=expect, own=own)


async def modify(
    storage: Storage,
    product_id: str,
    changes: Patching,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Product]:
    """Change parts of the open draft of a product in place: no new revision."""

    async def change(current: models.Product) -> models.Product:
        return await replaced(storage, current, changes.onto(current, models.ProductIn), by=by)

    return await manager.modify(storage, product_id, change, by=by.id, expect=expect, own=own)

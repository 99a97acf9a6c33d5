"""Suppliers: created, changed and found. Every change is a revision."""

from tenure import Actor, BlobField, Reference, ResourceManager, Storage, Stored
from tenure.http import Patching
from tenure.search import searchable

from . import models, rules, tables


def indexed(supplier: models.Supplier) -> dict[str, object]:
    """What search can see of a supplier."""
    return {
        "name": supplier.name,
        "contact": supplier.contact,
        "search": searchable(supplier.name),
    }


manager = ResourceManager(
    "supplier",
    model=models.Supplier,
    table=tables.suppliers,
    revisions=tables.supplier_revisions,
    index=indexed,
    prefix="supplier",
    references=(Reference("delivers.*", to="product", on_delete="unlink"),),
    blobs={"contract": BlobField(accept=("application/pdf",), max_size=20 * 1024 * 1024)},
    keep=50,
)


async def create(
    storage: Storage, body: models.SupplierIn, *, by: Actor
) -> Stored[models.Supplier]:
    """Create a supplier."""
    body = await rules.on_create(body, by=by, storage=storage)
    supplier = models.Supplier.model_validate(vars(body))
    return await manager.create(storage, supplier, by=by.id)


async def replaced(
    storage: Storage,
    current: models.Supplier,
    body: models.SupplierIn,
    *,
    by: Actor,
) -> models.Supplier:
    """A supplier as `body` would have it."""
    body = await rules.on_update(current, body, by=by, storage=storage)
    return models.Supplier.model_validate({**vars(current), **vars(body)})


async def update(
    storage: Storage,
    supplier_id: str,
    body: models.SupplierIn,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Supplier]:
    """Replace a supplier: a new revision, unless somebody else changed it first."""

    async def change(current: models.Supplier) -> models.Supplier:
        return await replaced(storage, current, body, by=by)

    return await manager.update(storage, supplier_id, change, by=by.id, expect=expect, own=own)


async def patch(
    storage: Storage,
    supplier_id: str,
    changes: Patching,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Supplier]:
    """Change parts of a supplier: a new revision, unless somebody else changed it first."""

    async def change(current: models.Supplier) -> models.Supplier:
        return await replaced(storage, current, changes.onto(current, models.SupplierIn), by=by)

    return await manager.update(storage, supplier_id, change, by=by.id, expect=expect, own=own)

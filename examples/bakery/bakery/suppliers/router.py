"""The routes of suppliers."""

from fastapi import Request, Response
from tenure.http import (
    Difference,
    HistoryPage,
    IfMatch,
    Listing,
    Patch,
    Reading,
    RevisionNumber,
    Revisions,
    Router,
    Viewing,
    answer,
    blob_answers,
    blob_body,
    delivered,
    differences,
    history,
    incoming,
    links,
    listing,
    parameters,
    patch_body,
    problems,
    query_parameters,
)

from bakery import access
from bakery.access import ActorDep
from bakery.database import StorageDep

from . import models, store

router = Router("/suppliers", tags=["suppliers"])


@router.get(
    "/{supplier_id}",
    operation_id="supplier_get",
    response_model=models.SupplierOut,
    responses=problems(304, 401, 403, 404, 410, 422),
    openapi_extra=query_parameters(Reading),
)
async def get_supplier(
    supplier_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """Read a supplier, as it is or as it was."""
    read = parameters(request, Reading)
    own = access.require(actor, read.action, "supplier")
    stored = await store.manager.get(
        storage, supplier_id, own=own, draft=read.draft, as_of=read.as_of
    )
    return answer(
        stored,
        request,
        past=read.as_of is not None,
        fields=read.fields,
        known=models.SupplierOut.model_fields,
    )


@router.get(
    "",
    operation_id="supplier_list",
    response_model=Listing[models.SupplierOut],
    responses=problems(401, 403, 422),
    openapi_extra=query_parameters(models.SupplierQuery),
)
async def list_suppliers(request: Request, storage: StorageDep, actor: ActorDep) -> Response:
    """Find suppliers, a page at a time."""
    query = parameters(request, models.SupplierQuery)
    own = access.require(actor, query.action, "supplier")
    page = await store.manager.search(storage, query, own=own)
    return listing(page, fields=query.fields, known=models.SupplierOut.model_fields)


@router.post(
    "",
    operation_id="supplier_create",
    status_code=201,
    response_model=models.SupplierOut,
    responses={
        201: links("supplier_id", "supplier_get", "supplier_update", "supplier_delete"),
        **problems(401, 403, 409, 413, 415, 422),
    },
)
async def create_supplier(
    body: models.SupplierIn, storage: StorageDep, actor: ActorDep
) -> Response:
    """Create a supplier."""
    access.require(actor, "create", "supplier")
    stored = await store.create(storage, body, by=actor)
    return answer(stored, status=201, location=f"/suppliers/{stored.id}")


@router.put(
    "/{supplier_id}",
    operation_id="supplier_update",
    response_model=models.SupplierOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
)
async def update_supplier(
    supplier_id: str,
    body: models.SupplierIn,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Replace a supplier: a new revision, unless somebody else changed it first."""
    own = access.require(actor, "update", "supplier")
    return answer(await store.update(storage, supplier_id, body, by=actor, expect=match, own=own))


@router.patch(
    "/{supplier_id}",
    operation_id="supplier_patch",
    response_model=models.SupplierOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=patch_body(models.SupplierPatch),
)
async def patch_supplier(
    supplier_id: str, changes: Patch, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Change parts of a supplier: a new revision, unless somebody else changed it first."""
    own = access.require(actor, "update", "supplier")
    return answer(await store.patch(storage, supplier_id, changes, by=actor, expect=match, own=own))


@router.put(
    "/{supplier_id}/blobs/contract",
    operation_id="supplier_contract_upload",
    response_model=models.SupplierOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=blob_body(store.manager.blobs["contract"]),
)
async def upload_supplier_contract(
    supplier_id: str, request: Request, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Put the contract of a supplier in place: a new revision, unless somebody else changed it first."""
    own = access.require(actor, "update", "supplier")
    return answer(
        await store.manager.upload(
            storage,
            supplier_id,
            "contract",
            incoming(request),
            by=actor.id,
            expect=match,
            own=own,
        )
    )


@router.delete(
    "/{supplier_id}/blobs/contract",
    operation_id="supplier_contract_detach",
    response_model=models.SupplierOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def detach_supplier_contract(
    supplier_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Take the contract of a supplier away: a new revision, unless somebody else changed it first."""
    own = access.require(actor, "update", "supplier")
    return answer(
        await store.manager.detach(
            storage, supplier_id, "contract", by=actor.id, expect=match, own=own
        )
    )


@router.get(
    "/{supplier_id}/blobs/contract",
    operation_id="supplier_contract_download",
    response_class=Response,
    responses=blob_answers(store.manager.blobs["contract"])
    | problems(304, 401, 403, 404, 410, 416, 422),
    openapi_extra=query_parameters(Viewing),
)
async def download_supplier_contract(
    supplier_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """The contract of a supplier, as it is or as it was."""
    view = parameters(request, Viewing)
    own = access.require(actor, view.action, "supplier")
    stored = await store.manager.get(
        storage, supplier_id, own=own, draft=view.draft, as_of=view.as_of
    )
    return await delivered(
        storage, await store.manager.download(storage, stored, "contract"), request
    )


@router.delete(
    "/{supplier_id}",
    operation_id="supplier_delete",
    status_code=204,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def delete_supplier(
    supplier_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Delete a supplier; its history stays, and it can come back."""
    own = access.require(actor, "delete", "supplier")
    await store.manager.delete(storage, supplier_id, by=actor.id, expect=match, own=own)
    return Response(status_code=204)


@router.post(
    "/{supplier_id}/undelete",
    operation_id="supplier_undelete",
    response_model=models.SupplierOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def undelete_supplier(
    supplier_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Bring a deleted supplier back, as it was."""
    own = access.require(actor, "delete", "supplier")
    return answer(
        await store.manager.undelete(storage, supplier_id, by=actor.id, expect=match, own=own)
    )


@router.get(
    "/{supplier_id}/revisions",
    operation_id="supplier_revisions",
    response_model=Revisions,
    responses=problems(401, 403, 404, 422),
    openapi_extra=query_parameters(HistoryPage),
)
async def list_supplier_revisions(
    supplier_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """The revisions of a supplier, newest first, without their contents."""
    page = parameters(request, HistoryPage)
    own = access.require(actor, "history", "supplier")
    return history(
        await store.manager.revisions(
            storage, supplier_id, own=own, limit=page.limit, before=page.before
        )
    )


@router.get(
    "/{supplier_id}/revisions/{number}",
    operation_id="supplier_revision",
    response_model=models.SupplierOut,
    responses=problems(401, 403, 404, 422),
)
async def get_supplier_revision(
    supplier_id: str,
    number: RevisionNumber,
    request: Request,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """One revision of a supplier, whole."""
    own = access.require(actor, "history", "supplier")
    stored = await store.manager.revision(storage, supplier_id, number, own=own)
    return answer(stored, request, immutable=True)


@router.get(
    "/{supplier_id}/revisions/{older}/diff/{newer}",
    operation_id="supplier_diff",
    response_model=list[Difference],
    responses=problems(401, 403, 404, 422),
)
async def diff_supplier_revisions(
    supplier_id: str,
    older: RevisionNumber,
    newer: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """What changed from one revision to another, as a JSON patch."""
    own = access.require(actor, "history", "supplier")
    return differences(await store.manager.diff(storage, supplier_id, older, newer, own=own))


@router.post(
    "/{supplier_id}/revisions/{number}/restore",
    operation_id="supplier_restore",
    response_model=models.SupplierOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def restore_supplier(
    supplier_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Make an old revision the newest again, as a new revision."""
    own = access.require(actor, "restore", "supplier")
    return answer(
        await store.manager.restore(
            storage, supplier_id, number, by=actor.id, expect=match, own=own
        )
    )


@router.post(
    "/{supplier_id}/revisions/{number}/switch",
    operation_id="supplier_switch",
    response_model=models.SupplierOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def switch_supplier(
    supplier_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Show an old published revision again; no new revision."""
    own = access.require(actor, "restore", "supplier")
    return answer(
        await store.manager.switch(storage, supplier_id, number, by=actor.id, expect=match, own=own)
    )

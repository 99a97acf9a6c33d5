"""The routes of customers."""

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
    answer,
    differences,
    history,
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

router = Router("/customers", tags=["customers"])


@router.get(
    "/{customer_id}",
    operation_id="customer_get",
    response_model=models.CustomerOut,
    responses=problems(304, 401, 403, 404, 410, 422),
    openapi_extra=query_parameters(Reading),
)
async def get_customer(
    customer_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """Read a customer, as it is or as it was."""
    read = parameters(request, Reading)
    own = access.require(actor, read.action, "customer")
    stored = await store.manager.get(
        storage, customer_id, own=own, draft=read.draft, as_of=read.as_of
    )
    return answer(
        stored,
        request,
        past=read.as_of is not None,
        fields=read.fields,
        known=models.CustomerOut.model_fields,
    )


@router.get(
    "",
    operation_id="customer_list",
    response_model=Listing[models.CustomerOut],
    responses=problems(401, 403, 422),
    openapi_extra=query_parameters(models.CustomerQuery) | {"x-display": "name"},
)
async def list_customers(request: Request, storage: StorageDep, actor: ActorDep) -> Response:
    """Find customers, a page at a time."""
    query = parameters(request, models.CustomerQuery)
    own = access.require(actor, query.action, "customer")
    page = await store.manager.search(storage, query, own=own)
    return listing(page, fields=query.fields, known=models.CustomerOut.model_fields)


@router.post(
    "",
    operation_id="customer_create",
    status_code=201,
    response_model=models.CustomerOut,
    responses={
        201: links("customer_id", "customer_get", "customer_update", "customer_delete"),
        **problems(401, 403, 409, 413, 415, 422),
    },
)
async def create_customer(
    body: models.CustomerIn, storage: StorageDep, actor: ActorDep
) -> Response:
    """Create a customer."""
    own = access.require(actor, "create", "customer")
    stored = await store.create(storage, body, by=actor, own=own)
    return answer(stored, status=201, location=f"/customers/{stored.id}")


@router.put(
    "/{customer_id}",
    operation_id="customer_update",
    response_model=models.CustomerOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
)
async def update_customer(
    customer_id: str,
    body: models.CustomerIn,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Replace a customer: a new revision, unless somebody else changed it first."""
    own = access.require(actor, "update", "customer")
    return answer(await store.update(storage, customer_id, body, by=actor, expect=match, own=own))


@router.patch(
    "/{customer_id}",
    operation_id="customer_patch",
    response_model=models.CustomerOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=patch_body(models.CustomerPatch),
)
async def patch_customer(
    customer_id: str, changes: Patch, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Change parts of a customer: a new revision, unless somebody else changed it first."""
    own = access.require(actor, "update", "customer")
    return answer(await store.patch(storage, customer_id, changes, by=actor, expect=match, own=own))


@router.delete(
    "/{customer_id}",
    operation_id="customer_delete",
    status_code=204,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def delete_customer(
    customer_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Delete a customer; its history stays, and it can come back."""
    own = access.require(actor, "delete", "customer")
    await store.manager.delete(storage, customer_id, by=actor.id, expect=match, own=own)
    return Response(status_code=204)


@router.post(
    "/{customer_id}/undelete",
    operation_id="customer_undelete",
    response_model=models.CustomerOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def undelete_customer(
    customer_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Bring a deleted customer back, as it was."""
    own = access.require(actor, "delete", "customer")
    return answer(
        await store.manager.undelete(storage, customer_id, by=actor.id, expect=match, own=own)
    )


@router.get(
    "/{customer_id}/revisions",
    operation_id="customer_revisions",
    response_model=Revisions,
    responses=problems(401, 403, 404, 422),
    openapi_extra=query_parameters(HistoryPage),
)
async def list_customer_revisions(
    customer_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """The revisions of a customer, newest first, without their contents."""
    page = parameters(request, HistoryPage)
    own = access.require(actor, "history", "customer")
    return history(
        await store.manager.revisions(
            storage, customer_id, own=own, limit=page.limit, before=page.before
        )
    )


@router.get(
    "/{customer_id}/revisions/{number}",
    operation_id="customer_revision",
    response_model=models.CustomerOut,
    responses=problems(401, 403, 404, 422),
)
async def get_customer_revision(
    customer_id: str,
    number: RevisionNumber,
    request: Request,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """One revision of a customer, whole."""
    own = access.require(actor, "history", "customer")
    stored = await store.manager.revision(storage, customer_id, number, own=own)
    return answer(stored, request, immutable=True)


@router.get(
    "/{customer_id}/revisions/{older}/diff/{newer}",
    operation_id="customer_diff",
    response_model=list[Difference],
    responses=problems(401, 403, 404, 422),
)
async def diff_customer_revisions(
    customer_id: str,
    older: RevisionNumber,
    newer: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """What changed from one revision to another, as a JSON patch."""
    own = access.require(actor, "history", "customer")
    return differences(await store.manager.diff(storage, customer_id, older, newer, own=own))


@router.post(
    "/{customer_id}/revisions/{number}/restore",
    operation_id="customer_restore",
    response_model=models.CustomerOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def restore_customer(
    customer_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Make an old revision the newest again, as a new revision."""
    own = access.require(actor, "restore", "customer")
    return answer(
        await store.manager.restore(
            storage, customer_id, number, by=actor.id, expect=match, own=own
        )
    )


@router.post(
    "/{customer_id}/revisions/{number}/switch",
    operation_id="customer_switch",
    response_model=models.CustomerOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def switch_customer(
    customer_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Show an old published revision again; no new revision."""
    own = access.require(actor, "restore", "customer")
    return answer(
        await store.manager.switch(storage, customer_id, number, by=actor.id, expect=match, own=own)
    )

"""The routes of orders."""

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

router = Router("/orders", tags=["orders"])


@router.get(
    "/{order_id}",
    operation_id="order_get",
    response_model=models.OrderOut,
    responses=problems(304, 401, 403, 404, 410, 422),
    openapi_extra=query_parameters(Reading),
)
async def get_order(
    order_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """Read an order, as it is or as it was."""
    read = parameters(request, Reading)
    own = access.require(actor, read.action, "order")
    stored = await store.manager.get(storage, order_id, own=own, draft=read.draft, as_of=read.as_of)
    return answer(
        stored,
        request,
        past=read.as_of is not None,
        fields=read.fields,
        known=models.OrderOut.model_fields,
    )


@router.get(
    "",
    operation_id="order_list",
    response_model=Listing[models.OrderOut],
    responses=problems(401, 403, 422),
    openapi_extra=query_parameters(models.OrderQuery) | {"x-display": "number"},
)
async def list_orders(request: Request, storage: StorageDep, actor: ActorDep) -> Response:
    """Find orders, a page at a time."""
    query = parameters(request, models.OrderQuery)
    own = access.require(actor, query.action, "order")
    page = await store.manager.search(storage, query, own=own)
    return listing(page, fields=query.fields, known=models.OrderOut.model_fields)


@router.post(
    "",
    operation_id="order_create",
    status_code=201,
    response_model=models.OrderOut,
    responses={
        201: links("order_id", "order_get", "order_update", "order_delete"),
        **problems(401, 403, 409, 413, 415, 422),
    },
)
async def create_order(body: models.OrderIn, storage: StorageDep, actor: ActorDep) -> Response:
    """Create an order; it starts out placed."""
    own = access.require(actor, "create", "order")
    stored = await store.create(storage, body, by=actor, own=own)
    return answer(stored, status=201, location=f"/orders/{stored.id}")


@router.put(
    "/{order_id}",
    operation_id="order_update",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
)
async def update_order(
    order_id: str,
    body: models.OrderIn,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Replace an order: a new revision, unless somebody else changed it first."""
    own = access.require(actor, "update", "order")
    return answer(await store.update(storage, order_id, body, by=actor, expect=match, own=own))


@router.patch(
    "/{order_id}",
    operation_id="order_patch",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=patch_body(models.OrderPatch),
)
async def patch_order(
    order_id: str, changes: Patch, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Change parts of an order: a new revision, unless somebody else changed it first."""
    own = access.require(actor, "update", "order")
    return answer(await store.patch(storage, order_id, changes, by=actor, expect=match, own=own))


@router.post(
    "/{order_id}/pay",
    operation_id="order_pay",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def pay_order(
    order_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Move an order from placed to paid."""
    own = access.require(actor, "pay", "order")
    return answer(await store.pay(storage, order_id, by=actor, expect=match, own=own))


@router.post(
    "/{order_id}/bake",
    operation_id="order_bake",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def bake_order(
    order_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Move an order from paid to baking."""
    own = access.require(actor, "bake", "order")
    return answer(await store.bake(storage, order_id, by=actor, expect=match, own=own))


@router.post(
    "/{order_id}/finish",
    operation_id="order_finish",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def finish_order(
    order_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Move an order from baking to done."""
    own = access.require(actor, "finish", "order")
    return answer(await store.finish(storage, order_id, by=actor, expect=match, own=own))


@router.post(
    "/{order_id}/cancel",
    operation_id="order_cancel",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def cancel_order(
    order_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Move an order from placed or paid to cancelled."""
    own = access.require(actor, "cancel", "order")
    return answer(await store.cancel(storage, order_id, by=actor, expect=match, own=own))


@router.delete(
    "/{order_id}",
    operation_id="order_delete",
    status_code=204,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def delete_order(
    order_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Delete an order; its history stays, and it can come back."""
    own = access.require(actor, "delete", "order")
    await store.manager.delete(storage, order_id, by=actor.id, expect=match, own=own)
    return Response(status_code=204)


@router.post(
    "/{order_id}/undelete",
    operation_id="order_undelete",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def undelete_order(
    order_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Bring a deleted order back, as it was."""
    own = access.require(actor, "delete", "order")
    return answer(
        await store.manager.undelete(storage, order_id, by=actor.id, expect=match, own=own)
    )


@router.get(
    "/{order_id}/revisions",
    operation_id="order_revisions",
    response_model=Revisions,
    responses=problems(401, 403, 404, 422),
    openapi_extra=query_parameters(HistoryPage),
)
async def list_order_revisions(
    order_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """The revisions of an order, newest first, without their contents."""
    page = parameters(request, HistoryPage)
    own = access.require(actor, "history", "order")
    return history(
        await store.manager.revisions(
            storage, order_id, own=own, limit=page.limit, before=page.before
        )
    )


@router.get(
    "/{order_id}/revisions/{number}",
    operation_id="order_revision",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 422),
)
async def get_order_revision(
    order_id: str,
    number: RevisionNumber,
    request: Request,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """One revision of an order, whole."""
    own = access.require(actor, "history", "order")
    stored = await store.manager.revision(storage, order_id, number, own=own)
    return answer(stored, request, immutable=True)


@router.get(
    "/{order_id}/revisions/{older}/diff/{newer}",
    operation_id="order_diff",
    response_model=list[Difference],
    responses=problems(401, 403, 404, 422),
)
async def diff_order_revisions(
    order_id: str,
    older: RevisionNumber,
    newer: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """What changed from one revision to another, as a JSON patch."""
    own = access.require(actor, "history", "order")
    return differences(await store.manager.diff(storage, order_id, older, newer, own=own))


@router.post(
    "/{order_id}/revisions/{number}/restore",
    operation_id="order_restore",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def restore_order(
    order_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Make an old revision the newest again, as a new revision."""
    own = access.require(actor, "restore", "order")
    return answer(
        await store.manager.restore(storage, order_id, number, by=actor.id, expect=match, own=own)
    )


@router.post(
    "/{order_id}/revisions/{number}/switch",
    operation_id="order_switch",
    response_model=models.OrderOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def switch_order(
    order_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Show an old published revision again; no new revision."""
    own = access.require(actor, "restore", "order")
    return answer(
        await store.manager.switch(storage, order_id, number, by=actor.id, expect=match, own=own)
    )

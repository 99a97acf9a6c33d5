"""The routes of products."""

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

router = Router("/products", tags=["products"])


@router.get(
    "/{product_id}",
    operation_id="product_get",
    response_model=models.ProductOut,
    responses=problems(304, 401, 403, 404, 410, 422),
    openapi_extra=query_parameters(Reading),
)
async def get_product(
    product_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """Read a product, as it is or as it was."""
    read = parameters(request, Reading)
    own = access.require(actor, read.action, "product")
    stored = await store.manager.get(
        storage, product_id, own=own, draft=read.draft, as_of=read.as_of
    )
    return answer(
        stored,
        request,
        past=read.as_of is not None,
        fields=read.fields,
        known=models.ProductOut.model_fields,
    )


@router.get(
    "",
    operation_id="product_list",
    response_model=Listing[models.ProductOut],
    responses=problems(401, 403, 422),
    openapi_extra=query_parameters(models.ProductQuery) | {"x-display": "title"},
)
async def list_products(request: Request, storage: StorageDep, actor: ActorDep) -> Response:
    """Find products, a page at a time."""
    query = parameters(request, models.ProductQuery)
    own = access.require(actor, query.action, "product")
    page = await store.manager.search(storage, query, own=own)
    return listing(page, fields=query.fields, known=models.ProductOut.model_fields)


@router.post(
    "",
    operation_id="product_create",
    status_code=201,
    response_model=models.ProductOut,
    responses={
        201: links(
            "product_id", "product_get", "product_update", "product_publish", "product_delete"
        ),
        **problems(401, 403, 409, 413, 415, 422),
    },
)
async def create_product(body: models.ProductIn, storage: StorageDep, actor: ActorDep) -> Response:
    """Create a product: a draft, until it is published."""
    access.require(actor, "create", "product")
    stored = await store.create(storage, body, by=actor)
    return answer(stored, status=201, location=f"/products/{stored.id}")


@router.put(
    "/{product_id}",
    operation_id="product_update",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
)
async def update_product(
    product_id: str,
    body: models.ProductIn,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Replace a product: a new draft revision; readers go on seeing the published one."""
    own = access.require(actor, "update", "product")
    return answer(await store.update(storage, product_id, body, by=actor, expect=match, own=own))


@router.patch(
    "/{product_id}",
    operation_id="product_patch",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=patch_body(models.ProductPatch),
)
async def patch_product(
    product_id: str, changes: Patch, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Change parts of a product: a new draft revision; readers go on seeing the published one."""
    own = access.require(actor, "update", "product")
    return answer(await store.patch(storage, product_id, changes, by=actor, expect=match, own=own))


@router.patch(
    "/{product_id}/draft",
    operation_id="product_modify",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=patch_body(models.ProductPatch),
)
async def modify_product(
    product_id: str, changes: Patch, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Change parts of the open draft in place: no new revision."""
    own = access.require(actor, "update", "product")
    return answer(await store.modify(storage, product_id, changes, by=actor, expect=match, own=own))


@router.post(
    "/{product_id}/discard",
    operation_id="product_discard",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def discard_product(
    product_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Drop the open draft; what is published stays."""
    own = access.require(actor, "update", "product")
    return answer(
        await store.manager.discard(storage, product_id, by=actor.id, expect=match, own=own)
    )


@router.put(
    "/{product_id}/blobs/photo",
    operation_id="product_photo_upload",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=blob_body(store.manager.blobs["photo"]),
)
async def upload_product_photo(
    product_id: str, request: Request, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Put the photo of a product in place: a new draft revision; readers go on seeing the published one."""
    own = access.require(actor, "update", "product")
    return answer(
        await store.manager.upload(
            storage,
            product_id,
            "photo",
            incoming(request),
            by=actor.id,
            expect=match,
            own=own,
        )
    )


@router.delete(
    "/{product_id}/blobs/photo",
    operation_id="product_photo_detach",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def detach_product_photo(
    product_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Take the photo of a product away: a new draft revision; readers go on seeing the published one."""
    own = access.require(actor, "update", "product")
    return answer(
        await store.manager.detach(storage, product_id, "photo", by=actor.id, expect=match, own=own)
    )


@router.get(
    "/{product_id}/blobs/photo",
    operation_id="product_photo_download",
    response_class=Response,
    responses=blob_answers(store.manager.blobs["photo"])
    | problems(304, 401, 403, 404, 410, 416, 422),
    openapi_extra=query_parameters(Viewing),
)
async def download_product_photo(
    product_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """The photo of a product, as it is or as it was."""
    view = parameters(request, Viewing)
    own = access.require(actor, view.action, "product")
    stored = await store.manager.get(
        storage, product_id, own=own, draft=view.draft, as_of=view.as_of
    )
    return await delivered(storage, await store.manager.download(storage, stored, "photo"), request)


@router.post(
    "/{product_id}/publish",
    operation_id="product_publish",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def publish_product(
    product_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Show the open draft to readers."""
    own = access.require(actor, "publish", "product")
    return answer(
        await store.manager.publish(storage, product_id, by=actor.id, expect=match, own=own)
    )


@router.get("/{product_id}/label", operation_id="product_label", responses=problems(403, 404, 410))
async def print_label(product_id: str, storage: StorageDep, actor: ActorDep) -> Response:
    """The shelf label of a product: its title and its price, as plain text."""
    own = access.require(actor, "read", "product")
    product = (await store.manager.get(storage, product_id, own=own)).value
    price = f"{product.price.amount} {product.price.currency}"
    return Response(f"{product.title}\n{price}\n", media_type="text/plain; charset=utf-8")


@router.delete(
    "/{product_id}",
    operation_id="product_delete",
    status_code=204,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def delete_product(
    product_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Delete a product; its history stays, and it can come back."""
    own = access.require(actor, "delete", "product")
    await store.manager.delete(storage, product_id, by=actor.id, expect=match, own=own)
    return Response(status_code=204)


@router.post(
    "/{product_id}/undelete",
    operation_id="product_undelete",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def undelete_product(
    product_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Bring a deleted product back, as it was."""
    own = access.require(actor, "delete", "product")
    return answer(
        await store.manager.undelete(storage, product_id, by=actor.id, expect=match, own=own)
    )


@router.get(
    "/{product_id}/revisions",
    operation_id="product_revisions",
    response_model=Revisions,
    responses=problems(401, 403, 404, 422),
    openapi_extra=query_parameters(HistoryPage),
)
async def list_product_revisions(
    product_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """The revisions of a product, newest first, without their contents."""
    page = parameters(request, HistoryPage)
    own = access.require(actor, "history", "product")
    return history(
        await store.manager.revisions(
            storage, product_id, own=own, limit=page.limit, before=page.before
        )
    )


@router.get(
    "/{product_id}/revisions/{number}",
    operation_id="product_revision",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 422),
)
async def get_product_revision(
    product_id: str,
    number: RevisionNumber,
    request: Request,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """One revision of a product, whole."""
    own = access.require(actor, "history", "product")
    stored = await store.manager.revision(storage, product_id, number, own=own)
    return answer(stored, request, immutable=True)


@router.get(
    "/{product_id}/revisions/{older}/diff/{newer}",
    operation_id="product_diff",
    response_model=list[Difference],
    responses=problems(401, 403, 404, 422),
)
async def diff_product_revisions(
    product_id: str,
    older: RevisionNumber,
    newer: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """What changed from one revision to another, as a JSON patch."""
    own = access.require(actor, "history", "product")
    return differences(await store.manager.diff(storage, product_id, older, newer, own=own))


@router.post(
    "/{product_id}/revisions/{number}/restore",
    operation_id="product_restore",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def restore_product(
    product_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Make an old revision the newest again, as a new revision."""
    own = access.require(actor, "restore", "product")
    return answer(
        await store.manager.restore(storage, product_id, number, by=actor.id, expect=match, own=own)
    )


@router.post(
    "/{product_id}/revisions/{number}/switch",
    operation_id="product_switch",
    response_model=models.ProductOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def switch_product(
    product_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Show an old published revision again; no new revision."""
    own = access.require(actor, "restore", "product")
    return answer(
        await store.manager.switch(storage, product_id, number, by=actor.id, expect=match, own=own)
    )

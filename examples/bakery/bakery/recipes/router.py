"""The routes of recipes."""

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

router = Router("/recipes", tags=["recipes"])


@router.get(
    "/{recipe_id}",
    operation_id="recipe_get",
    response_model=models.RecipeOut,
    responses=problems(304, 401, 403, 404, 410, 422),
    openapi_extra=query_parameters(Reading),
)
async def get_recipe(
    recipe_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """Read a recipe, as it is or as it was."""
    read = parameters(request, Reading)
    own = access.require(actor, read.action, "recipe")
    stored = await store.manager.get(
        storage, recipe_id, own=own, draft=read.draft, as_of=read.as_of
    )
    return answer(
        stored,
        request,
        past=read.as_of is not None,
        fields=read.fields,
        known=models.RecipeOut.model_fields,
    )


@router.get(
    "",
    operation_id="recipe_list",
    response_model=Listing[models.RecipeOut],
    responses=problems(401, 403, 422),
    openapi_extra=query_parameters(models.RecipeQuery),
)
async def list_recipes(request: Request, storage: StorageDep, actor: ActorDep) -> Response:
    """Find recipes, a page at a time."""
    query = parameters(request, models.RecipeQuery)
    own = access.require(actor, query.action, "recipe")
    page = await store.manager.search(storage, query, own=own)
    return listing(page, fields=query.fields, known=models.RecipeOut.model_fields)


@router.post(
    "",
    operation_id="recipe_create",
    status_code=201,
    response_model=models.RecipeOut,
    responses={
        201: links("recipe_id", "recipe_get", "recipe_update", "recipe_publish", "recipe_delete"),
        **problems(401, 403, 409, 413, 415, 422),
    },
)
async def create_recipe(body: models.RecipeIn, storage: StorageDep, actor: ActorDep) -> Response:
    """Create a recipe: a draft, until it is published."""
    access.require(actor, "create", "recipe")
    stored = await store.create(storage, body, by=actor)
    return answer(stored, status=201, location=f"/recipes/{stored.id}")


@router.put(
    "/{recipe_id}",
    operation_id="recipe_update",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
)
async def update_recipe(
    recipe_id: str,
    body: models.RecipeIn,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Replace a recipe: a new draft revision; readers go on seeing the published one."""
    own = access.require(actor, "update", "recipe")
    return answer(await store.update(storage, recipe_id, body, by=actor, expect=match, own=own))


@router.patch(
    "/{recipe_id}",
    operation_id="recipe_patch",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=patch_body(models.RecipePatch),
)
async def patch_recipe(
    recipe_id: str, changes: Patch, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Change parts of a recipe: a new draft revision; readers go on seeing the published one."""
    own = access.require(actor, "update", "recipe")
    return answer(await store.patch(storage, recipe_id, changes, by=actor, expect=match, own=own))


@router.patch(
    "/{recipe_id}/draft",
    operation_id="recipe_modify",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 409, 410, 412, 413, 415, 422),
    openapi_extra=patch_body(models.RecipePatch),
)
async def modify_recipe(
    recipe_id: str, changes: Patch, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Change parts of the open draft in place: no new revision."""
    own = access.require(actor, "update", "recipe")
    return answer(await store.modify(storage, recipe_id, changes, by=actor, expect=match, own=own))


@router.post(
    "/{recipe_id}/discard",
    operation_id="recipe_discard",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def discard_recipe(
    recipe_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Drop the open draft; what is published stays."""
    own = access.require(actor, "update", "recipe")
    return answer(
        await store.manager.discard(storage, recipe_id, by=actor.id, expect=match, own=own)
    )


@router.post(
    "/{recipe_id}/publish",
    operation_id="recipe_publish",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def publish_recipe(
    recipe_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Show the open draft to readers."""
    own = access.require(actor, "publish", "recipe")
    return answer(
        await store.manager.publish(storage, recipe_id, by=actor.id, expect=match, own=own)
    )


@router.delete(
    "/{recipe_id}",
    operation_id="recipe_delete",
    status_code=204,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def delete_recipe(
    recipe_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Delete a recipe; its history stays, and it can come back."""
    own = access.require(actor, "delete", "recipe")
    await store.manager.delete(storage, recipe_id, by=actor.id, expect=match, own=own)
    return Response(status_code=204)


@router.post(
    "/{recipe_id}/undelete",
    operation_id="recipe_undelete",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 409, 410, 412),
)
async def undelete_recipe(
    recipe_id: str, storage: StorageDep, actor: ActorDep, match: IfMatch
) -> Response:
    """Bring a deleted recipe back, as it was."""
    own = access.require(actor, "delete", "recipe")
    return answer(
        await store.manager.undelete(storage, recipe_id, by=actor.id, expect=match, own=own)
    )


@router.get(
    "/{recipe_id}/revisions",
    operation_id="recipe_revisions",
    response_model=Revisions,
    responses=problems(401, 403, 404, 422),
    openapi_extra=query_parameters(HistoryPage),
)
async def list_recipe_revisions(
    recipe_id: str, request: Request, storage: StorageDep, actor: ActorDep
) -> Response:
    """The revisions of a recipe, newest first, without their contents."""
    page = parameters(request, HistoryPage)
    own = access.require(actor, "history", "recipe")
    return history(
        await store.manager.revisions(
            storage, recipe_id, own=own, limit=page.limit, before=page.before
        )
    )


@router.get(
    "/{recipe_id}/revisions/{number}",
    operation_id="recipe_revision",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 422),
)
async def get_recipe_revision(
    recipe_id: str,
    number: RevisionNumber,
    request: Request,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """One revision of a recipe, whole."""
    own = access.require(actor, "history", "recipe")
    stored = await store.manager.revision(storage, recipe_id, number, own=own)
    return answer(stored, request, immutable=True)


@router.get(
    "/{recipe_id}/revisions/{older}/diff/{newer}",
    operation_id="recipe_diff",
    response_model=list[Difference],
    responses=problems(401, 403, 404, 422),
)
async def diff_recipe_revisions(
    recipe_id: str,
    older: RevisionNumber,
    newer: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
) -> Response:
    """What changed from one revision to another, as a JSON patch."""
    own = access.require(actor, "history", "recipe")
    return differences(await store.manager.diff(storage, recipe_id, older, newer, own=own))


@router.post(
    "/{recipe_id}/revisions/{number}/restore",
    operation_id="recipe_restore",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def restore_recipe(
    recipe_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Make an old revision the newest again, as a new revision."""
    own = access.require(actor, "restore", "recipe")
    return answer(
        await store.manager.restore(storage, recipe_id, number, by=actor.id, expect=match, own=own)
    )


@router.post(
    "/{recipe_id}/revisions/{number}/switch",
    operation_id="recipe_switch",
    response_model=models.RecipeOut,
    responses=problems(401, 403, 404, 409, 410, 412, 422),
)
async def switch_recipe(
    recipe_id: str,
    number: RevisionNumber,
    storage: StorageDep,
    actor: ActorDep,
    match: IfMatch,
) -> Response:
    """Show an old published revision again; no new revision."""
    own = access.require(actor, "restore", "recipe")
    return answer(
        await store.manager.switch(storage, recipe_id, number, by=actor.id, expect=match, own=own)
    )

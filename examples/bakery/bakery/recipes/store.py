"""Recipes: created, changed, published and found. Every change is a revision."""

from tenure import Actor, ResourceManager, Storage, Stored
from tenure.http import Patching
from tenure.search import searchable

from . import models, rules, tables


def indexed(recipe: models.Recipe) -> dict[str, object]:
    """What search can see of a recipe."""
    return {
        "title": recipe.title,
        "search": searchable(recipe.title),
    }


manager = ResourceManager(
    "recipe",
    model=models.Recipe,
    table=tables.recipes,
    revisions=tables.recipe_revisions,
    index=indexed,
    prefix="recipe",
    drafts=True,
)


async def create(storage: Storage, body: models.RecipeIn, *, by: Actor) -> Stored[models.Recipe]:
    """Create a recipe: a draft, until it is published."""
    body = await rules.on_create(body, by=by, storage=storage)
    recipe = models.Recipe.model_validate(
        {
            **vars(body),
            "weight": await rules.weight(body, storage=storage),
        }
    )
    return await manager.create(storage, recipe, by=by.id)


async def replaced(
    storage: Storage,
    current: models.Recipe,
    body: models.RecipeIn,
    *,
    by: Actor,
) -> models.Recipe:
    """A recipe as `body` would have it; what clients do not decide stays."""
    body = await rules.on_update(current, body, by=by, storage=storage)
    return models.Recipe.model_validate(
        {
            **vars(current),
            **vars(body),
            "weight": await rules.weight(body, storage=storage),
        }
    )


async def update(
    storage: Storage,
    recipe_id: str,
    body: models.RecipeIn,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Recipe]:
    """Replace a recipe: a new draft revision; readers go on seeing the published one."""

    async def change(current: models.Recipe) -> models.Recipe:
        return await replaced(storage, current, body, by=by)

    return await manager.update(storage, recipe_id, change, by=by.id, expect=expect, own=own)


async def patch(
    storage: Storage,
    recipe_id: str,
    changes: Patching,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Recipe]:
    """Change parts of a recipe: a new draft revision; readers go on seeing the published one."""

    async def change(current: models.Recipe) -> models.Recipe:
        return await replaced(storage, current, changes.onto(current, models.RecipeIn), by=by)

    return await manager.update(storage, recipe_id, change, by=by.id, expect=expect, own=own)


async def modify(
    storage: Storage,
    recipe_id: str,
    changes: Patching,
    *,
    by: Actor,
    expect: int | None = None,
    own: str | None = None,
) -> Stored[models.Recipe]:
    """Change parts of the open draft of a recipe in place: no new revision."""

    async def change(current: models.Recipe) -> models.Recipe:
        return await replaced(storage, current, changes.onto(current, models.RecipeIn), by=by)

    return await manager.modify(storage, recipe_id, change, by=by.id, expect=expect, own=own)

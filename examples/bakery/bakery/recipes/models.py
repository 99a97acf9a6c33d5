"""Recipes: what a client may send, what is stored, and what is answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from tenure import Meta, Query
from tenure.http import Commas

from bakery.types import Ingredient, UrlStr


class RecipeBase(BaseModel):
    """What a recipe has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    title: str
    ingredients: Annotated[list[Ingredient], Field(min_length=1)]
    steps: str
    source: UrlStr | None = None


class RecipeIn(RecipeBase):
    """A recipe as a client sends it, to create or replace one."""


class Recipe(RecipeBase):
    """A recipe as it is stored."""

    weight: Annotated[int, Field(description="Grams of all ingredients")]


class RecipeOut(Recipe):
    """A recipe as it is answered."""

    id: str
    meta: Meta


class RecipePatch(BaseModel):
    """Changes to a recipe: what is left out stays, null removes."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    ingredients: Annotated[list[Ingredient] | None, Field(min_length=1)] = None
    steps: str | None = None
    source: UrlStr | None = None


class RecipeQuery(Query):
    """How a list of recipes can be filtered and ordered."""

    title: str | None = None
    title__in: Commas[str] | None = None
    title__prefix: str | None = None
    q: str | None = None
    order_by: Literal["-created_at", "created_at", "-title", "title"] = "-created_at"

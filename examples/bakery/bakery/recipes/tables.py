"""Recipes in the database: what search can see, and the pointer to the current revision."""

import sqlalchemy as sa
from tenure.tables import deleted_index, draft_index, list_index, meta_columns, revision_table

from bakery.database import metadata

recipes = sa.Table(
    "recipes",
    metadata,
    *meta_columns(),
    sa.Column("title", sa.String(), nullable=False),
    sa.Column("search", sa.Text(), nullable=False),
    sa.Index("ix_recipes_created_at", "created_at", "id"),
    list_index("ix_recipes_published", drafts=True),
    draft_index("ix_recipes_draft"),
    deleted_index("ix_recipes_deleted"),
    list_index("ix_recipes_title", "title", drafts=True),
)

recipe_revisions = revision_table("recipe_revisions", metadata)

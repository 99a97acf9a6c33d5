"""Products in the database: what search can see, and the pointer to the current revision."""

import sqlalchemy as sa
from tenure.tables import (
    Exact,
    deleted_index,
    draft_index,
    list_index,
    list_table,
    meta_columns,
    revision_table,
    unique_index,
)

from bakery.database import metadata

products = sa.Table(
    "products",
    metadata,
    *meta_columns(),
    sa.Column("sku", sa.String(), nullable=False),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("price_amount", Exact(10, 2), nullable=False),
    sa.Column("recipe_id", sa.String(40), sa.ForeignKey("recipes.id"), key="recipe", nullable=True),
    sa.Column("on_sale", sa.Boolean(), nullable=False),
    sa.Column("search", sa.Text(), nullable=False),
    sa.Index("ix_products_created_at", "created_at", "id"),
    list_index("ix_products_published", drafts=True),
    draft_index("ix_products_draft"),
    deleted_index("ix_products_deleted"),
    unique_index("uq_products_sku", "sku"),
    list_index("ix_products_title", "title", drafts=True),
    list_index("ix_products_kind", "kind", drafts=True),
    list_index("ix_products_price_amount", "price_amount", drafts=True),
    list_index("ix_products_recipe", "recipe", drafts=True),
    list_index("ix_products_on_sale", "on_sale", drafts=True),
)

product_revisions = revision_table("product_revisions", metadata)

product_allergens = list_table("product_allergens", metadata, sa.String(64))

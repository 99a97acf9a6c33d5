"""The first tables of Corner Bakery. This file is yours: read it before you run it."""

import sqlalchemy as sa
from alembic import op
from tenure.migrations import v1
from tenure.tables import Exact, UtcDateTime

revision = "0002_bakery"
down_revision = "0001_tenure"
branch_labels = None
depends_on = None

# Which rows an index holds: what is not deleted, what readers see, what is being worked on, the rest.
LIVE = sa.text("deleted_at IS NULL")
PUBLISHED = sa.text("deleted_at IS NULL AND revision IS NOT NULL")
DRAFT = sa.text("draft IS NOT NULL")
DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    """Create a table for each resource, and one for its revisions."""
    op.create_table(
        "customers",
        *v1.meta_columns(),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
    )
    op.create_index("ix_customers_created_at", "customers", ["created_at", "id"])
    op.create_index(
        "ix_customers_deleted",
        "customers",
        ["created_at", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
    op.create_index(
        "ix_customers_account",
        "customers",
        ["account", "created_at", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_customers_name",
        "customers",
        ["name", "created_at", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "uq_customers_email",
        "customers",
        ["email"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table("customer_revisions", *v1.revision_columns())

    op.create_table(
        "recipes",
        *v1.meta_columns(),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
    )
    op.create_index("ix_recipes_created_at", "recipes", ["created_at", "id"])
    op.create_index(
        "ix_recipes_published",
        "recipes",
        ["created_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_index(
        "ix_recipes_draft",
        "recipes",
        ["created_at", "id"],
        sqlite_where=DRAFT,
        postgresql_where=DRAFT,
    )
    op.create_index(
        "ix_recipes_deleted",
        "recipes",
        ["created_at", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
    op.create_index(
        "ix_recipes_title",
        "recipes",
        ["title", "created_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_table("recipe_revisions", *v1.revision_columns())

    op.create_table(
        "products",
        *v1.meta_columns(),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("price_amount", Exact(10, 2), nullable=False),
        sa.Column("recipe_id", sa.String(40), sa.ForeignKey("recipes.id"), nullable=True),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
    )
    op.create_index("ix_products_created_at", "products", ["created_at", "id"])
    op.create_index(
        "ix_products_published",
        "products",
        ["created_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_index(
        "ix_products_draft",
        "products",
        ["created_at", "id"],
        sqlite_where=DRAFT,
        postgresql_where=DRAFT,
    )
    op.create_index(
        "ix_products_deleted",
        "products",
        ["created_at", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
    op.create_index(
        "uq_products_sku",
        "products",
        ["sku"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_products_title",
        "products",
        ["title", "created_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_index(
        "ix_products_kind",
        "products",
        ["kind", "created_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_index(
        "ix_products_price_amount",
        "products",
        ["price_amount", "created_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_index(
        "ix_products_recipe",
        "products",
        ["recipe_id", "created_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_index(
        "ix_products_on_sale",
        "products",
        ["on_sale", "created_at", "id"],
        sqlite_where=PUBLISHED,
        postgresql_where=PUBLISHED,
    )
    op.create_table("product_revisions", *v1.revision_columns())
    op.create_table("product_allergens", *v1.list_columns(sa.String(64)))
    op.create_index("ix_product_allergens_id", "product_allergens", ["id"])

    op.create_table(
        "orders",
        *v1.meta_columns(),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(40), sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("pickup", UtcDateTime(), nullable=True),
        sa.Column("total_amount", Exact(10, 2), nullable=False),
    )
    op.create_index("ix_orders_created_at", "orders", ["created_at", "id"])
    op.create_index(
        "ix_orders_deleted",
        "orders",
        ["created_at", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
    op.create_index(
        "ix_orders_account",
        "orders",
        ["account", "created_at", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "uq_orders_number",
        "orders",
        ["number"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_orders_customer",
        "orders",
        ["customer_id", "created_at", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_orders_status",
        "orders",
        ["status", "created_at", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_orders_pickup",
        "orders",
        ["pickup", "created_at", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_orders_total_amount",
        "orders",
        ["total_amount", "created_at", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_orders_customer_status",
        "orders",
        ["customer_id", "status", "created_at", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table("order_revisions", *v1.revision_columns())

    op.create_table(
        "suppliers",
        *v1.meta_columns(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
    )
    op.create_index("ix_suppliers_created_at", "suppliers", ["created_at", "id"])
    op.create_index(
        "ix_suppliers_deleted",
        "suppliers",
        ["created_at", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
    op.create_index(
        "uq_suppliers_name",
        "suppliers",
        ["name"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "uq_suppliers_name_contact",
        "suppliers",
        ["name", "contact"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table("supplier_revisions", *v1.revision_columns())


def downgrade() -> None:
    """Drop them all."""
    op.drop_table("supplier_revisions")
    op.drop_table("suppliers")
    op.drop_table("order_revisions")
    op.drop_table("orders")
    op.drop_table("product_allergens")
    op.drop_table("product_revisions")
    op.drop_table("products")
    op.drop_table("recipe_revisions")
    op.drop_table("recipes")
    op.drop_table("customer_revisions")
    op.drop_table("customers")

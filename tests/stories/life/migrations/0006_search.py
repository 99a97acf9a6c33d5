"""What products and suppliers are found by."""

import sqlalchemy as sa
from alembic import op
from tenure.tables import Exact

revision = "0006_search"
down_revision = "0005_suppliers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database forward."""
    op.create_table(
        "product_allergens",
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("value", "id", name=op.f("pk_product_allergens")),
    )
    with op.batch_alter_table("product_allergens") as batch_op:
        batch_op.create_index("ix_product_allergens_id", ["id"], unique=False)

    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(
            sa.Column("total_amount", Exact(10, 2), nullable=False, server_default="0")
        )
        batch_op.create_index(
            "ix_orders_customer_status",
            ["customer_id", "status", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "ix_orders_total_amount",
            ["total_amount", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    with op.batch_alter_table("products") as batch_op:
        batch_op.add_column(
            sa.Column("title", sa.String(length=80), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("kind", sa.String(length=64), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("price_amount", Exact(10, 2), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("search", sa.Text(), nullable=False, server_default=""))
        batch_op.create_index(
            "ix_products_kind",
            ["kind", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "ix_products_price_amount",
            ["price_amount", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "ix_products_title",
            ["title", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    with op.batch_alter_table("suppliers") as batch_op:
        batch_op.add_column(sa.Column("contact", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("search", sa.Text(), nullable=False, server_default=""))
        batch_op.create_index(
            "uq_suppliers_name_contact",
            ["name", "contact"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("suppliers") as batch_op:
        batch_op.drop_index(
            "uq_suppliers_name_contact",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_column("search")
        batch_op.drop_column("contact")

    with op.batch_alter_table("products") as batch_op:
        batch_op.drop_index(
            "ix_products_title",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_products_price_amount",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_products_kind",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_column("search")
        batch_op.drop_column("price_amount")
        batch_op.drop_column("kind")
        batch_op.drop_column("title")

    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_index(
            "ix_orders_total_amount",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_orders_customer_status",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_column("total_amount")

    with op.batch_alter_table("product_allergens") as batch_op:
        batch_op.drop_index("ix_product_allergens_id")

    op.drop_table("product_allergens")

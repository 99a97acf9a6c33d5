"""Whether a product is on sale."""

import sqlalchemy as sa
from alembic import op

revision = "0003_on_sale"
down_revision = "0002_bakery"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database forward."""
    with op.batch_alter_table("products") as batch_op:
        batch_op.add_column(
            sa.Column("on_sale", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.create_index(
            "ix_products_on_sale",
            ["on_sale", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("products") as batch_op:
        batch_op.drop_index(
            "ix_products_on_sale",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_column("on_sale")

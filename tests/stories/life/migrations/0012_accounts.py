"""Whose an order is."""

import sqlalchemy as sa
from alembic import op

revision = "0012_accounts"
down_revision = "0011_no_coupons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database forward."""
    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(
            sa.Column("account", sa.String(length=80), nullable=False, server_default="")
        )
        batch_op.create_index(
            "ix_orders_account",
            ["account", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_index(
            "ix_orders_account",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_column("account")

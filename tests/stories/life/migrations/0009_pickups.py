"""When an order is fetched."""

import sqlalchemy as sa
from alembic import op
from tenure.tables import UtcDateTime

revision = "0009_pickups"
down_revision = "0008_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database forward."""
    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(sa.Column("pickup", UtcDateTime(), nullable=True))
        batch_op.create_index(
            "ix_orders_pickup",
            ["pickup", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_index(
            "ix_orders_pickup",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_column("pickup")

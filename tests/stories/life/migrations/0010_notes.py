"""Notes on orders, and titles of recipes."""

import sqlalchemy as sa
from alembic import op

revision = "0010_notes"
down_revision = "0008_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database forward."""
    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(sa.Column("search", sa.Text(), nullable=False, server_default=""))

    with op.batch_alter_table("recipes") as batch_op:
        batch_op.add_column(
            sa.Column("title", sa.String(length=80), nullable=False, server_default="")
        )
        batch_op.create_index(
            "ix_recipes_title",
            ["title", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("recipes") as batch_op:
        batch_op.drop_index(
            "ix_recipes_title",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_column("title")

    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_column("search")

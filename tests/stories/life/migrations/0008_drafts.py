"""Products have drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0008_drafts"
down_revision = "0007_openings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database forward."""
    with op.batch_alter_table("products") as batch_op:
        batch_op.create_index(
            "ix_products_draft",
            ["created_at", "id"],
            unique=False,
            sqlite_where=sa.text("draft IS NOT NULL"),
            postgresql_where=sa.text("draft IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_products_published",
            ["created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL AND revision IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NULL AND revision IS NOT NULL"),
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("products") as batch_op:
        batch_op.drop_index(
            "ix_products_published",
            sqlite_where=sa.text("deleted_at IS NULL AND revision IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NULL AND revision IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_products_draft",
            sqlite_where=sa.text("draft IS NOT NULL"),
            postgresql_where=sa.text("draft IS NOT NULL"),
        )

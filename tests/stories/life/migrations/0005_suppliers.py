"""Vendors are suppliers: the same rows under another name."""

import sqlalchemy as sa
from alembic import op

revision = "0005_suppliers"
down_revision = "0004_recipes"
branch_labels = None
depends_on = None

LIVE = sa.text("deleted_at IS NULL")
DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    """Bring the database forward."""
    renamed("vendor", "supplier")


def downgrade() -> None:
    """Take it back."""
    renamed("supplier", "vendor")


def renamed(old: str, new: str) -> None:
    """Tables, and the indexes that are called after them."""
    op.drop_index(f"ix_{old}s_created_at", f"{old}s")
    op.drop_index(f"ix_{old}s_deleted", f"{old}s")
    op.drop_index(f"uq_{old}s_name", f"{old}s")
    op.rename_table(f"{old}s", f"{new}s")
    op.rename_table(f"{old}_revisions", f"{new}_revisions")
    op.create_index(f"ix_{new}s_created_at", f"{new}s", ["created_at", "id"])
    op.create_index(
        f"ix_{new}s_deleted",
        f"{new}s",
        ["created_at", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
    op.create_index(
        f"uq_{new}s_name",
        f"{new}s",
        ["name"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )

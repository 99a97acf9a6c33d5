"""When the shop is open."""

import sqlalchemy as sa
from alembic import op

revision = "0007_openings"
down_revision = "0006_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database forward."""
    op.create_table(
        "openings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_openings")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("openings")

"""The tables that Tenure keeps for itself, as its first version made them."""

from alembic import op
from tenure.migrations import v1

revision = "0001_tenure"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    v1.create(op)


def downgrade() -> None:
    """Drop them, and the history of changes with them."""
    v1.drop(op)

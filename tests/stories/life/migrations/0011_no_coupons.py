"""Coupons are no more."""

import sqlalchemy as sa
from alembic import op

revision = "0011_no_coupons"
down_revision = "0010_notes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database forward."""
    op.drop_table("coupon_revisions")
    with op.batch_alter_table("coupons") as batch_op:
        batch_op.drop_index(batch_op.f("ix_coupons_created_at"))
        batch_op.drop_index(batch_op.f("ix_coupons_deleted"))
        batch_op.drop_index(
            batch_op.f("uq_coupons_code"), sqlite_where=sa.text("deleted_at IS NULL")
        )

    op.drop_table("coupons")


def downgrade() -> None:
    """Take it back."""
    op.create_table(
        "coupons",
        sa.Column("id", sa.VARCHAR(length=40), nullable=False),
        sa.Column("revision", sa.INTEGER(), nullable=True),
        sa.Column("draft", sa.INTEGER(), nullable=True),
        sa.Column("head", sa.INTEGER(), nullable=False),
        sa.Column("etag", sa.INTEGER(), nullable=False),
        sa.Column("created_at", sa.VARCHAR(length=27), nullable=False),
        sa.Column("created_by", sa.VARCHAR(length=200), nullable=False),
        sa.Column("updated_at", sa.VARCHAR(length=27), nullable=False),
        sa.Column("updated_by", sa.VARCHAR(length=200), nullable=False),
        sa.Column("deleted_at", sa.VARCHAR(length=27), nullable=True),
        sa.Column("schema_version", sa.INTEGER(), nullable=False),
        sa.Column("digest", sa.VARCHAR(length=64), nullable=False),
        sa.Column("shown", sa.TEXT(), nullable=True),
        sa.Column("code", sa.VARCHAR(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
    )
    with op.batch_alter_table("coupons") as batch_op:
        batch_op.create_index(
            batch_op.f("uq_coupons_code"),
            ["code"],
            unique=1,
            sqlite_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_coupons_created_at"), ["created_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_coupons_deleted"),
            ["created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
        )

    op.create_table(
        "coupon_revisions",
        sa.Column("id", sa.VARCHAR(length=40), nullable=False),
        sa.Column("number", sa.INTEGER(), nullable=False),
        sa.Column("parent", sa.INTEGER(), nullable=True),
        sa.Column("kind", sa.VARCHAR(length=10), nullable=False),
        sa.Column("status", sa.VARCHAR(length=6), nullable=False),
        sa.Column("schema_version", sa.INTEGER(), nullable=False),
        sa.Column("at", sa.VARCHAR(length=27), nullable=False),
        sa.Column("by", sa.VARCHAR(length=200), nullable=False),
        sa.Column("reason", sa.VARCHAR(length=1000), nullable=True),
        sa.Column("request_id", sa.VARCHAR(length=200), nullable=True),
        sa.Column("content", sa.VARCHAR(length=64), nullable=False),
        sa.Column("digest", sa.VARCHAR(length=64), nullable=False),
        sa.Column("previous", sa.VARCHAR(length=64), nullable=True),
        sa.Column("encoding", sa.VARCHAR(length=16), nullable=False),
        sa.Column("size", sa.INTEGER(), nullable=False),
        sa.Column("key", sa.VARCHAR(length=200), nullable=True),
        sa.Column("secrets", sa.BLOB(), nullable=True),
        sa.Column("body", sa.BLOB(), nullable=True),
        sa.PrimaryKeyConstraint("id", "number", name=op.f("pk_coupon_revisions")),
    )

"""The tables of Tenure's first version, frozen: what a migration once did, it does for ever.

    def upgrade() -> None:
        v1.create(op)

Nothing here follows `tenure.tables`; a test compares the two until a second version parts them.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from tenure.tables import UtcDateTime, this_transaction

__all__ = ["create", "drop", "list_columns", "meta_columns", "revision_columns"]


class Op(Protocol):
    """What a migration needs of `alembic.op`; the module itself and `Operations` both fit."""

    def create_table(self, table_name: str, *columns: SchemaItem, **kw: Any) -> sa.Table: ...
    def create_index(
        self, index_name: str | None, table_name: str, columns: Sequence[str], **kw: Any
    ) -> None: ...
    def drop_table(self, table_name: str, **kw: Any) -> None: ...


def create(op: Op) -> None:
    """Create the tables that all resources share: the feed of changes, the links and the blobs."""
    op.create_table(
        "tenure_changes",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("resource", sa.String(64), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("current", sa.Integer, nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("request_id", sa.String(200), nullable=True),
        sa.Column("xact", sa.BigInteger, nullable=False, server_default=this_transaction()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tenure_changes_resource", "tenure_changes", ["resource", "id", "seq"])
    op.create_index(
        "ix_tenure_changes_xact",
        "tenure_changes",
        ["xact", "seq"],
        sqlite_where=sa.text("xact > 0"),
    )
    op.create_table(
        "tenure_links",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("source_id", sa.String(40), primary_key=True),
        sa.Column("draft", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("field", sa.String(200), primary_key=True),
        sa.Column("target", sa.String(64), primary_key=True),
        sa.Column("target_id", sa.String(40), primary_key=True),
        sa.Column("pinned", sa.Integer, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tenure_links_target", "tenure_links", ["target", "target_id"])
    op.create_table(
        "tenure_blobs",
        sa.Column("resource", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tenure_blobs_sha256", "tenure_blobs", ["sha256"])
    op.create_index("ix_tenure_blobs_key", "tenure_blobs", ["key"])


def drop(op: Op) -> None:
    """Drop what `create` created."""
    op.drop_table("tenure_blobs")
    op.drop_table("tenure_links")
    op.drop_table("tenure_changes")


def meta_columns() -> list[sa.Column[object]]:
    """The first columns of a resource's table; its own indexed fields follow them."""
    return [
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=True),
        sa.Column("draft", sa.Integer, nullable=True),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("etag", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.Column("deleted_at", UtcDateTime, nullable=True),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("shown", sa.Text, nullable=True),
    ]


def revision_columns() -> list[sa.Column[object]]:
    """The columns of a table of revisions."""
    return [
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("parent", sa.Integer, nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("status", sa.String(6), nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=True),
        sa.Column("request_id", sa.String(200), nullable=True),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=True),
        sa.Column("encoding", sa.String(16), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=True),
        sa.Column("secrets", sa.LargeBinary, nullable=True),
        sa.Column("body", sa.LargeBinary, nullable=True),
    ]


def list_columns(type_: TypeEngine[Any] | type[TypeEngine[Any]]) -> list[sa.Column[object]]:
    """The columns of a table behind `has` filters; it wants an index on `id` beside them."""
    return [
        sa.Column("value", type_, primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
    ]

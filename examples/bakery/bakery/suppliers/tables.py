"""Suppliers in the database: what search can see, and the pointer to the current revision."""

import sqlalchemy as sa
from tenure.tables import deleted_index, meta_columns, revision_table, unique_index

from bakery.database import metadata

suppliers = sa.Table(
    "suppliers",
    metadata,
    *meta_columns(),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("contact", sa.String(), nullable=False),
    sa.Column("search", sa.Text(), nullable=False),
    sa.Index("ix_suppliers_created_at", "created_at", "id"),
    deleted_index("ix_suppliers_deleted"),
    unique_index("uq_suppliers_name", "name"),
    unique_index("uq_suppliers_name_contact", "name", "contact"),
)

supplier_revisions = revision_table("supplier_revisions", metadata)

"""Customers in the database: what search can see, and the pointer to the current revision."""

import sqlalchemy as sa
from tenure.tables import deleted_index, list_index, meta_columns, revision_table, unique_index

from bakery.database import metadata

customers = sa.Table(
    "customers",
    metadata,
    *meta_columns(),
    sa.Column("account", sa.String(80), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("email", sa.String(), nullable=False),
    sa.Column("search", sa.Text(), nullable=False),
    sa.Index("ix_customers_created_at", "created_at", "id"),
    deleted_index("ix_customers_deleted"),
    list_index("ix_customers_account", "account"),
    list_index("ix_customers_name", "name"),
    unique_index("uq_customers_email", "email"),
)

customer_revisions = revision_table("customer_revisions", metadata)

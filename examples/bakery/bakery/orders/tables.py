"""Orders in the database: what search can see, and the pointer to the current revision."""

import sqlalchemy as sa
from tenure.tables import (
    Exact,
    UtcDateTime,
    deleted_index,
    list_index,
    meta_columns,
    revision_table,
    unique_index,
)

from bakery.database import metadata

orders = sa.Table(
    "orders",
    metadata,
    *meta_columns(),
    sa.Column("account", sa.String(80), nullable=False),
    sa.Column("number", sa.String(), nullable=False),
    sa.Column(
        "customer_id", sa.String(40), sa.ForeignKey("customers.id"), key="customer", nullable=False
    ),
    sa.Column("status", sa.String(64), nullable=False),
    sa.Column("pickup", UtcDateTime(), nullable=True),
    sa.Column("total_amount", Exact(10, 2), nullable=False),
    sa.Index("ix_orders_created_at", "created_at", "id"),
    deleted_index("ix_orders_deleted"),
    list_index("ix_orders_account", "account"),
    unique_index("uq_orders_number", "number"),
    list_index("ix_orders_customer", "customer"),
    list_index("ix_orders_status", "status"),
    list_index("ix_orders_pickup", "pickup"),
    list_index("ix_orders_total_amount", "total_amount"),
    list_index("ix_orders_customer_status", "customer", "status"),
)

order_revisions = revision_table("order_revisions", metadata)

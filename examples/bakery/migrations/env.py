"""What Alembic runs: the tables of bakery.schema against the database of the settings."""

import logging

import sqlalchemy as sa
from alembic import context
from tenure.migrations import on_database, render_item, spoken

from bakery.schema import metadata
from bakery.settings import Settings


def print_sql(url: str) -> None:
    """What `alembic upgrade --sql` prints for somebody else to run."""
    context.configure(
        url=spoken(url),
        target_metadata=metadata,
        literal_binds=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate(connection: sa.Connection) -> None:
    """Bring a database to where it should be."""
    # SQLite cannot alter a column, so changes to a table copy it: that is what batches are.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


# Say what is being done: a migration that prints nothing looks like one that did nothing.
logging.basicConfig(format="%(message)s")
logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)

settings = Settings()
if context.is_offline_mode():
    print_sql(settings.database())
else:
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    on_database(settings.database(), migrate)

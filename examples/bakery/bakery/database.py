"""Where the data is: the one MetaData that every table joins, and the open storage of a request."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Request
from tenure import Storage

# Named constraints are what a later migration can find again.
metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


async def open_storage(request: Request) -> Storage:
    """The storage that `create_app` opened."""
    storage: Storage = request.app.state.storage
    return storage


StorageDep = Annotated[Storage, Depends(open_storage)]

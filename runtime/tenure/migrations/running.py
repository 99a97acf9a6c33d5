"""Where migrations run: a connection to whatever database the settings name, for `migrations/env.py`."""

import asyncio
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

__all__ = ["on_database", "spoken"]

Work = Callable[[sa.Connection], None]

_LOCK = 0x74656E757265  # an advisory lock: of several containers that start, one migrates at a time
_PATIENCE = 60.0  # seconds to wait for the others, and for a table that somebody uses


def on_database(url: str, work: Work) -> None:
    """Call `work` with a connection to `url`, alone among those who come this way."""
    if url.startswith("postgres"):
        asyncio.run(_on_postgres(url, work))
        return
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        work(connection)
    engine.dispose()


def spoken(url: str) -> str:
    """`url` naming the dialect that tables are made with, for scripts that nobody runs here."""
    if not url.startswith("postgres"):
        return url
    from tenure.postgres_dialect import URL

    return URL


async def _on_postgres(url: str, work: Work) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    from tenure.postgres import PostgresOptions, connecting
    from tenure.postgres_dialect import URL

    connect = connecting(url, PostgresOptions(lock=_PATIENCE, statement=0))

    async def alone() -> Any:
        connection = await connect()
        await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
        return connection

    engine = create_async_engine(URL, async_creator=alone, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()

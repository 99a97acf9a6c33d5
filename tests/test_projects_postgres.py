"""A generated project moves to PostgreSQL by its settings: migrations, first data, and the application."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import postgres
from tests.environments import ROOT, run

SMOKE = """
from fastapi.testclient import TestClient
from bakery.app import create_app

with TestClient(create_app()) as client:
    assert client.get("/health/ready").is_success
    token = client.post("/dev/token", json={"id": "ada", "roles": ["staff"]}).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    page = client.get("/products", params={"order_by": "-created_at"}).json()
    product = page["items"][0]
    first = client.get(f"/products/{product['id']}")
    tag = {"If-Match": first.headers["ETag"]}
    renamed = {"title": "Crusty rye"}
    assert client.patch(f"/products/{product['id']}", json=renamed, headers=tag).is_success
    assert client.patch(f"/products/{product['id']}", json=renamed, headers=tag).status_code == 412
    assert client.get("/products", params={"title__prefix": product["title"][:4]}).json()["items"]

# Another start, another event loop, the same data.
with TestClient(create_app()) as client:
    assert client.get("/health/ready").is_success
print("smoked")
"""

# With sorting and scanning made dear, the planner still does them where no index gives the order.
PLANS = """
import asyncio, importlib, os, typing
import asyncpg
from tenure import Query
from bakery.resources import RESOURCES, opened
from bakery.settings import Settings

DEAR = ("seqscan", "sort", "bitmapscan", "hashjoin", "mergejoin")

async def main():
    storage, seen = await opened(Settings()), []
    connection = await asyncpg.connect(os.environ["BAKERY_DATABASE_URL"])
    for name in DEAR:
        await connection.execute(f"SET enable_{name} = off")
    read = storage.meta._read
    async def noted(compiled, arguments):
        seen.append((compiled.sql, arguments))
        return await read(compiled, arguments)
    storage.meta._read = noted
    for manager in RESOURCES:
        models = importlib.import_module(manager.resource.codec.model.__module__)
        (query,) = [v for v in vars(models).values() if isinstance(v, type)
                    and issubclass(v, Query) and v is not Query]
        for order in typing.get_args(query.model_fields["order_by"].annotation):
            seen.clear()
            await manager.search(storage, query(order_by=order))
            sql, arguments = seen[0]
            lines = [row[0].strip() for row in await connection.fetch(f"EXPLAIN {sql}", *arguments)]
            plan = [line.removeprefix("->").strip() for line in lines]
            assert not any(line.startswith("Seq Scan") for line in plan), (order, lines)
            sorts = any(line.startswith("Sort  (cost") for line in plan)
            # Two parts, each from an index: those without a value, and the others.
            assert not sorts or any(line.startswith("Append") for line in plan), (order, lines)
            print("ordered", manager.name, order)
    await connection.close()
    await storage.close()

asyncio.run(main())
"""


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database on a real server."""
    yield postgres.server().create()
    postgres.stop_server()


def test_the_bakery_runs_on_postgresql_by_its_settings_alone(tmp_path: Path, database: str) -> None:
    project = tmp_path / "bakery"
    spec = ROOT / "examples" / "bakery" / "bakery.yaml"
    run(sys.executable, "-m", "freehold", "new", project, "--spec", spec, cwd=tmp_path)
    env = {
        **os.environ,
        "PYTHONPATH": str(project),
        "BAKERY_STORAGE": "postgres",
        "BAKERY_DATABASE_URL": database,
        "BAKERY_DEVELOPMENT": "true",
    }

    def python(*command: str) -> str:
        return run(sys.executable, *command, cwd=project, env=env)

    # Two containers that start at once: one migrates, the other waits and finds it done.
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(python, "-m", "alembic", "upgrade", "head") for _ in "ab"]:
            done.result()
    python("-m", "alembic", "check")
    python("-m", "alembic", "downgrade", "base")
    python("-m", "alembic", "upgrade", "head")
    assert 'COLLATE "C"' in python("-m", "alembic", "upgrade", "head", "--sql")
    assert "product prd_" in python("-m", "bakery.seed")
    assert "smoked" in python("-c", SMOKE)
    assert python("-c", PLANS).count("ordered") > 30
    assert not (project / "data" / "meta.sqlite").exists()

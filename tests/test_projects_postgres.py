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
    assert not (project / "data" / "meta.sqlite").exists()

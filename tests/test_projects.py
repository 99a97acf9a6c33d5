"""Projects from specs unlike the bakery pass every check that they bring along, untouched."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.environments import ROOT, run

SPECS = Path(__file__).parent / "specs"


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The project of a spec, as `freehold new` leaves it."""
    name: str = request.param
    freehold = (sys.executable, "-m", "freehold")
    run(*freehold, "new", tmp_path / name, "--spec", SPECS / f"{name}.yaml", cwd=tmp_path)
    return tmp_path / name


def in_project(project: Path, *command: str) -> str:
    """What a module of ours prints, run in the project as its team would."""
    path = os.pathsep.join([str(project), str(ROOT)])
    env = {
        **os.environ,
        "PYTHONPATH": path,
        "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache" / project.name),
    }
    return run(sys.executable, "-m", *command, cwd=project, env=env)


@pytest.mark.parametrize(
    "project",
    ["empty", "closed", "notes", "num", "gifts", "clinic", "tracker", "forty"],
    indirect=True,
)
def test_a_generated_project_lints_type_checks_migrates_and_passes_its_tests(project: Path) -> None:
    in_project(project, "ruff", "check", "--quiet", ".")
    in_project(project, "black", "--check", "--quiet", ".")
    in_project(project, "mypy", "--strict", "--no-error-summary")
    in_project(project, "alembic", "upgrade", "head")
    in_project(project, "alembic", "check")
    assert "no problems" in in_project(project, project.name, "verify")
    told = in_project(project, "pytest", "-q", "-p", "no:cacheprovider")

    assert " passed" in told
    assert "failed" not in told


# What a client sees, and what is left in the blob store.
KEPT = """
import asyncio
from datetime import UTC, datetime, timedelta
from fastapi.testclient import TestClient
from tenure.maintenance import collect
from ledger.app import create_app
from ledger.resources import opened
from ledger.settings import Settings

def swept():
    async def sweep():
        storage = await opened(Settings())
        done = await collect(storage, age=timedelta(0))
        left = [kept.key async for batch in storage.blobs.all() for kept in batch]
        await storage.close()
        return done, len(left)
    return asyncio.run(sweep())

with TestClient(create_app()) as client:
    token = client.post("/dev/token", json={"id": "ada", "roles": ["clerk"]}).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    slip = client.post("/slips", json={"title": "One"}).json()
    url = f"/slips/{slip['id']}"
    for words in (b"first", b"second", b"third"):
        client.put(f"{url}/blobs/scan", content=words).raise_for_status()
    assert [r["number"] for r in client.get(f"{url}/revisions").json()["items"]] == [4]
    for number in (1, 2, 3):
        assert client.get(f"{url}/revisions/{number}").status_code == 404
        assert client.post(f"{url}/revisions/{number}/restore").status_code == 404
        assert client.get(f"{url}/revisions/{number}/diff/4").status_code == 404
    assert client.get(url, params={"as_of": slip["meta"]["updated_at"]}).status_code == 410
    assert client.get(f"{url}/blobs/scan").content == b"third"
    done, left = swept()
    assert (done.blobs, left) == (2, 1), (done, left)
    client.delete(f"{url}/blobs/scan").raise_for_status()
    assert client.get(f"{url}/blobs/scan").status_code == 404
    assert swept()[1] == 0

    entry = client.post("/entries", json={"title": "Seen", "seen": {"id": slip["id"]}}).json()
    assert entry["seen"]["revision"] == 5
    for title in ("Two", "Three"):
        client.patch(url, json={"title": title}).raise_for_status()
    assert client.get(f"{url}/revisions/5").json()["title"] == "One"
    assert [r["number"] for r in client.get(f"{url}/revisions").json()["items"]] == [7, 5]
    seen = {"title": "Seen", "seen": {"id": slip["id"], "revision": 6}}
    assert client.put(f"/entries/{entry['id']}", json=seen).status_code == 422
    client.delete(f"/entries/{entry['id']}").raise_for_status()
    client.patch(url, json={"title": "Four"}).raise_for_status()
    assert client.get(f"{url}/revisions/5").status_code == 404
    assert client.post(f"/entries/{entry['id']}/undelete").status_code == 422
print("kept")
"""


@pytest.mark.parametrize("project", ["ledger"], indirect=True)
def test_what_has_no_past_is_plain_crud_through_http(project: Path) -> None:
    in_project(project, "alembic", "upgrade", "head")
    told = in_project(project, "pytest", "-q", "-p", "no:cacheprovider")
    assert "failed" not in told

    env = {**os.environ, "PYTHONPATH": str(project), "LEDGER_DEVELOPMENT": "true"}
    assert "kept" in run(sys.executable, "-c", KEPT, cwd=project, env=env)
    assert "no problems" in in_project(project, "ledger", "verify")


@pytest.mark.parametrize("project", ["notes"], indirect=True)
def test_a_migration_of_what_the_spec_adds_is_drafted_and_runs(project: Path) -> None:
    in_project(project, "alembic", "upgrade", "head")
    spec = project / "notes.yaml"
    grown = spec.read_text().replace(
        "      body?:",
        "      due?: {type: datetime, index: true}\n"
        "      cost?: {type: decimal, digits: 9, places: 3, index: true}\n"
        "      takes?: {type: duration, index: true}\n"
        "      body?:",
    )
    grown += "  Tag:\n    fields:\n      name: {type: string, unique: true}\n"
    spec.write_text(grown + "    allow:\n      signed_in: all\n")

    run(sys.executable, "-m", "freehold", "generate", cwd=project)
    in_project(project, "alembic", "revision", "--autogenerate", "-m", "tags")
    in_project(project, "alembic", "upgrade", "head")
    in_project(project, "alembic", "check")

    (draft,) = (project / "migrations" / "versions").glob("*_tags.py")
    assert "from tenure.tables import" in draft.read_text()

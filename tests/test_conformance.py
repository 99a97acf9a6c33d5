"""The tests that the bakery brings along, through HTTP: the same application in each of six places."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import buckets, postgres
from tests.environments import ROOT, run

EXAMPLE = ROOT / "examples" / "bakery"
IN_MEMORY = 'create_app(Settings.model_validate({"storage": "memory", "secret_key": KEY}))'

# Instead of memory, which is empty whenever it starts: settings that name another empty place each time.
PLACES = """

import asyncio as _asyncio
import itertools as _itertools
import os as _os
import shutil as _shutil
from pathlib import Path as _Path

import asyncpg as _asyncpg

_count = _itertools.count()
_settings = Settings(secret_key=KEY)  # type: ignore[arg-type]


async def _another(name: str) -> None:
    connection = await _asyncpg.connect(_os.environ["CONFORMANCE_SERVER"])
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # of another place
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE conformance STRATEGY file_copy")
    await connection.close()


@pytest.fixture(autouse=True)
def empty(tmp_path: _Path) -> None:
    _settings.data = tmp_path
    name = f"conformance_{next(_count)}"
    if _settings.storage == "postgres":
        _asyncio.run(_another(name))
        url = _os.environ["BAKERY_DATABASE_URL"].replace("/conformance", f"/{name}")
        _settings.database_url = type(_settings.database_url)(url)
    elif _settings.storage != "memory":
        _shutil.copy(_Path(_os.environ["CONFORMANCE_EMPTY"]) / "meta.sqlite", tmp_path)
    bucket = _os.environ.get("CONFORMANCE_BUCKET")
    if bucket:
        _settings.revisions_url = f"{bucket}/{name}/revisions"
        _settings.blobs_url = f"{bucket}/{name}/blobs"
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[None]:
    """What the test needs of servers is started by the first that needs it."""
    yield
    postgres.stop_server()
    buckets.stop_server()


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example whose tests run wherever its settings say."""
    ignored = shutil.ignore_patterns("data", "__pycache__", ".*_cache", ".venv", ".freehold")
    copy = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("places") / "bakery", ignore=ignored)
    conftest = copy / "tests" / "conftest.py"
    text = conftest.read_text()
    assert text.count(IN_MEMORY) == 1
    conftest.write_text(text.replace(IN_MEMORY, "create_app(_settings)") + PLACES)
    return copy


def settings(place: str, folder: Path) -> dict[str, str]:
    """What the environment says of a place; all else is the application's business."""
    name, _, bodies = place.partition(" ")
    said = {"BAKERY_STORAGE": name}
    if bodies in ("inline", "files", "s3"):
        said["BAKERY_REVISIONS"] = bodies
    if "s3" in (name, bodies):
        said |= {
            "BAKERY_REVISIONS": "s3",
            "CONFORMANCE_BUCKET": f"{buckets.bucket()}/{folder.name}",
        }
        said |= {"BAKERY_REVISIONS_URL": "s3://t/r", "BAKERY_BLOBS_URL": "s3://t/b"}
    if name == "postgres":
        server = postgres.server()
        said["CONFORMANCE_SERVER"] = server.url()
        said["BAKERY_DATABASE_URL"] = server.url("conformance")
    return said


@pytest.mark.parametrize(
    "place", ["memory", "disk files", "disk inline", "s3", "postgres s3", "postgres inline"]
)
@pytest.mark.usefixtures("servers")
def test_the_application_keeps_its_promises_wherever_it_keeps_its_data(
    bakery: Path, tmp_path: Path, place: str
) -> None:
    path = os.pathsep.join([str(bakery), str(ROOT)])
    empty = {"PYTHONPATH": path, "BAKERY_DATA": str(tmp_path), "CONFORMANCE_EMPTY": str(tmp_path)}
    said = settings(place, tmp_path)  # starts servers, which the environment tells of from then on
    env = {**os.environ, **empty, **said}
    if place.startswith("postgres"):
        postgres.server().named("conformance")
    if place != "memory":
        run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=bakery, env=env)
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--ignore=tests/test_migrations.py")
    told = run(sys.executable, *command, cwd=bakery, env=env)
    print(place, told.strip().rsplit("\n", 1)[-1])
    assert int(told.strip().rsplit("\n", 1)[-1].split(" passed")[0]) > 100

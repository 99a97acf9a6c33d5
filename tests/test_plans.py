"""Every list that can be asked of a generated project is read by an index, on both databases.

Filters, orders, `q=`, what is one's own, drafts, the deleted and the past, first page and later ones. `q=`
looks for words anywhere in a text, which no index of SQLite or PostgreSQL finds without an extension: the
index gives the rows in order, and the reading ends when the page is full.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.environments import ROOT, run

SPECS = {
    "bakery": ROOT / "examples" / "bakery" / "bakery.yaml",
    "tracker": ROOT / "tests" / "specs" / "tracker.yaml",
    "clinic": ROOT / "tests" / "specs" / "clinic.yaml",
}


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database on a real server."""
    yield postgres.server().create()
    postgres.stop_server()


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("which", ["some", pytest.param("all", marks=pytest.mark.heavy)])
def test_every_list_is_read_by_an_index(
    tmp_path: Path, database: str, name: str, which: str
) -> None:
    project = tmp_path / name
    run(sys.executable, "-m", "freehold", "new", project, "--spec", SPECS[name], cwd=tmp_path)
    env = {**os.environ, "PYTHONPATH": str(project), "DATABASE_URL": database}
    told = run(sys.executable, ROOT / "tests" / "plans.py", name, which, cwd=project, env=env)
    *wrong, last = told.strip().rsplit("\n", 1)
    assert wrong == []
    assert int(last.removeprefix("plans ")) > 1000

"""The example is what we promise: generated, then edited by a team, and generated again without a difference."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.environments import ROOT, run

EXAMPLE = ROOT / "examples" / "bakery"
FREEHOLD = (sys.executable, "-m", "freehold")


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """A copy of the example, as it is committed."""
    ignored = shutil.ignore_patterns("data", "__pycache__", ".*_cache", ".venv")
    return shutil.copytree(EXAMPLE, tmp_path / "bakery", ignore=ignored)


def in_bakery(bakery: Path, *command: str) -> str:
    path = os.pathsep.join([str(bakery), str(ROOT)])
    env = {**os.environ, "PYTHONPATH": path, "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache" / "bakery")}
    return run(sys.executable, "-m", *command, cwd=bakery, env=env)


def committed(bakery: Path) -> dict[str, bytes]:
    """Every file but the stamp of this checkout, which git ignores."""
    files = {p.relative_to(bakery).as_posix(): p for p in bakery.rglob("*") if p.is_file()}
    return {n: p.read_bytes() for n, p in files.items() if n != ".freehold/rendered"}


def test_generating_it_again_changes_nothing(bakery: Path) -> None:
    before = committed(bakery)

    run(*FREEHOLD, "generate", "--check", cwd=bakery)
    run(*FREEHOLD, "generate", cwd=bakery)

    assert committed(bakery) == before


@pytest.mark.parametrize(
    "path",
    [
        "bakery/orders/rules.py",
        "bakery/recipes/rules.py",
        "bakery/products/router.py",
        "bakery/customers/models.py",
    ],
)
def test_a_team_has_edited_it(bakery: Path, path: str) -> None:
    pristine = (bakery / ".freehold" / "base" / f"{path}.base").read_text()

    assert (bakery / path).read_text() != pristine


def test_it_passes_every_check_it_brings_along(bakery: Path) -> None:
    in_bakery(bakery, "ruff", "check", "--quiet", ".")
    in_bakery(bakery, "black", "--check", "--quiet", ".")
    in_bakery(bakery, "mypy", "--strict", "--no-error-summary")
    in_bakery(bakery, "alembic", "upgrade", "head")
    in_bakery(bakery, "alembic", "check")
    told = in_bakery(bakery, "pytest", "-q", "-p", "no:cacheprovider")

    assert " passed" in told
    assert "failed" not in told

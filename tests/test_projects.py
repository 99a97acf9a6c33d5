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

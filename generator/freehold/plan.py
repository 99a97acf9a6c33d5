"""Which files exist, from which template, and whose they are: one literal table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from freehold import application, promises, slices
from freehold.domain import Domain, Resource

__all__ = ["Keep", "Output", "plan"]


class Keep(Enum):
    """What becomes of a team's edits when the file is generated again."""

    MERGED = "merged"
    """The file follows the spec; edits of the team are merged into what comes."""
    YOURS = "yours"
    """The file is written once and never touched again."""


MERGED, YOURS = Keep.MERGED, Keep.YOURS


@dataclass(frozen=True, slots=True)
class Output:
    """One file of the generated project."""

    path: str
    template: str
    keep: Keep
    given: Mapping[str, object]


def plan(domain: Domain) -> list[Output]:
    """Every file of the project, in the order in which a reader would open them."""
    skeleton, app = application.skeleton(domain), application.modules(domain)
    outputs = [Output(path, "project", keep, skeleton) for path, keep in SKELETON]
    package = domain.name
    rows = [
        (f"{package}/__init__.py", "app/__init__.py", MERGED),
        (f"{package}/__main__.py", "app/__main__.py", MERGED),
        (f"{package}/app.py", "app/app.py", MERGED),
        (f"{package}/settings.py", "app/settings.py", MERGED),
        (f"{package}/database.py", "app/database.py", MERGED),
        (f"{package}/schema.py", "app/schema.py", MERGED),
        (f"{package}/resources.py", "app/resources.py", MERGED),
        (f"{package}/access.py", "app/access.py", MERGED),
        (f"{package}/types.py", "types", MERGED),
        (f"{package}/seed.py", "app/seed.py", YOURS),
        (f"{package}/py.typed", "app/py.typed", MERGED),
        ("migrations/env.py", "app/migrations/env.py", MERGED),
        ("migrations/script.py.mako", "app/migrations/script.py.mako", MERGED),
        ("migrations/versions/0001_tenure.py", "app/migrations/0001_tenure.py", YOURS),
        (f"migrations/versions/0002_{package}.py", "app/migrations/0002_first.py", YOURS),
        ("tests/__init__.py", "app/tests/__init__.py", MERGED),
        ("tests/conftest.py", "app/tests/conftest.py", MERGED),
        ("tests/samples.py", "app/tests/samples.py", MERGED),
        ("tests/test_app.py", "app/tests/test_app.py", MERGED),
        ("tests/test_migrations.py", "app/tests/test_migrations.py", MERGED),
    ]
    outputs += [Output(path, template, keep, app) for path, template, keep in rows]
    for resource in domain.resources:
        outputs += _slice(resource, domain)
    # A place for jobs: their workers come with the jobs themselves.
    return [output for output in outputs if _wanted(output, domain)]


SKELETON = (
    ("README.md", MERGED),
    ("AGENTS.md", MERGED),
    ("pyproject.toml", MERGED),
    ("alembic.ini", MERGED),
    ("Dockerfile", MERGED),
    ("compose.yaml", MERGED),
    (".env.example", MERGED),
    (".gitignore", MERGED),
    (".gitattributes", MERGED),
    (".dockerignore", MERGED),
    (".pre-commit-config.yaml", MERGED),
    (".github/workflows/ci.yml", MERGED),
)


def _slice(resource: Resource, domain: Domain) -> list[Output]:
    folder = f"{domain.name}/{resource.plural}"
    given = {**slices.slice_of(resource, domain), **promises.promises(resource, domain)}
    rows = [
        (f"{folder}/__init__.py", "resource/__init__.py", MERGED),
        (f"{folder}/models.py", f"models:{resource.name}", MERGED),
        (f"{folder}/tables.py", "resource/tables.py", MERGED),
        (f"{folder}/store.py", "resource/store.py", MERGED),
        (f"{folder}/router.py", "resource/router.py", MERGED),
        (f"{folder}/rules.py", "resource/rules.py", YOURS),
        (f"tests/{resource.plural}/__init__.py", "resource/tests/__init__.py", MERGED),
        (f"tests/{resource.plural}/test_router.py", "resource/tests/test_router.py", MERGED),
        (f"tests/{resource.plural}/test_access.py", "resource/tests/test_access.py", MERGED),
    ]
    return [Output(path, template, keep, given) for path, template, keep in rows]


def _wanted(output: Output, domain: Domain) -> bool:
    """Whether the spec asks for the file: nothing unused is written."""
    if output.template == "types":
        return bool(domain.enums or domain.values or domain.unions or _addresses(domain))
    if output.template == "resource/rules.py":
        return bool(output.given["has_rules"])
    return True


def _addresses(domain: Domain) -> bool:
    """Whether a field holds an e-mail address or a URL, which are types of the project."""
    fields = [f for r in domain.resources for f in r.fields]
    return any(f.type.kind == "scalar" and f.type.name in ("email", "url") for f in fields)

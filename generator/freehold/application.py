"""The project as a whole, as the templates that are rendered once want it."""

from __future__ import annotations

from freehold import __version__, first_data, slices, spelling, tables
from freehold.domain import Domain

__all__ = ["modules", "skeleton"]


def skeleton(domain: Domain) -> dict[str, object]:
    """The answers that the Copier template asks for."""
    path, role = _first_look(domain)
    return {
        "package": domain.name,
        "prefix": domain.name.upper(),
        "title": " ".join(domain.title.split()),
        "description": " ".join((domain.description or domain.title).split()),
        "spec": domain.files[0].name,
        "freehold": __version__,
        "resource": path,
        "role": role,
    }


def _first_look(domain: Domain) -> tuple[str, str]:
    """The address of a first resource to ask for, and a role that may list it ("" when none)."""
    for resource in domain.resources:
        readers = [g.who for g in resource.grants if "read" in g.actions and not g.own]
        roles = [role.name for role in domain.roles if role.name in readers]
        if roles or {"anyone", "signed_in"} & set(readers):
            return resource.path, roles[0] if roles else ""
    readable = [r.path for r in domain.resources if "read" in r.actions]
    return (readable[0] if readable else "openapi.json"), ""


def modules(domain: Domain) -> dict[str, object]:
    """What the templates of the modules that are there once are given."""
    constants = {role.name: role.name.upper() for role in domain.roles}
    used: set[str] = set()
    resources = []
    for resource in domain.resources:
        lines = slices.grants(resource, constants, used)
        resources.append(
            {
                "singular": resource.singular,
                "plural": resource.plural,
                "path": resource.path,
                "deprecated": resource.deprecated is not None,
                "grants": lines,
            }
        )
    order = tables.creation_order(domain)
    first = first_data.first_data(domain, order)
    creations = [tables.creation(resource, domain) for resource in order]
    return {
        "package": domain.name,
        "prefix": domain.name.upper(),
        "title": domain.title,
        "description": domain.description,
        "roles": [
            {"name": r.name, "constant": constants[r.name], "description": r.description}
            for r in domain.roles
        ],
        "resources": resources,
        "listed": next((r.path for r in domain.resources if "read" in r.actions), None),
        "access_imports": sorted({"Policy", *used}, key=spelling.import_order),
        "tables": creations,
        "type_imports": sorted({t for c in creations for t in c.types}, key=spelling.import_order),
        "rows": sorted({rows for made in creations for rows in made.rows}),
        "schema_imports": _schema_imports(domain),
        "schema_names": sorted(["metadata", *(r.plural for r in domain.resources)]),
        "conftest_imports": _conftest_imports(domain),
        "test_app_imports": _test_app_imports(domain),
        "app_imports": _app_imports(domain),
        "resources_imports": _resources_imports(domain),
        "seed_imports": _seed_imports(domain, first["seeds"]),
        **first,
    }


def _app_imports(domain: Domain) -> list[str]:
    imports = spelling.Imports(domain.name)
    imports.module("import gc")
    imports.add("collections.abc", "AsyncIterator")
    imports.add("contextlib", "asynccontextmanager")
    imports.add("fastapi", "FastAPI")
    imports.add("tenure", "Tokens")
    imports.add("tenure.http", "development_login", "health", "install")
    imports.add(f"{domain.name}.schema", "metadata")
    imports.add(f"{domain.name}.resources", "opened")
    imports.add(f"{domain.name}.settings", "Settings")
    for resource in domain.resources:
        imports.add(f"{domain.name}.{resource.plural}.router", f"router as {resource.plural}")
    return imports.lines()


def _resources_imports(domain: Domain) -> list[str]:
    imports = spelling.Imports(domain.name)
    imports.add(f"{domain.name}.settings", "Settings")
    for resource in domain.resources:
        imports.add(f"{domain.name}.{resource.plural}.store", f"manager as {resource.plural}")
    return imports.lines()


def _seed_imports(domain: Domain, seeds: list[first_data.Body]) -> list[str]:
    imports = spelling.Imports(domain.name)
    imports.module("import asyncio")
    imports.add("tenure", "Actor", "Conflict", "Storage")
    imports.add(f"{domain.name}.resources", "opened")
    imports.add(f"{domain.name}.settings", "Settings")
    for body in seeds:
        imports.add(f"{domain.name}.{body.plural}", f"store as {body.plural}")
        imports.add(f"{domain.name}.{body.plural}.models", body.model)
    return imports.lines()


def _schema_imports(domain: Domain) -> list[str]:
    imports = spelling.Imports(domain.name)
    imports.add("tenure.tables", "system_tables")
    imports.add(f"{domain.name}.database", "metadata")
    for resource in domain.resources:
        imports.add(f"{domain.name}.{resource.plural}", f"tables as {resource.plural}")
    return imports.lines()


def _conftest_imports(domain: Domain) -> list[str]:
    imports = _test_app(domain)
    imports.add("collections.abc", "Iterator")
    imports.add("typing", "Any")
    imports.module("import pytest")
    imports.add("tenure", "Tokens")
    imports.add("tests", "samples")
    return imports.lines()


def _test_app_imports(domain: Domain) -> list[str]:
    imports = _test_app(domain)
    imports.add("tests.conftest", "KEY")
    return imports.lines()


def _test_app(domain: Domain) -> spelling.Imports:
    imports = spelling.Imports(domain.name)
    imports.add("fastapi", "FastAPI")
    imports.add("fastapi.testclient", "TestClient")
    imports.add(f"{domain.name}.app", "create_app")
    imports.add(f"{domain.name}.settings", "Settings")
    return imports

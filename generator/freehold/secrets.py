"""Where the secrets are inside the fields of a resource."""

from __future__ import annotations

from collections.abc import Iterable

from freehold.domain import Domain, Field

__all__ = ["secret_paths"]


def secret_paths(fields: Iterable[Field], domain: Domain) -> list[str]:
    """Where secrets are inside these fields: `payment.token`, `keys.*.value`."""
    paths: list[str] = []
    for field in fields:
        start = f"{field.name}.*" if field.type.many else field.name
        if field.secret:
            paths.append(field.name)
        else:
            paths += [f"{start}.{path}" for path in secret_paths(_parts(field, domain), domain)]
    return list(dict.fromkeys(paths))


def _parts(field: Field, domain: Domain) -> list[Field]:
    """The fields inside a field's value, of every variant, if it may hold a secret."""
    for value in domain.values:
        if value.name == field.type.name and value.secret:
            return list(value.fields)
    for union in domain.unions:
        if union.name == field.type.name and union.secret:
            return [part for variant in union.variants for part in variant.fields]
    return []

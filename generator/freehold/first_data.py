"""Sample bodies for tests, and the first data of a new database, in the order they can be made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from freehold.domain import Domain, Resource
from freehold.samples import Entry, needed, sample
from freehold.spelling import a

__all__ = ["first_data", "is_creatable"]


@dataclass(frozen=True, slots=True)
class Need:
    """A resource that must be there first: the variable of its id, and the function that makes it."""

    variable: str
    function: str


@dataclass(frozen=True, slots=True)
class Body:
    """A sample body of one resource, as a function."""

    function: str
    plural: str
    path: str
    model: str
    doc: str
    make_doc: str
    needs: tuple[str, ...]
    makes: tuple[Need, ...]
    entries: tuple[Entry, ...]
    creatable: bool
    publishes: bool


def first_data(domain: Domain, order: Sequence[Resource]) -> dict[str, list[Body]]:
    """`samples`, for tests, and `seeds`, whose bodies name the ids of those before them."""
    bodies = [_body(resource, domain) for resource in order]
    seeds = [_seed(body) for body in bodies if body.creatable]
    return {"samples": bodies, "seeds": seeds}


def is_creatable(resource: Resource, domain: Domain, seen: frozenset[str] = frozenset()) -> bool:
    """Whether somebody may create it, and all that it needs, through the API."""
    if "create" not in resource.actions or resource.name in seen:
        return False
    needs = [_named(name, domain) for name in needed(resource, domain)]
    pinned = {r.to for r in resource.references if r.pin}
    published = all("publish" in n.actions or not n.drafts for n in needs if n.name in pinned)
    return published and all(is_creatable(n, domain, seen | {resource.name}) for n in needs)


def _named(name: str, domain: Domain) -> Resource:
    return next(resource for resource in domain.resources if resource.name == name)


def _body(resource: Resource, domain: Domain) -> Body:
    needs = [_named(name, domain) for name in needed(resource, domain)]
    publishes = resource.drafts and "publish" in resource.actions
    return Body(
        function=resource.singular,
        plural=resource.plural,
        path=resource.path,
        model=f"{resource.name}In",
        doc=f"{a(resource.label)[:1].upper()}{a(resource.label)[1:]} as a client sends it.",
        make_doc=f"{a(resource.label)[:1].upper()}{a(resource.label)[1:]}"
        + (", published." if publishes else "."),
        needs=tuple(need.singular for need in needs),
        makes=tuple(Need(need.singular, need.singular) for need in needs),
        entries=tuple(sample(resource, domain)),
        creatable=is_creatable(resource, domain),
        publishes=publishes,
    )


def _seed(body: Body) -> Body:
    entries = tuple(Entry(e.field, _first(e.expression, body.needs)) for e in body.entries)
    return Body(
        body.function,
        body.plural,
        body.path,
        body.model,
        body.doc,
        body.make_doc,
        body.needs,
        body.makes,
        entries,
        body.creatable,
        body.publishes,
    )


def _first(expression: str, needs: tuple[str, ...]) -> str:
    """The expression for number 1, with ids taken from what was just made."""
    found = re.fullmatch(r'f"(.*)"', expression)
    if found:
        text = re.sub(r"\{number(?::0(\d+)d)?\}", lambda m: "1".zfill(int(m[1] or 1)), found[1])
        return f'"{text}"'
    expression = re.sub(r"\[number - 1\]$", "[0]", expression)
    expression = re.sub(r" \+ number$", " + 1", expression)
    for need in needs:
        expression = re.sub(rf'(?<!["\w]){need}(?!["\w])', f"{need}.id", expression)
    return expression

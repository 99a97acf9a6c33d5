"""What the generated tests of a resource need to know: a change to make, a filter that finds, a way to a state."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from freehold.blobs import blob_fields
from freehold.domain import Domain, Field, Resource
from freehold.first_data import is_creatable
from freehold.samples import alternative, needed, sample, sent

__all__ = ["promises"]


@dataclass(frozen=True, slots=True)
class Way:
    """A transition, and the ones to make first."""

    name: str
    path: str
    before: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Held:
    """A reference that keeps its target from being deleted."""

    target: str
    target_path: str
    through: str


@dataclass(frozen=True, slots=True)
class Route:
    """One way to ask for something, for the tests of who may: `thing` stands for an id."""

    method: str
    url: str


def promises(resource: Resource, domain: Domain) -> dict[str, object]:
    """The values behind tests/<plural>/."""
    creatable = is_creatable(resource, domain)
    change = _change(resource, domain)
    refers = _refers(resource)
    return {
        "creatable": creatable,
        "needs": [_singular(name, domain) for name in needed(resource, domain)],
        "change": change,
        "equals": "is" if change and change[1] in ("True", "False") else "==",
        "filters": _filters(resource, domain),
        "required": _required(resource, domain),
        "unique": _unique(resource, domain) if creatable else None,
        "ways": _ways(resource),
        "stuck": _stuck(resource),
        "way_field": resource.workflow.field if resource.workflow else None,
        "refers": refers,
        "refers_prefix": _prefix(refers, resource, domain),
        "searched": _searched(resource, domain),
        "publishes": resource.drafts and "publish" in resource.actions,
        "held": _held(resource, domain),
        "hidden": _routes(resource, "anyone"),
        "forbidden": _routes(resource, "signed_in"),
        "owned": _owned(resource),
        "owner_creates": _only_own(resource, "create"),
        "owner_hands_over": _only_own(resource, "create")
        and _only_own(resource, "update")
        and not any(f.immutable for f in resource.fields if f.name == resource.owner),
        "immutable": _immutable(resource, domain),
        "readable": "read" in resource.actions,
        "remembers": resource.keep.revisions != 1 or resource.keep.days is not None,
        "reader_sees_published": _open_to(resource, "read", "anyone"),
    }


def _singular(name: str, domain: Domain) -> str:
    return next(r.singular for r in domain.resources if r.name == name)


def _client_fields(resource: Resource) -> list[Field]:
    return [f for f in resource.fields if sent(f, resource)]


def _change(resource: Resource, domain: Domain) -> tuple[str, str] | None:
    """A field and another value for it that every valid body accepts."""
    plain = [f for f in _client_fields(resource) if not f.immutable and not f.secret]
    plain = [f for f in plain if f.name != resource.owner and not _unique_field(f, resource)]
    ranked = sorted(plain, key=_rank)
    for field in ranked:
        other = alternative(field, domain)
        if other is not None:
            return field.name, other
    return None


def _rank(field: Field) -> int:
    """Plain text first: a reader of the test sees at once what changed."""
    order = ["string", "text", "int", "bool", "decimal", "float", "date", "datetime"]
    scalar = field.type.kind == "scalar" and not field.type.many
    return order.index(field.type.name) if scalar and field.type.name in order else len(order)


def _unique_field(field: Field, resource: Resource) -> bool:
    return any(field.name in index.columns for index in resource.indexes if index.unique)


def _filters(resource: Resource, domain: Domain) -> list[tuple[str, str]]:
    """Parameters that find a sample body, with their values."""
    bodies = {e.field: e.expression for e in sample(resource, domain)}
    found = []
    for one in resource.filters:
        column = next((c for c in resource.columns if c.key == one.column), None)
        whole = column is None or len(column.path) == 1
        value = bodies.get(one.column)
        simple = one.field.type.kind in ("scalar", "enum") and one.field.type.name != "bool"
        if not whole or value is None or not simple or not value.startswith(('"', "[")):
            continue
        if one.operator == "eq" and value.startswith('"'):
            found.append((one.parameter, value))
        if one.operator == "has" and value.startswith('["'):
            found.append((one.parameter, value.strip("[]").split(",")[0]))
    return found


def _required(resource: Resource, domain: Domain) -> str | None:
    return next((e.field for e in sample(resource, domain)), None)


def _unique(resource: Resource, domain: Domain) -> str | None:
    """A unique field that a sample sets, alone in its index."""
    bodies = {entry.field for entry in sample(resource, domain)}
    for index in resource.indexes:
        if index.unique and len(index.columns) == 1 and index.columns[0] in bodies:
            return index.columns[0]
    return None


def _ways(resource: Resource) -> list[Way]:
    flow = resource.workflow
    if flow is None:
        return []
    reached: dict[str, tuple[str, ...]] = {flow.initial: ()}
    waiting = deque([flow.initial])
    while waiting:
        state = waiting.popleft()
        for move in flow.transitions:
            if state in move.sources and move.target not in reached:
                reached[move.target] = (*reached[state], move.name.replace("_", "-"))
                waiting.append(move.target)
    ways = []
    for move in flow.transitions:
        starts = [reached[source] for source in move.sources if source in reached]
        if starts:
            shortest = min(starts, key=len)
            ways.append(Way(move.name, move.name.replace("_", "-"), shortest, move.target))
    return ways


def _stuck(resource: Resource) -> str | None:
    """A transition that cannot start where a new resource stands."""
    flow = resource.workflow
    if flow is None:
        return None
    late = (move for move in flow.transitions if flow.initial not in move.sources)
    return next((move.name.replace("_", "-") for move in late), None)


def _refers(resource: Resource) -> str | None:
    """A plain reference that a body may name wrongly."""
    plain = [r for r in resource.references if len(r.path) == 1 and not r.pin]
    fields = {f.name: f for f in _client_fields(resource)}
    found = (r for r in plain if r.path[0] in fields and not fields[r.path[0]].type.many)
    return next((r.path[0] for r in found), None)


def _prefix(refers: str | None, resource: Resource, domain: Domain) -> str | None:
    """The id prefix of what the field refers to."""
    names = [r.to for r in resource.references if r.path == (refers,)]
    return next((r.prefix for r in domain.resources if r.name in names), None)


def _searched(resource: Resource, domain: Domain) -> str | None:
    """A text field of the sample body that `q=` looks into."""
    bodies = {entry.field for entry in sample(resource, domain)}
    return next((p[0] for p in resource.searched if len(p) == 1 and p[0] in bodies), None)


def _held(resource: Resource, domain: Domain) -> list[Held]:
    """Who a sample of this resource keeps from being deleted."""
    names = needed(resource, domain)
    found = []
    for name in dict.fromkeys(names):
        target = next(r for r in domain.resources if r.name == name)
        through = [r for r in resource.references if r.to == name]
        direct = [r for r in through if r.on_delete == "restrict" and not r.optional]
        if direct and "delete" in target.actions and target.name != resource.name:
            found.append(Held(target.singular, target.path, direct[0].path[0]))
    return found


def _open_to(resource: Resource, action: str, who: str) -> bool:
    """Whether `who`, with no role, may do it with everything."""
    among = {"anyone"} if who == "anyone" else {"anyone", "signed_in"}
    return any(g.who in among and action in g.actions and not g.own for g in resource.grants)


def _only_own(resource: Resource, action: str) -> bool:
    """Whether who has no role may do it, and with what is theirs only."""
    own = any(
        grant.own and grant.who in ("signed_in", "owner") and action in grant.actions
        for grant in resource.grants
    )
    return own and not _open_to(resource, action, "signed_in")


def _owned(resource: Resource) -> bool:
    """Whether people see only what is theirs."""
    own = any(
        g.own and "read" in g.actions and g.who in ("signed_in", "owner") for g in resource.grants
    )
    return own and not _open_to(resource, "read", "signed_in")


def _routes(resource: Resource, who: str) -> list[Route]:
    """The routes that are closed to `who`, of those that read no JSON: that is read before policy."""
    thing = f"/{resource.path}/{resource.prefix}_00000000000000000000000000"
    table = [
        ("read", "get", f"/{resource.path}"),
        ("read", "get", thing),
        *(("read", "get", f"{thing}/blobs/{field.name}") for field in blob_fields(resource)),
        *(
            ("update", method, f"{thing}/blobs/{field.name}")
            for field in blob_fields(resource)
            for method in ("put", "delete")
        ),
        ("delete", "delete", thing),
        ("publish", "post", f"{thing}/publish"),
        ("history", "get", f"{thing}/revisions"),
        ("restore", "post", f"{thing}/revisions/1/restore"),
    ]
    closed = [
        Route(method, url)
        for action, method, url in table
        if action in resource.actions and not _open_to(resource, action, who)
    ]
    if who == "signed_in":
        owned = {a for g in resource.grants if g.own for a in g.actions}
        actions = [a for a, m, u in table if Route(m, u) in closed]
        closed = [r for r, a in zip(closed, actions, strict=False) if a not in owned]
    return closed


def _immutable(resource: Resource, domain: Domain) -> tuple[str, str] | None:
    """A field that cannot change once it is there, and another value for it."""
    bodies = {entry.field for entry in sample(resource, domain)}
    for field in resource.fields:
        if field.immutable and field.name in bodies:
            other = alternative(field, domain)
            if other is not None:
                return field.name, other
    return None

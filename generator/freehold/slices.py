"""One resource as its templates want it: a slice of the project, every decision already made."""

from __future__ import annotations

from dataclasses import dataclass

from freehold import blobs, spelling
from freehold.blobs import blob_fields, blob_routes
from freehold.domain import Call, Domain, Field, Reference, Resource, Transition
from freehold.samples import Entry
from freehold.secrets import secret_paths
from freehold.spelling import Imports, a, full_stop, names, quoted
from freehold.tables import tables

__all__ = ["grants", "slice_of"]


@dataclass(frozen=True, slots=True)
class Stub:
    """A function that the team fills in: computed fields, and defaults made by a call."""

    name: str
    annotation: str
    zero: str
    doc: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A field that the store fills in, when a resource is created and when it changes."""

    field: str
    on_create: str
    on_update: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """A workflow transition."""

    name: str
    path: str
    doc: str
    field: str
    sources: str
    target: str
    source_names: tuple[str, ...]
    target_name: str


def slice_of(resource: Resource, domain: Domain) -> dict[str, object]:
    """Everything the templates of one resource are given."""
    creates = "create" in resource.actions
    updates = "update" in resource.actions
    return {
        **_words(resource, domain),
        **tables(resource, domain),
        **_rules(resource, domain, creates, updates),
        **_store(resource, domain, creates, updates),
        **_router(resource, domain),
        "creates": creates,
        "updates": updates,
    }


def _words(resource: Resource, domain: Domain) -> dict[str, object]:
    described = resource.description
    return {
        "package": domain.name,
        "name": resource.name,
        "prefix": resource.prefix,
        "singular": resource.singular,
        "plural": resource.plural,
        "path": resource.path,
        "label": resource.label,
        "labels": resource.labels,
        "a_label": a(resource.label),
        "summary": full_stop(
            spelling.lower_first(described)
            if described
            else f"one folder for all of {a(resource.label)}"
        ),
        "actions": resource.actions,
        "drafts": resource.drafts,
        "owner": resource.owner,
        "display": resource.display,
        "transitions": [_move(t, resource) for t in _transitions(resource)],
    }


# Rules -------------------------------------------------------------------------------------------


def _rules(resource: Resource, domain: Domain, creates: bool, updates: bool) -> dict[str, object]:
    imports = Imports(domain.name)
    writes = creates or updates
    computed = [_computed(f, resource, domain, imports) for f in resource.fields if f.computed]
    defaults = [
        _default(f, resource, domain, imports)
        for f in resource.fields
        if isinstance(f.default, Call)
    ]
    if writes:
        imports.add("tenure", "Actor", "Storage")
    if writes or computed:
        imports.add(".", "models")
    return {
        "imports": imports.lines(),
        "computed": computed if writes else [],
        "defaults": defaults if creates else [],
        "has_rules": writes,
    }


def _computed(field: Field, resource: Resource, domain: Domain, imports: Imports) -> Stub:
    words = field.name.replace("_", " ")
    doc = field.description or f"The {words} of {a(resource.label)}"
    return Stub(
        field.name,
        spelling.annotation(field, domain, imports) + (" | None" if field.optional else ""),
        "None" if field.optional else spelling.zero(field, domain, imports),
        full_stop(doc) + " Worked out whenever a client creates or changes one.",
    )


def _default(field: Field, resource: Resource, domain: Domain, imports: Imports) -> Stub:
    call = field.default
    assert isinstance(call, Call)  # noqa: S101 - the caller chose fields of this kind
    words = field.name.replace("_", " ")
    if field.type.name in ("string", "text") and field.type.kind == "scalar":
        imports.add("tenure", "new_id")
        zero = f'new_id("{resource.prefix}")'
        if isinstance(field.max, int) and field.max < 26 + len(resource.prefix) + 1:
            zero = f"{zero}[-{field.max}:]"
        annotation = "str"
    else:
        annotation = spelling.annotation(field, domain, imports)
        zero = spelling.zero(field, domain, imports)
    return Stub(
        call.function, annotation, zero, f"The {words} of a new {resource.label} that names none."
    )


# Store -------------------------------------------------------------------------------------------


def _store(resource: Resource, domain: Domain, creates: bool, updates: bool) -> dict[str, object]:
    imports = Imports(domain.name)
    imports.add("tenure", "ResourceManager")
    imports.add(".", "models", "tables")
    writes = creates or updates
    if writes:
        imports.add(".", "rules")
    if writes or resource.workflow:
        imports.add("tenure", "Actor", "Storage", "Stored")
    filled = _filled(resource, domain, imports, creates, updates) if writes else []
    if updates:
        imports.add("tenure.http", "Patching")
    moves = [_move(t, resource) for t in _transitions(resource)]
    if moves:
        imports.add("tenure.workflow", "moves")
        imports.add(f"{domain.name}.types", _state(resource).type.name)
    if resource.references:
        imports.add("tenure", "Reference")
    if blob_fields(resource):
        imports.add("tenure", "BlobField")
    if resource.keep.days is not None:
        imports.add("datetime", "timedelta")
    indexed = [
        Entry(column.key, spelling.expression(column, resource.singular))
        for column in resource.columns
    ]
    indexed += [Entry(t.field.name, f"{resource.singular}.{t.field.name}") for t in resource.lists]
    if resource.searched:
        imports.add("tenure.search", "searchable")
        indexed.append(Entry("search", _searchable(resource)))
    return {
        "store_imports": imports.lines(),
        "store_summary": _store_summary(resource, creates, updates),
        "indexed": indexed,
        "manager": _manager(resource, domain),
        "filled": filled,
        "refilled": [entry for entry in filled if entry.on_update is not None],
        "create_doc": _create_doc(resource),
        "update_doc": _update_doc(resource),
        "kept_note": "what clients do not decide stays" if filled else None,
    }


def _store_summary(resource: Resource, creates: bool, updates: bool) -> str:
    verbs = ["created"] * creates + ["changed"] * updates
    verbs += ["published"] * ("publish" in resource.actions) + ["found"]
    said = verbs[0] if len(verbs) == 1 else f"{', '.join(verbs[:-1])} and {verbs[-1]}"
    return f"{said}. Every change is a revision."


def _create_doc(resource: Resource) -> str:
    if resource.drafts:
        return f"Create {a(resource.label)}: a draft, until it is published."
    if resource.workflow:
        return f"Create {a(resource.label)}; it starts out {resource.workflow.initial}."
    return f"Create {a(resource.label)}."


def _update_doc(resource: Resource) -> str:
    if resource.drafts:
        return "a new draft revision; readers go on seeing the published one"
    return "a new revision, unless somebody else changed it first"


def _searchable(resource: Resource) -> str:
    def spelled(path: tuple[str, ...]) -> str:
        return ".".join([resource.singular, *path])

    return f"searchable({', '.join(spelled(path) for path in resource.searched)})"


def _manager(resource: Resource, domain: Domain) -> list[str]:
    plural, singular = resource.plural, resource.singular
    lines = [
        f"model=models.{resource.name}",
        f"table=tables.{plural}",
        f"revisions=tables.{singular}_revisions",
        "index=indexed",
        f'prefix="{resource.prefix}"',
    ]
    if resource.label != singular:
        lines.append(f'label="{resource.label}"')
    if resource.lists:
        entries = ", ".join(f'"{t.field.name}": tables.{t.table}' for t in resource.lists)
        lines.append(f"lists={{{entries}}}")
    if resource.references:
        spelled = ", ".join(_reference(r, domain) for r in resource.references)
        lines.append(f"references=({spelled},)")
    if resource.drafts:
        lines.append("drafts=True")
    if resource.owner:
        lines.append(f'owner="{resource.owner}"')
    immutable = [field.name for field in resource.fields if field.immutable]
    if immutable:
        lines.append(f"immutable={names(immutable)}")
    if resource.secret:
        lines.append(f"secret={names(secret_paths(resource.fields, domain))}")
    if blob_fields(resource):
        lines.append(f"blobs={{{', '.join(blobs.rules(resource))}}}")
    if isinstance(resource.keep.revisions, int):
        lines.append(f"keep={resource.keep.revisions}")
    if resource.keep.days is not None:
        lines.append(f"keep_for=timedelta(days={resource.keep.days})")
    return lines


def _reference(reference: Reference, domain: Domain) -> str:
    path = ".".join(reference.path)
    pin = ", pin=True" if reference.pin else ""
    target = next(r for r in domain.resources if r.name == reference.to)
    return f'Reference("{path}", to="{target.singular}", on_delete="{reference.on_delete}"{pin})'


def _filled(
    resource: Resource, domain: Domain, imports: Imports, creates: bool, updates: bool
) -> list[Filled]:
    entries: list[Filled] = []
    for field in resource.fields:
        name = field.name
        if name == resource.owner:
            kept = f"handed_over(body.{name}, current.{name}, own=own)"
            imports.add("tenure.access", *["owned_by"] * creates, *["handed_over"] * updates)
            entries.append(Filled(name, f"owned_by(body.{name}, by=by, own=own)", kept))
        elif isinstance(field.default, Call):
            call = f"await rules.{field.default.function}(storage=storage)"
            entries.append(Filled(name, _or(field, call), _or(field, f"current.{name}")))
        elif resource.workflow and name == resource.workflow.field:
            if creates:
                imports.add(f"{domain.name}.types", field.type.name)
            entries.append(Filled(name, f"{field.type.name}.{resource.workflow.initial}", None))
        elif field.computed:
            call = f"await rules.{name}(body, storage=storage)"
            entries.append(Filled(name, call, call))
    return entries


def _or(field: Field, otherwise: str) -> str:
    """What the body says, else something else; of text, an empty one says nothing."""
    if field.type.kind == "scalar" and field.type.name in ("string", "text", "email", "url"):
        return f"body.{field.name} or {otherwise}"
    return f"body.{field.name} if body.{field.name} is not None else {otherwise}"


# Workflow and access -----------------------------------------------------------------------------


def _transitions(resource: Resource) -> tuple[Transition, ...]:
    """The transitions that somebody may make; for the others there is no route."""
    moves = resource.workflow.transitions if resource.workflow else ()
    everything = any(grant.everything for grant in resource.grants)
    return tuple(move for move in moves if move.allow or everything)


def _state(resource: Resource) -> Field:
    assert resource.workflow is not None  # noqa: S101 - the caller asked
    return next(f for f in resource.fields if f.name == resource.workflow.field)


def _move(move: Transition, resource: Resource) -> Move:
    state = _state(resource)
    sources = [f"{state.type.name}.{name}" for name in move.sources]
    said = " or ".join(move.sources)
    return Move(
        name=move.name,
        path=move.name.replace("_", "-"),
        doc=move.description or f"Move {a(resource.label)} from {said} to {move.target}.",
        field=state.name,
        sources=f"[{', '.join(sources)}]",
        target=f"{state.type.name}.{move.target}",
        source_names=move.sources,
        target_name=move.target,
    )


def grants(resource: Resource, constants: dict[str, str], used: set[str]) -> list[str]:
    """The policy lines of a resource: `allow`, with the workflow's transitions sorted in."""
    table: dict[tuple[str, bool], list[str]] = {}
    every = {grant.who for grant in resource.grants if grant.everything and not grant.own}
    for grant in resource.grants:
        who = "signed_in" if grant.who == "owner" else grant.who
        table.setdefault((who, grant.own or grant.who == "owner"), []).extend(grant.actions)
    for move in _transitions(resource):
        for who in dict.fromkeys((*move.allow, *sorted(every))):
            key = ("signed_in", True) if who == "owner" else (who, False)
            table.setdefault(key, []).append(move.name)
    return [_grant(who, own, actions, constants, used) for (who, own), actions in table.items()]


def _grant(
    who: str, own: bool, actions: list[str], constants: dict[str, str], used: set[str]
) -> str:
    function = "own" if own else "may"
    used.add(function)
    spelled = constants.get(who, quoted(who))
    return f"{function}({spelled}, {', '.join(quoted(a) for a in dict.fromkeys(actions))})"


def _links(resource: Resource) -> list[str]:
    """The operations that a document leads on to."""
    following = {"read": "get", "update": "update", "publish": "publish", "delete": "delete"}
    return [f"{resource.singular}_{verb}" for a, verb in following.items() if a in resource.actions]


# Routes ------------------------------------------------------------------------------------------


def _router(resource: Resource, domain: Domain) -> dict[str, object]:
    imports = Imports(domain.name)
    actions = set(resource.actions)
    changes = actions & {"update", "delete", "publish", "restore"} or _transitions(resource)
    answers = actions & {"create", "read", "update", "publish", "restore", "history", "delete"}
    http = {"Router", "problems"} | ({"answer"} if answers or _transitions(resource) else set())
    imports.add("fastapi", "Response")
    imports.add(domain.name, "access")
    imports.add(f"{domain.name}.access", "ActorDep")
    imports.add(f"{domain.name}.database", "StorageDep")
    imports.add(".", "models", "store")
    if changes:
        http.add("IfMatch")
    if "read" in actions:
        http |= {"Listing", "Reading", "listing"}
    if actions & {"read", "history"}:
        imports.add("fastapi", "Request")
        http |= {"parameters", "query_parameters"}
    if "update" in actions:
        http |= {"Patch", "patch_body"}
    if "history" in actions:
        http |= {"Difference", "HistoryPage", "Revisions", "differences", "history"}
    if actions & {"history", "restore"}:
        http.add("RevisionNumber")
    if blob_fields(resource) and "read" in actions:
        http |= {"Viewing", "blob_answers", "delivered"}
    if blob_fields(resource) and "update" in actions:
        imports.add("fastapi", "Request")
        http |= {"blob_body", "incoming"}
    if "create" in actions and _links(resource):
        http.add("links")
    imports.add("tenure.http", *http)
    return {
        "blobs": blob_routes(resource),
        "router_imports": imports.lines(),
        "links": _links(resource),
        "secret": resource.secret,
    }

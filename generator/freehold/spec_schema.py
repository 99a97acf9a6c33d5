"""The spec language as JSON Schema, with a project's own type names, so that editors complete them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from freehold import language
from freehold.domain import Domain

__all__ = ["spec_schema", "spec_schema_text"]

Schema = dict[str, Any]

LOWER: Final = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
OPTIONAL: Final = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*\??$"
UPPER: Final = "^[A-Z][A-Za-z0-9]*$"
SPAN: Final = r"^[0-9]+(\.[0-9]+)? ?(ms|s|m|h|d|w)$"
TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 1}
REASON: Final[Schema] = {"type": ["boolean", "string"]}
NAMES: Final[Schema] = {"type": "array", "items": TEXT, "uniqueItems": True}
NAME_OR_NAMES: Final[Schema] = {"oneOf": [TEXT, NAMES]}
BOUND: Final[Schema] = {"type": ["number", "string"]}
SPAN_TEXT: Final[Schema] = {"type": "string", "pattern": SPAN}

FIELD_KEYS: Final[dict[str, tuple[str, Schema]]] = {
    "type": ("What it is: a built-in type, one of yours, or a list of one: [T].", {}),
    "min": ("The least value; of a text or a list the least length.", BOUND),
    "max": ("The greatest value; of a text or a list the greatest length.", BOUND),
    "pattern": ("A regular expression the text matches.", TEXT),
    "digits": ("All digits of a decimal.", COUNT),
    "places": ("The digits of a decimal behind the point.", {"type": "integer", "minimum": 0}),
    "default": ("The value when none is given, or the name() of a function in rules.py.", {}),
    "unique": ("No two have the same.", FLAG),
    "index": ("Lists can be filtered by it; of a value, by the parts listed.", {}),
    "search": ("`q=` looks in it.", FLAG),
    "immutable": ("Never changes once it is created.", FLAG),
    "secret": ("Written, never shown.", FLAG),
    "computed": ("Worked out by a function in rules.py, never sent.", FLAG),
    "pin": ("A reference that remembers the revision.", FLAG),
    "on_delete": ("What happens when the other one is deleted.", {"enum": [*language.ON_DELETE]}),
    "accept": ("The media types a blob may have.", NAME_OR_NAMES),
    "max_size": ("The most bytes of a blob, like 5 MiB.", {"type": ["integer", "string"]}),
    "was": ("Its former name: the stored data is renamed.", TEXT),
    "drop": ("It goes, with its data.", FLAG),
    "deprecated": ("It will go; true, or the reason.", REASON),
    "title": ("What people call it.", {"type": ["string", "number"]}),
    "description": ("A sentence for the documentation.", TEXT),
    "example": ("A value to show, and to test with.", {}),
}


def spec_schema(domain: Domain | None) -> Schema:
    """The JSON Schema of a spec; with a domain, its own names are the ones that are offered."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A Freehold spec",
        "type": "object",
        "required": ["spec", "name"],
        "additionalProperties": False,
        "properties": _top(),
        "definitions": {
            "type": _type(domain),
            "field": _field(),
            "fields": _map(OPTIONAL, {"$ref": "#/definitions/field"}),
            "enum": _enum(),
            "value": _value(),
            "union": _union(),
            "resource": _resource(domain),
            "job": _job(domain),
        },
    }


def spec_schema_text(domain: Domain | None) -> str:
    """The same as the text of a file."""
    return json.dumps(spec_schema(domain), indent=2) + "\n"


def _top() -> Schema:
    def section(name: str) -> Schema:
        return _map(UPPER, {"$ref": f"#/definitions/{name}"})

    return {
        "spec": {"const": 1, "description": "The version of this language."},
        "name": _told("The project's folder and package.", {"type": "string", "pattern": LOWER}),
        "title": _told("What people call the project.", TEXT),
        "description": _told("A sentence about the project.", TEXT),
        "include": _told("More files of this spec, like orders/*.yaml.", NAME_OR_NAMES),
        "roles": _told(
            "Who there is, and what they are.", _map(LOWER, {"type": ["string", "null"]})
        ),
        "enums": _told("Types with a few values.", section("enum")),
        "values": _told("Types made of fields, without an id of their own.", section("value")),
        "unions": _told("Types that are one of several variants.", section("union")),
        "resources": _told("What is kept, each as a timeline of revisions.", section("resource")),
        "jobs": _told("Work that is done in the background.", section("job")),
    }


def _type(domain: Domain | None) -> Schema:
    own: Schema = {"type": "string", "pattern": UPPER}
    if domain is not None:
        names = [one.name for one in domain.enums] + [one.name for one in domain.values]
        names += [one.name for one in domain.unions] + [one.name for one in domain.resources]
        own = {"enum": names}
    one = {"anyOf": [{"enum": [*language.SCALARS]}, own]}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": 1}
    return {"anyOf": [one, many]}


def _field() -> Schema:
    keys = {key: _told(text, schema) for key, (text, schema) in FIELD_KEYS.items()}
    keys["type"]["allOf"] = [{"$ref": "#/definitions/type"}]
    keys["index"] = _told(FIELD_KEYS["index"][0], {"oneOf": [FLAG, NAMES]})
    return {"anyOf": [{"$ref": "#/definitions/type"}, _object(keys, ["type"])]}


def _enum() -> Schema:
    member = _object({"title": TEXT, "was": TEXT}, [])
    members = {
        "anyOf": [
            {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
            {
                "type": "object",
                "additionalProperties": {"anyOf": [{"type": ["string", "null"]}, member]},
            },
        ]
    }
    long = {"members": members, "description": TEXT, "was": TEXT, "deprecated": REASON}
    return {"anyOf": [_object(long, ["members"]), *members["anyOf"]]}


def _value() -> Schema:
    fields = {"$ref": "#/definitions/fields"}
    long = {"fields": fields, "description": TEXT, "was": TEXT, "deprecated": REASON}
    return {"anyOf": [_object(long, ["fields"]), fields]}


def _union() -> Schema:
    fields = {"$ref": "#/definitions/fields"}
    long = _object({"fields": fields, "was": TEXT}, ["fields"])
    variant = {"anyOf": [{"type": "null"}, long, fields]}
    keys = {
        "tag": _told(
            "The key that tells the variants apart.", {"type": "string", "pattern": LOWER}
        ),
        "of": _told("The variants, each with its fields.", _map(LOWER, variant)),
        "description": TEXT,
        "was": TEXT,
        "deprecated": REASON,
    }
    return _object(keys, ["tag", "of"])


def _resource(domain: Domain | None) -> Schema:
    lists = {"type": "array", "items": {**NAMES, "minItems": 1}}
    keep = _object(
        {
            "revisions": {"anyOf": [{"const": "all"}, COUNT]},
            "days": {"anyOf": [COUNT, SPAN_TEXT]},
        },
        [],
    )
    keys = {
        "description": _told("A sentence about it.", TEXT),
        "display": _told("The field that stands for the whole.", TEXT),
        "plural": _told("Its plural, where English has another.", TEXT),
        "id": _told(
            "What its ids begin with.", {"type": "string", "pattern": "^[a-z][a-z0-9]{0,11}$"}
        ),
        "drafts": _told("Readers see what was published, while a draft is open.", FLAG),
        "owner": _told("The field that holds the id of the account it belongs to.", TEXT),
        "fields": _told("What it is made of.", {"$ref": "#/definitions/fields"}),
        "unique": _told("Fields that are unique together.", lists),
        "indexes": _told("Fields that are looked up together.", lists),
        "workflow": _told("States, and what moves from one to the next.", _workflow(domain)),
        "keep": _told("How much history is kept.", keep),
        "allow": _told("Who may do what; who is not listed may do nothing.", _allow(domain)),
        "was": _told("Its former name: the stored data is renamed.", TEXT),
        "deprecated": _told("It will go; true, or the reason.", REASON),
    }
    return _object(keys, ["fields"])


def _allow(domain: Domain | None) -> Schema:
    some: Schema = {
        "type": "array",
        "items": {"enum": [*language.ACTIONS]},
        "minItems": 1,
        "uniqueItems": True,
    }
    what = {"anyOf": [{"const": "all"}, some]}
    return {
        "type": "object",
        "propertyNames": _who(domain),
        "additionalProperties": {"anyOf": [*what["anyOf"], _object({"own": what}, ["own"])]},
    }


def _who(domain: Domain | None) -> Schema:
    if domain is None:
        return {"type": "string", "pattern": LOWER}
    return {"enum": ["anyone", "signed_in", "owner", *(role.name for role in domain.roles)]}


def _workflow(domain: Domain | None) -> Schema:
    who = _who(domain)
    transition = _object(
        {
            "from": _told("The states it starts from.", NAME_OR_NAMES),
            "to": _told("The state it leads to.", TEXT),
            "allow": _told(
                "Who may do it.",
                {"anyOf": [who, {"type": "array", "items": who, "uniqueItems": True}]},
            ),
            "description": TEXT,
        },
        ["from", "to"],
    )
    keys = {
        "field": _told("The field that holds the state, an enum.", TEXT),
        "initial": _told("The state it begins with.", TEXT),
        "transitions": _map(LOWER, transition),
    }
    return _object(keys, ["field", "initial", "transitions"])


def _job(domain: Domain | None) -> Schema:
    after: Schema = {"type": "string", "pattern": r"^[A-Z][A-Za-z0-9]*\.[a-z][a-z0-9_]*$"}
    if domain is not None:
        after = {"enum": [*_events(domain)]}
    retry = _object(
        {
            "times": _told("How often it is tried again.", COUNT),
            "wait": _told("How long to wait before.", SPAN_TEXT),
            "backoff": {"enum": [*language.BACKOFF]},
        },
        ["times", "wait"],
    )
    keys = {
        "description": _told("A sentence about it.", TEXT),
        "after": _told("What sets it off, like Order.pay.", after),
        "schedule": _told("When it runs: minute hour day month weekday.", TEXT),
        "input": {"$ref": "#/definitions/fields"},
        "result": {"$ref": "#/definitions/fields"},
        "once_per": _told("Inputs for which it runs only once.", NAME_OR_NAMES),
        "retry": retry,
        "timeout": _told("How long it may take.", SPAN_TEXT),
        "was": _told("Its former name.", TEXT),
    }
    return _object(keys, [])


def _events(domain: Domain) -> Iterable[str]:
    for resource in domain.resources:
        moves = resource.workflow.transitions if resource.workflow else ()
        yield from (f"{resource.name}.{move.name}" for move in moves)
        for event in language.EVENTS:
            if event != "publish" or resource.drafts:
                yield f"{resource.name}.{event}"


def _told(text: str, schema: Schema) -> Schema:
    return {"description": text, **schema}


def _map(names: str, schema: Schema) -> Schema:
    return {
        "type": "object",
        "patternProperties": {names: schema},
        "additionalProperties": False,
    }


def _object(properties: Schema, required: list[str]) -> Schema:
    found: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return {**found, "required": required} if required else found

"""Reads one resource: its names, its fields, and what is said about all of them together."""

from __future__ import annotations

import re
from typing import Literal

from freehold.complaints import did_you_mean
from freehold.domain import Field, Keep, Resource
from freehold.language import ACTIONS, KEEP_KEYS, RESOURCE_KEYS, words
from freehold.resolve import names, shapes, taken
from freehold.resolve.access import AccessReader
from freehold.resolve.columns import Asked, ColumnReader
from freehold.resolve.fields import FieldReader, Fields
from freehold.resolve.reading import DURATION, SECONDS, Reader
from freehold.resolve.shared import Types
from freehold.spec import Entry, Node, Scalar

LONGEST_PREFIX = 12  # with it an id has at most 39 characters, and its columns hold 40
PREFIX = re.compile(r"[a-z][a-z0-9]{0,11}\Z")
SHOWN = words("string text int decimal date time datetime email url uuid float duration")


class ResourceReader:
    def __init__(self, fields: FieldReader, types: Types) -> None:
        self.fields = fields
        self.reader: Reader = fields.reader
        self.add = fields.add
        self.types = types

    def resource(self, entry: Entry) -> Resource:
        name = entry.key.text
        what = f"the resource {name}"
        keys = self.reader.keys(
            entry.value, RESOURCE_KEYS, what, f"{name}: {{fields: {{title: string}}}}"
        )
        singular = names.snake(name)
        plural = self.plural(keys.get("plural"), entry, singular)
        drafts = self.reader.flag(keys.get("drafts"), "`drafts`")
        fields = self.fields.fields(keys.get("fields"), what, "resource", singular)
        if not fields.written:
            hint = f"like this: `{name}: {{fields: {{title: string}}}}`"
            self.add("F080", entry.key.place, f"{what} has no fields", hint)
        owner = self.owner(keys.get("owner"), fields)
        access = AccessReader(self.reader, self.types, name)
        workflow = access.workflow(keys.get("workflow"), fields, owner)
        grants = access.grants(keys.get("allow"), drafts, owner)
        found = ColumnReader(self.reader, self.types, name, plural).read(
            fields,
            Asked(
                owner,
                workflow.field if workflow else None,
                keys.get("indexes"),
                keys.get("unique"),
            ),
        )
        granted = {action for grant in grants for action in grant.actions}
        return Resource(
            name=name,
            singular=singular,
            plural=plural,
            path=plural.replace("_", "-"),
            label=singular.replace("_", " "),
            labels=plural.replace("_", " "),
            prefix=self.prefix(keys.get("id"), singular),
            description=self.reader.text(keys.get("description"), "`description`"),
            display=self.display(keys.get("display"), fields),
            drafts=drafts,
            owner=owner,
            fields=fields.kept,
            dropped=fields.dropped,
            columns=found.columns,
            searched=found.searched,
            lists=found.lists,
            indexes=found.indexes,
            filters=found.filters,
            references=self.types.references(fields.kept),
            workflow=workflow,
            keep=self.keep(keys.get("keep"), name),
            grants=grants,
            actions=tuple(action for action in ACTIONS if action in granted),
            secret=shapes.is_secret(fields.kept, self.types.secret),
            was=shapes.former(self.reader, keys.get("was")),
            deprecated=self.reader.reason(keys.get("deprecated"), "`deprecated`"),
            place=entry.key.place,
        )

    def plural(self, node: Node | None, entry: Entry, singular: str) -> str:
        key = entry.key
        if singular in taken.SINGULARS or singular in taken.PYTHON:
            self.add(
                "F039",
                key.place,
                f"a resource cannot be called `{key.text}`: `{singular}` is a word of Python "
                "or of the code around it",
                f"try `{key.text}Record`, or a more telling name",
            )
        plural = names.plural(singular)
        place = key.place
        if isinstance(node, Scalar):
            place = node.place
            plural = node.text if self.reader.lower(node, "the plural of a resource") else plural
        elif node is not None:
            self.reader.text(node, "`plural`")
        if plural == singular:
            self.add(
                "F040",
                place,
                f"the plural of `{singular}` is the same word, and code has to tell them apart",
                f"write another: `plural: {singular}_items`",
            )
        elif plural in taken.PACKAGES or plural in taken.PYTHON or plural.startswith("tenure"):
            self.add(
                "F039",
                place,
                f"`{key.text}` would live in `{plural}`, and there is such a module or route already",
                f"write another plural: `plural: {plural}_list`",
            )
        return plural

    def prefix(self, node: Node | None, singular: str) -> str:
        default = singular.replace("_", "")[:LONGEST_PREFIX]
        text = self.reader.text(node, "`id`")
        if node is None or text is None:
            return default
        if PREFIX.match(text):
            return text
        self.add(
            "F041",
            node.place,
            f"ids cannot begin with `{text}`",
            "a prefix is a lower-case letter, then letters and digits, "
            f"at most {LONGEST_PREFIX} together: `id: prd`",
        )
        return default

    def named(self, node: Node | None, what: str, fields: Fields) -> Field | None:
        name = self.reader.text(node, what)
        if node is None or name is None:
            return None
        for field in fields.kept:
            if field.name == name:
                return field
        if any(field.name == name for field in fields.dropped):
            self.add("F075", node.place, f"`{name}` is dropped, and still used here")
        elif name not in fields.written:
            hint = did_you_mean(name, fields.entries)
            self.add("F090", node.place, f"there is no field `{name}` here", hint)
        return None

    def owner(self, node: Node | None, fields: Fields) -> str | None:
        field = self.named(node, "`owner`", fields)
        if field is None or node is None:
            # A misspelt owner is complained about once, not again at each `own`.
            return "" if node is not None else None
        if field.type.name != "string" or field.type.many:
            self.add(
                "F091",
                node.place,
                f"`{field.name}` cannot hold the owner: that is the id of an account, a string",
                f"like this: `{field.name}: {{type: string, max: 80, immutable: true}}`",
            )
        return field.name

    def display(self, node: Node | None, fields: Fields) -> str | None:
        field = self.named(node, "`display`", fields)
        if field is None or node is None:
            return None
        if (field.type.name not in SHOWN and field.type.kind != "enum") or field.type.many:
            self.add(
                "F092",
                node.place,
                f"`{field.name}` cannot stand for the whole: show a person one text or number",
            )
        elif field.secret:
            self.add("F092", node.place, f"`{field.name}` is secret, so it cannot be shown")
        return field.name

    def keep(self, node: Node | None, name: str) -> Keep:
        keys = self.reader.keys(node, KEEP_KEYS, f"`keep` of {name}", "keep: {revisions: 50}")
        written = keys.get("revisions")
        revisions: int | Literal["all"] = "all"
        if not (isinstance(written, Scalar) and written.text == "all"):
            revisions = self.reader.whole(written, "`revisions` (or `all`)", 1, 1_000_000) or "all"
        return Keep(revisions, self.days(keys.get("days")))

    def days(self, node: Node | None) -> int | None:
        if isinstance(node, Scalar) and (match := DURATION.match(node.text)):
            seconds = float(match[1]) * SECONDS[match[2]]
            if seconds >= SECONDS["d"] and seconds % SECONDS["d"] == 0:
                return int(seconds // SECONDS["d"])
            self.add(
                "F069",
                node.place,
                f"`days` counts whole days, and `{node.text}` is not",
                "like 90d",
            )
            return None
        return self.reader.whole(node, "`days`", 1, 36_500)

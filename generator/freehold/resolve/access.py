"""Reads `allow` and `workflow`: who may do what, and which state follows which."""

from __future__ import annotations

from freehold.complaints import did_you_mean
from freehold.domain import Action, Field, Grant, Transition, Workflow
from freehold.language import ACTIONS, TRANSITION_KEYS, WORKFLOW_KEYS
from freehold.resolve import taken
from freehold.resolve.fields import Fields
from freehold.resolve.reading import Reader
from freehold.resolve.shared import Types
from freehold.spec import Entry, Map, Node, Scalar, Seq

ANYBODY = ("anyone", "signed_in", "owner")
EXAMPLE = "staff: [read, update]"


class AccessReader:
    def __init__(self, reader: Reader, types: Types, resource: str) -> None:
        self.reader = reader
        self.add = reader.add
        self.types = types
        self.resource = resource

    def who(self, word: Scalar, owner: str | None) -> bool:
        """Whether this names somebody; the owner only where there is one."""
        if word.text not in (*ANYBODY, *self.types.roles):
            self.add(
                "F100",
                word.place,
                f"there is no role `{word.text}`",
                did_you_mean(word.text, (*ANYBODY, *self.types.roles)),
                "roles are declared at the top: `roles: {staff: People who work here.}`",
            )
            return False
        if word.text == "owner" and owner is None:
            self.add(
                "F105",
                word.place,
                f"{self.resource} has no owner",
                "say which field holds the owner's id: `owner: account`",
            )
            return False
        return True

    def grants(self, node: Node | None, drafts: bool, owner: str | None) -> tuple[Grant, ...]:
        what = f"`allow` of {self.resource}"
        found = []
        for entry in self.reader.entries(node, what, EXAMPLE):
            if not self.who(entry.key, owner):
                continue
            grant = self.grant(entry, drafts, owner)
            if grant and grant.actions:
                found.append(grant)
        return tuple(found)

    def grant(self, entry: Entry, drafts: bool, owner: str | None) -> Grant | None:
        who, node = entry.key.text, entry.value
        own = who == "owner"
        if isinstance(node, Map):
            keys = self.reader.keys(node, ("own",), f"what `{who}` may do", "{own: [read]}")
            if "own" not in keys:
                return None
            own = True
            key, node = node.entries[0].key, keys["own"]
            if who == "anyone":
                self.add(
                    "F104",
                    key.place,
                    "`anyone` is not signed in, and so owns nothing",
                    "use `signed_in`",
                )
            elif owner is None:
                self.add(
                    "F103",
                    key.place,
                    f"`own` needs an owner, and {self.resource} has none",
                    "say which field holds the owner's id: `owner: account`",
                )
        everything = isinstance(node, Scalar) and node.text == "all"
        return Grant(who, self.actions(node, who, drafts), own, everything)

    def actions(self, node: Node, who: str, drafts: bool) -> tuple[Action, ...]:
        sensible = tuple(action for action in ACTIONS if drafts or action != "publish")
        if isinstance(node, Scalar) and node.text == "all":
            return sensible
        if (isinstance(node, Scalar) and node.value is None) or (
            isinstance(node, Seq) and not (node.items)
        ):
            self.add(
                "F106",
                node.place,
                f"`{who}` may do nothing",
                "list what they may do, or leave the line out: who is not listed may do nothing",
            )
            return ()
        found = set()
        for word in self.reader.words(node, f"what `{who}` may do", EXAMPLE):
            if word.text == "publish" and not drafts:
                self.add(
                    "F102",
                    word.place,
                    f"nothing of {self.resource} is ever published: it has no drafts",
                    "write `drafts: true`, or leave `publish` out",
                )
            elif word.text == "all":
                self.add("F101", word.place, "`all` stands alone", f"like this: `{who}: all`")
            elif word.text not in ACTIONS:
                hint = did_you_mean(word.text, ACTIONS)
                self.add("F101", word.place, f"there is no action `{word.text}`", hint)
            found.add(word.text)
        return tuple(action for action in sensible if action in found)

    def workflow(self, node: Node | None, fields: Fields, owner: str | None) -> Workflow | None:
        what = f"the workflow of {self.resource}"
        if node is None:
            return None
        keys = self.reader.keys(node, WORKFLOW_KEYS, what, "field: status")
        for key in WORKFLOW_KEYS:
            if key not in keys and not (isinstance(node, Map) and node.get(key)):
                example = {"field": "field: status", "initial": "initial: placed"}
                hint = example.get(key, "transitions: {pay: {from: placed, to: paid}}")
                self.add("F022", node.place, f"{what} has no `{key}`", f"like this: `{hint}`")
        if "field" not in keys:
            return None
        field = self.state(keys["field"], fields)
        members = self.members(field)
        initial = self.member(keys.get("initial"), members, "`initial`")
        transitions = []
        entries = self.reader.entries(
            keys.get("transitions"), "`transitions`", "pay: {from: placed, to: paid}"
        )
        for entry in entries:
            found = self.transition(entry, members, owner)
            if found:
                transitions.append(found)
        if not entries and "transitions" in keys:
            self.add("F099", keys["transitions"].place, f"{what} has no transitions")
        if field is None or initial is None:
            return None
        return Workflow(field.name, initial, tuple(transitions))

    def state(self, node: Node, fields: Fields) -> Field | None:
        """The field that holds the state."""
        name = self.reader.text(node, "`field`")
        if name is None:
            return None
        field = next((one for one in fields.kept if one.name == name), None)
        if field is None:
            if name not in fields.written:
                hint = did_you_mean(name, fields.entries)
                self.add("F090", node.place, f"there is no field `{name}` here", hint)
            return None
        if field.type.kind != "enum" or field.type.many or field.optional:
            self.add(
                "F096",
                node.place,
                f"`{name}` cannot hold a state: that is one member of an enum, and always there",
                f"like this: `{name}: OrderStatus`, with OrderStatus under `enums:`",
            )
            return None
        for key, used in (
            ("default", field.has_default),
            ("computed", field.computed),
            ("immutable", field.immutable),
            ("unique", field.unique),
        ):
            if used:
                self.add(
                    "F098",
                    field.place,
                    f"`{name}` is moved by the workflow, so it cannot have `{key}`",
                    "the workflow's `initial` is what it begins with" if key == "default" else None,
                )
        return field

    def members(self, field: Field | None) -> tuple[str, ...] | None:
        enum = self.types.enums.get(field.type.name) if field else None
        return tuple(member.name for member in enum.members) if enum else None

    def member(self, node: Node | None, members: tuple[str, ...] | None, what: str) -> str | None:
        name = self.reader.text(node, what)
        if node is None or name is None or members is None:
            return None
        if name not in members:
            self.add(
                "F097",
                node.place,
                f"{what}: there is no state `{name}`",
                did_you_mean(name, members),
            )
            return None
        return name

    def transition(
        self, entry: Entry, members: tuple[str, ...] | None, owner: str | None
    ) -> Transition | None:
        name = entry.key.text
        if not self.reader.lower(entry.key, "a transition"):
            return None
        if name in taken.VERBS or name in taken.PYTHON:
            self.add(
                "F048",
                entry.key.place,
                f"a transition cannot be called `{name}`, which every resource does already",
                f"try `{name}_{self.resource.lower()}`",
            )
        example = "pay: {from: placed, to: paid, allow: [staff]}"
        what = f"the transition `{name}`"
        keys = self.reader.keys(entry.value, TRANSITION_KEYS, what, example)
        for key in ("from", "to"):
            if key not in keys:
                self.add("F022", entry.key.place, f"{what} has no `{key}`", f"like {example}")
        sources = tuple(
            word.text
            for word in self.reader.words(keys.get("from"), "`from`", "from: [placed, paid]")
            if self.member(word, members, "`from`")
        )
        target = self.member(keys.get("to"), members, "`to`")
        allowed = tuple(
            word.text
            for word in self.reader.words(keys.get("allow"), "`allow`", "allow: [staff]")
            if self.who(word, owner)
        )
        description = self.reader.text(keys.get("description"), "`description`")
        if target is None or not sources:
            return None
        return Transition(name, sources, target, allowed, description, entry.key.place)

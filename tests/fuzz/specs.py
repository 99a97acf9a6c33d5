"""What authors do to a spec: random changes of each kind, on any spec."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable
from typing import Any

from freehold.resolve.names import plural

__all__ = ["CHANGES", "Spec", "Swap", "changed"]

Spec = dict[str, Any]
Swap = tuple[str, str]
"""A name, and what it is called from now on."""
Done = list[Swap] | None

SCALARS: tuple[dict[str, Any], ...] = (
    {"type": "string", "max": 70},
    {"type": "string", "max": 30, "index": True},
    {"type": "text", "search": True},
    {"type": "int", "min": 1, "index": True},
    {"type": "float"},
    {"type": "decimal", "digits": 8, "places": 2, "index": True},
    {"type": "bool", "default": False},
    {"type": "date", "index": True},
    {"type": "datetime"},
    {"type": "uuid"},
    {"type": "url"},
    {"type": "json"},
    {"type": ["string"], "max": 4},
    {"type": "blob", "max_size": "2 MiB"},
)


def changed(spec: Spec, kinds: list[str], seed: random.Random) -> tuple[Spec, list[Swap]] | None:
    """The spec with one change of each kind done to it, and what got another name; None where one has no place."""
    new = copy.deepcopy(spec)
    swaps: list[Swap] = []
    for kind in kinds:
        done = CHANGES[kind](new, seed)
        if done is None:
            return None
        swaps += done
    return new, swaps


def _bare(name: str) -> str:
    return name.removesuffix("?")


def _fields(owner: dict[str, Any]) -> dict[str, Any]:
    """The fields of a resource or a value, each as a map."""
    fields: dict[str, Any] = owner.get("fields", owner)
    for name, told in fields.items():
        if not isinstance(told, dict):
            fields[name] = {"type": told}
    return fields


def _resource(spec: Spec, seed: random.Random) -> dict[str, Any]:
    resources: dict[str, dict[str, Any]] = spec["resources"]
    return resources[seed.choice(list(resources))]


def _busy(resource: dict[str, Any]) -> set[str]:
    """Fields that something else in the resource names."""
    found = {str(resource.get("display")), str(resource.get("owner"))}
    found |= {name for names in resource.get("indexes", []) for name in names}
    found |= {name for names in resource.get("unique", []) for name in names}
    return found | {str(resource.get("workflow", {}).get("field"))}


def _placed(fields: dict[str, Any], name: str, told: Any, at: int) -> None:
    rows = list(fields.items())
    rows.insert(at, (name, told))
    fields.clear()
    fields.update(rows)


def _renamed(fields: dict[str, Any], old: str, new: str) -> None:
    rows = [(new if name == old else name, told) for name, told in fields.items()]
    fields.clear()
    fields.update(rows)


def _fresh(seed: random.Random) -> str:
    return seed.choice(["shade", "depth", "origin", "remark", "grade", "batch", "span"]) + str(
        seed.randrange(10, 99)
    )


def add_field(spec: Spec, seed: random.Random) -> Done:
    fields = _fields(_resource(spec, seed))
    told = copy.deepcopy(seed.choice(SCALARS))
    optional = "default" not in told and (told["type"] == "blob" or seed.random() < 0.6)
    name = _fresh(seed) + ("?" if optional else "")
    _placed(fields, name, told, seed.randint(0, len(fields)))
    return []


def _free(spec: Spec, seed: random.Random) -> tuple[dict[str, Any], str] | None:
    """A field of a resource that nothing else names, where more than one is left."""
    resource = _resource(spec, seed)
    fields = _fields(resource)
    free = [
        name
        for name, told in fields.items()
        if _bare(name) not in _busy(resource) and not told.get("computed")
        and "(" not in str(told.get("default"))
    ]  # fmt: skip
    return (fields, seed.choice(free)) if free and len(fields) > 2 else None


def remove_field(spec: Spec, seed: random.Random) -> Done:
    found = _free(spec, seed)
    if found is None:
        return None
    del found[0][found[1]]
    return []


def rename_field(spec: Spec, seed: random.Random) -> Done:
    found = _free(spec, seed)
    if found is None:
        return None
    fields, old = found
    new = _fresh(seed)
    fields[old] = {**fields[old], "was": _bare(old)}
    _renamed(fields, old, new + ("?" if old.endswith("?") else ""))
    return [(_bare(old), new)]


def tighten(spec: Spec, seed: random.Random) -> Done:
    fields = [f for r in spec["resources"].values() for f in _fields(r).values()]
    told = [f for f in fields if f["type"] in ("string", "int", "float") and not f.get("computed")]
    told = [f for f in told if "default" not in f and "pattern" not in f]
    if not told:
        return None
    one = seed.choice(told)
    if one["type"] == "string":
        one["max"] = seed.randint(20, 60)
    else:
        one["max"] = seed.randint(1000, 9000)
    return []


def optional(spec: Spec, seed: random.Random) -> Done:
    found = _free(spec, seed)
    if found is None or "default" in found[0][found[1]] or found[0][found[1]]["type"] == "blob":
        return None
    fields, name = found
    _renamed(fields, name, _bare(name) if name.endswith("?") else f"{name}?")
    return []


def add_entity(spec: Spec, seed: random.Random) -> Done:
    role = seed.choice(list(spec["roles"]))
    made = {
        "fields": {
            "label": {"type": "string", "max": 60, "search": True},
            "number": {"type": "int", "index": True},
            f"{_fresh(seed)}?": {"type": seed.choice(list(spec["resources"]))},
        },
        "allow": {"anyone": ["read"], role: "all"},
    }
    _placed(spec["resources"], f"Crate{seed.choice('ABCDEF')}", made, seed.randint(0, 3))
    return []


def _text(spec: Spec) -> str:
    return repr(spec)


def remove_entity(spec: Spec, seed: random.Random) -> Done:
    names = [n for n in spec["resources"] if len(re.findall(rf"\b{n}\b", _text(spec))) == 1]
    if not names or len(spec["resources"]) < 3:
        return None
    del spec["resources"][seed.choice(names)]
    return []


def rename_entity(spec: Spec, seed: random.Random) -> Done:
    old = seed.choice(list(spec["resources"]))
    new = seed.choice(["Parcel", "Folder", "Figure"]) + seed.choice("XYZ").lower() + "o"
    if spec["resources"][old].get("plural"):
        return None

    def carried(told: Any) -> Any:
        if isinstance(told, dict):
            return {name: carried(value) for name, value in told.items()}
        if isinstance(told, list):
            return [carried(value) for value in told]
        return re.sub(rf"^{old}\b", new, told) if isinstance(told, str) else told

    for part in ("values", "unions", "jobs"):
        if part in spec:
            spec[part] = carried(spec[part])
    for resource in spec["resources"].values():
        resource["fields"] = carried(resource["fields"])
    _renamed(spec["resources"], old, new)
    spec["resources"][new] = {"was": old} | {
        k: v for k, v in spec["resources"][new].items() if k != "was"
    }
    low_old, low_new = old.lower(), new.lower()
    return [(old, new), (plural(low_old), plural(low_new)), (low_old, low_new)]


def _members(spec: Spec, seed: random.Random) -> tuple[str, dict[str, Any]] | None:
    if not spec.get("enums"):
        return None
    name = seed.choice(list(spec["enums"]))
    members = spec["enums"][name]
    if isinstance(members, list):
        members = dict.fromkeys(members)
        spec["enums"][name] = members
    return name, members


def add_member(spec: Spec, seed: random.Random) -> Done:
    found = _members(spec, seed)
    if found is None:
        return None
    _placed(found[1], _fresh(seed), "A new one", seed.randint(0, len(found[1])))
    return []


def remove_member(spec: Spec, seed: random.Random) -> Done:
    found = _members(spec, seed)
    if found is None:
        return None
    rest = {k: v for k, v in spec.items() if k != "enums"}
    free = [m for m in found[1] if not re.search(rf"\b{m}\b", repr(rest))]
    if not free or len(found[1]) < 3:
        return None
    del found[1][seed.choice(free)]
    return []


def rename_member(spec: Spec, seed: random.Random) -> Done:
    found = _members(spec, seed)
    if found is None:
        return None
    rest = {k: v for k, v in spec.items() if k != "enums"}
    free = [m for m in found[1] if not re.search(rf"\b{m}\b", repr(rest))]
    if not free:
        return None
    old, new = seed.choice(free), _fresh(seed)
    found[1][old] = {"title": str(old).title(), "was": old}
    _renamed(found[1], old, new)
    return [(old, new)]


def _flag(key: str, types: tuple[str, ...]) -> Callable[[Spec, random.Random], Done]:
    def change(spec: Spec, seed: random.Random) -> Done:
        fields = [f for r in spec["resources"].values() for f in _fields(r).values()]
        fields = [f for f in fields if f["type"] in types and not f.get("computed")]
        if not fields:
            return None
        one = seed.choice(fields)
        if one.pop(key, None) is None:
            one[key] = True
        return []

    return change


def composite(spec: Spec, seed: random.Random) -> Done:
    resource = _resource(spec, seed)
    names = [
        _bare(name)
        for name, told in _fields(resource).items()
        if told["type"] in ("string", "int", "date", "bool") and not name.endswith("?")
    ]
    if len(names) < 2:
        return None
    resource.setdefault(seed.choice(["indexes", "unique"]), []).append(seed.sample(names, 2))
    return []


def allow(spec: Spec, seed: random.Random) -> Done:
    resource = _resource(spec, seed)
    roles = [role for role in spec["roles"] if role in resource["allow"]]
    actions = ["create", "read", "update", "delete", "restore", "history"]
    if not roles:
        resource["allow"][seed.choice(list(spec["roles"]))] = seed.sample(actions, 3)
    else:
        resource["allow"][seed.choice(roles)] = seed.sample(actions, seed.randint(1, 5))
    return []


def role(spec: Spec, seed: random.Random) -> Done:
    spec["roles"]["visitor"] = "Who only looks."
    _resource(spec, seed)["allow"]["visitor"] = ["read", "history"]
    return []


def transition(spec: Spec, seed: random.Random) -> Done:
    flows = [r["workflow"] for r in spec["resources"].values() if "workflow" in r]
    if not flows:
        return None
    flow = seed.choice(flows)
    steps = flow["transitions"]
    if seed.random() < 0.3 and len(steps) > 2:
        rest = repr(spec.get("jobs", {}))
        free = [name for name in steps if f".{name}" not in rest]
        del steps[seed.choice(free)]
        return []
    one = copy.deepcopy(seed.choice(list(steps.values())))
    _placed(steps, f"step{seed.randrange(10, 99)}", one, seed.randint(0, len(steps)))
    return []


def workflow(spec: Spec, seed: random.Random) -> Done:
    """A workflow where there was none, on an enum that is a field."""
    for resource in seed.sample(list(spec["resources"].values()), len(spec["resources"])):
        if "workflow" in resource:
            continue
        for name, told in _fields(resource).items():
            members = list(spec.get("enums", {}).get(str(told["type"]), []))
            if len(members) > 1 and not name.endswith("?") and "default" not in told:
                resource["workflow"] = {
                    "field": name,
                    "initial": members[0],
                    "transitions": {
                        "advance": {"from": members[0], "to": members[1], "allow": list(spec["roles"])[:1]},
                        "return_it": {"from": members[1], "to": members[0], "allow": list(spec["roles"])[:1]},
                    },
                }  # fmt: skip
                return []
    return None


def reference(spec: Spec, seed: random.Random) -> Done:
    fields = _fields(_resource(spec, seed))
    to = seed.choice(list(spec["resources"]))
    told = {"type": to, "on_delete": seed.choice(["restrict", "cascade", "set_null", "keep"])}
    _placed(fields, f"{_fresh(seed)}?", told, seed.randint(0, len(fields)))
    return []


def on_delete(spec: Spec, seed: random.Random) -> Done:
    fields = [
        told
        for r in spec["resources"].values()
        for told in _fields(r).values()
        if str(told["type"]) in spec["resources"]
    ]
    if not fields:
        return None
    seed.choice(fields)["on_delete"] = seed.choice(["restrict", "cascade", "keep"])
    return []


def drafts(spec: Spec, seed: random.Random) -> Done:
    resource = _resource(spec, seed)
    if resource.pop("drafts", None) is None:
        resource["drafts"] = True
        return []
    for role_, actions in resource["allow"].items():
        if isinstance(actions, list):
            resource["allow"][role_] = [a for a in actions if a != "publish"]
    return []


def keep(spec: Spec, seed: random.Random) -> Done:
    _resource(spec, seed)["keep"] = {"revisions": seed.choice(["all", 5, 50, "90d"])}
    return []


def description(spec: Spec, seed: random.Random) -> Done:
    if seed.random() < 0.2:
        spec["description"] = f"Another description, number {seed.randrange(99)}."
    else:
        _resource(spec, seed)[
            "description"
        ] = f"What is described anew, {seed.randrange(99)} times."
    return []


def field_description(spec: Spec, seed: random.Random) -> Done:
    fields = _fields(_resource(spec, seed))
    fields[seed.choice(list(fields))]["description"] = f"Described, {seed.randrange(99)} times."
    return []


def deprecated(spec: Spec, seed: random.Random) -> Done:
    fields = _fields(_resource(spec, seed))
    fields[seed.choice(list(fields))]["deprecated"] = "nobody asks for it"
    return []


def variant(spec: Spec, seed: random.Random) -> Done:
    if not spec.get("unions"):
        return None
    variants = seed.choice(list(spec["unions"].values()))["of"]
    _placed(variants, f"kind{seed.randrange(10, 99)}", {"reason": "string"}, seed.randint(0, 2))
    return []


def value_field(spec: Spec, seed: random.Random) -> Done:
    if not spec.get("values"):
        return None
    fields = seed.choice(list(spec["values"].values()))
    fields = fields.get("fields", fields)
    if seed.random() < 0.6:
        told = copy.deepcopy(seed.choice(SCALARS[4:7]))
        name = _fresh(seed) + ("" if "default" in told else "?")
        _placed(fields, name, {k: v for k, v in told.items() if k != "index"}, seed.randint(0, 2))
        return []
    texts = [f for f in fields.values() if isinstance(f, dict) and f["type"] == "string"]
    texts = [f for f in texts if "pattern" not in f and "default" not in f]
    if not texts:
        return None
    seed.choice(texts)["max"] = seed.randint(20, 60)
    return []


def value(spec: Spec, seed: random.Random) -> Done:
    """A value object more, and a field of it."""
    spec.setdefault("values", {})["Extent"] = {"width": {"type": "int", "min": 0}, "high?": "int"}
    fields = _fields(_resource(spec, seed))
    _placed(fields, f"{_fresh(seed)}?", {"type": "Extent"}, seed.randint(0, len(fields)))
    return []


TEXTS, COLUMNS = ("string", "text"), ("string", "int", "date", "bool", "float")
CHANGES: dict[str, Callable[[Spec, random.Random], Done]] = {
    **{
        one.__name__: one
        for one in (
            add_field, remove_field, rename_field, tighten, optional, add_entity, remove_entity,
            rename_entity, add_member, remove_member, rename_member, composite, allow, role, transition,
            workflow, reference, on_delete, drafts, keep, description, field_description, deprecated,
            variant, value_field, value,
        )
    },
    "index": _flag("index", COLUMNS),
    "unique": _flag("unique", ("string", "int")),
    "search": _flag("search", TEXTS),
}  # fmt: skip

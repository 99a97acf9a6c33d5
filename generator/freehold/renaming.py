"""What the spec renamed since the last run, said with `was:`; and what looks like it and is not said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from freehold import disk
from freehold.complaints import Complaints
from freehold.domain import Domain, Field, Resource, Type, Union, Value, Variant
from freehold.merge import Note
from freehold.merge.replay import Renames, Renaming, Tag, mentions, replayed
from freehold.merge.wording import reworded
from freehold.plan import Keep

__all__ = [
    "Carried",
    "carried",
    "moved",
    "paths",
    "removed",
    "renames",
    "replayed_on",
    "unsaid",
]

SOURCES = (".py", ".md", ".toml", ".sql", ".html", ".txt", ".json")

CLASSES = ("", "Base", "In", "Out", "Patch", "Query")


def renames(last: Domain, now: Domain) -> Renames:
    """Every name of the last run that is another one now."""
    fields = [
        Renaming(_classes(owner), field.was, field.name)
        for owner, before, fields in _owners(last, now)
        for field in fields
        if field.was in before and field.name not in before
    ]
    types, members = {}, []
    enums = {enum.name: enum for enum in last.enums}
    for enum in now.enums:
        before = enums.get(enum.was or "") or enums.get(enum.name)
        if enum.was in enums and enum.name not in enums:
            types[str(enum.was)] = enum.name
        for member in enum.members if before else ():
            known = {one.name for one in before.members} if before else set()
            if member.was in known and member.name not in known:
                members.append(Renaming((enum.name,), str(member.was), member.name))
    shapes: tuple[Value | Union, ...] = (*now.values, *now.unions)
    for value in shapes:
        known = {one.name for one in last.values} | {one.name for one in last.unions}
        if value.was in known and value.name not in known:
            types |= {f"{value.was}{end}": f"{value.name}{end}" for end in CLASSES}
    tags = []
    for key, was, variant in _variants(last, now):
        if was.class_name != variant.class_name:
            types |= {f"{was.class_name}{end}": f"{variant.class_name}{end}" for end in CLASSES}
        if was.tag != variant.tag:
            tags.append(Tag(_classes(variant.class_name), was.tag, variant.tag, key))
    resources = []
    for old, new in _resources(last, now):
        types |= {f"{old.name}{end}": f"{new.name}{end}" for end in CLASSES}
        resources.append((old, new))
    return Renames(now.name, tuple(fields), tuple(members), types, tuple(resources), tuple(tags))


def removed(last: Domain, now: Domain) -> Renames:
    """Every field and every member of an enum that the last run had and that is there no more."""
    fields = [
        Renaming(_classes(owner), name, name)
        for owner, before, after in _owners(last, now)
        for name in before.keys() - {field.name for field in after} - {f.was for f in after}
    ]
    enums = {enum.was or enum.name: enum for enum in now.enums} | {e.name: e for e in now.enums}
    members = [
        Renaming((enums[enum.name].name,), member.name, member.name)
        for enum in last.enums
        if enum.name in enums
        for member in enum.members
        if member.name not in {n for one in enums[enum.name].members for n in (one.name, one.was)}
    ]
    return Renames(now.name, tuple(fields), tuple(members))


def paths(found: Renames) -> dict[str, str]:
    """Folders of renamed resources: the old one to the new one."""
    folders = {}
    for old, new in found.resources:
        if old.plural != new.plural:
            folders[f"{found.package}/{old.plural}/"] = f"{found.package}/{new.plural}/"
            folders[f"tests/{old.plural}/"] = f"tests/{new.plural}/"
    return folders


def unsaid(last: Domain, now: Domain, texts: Mapping[str, str], folder: Path) -> None:
    """Refuse a field that goes while another of its type comes: guessing is how data is lost."""
    lines = {name: tuple(text.split("\n")) for name, text in texts.items()}
    complaints = Complaints(lines, folder)
    for owner, before, fields in _owners(last, now):
        dropped = {field.name for field in _dropped(now, owner)}
        here = {field.name for field in fields}
        said = {field.was for field in fields}
        gone = [field for name, field in before.items() if name not in here | said | dropped]
        come = [field for field in fields if field.name not in before and not field.was]
        for field in come:
            same = next((one for one in gone if one.type == field.type), None)
            if same is None:
                continue
            gone.remove(same)
            told = _written(field.type)
            complaints.add(
                "F076",
                field.place,
                f"`{same.name}` of {owner} is gone, and `{field.name}` of the same type has come",
                f"if it is the same field: `{field.name}: {{type: {told}, was: {same.name}}}`",
                f"if not, say that its data goes: `{same.name}: {{type: {told}, drop: true}}`",
            )
    complaints.raise_any()


def _written(type_: Type) -> str:
    return f"[{type_.name}]" if type_.many else type_.name


def _classes(owner: str) -> tuple[str, ...]:
    return tuple(f"{owner}{end}" for end in CLASSES)


def _resources(last: Domain, now: Domain) -> Iterator[tuple[Resource, Resource]]:
    before = {resource.name: resource for resource in last.resources}
    for resource in now.resources:
        if resource.was in before and resource.name not in before:
            yield before[str(resource.was)], resource


def _owners(last: Domain, now: Domain) -> Iterator[tuple[str, dict[str, Field], Sequence[Field]]]:
    """What has fields in both: its name now, its fields then by name, its fields now."""
    then = {one.name: one.fields for one in _with_fields(last)}
    for one in _with_fields(now):
        fields = then.get(one.name) or then.get(one.was or "")
        if fields is not None:
            yield one.name, {field.name: field for field in fields}, one.fields
    for _, old, new in _variants(last, now):
        yield new.class_name, {field.name: field for field in old.fields}, new.fields


def _dropped(now: Domain, owner: str) -> Sequence[Field]:
    variants = [(one.class_name, one.dropped) for union in now.unions for one in union.variants]
    found = dict(variants) | {one.name: one.dropped for one in _with_fields(now)}
    return found[owner]


def _with_fields(domain: Domain) -> tuple[Resource | Value, ...]:
    return (*domain.resources, *domain.values)


def _variants(last: Domain, now: Domain) -> Iterator[tuple[str, Variant, Variant]]:
    """The variants of unions that are in both, under whatever name: the union's key, then and now."""
    then = {union.name: union for union in last.unions}
    for union in now.unions:
        before = then.get(union.name) or then.get(union.was or "")
        known = {one.tag: one for one in before.variants} if before else {}
        for variant in union.variants:
            old = known.get(variant.tag) or known.get(variant.was or "")
            if old is not None:
                yield union.tag, old, variant


@dataclass(frozen=True, slots=True)
class Carried:
    """What the project holds once the renames are replayed on it, and what else that means."""

    held: disk.Held
    origins: Mapping[str, str]
    """Where a file of ours was before its resource got another name."""
    texts: Mapping[str, str]
    """The team's own files that a rename reaches, at the place where they shall be."""
    gone: tuple[str, ...]
    """Where the team's own files were that moved along with a resource."""
    seen: Mapping[str, str]
    notes: tuple[Note, ...]


def carried(
    root: Path,
    found: Renames,
    held: disk.Held,
    known: Mapping[str, Keep],
    tree: Mapping[str, str],
) -> Carried:
    """The renames replayed on what we wrote and on what the team has; `known` are the paths to come.

    `tree` are the texts to come, which say how we write our lines now.
    """
    if not found:
        return Carried(held, {}, {}, (), {}, ())
    return replayed_on(disk.others(root, [*known, *held.base], SOURCES), found, held, known, tree)


def replayed_on(
    own: Mapping[str, str],
    found: Renames,
    held: disk.Held,
    known: Mapping[str, Keep],
    tree: Mapping[str, str],
) -> Carried:
    """The same, where `own` are the team's own files."""
    folders = paths(found)
    mine, base = dict(held.mine), dict(held.base)
    origins: dict[str, str] = {}
    for path in held.base:
        place = moved(path, folders)
        if place != path and place in known and place not in held.mine:
            base[place] = base.pop(path)
            if path in mine:
                mine[place] = mine.pop(path)
                origins[place] = path
    notes: list[Note] = []
    for path, text in base.items():
        base[path] = replayed(origins.get(path, path), text, found)
        if path in mine:
            is_ours = mine[path] == text  # most files are as we wrote them: once is enough
            place = origins.get(path, path)
            mine[path] = base[path] if is_ours else replayed(place, mine[path], found)
            if known.get(path) is Keep.MERGED and path in tree and not is_ours:
                base[path], mine[path] = reworded(base[path], mine[path], tree[path], found)
            is_yours = known.get(path) is Keep.YOURS and not path.startswith("migrations/")
            if is_yours or mine[path] != base[path]:
                notes += mentions(path, mine[path], None if is_yours else base[path], found)
    texts: dict[str, str] = {}
    gone: list[str] = []
    for path, text in own.items():
        place, new = moved(path, folders), replayed(path, text, found)
        place = place if place not in held.mine else path
        if new != text or place != path:
            texts[place] = new
        if place != path:
            gone.append(path)
        if path.endswith(".py"):
            notes += mentions(place, new, None, found)
    return Carried(disk.Held(mine, base), origins, texts, tuple(gone), dict(own), tuple(notes))


def moved(path: str, folders: Mapping[str, str]) -> str:
    """Where a file is once its resource has its new name."""
    for old, new in folders.items():
        if path.startswith(old):
            return new + path.removeprefix(old)
    return path

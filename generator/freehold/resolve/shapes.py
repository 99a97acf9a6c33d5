"""Enums, values and unions: the types a team gives a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from freehold.domain import Enum, Field, Member, Union, Value, Variant
from freehold.language import ENUM_KEYS, MEMBER_KEYS, UNION_KEYS, VALUE_KEYS, VARIANT_KEYS
from freehold.resolve import names, taken
from freehold.resolve.fields import FieldReader
from freehold.resolve.reading import Reader
from freehold.spec import Entry, Map, Node, Scalar, Seq


def enum(reader: Reader, entry: Entry) -> Enum:
    name = entry.key.text
    node: Node | None = entry.value
    keys: Mapping[str, Node] = {}
    if isinstance(node, Map) and node.get("members") is not None:
        keys = reader.keys(node, ENUM_KEYS, f"the enum {name}", "members: [a, b]")
        node = keys.get("members")
    members = _members(reader, name, node)
    if not members and (not isinstance(node, Map | Seq) or not _length(node)):
        reader.add(
            "F080",
            entry.key.place,
            f"the enum {name} has no members",
            f"like this: `{name}: [first, second]`",
        )
    return Enum(
        name,
        members,
        reader.text(keys.get("was"), "`was`"),
        reader.reason(keys.get("deprecated"), "`deprecated`"),
        reader.text(keys.get("description"), "`description`"),
        entry.key.place,
    )


def _length(node: Map | Seq) -> int:
    return len(node.entries if isinstance(node, Map) else node.items)


def _members(reader: Reader, enum_name: str, node: Node | None) -> tuple[Member, ...]:
    found: dict[str, Member] = {}
    before: dict[str, str] = {}
    for key, told in _written(reader, node, enum_name):
        if key.text in found:
            reader.add(
                "F081", key.place, f"`{key.text}` is in the enum {enum_name} twice", "keep one"
            )
            continue
        if not reader.member(key, "an enum member"):
            continue
        if key.text.lower() in taken.PYTHON or key.text in taken.MEMBERS:
            reader.add(
                "F038",
                key.place,
                f"an enum member cannot be called `{key.text}`, which is a word of Python",
                f"try `{names.snake(enum_name)}_{key.text.lower()}`",
            )
        title, was = _told(reader, key.text, told)
        found[key.text] = Member(key.text, title, was, key.place)
        if was is not None:
            if was in before:
                reader.add("F074", key.place, f"`{was}` became `{before[was]}`, not `{key.text}`")
            before[was] = key.text
    for member in found.values():
        if member.was in found:
            reader.add(
                "F073",
                member.place,
                f"`{member.name}` was `{member.was}`, but `{member.was}` is still here",
                "a member that is renamed is written under its new name only",
            )
    return tuple(found.values())


def _written(reader: Reader, node: Node | None, enum_name: str) -> list[tuple[Scalar, Node | None]]:
    example = f"{enum_name}: [first, second]"
    if isinstance(node, Seq):
        found: list[tuple[Scalar, Node | None]] = []
        for item in node.items:
            if isinstance(item, Scalar):
                found.append((item, None))
            else:
                reader.wrong(item, "an enum member is a name", example)
        return found
    what = f"the enum {enum_name}"
    return [(entry.key, entry.value) for entry in reader.entries(node, what, example)]


def _told(reader: Reader, name: str, node: Node | None) -> tuple[str | None, str | None]:
    """The title and the former name of a member."""
    if isinstance(node, Map):
        keys = reader.keys(node, MEMBER_KEYS, f"the member `{name}`", "nuts: {title: Nuts}")
        was = keys.get("was")
        if isinstance(was, Scalar) and not names.MEMBER.match(was.text):
            reader.add("F030", was.place, f"`{was.text}` was never the name of a member")
            was = None
        return reader.text(keys.get("title"), "`title`"), reader.text(was, "`was`")
    if isinstance(node, Scalar) and node.value is None:
        return None, None
    return reader.text(node, f"the title of `{name}`"), None


def value(fields: FieldReader, entry: Entry) -> Value:
    name = entry.key.text
    node: Node | None = entry.value
    keys: Mapping[str, Node] = {}
    if isinstance(node, Map) and isinstance(node.get("fields"), Map):
        keys = fields.reader.keys(node, VALUE_KEYS, f"the value {name}", "fields: {amount: int}")
        node = keys.get("fields")
    read = fields.fields(node, f"the value {name}", "value", names.snake(name))
    if not read.written:
        fields.add(
            "F080",
            entry.key.place,
            f"the value {name} has no fields",
            f"like this: `{name}: {{amount: decimal}}`",
        )
    return Value(
        name=name,
        fields=read.kept,
        secret=False,
        was=former(fields.reader, keys.get("was")),
        deprecated=fields.reader.reason(keys.get("deprecated"), "`deprecated`"),
        description=fields.reader.text(keys.get("description"), "`description`"),
        place=entry.key.place,
        dropped=read.dropped,
    )


def union(fields: FieldReader, entry: Entry) -> Union:
    name = entry.key.text
    reader = fields.reader
    example = "tag: kind"
    keys = reader.keys(entry.value, UNION_KEYS, f"the union {name}", example)
    tag = keys.get("tag")
    if "tag" not in keys:
        reader.add(
            "F022",
            entry.key.place,
            f"the union {name} has no `tag`",
            "the tag is the key that tells the variants apart: `tag: kind`",
        )
    elif (
        isinstance(tag, Scalar)
        and reader.lower(tag, "the tag of a union")
        and (found := taken.by_whom(tag.text))
    ):
        reader.add(
            found[0],
            tag.place,
            f"a tag cannot be called `{tag.text}`, which is {found[1]}",
            f"try `{names.snake(name)}_{tag.text}`",
        )
    tag_name = reader.text(tag, "`tag`") or "kind"
    variants = tuple(
        _variant(fields, one, name, tag_name)
        for one in reader.entries(keys.get("of"), f"`of` of the union {name}", "of: {cash: {}}")
        if reader.lower(one.key, "a variant")
    )
    _variants_renamed(reader, keys.get("of"), variants)
    if not variants:
        reader.add(
            "F080",
            entry.key.place,
            f"the union {name} has no variants",
            "like this: `of: {card: {last4: string}, cash: {}}`",
        )
    return Union(
        name=name,
        tag=tag_name,
        variants=variants,
        secret=False,
        was=former(reader, keys.get("was")),
        deprecated=reader.reason(keys.get("deprecated"), "`deprecated`"),
        description=reader.text(keys.get("description"), "`description`"),
        place=entry.key.place,
    )


def _variant(fields: FieldReader, entry: Entry, union_name: str, tag: str) -> Variant:
    name = entry.key.text
    node: Node | None = entry.value
    was: str | None = None
    if isinstance(node, Map) and isinstance(node.get("fields"), Map):
        what = f"the variant `{name}`"
        keys = fields.reader.keys(node, VARIANT_KEYS, what, "fields: {last4: string}")
        node, told = keys.get("fields"), keys.get("was")
        was = fields.reader.text(told, "`was`")
        if told is not None and was is not None and not names.LOWER.match(was):
            fields.add("F030", told.place, f"`{was}` was never the name of a variant")
            was = None
    read = fields.fields(node, f"the variant `{name}`", "value", name)
    if tag in read.entries:
        fields.add(
            "F082",
            read.entries[tag].key.place,
            f"`{tag}` is the tag of {union_name}, so no field of it can have that name",
            f"call the field otherwise, or the tag: `tag: {tag}_of_{names.snake(union_name)}`",
        )
    return Variant(name, names.camel(name) + union_name, read.kept, False, read.dropped, was)


def _variants_renamed(reader: Reader, node: Node | None, variants: tuple[Variant, ...]) -> None:
    """A variant under its old name and its new one, or one that became two."""
    places = {one.key.text: one.key.place for one in node.entries} if isinstance(node, Map) else {}
    tags = {variant.tag for variant in variants}
    before: dict[str, str] = {}
    for variant in variants:
        if variant.was is None:
            continue
        place = places[variant.tag]
        if variant.was in tags:
            reader.add(
                "F073",
                place,
                f"`{variant.tag}` was `{variant.was}`, but `{variant.was}` is still here",
                "a variant that is renamed is written under its new name only",
            )
        other = before.setdefault(variant.was, variant.tag)
        if other != variant.tag:
            reader.add("F074", place, f"`{variant.was}` became `{other}`, not `{variant.tag}`")


def former(reader: Reader, node: Node | None) -> str | None:
    """The type's name before it was renamed."""
    text = reader.text(node, "`was`")
    if node is not None and text is not None and not names.UPPER.match(text):
        reader.add("F030", node.place, f"`{text}` was never the name of a type")
        return None
    return text


def with_secrets(
    values: Mapping[str, Value], unions: Mapping[str, Union]
) -> tuple[dict[str, Value], dict[str, Union]]:
    """The same, each marked when something inside it, at any depth, is secret."""
    secret: set[str] = set()
    parts = {name: one.fields for name, one in values.items()}
    for name, one in unions.items():
        parts[name] = tuple(field for variant in one.variants for field in variant.fields)
    while True:
        more = {
            name
            for name, fields in parts.items()
            if name not in secret and is_secret(fields, secret)
        }
        if not more:
            break
        secret |= more
    marked = {
        name: replace(
            one,
            secret=name in secret,
            variants=tuple(
                replace(variant, secret=is_secret(variant.fields, secret))
                for variant in one.variants
            ),
        )
        for name, one in unions.items()
    }
    return {name: replace(v, secret=name in secret) for name, v in values.items()}, marked


def is_secret(fields: tuple[Field, ...], secret: set[str]) -> bool:
    return any(
        field.secret or (field.type.kind in ("value", "union") and field.type.name in secret)
        for field in fields
    )

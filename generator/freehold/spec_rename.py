"""Renames something in a spec's text, with `was:` and with every reference, and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from freehold.spec import Entry, Map, Node, Scalar, Seq, Spec
from freehold.spec_edit import STEP, NotSafeError

__all__ = ["Found", "find", "listed", "renamed", "why_not"]

# Words for people, and names of the past: never a reference.
PROSE = frozenset(
    {"description", "title", "plural", "id", "default", "example", "was", "deprecated", "pattern"}
)
SECTIONS = ("resources", "values", "enums", "unions", "jobs")


@dataclass(frozen=True, slots=True)
class Found:
    """What a name leads to: its entry, and the entry of what it belongs to."""

    section: str
    owner: Entry
    part: Entry | None  # a field, a member or a variant; None when the owner itself was meant
    is_field_of_variant: bool = False

    @property
    def entry(self) -> Entry:
        return self.part or self.owner


@dataclass(frozen=True, slots=True)
class _Cut:
    file: str
    line: int
    column: int
    old: str
    new: str


def find(spec: Spec, name: str) -> Found | None:
    """`Product`, `Product.title`, `Kind.nuts`, `Payment.card`, `Payment.card.last4` or `SendReceipt`."""
    owner_name, *parts = name.split(".")
    for section in SECTIONS:
        node = spec.root.get(section)
        for owner in node.entries if isinstance(node, Map) else ():
            if owner.key.text != owner_name:
                continue
            part: Entry | None = None
            for depth, word in enumerate(parts):
                inside = _parts(section, owner) if part is None else _fields(part.value)
                is_deeper = depth == 0 or (section == "unions" and depth == 1)
                part = next((e for e in inside if e.key.text.rstrip("?") == word), None)
                if part is None or not is_deeper:
                    return None
            return Found(section, owner, part, len(parts) > 1)
    return None


def listed(spec: Spec, name: str, new: str) -> list[str]:
    """How an enum that is written as a list would say that a member was another one; [] for no such."""
    owner_name, _, part = name.partition(".")
    enums = {entry.key.text: entry.value for entry in _entries(spec.root.get("enums"))}
    node = enums.get(owner_name)
    node = node.get("members") or node if isinstance(node, Map) else node
    members = (
        [item.text for item in node.items if isinstance(item, Scalar)]
        if isinstance(node, Seq)
        else []
    )
    if part not in members:
        return []
    said = [f"  {new}: {{was: {part}}}" if one == part else f"  {one}:" for one in members]
    return [f"{owner_name}:", *said]


def why_not(spec: Spec, name: str) -> str | None:
    """Why something that the spec does name cannot be renamed by us; None when it names no such thing."""
    owner_name, _, part = name.partition(".")
    roles = spec.root.get("roles")
    if not part and any(e.key.text == name for e in _entries(roles)):
        return (
            f"{name} is a role: what is stored does not name it, but tokens do. Rename it in the spec "
            "by hand, everywhere it is allowed something, and give tokens with the new name"
        )
    owner = next(
        (e for e in _entries(spec.root.get("resources")) if e.key.text == owner_name), None
    )
    workflow = owner.value.get("workflow") if owner and isinstance(owner.value, Map) else None
    moves = workflow.get("transitions") if isinstance(workflow, Map) else None
    if any(e.key.text == part for e in _entries(moves)):
        return (
            f"{part} is a transition: what is stored does not name it. Rename it in the spec by hand; "
            f"its address and its function are new ones then. States are members of an enum: "
            f"`freehold rename OrderStatus.paid settled`"
        )
    return None


def _entries(node: Node | None) -> tuple[Entry, ...]:
    return node.entries if isinstance(node, Map) else ()


def _parts(section: str, owner: Entry) -> tuple[Entry, ...]:
    node = owner.value
    if not isinstance(node, Map) or section == "jobs":
        return ()
    if section == "unions":
        return _entries(node.get("of"))
    if section == "enums":
        inner = node.get("members")
        return (inner if isinstance(inner, Map) else node).entries
    return _fields(node)


def _fields(node: Node) -> tuple[Entry, ...]:
    """The fields of what is written in its long form or in its short one."""
    inner = node.get("fields") if isinstance(node, Map) else None
    return _entries(inner if isinstance(inner, Map) else node)


def renamed(spec: Spec, found: Found, new: str) -> dict[Path, str]:
    """The text of every file that changes. NotSafeError with the lines to write where it cannot."""
    old = found.entry.key.text.rstrip("?")
    optional = "?" if found.entry.key.text.endswith("?") else ""
    cuts = [_cut(found.entry.key, new + optional), *_was(spec, found, old, new)]
    if found.part is None:
        cuts += [_cut(one, _type(one.text, old, new)) for one in _types(spec.root, old)]
    else:
        cuts += [_cut(one, new) for one in _uses(spec, found, old)]
    return _applied(spec, cuts)


def _cut(scalar: Scalar, new: str) -> _Cut:
    return _Cut(scalar.place.file, scalar.place.line, scalar.place.column, scalar.text, new)


def _was(spec: Spec, found: Found, old: str, new: str) -> list[_Cut]:
    """Where `was: old` goes, in the way in which the entry is written."""
    node, key = found.entry.value, found.entry.key
    by_hand = NotSafeError([f"{new}: {{..., was: {old}}}"])
    is_fields = (found.section == "values" and found.part is None) or (
        found.section == "unions" and found.part is not None and not found.is_field_of_variant
    )
    is_long = isinstance(node, Map) and isinstance(node.get("fields"), Map)
    if isinstance(node, Map) and (is_long or not is_fields) and node.get("was") is not None:
        raise by_hand
    if is_fields and not is_long:
        return _long(spec, found.entry, old, by_hand)
    if isinstance(node, Map) and node.flow:
        line, column = node.end
        comma = ", " if node.entries else ""
        return [_Cut(node.place.file, line, column - 1, "}", f"{comma}was: {old}}}")]
    if isinstance(node, Map) and node.entries:
        first = node.entries[0].key
        margin = " " * (first.place.column - 1)
        return [_Cut(first.place.file, first.place.line, 1, "", f"{margin}was: {old}\n")]
    if isinstance(node, Scalar) and node.value is None and not node.text:
        place = key.place
        margin = " " * (place.column - 1 + STEP)
        return [_Cut(place.file, place.line + 1, 1, "", f"{margin}was: {old}\n")]
    if isinstance(node, Scalar) and found.part is not None:
        word = "title" if found.section == "enums" else "type"
        return [_cut(node, f"{{{word}: {node.text}, was: {old}}}")]
    if isinstance(node, Seq) and found.part is not None and len(node.items) == 1 and node.flow:
        item = node.items[0]
        if isinstance(item, Scalar):
            text = spec.lines[node.place.file][node.place.line - 1]
            held = text[node.place.column - 1 : node.end[1] - 1]
            place = node.place
            return [
                _Cut(place.file, place.line, place.column, held, f"{{type: {held}, was: {old}}}")
            ]
    raise by_hand


def _long(spec: Spec, entry: Entry, old: str, by_hand: NotSafeError) -> list[_Cut]:
    """`was: old` for what is written as its fields alone: they go one level deeper."""
    node = entry.value
    if not isinstance(node, Map) or (node.flow and node.end[0] != node.place.line):
        raise by_hand
    if node.flow:
        line, column = node.end
        place = node.place
        close = _Cut(place.file, line, column - 1, "}", f"}}, was: {old}}}")
        return [_Cut(place.file, place.line, place.column, "{", "{fields: {"), close]
    first = node.entries[0].key.place
    margin = " " * (first.column - 1)
    texts, (end, column) = spec.lines[first.file], node.end
    last = end if end <= len(texts) and texts[end - 1][: column - 1].strip() else end - 1
    start = entry.key.place.line + 1
    head = _Cut(first.file, start, 1, "", f"{margin}was: {old}\n{margin}fields:\n")
    lines = [line for line in range(start, last + 1) if texts[line - 1].strip()]
    deeper = [_Cut(first.file, line, 1, "", " " * STEP) for line in lines]
    return [*deeper, head]


def _types(node: Node, name: str, key: str = "") -> Iterator[Scalar]:
    """Wherever the spec says the name of a type, or of an event of a resource."""
    if isinstance(node, Scalar):
        if key not in PROSE and (node.text == name or node.text.startswith(f"{name}.")):
            yield node
    elif isinstance(node, Seq):
        for item in node.items:
            yield from _types(item, name, key)
    else:
        for entry in node.entries:
            yield from _types(entry.value, name, entry.key.text)


def _type(text: str, old: str, new: str) -> str:
    return new + text.removeprefix(old)


def _uses(spec: Spec, found: Found, name: str) -> Iterator[Scalar]:
    """Where a resource names a field of its own, or the spec a member of this enum."""
    if found.section == "enums":
        yield from _members(spec, found.owner.key.text, name)
    elif found.section == "values":
        yield from _indexed(spec, found.owner.key.text, name)
    elif isinstance(found.owner.value, Map):
        for key in ("display", "owner", "unique", "indexes", "workflow"):
            node = found.owner.value.get(key)
            node = node.get("field") if key == "workflow" and isinstance(node, Map) else node
            yield from _said(node, name)


def _indexed(spec: Spec, value: str, name: str) -> Iterator[Scalar]:
    """`index: [amount]` of a field that holds such a value."""
    for owner in _entries(spec.root.get("resources")):
        for field in _parts("resources", owner):
            if isinstance(field.value, Map):
                type_ = field.value.get("type")
                if type_ is not None and any(_said(type_, value)):
                    yield from _said(field.value.get("index"), name)


def _members(spec: Spec, enum: str, name: str) -> Iterator[Scalar]:
    """Defaults and states that are members of the enum."""
    resources = spec.root.get("resources")
    for entry in resources.entries if isinstance(resources, Map) else ():
        fields = {e.key.text.rstrip("?"): e.value for e in _parts("resources", entry)}
        of_enum = {key for key, node in fields.items() if any(_types(node, enum))}
        for key in of_enum:
            node = fields[key]
            if isinstance(node, Map):
                yield from _said(node.get("default"), name)
        workflow = entry.value.get("workflow") if isinstance(entry.value, Map) else None
        field = workflow.get("field") if isinstance(workflow, Map) else None
        if isinstance(workflow, Map) and isinstance(field, Scalar) and field.text in of_enum:
            yield from _said(workflow.get("initial"), name)
            moves = workflow.get("transitions")
            for move in moves.entries if isinstance(moves, Map) else ():
                if isinstance(move.value, Map):
                    yield from _said(move.value.get("from"), name)
                    yield from _said(move.value.get("to"), name)


def _said(node: Node | None, name: str) -> Iterator[Scalar]:
    if isinstance(node, Scalar) and node.text == name:
        yield node
    elif isinstance(node, Seq):
        for item in node.items:
            yield from _said(item, name)


def _applied(spec: Spec, cuts: list[_Cut]) -> dict[Path, str]:
    names = list(spec.lines)
    changed: dict[str, list[str]] = {}
    for cut in sorted(cuts, key=lambda one: (one.file, -one.line, -one.column)):
        lines = changed.setdefault(cut.file, list(spec.lines[cut.file]))
        if cut.line > len(lines):
            lines.append("")
        text = lines[cut.line - 1]
        start = cut.column - 1
        if not text.startswith(cut.old, start):
            raise NotSafeError([f"{cut.new.strip()}"])  # quoted, or over several lines
        lines[cut.line - 1] = text[:start] + cut.new + text[start + len(cut.old) :]
    result = {}
    for file, lines in changed.items():
        path = spec.files[names.index(file)]
        with path.open("rb") as opened:
            end = "\r\n" if b"\r\n" in opened.read() else "\n"
        result[path] = end.join("\n".join(lines).split("\n"))
    return result

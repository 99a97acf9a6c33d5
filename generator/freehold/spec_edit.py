"""Adds an entry to a spec's text where it belongs, and leaves every other character alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from freehold.spec import Entry, Map, Node, Scalar, Seq, Spec

__all__ = ["Edited", "NotSafeError", "add_field", "add_resource", "scalar"]

PLAIN = re.compile(r"[A-Za-z0-9_./+^][A-Za-z0-9_./+() -]*(?<! )\Z")
NULL = frozenset({"null", "Null", "NULL"})
STEP = 2


@dataclass(frozen=True, slots=True)
class Edited:
    path: Path  # of the file that changes: the spec or one it includes
    text: str
    line: int  # of the first line that is new


class NotSafeError(Exception):
    """The layout leaves no safe place; the lines are for the author to put there."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("no safe place")
        self.lines = lines


def scalar(text: str) -> str:
    """The text as YAML would read it back, with quotes only where it needs them."""
    if PLAIN.match(text) and text not in NULL:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text)


def add_resource(spec: Spec, name: str, fields: list[tuple[str, str]]) -> Edited:
    """Add a resource behind the last one, with a line for each field."""
    inner = [f"{' ' * STEP * 2}{field}: {written}" for field, written in fields]
    lines = [f"{name}:", f"{' ' * STEP}fields:", *inner]
    section = next((e for e in spec.root.entries if e.key.text == "resources"), None)
    if section is None:
        indented = [" " * STEP + line for line in lines]
        return _append(spec, ["", "resources:", *indented])
    flow = f"{name}: {{fields: {{{', '.join(f'{field}: {told}' for field, told in fields)}}}}}"
    return _into(spec, section, lines, flow)


def add_field(spec: Spec, owner: Entry, name: str, written: str) -> Edited:
    """Add a field to a resource, or to a value, behind its last one."""
    line = f"{name}: {written}"
    node = owner.value
    if isinstance(node, Map):
        for entry in node.entries:
            if entry.key.text == "fields" and not isinstance(entry.value, Seq):
                return _into(spec, entry, [line], line)
    return _into(spec, owner, ["fields:", " " * STEP + line], f"fields: {{{line}}}")


def add_part(spec: Spec, owner: Entry, name: str, written: str) -> Edited:
    """Add a field to a value that is written without `fields:`."""
    line = f"{name}: {written}"
    return _into(spec, owner, [line], line)


def _into(spec: Spec, parent: Entry, lines: list[str], flow: str) -> Edited:
    """Behind the last entry of the parent's map, in the way that map is written."""
    node = parent.value
    if isinstance(node, Map) and node.entries:
        # What is included is merged into one map: the last entry says which file to change.
        last = node.entries[-1]
        if node.flow:
            return _into_flow(spec, node, flow)
        indent = last.key.place.column - 1
        lines = [" " * indent + line for line in lines]
        gap = [""] if _apart(spec, node) else []
        return _after(spec, last.key.place.file, _last_line(last), lines, gap)
    if isinstance(node, Map):
        return _into_flow(spec, node, flow)
    if isinstance(node, Scalar) and node.value is None and not node.text:
        indent = parent.key.place.column - 1 + STEP
        place = parent.key.place
        return _after(spec, place.file, place.line, [" " * indent + line for line in lines])
    raise NotSafeError(lines)


def _into_flow(spec: Spec, node: Map, flow: str) -> Edited:
    line, column = node.end
    written = list(spec.lines[node.place.file])
    text = written[line - 1]
    before, after = text[: column - 2], text[column - 2 :]
    if not after.startswith("}"):
        raise NotSafeError([flow])
    kept = before.rstrip()
    comma = "" if not node.entries or kept.endswith(",") else ","
    blank = "" if kept.endswith("{") else " "
    if not kept:
        raise NotSafeError([flow])
    written[line - 1] = f"{kept}{comma}{blank}{flow}{after}"
    return _edited(spec, node.place.file, written, line)


def _apart(spec: Spec, node: Map) -> bool:
    """Whether the author leaves a blank line between the entries of this map."""
    if len(node.entries) < 2:
        return False
    place = node.entries[-1].key.place
    line = place.line - 2
    written = spec.lines[place.file]
    while line > 0 and written[line].lstrip().startswith("#"):
        line -= 1
    return not written[line].strip()


def _last_line(entry: Entry) -> int:
    return _node_line(entry.value) or entry.key.place.line


def _node_line(node: Node) -> int:
    if isinstance(node, Map) and not node.flow and node.entries:
        return _last_line(node.entries[-1])
    if isinstance(node, Seq) and not node.flow and node.items:
        return _node_line(node.items[-1])
    line, column = node.end
    # The end of a block text is the beginning of the line behind it.
    return line - 1 if column == 1 and line > node.place.line else line


def _after(spec: Spec, file: str, line: int, lines: list[str], gap: Sequence[str] = ()) -> Edited:
    written = list(spec.lines[file])
    new = [*written[:line], *gap, *lines, *written[line:]]
    if line == len(written):
        new.append("")
    return _edited(spec, file, new, line + 1 + len(gap))


def _append(spec: Spec, lines: list[str]) -> Edited:
    file = spec.root.place.file
    written = list(spec.lines[file])
    while written and not written[-1].strip():
        written.pop()
    return _edited(spec, file, [*written, *lines, ""], len(written) + 2)


def _edited(spec: Spec, file: str, lines: list[str], line: int) -> Edited:
    names = list(spec.lines)
    path = spec.files[names.index(file)]
    with path.open("rb") as opened:
        end = "\r\n" if b"\r\n" in opened.read() else "\n"
    return Edited(path, end.join(lines), line)

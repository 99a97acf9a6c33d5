"""Merging TOML, INI and YAML by key, for what lines alone cannot bring together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from freehold.merge.brackets import merge_statement
from freehold.merge.sequence import DisagreeError, merge_parts

__all__ = ["is_sound", "merge"]

HEADER = re.compile(r"\s*\[")
SETTING = re.compile(r"\s*([\w.\"'-]+)\s*=")
YAML_KEY = re.compile(r"\s*(?:- )?([\w.\"'/@-]+|\"[^\"]*\"|'[^']*'):(?:\s|$)")
YAML = {".yaml", ".yml"}
SETTINGS = {".toml", ".ini", ".cfg"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, a section or an item of a list, with the comments above it and what stands below it."""

    key: str
    is_named: bool
    like: str
    above: tuple[str, ...]
    head: tuple[str, ...]
    below: tuple[Entry, ...]
    rest: tuple[str, ...]  # behind the last entry below

    def lines(self) -> list[str]:
        inner = [line for entry in self.below for line in entry.lines()]
        return [*self.above, *self.head, *inner, *self.rest]

    @property
    def content(self) -> str:
        return "\n".join(line.strip() for line in self.lines() if line.strip())


def is_sound(suffix: str, text: str) -> bool:
    """Whether a text still is what its name says, as far as one can tell quickly."""
    if suffix != ".toml":
        return True
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def merge(suffix: str, base: str, mine: str, new: str) -> str | None:
    """The three texts as one, key by key; None when both sides changed one key, or it is no such file."""
    if suffix not in YAML | SETTINGS:
        return None
    read = _yaml if suffix in YAML else _settings
    try:
        trees = [read(text.split("\n")) for text in (base, mine, new)]
        lines = [line for entry in _all(*trees) for line in entry.lines()]
    except (DisagreeError, IndexError):
        return None
    text = "\n".join(lines)
    text = text if text.endswith("\n") else f"{text}\n"
    return text if is_sound(suffix, text) else None


def _all(base: Sequence[Entry], mine: Sequence[Entry], new: Sequence[Entry]) -> list[Entry]:
    result: list[Entry] = []
    for both in merge_parts(base, mine, new):
        one, two, three = both.base, both.mine, both.new
        if one is not None and two is not None and three is not None:
            result.append(_entry(one, two, three))
        elif one is not None or (two and three and two.content != three.content):
            raise DisagreeError
        else:
            result += [present for present in (two or three,) if present]
    return result


def _entry(base: Entry, mine: Entry, new: Entry) -> Entry:
    if mine.content == new.content or new.content == base.content:
        return mine
    if mine.content == base.content:
        return new
    above = _kept(base.above, mine.above, new.above)
    head = _head(base.head, mine.head, new.head)
    below = tuple(_all(base.below, mine.below, new.below))
    rest = _kept(base.rest, mine.rest, new.rest)
    return Entry(mine.key, mine.is_named, mine.like, above, head, below, rest)


def _kept(base: tuple[str, ...], mine: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    if mine == base:
        return new
    if new in (base, mine):
        return mine
    raise DisagreeError


def _head(base: tuple[str, ...], mine: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """A setting whose value is a list merges item by item."""
    try:
        return _kept(base, mine, new)
    except DisagreeError:
        if not SETTING.match(base[0]):
            raise
    text = merge_statement(*("\n".join(lines) for lines in (base, mine, new)))
    first, *inner = text.split("\n")
    if not inner:
        return (first,)
    return (first, *(f"    {line}" for line in inner[:-1]), inner[-1])


def _settings(lines: Sequence[str]) -> list[Entry]:
    """Sections with their settings; what stands before the first section is one without a name."""
    sections: list[Entry] = []
    header: tuple[str, ...] = ()
    above: list[str] = []
    below: list[Entry] = []
    name = ""
    top: tuple[str, ...] = ()
    number = 0
    while number < len(lines):
        line = lines[number]
        if HEADER.match(line):
            sections.append(Entry(name, True, "section", top, header, tuple(below), ()))
            name, header, top, below, above = line.strip(), (line,), tuple(above), [], []
            number += 1
            continue
        setting = SETTING.match(line)
        if setting is None or line.lstrip().startswith(("#", ";")):
            above.append(line)
            number += 1
            continue
        end = _value_end(lines, number)
        held = tuple(lines[number:end])
        below.append(Entry(setting[1], True, "", tuple(above), held, (), ()))
        above, number = [], end
    sections.append(Entry(name, True, "section", top, header, tuple(below), tuple(above)))
    return sections


def _value_end(lines: Sequence[str], start: int) -> int:
    """Behind the value: its brackets closed, its indented lines over."""
    depth = 0
    number = start
    while number < len(lines):
        bare = re.sub(r"\"[^\"]*\"|'[^']*'|#.*", "", lines[number])
        depth += sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")
        number += 1
        following = lines[number] if number < len(lines) else ""
        if depth <= 0 and not (following.startswith((" ", "\t")) and following.strip()):
            break
    return number


def _yaml(lines: Sequence[str]) -> list[Entry]:
    entries, rest = _level(list(lines))
    if rest and entries:
        last = entries[-1]
        entries[-1] = Entry(
            last.key, last.is_named, last.like, last.above, last.head, last.below,
            (*last.rest, *rest),
        )  # fmt: skip
    return entries


def _level(lines: list[str]) -> tuple[list[Entry], list[str]]:
    """The entries that begin in the column of the first one."""
    column = next((_column(line) for line in lines if _says(line)), None)
    if column is None:
        return [], lines
    entries: list[Entry] = []
    above: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        if not _says(line):
            above.append(line)
            number += 1
            continue
        if _column(line) != column:
            raise DisagreeError
        end = number + 1
        while end < len(lines) and (
            not _says(lines[end])
            or _column(lines[end]) > column
            or (_column(lines[end]) == column and _is_item(lines[end]) and not _is_item(line))
        ):
            end += 1
        while not _says(lines[end - 1]):
            end -= 1
        entries.append(_yaml_entry(line, lines[number + 1 : end], tuple(above)))
        above, number = [], end
    return entries, above


def _yaml_entry(line: str, inner: list[str], above: tuple[str, ...]) -> Entry:
    named = YAML_KEY.match(line)
    is_item = _is_item(line)
    text = line.strip()
    key = text if is_item or named is None else named[1]
    # A block text, and what follows a dash on its own line, is kept together.
    is_open = text.endswith(":") and not is_item
    if not is_open:
        whole = (line, *inner)
        name = key if named and not is_item else "\n".join(part.strip() for part in whole)
        return Entry(
            name, named is not None and not is_item, text.split(":")[0], above, whole, (), ()
        )
    below, rest = _level(inner)
    return Entry(key, True, "", above, (line,), tuple(below), tuple(rest))


def _says(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith("#")


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_item(line: str) -> bool:
    return line.lstrip().startswith("- ")

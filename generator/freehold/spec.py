"""What the author wrote, each value with its place; the only module that knows YAML."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from freehold.complaints import Complaint, Complaints
from freehold.domain import Place

__all__ = ["Entry", "Map", "Node", "Scalar", "Seq", "Spec", "parse", "parse_instead", "parse_text"]

MOST_BYTES = 2 * 1024 * 1024  # of the spec and all it includes; 500 resources take a fifth of it
MOST_VALUES = 100_000
DEEPEST = 32
MOST_FILES = 1000
SECTIONS = ("roles", "enums", "values", "unions", "resources", "jobs")

INT = re.compile(r"[-+]?[0-9]{1,40}\Z")
OCTAL = re.compile(r"0o[0-7]{1,40}\Z")
HEX = re.compile(r"0x[0-9a-fA-F]{1,40}\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,5})?\Z")
# What YAML lets stand in a stream; the rest would stop the parser with an offset instead of a place.
FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    value: str | int | float | bool | None
    text: str  # as written, without the quotes
    place: Place
    end: tuple[int, int]  # line and column just behind it


@dataclass(frozen=True, slots=True)
class Seq:
    items: tuple[Node, ...]
    place: Place
    end: tuple[int, int]
    flow: bool


@dataclass(frozen=True, slots=True)
class Entry:
    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Map:
    entries: tuple[Entry, ...]
    place: Place
    end: tuple[int, int]
    flow: bool

    def get(self, key: str) -> Node | None:
        return next((entry.value for entry in self.entries if entry.key.text == key), None)


Node = Scalar | Seq | Map


@dataclass(frozen=True, slots=True)
class Spec:
    path: Path
    root: Map  # with what the included files add to its sections
    files: tuple[Path, ...]  # the spec and what it includes, in the order they are read
    lines: Mapping[str, tuple[str, ...]]  # by file, as its places name it
    complaints: tuple[Complaint, ...]  # what did not stop the reading


def parse(path: Path) -> Spec:
    """Read a spec and what it includes; SpecError when that leaves nothing to make sense of."""
    return _Reading(path).spec()


def parse_text(path: Path, text: str) -> Spec:
    """Read a spec as if this text stood in its file."""
    return parse_instead(path, {path: text})


def parse_instead(path: Path, texts: Mapping[Path, str]) -> Spec:
    """Read a spec as if these texts stood in its files."""
    return _Reading(path, texts).spec()


class _Reading:
    """One reading of a spec: the files so far, and whether what they left has holes."""

    def __init__(self, path: Path, texts: Mapping[Path, str] = MappingProxyType({})) -> None:
        self.path = path
        self.texts = texts
        self.folder = path.parent.resolve()
        self.lines: dict[str, tuple[str, ...]] = {}
        self.complaints = Complaints(self.lines, path.parent)
        self.files: list[Path] = []
        self.bytes = 0
        self.broken = False

    def spec(self) -> Spec:
        root = self.document(self.path, self.path.name, ())
        if self.broken or root is None:
            raise self.complaints.error()
        return Spec(self.path, root, tuple(self.files), self.lines, tuple(self.complaints.found))

    def stop(self, code: str, place: Place, message: str, *hints: str | None) -> None:
        self.broken = True
        self.complaints.add(code, place, message, *hints)

    def document(self, path: Path, file: str, chain: tuple[Path, ...]) -> Map | None:
        """The map in a file, and in what it includes."""
        self.lines.setdefault(file, ())
        self.files.append(path)
        text = self.texts[path] if path in self.texts else self.read(path, file)
        if text is None:
            return None
        self.lines[file] = tuple(re.split("\r\n|\r|\n", text))
        root = self.tree(text, file)
        if root is None:
            return None
        if not isinstance(root, Map):
            self.stop(
                "F023",
                root.place,
                "a spec is a map of keys, and this is not one",
                "it begins like this:\nspec: 1\nname: bakery",
            )
            return None
        if chain:
            root = self.only_sections(root)
        return self.included(root, path, (*chain, path.resolve()))

    def read(self, path: Path, file: str) -> str | None:
        top = Place(file, 1, 1)
        try:
            status = path.stat()
        except OSError as problem:
            self.stop("F001", top, f"cannot be read: {_reason(problem)}")
            return None
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not an ordinary file"
            self.stop("F002", top, f"is {kind}; a spec is a YAML file")
            return None
        self.bytes += status.st_size
        if self.bytes > MOST_BYTES:
            size = max(self.bytes / 1024 / 1024, 2.1)
            self.stop(
                "F003",
                top,
                f"is too large: {size:.1f} MiB with what was read before, at most 2 MiB are read",
                "a spec describes data, it does not hold it",
            )
            return None
        try:
            with path.open("rb") as opened:
                raw = opened.read(MOST_BYTES + 1)
        except OSError as problem:
            self.stop("F001", top, f"cannot be read: {_reason(problem)}")
            return None
        return self.decode(raw.removeprefix(b"\xef\xbb\xbf"), file)

    def decode(self, raw: bytes, file: str) -> str | None:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as problem:
            before = raw[: problem.start].decode("utf-8")
            self.stop(
                "F004",
                _place_behind(before, file),
                f"is not UTF-8 text: byte 0x{raw[problem.start]:02x} does not belong there",
                "save the file as UTF-8",
            )
            return None
        wrong = FORBIDDEN.search(text)
        if wrong:
            self.stop(
                "F005",
                _place_behind(text[: wrong.start()], file),
                f"holds the character U+{ord(wrong.group()):04X}, which YAML does not allow",
                "is this a text file?",
            )
            return None
        return text

    def tree(self, text: str, file: str) -> Node | None:
        try:
            root = _Tree(text, file, self.complaints.add, self.stop).root()
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
            self.stop("F006", place, f"is not YAML: {_words(problem)}", _hint(text, problem))
            return None
        except yaml.YAMLError as problem:
            self.stop("F006", Place(file, 1, 1), f"is not YAML: {problem}".split("\n")[0])
            return None
        except _TooMuchError:
            return None
        if root is None:
            self.stop(
                "F007",
                Place(file, 1, 1),
                "is empty",
                "a spec begins like this:\nspec: 1\nname: bakery",
            )
        return root

    def only_sections(self, root: Map) -> Map:
        allowed = (*SECTIONS, "include")
        for entry in root.entries:
            if entry.key.text not in allowed:
                self.complaints.add(
                    "F020",
                    entry.key.place,
                    f"`{entry.key.text}` does not belong in an included file",
                    f"it may hold: {', '.join(allowed)}",
                )
        kept = tuple(entry for entry in root.entries if entry.key.text in allowed)
        return Map(kept, root.place, root.end, root.flow)

    def included(self, root: Map, path: Path, chain: tuple[Path, ...]) -> Map:
        node = root.get("include")
        if node is None:
            return root
        patterns = node.items if isinstance(node, Seq) else (node,)
        for pattern in patterns:
            if not isinstance(pattern, Scalar) or not isinstance(pattern.value, str):
                self.complaints.add(
                    "F023",
                    pattern.place,
                    "`include` wants a list of file names",
                    "like this: `include: [orders/*.yaml]`",
                )
                continue
            for found in self.matching(pattern, path.parent):
                root = self.one_included(root, pattern, found, chain)
        return root

    def matching(self, pattern: Scalar, folder: Path) -> list[Path]:
        glob = pattern.text
        if (
            glob.startswith(("/", "\\", "~"))
            or re.match("[A-Za-z]:", glob)
            or ".." in re.split(r"[/\\]", glob)
        ):
            self.complaints.add(
                "F018",
                pattern.place,
                f"`{glob}` leaves the folder of the spec",
                "name files below the spec, like `orders/*.yaml`",
            )
            return []
        try:
            found = sorted(one for one in folder.glob(glob) if not one.is_dir())
        except (ValueError, NotImplementedError, OSError):
            found = []
        if not found:
            self.complaints.add(
                "F017",
                pattern.place,
                f"`{glob}` matches no file",
                f"the files beside it: {_files_beside(folder)}",
            )
        inside = [one for one in found if one.resolve().is_relative_to(self.folder)]
        if len(inside) < len(found):
            self.complaints.add(
                "F018",
                pattern.place,
                f"`{glob}` leads outside the folder of the spec through a link",
                "copy the file below the spec",
            )
        return inside

    def one_included(self, root: Map, pattern: Scalar, path: Path, chain: tuple[Path, ...]) -> Map:
        if path.resolve() in chain:
            self.complaints.add(
                "F019",
                pattern.place,
                f"`{pattern.text}` includes `{path.name}`, which is what includes it",
                "name only files further down",
            )
            return root
        if path.resolve() in {file.resolve() for file in self.files}:
            return root
        if len(self.files) >= MOST_FILES:
            self.stop("F003", pattern.place, f"too many files: at most {MOST_FILES} are read")
            return root
        file = path.resolve().relative_to(self.folder).as_posix()
        added = self.document(path, file, chain)
        return self.merged(root, added) if added else root

    def merged(self, root: Map, added: Map) -> Map:
        entries = {entry.key.text: entry for entry in root.entries}
        for entry in added.entries:
            name = entry.key.text
            if name == "include":
                continue
            mine = entries.get(name)
            if mine is None:
                entries[name] = entry
            elif isinstance(mine.value, Map) and isinstance(entry.value, Map):
                both = self.joined(mine.value, entry.value)
                entries[name] = Entry(mine.key, both)
            elif isinstance(mine.value, Scalar) and mine.value.value is None:
                entries[name] = entry
            elif not (isinstance(entry.value, Scalar) and entry.value.value is None):
                self.complaints.add(
                    "F023", entry.value.place, f"`{name}` is a map of names, and this is not one"
                )
        return Map(tuple(entries.values()), root.place, root.end, root.flow)

    def joined(self, mine: Map, more: Map) -> Map:
        first = {entry.key.text: entry.key for entry in mine.entries}
        kept = list(mine.entries)
        for entry in more.entries:
            if entry.key.text in first:
                _twice(self.complaints.add, entry.key, first[entry.key.text])
            else:
                kept.append(entry)
        return Map(tuple(kept), mine.place, mine.end, mine.flow)


Say = Callable[..., None]


class _TooMuchError(Exception):
    """The document is deeper or longer than any spec; the complaint has been made."""


class _Tree:
    """Nodes from parser events. Not `compose`: that recurses and follows aliases, and here a
    hundred thousand brackets or a billion laughs have to cost nothing."""

    def __init__(self, text: str, file: str, say: Say, stop: Say) -> None:
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Any] = yaml.parse(text, Loader=loader)
        self.file = file
        self.say = say
        self.stop = stop
        self.values = 0

    def root(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.stop(
                        "F008",
                        self.place(event),
                        "holds more than one YAML document",
                        "a spec is one document: remove the `---`, or use `include`",
                    )
                    return root
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, 0)
        if isinstance(root, Scalar) and root.value is None:
            return None
        return root

    def place(self, event: Any) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def node(self, event: Any, depth: int) -> Node:
        self.values += 1
        if self.values > MOST_VALUES:
            self.stop("F010", self.place(event), f"holds more than {MOST_VALUES:,} values")
            raise _TooMuchError
        if depth > DEEPEST:
            self.stop(
                "F009",
                self.place(event),
                f"is nested more than {DEEPEST} levels deep",
                "name the inner part: a value under `values:`",
            )
            raise _TooMuchError
        self.plain(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.seq(event, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self.map(event, depth)
        if isinstance(event, yaml.ScalarEvent):
            unquoted = bool(event.implicit[0])
            value = _value(event.value) if unquoted else event.value
            return Scalar(value, event.value, self.place(event), _end(event))
        return Scalar(None, "", self.place(event), _end(event))  # an alias, complained about

    def plain(self, event: Any) -> None:
        place = self.place(event)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            self.stop(
                "F013",
                place,
                f"`{sign}{event.anchor}`: a spec has no anchors and aliases",
                "write it out, or give it a name under `values:` or `enums:`",
            )
        elif event.tag is not None:
            self.say(
                "F015",
                place,
                f"`{event.tag.replace('tag:yaml.org,2002:', '!!')}`: a spec has no YAML tags",
                "leave the tag out; the type of a field is its `type:`",
            )

    def seq(self, start: Any, depth: int) -> Seq:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Seq(tuple(items), self.place(start), _end(event), bool(start.flow_style))

    def map(self, start: Any, depth: int) -> Map:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self.stop(
                    "F016", key.place, "a key has to be a plain name", "like this: `staff: Bakers`"
                )
            elif key.text == "<<":
                self.stop(
                    "F014",
                    key.place,
                    "`<<`: a spec has no merge keys",
                    "write the keys out, or share them as a value under `values:`",
                )
            elif key.text in entries:
                _twice(self.say, key, entries[key.text].key)
            else:
                entries[key.text] = Entry(key, value)
        return Map(tuple(entries.values()), self.place(start), _end(event), bool(start.flow_style))


def _end(event: Any) -> tuple[int, int]:
    return event.end_mark.line + 1, event.end_mark.column + 1


def _twice(say: Say, key: Scalar, first: Scalar) -> None:
    place = first.place
    say(
        "F011",
        key.place,
        f"`{key.text}` is written twice",
        f"first at {place.file}:{place.line}:{place.column}",
    )


def _value(text: str) -> str | int | float | bool | None:
    """A plain scalar by the core schema of YAML 1.2: `yes`, `1:30` and dates are text."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if INT.match(text):
        return int(text)
    if OCTAL.match(text):
        return int(text[2:], 8)
    if HEX.match(text):
        return int(text[2:], 16)
    if FLOAT.match(text) and not text.lstrip("+-").isdigit():
        return float(text)
    return text


def _place_behind(before: str, file: str) -> Place:
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _reason(problem: OSError) -> str:
    if isinstance(problem, FileNotFoundError):
        return "there is no such file"
    if isinstance(problem, PermissionError):
        return "you may not read it"
    return (problem.strerror or "it cannot be opened").lower()


def _words(problem: yaml.MarkedYAMLError) -> str:
    words = [part for part in (problem.context, problem.problem) if part]
    return ", ".join(words) or "it cannot be understood"


def _hint(text: str, problem: yaml.MarkedYAMLError) -> str | None:
    lines = re.split("\r\n|\r|\n", text)
    mark = problem.problem_mark
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in str(problem.problem):
        return "indent with spaces, YAML takes no tabs"
    if "mapping values" in str(problem.problem):
        return "a text with `: ` in it needs quotes; or the indentation is off"
    if "flow" in str(problem.context) and problem.context_mark:
        opened = problem.context_mark
        return f"the bracket opened in line {opened.line + 1}, column {opened.column + 1} is not closed"
    if re.search(r":\s*[%@`]", line):
        return "a text that begins with `%`, `@` or a backtick needs quotes"
    return None


def _files_beside(folder: Path) -> str:
    beside = (one for one in folder.iterdir() if one.is_dir() or one.suffix in (".yaml", ".yml"))
    names = sorted(one.name + "/" * one.is_dir() for one in beside)[:20]
    return ", ".join(names)

"""What is wrong with a spec, said in the author's words: each complaint has a place and a code."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from freehold.domain import Place

__all__ = [
    "Complaint",
    "Complaints",
    "SpecError",
    "as_github",
    "as_json",
    "as_text",
    "did_you_mean",
    "listed",
    "nearest",
]

MOST = 200  # beyond this nobody reads on, and looking for near misses would cost seconds
LONGEST = 600
WIDEST = 120  # characters of a source line that are shown around the caret
TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,:\[\]{}#]+\??|.")

Lines = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong, and what to do about it."""

    code: str
    place: Place
    message: str
    hints: tuple[str, ...] = ()


class SpecError(Exception):
    """All that is wrong with a spec, in file order, with the lines to show beside it."""

    def __init__(
        self,
        complaints: tuple[Complaint, ...],
        lines: Lines,
        folder: Path = Path(),
        more: bool = False,
    ) -> None:
        super().__init__(f"{len(complaints)} complaints about the spec")
        self.complaints = complaints
        self.lines = lines
        self.folder = folder  # of the spec, as seen from where the command runs
        self.more = more


class Complaints:
    """The complaints so far; raising waits until everything was looked at."""

    def __init__(
        self, lines: Lines, folder: Path = Path(), found: Iterable[Complaint] = ()
    ) -> None:
        self.lines = lines
        self.folder = folder
        self.found = list(found)

    def add(self, code: str, place: Place, message: str, *hints: str | None) -> None:
        kept = tuple(dict.fromkeys(_short(hint) for hint in hints if hint))
        complaint = Complaint(code, place, _short(message), kept)
        if complaint not in self.found:
            self.found.append(complaint)
        if len(self.found) >= MOST:
            raise self.error(more=True)

    def error(self, more: bool = False) -> SpecError:
        order = {file: number for number, file in enumerate(self.lines)}
        found = sorted(
            self.found,
            key=lambda one: (
                order.get(one.place.file, len(order)),
                one.place.line,
                one.place.column,
                one.code,
            ),
        )
        return SpecError(tuple(found), self.lines, self.folder, more)

    def raise_any(self) -> None:
        if self.found:
            raise self.error()


def listed(names: Iterable[str]) -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > 1:
        return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
    return "".join(quoted)


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word somebody who wrote this one probably meant."""
    if len(word) > 60:
        return None
    choices = list(allowed)
    by_lower = {choice.lower(): choice for choice in reversed(choices)}
    if word.lower() in by_lower:
        return by_lower[word.lower()]
    close = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """The near miss when there is one, else everything that is allowed."""
    choices = list(allowed)
    near = nearest(word, choices)
    if near:
        return f"did you mean `{near}`?"
    if not choices:
        return "there is none to choose from"
    shown = ", ".join(choices[:30])
    return f"allowed: {shown}{', ...' if len(choices) > 30 else ''}"


def as_text(error: SpecError) -> str:
    """For a person: the place, the message, the line, a caret, what to do."""
    parts = [text for one in error.complaints for text in _one(one, error)]
    count = len(error.complaints)
    first = error.complaints[0].code
    parts.append(
        f"{_count(count, error.more)}. `freehold explain {first}` says more about {first}.\n"
    )
    return "\n".join(parts)


def as_json(error: SpecError) -> str:
    """For a program: the same complaints as one JSON document."""
    found = [
        {
            "code": one.code,
            "file": _file(one, error),
            "line": one.place.line,
            "column": one.place.column,
            "message": one.message,
            "hints": list(one.hints),
        }
        for one in error.complaints
    ]
    return json.dumps({"ok": False, "complaints": found, "more": error.more}, indent=2)


def as_github(error: SpecError) -> str:
    """For GitHub Actions: one annotation a complaint."""
    return "\n".join(
        f"::error file={_escaped(_file(one, error), ',:')},line={one.place.line},"
        f"col={one.place.column},title={one.code}::"
        + _escaped("; ".join((one.message, *one.hints)), "")
        for one in error.complaints
    )


def _short(text: str) -> str:
    """An author's text quoted in a message may be of any length."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _count(count: int, more: bool) -> str:
    if more:
        return f"{count} complaints, and there may be more"
    return "1 complaint" if count == 1 else f"{count} complaints"


def _escaped(text: str, also: str) -> str:
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _file(complaint: Complaint, error: SpecError) -> str:
    return (error.folder / complaint.place.file).as_posix()


def _one(complaint: Complaint, error: SpecError) -> Iterable[str]:
    place = complaint.place
    yield f"{_file(complaint, error)}:{place.line}:{place.column}: {complaint.code} {complaint.message}"
    written = error.lines.get(place.file, ())
    gutter = " " * len(str(place.line))
    if 0 < place.line <= len(written):
        line, column = _window(written[place.line - 1], place.column - 1)
        token = TOKEN.match(line, column)
        width = max(1, len(token.group()) if token else 1)
        yield f"  {place.line} | {line}".rstrip()
        yield f"  {gutter} | {' ' * column}{'^' * width}"
    for hint in complaint.hints:
        first, *rest = hint.split("\n")
        yield f"  {gutter} = {first}"
        yield from (f"  {gutter}   {line}".rstrip() for line in rest)
    yield ""


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a line worth showing, printable, and where the caret goes in it."""
    shown = "".join(c if c.isprintable() else " " for c in line)
    if len(shown) <= WIDEST:
        return shown, column
    start = max(0, min(column - WIDEST // 2, len(shown) - WIDEST))
    before, after = "..." if start else "", "..." if start + WIDEST < len(shown) else ""
    return before + shown[start : start + WIDEST] + after, column - start + len(before)

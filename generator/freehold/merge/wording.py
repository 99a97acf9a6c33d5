"""Lines of ours as we write them under new names: what a rename changes in them and no syntax proves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from freehold.merge.replay import Renames
from freehold.spelling import sentence

__all__ = ["reworded"]

ALIKE = 0.4  # low: what is not reworded is merged as any other line is


def reworded(base: str, mine: str, new: str, renames: Renames) -> tuple[str, str]:
    """What we wrote and what the team has of it, each line of ours with the new names that it has in `new`.

    A line that is ours word for word stays ours wherever the team put it: in a `try:`, above
    another function, behind a decorator that went. What the team wrote is not touched, nor is our
    line in the base that it may have been: both changed that, which merging has to see.
    """
    words = _words(renames)
    if not words or base == new:
        return base, mine
    codes = [_parted(line)[0] for line in new.split("\n")]
    there = {_spelling(code): code.strip() for code in codes}
    alternatives = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{alternatives})(?![a-z0-9])")
    ours, theirs = _counted(base), _counted(mine)
    own = [line for line in theirs if line not in ours and pattern.search(line)]
    table: dict[str, str] = {}
    for line in ours.keys() - there.keys():
        told = pattern.sub(lambda found: words[found[0]], line)
        if told == line or (theirs[line] < ours[line] and _became(line, own)):
            continue
        wanted = next((one for one in _spelled(told, words) if one in there), None)
        if wanted is not None:
            table[line] = there[wanted]
    return _with(base, table), _with(mine, table)


def _counted(text: str) -> Counter[str]:
    return Counter(_spelling(_parted(line)[0]) for line in text.split("\n"))


def _parted(line: str) -> tuple[str, str]:
    """A line, and the remark behind it, which may be the team's where the line is ours."""
    code, remark, told = line.partition("  # ")
    return (code, remark + told) if code.strip() and "#" not in told else (line, "")


def _spelling(line: str) -> str:
    """A line without its indentation, and with one kind of quotes: teams may prefer the other."""
    return line.strip().replace("'", '"')


def _became(line: str, own: Sequence[str]) -> bool:
    """Whether one of the team's lines may be what it made of this one."""
    return any(SequenceMatcher(None, line, one).ratio() > ALIKE for one in own)


def _words(renames: Renames) -> dict[str, str]:
    words = {one.old: one.new for one in (*renames.fields, *renames.members, *renames.tags)}
    words |= renames.types or {}
    for old, new in renames.resources:
        for name in ("name", "singular", "plural", "path", "prefix", "label", "labels"):
            words[getattr(old, name)] = getattr(new, name)
        words[sentence(old.label)] = sentence(new.label)
        words[sentence(old.labels)] = sentence(new.labels)
    return {old: new for old, new in words.items() if old != new}


def _spelled(line: str, words: dict[str, str]) -> Iterator[str]:
    """The line, and the same with the article that each new name needs."""
    yield line
    names = "|".join(map(re.escape, words.values()))
    yield re.sub(rf"\b([Aa])n (?={names})", r"\1 ", line)
    yield re.sub(rf"\b([Aa]) (?={names})", r"\1n ", line)


def _with(text: str, table: dict[str, str]) -> str:
    if not table:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        code, remark = _parted(line)
        told = table.get(_spelling(code))
        if told is not None:
            margin = line[: len(line) - len(line.lstrip())]
            is_single = "'" in code and '"' not in code and "'" not in told
            lines[number] = margin + (told.replace('"', "'") if is_single else told) + remark
    return "\n".join(lines)

"""Merging Python by declaration: members by name, bodies by line, and a conflict no larger than it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from freehold.merge import imports
from freehold.merge.blocks import Block, Item, dedented
from freehold.merge.brackets import merge_statement, parted
from freehold.merge.lines import Clash, merge3
from freehold.merge.markers import marked
from freehold.merge.sequence import Both, DisagreeError, align, merge_parts

__all__ = ["Merging", "merge_modules"]

ALIKE = 0.6  # of the lines of a function, to be the same under another name
NOTHING = Block((), ())


@dataclass(slots=True)
class Merging:
    """What is learnt on the way: conflicts, and which function or class got which name."""

    own: frozenset[str]  # packages of the project, for the order of imports
    conflicts: int = 0
    renamed: dict[str, str] = field(default_factory=dict)


def merge_modules(base: Block, mine: Block, new: Block, merging: Merging) -> list[str]:
    """The lines of the merged module; with markers where `merging.conflicts` counts any."""
    lines = _block(base, mine, new, merging)
    while lines and not lines[0].strip():
        lines.pop(0)
    return lines


def _block(base: Block, mine: Block, new: Block, merging: Merging) -> list[str]:
    def aligned(one: Sequence[Item], two: Sequence[Item]) -> dict[int, int]:
        return _aligned(one, two, merging)

    every = merge_parts(base.items, mine.items, new.items, aligned)
    lines: list[str] = []
    run: list[imports.Placed] = []
    for both in every:
        kinds = {one.kind for one in (both.base, both.mine, both.new) if one}
        text = _item(both, merging)
        if kinds == {"import"} and not any(line.startswith("<<<<<<< ") for line in text):
            run.append(imports.Placed(tuple(text), both.mine or both.new or both.base))
            continue
        lines += imports.ordered(run, mine, new, merging.own)
        run = []
        lines += text
    lines += imports.ordered(run, mine, new, merging.own)
    return lines + _tail(base.tail, mine.tail, new.tail, merging)


def _tail(
    base: tuple[str, ...], mine: tuple[str, ...], new: tuple[str, ...], merging: Merging
) -> list[str]:
    return _lines(base, mine, new, merging)


def _aligned(base: Sequence[Item], side: Sequence[Item], merging: Merging) -> dict[int, int]:
    """Statements by name; then functions and classes that only their name tells apart."""
    found = align(base, side)
    for i, old in enumerate(base):
        if i in found or old.kind not in ("def", "class"):
            continue
        taken = set(found.values())
        best, score = None, ALIKE
        for j, now in enumerate(side):
            if j not in taken and now.kind == old.kind:
                ratio = SequenceMatcher(None, old.lines, now.lines, autojunk=False).ratio()
                if ratio > score:
                    best, score = j, ratio
        if best is not None:
            found[i] = best
            merging.renamed[_name(side[best])] = _name(old)
    return found


def _name(item: Item) -> str:
    return item.key.split()[1]


def _item(both: Both[Item], merging: Merging) -> list[str]:
    base, mine, new = both.base, both.mine, both.new
    present = mine or new or base
    if present is None:
        return []
    if base is None and (mine is None or new is None):
        return list(present.text)
    try:
        if "import" in {one.kind for one in (base, mine, new) if one}:
            return _imported(base, mine, new)
        if base is None or mine is None or new is None:
            if mine is not None and new is not None and mine.content == new.content:
                return list(mine.text)
            if mine is not None and new is not None and mine.kind == new.kind == "class":
                return _three(_emptied(new), mine, new, merging)
            raise DisagreeError
        return _three(base, mine, new, merging)
    except DisagreeError:
        inside = _inside(base, mine, new, merging)
        if inside:
            return inside
        merging.conflicts += 1
        blank = [""] * present.blank
        versions = [[*one.lead, *one.lines] if one else [] for one in (mine, base, new)]
        return [*blank, *marked(*versions)]


def _inside(base: Item | None, mine: Item | None, new: Item | None, merging: Merging) -> list[str]:
    """Markers around the lines of a statement that disagree; nothing where lines do not tell."""
    if base is None or mine is None or new is None or len(mine.lines) == 1:
        return []
    parts = merge3(base.lines, mine.lines, new.lines, touching=True)
    found = [part for part in parts if isinstance(part, Clash)]
    if not found or base.body or not base.lead == mine.lead == new.lead:
        return []
    merging.conflicts += len(found)
    lines = [*[""] * mine.blank, *mine.lead]
    for part in parts:
        if isinstance(part, Clash):
            lines += marked(part.mine, part.base, part.new)
        else:
            lines += part.lines
    return lines


def _emptied(item: Item) -> Item:
    """A class that both sides began: nothing of it was there before."""
    return Item("class", item.key, True, item.like, item.blank, (), item.head, NOTHING, item.node)


def _imported(base: Item | None, mine: Item | None, new: Item | None) -> list[str]:
    present = mine or new or base
    if present is None:
        return []
    text = imports.merged(base, mine, new)
    return [*[""] * present.blank, *present.lead, text] if text else []


def _three(base: Item, mine: Item, new: Item, merging: Merging) -> list[str]:
    blank = new.blank if mine.blank == base.blank else mine.blank
    above = [""] * blank + _kept(base.lead, mine.lead, new.lead)
    if mine.content == new.content or base.content == new.content:
        return above + list(mine.lines)
    if base.content == mine.content:
        return above + list(new.lines)
    if not (base.kind == mine.kind == new.kind):
        raise DisagreeError
    if base.body is None or mine.body is None or new.body is None:
        return above + _statement(base.lines, mine.lines, new.lines)
    head = _head(base, mine, new)
    if base.kind == "class":
        return above + head + _block(base.body, mine.body, new.body, merging)
    return above + head + _body(base.body, mine.body, new.body, merging)


def _kept(base: tuple[str, ...], mine: tuple[str, ...], new: tuple[str, ...]) -> list[str]:
    if mine in (base, new):
        return list(new)
    if new == base:
        return list(mine)
    found: list[str] = []
    for part in merge3(base, mine, new, touching=True):
        if isinstance(part, Clash):
            if part.base:
                raise DisagreeError
            found += [*part.new, *part.mine]
        else:
            found += part.lines
    return found


def _statement(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> list[str]:
    told = [parted(dedented(side)) for side in (base, mine, new)]
    remark = "".join(_kept(*((behind,) if behind else () for _, behind in told)))
    text = merge_statement(*(code for code, _ in told))
    margin = mine[0][: len(mine[0]) - len(mine[0].lstrip())]
    first, *rest = text.split("\n")
    # What follows stands inside brackets or a string, where only black cares about indentation.
    lines = [margin + first, *rest]
    return [*lines[:-1], f"{lines[-1]}  {remark}"] if remark else lines


def _head(base: Item, mine: Item, new: Item) -> list[str]:
    """Decorators as a list, then `def` or `class` with its arguments by name."""
    if mine.head == base.head or mine.head == new.head:
        return list(new.head)
    if new.head == base.head:
        return list(mine.head)
    ends = [len(one.head) - _sized(one) for one in (base, mine, new)]
    tops = [one.head[:end] for one, end in zip((base, mine, new), ends, strict=True)]
    return [
        *_decorators(*tops),
        *_statement(*(one.head[end:] for one, end in zip((base, mine, new), ends, strict=True))),
    ]


def _sized(item: Item) -> int:
    """How many lines the head has from `def` or `class` on."""
    decorators = getattr(item.node, "decorator_list", [])
    above = item.node.lineno - decorators[0].lineno if decorators else 0
    return len(item.head) - above


def _decorators(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> list[str]:
    parts = [_split(lines) for lines in (base, mine, new)]
    result: list[str] = []
    for part in merge3(*parts, touching=True):
        if not isinstance(part, Clash):
            result += [line for one in part.lines for line in one]
        elif not part.base:
            result += [line for one in (*part.new, *part.mine) for line in one]
        elif len(part.base) == len(part.mine) == len(part.new):
            for sides in zip(part.base, part.mine, part.new, strict=True):
                one, two, three = map(_with_remarks, sides)
                result += _statement(one[0], two[0], three[0])
                result += _kept(one[1], two[1], three[1])
        else:
            raise DisagreeError
    return result


def _with_remarks(lines: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A decorator, and the comments on lines of their own behind it."""
    end = len(lines)
    while end > 1 and lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return lines[:end], lines[end:]


def _split(lines: Sequence[str]) -> list[tuple[str, ...]]:
    """Apart where a line begins with `@` at the margin."""
    found: list[list[str]] = []
    margin = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    for line in lines:
        if line[margin:].startswith("@") or not found:
            found.append([])
        found[-1].append(line)
    return [tuple(one) for one in found]


def _body(base: Block, mine: Block, new: Block, merging: Merging) -> list[str]:
    """The body of a function: line by line where that is clear, else statement by statement."""
    parts = merge3(base.lines(), mine.lines(), new.lines(), touching=True)
    if not any(isinstance(part, Clash) for part in parts):
        return [line for part in parts if not isinstance(part, Clash) for line in part.lines]
    return _block(base, mine, new, merging)


def _lines(
    base: Sequence[str], mine: Sequence[str], new: Sequence[str], merging: Merging
) -> list[str]:
    result: list[str] = []
    for part in merge3(base, mine, new, touching=True):
        if not isinstance(part, Clash):
            result += part.lines
        elif not part.base:
            result += [*part.new, *part.mine]
        else:
            merging.conflicts += 1
            result += marked(part.mine, part.base, part.new)
    return result

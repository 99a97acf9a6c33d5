"""The ladder for one file: from two texts that agree down to a conflict in the smallest declaration."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from freehold.merge import guard, imports, keyed, sense
from freehold.merge.blocks import parse
from freehold.merge.brackets import normal
from freehold.merge.declarations import Merging, merge_modules
from freehold.merge.lines import Agreed, Clash, merge3, strays
from freehold.merge.markers import has_markers, marked

__all__ = ["Merged", "Tidy", "merge_file"]

Tidy = Callable[[str], str]
"""Black, which may refuse with ValueError; given, because only one room of ours knows it."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of a file, with markers around what a person must decide."""

    text: str
    conflicts: int = 0
    how: str = ""


def merge_file(
    path: str, base: str, mine: str, new: str, *, tidy: Tidy, own: frozenset[str] = frozenset()
) -> Merged:
    """Both sides' changes to `base` in one text; LF line ends in and out."""
    if mine == new or base == new:
        return Merged(mine, how="nothing new")
    if mine == base:
        return Merged(new, how="nothing edited")
    if has_markers(mine):
        return Merged(_all_marked(base, mine, new), 1, "markers left")
    if path.endswith((".py", ".pyi")):
        return _python(base, mine, new, tidy, own)
    return _other(path, base, mine, new)


def _all_marked(base: str, mine: str, new: str) -> str:
    sides = (mine.splitlines(), base.splitlines(), new.splitlines())
    return "\n".join([*marked(*sides), ""])


def _python(base: str, mine: str, new: str, tidy: Tidy, own: frozenset[str]) -> Merged:
    if _parses(mine) is None:
        return _by_line(base, mine, new, touching=False)
    if _same(mine, base):
        return Merged(new, how="format")
    if _same(mine, new):
        return Merged(mine, how="format")
    # Where functions changed places, lines do not tell what stands behind what.
    is_in_order = not (_is_moved(base, mine) or _is_moved(base, new))
    # A line of four blanks is in another block where two make one.
    is_plain = is_in_order and _is_by_fours(mine)
    text = _line_merge(base, mine, new, touching=True) if is_plain else None
    if text is not None:
        laid_out = _tidied(text, tidy)
        if laid_out != text and _tidied(mine, tidy) == mine:
            text = laid_out  # what was as black leaves it is so afterwards
        text = _whole(text, mine, new, tidy, own)
        if guard.holds(base, mine, new, text):
            return Merged(text, how="lines")
    # From here on statements are taken apart and put together again: black's layout is the common one.
    laid_out = _tidied(mine, tidy)
    text = _line_merge(base, laid_out, new, touching=True) if is_in_order else None
    if text is not None:
        text = _whole(_tidied(text, tidy), laid_out, new, tidy, own)
        if guard.holds(base, laid_out, new, text):
            return Merged(text, how="lines")
    return _by_declaration(base, mine, laid_out, new, tidy, own)


def _is_by_fours(text: str) -> bool:
    """Whether every statement is indented as ours are."""
    module = _parses(text)
    nodes = ast.walk(module) if module else ()
    return all(node.col_offset % 4 == 0 for node in nodes if isinstance(node, ast.stmt))


def _is_moved(one: str, two: str) -> bool:
    """Whether functions and classes that both texts have stand in another order."""
    first, second = _names(one), _names(two)
    return [name for name in first if name in second] != [name for name in second if name in first]


def _names(text: str) -> list[str]:
    module = _parses(text)
    defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node.name for node in module.body if isinstance(node, defined)] if module else []


def _by_declaration(
    base: str, mine: str, laid_out: str, new: str, tidy: Tidy, own: frozenset[str]
) -> Merged:
    blocks = parse(base), parse(laid_out), parse(new)
    if blocks[0] is None or blocks[1] is None or blocks[2] is None:
        return _by_line(base, mine, new, touching=False)
    merging = Merging(own)
    lines = merge_modules(blocks[0], blocks[1], blocks[2], merging)
    text = "\n".join(lines) + "\n" if lines else ""
    if merging.conflicts:
        return Merged(text, merging.conflicts, "declarations")
    text = _whole(_tidied(text, tidy), laid_out, new, tidy, own)
    if guard.holds(base, laid_out, new, text, merging.renamed):
        return Merged(text, how="declarations")
    return _refused(base, laid_out, new)


def _refused(base: str, mine: str, new: str) -> Merged:
    """What no way of merging keeps whole: the changed regions, one conflict for each."""
    found = _by_line(base, mine, new, touching=False)
    return found if found.conflicts else Merged(_all_marked(base, mine, new), 1, "guard")


@lru_cache(maxsize=16)  # nobody changes a module
def _parses(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _same(one: str, two: str) -> bool:
    """Whether two texts differ in layout alone: the same program, the same comments."""
    first, second = _parses(one), _parses(two)
    if first is None or second is None or _dumped(one) != _dumped(two):
        return False
    return _comments(one) == _comments(two)


@lru_cache(maxsize=16)
def _dumped(text: str) -> str:
    return ast.dump(ast.parse(text))


def _comments(text: str) -> list[str]:
    return [part for part in normal(text).split("\n") if "#" in part]


def _tidied(text: str, tidy: Tidy) -> str:
    try:
        return tidy(text)
    except ValueError:
        return text


def _line_merge(base: str, mine: str, new: str, *, touching: bool) -> str | None:
    sides = _split(base), _split(mine), _split(new)
    parts = merge3(*sides, touching=touching)
    if any(isinstance(part, Clash) for part in parts) or (touching and strays(*sides)):
        return None
    return "".join(line for part in parts if isinstance(part, Agreed) for line in part.lines)


def _split(text: str) -> list[str]:
    """Lines with their ends; a last line without one gets it, so that it compares equal."""
    lines = [f"{line}\n" for line in text.split("\n")]
    if lines and lines[-1] == "\n":
        lines.pop()
    return lines


def _by_line(base: str, mine: str, new: str, *, touching: bool) -> Merged:
    lines: list[str] = []
    conflicts = 0
    for part in merge3(*(_split(text) for text in (base, mine, new)), touching=touching):
        if isinstance(part, Agreed):
            lines += part.lines
        else:
            conflicts += 1
            sides = (
                [line.removesuffix("\n") for line in side]
                for side in (part.mine, part.base, part.new)
            )
            lines += [f"{line}\n" for line in marked(*sides)]
    return Merged("".join(lines), conflicts, "lines")


def _whole(text: str, mine: str, new: str, tidy: Tidy, own: frozenset[str]) -> str:
    """The text with the imports back that one side dropped while the other began to need them."""
    module = _parses(text)
    if module is None:
        return text
    missing = sense.undefined(module)
    if not missing:
        return text
    known: dict[str, str] = {}
    for side in (new, mine):
        block = parse(side)
        known |= imports.bound(block) if block else {}
    back = [known[name] for name in sorted(missing) if name in known]
    if not back:
        return text
    one, more = parse(text), parse("\n".join(back))
    if one is None or more is None:
        return text
    return _tidied("\n".join(imports.added(one, more, own)) + "\n", tidy)


def _other(path: str, base: str, mine: str, new: str) -> Merged:
    text = _line_merge(base, mine, new, touching=False)
    suffix = PurePosixPath(path).suffix
    if text is not None and keyed.is_sound(suffix, text):
        return Merged(text, how="lines")
    by_key = keyed.merge(suffix, base, mine, new)
    if by_key is not None:
        return Merged(by_key, how="keys")
    found = _by_line(base, mine, new, touching=False)
    return found if found.conflicts else Merged(_all_marked(base, mine, new), 1, "lines")

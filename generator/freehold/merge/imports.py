"""Imports are sets: what either side wants is there, in the order that isort would give it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from freehold.merge.blocks import Block, Item, parse
from freehold.merge.sequence import DisagreeError

__all__ = ["Placed", "added", "bound", "merged", "ordered", "sorted_again"]

Names = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """An import of the result, and the statement it comes from."""

    text: tuple[str, ...]
    item: Item | None


def merged(base: Item | None, mine: Item | None, new: Item | None) -> str:
    """One statement with the names that both sides leave; empty when they leave none."""
    versions = [one for one in (base, mine, new) if one is not None]
    texts = {"\n".join(one.lines) for one in versions}
    if base is None and len(versions) == 1:
        return texts.pop()
    if mine is not None and new is not None and mine.lines == new.lines:
        return "\n".join(mine.lines)
    if any("#" in text for text in texts):
        return _commented(base, mine, new)
    one, two, three = (_names(item) for item in (base, mine, new))
    gone = (set(one) - set(two)) | (set(one) - set(three))
    names = [name for name in (*two, *three) if name not in gone]
    names = list(dict.fromkeys(names))
    present = mine or new
    if not names or present is None:
        return ""
    if _is_sorted(two) and _is_sorted(three):
        names.sort(key=lambda name: _place(name[0]))
    told = ", ".join(f"{name} as {other}" if other else name for name, other in names)
    node = present.node
    if isinstance(node, ast.ImportFrom):
        return f"from {'.' * node.level}{node.module or ''} import {told}"
    return f"import {told}"


def _commented(base: Item | None, mine: Item | None, new: Item | None) -> str:
    """An import with a remark is kept as one side has it, where only one side changed it."""
    texts = ["\n".join(one.lines) if one else "" for one in (base, mine, new)]
    if texts[0] == texts[1]:
        return texts[2]
    if texts[0] == texts[2]:
        return texts[1]
    raise DisagreeError


def _names(item: Item | None) -> Names:
    if item is None or not isinstance(item.node, ast.Import | ast.ImportFrom):
        return ()
    return tuple((one.name, one.asname) for one in item.node.names)


def _is_sorted(names: Names) -> bool:
    places = [_place(name) for name, _ in names]
    return places == sorted(places)


def _place(name: str) -> tuple[int, str, str]:
    """Constants, classes, then the rest, as isort orders names."""
    rank = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return rank, name.lower(), name


def ordered(run: Sequence[Placed], mine: Block, new: Block, own: frozenset[str]) -> list[str]:
    """The lines of a run of imports; sorted when both sides keep theirs sorted."""
    run = [placed for placed in run if any(line.strip() for line in placed.text)]
    if not run:
        return []
    keep = [line for placed in run for line in placed.text]
    if any(placed.item is None or placed.item.lead for placed in run):
        return keep
    if not (_in_order(mine, own) and _in_order(new, own)):
        return keep
    first = run[0].item
    placed = sorted(run, key=lambda one: _rank(one.item, own))
    lines: list[str] = [""] * (first.blank if first else 0)
    section: int | None = None
    for one in placed:
        rank = _rank(one.item, own)[0]
        if section is not None and rank != section:
            lines.append("")
        section = rank
        lines += [line for line in one.text if line.strip()]
    return lines


def _in_order(block: Block, own: frozenset[str]) -> bool:
    ranks = [_rank(item, own) for item in block.items if item.kind == "import"]
    return ranks == sorted(ranks)


def _rank(item: Item | None, own: frozenset[str]) -> tuple[int, int, str]:
    node = item.node if item else None
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if node.level:
            # `from . import x` stands behind `from .a import x` of the same depth only by name.
            return 4, -node.level, module
        return _section(module, own), 1, module.lower()
    name = node.names[0].name if isinstance(node, ast.Import) else ""
    return _section(name, own), 0, name.lower()


def _section(module: str, own: frozenset[str]) -> int:
    root = module.split(".")[0]
    if root == "__future__":
        return 0
    if root in sys.stdlib_module_names:
        return 1
    return 3 if root in own else 2


def bound(block: Block) -> dict[str, str]:
    """By the name that it binds: the statement which imports that name alone."""
    found: dict[str, str] = {}
    for item in block.items:
        node = item.node
        if isinstance(node, ast.Import):
            for one in node.names:
                told = one.name + (f" as {one.asname}" if one.asname else "")
                found[one.asname or one.name.split(".")[0]] = f"import {told}"
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for one in node.names:
                told = one.name + (f" as {one.asname}" if one.asname else "")
                source = f"{'.' * node.level}{node.module or ''}"
                found[one.asname or one.name] = f"from {source} import {told}"
    return found


def added(block: Block, more: Block, own: frozenset[str], order: Block | None = None) -> list[str]:
    """The lines of a module with more imports among those that it has.

    They are sorted where those of `order` are, by default its own.
    """
    order = order or block
    wanted = _united(more)
    lines: list[str] = []
    run: list[Placed] = []
    is_before = True
    for item in block.items:
        if item.kind == "import" and is_before:
            other = wanted.pop(item.key, None)
            text = merged(None, item, other) if other else "\n".join(item.lines)
            run.append(Placed((*[""] * item.blank, *item.lead, text), item))
        elif item.key == "docstring" and is_before and not run:
            lines += item.text
        else:
            if is_before:
                lines += _with_rest(run, wanted, order, own)
            is_before = False
            lines += item.text
    if is_before:
        lines += _with_rest(run, wanted, order, own)
    return [*lines, *block.tail]


def _united(more: Block) -> dict[str, Item]:
    """Imports by the module that they are from, those of one module in one."""
    found: dict[str, Item] = {}
    for item in more.items:
        before = found.get(item.key)
        both = parse(merged(None, before, item)) if before else None
        found[item.key] = both.items[0] if both else item
    return found


def sorted_again(before: str, after: str, own: frozenset[str]) -> str:
    """A text whose imports were in order before some got another name, and shall be again."""
    old, new = parse(before), parse(after)
    if old is None or new is None or not _in_order(old, own) or _in_order(new, own):
        return after
    nothing = Block((), ())
    lines = added(new, nothing, own, old)
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines) + "\n"


def _with_rest(
    run: list[Placed], wanted: dict[str, Item], block: Block, own: frozenset[str]
) -> list[str]:
    rest = [Placed(tuple(item.lines), item) for item in wanted.values()]
    if not run and rest:
        rest[0] = Placed(("", *rest[0].text), rest[0].item)
        return [line for one in rest for line in one.text]
    return ordered([*run, *rest], block, block, own)

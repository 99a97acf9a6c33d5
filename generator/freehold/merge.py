"""What generating again does to each file: the first rung, where two of the three texts agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from freehold.plan import Keep, Output

__all__ = ["Change", "Kind", "merge"]


class Kind(Enum):
    """What becomes of a file."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """The team's: written once, edited where nothing new comes, or deleted by them."""
    CONFLICT = "conflict"
    """The team edited it, and the new text differs from the last: a person must decide."""
    ORPHAN = "orphan"
    """Nothing makes it any more; it stays until a person removes it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the project: `text` is what it shall hold, or holds where nothing is written."""

    path: str
    kind: Kind
    text: str


def merge(
    outputs: list[Output],
    tree: Mapping[str, str],
    mine: Mapping[str, str],
    base: Mapping[str, str],
) -> list[Change]:
    """Compare what is new (`tree`), what the team has (`mine`) and what we wrote last (`base`)."""
    changes = [
        _change(output, tree[output.path], mine.get(output.path), base.get(output.path))
        for output in outputs
    ]
    changes += [
        Change(path, Kind.ORPHAN, mine[path])
        for path in sorted(base.keys() - tree.keys())
        if path in mine
    ]
    return changes


def _change(output: Output, new: str, mine: str | None, base: str | None) -> Change:
    if mine == new:
        return Change(output.path, Kind.UNCHANGED, new)
    if mine is None:
        return Change(output.path, Kind.CREATE if base is None else Kind.KEPT, new)
    if output.keep is Keep.YOURS:
        return Change(output.path, Kind.KEPT, mine)
    if mine == base:
        return Change(output.path, Kind.UPDATE, new)
    if new == base:
        return Change(output.path, Kind.KEPT, mine)
    return Change(output.path, Kind.CONFLICT, mine)

"""The rules of the tree: which files come, go, stay, were moved, or belong to the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from freehold.merge import splits
from freehold.merge.files import Tidy, merge_file
from freehold.merge.lines import pairs
from freehold.merge.markers import has_markers, marked
from freehold.merge.splits import Split
from freehold.plan import Keep, Output

__all__ = ["Change", "Kind", "Terms", "merge"]


class Kind(Enum):
    """What becomes of a file."""

    CREATE = "create"
    UPDATE = "update"
    MERGE = "merge"
    """The team edited it and something new comes: both are in the text."""
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """The team's: written once, edited where nothing new comes, or deleted by them."""
    CONFLICT = "conflict"
    """The team edited what the new text changes too: a person must decide."""
    DELETE = "delete"
    """Nothing makes it any more, and nobody edited it."""
    ORPHAN = "orphan"
    """Nothing makes it any more, and the team edited it: it stays until a person removes it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the project: `text` is what it shall hold, or holds where nothing is written.

    A conflict's text has markers around `conflicts` places; None of it is written unless asked for.
    """

    path: str
    kind: Kind
    text: str
    conflicts: int = 0
    why: str = ""
    origin: str | None = None  # where it was until now


@dataclass(frozen=True, slots=True)
class Terms:
    """What merging has to know besides the texts."""

    tidy: Tidy
    own: frozenset[str] = frozenset()
    """The project's own packages."""
    was: Mapping[str, Keep] = field(default_factory=dict)
    """Whose the files of the last run were; those that nobody knows are the team's."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Where the team moved what is not in its place any more."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where a file was before a resource got another name."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Files of the team's own, into which it may have moved what is ours."""


def merge(
    outputs: Sequence[Output],
    tree: Mapping[str, str],
    mine: Mapping[str, str],
    base: Mapping[str, str],
    terms: Terms,
) -> list[Change]:
    """Bring together what is new (`tree`), what the team has (`mine`) and what we wrote last (`base`)."""
    owned = {output.path for output in outputs if output.keep is Keep.YOURS}
    merged = {path: text for path, text in tree.items() if path not in owned}
    moved = splits.found(base, mine, merged, terms.others)
    changing = [split for split in moved if not split.is_gone]
    before, after = _without(base, changing, mine), _without(tree, changing, mine)
    changes = [_change(output, after[output.path], mine, before, terms) for output in outputs]
    changes = _followed(changes, moved, mine, base, tree, terms)
    return changes + [
        _left_over(path, mine[path], base[path], terms)
        for path in sorted(base.keys() - tree.keys())
        if path in mine
    ]


def _without(
    texts: Mapping[str, str], moved: Sequence[Split], mine: Mapping[str, str]
) -> Mapping[str, str]:
    """The texts without what the team moved out of them."""
    names: dict[str, list[str]] = {}
    for split in moved:
        names.setdefault(split.path, []).append(split.name)
    rest = {p: splits.without(texts[p], gone, mine[p]) for p, gone in names.items()}
    return {**texts, **rest}


def _followed(
    changes: Sequence[Change],
    moved: Sequence[Split],
    mine: Mapping[str, str],
    base: Mapping[str, str],
    tree: Mapping[str, str],
    terms: Terms,
) -> list[Change]:
    """The changes, with those of definitions that the team moved, at the places where they are now."""
    result = {change.path: change for change in changes}
    for place in sorted({split.place for split in moved}):
        there = result.get(place)
        if there is not None and there.kind is Kind.CONFLICT:
            continue
        text = there.text if there else {**terms.others, **mine}[place]
        inside = [
            split
            for split in moved
            if split.place == place
            and not (split.is_gone and result[split.path].kind is Kind.CONFLICT)
        ]
        if not inside:
            continue
        found = splits.followed(text, inside, base, tree, tidy=terms.tidy, own=terms.own)
        if found.conflicts:
            result[place] = Change(place, Kind.CONFLICT, found.text, found.conflicts, "edited")
        elif found.text != text:
            result[place] = Change(place, Kind.MERGE, found.text, 0, found.how)
            for split in inside:
                if split.is_gone:
                    result[split.path] = _unled(result[split.path], split, tree, terms)
    return list(result.values())


def _unled(change: Change, split: Split, tree: Mapping[str, str], terms: Terms) -> Change:
    """The file that a definition was moved out of, without the import that led to it."""
    text = splits.without_import(change.text, [split.name])
    if text == change.text:
        return change
    text = splits.laid_out(text, change.text, terms.tidy)
    return replace(change, kind=Kind.UPDATE if text == tree[split.path] else Kind.MERGE, text=text)


def _left_over(path: str, mine: str, base: str, terms: Terms) -> Change:
    is_ours = terms.was.get(path) is Keep.MERGED
    if is_ours and mine == base:
        return Change(path, Kind.DELETE, "")
    return Change(path, Kind.ORPHAN, mine)


def _change(
    output: Output, new: str, mine: Mapping[str, str], base: Mapping[str, str], terms: Terms
) -> Change:
    origin = terms.origins.get(output.path)
    place = terms.moved.get(output.path, output.path)
    held, last = mine.get(place), base.get(output.path)
    kind, text, conflicts, why = _fate(output, held, last, new, terms)
    if origin is not None and kind in (Kind.UNCHANGED, Kind.KEPT) and place in mine:
        kind = Kind.UPDATE if text == new else Kind.MERGE  # it is not where it shall be
    return Change(place, kind, text, conflicts, why, origin)


def _fate(
    output: Output, mine: str | None, base: str | None, new: str, terms: Terms
) -> tuple[Kind, str, int, str]:
    if mine == new:
        return Kind.UNCHANGED, new, 0, ""
    if mine is None:
        return (Kind.CREATE if base is None else Kind.KEPT), new, 0, ""
    if has_markers(mine) and not has_markers(new):
        return Kind.CONFLICT, mine, 1, "markers"
    if output.keep is Keep.YOURS:
        return Kind.KEPT, mine, 0, ""
    if mine == base:
        return Kind.UPDATE, new, 0, ""
    if new == base:
        return Kind.KEPT, mine, 0, ""
    if base is None:
        return Kind.CONFLICT, _two_way(mine, new), 1, "taken"
    merged = merge_file(output.path, base, mine, new, tidy=terms.tidy, own=terms.own)
    if merged.conflicts:
        return Kind.CONFLICT, merged.text, merged.conflicts, "edited"
    if merged.text == new:
        return Kind.UPDATE, new, 0, merged.how
    if merged.text == mine:
        return Kind.KEPT, mine, 0, merged.how
    return Kind.MERGE, merged.text, 0, merged.how


def _two_way(mine: str, new: str) -> str:
    """A file of the team's and the one that would come in its place: a conflict at every difference."""
    one, two = mine.split("\n"), new.split("\n")
    lines: list[str] = []
    i = j = 0
    for a, b in [*pairs(one, two), (len(one), len(two))]:
        if i < a or j < b:
            lines += marked(one[i:a], [], two[j:b])
        lines += one[a : a + 1]
        i, j = a + 1, b + 1
    text = "\n".join(lines)
    return text if text.endswith("\n") else f"{text}\n"

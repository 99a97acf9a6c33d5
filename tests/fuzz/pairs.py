"""Pairs of a change of the spec and an edit of a file, with what must come out of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.fuzz.corpus import Change
from tests.fuzz.edits import EDITS, Edit, drawn
from tests.fuzz.oracle import Verdict, judge, read, sums_up
from tests.fuzz.places import Draw, EitherError, GoneError, RivalError, hot

__all__ = ["Pair", "Right", "draw", "judged", "judged_files", "pairs"]


@dataclass(frozen=True, slots=True)
class Right:
    """What may come out: one of the texts, or a conflict, or any text that keeps all of both sides."""

    texts: tuple[str, ...] = ()
    may_conflict: bool = False
    sums: bool = False

    @property
    def must_conflict(self) -> bool:
        return not self.texts and not self.sums


@dataclass(frozen=True, slots=True)
class Pair:
    """One file under one change of the spec, and one edit of it."""

    change: Change
    edit: Edit
    place: str
    """Where the new project has the file."""
    base: str
    new: str
    mine: str
    right: Right
    files: Mapping[str, str] = field(default_factory=dict)
    """What the edit put into files of the team's own."""

    def __str__(self) -> str:
        what = "+".join(self.change.kinds)
        return f"{self.edit.kind} ({self.edit.token}) in {self.edit.path} under {what}"


def place_of(change: Change, path: str) -> str:
    """Where the new project has what the old one has at `path`."""
    return path if path in change.new.tree else change.swapped(path)


def draw(change: Change, path: str, kind: str, seed: random.Random) -> Pair | None:
    """A random edit of one kind, and what must become of it."""
    base, place = change.old.tree[path], place_of(change, path)
    new = change.new.tree.get(place)
    if new is None or (kind == "handler" and change.new.swaps):
        return None  # a copy says the old name in prose, which is told and left to the team
    token = f"ours{seed.randrange(10**8)}"
    edit = drawn(kind, path, Draw(base, token, seed, hot(base, new)))
    if edit is None:
        return None
    try:
        mine = edit.do(base, str, "after")
    except (GoneError, RivalError, EitherError):
        return None
    if mine == base:
        return None
    files = edit.files(base, str) if edit.files else {}
    folder = path.rpartition("/")[0]
    return Pair(
        change, edit, place, base, new, mine, right(change, edit, new),
        {f"{folder}/{name}": text for name, text in files.items()},
    )  # fmt: skip


def right(change: Change, edit: Edit, new: str) -> Right:
    """What must come out where `new` is the generated text: the edit, done to that."""
    try:
        texts = [edit.do(new, change.swapped, prefer) for prefer in ("after", "before")]
    except RivalError:
        return Right()
    except EitherError as either:
        return Right((either.text,), may_conflict=True)
    except GoneError:
        return Right(may_conflict=True, sums=True)
    return Right(tuple(dict.fromkeys(texts)))


def judged(pair: Pair, result: str | None) -> tuple[Verdict, str]:
    """What a way of merging made of the pair; "unasked" where it had to ask and did not."""
    if pair.right.must_conflict:
        if (
            result is None
            or judge(result, [pair.mine])[0] == "correct" == judge(pair.mine, [pair.new])[0]
        ):
            return "correct", ""
        return "unasked", "both changed it, and nobody was asked"
    if result is None and pair.right.may_conflict:
        return "correct", ""
    if pair.right.sums and result is not None:
        swapped = pair.change.swapped
        return sums_up(swapped(pair.base), swapped(pair.mine), pair.new, result)
    return judge(result, pair.right.texts)


def judged_files(pair: Pair, merged: Mapping[str, str | None]) -> tuple[Verdict, str]:
    """Whether what the edit moved into other files is there as the new text has it; imports may differ."""
    if pair.edit.files is None or pair.right.must_conflict or pair.change.renames:
        return "correct", ""
    folder = pair.place.rpartition("/")[0]
    for name, text in pair.edit.files(pair.new, pair.change.swapped).items():
        held = merged.get(f"{folder}/{name}")
        if held is None:
            return ("correct", "") if pair.right.may_conflict else ("conflict", name)
        if read(held).scopes != read(text).scopes:
            return "lost", f"{name} does not hold what was moved into it"
    return "correct", ""


def edited_paths(change: Change) -> list[str]:
    """Files that the spec changes and that a team may edit: those that change first."""
    found = [
        path
        for path, text in change.old.tree.items()
        if path.endswith(".py") and text.count("\n") > 5 and place_of(change, path) in change.new.tree
        and not path.startswith("migrations/versions") and not path.endswith(("rules.py", "seed.py"))
    ]  # fmt: skip
    return [p for p in found if change.new.tree[place_of(change, p)] != change.old.tree[p]]


def pairs(change: Change, count: int, seed: random.Random) -> Iterator[Pair]:
    """Random pairs of one change of the spec; every kind of edit comes up as often as the files allow."""
    paths = edited_paths(change)
    kinds: list[str] = []
    for _ in range(count if paths else 0):
        for _ in range(12):
            if not kinds:
                kinds = seed.sample(sorted(EDITS), len(EDITS))
            found = draw(change, seed.choice(paths), kinds.pop(), seed)
            if found is not None:
                yield found
                break

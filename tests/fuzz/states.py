"""States of a project: a change of the spec, and as many edits at once as do not touch one another."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from freehold.merge import Change as Merged

from tests.fuzz.corpus import Change
from tests.fuzz.merging import merged_tree, ours, result
from tests.fuzz.oracle import Verdict, judge
from tests.fuzz.pairs import Pair, judged, judged_files, pairs
from tests.fuzz.places import EitherError, GoneError, RivalError, first_line, label, parsed

__all__ = ["Edited", "Outcome", "State", "judged_state", "states_of"]


@dataclass(slots=True)
class Edited:
    """One file with several edits, and what must come out."""

    path: str
    place: str
    base: str
    mine: str
    new: str
    right: list[str]
    pairs: list[Pair] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class State:
    """A project whose team edited some files, just before the spec changes."""

    change: Change
    files: tuple[Edited, ...]
    alone: tuple[Pair, ...]
    """Pairs that no other edit can stand beside: those that ask, and those that do not fit."""

    @property
    def edited(self) -> dict[str, str]:
        return {one.path: one.mine for one in self.files}

    @property
    def made(self) -> dict[str, str]:
        """Files of the team's own."""
        return {
            p: text for one in self.files for pair in one.pairs for p, text in pair.files.items()
        }

    @property
    def pairs(self) -> list[Pair]:
        return [pair for one in self.files for pair in one.pairs]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one pair."""

    pair: Pair
    verdict: Verdict
    why: str = ""


def states_of(change: Change, count: int, seed: random.Random) -> list[State]:
    """`count` random pairs of one change, in as few states of the project as can hold them."""
    layers: list[dict[str, Edited]] = [{}]
    alone: list[Pair] = []
    found = sorted(pairs(change, count, seed), key=lambda pair: pair.edit.is_whole)
    for pair in found:
        clean = pair.right.texts and not pair.right.may_conflict
        # Some pairs are merged with nothing beside them, as most edits are.
        if not clean or seed.random() < 0.1:
            alone.append(pair)
        elif not any(_joined(held, pair) for held in layers):
            layers.append({})
            if not _joined(layers[-1], pair):
                alone.append(pair)
    return [
        State(change, tuple(held.values()), tuple(alone) if number == 0 else ())
        for number, held in enumerate(layers)
    ]


def _joined(held: dict[str, Edited], pair: Pair) -> bool:
    """Put a pair to the others of its file; False where it does not fit."""
    one = held.get(pair.edit.path)
    if one is None:
        one = Edited(
            pair.edit.path, pair.place, pair.base, pair.base, pair.new, [pair.new, pair.new]
        )
    touched = _touched(pair)
    if touched & one.touched or any(p.edit.is_whole for p in one.pairs):
        return False
    change = pair.change
    try:
        mine = pair.edit.do(one.mine, str, "after")
        right = [
            pair.edit.do(text, change.swapped, prefer)
            for text, prefer in zip(one.right, ("after", "before"), strict=True)
        ]
    except (GoneError, RivalError, EitherError, SyntaxError):
        return False
    one.mine, one.right = mine, right
    one.pairs.append(pair)
    one.touched |= touched
    held[one.path] = one
    return True


def _touched(pair: Pair) -> set[str]:
    """What is another text at the top of the module, or behind something else, with what it stood behind."""
    if pair.edit.is_whole:
        return set()
    before, after = _segments(pair.base), _segments(pair.mine)
    known, now = dict(before), dict(after)
    found = {told for told, text in before if now.get(told) != text}
    for number, (told, _) in enumerate(after):
        if told not in known:
            found |= {near for near, _ in after[max(0, number - 1) : number + 2] if near in known}
    was, is_now = _behind(before), _behind(after)
    for told in was.keys() & is_now.keys():
        if was[told] != is_now[told]:
            found |= {told, was[told], is_now[told]} & known.keys()
    return found


def _behind(segments: list[tuple[str, str]]) -> dict[str, str]:
    """What each stands behind."""
    return {two: one for (one, _), (two, _) in pairwise(segments)}


def _segments(text: str) -> list[tuple[str, str]]:
    """Each statement of the module with its lines, what stands above it, and comments at the end of it."""
    lines = text.split("\n")
    done = 0
    found = []
    for node in parsed(text).body:
        end = node.end_lineno or first_line(node)
        while end < len(lines) and lines[end].startswith(" "):
            end += 1  # a comment at the end of a body
        found.append((label(node), "\n".join(lines[done:end]).strip()))
        done = end
    return found


def judged_state(one: State) -> tuple[list[Outcome], Mapping[str, Merged]]:
    """What became of every pair, and of every file of the project."""
    merged = merged_tree(one.change, one.edited, one.made)
    outcomes: list[Outcome] = []
    for file in one.files:
        verdict, why = judge(result(merged.get(file.place), file.new), file.right)
        if verdict == "correct":
            outcomes += [Outcome(pair, verdict) for pair in file.pairs]
        else:
            outcomes += _blamed(file, verdict, why)
    outcomes += [Outcome(pair, *judged(pair, ours(pair))) for pair in one.alone]
    texts = {path: result(found, "") for path, found in merged.items()}
    for number, found in enumerate(outcomes):
        if found.verdict == "correct" and found.pair.files:
            pair = found.pair
            held = texts if pair not in one.alone else _texts(pair)
            outcomes[number] = Outcome(pair, *judged_files(pair, held))
    return outcomes, merged


def _texts(pair: Pair) -> dict[str, str | None]:
    merged = merged_tree(pair.change, {pair.edit.path: pair.mine}, pair.files, {pair.edit.path})
    return {path: result(found, "") for path, found in merged.items()}


def _blamed(file: Edited, verdict: Verdict, why: str) -> list[Outcome]:
    """Each pair of a file by itself; where none is at fault alone, the last one is for all."""
    found = [Outcome(pair, *judged(pair, ours(pair))) for pair in file.pairs]
    if all(one.verdict == "correct" for one in found):
        kinds = " and ".join(pair.edit.kind for pair in file.pairs)
        found[-1] = Outcome(file.pairs[-1], verdict, f"only together, {kinds}: {why}")
    return found

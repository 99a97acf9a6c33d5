"""A campaign: many pairs of one project, what became of them, type-checked, and some run by the command line."""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from freehold.merge import Change as Merged
from freehold.merge import Kind

from tests.fuzz.corpus import Change, drawn, first, versions
from tests.fuzz.merging import generated, result
from tests.fuzz.states import Outcome, State, judged_state, states_of
from tests.fuzz.typecheck import type_checked

__all__ = ["Dose", "Tally", "campaign"]

LEFT = (Kind.DELETE, Kind.ORPHAN, Kind.CONFLICT)


@dataclass(frozen=True, slots=True)
class Dose:
    """How much of it: versions of the spec, pairs, pairs of one change, and every which change is run how."""

    versions: int
    pairs: int
    each: int = 40
    type_check: int = 5
    command_line: int = 25


@dataclass(slots=True)
class Tally:
    """What became of the pairs."""

    verdicts: Counter[str] = field(default_factory=Counter)
    """Of the pairs where nobody has to be asked."""
    asked: Counter[str] = field(default_factory=Counter)
    """Of the others: "correct" is a conflict, or a text that keeps all of both sides where that can be."""
    kinds: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    """Kinds of edit and of change that mypy saw the results of."""
    by_command: int = 0
    """Pairs that went through the command line."""
    bad: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.verdicts.total() + self.asked.total()

    def __str__(self) -> str:
        return (
            f"{self.total} pairs: {dict(self.verdicts)}, where both changed one thing {dict(self.asked)}, "
            f"{self.by_command} by the command line, {self.checked['states']} states type-checked"
        )


def campaign(name: str, seed: int, dose: Dose, cache: Path) -> Tally:
    """Random edits against random changes of one project's spec."""
    random_ = random.Random(f"{name} {seed}")
    every = [first(name), *versions(name, seed, drawn(random_, dose.versions))]
    changes = [Change(one, two) for one in every for two in every if one is not two]
    changes = [change for change in changes if change.is_possible]
    random_.shuffle(changes)
    changes.sort(
        key=lambda change: bool(change.old.kinds)
    )  # each version once, then one from another
    tally = Tally()
    number = 0
    while tally.total < dose.pairs:
        change = changes[number % len(changes)]
        count = min(dose.each, dose.pairs - tally.total)
        states = states_of(change, count, random_)
        for state in states:
            outcomes, merged = judged_state(state)
            _count(tally, outcomes)
            if number % dose.command_line == 1 and state is states[0]:
                _by_command_line(state, merged, tally)
        if number < len(every) - 1 or number % dose.type_check == 0:
            _type_check(states[0], cache, tally)
        number += 1
    return tally


def _count(tally: Tally, outcomes: list[Outcome]) -> None:
    for one in outcomes:
        is_asked = one.pair.right.must_conflict or one.pair.right.may_conflict
        (tally.asked if is_asked else tally.verdicts)[one.verdict] += 1
        tally.kinds[one.pair.edit.kind] += 1
        if one.verdict != "correct":
            tally.bad.append(f"{one.verdict}: {one.pair.change.old.name}: {one.pair}: {one.why}")


def _by_command_line(state: State, merged: Mapping[str, Merged], tally: Tally) -> None:
    """The same on real folders must give the same texts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code, said = generated(folder, state.change, state.edited, state.made)
        where = f"{state.change.old.name} {state.change.kinds}"
        conflicts = [p for p, one in merged.items() if one.kind is Kind.CONFLICT]
        if (code == 4) != bool(conflicts) or code not in (0, 4):
            tally.bad.append(f"command line: {where}: exit {code}, and {conflicts}: {said[-2000:]}")
        elif code == 0:
            for path, one in merged.items():
                if one.kind not in LEFT and (folder / path).read_text("utf-8") != one.text:
                    tally.bad.append(f"command line: {where}: {path} has another text")
    tally.by_command += len(state.pairs)


def _type_check(state: State, cache: Path, tally: Tally) -> None:
    """The project that comes out type-checks, but for what was reported with its line."""
    outcomes, merged = judged_state(State(state.change, state.files, ()))
    texts = {p: one.text for p, one in merged.items() if one.kind not in LEFT}
    for file in state.files:
        if result(merged.get(file.place), file.new) is None:
            texts[file.place] = file.new
    folder = cache / state.change.old.name
    complaints = type_checked(folder, {**state.change.new.tree, **texts}, cache / "mypy")
    tally.checked["states"] += 1
    tally.checked.update({one.pair.edit.kind for one in outcomes})
    tally.checked.update({kind.removeprefix("undo ") for kind in state.change.kinds})
    if not complaints:
        return
    with tempfile.TemporaryDirectory() as name:
        _, said = generated(Path(name), state.change, state.edited, state.made)
    told = set(re.findall(r"Look at (\S+):(\d+): ", said))
    lacking = set(re.findall(r"has no `(\w+)`, which the generated code calls now", said))
    before = {**state.change.old.tree, **state.edited, **state.made}
    # What the team wrote may be at odds with the new spec; then so it is in what must come out.
    right = {**state.change.new.tree, **texts, **{one.place: one.right[0] for one in state.files}}
    known = {
        (one.path, one.message)
        for tree in (before, right)
        for one in type_checked(folder, tree, cache / "mypy")
    }
    for one in complaints:
        wanted = re.search(r'has no attribute "(\w+)"', one.message)
        is_told = (one.path, str(one.line)) in told or (wanted and wanted[1] in lacking)
        if not is_told and (one.path, one.message) not in known:
            line = texts.get(one.path, "").split("\n")[one.line - 1 : one.line]
            tally.bad.append(f"mypy: {state.change.kinds}: {one}: {line}")

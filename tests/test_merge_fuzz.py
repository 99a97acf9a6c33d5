"""Random edits against random changes of the spec: nothing lost, nothing moved, nothing twice."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from freehold.merge.files import merge_file
from freehold.plan import plan
from freehold.render import Before, render, tidy
from freehold.resolve import resolve
from freehold.spec import parse_text

from tests.merge_fuzz import Edit, definitions, edits, judge

SPEC = (Path(__file__).parent / "stories/regenerate/shelf.yaml").read_text("utf-8")
OWN = frozenset({"shelf", "tests"})

FIELD = "      weight?: {type: int, min: 1, index: true}\n"
LAST = "      box?: {type: Box, on_delete: set_null}\n"
# Each is one thing that an author does to a spec; any few of them together are a change.
CHANGES = (
    (FIELD, FIELD + "      note?: text\n"),
    (FIELD, "      note: {type: string, max: 20, index: true}\n" + FIELD),
    (LAST, LAST + "      made?: {type: date, index: true}\n"),
    (FIELD, ""),
    (FIELD, FIELD.replace("min: 1", "min: 2, max: 900")),
    (FIELD, FIELD.replace(", index: true", "")),
    ("max: 80", "max: 120"),
    ("max: 80, search: true", "max: 80, search: true, unique: true"),
    ("price: Money", "price: {type: Money, index: [amount]}"),
    ("price: Money", "price?: Money"),
    ("staff: [create, update, delete]", "staff: [create, update, delete, restore, history]"),
    ("staff: [create, update, delete]", "staff: [create, update]"),
    ("Size: [small, large]", "Size: [small, medium, large]"),
    ("  Thing:\n", "  Thing:\n    drafts: true\n"),
    ("  Thing:\n", "  Room:\n    fields:\n      number: int\n    allow: {staff: all}\n\n  Thing:\n"),
    (
        "staff: [create, update, delete]",
        "staff: [create, update, delete]\n    workflow:\n      field: size\n      initial: small\n"
        "      transitions:\n        grow: {from: small, to: large, allow: [staff]}\n"
        "        shrink: {from: large, to: small, allow: [staff]}",
    ),
    ("      title: {", "      volume: {type: int, computed: true}\n      title: {"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """One file, before and after a change of the spec, and an edit of what it was before."""

    path: str
    base: str
    new: str
    edit: Edit
    known: frozenset[str]


@cache
def rendered(spec: str) -> dict[str, str]:
    domain = resolve(parse_text(Path("shelf.yaml"), spec))
    outputs = plan(domain)
    if spec == SPEC:
        return render(domain, outputs)
    first = resolve(parse_text(Path("shelf.yaml"), SPEC))
    return render(domain, outputs, Before(first, plan(first), rendered(SPEC)))


def changed(seed: random.Random) -> str:
    """The spec with one to three things done to it, at different places."""
    spec = SPEC
    for before, after in seed.sample(CHANGES, seed.randint(1, 3)):
        if before in spec:
            spec = spec.replace(before, after, 1)
    return spec


def pairs(number: int, edits_each: int, start: int) -> Iterator[Pair]:
    """Pairs that can be resolved: what the team edited is still there in the new text."""
    for count in range(start, start + number):
        seed = random.Random(count)
        base, new = rendered(SPEC), rendered(changed(seed))
        paths = [
            path
            for path in sorted(base)
            if path.endswith(".py") and new.get(path, base[path]) != base[path]
            and not path.startswith("migrations/") and base[path].count("\n") > 5
        ]  # fmt: skip
        for _ in range(edits_each if paths else 0):
            path = seed.choice(paths)
            edit = edits(base[path], seed)
            if edit is None or not is_resolvable(base[path], new[path], edit):
                continue
            words = {*re.findall(r"\w+", new[path])} - {*re.findall(r"\w+", base[path])}
            yield Pair(path, base[path], new[path], edit, frozenset(words))


def is_resolvable(base: str, new: str, edit: Edit) -> bool:
    """Whether nobody would have to ask: the new text has what the edit is in, and says there what it did."""
    here = {path for path, _, _ in definitions(ast.parse(new))}
    was = {path for path, _, _ in definitions(ast.parse(base))}
    parts = edit.scope.split("/")
    owner = next(
        (p for p in ("/".join(parts[:n]) for n in range(len(parts), 0, -1)) if p in was), ""
    )
    if owner and owner not in here:
        return False
    if edit.kind == "renamed":
        gone = was - {path for path, _, _ in definitions(ast.parse(edit.text))}
        return gone <= here
    if edit.kind == "remark":
        following = edit.text.split(f"# {edit.token}\n")[1].split("\n")[0]
        return following in new.split("\n")
    if edit.kind == "docstring":
        line = next(line for line in edit.text.split("\n") if edit.token in line)
        return line.replace(f"{edit.token} ", "") in new
    return True


def ours(pair: Pair) -> str | None:
    merged = merge_file(pair.path, pair.base, pair.edit.text, pair.new, tidy=tidy, own=OWN)
    return None if merged.conflicts else merged.text


def tally(number: int, edits_each: int, start: int = 0) -> tuple[Counter[str], list[str]]:
    """How often each verdict came out, and the pairs that are not as they should be."""
    verdicts: Counter[str] = Counter()
    bad: list[str] = []
    for pair in pairs(number, edits_each, start):
        verdict = judge(pair.edit, pair.new, ours(pair), pair.known)
        verdicts[verdict] += 1
        if verdict != "correct":
            bad.append(f"{verdict}: {pair.edit.kind} of {pair.path}, {pair.edit.token}")
    return verdicts, bad


def keeps_its_word(verdicts: Counter[str], bad: list[str]) -> None:
    silent = verdicts.total() - verdicts["correct"] - verdicts["conflict"]
    assert silent == 0, "\n".join(bad)
    assert verdicts["conflict"] <= verdicts.total() * 0.005, "\n".join(bad)


def test_random_edits_survive_random_changes_of_the_spec() -> None:
    verdicts, bad = tally(6, 40)
    assert verdicts.total() > 100
    keeps_its_word(verdicts, bad)


@pytest.mark.heavy
@pytest.mark.parametrize("start", range(0, 500, 50))
def test_many_more_random_edits_survive(start: int) -> None:
    verdicts, bad = tally(50, 120, 1000 + start)
    keeps_its_word(verdicts, bad)

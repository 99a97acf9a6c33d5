"""The oracle of the fuzz finds what it is there for: mistakes planted into merges that are right."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from tests.fuzz.corpus import Change, first, versions
from tests.fuzz.edits_whole import reordered
from tests.fuzz.merging import ours
from tests.fuzz.oracle import judge, sums_up
from tests.fuzz.pairs import Pair, draw, edited_paths, judged
from tests.fuzz.places import Draw

FIELDS = [("add_field", "tighten", "remove_field"), ("transition", "allow")]


@pytest.fixture(scope="module")
def changes() -> list[Change]:
    """The tracker with fields added, tightened and taken away, and with other transitions."""
    return [Change(first("tracker"), one) for one in versions("tracker", 7, FIELDS)]


def drawn(changes: list[Change], kind: str, count: int) -> Iterator[Pair]:
    """Pairs of an edit of one kind that merge as they must, where both sides did something."""
    for change in changes:
        seed = random.Random(kind)
        paths = edited_paths(change)
        found = [draw(change, seed.choice(paths), kind, seed) for _ in range(10 * count)]
        good = [p for p in found if p and p.right.texts and not p.right.may_conflict]
        yield from good[:count]


def right(pair: Pair) -> str:
    result = ours(pair)
    assert judged(pair, result) == ("correct", "")
    assert result is not None
    return result


def verdict(pair: Pair, result: str) -> str:
    return judge(result, pair.right.texts)[0]


def line_of(pair: Pair, text: str) -> int:
    return next(n for n, line in enumerate(text.split("\n")) if pair.edit.token in line)


SINGLE = ("remark", "trailing", "imported", "docstring", "argument", "decorator")


@pytest.mark.parametrize("kind", ["statement", "member", *SINGLE])
def test_a_line_of_the_team_that_is_lost_is_found(changes: list[Change], kind: str) -> None:
    count = 0
    for pair in drawn(changes, kind, 3):
        lines = right(pair).split("\n")
        at = line_of(pair, "\n".join(lines))
        dropped = "\n".join([*lines[:at], *lines[at + 1 :]])

        assert verdict(pair, dropped) != "correct"
        count += 1
    assert count


def test_each_line_that_the_spec_brought_is_missed(changes: list[Change]) -> None:
    """Each token counts: a merge that leaves one of the new lines out is never right."""
    count = 0
    for pair in drawn(changes, "trailing", 2):
        text = right(pair)
        lines = text.split("\n")
        known = set(pair.base.split("\n"))
        for at, line in enumerate(lines):
            if line.strip() and line not in known and pair.edit.token not in line:
                dropped = "\n".join([*lines[:at], *lines[at + 1 :]])
                assert verdict(pair, dropped) != "correct", line
                count += 1
    assert count


@pytest.mark.parametrize("kind", ["statement", "remark", "trailing"])
def test_a_line_of_the_team_in_the_neighbour_is_found(changes: list[Change], kind: str) -> None:
    count = 0
    for pair in drawn(changes, kind, 6):
        lines = right(pair).split("\n")
        at = line_of(pair, "\n".join(lines))
        held = lines.pop(at)
        # Behind the description of the next function or class below or above.
        places = [
            n for n, line in enumerate(lines)
            if line.startswith('    """') and line.endswith('"""') and abs(n - at) > 3
        ]  # fmt: skip
        if not places:
            continue
        place = min(places, key=lambda n: abs(n - at))
        lines.insert(place + 1, f"    {held.strip()}")
        moved = "\n".join(lines)

        assert verdict(pair, moved) != "correct"
        count += 1
    assert count


@pytest.mark.parametrize("kind", ["statement", "remark", "imported"])
def test_a_line_that_is_there_twice_is_found(changes: list[Change], kind: str) -> None:
    count = 0
    for pair in drawn(changes, kind, 3):
        lines = right(pair).split("\n")
        at = line_of(pair, "\n".join(lines))

        assert verdict(pair, "\n".join([*lines[: at + 1], *lines[at:]])) != "correct"
        count += 1
    assert count


def test_a_line_one_place_too_low_is_found(changes: list[Change]) -> None:
    count = 0
    for pair in drawn(changes, "remark", 8):
        if len(pair.right.texts) > 1:
            continue
        lines = right(pair).split("\n")
        at = line_of(pair, "\n".join(lines))
        if not lines[at + 1].strip() or lines[at + 1].lstrip()[0] in "@)#":
            continue
        lines[at : at + 2] = [lines[at + 1], lines[at]]
        judged_ = verdict(pair, "\n".join(lines))
        assert judged_ in ("moved", "wrong", "broken"), "\n".join(lines[at - 3 : at + 4])
        count += 1
    assert count


def test_text_that_the_spec_took_away_and_is_kept_is_found(changes: list[Change]) -> None:
    count = 0
    for pair in drawn(changes, "docstring", 6):
        text = right(pair)
        gone = [
            line for line in pair.base.split("\n")
            if line.startswith("    ") and line.rstrip().endswith("= None") and line not in text.split("\n")
        ]  # fmt: skip
        for line in gone[:1]:
            lines = text.split("\n")
            near = next((n for n, one in enumerate(lines) if one.endswith("= None")), None)
            if near is None:
                continue
            lines.insert(near, line)
            assert verdict(pair, "\n".join(lines)) != "correct"
            count += 1
    assert count


def test_a_way_of_merging_that_never_asks_is_found(changes: list[Change]) -> None:
    """Where both sides changed one number, each of the two alone is wrong, and so is neither."""
    asked = [
        pair
        for change in changes
        for seed in [random.Random(1)]
        for path in edited_paths(change)
        for pair in [draw(change, path, "literal", seed) for _ in range(10)]
        if pair is not None and pair.right.must_conflict
    ]
    assert asked
    for pair in asked:
        assert judged(pair, pair.mine)[0] == "unasked"
        assert judged(pair, pair.new)[0] == "unasked"
        assert judged(pair, None)[0] == "correct"


CREATED = """from tests import samples


def test_created() -> None:
    samples.made()
"""
COPIED = CREATED + """

def ours() -> None:
    samples.made()
"""
LISTED = """def test_listed() -> None:
    print()
"""
KEPT = """def ours() -> None:
    samples.made()
"""


def test_an_import_stays_as_long_as_the_team_needs_it() -> None:
    needed = f"from tests import samples\n\n\n{LISTED}\n\n{KEPT}"

    assert sums_up(CREATED, COPIED, LISTED, needed) == ("correct", "")
    assert sums_up(CREATED, COPIED, LISTED, f"{LISTED}\n\n{KEPT}")[0] == "lost"
    assert (
        sums_up(CREATED, CREATED, LISTED, f"from tests import samples\n\n\n{LISTED}")[0] == "wrong"
    )


def test_what_is_new_above_a_function_that_moved_may_stand_by_either_neighbour() -> None:
    base = "\n\n\n".join(f"def {name}() -> None:\n    print()\n    print(1)" for name in "abc")
    new = base.replace("def c", "def fresh() -> None:\n    return None\n\n\ndef c")
    drawn_ = [reordered(Draw(base, "ours1", random.Random(n), frozenset())) for n in range(40)]
    found = {
        tuple(_order(do(new, str, prefer)) for prefer in ("after", "before"))
        for do in drawn_
        if do is not None and _order(do(base, str, "after")) == "acb"
    }

    assert found == {("acbfresh", "afreshcb")}


def _order(text: str) -> str:
    return "".join(re.findall(r"def (\w+)", text))

"""What a merge says about lines that use what is not there any more."""

from __future__ import annotations

from freehold.merge import sense

BEFORE = "class Make:\n    def label(self) -> int: ...\n\n    def other(self) -> int: ...\n"
AFTER = "class Make:\n    def other(self) -> int: ...\n"
TEAM = """\
from tests.conftest import Make


def test_ours(make: Make, label: int) -> None:
    make.other()
    made = make.label()
"""


def test_a_method_that_a_class_has_no_more_is_told_where_an_argument_is_of_that_class() -> None:
    gone = {"tests.conftest": sense.public(BEFORE) - sense.public(AFTER)}

    (note,) = sense.gone_names("tests/test_a.py", TEAM, "tests", gone)

    assert (note.line, note.message) == (6, "`Make` has no `label` any more")


def test_nothing_is_told_of_an_argument_of_another_class() -> None:
    gone = {"tests.conftest": {"Make.label"}}
    text = TEAM.replace("tests.conftest", "shop.makers")

    assert sense.gone_names("tests/test_a.py", text, "tests", gone) == []

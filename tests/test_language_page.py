"""docs/language.md tells every key of the language, and no other, and its examples hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from freehold import language
from freehold.resolve import resolve
from freehold.spec import parse_text

from tests.environments import ROOT

PAGE = (ROOT / "docs/language.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
CELL = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


def keys(heading: str, table: int = 0) -> list[str]:
    """The first column of a table below a heading."""
    section = PAGE.split(f"\n{heading}\n", 1)[1]
    section = re.split(r"^#", section, maxsplit=1, flags=re.MULTILINE)[0]
    tables = [part for part in section.strip().split("\n\n") if part.startswith("|")]
    return CELL.findall(tables[table])


@pytest.mark.parametrize(
    ("heading", "table", "expected"),
    [
        ("## A spec", 0, language.TOP_KEYS),
        ("## Types", 0, language.SCALARS),
        ("## A field", 0, language.FIELD_KEYS),
        ("## A field", 1, language.ON_DELETE),
        ("## An enum", 0, language.ENUM_KEYS),
        ("## An enum", 1, language.MEMBER_KEYS),
        ("## A value", 0, language.VALUE_KEYS),
        ("## A union", 0, language.UNION_KEYS),
        ("## A resource", 0, language.RESOURCE_KEYS),
        ("### Who may do what", 0, language.ACTIONS),
        ("### A workflow", 0, language.WORKFLOW_KEYS),
        ("### A workflow", 1, language.TRANSITION_KEYS),
        ("### How much is kept", 0, language.KEEP_KEYS),
        ("## A job", 0, language.JOB_KEYS),
        ("## A job", 1, language.RETRY_KEYS),
    ],
)
def test_the_page_names_every_key_in_the_order_of_the_language(
    heading: str, table: int, expected: Sequence[str]
) -> None:
    assert keys(heading, table) == list(expected)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_spec_without_a_complaint(example: str) -> None:
    resolve(parse_text(Path("example.yaml"), example))

"""What says whether merging kept every edit must itself see an edit that is lost, moved or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.edits import edits, reworded

BASE = '''\
"""A module."""

import os


def one(value: int) -> int:
    return value + 1


class Two:
    def three(self) -> int:
        return 3
'''
MINE = BASE.replace("    return value + 1", "    print(value)\n    return value + 1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".freehold/base/shop").mkdir(parents=True)
    (tmp_path / "shop").mkdir()
    (tmp_path / ".freehold/base/shop/a.py.base").write_text(BASE)
    return tmp_path


def seen(root: Path, text: str) -> object:
    (root / "shop/a.py").write_text(text)
    return edits(root, {}, {}, {})


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        MINE.replace("print(value)", "print(value, value)"),
        BASE.replace("        return 3", "        print(value)\n        return 3"),
        MINE.replace("    print(value)\n", "    print(value)\n    print(value)\n"),
        MINE.replace("return 3", "return 4"),
        MINE + "\n\n# a remark\n",
    ],
    ids=["lost", "changed", "in another definition", "twice", "another one", "a remark"],
)
def test_it_sees_an_edit_that_is(root: Path, text: str) -> None:
    assert seen(root, text) != seen(root, MINE)


def test_layout_and_imports_are_nobodys_edit(root: Path) -> None:
    text = MINE.replace("print(value)", "print(\n        value,\n    )").replace("import os\n", "")

    assert seen(root, text) == seen(root, MINE)


def test_what_the_spec_renamed_is_the_same_edit_under_its_new_name(root: Path) -> None:
    before = edits(root, {}, {}, {}) if seen(root, MINE) else {}
    text = MINE.replace("value", "amount")
    (root / ".freehold/base/shop/a.py.base").write_text(BASE.replace("value", "amount"))
    (root / "shop/a.py").write_text(text)
    now = edits(root, {}, {}, {})

    assert now != before
    assert reworded(now, {"value": "amount"}) == reworded(before, {"value": "amount"})

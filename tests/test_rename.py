"""`freehold rename`: the spec says what something was, and everything that names it follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import freehold

Capture = pytest.CaptureFixture[str]

SPEC = """\
spec: 1
name: shelf
roles: {staff: People}

enums:
  Size:
    small: Rather small
    large:

resources:
  Thing:
    display: title  # on every label
    owner: account
    fields:
      account: {type: string, max: 80, index: true, immutable: true}
      title: string
      sizes: [Size]
      size: {type: Size, index: true, default: small}
      inside?: Thing
    unique:
      - [title, account]
    allow:
      staff: all
jobs:
  Tidy:
    after: Thing.create
    input: {thing: Thing}
"""


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shelf.yaml"
    path.write_text(SPEC)
    return path


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            "Thing.title",
            "headline",
            [
                "    display: headline  # on every label",
                "      headline: {type: string, was: title}",
                "      - [headline, account]",
            ],
        ),
        ("Thing.sizes", "formats", ["      formats: {type: [Size], was: sizes}"]),
        ("Thing.inside", "within", ["      within?: {type: Thing, was: inside}"]),
        (
            "Thing.account",
            "holder",
            [
                "    owner: holder",
                "      holder: {type: string, max: 80, index: true, immutable: true, was: account}",
                "      - [title, holder]",
            ],
        ),
        (
            "Size.small",
            "tiny",
            [
                "    tiny: {title: Rather small, was: small}",
                "      size: {type: Size, index: true, default: tiny}",
            ],
        ),
        ("Size.large", "huge", ["    huge:", "      was: large"]),
        (
            "Thing",
            "Item",
            [
                "  Item:",
                "    was: Thing",
                "      inside?: Item",
                "    after: Item.create",
                "    input: {thing: Item}",
            ],
        ),
    ],
)
def test_the_old_name_is_kept_with_was_and_every_reference_follows(
    spec: Path, capsys: Capture, old: str, new: str, lines: list[str]
) -> None:
    answer = freehold(capsys, "rename", old, new)

    assert answer.code == 0, answer.err
    before, after = SPEC.splitlines(), spec.read_text().splitlines()
    assert [line for line in after if line not in before] == lines
    assert freehold(capsys, "check").code == 0


@pytest.mark.parametrize(("old", "code"), [("Thing.colour", 2), ("Box", 2)])
def test_what_is_not_there_cannot_be_renamed(
    spec: Path, capsys: Capture, old: str, code: int
) -> None:
    assert freehold(capsys, "rename", old, "new").code == code
    assert spec.read_text() == SPEC


def test_a_name_that_is_taken_is_refused_and_nothing_is_written(
    spec: Path, capsys: Capture
) -> None:
    answer = freehold(capsys, "rename", "Thing.title", "size")

    assert answer.code == 3
    assert "Nothing was written" in answer.err
    assert spec.read_text() == SPEC


def test_after_a_rename_generating_carries_the_code_along(spec: Path, capsys: Capture) -> None:
    assert freehold(capsys, "generate").code == 0
    rules = spec.parent / "shelf/things/rules.py"
    rules.write_text(
        rules.read_text().replace(
            "    return body\n", "    assert body.title\n    return body\n", 1
        )
    )

    assert freehold(capsys, "rename", "Thing.title", "headline").code == 0
    assert freehold(capsys, "generate").code == 0

    assert "assert body.headline" in rules.read_text()

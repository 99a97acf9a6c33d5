"""Two branches that both generated come together in git: no edit of either is lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.projects import SPEC, freehold

Capture = pytest.CaptureFixture[str]
STORE = "shelf/things/store.py"
WEIGHT = "      weight?: {type: int, min: 1, index: true}\n"
NOTE = "      note?: {type: string, max: 9, index: true}\n"
MADE = "      made?: {type: date, index: true}\n"


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", *author, *arguments], check=False, capture_output=True, encoding="utf-8"
    )


def edit(path: str, before: str, after: str) -> None:
    text = Path(path).read_text("utf-8")
    assert before in text
    Path(path).write_text(text.replace(before, after), encoding="utf-8")


def commit(message: str) -> None:
    git("add", "-A")
    assert git("commit", "-qm", message).returncode == 0


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """A project with two branches: each changed the spec, generated, and edited the store."""
    monkeypatch.chdir(tmp_path)
    Path("shelf.yaml").write_text(SPEC)
    assert freehold(capsys, "generate").code == 0
    git("init", "-q", "-b", "main")
    commit("begin")
    for branch, field, before, after in (
        ("one", NOTE, '"""Create a thing."""', '"""Create a thing, in one way."""'),
        ("two", MADE, '"""A thing as `body` would have it."""', '"""A thing, the other way."""'),
    ):
        git("checkout", "-q", "-b", branch, "main")
        edit("shelf.yaml", WEIGHT, WEIGHT + field)
        assert freehold(capsys, "generate").code == 0
        edit(STORE, before, after)
        commit(branch)
    git("checkout", "-q", "one")
    return tmp_path


def test_the_edits_of_both_branches_meet_on_what_the_merged_spec_asks_for(
    project: Path, capsys: Capture
) -> None:
    assert git("merge", "two").returncode != 0
    Path("shelf.yaml").write_text(SPEC.replace(WEIGHT, WEIGHT + NOTE + MADE))

    answer = freehold(capsys, "merge-state")

    assert answer.code == 0, answer.err
    store = Path(STORE).read_text()
    assert '"""Create a thing, in one way."""' in store
    assert '"""A thing, the other way."""' in store
    assert '"note": thing.note' in store
    assert '"made": thing.made' in store
    assert freehold(capsys, "generate", "--check").code == 0
    commit("merged")
    assert "<<<<<<<" not in git("grep", "-n", "^<<<<<<<").stdout


def test_what_both_branches_edited_differently_is_marked(project: Path, capsys: Capture) -> None:
    edit(STORE, '"""A thing as `body` would have it."""', '"""A thing, the first way."""')
    commit("more")
    git("merge", "two")
    Path("shelf.yaml").write_text(SPEC.replace(WEIGHT, WEIGHT + NOTE + MADE))

    answer = freehold(capsys, "merge-state")

    assert answer.code == 4
    assert Path(STORE).read_text().count("<<<<<<< yours") == 1
    assert "made?" in Path("shelf.yaml").read_text()


def test_without_a_merge_there_is_nothing_to_bring_together(project: Path, capsys: Capture) -> None:
    answer = freehold(capsys, "merge-state")

    assert answer.code == 2
    assert "not in the middle of a merge" in answer.err


def test_branches_that_changed_different_places_of_the_spec_merge_in_git_alone(
    project: Path, capsys: Capture
) -> None:
    git("checkout", "-q", "-b", "three", "main")
    edit("shelf.yaml", "title: A Shelf", "title: The Shelf")
    assert freehold(capsys, "generate").code == 0
    commit("three")
    git("checkout", "-q", "one")

    assert git("merge", "three").returncode == 0
    assert freehold(capsys, "generate").code == 0
    assert '"""Create a thing, in one way."""' in Path(STORE).read_text()

"""Two branches that both generated come together in git: no edit of either is lost."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
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


# One branch changes what the other one has taken away, or calls otherwise -------------------------------

FIELD = "      weight?: {type: int, min: 1, index: true}\n"
BOX = """\
  Box:
    fields:
      label: string
    allow:
      staff: all
"""
ROUTER = "shelf/things/router.py"


def branches(
    capsys: Capture, one: Callable[[], None], two: Callable[[], None], begin: str = SPEC
) -> None:
    """Two branches of a project that has just been generated; git is on the first one."""
    Path("shelf.yaml").write_text(begin)
    assert freehold(capsys, "generate").code == 0
    git("init", "-q", "-b", "main")
    commit("begin")
    for name, work in (("one", one), ("two", two)):
        git("checkout", "-q", "-b", name, "main")
        work()
        commit(name)
    git("checkout", "-q", "one")


def test_a_resource_renamed_on_one_branch_takes_along_what_the_other_did_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)

    def renaming() -> None:
        edit("shelf.yaml", "  Thing:\n", "  Item:\n    was: Thing\n")
        assert freehold(capsys, "generate").code == 0
        edit(
            "shelf/items/store.py",
            "    return await manager.create(",
            "    # Counted.\n    return await manager.create(",
        )

    def adding() -> None:
        edit("shelf.yaml", FIELD, FIELD + NOTE)
        assert freehold(capsys, "generate").code == 0
        edit(
            "shelf/things/rules.py",
            "    return body\n\n\n",
            '    assert body.note != ""\n    return body\n\n\n',
        )
        edit(
            ROUTER,
            'access.require(actor, "create", "thing")',
            'access.require(actor, "create", "thing")\n    print(body.note)',
        )
        Path("shelf/things/labels.py").write_text(
            "from shelf.things.models import Thing\n\n\ndef label(thing: Thing) -> str:\n    return thing.title\n"
        )

    branches(capsys, renaming, adding)
    git("merge", "two")
    merged = SPEC.replace("  Thing:\n", "  Item:\n    was: Thing\n").replace(FIELD, FIELD + NOTE)
    Path("shelf.yaml").write_text(merged)

    answer = freehold(capsys, "merge-state")

    assert answer.code == 0, answer.out + answer.err
    store, router = (
        Path("shelf/items/store.py").read_text(),
        Path("shelf/items/router.py").read_text(),
    )
    assert "    # Counted.\n    return await manager.create(" in store
    assert '"note": item.note' in store
    assert 'access.require(actor, "create", "item")\n    print(body.note)' in router
    assert 'assert body.note != ""' in Path("shelf/items/rules.py").read_text()
    assert "body: models.ItemIn" in Path("shelf/items/rules.py").read_text()
    assert "def label(thing: Item)" in Path("shelf/items/labels.py").read_text()
    assert not list(Path("shelf/things").rglob("*.py"))
    assert not list(Path("tests/things").rglob("*.py"))
    assert freehold(capsys, "generate", "--check").code == 0
    commit("merged")


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_resource_deleted_on_one_branch_and_edited_on_the_other_is_lost_on_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, is_kept: bool
) -> None:
    monkeypatch.chdir(tmp_path)

    def deleting() -> None:
        edit("shelf.yaml", BOX, "")
        assert freehold(capsys, "generate").code == 0
        git("rm", "-q", "-r", "-f", "--ignore-unmatch", "shelf/boxes/rules.py")

    def editing() -> None:
        edit("shelf.yaml", "      label: string\n", "      label: string\n      size?: int\n")
        assert freehold(capsys, "generate").code == 0
        edit(
            "shelf/boxes/store.py",
            "    return await manager.create(",
            "    # Counted.\n    return await manager.create(",
        )

    branches(capsys, deleting, editing, SPEC + BOX)
    assert git("merge", "two").returncode != 0
    edited = (SPEC + BOX).replace(
        "      label: string\n", "      label: string\n      size?: int\n"
    )
    Path("shelf.yaml").write_text(edited if is_kept else SPEC)

    answer = freehold(capsys, "merge-state")

    assert answer.code == 0, answer.out + answer.err
    assert "    # Counted.\n" in Path("shelf/boxes/store.py").read_text()
    there = sorted(path.name for path in Path("shelf/boxes").iterdir() if path.suffix == ".py")
    assert there == (
        ["__init__.py", "models.py", "router.py", "rules.py", "store.py", "tables.py"]
        if is_kept
        else ["store.py"]
    )
    assert ("git rm shelf/boxes/store.py" in answer.out) is not is_kept
    assert ("boxes" in Path("shelf/app.py").read_text()) is is_kept
    assert freehold(capsys, "generate", "--check").code == 0
    commit("merged")

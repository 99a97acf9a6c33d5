"""Beginning: `new` in another folder, `init` in this one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.environments import ROOT
from tests.projects import SPEC, freehold, tree

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_new_copies_the_spec_and_generates_beside_it(here: Path, capsys: Capture) -> None:
    (here / "mine.yml").write_text(SPEC)

    answer = freehold(capsys, "new", "shop", "--spec", "mine.yml")

    assert answer.code == 0
    assert (here / "shop/shelf.yml").read_text() == SPEC
    assert (here / "shop/shelf/app.py").is_file()
    assert "described in `shelf.yml`" in (here / "shop/README.md").read_text()
    assert "cd shop" in answer.out
    assert "git init" in answer.out


def test_what_new_wrote_is_what_generate_would_write(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (here / "mine.yaml").write_text(SPEC)
    freehold(capsys, "new", "shop", "--spec", "mine.yaml")
    monkeypatch.chdir(here / "shop")

    assert freehold(capsys, "generate", "--check").code == 0
    (here / "again").mkdir()
    (here / "again/shelf.yaml").write_text(SPEC)
    monkeypatch.chdir(here / "again")
    freehold(capsys, "generate")
    assert tree(here / "again") == tree(here / "shop")


def test_new_begins_from_the_example(here: Path, capsys: Capture) -> None:
    assert freehold(capsys, "new", "shop", "--example", "bakery").code == 0

    committed = ROOT / "examples/bakery/bakery.yaml"
    assert (here / "shop/bakery.yaml").read_bytes() == committed.read_bytes()
    assert (here / "shop/bakery/orders/router.py").is_file()


def test_new_brings_the_files_that_the_spec_includes(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (here / "src/types").mkdir(parents=True)
    (here / "src/types/size.yaml").write_text("enums:\n  Size: [small, large]\n")
    (here / "src/a.yaml").write_text(SPEC.replace("roles:", "include: [types/*.yaml]\nroles:"))

    assert freehold(capsys, "new", "shop", "--spec", "src/a.yaml").code == 0

    assert (here / "shop/types/size.yaml").is_file()
    monkeypatch.chdir(here / "shop")
    assert freehold(capsys, "generate", "shelf.yaml", "--check").code == 0


def test_new_wants_an_empty_folder(here: Path, capsys: Capture) -> None:
    (here / "mine.yaml").write_text(SPEC)
    (here / "shop").mkdir()
    (here / "shop/notes.txt").write_text("ours\n")

    answer = freehold(capsys, "new", "shop", "--spec", "mine.yaml")

    assert answer.code == 2
    assert "shop is not empty (notes.txt)" in answer.err
    assert list(tree(here / "shop")) == ["notes.txt"]


def test_new_does_not_mind_git_or_the_spec_itself(here: Path, capsys: Capture) -> None:
    (here / "shop/.git").mkdir(parents=True)
    (here / "shop/shelf.yaml").write_text(SPEC)

    answer = freehold(capsys, "new", "shop", "--spec", "shop/shelf.yaml")

    assert answer.code == 0
    assert "git init" not in answer.out


def test_new_leaves_a_project_alone(here: Path, capsys: Capture) -> None:
    (here / "mine.yaml").write_text(SPEC)
    freehold(capsys, "new", "shop", "--spec", "mine.yaml")
    before = tree(here)

    answer = freehold(capsys, "new", "shop", "--spec", "mine.yaml")

    assert answer.code == 2
    assert "shop is a project already" in answer.err
    assert tree(here) == before


def test_new_writes_nothing_when_the_spec_is_wrong(here: Path, capsys: Capture) -> None:
    (here / "mine.yaml").write_text(SPEC.replace("type: int", "type: itn"))

    answer = freehold(capsys, "new", "shop", "--spec", "mine.yaml")

    assert answer.code == 3
    assert answer.err.startswith("mine.yaml:13:")
    assert not (here / "shop").exists()


def test_new_says_what_it_can_begin_from(here: Path, capsys: Capture) -> None:
    neither = freehold(capsys, "new", "shop")
    both = freehold(capsys, "new", "shop", "--spec", "a.yaml", "--example", "bakery")

    assert neither.code == both.code == 2
    assert "`--spec FILE` or `--example bakery`" in neither.err


def test_new_tells_a_program_what_it_wrote(here: Path, capsys: Capture) -> None:
    (here / "mine.yaml").write_text(SPEC)

    told = json.loads(freehold(capsys, "new", "shop", "--spec", "mine.yaml", "--json").out)

    assert told["ok"]
    assert set(told["written"]) == {
        path for path in tree(here / "shop") if not path.startswith(".freehold/")
    }


def test_init_begins_in_this_folder_under_its_name(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (here / "Corner Shop").mkdir()
    monkeypatch.chdir(here / "Corner Shop")

    answer = freehold(capsys, "init")

    assert answer.code == 0
    assert (here / "Corner Shop/corner_shop.yaml").is_file()
    assert (here / "Corner Shop/corner_shop/notes/router.py").is_file()
    assert freehold(capsys, "check").code == 0
    assert freehold(capsys, "generate", "--check").code == 0


def test_init_takes_another_name_where_the_folder_has_an_unlucky_one(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (here / "tenure").mkdir()
    monkeypatch.chdir(here / "tenure")

    refused = freehold(capsys, "init")

    assert refused.code == 3
    assert "`--name`" in refused.err
    assert tree(here) == {}
    assert freehold(capsys, "init", "--name", "my_notes").code == 0


def test_init_does_not_begin_twice(here: Path, capsys: Capture) -> None:
    assert freehold(capsys, "init", "--name", "jotter").code == 0
    before = tree(here)

    answer = freehold(capsys, "init", "--name", "jotter")

    assert answer.code == 2
    assert "a project already" in answer.err
    assert tree(here) == before

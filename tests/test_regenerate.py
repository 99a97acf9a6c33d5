"""Generating again where the team was at work: what merges, what asks, and the ways out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SPEC, freehold, tree

Capture = pytest.CaptureFixture[str]
TABLES = "shelf/things/tables.py"
MODELS = "shelf/things/models.py"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """A project that has just been generated, and is the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shelf.yaml").write_text(SPEC, encoding="utf-8")
    assert freehold(capsys, "generate").code == 0
    return tmp_path


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def longer_titles(project: Path) -> None:
    edit(project / "shelf.yaml", "max: 80", "max: 90")


def clashing(project: Path) -> None:
    """One line that the team and the spec both changed."""
    edit(project / TABLES, "sa.String(80)", "sa.String(70)")
    longer_titles(project)


# Ways out of a conflict ----------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "kept"), [("--mine", "70"), ("--theirs", "90")])
def test_the_way_out_of_a_conflict_that_is_printed_works(
    project: Path, capsys: Capture, side: str, kept: str
) -> None:
    clashing(project)
    assert "--conflicts=markers" in freehold(capsys, "generate").err

    marking = freehold(capsys, "generate", "--conflicts=markers")
    marked = (project / TABLES).read_text()
    refused = freehold(capsys, "generate")
    resolved = freehold(capsys, "resolve", TABLES, side)

    assert marking.code == 4
    assert all(label in marked for label in ("<<<<<<< yours", "||||||| base", ">>>>>>> generated"))
    assert "max_length=90" in (project / MODELS).read_text()
    assert refused.code == 4
    assert "holds conflict markers" in refused.err
    assert resolved.code == 0
    assert f"sa.String({kept})" in (project / TABLES).read_text()
    assert "<<<<" not in (project / TABLES).read_text()
    assert freehold(capsys, "generate", "--check").code == 0


def test_abort_undoes_what_the_last_run_wrote(project: Path, capsys: Capture) -> None:
    clashing(project)
    before = tree(project)
    freehold(capsys, "generate", "--conflicts=markers")

    answer = freehold(capsys, "abort")

    assert answer.code == 0
    assert TABLES in answer.out
    assert tree(project) == before
    assert freehold(capsys, "abort").code == 2


@pytest.mark.parametrize("asked", [("generate", "--check"), ("generate",)])
def test_what_a_run_replaced_is_kept_until_a_run_finds_nothing_to_do(
    project: Path, capsys: Capture, asked: tuple[str, ...]
) -> None:
    longer_titles(project)
    freehold(capsys, "generate")
    assert (project / ".freehold/backup/manifest.json").is_file()
    edit(project / "shelf.yaml", "max: 90", "max: 95")
    assert freehold(capsys, "generate", "--check").code == 1
    assert (project / ".freehold/backup/manifest.json").is_file()
    edit(project / "shelf.yaml", "max: 95", "max: 90")

    assert freehold(capsys, *asked).code == 0

    assert not (project / ".freehold/backup").exists()
    assert freehold(capsys, "abort").code == 2


def test_generating_where_nothing_changed_leaves_nothing_behind(
    project: Path, capsys: Capture
) -> None:
    (project / ".freehold/rendered").unlink()  # as in a fresh clone: git does not know it
    before = tree(project)

    assert "Nothing to do" in freehold(capsys, "generate").out

    stamp = tree(project).keys() - before.keys()
    assert stamp == {".freehold/rendered"}
    assert {path: held for path, held in tree(project).items() if path not in stamp} == before
    again = tree(project)
    assert "Nothing to do" in freehold(capsys, "generate").out
    assert tree(project) == again


def test_force_takes_what_is_generated_and_keeps_a_copy(project: Path, capsys: Capture) -> None:
    clashing(project)

    assert freehold(capsys, "generate", "--force").code == 0
    assert "sa.String(90)" in (project / TABLES).read_text()

    freehold(capsys, "abort")
    assert "sa.String(70)" in (project / TABLES).read_text()


def test_an_ejected_file_is_never_touched_again(project: Path, capsys: Capture) -> None:
    before = (project / TABLES).read_text()
    assert freehold(capsys, "eject", TABLES).code == 0
    longer_titles(project)

    assert freehold(capsys, "generate").code == 0
    assert (project / TABLES).read_text() == before
    assert freehold(capsys, "eject", "shelf/things/table.py").code == 2


# Looking first -------------------------------------------------------------------------------------


def test_diff_shows_every_change_in_its_group_and_writes_nothing(
    project: Path, capsys: Capture
) -> None:
    edit(project / MODELS, "class ThingIn", "# ours\nclass ThingIn")
    longer_titles(project)
    before = tree(project)

    answer = freehold(capsys, "diff")

    assert answer.code == 1
    assert f"Updated (1)\n  {TABLES}" in answer.out
    assert f"Merged with your edits (1)\n  {MODELS}" in answer.out
    assert tree(project) == before


def test_explain_tells_whose_a_file_is_and_what_was_changed_in_it(
    project: Path, capsys: Capture
) -> None:
    edit(project / TABLES, "sa.String(80)", "sa.String(70)")

    answer = freehold(capsys, "explain", TABLES)

    assert answer.code == 0
    assert "follows the spec" in answer.out
    assert "`resource/tables.py` and the resource with the plural `things`" in answer.out
    assert '+    sa.Column("title", sa.String(70)' in answer.out
    assert "is yours" in freehold(capsys, "explain", "shelf/things/rules.py").out


# The tree ------------------------------------------------------------------------------------------


def test_of_what_nothing_makes_any_more_only_the_edited_stays(
    project: Path, capsys: Capture
) -> None:
    edit(project / MODELS, "class ThingIn", "# ours\nclass ThingIn")
    (project / "shelf.yaml").write_text(SPEC.replace("  Thing:", "  Box:"))

    answer = freehold(capsys, "generate")

    assert answer.code == 0
    assert f"git rm {MODELS} shelf/things/rules.py" in answer.out
    assert sorted(p.name for p in (project / "shelf/things").iterdir()) == ["models.py", "rules.py"]
    assert freehold(capsys, "generate", "--check").code == 0


def test_a_file_that_the_team_moved_is_followed(project: Path, capsys: Capture) -> None:
    (project / "shelf/storage").mkdir()
    (project / TABLES).rename(project / "shelf/storage/tables.py")
    longer_titles(project)

    answer = freehold(capsys, "generate")

    assert answer.code == 0
    assert f"You moved {TABLES} to shelf/storage/tables.py" in answer.out
    assert "sa.String(90)" in (project / "shelf/storage/tables.py").read_text()
    assert not (project / TABLES).exists()


def test_a_file_keeps_its_mark_and_its_missing_last_line_end(
    project: Path, capsys: Capture
) -> None:
    tables = project / TABLES
    tables.write_bytes(b"\xef\xbb\xbf" + tables.read_bytes().rstrip(b"\n"))
    assert freehold(capsys, "generate", "--check").code == 0
    longer_titles(project)

    assert freehold(capsys, "generate").code == 0

    written = tables.read_bytes()
    assert written.startswith(b'\xef\xbb\xbf"""')
    assert not written.endswith(b"\n")
    assert b"sa.String(90)" in written


def test_what_the_team_owns_and_generated_code_now_needs_is_printed(
    project: Path, capsys: Capture
) -> None:
    (project / "shelf/things/rules.py").write_text('"""Ours."""\n')
    edit(project / "shelf.yaml", "weight?:", "size: {type: int, computed: true}\n      weight?:")

    answer = freehold(capsys, "generate")

    assert "shelf/things/rules.py:1: has no `size`" in answer.out
    assert "def size(" in answer.out


# What the spec has no more ---------------------------------------------------------------------------


def test_what_uses_a_field_that_went_is_told_with_its_line(project: Path, capsys: Capture) -> None:
    edit(
        project / MODELS,
        "class ThingIn(",
        "def heavy(one: ThingBase) -> bool:\n    return (one.weight or 0) > 9\n\n\nclass ThingIn(",
    )
    (project / "shelf/scales.py").write_text(
        "from shelf.things import models\n\n\n"
        "def weighed(thing: models.Thing) -> int:\n    return thing.weight or 0\n"
    )
    edit(project / "shelf.yaml", "      weight?: {type: int, min: 1, index: true}\n", "")

    answer = freehold(capsys, "generate")

    assert answer.code == 0
    lines = (project / MODELS).read_text().split("\n")
    number = next(n for n, line in enumerate(lines, 1) if "one.weight" in line)
    assert f"Look at {MODELS}:{number}: uses `weight`" in answer.out
    assert "Look at shelf/scales.py:5: uses `weight`" in answer.out


def test_functions_of_a_renamed_resource_are_imported_by_their_new_name(
    project: Path, capsys: Capture
) -> None:
    (project / "shelf/extra.py").write_text(
        "from shelf.things.router import create_thing, get_thing as one\n\n"
        "ROUTES = [create_thing, one]\n"
    )
    edit(project / "shelf.yaml", "  Thing:\n", "  Article:\n    was: Thing\n")

    assert freehold(capsys, "generate").code == 0

    assert (project / "shelf/extra.py").read_text() == (
        "from shelf.articles.router import create_article, get_article as one\n\n"
        "ROUTES = [create_article, one]\n"
    )

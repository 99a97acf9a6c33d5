"""The plan: which files there are, whose they are, and what would become of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from freehold import answers
from freehold.plan import SKELETON, Keep, plan

from tests.environments import ROOT
from tests.projects import SPEC, freehold, tree

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shelf.yaml"
    path.write_text(SPEC)
    return path


def test_the_plan_lists_every_file_and_whose_it_is(spec: Path, capsys: Capture) -> None:
    answer = freehold(capsys, "plan")

    assert answer.code == 0
    assert "create     follows the spec      shelf/things/models.py\n" in answer.out
    assert "create     yours, written once   shelf/things/rules.py\n" in answer.out
    assert answer.out.endswith("Next: `freehold generate` writes them.\n")
    assert list(tree(spec.parent)) == ["shelf.yaml"]


def test_the_plan_says_what_would_happen_to_each(spec: Path, capsys: Capture) -> None:
    freehold(capsys, "generate")
    (spec.parent / "Dockerfile").unlink()
    app = spec.parent / "shelf/app.py"
    app.write_text(app.read_text() + "\n# ours\n")
    tables = spec.parent / "shelf/things/tables.py"
    tables.write_text(tables.read_text().replace("String(80)", "String(70)"))
    models = spec.parent / "shelf/things/models.py"
    models.write_text(models.read_text() + "\n# ours\n")
    spec.write_text(SPEC.replace("max: 80", "max: 90"))

    told = json.loads(freehold(capsys, "plan", "--json").out)

    kinds = {file["path"]: file["kind"] for file in told["files"]}
    assert kinds["Dockerfile"] == "deleted"
    assert kinds["shelf/app.py"] == "kept"
    assert kinds["shelf/things/tables.py"] == "conflict"
    assert kinds["shelf/things/models.py"] == "merge"
    assert kinds["README.md"] == "unchanged"


def test_a_plan_with_nothing_to_do_says_so(spec: Path, capsys: Capture) -> None:
    freehold(capsys, "generate")

    answer = freehold(capsys, "plan")

    assert answer.out.endswith("Nothing would be written.\n")


def test_generate_writes_what_the_plan_lists_and_nothing_else(spec: Path, capsys: Capture) -> None:
    listed = json.loads(freehold(capsys, "plan", "--json").out)["files"]
    freehold(capsys, "generate")

    written = {path for path in tree(spec.parent) if not path.startswith(".freehold/")}
    assert written == {file["path"] for file in listed} | {"shelf.yaml"}


def test_the_skeleton_of_the_plan_is_the_skeleton_of_the_template() -> None:
    folder = ROOT / "templates/project"
    templates = {
        path.relative_to(folder).as_posix().removesuffix(".jinja")
        for path in folder.rglob("*.jinja")
    }

    assert {path for path, _ in SKELETON} == templates


def test_no_path_is_planned_twice_and_every_template_is_used() -> None:
    outputs = plan(answers.load(ROOT / "examples/bakery/bakery.yaml"))
    paths = [output.path for output in outputs]
    used = {output.template for output in outputs}
    there = {
        path.relative_to(ROOT / "templates").as_posix().removesuffix(".jinja")
        for folder in ("app", "resource")
        for path in (ROOT / "templates" / folder).rglob("*.jinja")
    }

    assert len(paths) == len(set(paths))
    assert there <= used


def test_migrations_rules_and_first_data_belong_to_the_team() -> None:
    outputs = plan(answers.load(ROOT / "examples/bakery/bakery.yaml"))
    yours = {output.path for output in outputs if output.keep is Keep.YOURS}

    names = {path.rsplit("/", 1)[-1] for path in yours}
    assert names == {"rules.py", "seed.py", "0001_tenure.py", "0002_bakery.py"}

"""The files around the code: each is well-formed, and says what is so."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from freehold.plan import plan
from freehold.render import render
from freehold.resolve import resolve
from freehold.spec import parse_text
from packaging.requirements import Requirement

from tests.environments import ROOT
from tests.projects import SPEC, freehold

# What would break a careless template: TOML, YAML, Markdown, Jinja and shell all see it.
TITLE = """O'Hara's "Best" {{ shelf }} # 1: {% if %} ${HOME} <b> \\n äö"""


@pytest.fixture(scope="module")
def tree() -> Mapping[str, str]:
    text = SPEC.replace("A Shelf", "'" + TITLE.replace("'", "''") + "'")
    text = text.replace("Things on a shelf.", "'" + TITLE.replace("'", "''") + "'")
    domain = resolve(parse_text(Path("shelf.yaml"), text))
    assert domain.title == TITLE
    return render(domain, plan(domain))


def test_the_title_and_the_description_come_out_as_they_were_written(
    tree: Mapping[str, str],
) -> None:
    assert tree["README.md"].startswith(f"# {TITLE}\n\nA FastAPI backend")
    assert tomllib.loads(tree["pyproject.toml"])["project"]["description"] == TITLE


def test_every_file_is_what_its_ending_says(tree: Mapping[str, str]) -> None:
    for path, text in tree.items():
        if path.endswith(".toml"):
            tomllib.loads(text)
        elif path.endswith((".yaml", ".yml")):
            assert isinstance(yaml.safe_load(text), dict)
        elif path.endswith(".ini"):
            configparser.ConfigParser().read_string(text)
        elif path.endswith(".py"):
            compile(text, path, "exec")


def test_every_file_ends_in_one_line_end_and_leaves_no_template_behind(
    tree: Mapping[str, str],
) -> None:
    for path, text in tree.items():
        if not text:
            assert path.endswith("py.typed")
            continue
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\r" not in text, path
        assert all(line == line.rstrip() for line in text.splitlines()), path
        rest = text.replace(TITLE, "").replace(json.dumps(TITLE, ensure_ascii=False), "")
        rest = rest.replace("${{ matrix.python }}", "")
        if "test" not in path and not path.endswith(".py"):
            assert "{{" not in rest, path
            assert "{%" not in rest, path


def test_the_same_black_formats_here_and_there(tree: Mapping[str, str]) -> None:
    project = tomllib.loads(tree["pyproject.toml"])["project"]
    tools = {
        (found := Requirement(line)).name: found for line in project["optional-dependencies"]["dev"]
    }

    for tool in ("black", "mypy", "ruff", "pytest", "httpx2"):
        assert tools[tool].specifier.contains(version(tool)), tool


def test_the_project_asks_for_this_runtime(tree: Mapping[str, str]) -> None:
    project = tomllib.loads(tree["pyproject.toml"])["project"]
    wanted = {(found := Requirement(line)).name: found for line in project["dependencies"]}

    assert wanted["tenure"].specifier.contains(version("tenure"))


def test_the_environment_file_shows_every_setting_and_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shelf.yaml").write_text(SPEC)
    freehold(capsys, "generate")
    shown = dict(re.findall(r"^# SHELF_(\w+)=(.*)$", Path(".env.example").read_text(), re.M))
    script = (
        "from shelf.settings import Settings\n"
        "for name, value in Settings():\n"
        "    print(name.upper(), '' if value is None else str(value), sep='=')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )

    defaults = dict(line.split("=", 1) for line in done.stdout.splitlines())
    defaults["DEVELOPMENT"] = defaults["DEVELOPMENT"].lower()
    assert shown == defaults


def test_what_the_guide_names_is_there(tree: Mapping[str, str]) -> None:
    for page in ("README.md", "AGENTS.md"):
        for name in re.findall(r"`((?:shelf|migrations|tests)/[\w/.]*)`", tree[page]):
            assert any(path == name or path.startswith(name) for path in tree) or (
                name == "shelf/types.py"  # only where something is shared
            ), name


def test_the_last_output_is_kept_out_of_every_tool(tree: Mapping[str, str]) -> None:
    tools = tomllib.loads(tree["pyproject.toml"])["tool"]

    assert "freehold" in tools["black"]["extend-exclude"]
    assert ".freehold" in tools["ruff"]["extend-exclude"]
    assert any("freehold" in one for one in tools["mypy"]["exclude"])
    assert ".freehold" in tools["pytest"]["ini_options"]["norecursedirs"]
    assert yaml.safe_load(tree[".pre-commit-config.yaml"])["exclude"] == r"^\.freehold/"
    assert ".freehold/** linguist-generated" in tree[".gitattributes"]


def test_our_own_workflow_files_are_well_formed() -> None:
    assert yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    run = ROOT / ".ci/run"
    assert run.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(run)], check=True)

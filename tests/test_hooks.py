"""The drift check where teams meet it: as a hook of pre-commit, as an action of GitHub, in their own CI."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from freehold import __version__

from tests.environments import ROOT, run
from tests.projects import SPEC, freehold

Capture = pytest.CaptureFixture[str]
HERE = {
    **os.environ,
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """A project in a git of its own, generated and committed."""
    root = tmp_path / "shelf"
    root.mkdir()
    monkeypatch.chdir(root)
    Path("shelf.yaml").write_text(SPEC)
    assert freehold(capsys, "generate").code == 0
    run("git", "init", "-q", cwd=root)
    run("git", "add", "-A", cwd=root)
    return root


def drift(root: Path) -> None:
    """Somebody changes the spec and does not generate."""
    spec = root / "shelf.yaml"
    spec.write_text(spec.read_text().replace("max: 80", "max: 90"))
    run("git", "add", "-A", cwd=root)


def answer(
    command: list[str], root: Path, env: Mapping[str, str] = HERE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=root, env=env, capture_output=True, encoding="utf-8", check=False
    )


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def hooks_of(config: Any) -> list[dict[str, Any]]:
    return [hook for repo in config["repos"] for hook in repo["hooks"]]


def test_the_hook_that_this_repository_offers_passes_and_fails_as_it_should(project: Path) -> None:
    run(sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)
    (hook,) = loaded(ROOT / ".pre-commit-hooks.yaml")
    command = [*shlex.split(hook["entry"]), "shelf.yaml"]  # as `args` would add it

    clean = answer(command, project)
    drift(project)
    drifted = answer(command, project)

    assert clean.returncode == 0, clean.stderr
    assert drifted.returncode == 1
    assert "shelf/things/tables.py is not as shelf.yaml has it" in drifted.stderr


def test_the_hook_that_a_project_is_born_with_stops_a_commit_of_a_drifted_tree(
    project: Path, tmp_path: Path
) -> None:
    config = loaded(project / ".pre-commit-config.yaml")
    (hook,) = (one for one in hooks_of(config) if one["id"] == "freehold-check")
    assert hook["additional_dependencies"] == [f"freehold=={__version__}"]
    # pre-commit would install that from the package index; here it is installed already.
    hook["language"] = "system"
    del hook["additional_dependencies"]
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    here = HERE | {"PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    calls = [sys.executable, "-m", "pre_commit", "run", "-c", str(tmp_path / "config.yaml")]

    clean = answer([*calls, "freehold-check"], project, here)
    drift(project)
    drifted = answer([*calls, "freehold-check"], project, here)

    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "Passed" in clean.stdout
    assert drifted.returncode == 1
    assert "shelf/things/tables.py is not as shelf.yaml has it" in drifted.stdout


def test_the_workflow_that_a_project_is_born_with_looks_for_drift(project: Path) -> None:
    steps = loaded(project / ".github/workflows/ci.yml")["jobs"]["spec"]["steps"]
    install, check = (step["run"] for step in steps[-2:])
    assert install == f"pip install freehold=={__version__}"

    clean = answer(["bash", "-e", "-c", check], project)
    drift(project)
    drifted = answer(["bash", "-e", "-c", check], project)

    assert clean.returncode == 0, clean.stderr
    assert drifted.returncode == 1
    assert "::error file=shelf/things/tables.py,title=not generated::" in drifted.stdout


def test_the_action_installs_its_own_rev_and_tells_a_drifted_tree_from_a_clean_one(
    project: Path, tmp_path: Path
) -> None:
    action = loaded(ROOT / "action.yml")
    install, compare = action["runs"]["steps"]
    # As on a runner, but that the packages are there already and there is no network.
    runner = HERE | {"RUNNER_TEMP": str(tmp_path / "runner"), "GITHUB_ACTION_PATH": str(ROOT)}
    offline = {"PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]

    installed = answer([*bash, install["run"]], project, runner | offline)
    clean = answer([*bash, compare["run"]], project, runner | {"SPEC": ""})
    drift(project)
    drifted = answer([*bash, compare["run"]], project, runner | {"SPEC": "shelf.yaml"})

    assert installed.returncode == 0, installed.stderr
    assert (tmp_path / "runner/freehold/freehold/templates").is_dir()
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert drifted.returncode == 1
    assert "::error file=shelf/things/tables.py,title=not generated::" in drifted.stdout
    assert compare["working-directory"] == "${{ inputs.working-directory }}"
    assert compare["env"]["SPEC"] == "${{ inputs.spec }}"
    assert action["inputs"].keys() == {"spec", "working-directory"}


def test_the_example_is_checked_by_its_own_hook_and_by_ours(tmp_path: Path) -> None:
    example = ROOT / "examples/bakery"
    born = {hook["id"] for hook in hooks_of(loaded(example / ".pre-commit-config.yaml"))}
    (ours,) = (
        hook
        for hook in hooks_of(loaded(ROOT / ".pre-commit-config.yaml"))
        if hook["id"] == "freehold-check"
    )
    jobs = loaded(ROOT / ".github/workflows/ci.yml")["jobs"]
    uses = next(step for step in jobs["example"]["steps"] if step.get("uses") == "./")
    command = shlex.split(ours["entry"].replace(".venv/bin/freehold", "freehold"))
    shutil.copytree(example, tmp_path / "examples/bakery", ignore=shutil.ignore_patterns("data"))

    assert "freehold-check" in born
    assert uses["with"]["working-directory"] == "examples/bakery"
    assert answer(command, tmp_path).returncode == 0
    spec = tmp_path / "examples/bakery/bakery.yaml"
    spec.write_text(spec.read_text().replace("max: 120", "max: 121"))
    assert answer(command, tmp_path).returncode == 1

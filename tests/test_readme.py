"""The README tells the truth: its specs, commands and files are tried."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.environments import ROOT, empty_environment, install, run

README = ROOT / "README.md"
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    name: str
    text: str


def blocks() -> list[Block]:
    return [Block(*found.groups(default="")) for found in FENCE.finditer(README.read_text("utf-8"))]


def test_a_reader_who_follows_the_readme_gets_what_it_shows(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    python = empty_environment(tmp_path / "env")
    folder = tmp_path / "reader"
    folder.mkdir()
    for block in blocks():
        if block.language == "yaml":
            (folder / block.name).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for line in block.text.splitlines():
                follow(line.removeprefix("$ "), folder, python)
        elif request.config.getoption("--accept"):
            show(block, (folder / block.name).read_text("utf-8"))
        else:
            assert block.text == (folder / block.name).read_text("utf-8")


def follow(line: str, folder: Path, python: Path) -> None:
    """Do what a line says, but for what would fetch packages or never end."""
    command, *arguments = shlex.split(line)
    if command == "pip":
        assert arguments.pop(0) == "install"
        install(python, *arguments)
    elif command == "make":
        run("make", "--dry-run", *arguments, cwd=ROOT)
    else:
        # The environment's own commands come first, as they do once it is activated.
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        run(python.parent / command, *arguments, cwd=folder, env={**os.environ, "PATH": path})


def show(block: Block, text: str) -> None:
    told = README.read_text("utf-8")
    head = f"```{block.language} {block.name}\n"
    before, after = told.split(head)
    rest = after.split("```\n", 1)[1]
    README.write_text(f"{before}{head}{text}```\n{rest}", encoding="utf-8")


def test_every_block_is_one_that_the_test_understands() -> None:
    assert {block.language for block in blocks()} == {"yaml", "console", "python"}
    assert README.read_text("utf-8").count("```") == 2 * len(blocks())


def test_the_links_lead_somewhere() -> None:
    pages = [README, *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_ci_runs_the_test_command_of_the_readme() -> None:
    commands = [line for block in blocks() for line in block.text.splitlines()]
    assert "$ make test" in commands
    assert "make test" in (ROOT / ".ci/run").read_text("utf-8")

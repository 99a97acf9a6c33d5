"""Regeneration in stories: what the team did, what the spec did, and what comes of both."""

from __future__ import annotations

import ast
import difflib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from freehold import disk

from tests.environments import ROOT, run
from tests.projects import freehold
from tests.storytelling import Story

Capture = pytest.CaptureFixture[str]
STORIES = Path(__file__).parent / "stories" / "regenerate"
NAMES = sorted(path.name for path in STORIES.iterdir() if path.is_dir())
OURS = "shelf.yaml"


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project every story begins with, just generated."""
    root = tmp_path_factory.mktemp("shelf")
    shutil.copy(STORIES / OURS, root)
    run(sys.executable, "-m", "freehold", "generate", cwd=root)
    return root


@pytest.fixture
def told(
    request: pytest.FixtureRequest, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> tuple[Path, str]:  # fmt: skip
    """The project after the story, and what it came to."""
    name: str = request.param
    root = tmp_path / "shelf"
    shutil.copytree(shelf, root)
    monkeypatch.chdir(root)
    story = Story(root, OURS)
    source = (STORIES / name / "story.py").read_text("utf-8")
    exec(compile(source, name, "exec"), story.words("generate", "first"))
    before = everything(root)
    answer = freehold(capsys, *story.arguments)
    is_asking = {"--dry-run", "--check"} & set(story.arguments)
    if is_asking or (answer.code in (3, 4) and "--conflicts=markers" not in story.arguments):
        assert everything(root) == before
    else:
        again = freehold(capsys, "generate", "--dry-run")
        assert "Nothing would be written" in again.out or answer.code == again.code == 4
    out = said(answer.out + answer.err)
    return root, f"exit {answer.code}\n\n{out.strip()}\n\n{''.join(difference(root))}"


def said(text: str) -> str:
    """What was said of edits; not the files and lines that only the templates decide about."""
    quiet = ("Next: read", "update  ", "create  ", "delete  ", "Wrote ")
    lines = [line for line in text.splitlines() if not line.startswith(quiet)]
    lines = [line for line in lines if " is not as shelf.yaml has it" not in line]
    text = re.sub(r"^(Look at \S+?):\d+:", r"\1:", "\n".join(lines), flags=re.MULTILINE)
    text = re.sub(r"^  line \d+$", "  line", text, flags=re.MULTILINE)
    text = re.sub(r"\b\d+ (unchanged|kept|update|files to write)", r"some \1", text)
    return re.sub(r"\n{3,}", "\n\n", text)


def everything(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".freehold" not in path.parts and "__pycache__" not in path.parts
    }


def difference(root: Path) -> Iterator[str]:
    """What the project holds beyond what a fresh one would: all that the team did, and no more."""
    base = disk.read(root, []).base
    there = everything(root)
    there.pop(OURS)
    for path in sorted({*base, *there}):
        if path.startswith("migrations/versions/") or path == "shelf/seed.py":
            continue  # written once, so of course they say what the first spec said
        fresh = base.get(path, "")
        held = there.get(path)
        text = held.decode("utf-8", "surrogateescape") if held is not None else ""
        if path not in there:
            yield f"=== {path}: deleted\n"
        elif path not in base:
            yield f"=== {path}: the team's own\n"
        elif text != fresh:
            marks = [mark for mark, said in (("CRLF", "\r\n"), ("BOM", "\ufeff")) if said in text]
            yield f"=== {path}{''.join(f' ({mark})' for mark in marks)}\n"
            lines = difflib.unified_diff(
                fresh.splitlines(), disk.plain(text).splitlines(), n=1, lineterm=""
            )
            shown = (re.sub(r"^@@.*@@", "@@", line) for line in lines)
            yield from (f"{line}\n" for number, line in enumerate(shown) if number > 1)
            if text and not text.endswith("\n"):
                yield "\\ no newline at the end\n"
        mode = (root / path).stat().st_mode & 0o777 if path in there else 0o644
        if mode not in (0o644, 0o664):
            yield f"=== {path}: mode {mode:o}\n"
        if (root / path).is_symlink():
            yield f"=== {path}: a link\n"


@pytest.mark.parametrize("told", NAMES, indirect=True)
def test_a_story_comes_out_as_it_should(
    told: tuple[Path, str], request: pytest.FixtureRequest, golden: Callable[[Path, str], None]
) -> None:
    root, text = told
    name = request.node.callspec.params["told"]
    golden(STORIES / name / "result.txt", text)
    if text.startswith("exit 0") and not name.endswith("unfinished"):
        for path, held in everything(root).items():
            if path.endswith(".py"):
                ast.parse(held)


def test_there_are_at_least_sixty_stories() -> None:
    assert len(NAMES) >= 60


def is_whole(name: str) -> bool:
    """Whether the story ends in a project that is meant to work as it is."""
    result = STORIES / name / "result.txt"
    text = result.read_text("utf-8") if result.exists() else ""
    return text.startswith("exit 0") and "Look at" not in text and "unfinished" not in name


WHOLE = [name for name in NAMES if is_whole(name)]
FEW = [name for name in WHOLE if name.startswith(("a_field_renamed", "middleware"))]


def environment(root: Path, cache: Path) -> dict[str, str]:
    path = os.pathsep.join([str(root), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "MYPY_CACHE_DIR": str(cache)}


@pytest.fixture(scope="session")
def known(shelf: Path) -> Path:
    """What mypy knows of the project before any story; most of it is about other packages."""
    cache = ROOT / ".mypy_cache" / "stories"
    type_checked(shelf, cache)
    return cache


def type_checked(root: Path, cache: Path) -> None:
    mypy = (sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "shelf")
    run(*mypy, cwd=root, env=environment(root, cache))


def checked(root: Path, known: Path) -> None:
    # A copy for each: where a module went in one story, mypy would miss it in the next one.
    cache = root.parent / "mypy"
    shutil.copytree(known, cache, copy_function=os.link)
    type_checked(root, cache)
    # The first migration is the team's: what follows from a changed spec is not its concern.
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-x", "--deselect")
    migrates = "tests/test_migrations.py::test_an_empty_database_migrates_to_what_the_code_expects"
    run(sys.executable, *tests, migrates, cwd=root, env=environment(root, cache))


@pytest.mark.parametrize("told", FEW, indirect=True)
def test_after_some_stories_the_project_type_checks_and_passes_its_tests(
    told: tuple[Path, str], known: Path
) -> None:
    checked(told[0], known)


@pytest.mark.heavy
@pytest.mark.parametrize("told", WHOLE, indirect=True)
def test_after_every_clean_story_the_project_type_checks_and_passes_its_tests(
    told: tuple[Path, str], known: Path
) -> None:
    checked(told[0], known)

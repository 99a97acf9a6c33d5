"""The invariants of ARCHITECTURE.md, each stated as an absence."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environments import ROOT

GENERATOR = ROOT / "generator/freehold"
RUNTIME = ROOT / "runtime/tenure"
LONGEST = 550  # lines

# Methods and functions that change the file system, but for those of disk.py and apply.py.
WRITES = {
    "chmod", "copyfile", "copytree", "fdopen", "hardlink_to", "makedirs", "mkdir", "mkdtemp",
    "mkstemp", "NamedTemporaryFile", "rmdir", "rmtree", "symlink_to", "TemporaryDirectory", "touch",
    "truncate", "unlink", "write_bytes", "write_text",
}  # fmt: skip
# Words that mean other things elsewhere.
OF_OS = {"copy", "link", "move", "remove", "rename", "replace", "symlink"}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(module: Path) -> set[str]:
    """The packages a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def importers(folder: Path, package: str) -> set[str]:
    return {
        module.relative_to(folder).as_posix()
        for module in modules(folder)
        if package in imported(module)
    }


def writes(module: Path) -> Iterator[str]:
    """The calls of a module that write a file, or open one to write."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        modes = [*node.args, *(k.value for k in node.keywords if k.arg == "mode")]
        texts = [m.value for m in modes if isinstance(m, ast.Constant) and isinstance(m.value, str)]
        of_os = ast.unparse(node.func) in {f"{module}.{name}" for module in ("os", "shutil")}
        to_write = name == "open" and any(set(text) & set("wax+") for text in texts)
        if name in WRITES or to_write or (of_os and name in OF_OS):
            yield f"{name} in line {node.lineno}"


@pytest.mark.parametrize(
    ("package", "owner"),
    [
        ("yaml", "spec.py"),
        ("jinja2", "render.py"),
        ("black", "render.py"),
        ("copier", "render.py"),
        ("datamodel_code_generator", "schemas.py"),
    ],
)
def test_a_package_is_known_to_one_room_of_the_generator(package: str, owner: str) -> None:
    assert importers(GENERATOR, package) == {owner}


def test_the_generator_does_not_import_the_runtime_nor_the_runtime_the_generator() -> None:
    assert importers(GENERATOR, "tenure") == set()
    assert importers(RUNTIME, "freehold") == set()


@pytest.mark.parametrize("package", ["black", "click", "copier", "jinja2", "rich_click", "yaml"])
def test_the_runtime_imports_no_package_of_the_generator(package: str) -> None:
    assert importers(RUNTIME, package) == set()


def test_only_disk_and_apply_write_files() -> None:
    found = {m.relative_to(GENERATOR).as_posix(): list(writes(m)) for m in modules(GENERATOR)}
    wrote = {name: calls for name, calls in found.items() if calls}

    assert wrote.pop("disk.py")
    assert wrote.pop("apply.py")
    # Copier copies into a folder, so it is given one that is gone when the text has been read.
    assert [call.split()[0] for call in wrote.pop("render.py")] == ["TemporaryDirectory"]
    assert wrote == {}


def test_only_disk_of_the_runtime_makes_links_removes_or_syncs_files() -> None:
    calls = {
        (module.relative_to(RUNTIME).as_posix(), ast.unparse(node.func))
        for module in modules(RUNTIME)
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call)
    }
    of_os = ("fdopen", "fsync", "link", "mkdir", "open", "remove", "rename", "replace", "unlink")
    found = {(name, call) for name, call in calls if call in {f"os.{one}" for one in of_os}}
    found |= {
        (name, call)
        for name, call in calls
        if call.rpartition(".")[2] in ("mkdir", "touch", "write_bytes", "write_text")
    }

    # A lock between processes, and a dump, which is written as text wherever it is wanted.
    found -= {("commits.py", "os.open"), ("maintenance/commands.py", "os.fsync")}
    assert {name for name, _ in found} == {"disk.py"}


@pytest.mark.parametrize("folder", [GENERATOR, RUNTIME], ids=["generator", "runtime"])
def test_no_module_is_too_long_to_read(folder: Path) -> None:
    long = {
        module.name: lines
        for module in modules(folder)
        if (lines := len(module.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}


@pytest.mark.parametrize("folder", [GENERATOR, RUNTIME], ids=["generator", "runtime"])
def test_every_module_opens_with_what_it_is_for(folder: Path) -> None:
    silent = [m.name for m in modules(folder) if not ast.get_docstring(ast.parse(m.read_text()))]
    assert silent == []


def test_help_imports_no_heavy_package() -> None:
    script = (
        "import sys\n"
        "from freehold.cli import run\n"
        "run(['--help'])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )

    heavy = {"black", "copier", "datamodel_code_generator", "jinja2", "pydantic", "rich", "yaml"}
    assert "click" in done.stderr.split()
    assert heavy & set(done.stderr.split()) == set()


def test_the_packages_offer_what_they_list_and_nothing_else() -> None:
    for name in ("freehold", "tenure"):
        module = __import__(name)
        public = {
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and not isinstance(value, type(ast))
        }
        assert public == {name for name in module.__all__ if not name.startswith("_")}


def test_no_committed_file_tells_of_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    home = f"{Path.home()}/"
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            text = path.read_text("utf-8", errors="replace")
            assert str(ROOT) not in text, name
            assert home not in text, name

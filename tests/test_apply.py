"""A kill at any point of writing leaves the old tree or the new one, and the next command says which."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from freehold import apply, disk

from tests.projects import tree

# Kills itself without a farewell before the Nth call that changes the file system.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from freehold import apply

left = int(sys.argv[1])

def counted(function):
    def call(*arguments, **keywords):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **keywords)
    return call

for owner, name in (
    (Path, "replace"), (Path, "write_text"), (Path, "unlink"), (Path, "mkdir"), (Path, "rmdir"),
    (Path, "chmod"), (shutil, "rmtree"), (shutil, "copy2"),
):
    setattr(owner, name, counted(getattr(owner, name)))

texts = {f"code/{n}.py": f"new {n}\\n" for n in range(6)}
texts[".freehold/base/code/0.py.base"] = "new 0\\n"
seen = {f"code/{n}.py": f"old {n}\\n" for n in range(5)} | {"code/gone.py": "old\\n"}
apply.write(Path(), apply.Write(texts, ["code/gone.py"], seen))
"""


def old_project(root: Path) -> None:
    (root / "code").mkdir(parents=True)
    (root / ".freehold/base/code").mkdir(parents=True)
    for number in range(5):
        (root / f"code/{number}.py").write_text(f"old {number}\n")
    (root / "code/gone.py").write_text("old\n")
    (root / ".freehold/base/code/0.py.base").write_text("old 0\n")


def content(root: Path) -> dict[str, bytes]:
    own = (".freehold/staged", ".freehold/backup")
    return {path: held for path, held in tree(root).items() if not path.startswith(own)}


def run(root: Path, calls: int) -> int:
    done = subprocess.run([sys.executable, "-c", KILLED, str(calls)], cwd=root, check=False)
    return done.returncode


def trial(folder: Path, calls: int, old: dict[str, bytes], new: dict[str, bytes]) -> bool:
    """Kill before that many calls; whether it was killed at all."""
    root = folder / str(calls)
    old_project(root)
    was_killed = run(root, calls) != 0
    said = apply.recover(root)
    found = content(root)
    assert found in (old, new), calls
    if said is not None:
        assert ("every file is as it was" in said) == (found == old)
        assert ("as that run wanted it" in said) == (found == new)
    assert not (root / ".freehold/staged").exists()
    if found == new:
        assert apply.restore(root)
        assert content(root) == old
    return was_killed


def trials(folder: Path, step: int) -> int:
    old_project(folder / "old")
    old = content(folder / "old")
    old_project(folder / "new")
    assert run(folder / "new", 10_000) == 0
    new = content(folder / "new")
    assert old != new
    calls = 0
    while trial(folder, calls, old, new):
        calls += step
    return calls


def test_a_kill_leaves_the_old_tree_or_the_new_one(tmp_path: Path) -> None:
    assert trials(tmp_path, 4) >= 30


@pytest.mark.heavy
def test_a_kill_before_every_single_change_of_the_file_system(tmp_path: Path) -> None:
    for round_ in range(5):
        folder = tmp_path / str(round_)
        assert trials(folder, 1) >= 40
        shutil.rmtree(folder)


def test_a_folder_that_cannot_be_made_half_way_leaves_everything_as_it_was(tmp_path: Path) -> None:
    old_project(tmp_path)
    old = content(tmp_path)
    texts = {"code/0.py": "new\n", "code/1.py/deep.py": "new\n"}

    with pytest.raises(disk.RefusedError):
        apply.write(tmp_path, apply.Write(texts, (), {"code/0.py": "old 0\n"}))

    assert content(tmp_path) == old

"""Ways to merge: ours on texts in memory, and ours as a team runs it, on folders."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from freehold import renaming
from freehold.disk import Held
from freehold.merge import Change as Merged
from freehold.merge import Kind, Terms, merge
from freehold.render import tidy

from tests.fuzz.corpus import Change, Version
from tests.fuzz.pairs import Pair

__all__ = ["generated", "merged_tree", "ours", "result"]


def ours(pair: Pair) -> str | None:
    """What `freehold generate` makes of the file, decided without a folder; None for a conflict."""
    found = merged_tree(pair.change, {pair.edit.path: pair.mine}, pair.files, {pair.edit.path})
    return result(found.get(pair.place), pair.new)


def result(merged: Merged | None, new: str) -> str | None:
    """The text of a file after merging; None for a conflict."""
    if merged is None:
        return new
    return None if merged.kind is Kind.CONFLICT else merged.text


def merged_tree(
    change: Change,
    edited: Mapping[str, str],
    files: Mapping[str, str],
    only: set[str] | None = None,
) -> dict[str, Merged]:
    """What becomes of each file of the project, by where it is in the new one.

    `edited` are the texts of the files that the team edited, `files` those that it made; with
    `only`, the old project is taken to hold just these.
    """
    old, new = change.old, change.new
    base = {p: text for p, text in old.tree.items() if only is None or p in only}
    held = Held({p: edited.get(p, text) for p, text in base.items()}, base)
    origins: Mapping[str, str] = {}
    made = dict(files)
    if change.renames:
        with tempfile.TemporaryDirectory() as name:
            _write(Path(name), made)
            whose = {output.path: output.keep for output in new.outputs}
            carried = renaming.carried(Path(name), change.renames, held, whose, new.tree)
        held, origins = carried.held, carried.origins
        made = {p: text for p, text in made.items() if p not in carried.gone} | dict(carried.texts)
    was = {output.path: output.keep for output in old.outputs}
    terms = Terms(tidy, frozenset({old.name, "tests"}), was, {}, origins, made)
    wanted = [one for one in new.outputs if only is None or one.path in held.base]
    found = {one.path: one for one in merge(wanted, new.tree, held.mine, held.base, terms)}
    return {path: Merged(path, Kind.KEPT, text) for path, text in made.items()} | found


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


def generated(
    folder: Path, change: Change, edited: Mapping[str, str], files: Mapping[str, str]
) -> tuple[int, str]:
    """The same as a team does it: generate, edit, change the spec, generate; exit code and what was said."""
    spec = folder / f"{change.old.name}.yaml"
    shutil.copytree(_before(change.old), folder, dirs_exist_ok=True)
    _write(folder, {**edited, **files})
    spec.write_text(change.new.text, "utf-8")
    done = subprocess.run(GENERATE, cwd=folder, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@cache
def _before(version: Version) -> Path:
    """The project of a version as the command line made it, once for all that begin with it."""
    folder = Path(_KEPT.name) / str(len(list(Path(_KEPT.name).iterdir())))
    folder.mkdir()
    (folder / f"{version.name}.yaml").write_text(version.text, "utf-8")
    subprocess.run(GENERATE, cwd=folder, check=True, capture_output=True)
    return folder


GENERATE = (sys.executable, "-m", "freehold", "generate")
_KEPT = tempfile.TemporaryDirectory(prefix="freehold-fuzz-")  # gone when the process ends

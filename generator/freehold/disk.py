"""The file system: what a project holds now, and how changes reach it whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from freehold.merge import Change, Kind

__all__ = ["BASE", "Held", "read", "write"]

STATE = ".freehold"
BASE = f"{STATE}/base"
SUFFIX = ".base"


@dataclass(frozen=True, slots=True)
class Held:
    """What is on disk: `mine`, the team's files among those asked for, and `base`, our last output."""

    mine: Mapping[str, str]
    base: Mapping[str, str]


def read(root: Path, paths: Iterable[str]) -> Held:
    """The files of `paths` that exist under `root`, and the whole base."""
    base = {}
    folder = root / BASE
    if folder.is_dir():
        for file in sorted(folder.rglob(f"*{SUFFIX}")):
            path = file.relative_to(folder).as_posix().removesuffix(SUFFIX)
            base[path] = _text(file)
    wanted = {*paths, *base}
    mine = {path: _text(root / path) for path in sorted(wanted) if (root / path).is_file()}
    return Held(mine, base)


def write(root: Path, changes: Sequence[Change], base: Mapping[str, str], state: Mapping[str, str]) -> None:
    """Put the changes on disk, then the new base and the other files of `.freehold`.

    Each file is written beside its place and then moved over it; an identical file is not touched.
    """
    for change in changes:
        if change.kind in (Kind.CREATE, Kind.UPDATE):
            _put(root / change.path, change.text)
    for path, text in base.items():
        _put(root / BASE / f"{path}{SUFFIX}", text)
    for path, text in state.items():
        _put(root / STATE / path, text)


def _put(path: Path, text: str) -> None:
    if path.is_file() and _text(path) == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.freehold-new")
    new.write_text(text, encoding="utf-8", newline="\n")
    if path.exists():
        new.chmod(path.stat().st_mode & 0o777)
    os.replace(new, path)


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()

"""The file system: what a project holds now, where its paths lead, and what may be in the way."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BASE",
    "MARK",
    "STATE",
    "SUFFIX",
    "Held",
    "RefusedError",
    "differing",
    "held",
    "others",
    "plain",
    "raw",
    "read",
    "reason",
    "rewrite",
    "sources_digest",
    "target_of",
    "templates_folder",
    "text_at",
    "text_of",
]

STATE = ".freehold"
BASE = f"{STATE}/base"
SUFFIX = ".base"
MARK = "\ufeff"
MOST_BYTES = 1024 * 1024  # of a file that somebody wrote by hand
# Folders with nothing of a team's own sources in them.
STRANGE = frozenset({"__pycache__", "build", "data", "dist", "node_modules", "site-packages"})


class RefusedError(Exception):
    """Something on the disk is in the way; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is on disk, with LF line ends.

    `mine` is the team's files among those asked for, `base` our last output of each.
    """

    mine: Mapping[str, str]
    base: Mapping[str, str]


def read(root: Path, paths: Iterable[str]) -> Held:
    """The files of `paths` that exist under `root`, and the whole base."""
    folder = root / BASE
    base = {}
    for file in sorted(folder.rglob(f"*{SUFFIX}")):
        path = file.relative_to(folder).as_posix().removesuffix(SUFFIX)
        base[path] = text_of(file)
    mine = {}
    for path in sorted({*paths, *base}):
        if (root / path).is_file():
            mine[path] = text_of(root / path)
    return Held(mine, base)


def held(root: Path, paths: Iterable[str]) -> dict[str, str | None]:
    """What `.freehold` holds at these paths; None where there is nothing."""
    return {path: text_at(root / STATE / path) for path in paths}


def others(root: Path, known: Iterable[str], suffixes: Iterable[str]) -> dict[str, str]:
    """The team's own files with one of these suffixes: those below `root` that are not `known`."""
    skip, wanted = set(known), set(suffixes)
    found: dict[str, str] = {}
    for name, folders, files in os.walk(root):
        folder = Path(name)
        folders[:] = sorted(
            inner
            for inner in folders
            if not inner.startswith(".")
            and inner not in STRANGE
            and not (folder / inner / "pyvenv.cfg").exists()
        )
        for file in sorted(folder / one for one in files):
            path = file.relative_to(root).as_posix()
            if path in skip or file.suffix not in wanted or file.is_symlink():
                continue
            if file.is_file() and file.stat().st_size <= MOST_BYTES:
                with contextlib.suppress(RefusedError):
                    found[path] = text_of(file)
    return found


def text_of(path: Path) -> str:
    """The text of a file: LF line ends, a last line end, no mark."""
    return plain(raw(path))


def differing(root: Path, texts: Mapping[str, str]) -> list[str]:
    """The files of `texts` that hold something else, or are not there."""
    return [path for path, text in texts.items() if text_at(target_of(root, path)) != plain(text)]


def templates_folder() -> Path:
    """Where the templates are: beside this module in a wheel, at the root in a checkout."""
    beside = Path(__file__).parent / "templates"
    return beside if beside.is_dir() else Path(__file__).parents[2] / "templates"


def sources_digest() -> str:
    """A digest of this generator and its templates: another one may render other text."""
    digest = hashlib.sha256()
    for folder, pattern in ((Path(__file__).parent, "*.py"), (templates_folder(), "*.*")):
        for file in sorted(folder.rglob(pattern)):
            if file.is_file():
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def rewrite(path: Path, text: str) -> None:
    """Give a file that is there another text, whole or not at all; its mode and mark stay."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.new")
    try:
        with target.open("rb") as opened:
            mark = b"\xef\xbb\xbf" if opened.read(3) == b"\xef\xbb\xbf" else b""
        beside.write_bytes(mark + text.encode())
        shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as problem:
        raise RefusedError(f"{path} cannot be written: {reason(problem)}") from problem


def target_of(root: Path, path: str) -> Path:
    """Where a file of the project is once links are followed; refused outside the project."""
    try:
        target = (root / path).resolve()
    except (OSError, RuntimeError):
        raise RefusedError(f"{path} is a link that leads in a circle; remove it") from None
    if not target.is_relative_to(root.resolve()):
        raise RefusedError(
            f"{path} leads outside the project through a link, to {target}; "
            "nothing was written. Put a file or a folder in the place of the link"
        )
    return target


def text_at(target: Path) -> str | None:
    """The text of a file; None where there is none."""
    return text_of(target) if target.is_file() else None


def raw(path: Path) -> str:
    """The text of a file as it is; bytes that are not UTF-8 survive a round trip."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except OSError as problem:
        raise RefusedError(f"{path} cannot be read: {reason(problem)}") from problem


def plain(text: str) -> str:
    """One spelling for one text, whatever editor wrote it: LF line ends, a last one, no mark."""
    text = text.removeprefix(MARK).replace("\r\n", "\n")
    return text if not text or text.endswith("\n") else f"{text}\n"


def reason(problem: OSError) -> str:
    """What the system says, in a sentence of ours."""
    return (problem.strerror or str(problem)).lower()

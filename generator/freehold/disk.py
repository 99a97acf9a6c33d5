"""The file system: what a project holds now, and how changes reach it whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BASE",
    "STATE",
    "SUFFIX",
    "Held",
    "RefusedError",
    "differing",
    "held",
    "read",
    "rewrite",
    "sources_digest",
    "templates_folder",
    "text_of",
    "write",
]

STATE = ".freehold"
BASE = f"{STATE}/base"
SUFFIX = ".base"
STAGED = f"{STATE}/staged"


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
    return {path: _held(root / STATE / path) for path in paths}


def text_of(path: Path) -> str:
    """The text of a file, with LF line ends; bytes that are not UTF-8 survive a round trip."""
    return _lf(_raw(path))


def differing(root: Path, texts: Mapping[str, str]) -> list[str]:
    """The files of `texts` that hold something else, or are not there."""
    return [path for path, text in texts.items() if _held(_target(root, path)) != _lf(text)]


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
        raise RefusedError(f"{path} cannot be written: {_reason(problem)}") from problem


def write(
    root: Path, texts: Mapping[str, str], seen: Mapping[str, str], gone: Iterable[str] = ()
) -> list[str]:
    """Give each file of `texts` its text, in that order; those that have it are not touched.

    Everything is checked, then staged, then moved into place, so that a crash leaves each file as
    it was or as it shall be. `seen` is what the decisions rest on: a file that is different by now
    is a refusal, not a loss. `gone` are files of our own that nothing needs any more.
    """
    todo = {path: texts[path] for path in differing(root, texts)}
    targets = {path: _target(root, path) for path in todo}
    gone = [path for path in gone if (root / path).is_file()]
    if not todo and not gone:
        return []
    for path in todo:
        if not path.startswith(f"{STATE}/") and _held(targets[path]) != seen.get(path):
            raise RefusedError(
                f"{path} changed while Freehold was at work; nothing was written. Run it again"
            )
        _writable(root, path, targets[path])
    with _staging(root) as folder:
        staged = _staged(folder, todo, targets)
        _moved(staged, targets)
    for path in gone:
        _removed(root, path)
    return list(todo)


def _staged(folder: Path, texts: Mapping[str, str], targets: Mapping[str, Path]) -> dict[str, Path]:
    staged: dict[str, Path] = {}
    for number, (path, text) in enumerate(texts.items()):
        new, target = folder / str(number), targets[path]
        try:
            if target.exists():
                if "\r\n" in _raw(target):
                    text = _lf(text).replace("\n", "\r\n")
                _put(new, text)
                new.chmod(target.stat().st_mode & 0o777)
            else:
                _put(new, text)
        except OSError as problem:
            raise RefusedError(
                f"{path} cannot be written: {_reason(problem)}. Nothing was written"
            ) from problem
        staged[path] = new
    return staged


def _moved(staged: Mapping[str, Path], targets: Mapping[str, Path]) -> None:
    for path, new in staged.items():
        try:
            targets[path].parent.mkdir(parents=True, exist_ok=True)
            new.replace(targets[path])
        except OSError as problem:
            raise RefusedError(
                f"{path} cannot be written: {_reason(problem)}. What comes before it in the plan "
                "was written, each file whole; run it again to write the rest"
            ) from problem


def _removed(root: Path, path: str) -> None:
    with contextlib.suppress(OSError):
        (root / path).unlink()
        for folder in (root / path).parents:
            if folder == root / BASE:
                break
            folder.rmdir()  # fails, and ends the climb, where something is left


def _target(root: Path, path: str) -> Path:
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


def _writable(root: Path, path: str, target: Path) -> None:
    """Refuse what would fail half-way: a folder in the place of a file, or one nobody may write."""
    if target.is_dir():
        raise RefusedError(f"{path} is a folder, and a file belongs there; move the folder away")
    folder = next(parent for parent in target.parents if parent.exists())
    shown = folder.relative_to(root.resolve()) if folder.is_relative_to(root.resolve()) else folder
    if not folder.is_dir():
        raise RefusedError(f"{shown} is a file, and a folder belongs there; move the file away")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise RefusedError(
            f"{path} cannot be written: nobody may write into {folder}. Nothing was written"
        )
    if root.exists() and folder.stat().st_dev != root.stat().st_dev:
        raise RefusedError(f"{path} is on another disk than {root}, so it cannot be moved there")


@contextlib.contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """A folder for files on their way, for one process at a time."""
    try:
        (root / STATE).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise RefusedError(f"{root} cannot be made: {_reason(problem)}") from problem
    folder = root / STAGED
    with _alone(root / STATE):
        shutil.rmtree(folder, ignore_errors=True)  # what a killed process left
        try:
            folder.mkdir()
        except OSError as problem:
            raise RefusedError(f"{folder} cannot be made: {_reason(problem)}") from problem
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows, where a folder cannot be locked
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise RefusedError(
            "another Freehold is writing here; wait for it, then run again"
        ) from None
    else:
        yield
    finally:
        os.close(handle)


def _held(target: Path) -> str | None:
    return text_of(target) if target.is_file() else None


def _raw(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except OSError as problem:
        raise RefusedError(f"{path} cannot be read: {_reason(problem)}") from problem


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n")


def _reason(problem: OSError) -> str:
    return (problem.strerror or str(problem)).lower()

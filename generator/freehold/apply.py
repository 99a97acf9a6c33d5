"""Writing whole or not at all: staged, journalled, swapped, and backed up so that it can be undone."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from freehold.disk import (
    BASE,
    MARK,
    STATE,
    RefusedError,
    differing,
    plain,
    raw,
    reason,
    target_of,
    text_at,
)

__all__ = ["Write", "backed_up", "clear_backup", "recover", "restore", "write"]

STAGED = f"{STATE}/staged"
JOURNAL = f"{STAGED}/journal.json"
BACKUP = f"{STATE}/backup"
MANIFEST = "manifest.json"
SPENT = f"{BACKUP}/spent"


@dataclass(frozen=True, slots=True)
class Write:
    """What shall be on disk: texts by path, files to remove, and what the decisions rest on."""

    texts: Mapping[str, str]
    gone: Iterable[str] = ()
    seen: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where a file comes from whose mode and line ends go along."""
    is_first: bool = False
    """Nothing was here before, so there is nothing to go back to."""
    local: Mapping[str, str] = field(default_factory=dict)
    """Texts that only this checkout wants to know: to write them is not to have done anything."""


def write(root: Path, wanted: Write) -> list[str]:
    """Give each file its text and remove what shall go; what is so already is not touched.

    Everything is checked, then staged, then a journal says what goes where, and only then is
    anything moved: a kill before the journal leaves the old tree, and after it `recover` finishes
    the new one. A file that is not as `seen` is a refusal, not a loss.
    """
    texts = {**wanted.texts, **wanted.local}
    todo = {path: texts[path] for path in differing(root, texts)}
    gone = [path for path in wanted.gone if (root / path).is_file()]
    if not todo and not gone:
        return []
    targets = {path: target_of(root, path) for path in (*todo, *gone)}
    for path in (*todo, *gone):
        if not path.startswith(f"{STATE}/") and text_at(targets[path]) != wanted.seen.get(path):
            raise RefusedError(
                f"{path} changed while Freehold was at work; nothing was written. Run it again"
            )
        _writable(root, path, targets[path])
    with _staging(root) as folder:
        names = _staged(root, folder, todo, wanted.origins)
        if not wanted.is_first and (gone or todo.keys() - wanted.local.keys()):
            _back_up(root, folder / "backup", (*todo, *gone))
        _begin(root, {"put": names, "gone": gone})
    return [*todo, *gone]


def recover(root: Path) -> str | None:
    """Bring to an end what a killed run left half done; what that was, in a sentence."""
    if not (root / STAGED).is_dir():
        return None
    with _alone(root / STATE):
        if not (root / JOURNAL).is_file():
            shutil.rmtree(root / STAGED, ignore_errors=True)
            return "an earlier run was stopped before it wrote anything: every file is as it was"
        _carry_out(root)
        return "an earlier run was stopped while it wrote: every file is now as that run wanted it"


def backed_up(root: Path) -> dict[str, str | None]:
    """What the last run that wrote anything replaced: by path the name of the copy, None for nothing."""
    manifest = root / BACKUP / MANIFEST
    if not manifest.is_file():
        return {}
    kept: dict[str, str | None] = json.loads(manifest.read_text(encoding="utf-8"))
    return kept


def restore(root: Path) -> list[str]:
    """Undo the last run that wrote anything; which files of the project are as before again."""
    kept = backed_up(root)
    if not kept:
        return []
    with _staging(root) as folder:
        names = {path: name for path, name in kept.items() if name is not None}
        for name in names.values():
            shutil.copy2(root / BACKUP / name, folder / name)
        _begin(root, {"put": names, "gone": [path for path, name in kept.items() if name is None]})
        clear_backup(root)
    return [path for path in kept if not path.startswith(f"{STATE}/")]


def clear_backup(root: Path) -> None:
    """Forget what was there before the last run."""
    shutil.rmtree(root / BACKUP, ignore_errors=True)


def _begin(root: Path, journal: Mapping[str, Any]) -> None:
    """From here on the new tree is what there will be, whatever happens to this process."""
    new = root / STAGED / "journal.new"
    new.write_text(json.dumps(journal), encoding="utf-8")
    new.replace(root / JOURNAL)
    _carry_out(root)


def _carry_out(root: Path) -> None:
    """Do what the journal says, from wherever an earlier try stopped."""
    journal = json.loads((root / JOURNAL).read_text(encoding="utf-8"))
    folder = root / STAGED
    done: list[str] = []
    for path, name in journal["put"].items():
        if (folder / name).is_file():
            try:
                target = target_of(root, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                (folder / name).replace(target)
            except OSError as problem:
                _undo(root, done)
                raise RefusedError(
                    f"{path} cannot be written: {reason(problem)}. Nothing was written"
                ) from problem
        done.append(path)
    for path in journal["gone"]:
        _removed(root, path)
    if (folder / "backup").is_dir():
        shutil.rmtree(root / BACKUP, ignore_errors=True)
        (folder / "backup").replace(root / BACKUP)
    _cleared(root)


def _cleared(root: Path) -> None:
    """Take what was staged out of the way in one step, so that no kill leaves half of it to be read."""
    spent = root / SPENT
    if spent.is_dir():
        shutil.rmtree(spent)
    spent.parent.mkdir(exist_ok=True)
    (root / STAGED).replace(spent)
    shutil.rmtree(spent)
    with contextlib.suppress(OSError):
        spent.parent.rmdir()  # unless it holds a backup


def _undo(root: Path, done: Iterable[str]) -> None:
    """Put back what was there: writing failed half-way, and did not just stop."""
    folder = root / STAGED / "backup"
    manifest = folder / MANIFEST
    kept = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    for path in done:
        name = kept.get(path)
        with contextlib.suppress(OSError):
            if name is None:
                _removed(root, path)
            else:
                shutil.copy2(folder / name, target_of(root, path))
    (root / JOURNAL).unlink()


def _back_up(root: Path, folder: Path, paths: Iterable[str]) -> None:
    kept: dict[str, str | None] = {}
    folder.mkdir()
    for number, path in enumerate(paths):
        target = target_of(root, path)
        kept[path] = f"old{number}" if target.is_file() else None
        if target.is_file():
            shutil.copy2(target, folder / f"old{number}")
    (folder / MANIFEST).write_text(json.dumps(kept, indent=1), encoding="utf-8")


def _staged(
    root: Path, folder: Path, texts: Mapping[str, str], origins: Mapping[str, str]
) -> dict[str, str]:
    """Each text in a file of its own, with the mode and the line ends that it shall have."""
    names: dict[str, str] = {}
    for number, (path, text) in enumerate(texts.items()):
        new, like = folder / f"new{number}", target_of(root, path)
        if path in origins and not like.exists():
            like = target_of(root, origins[path])
        try:
            if like.is_file():
                _put(new, _in_the_manner_of(raw(like), text))
                new.chmod(like.stat().st_mode & 0o777)
            else:
                _put(new, text)
        except OSError as problem:
            raise RefusedError(
                f"{path} cannot be written: {reason(problem)}. Nothing was written"
            ) from problem
        names[path] = new.name
    return names


def _in_the_manner_of(old: str, text: str) -> str:
    """The text with the line ends, the last line end and the mark of what it replaces."""
    bare = old.removeprefix(MARK)
    text = plain(text)
    if bare and not bare.endswith("\n"):
        text = text.removesuffix("\n")
    if bare.count("\r\n") * 2 > bare.count("\n"):
        text = text.replace("\n", "\r\n")
    return MARK + text if old.startswith(MARK) else text


def _removed(root: Path, path: str) -> None:
    """Remove a file, and the folders that nothing is left in."""
    with contextlib.suppress(OSError):
        (root / path).unlink()
        for folder in (root / path).parents:
            if folder in (root, root / BASE):
                break
            if [one.name for one in folder.iterdir()] == ["__pycache__"]:
                shutil.rmtree(folder / "__pycache__")
            folder.rmdir()  # fails, and ends the climb, where something is left


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
        raise RefusedError(f"{root} cannot be made: {reason(problem)}") from problem
    folder = root / STAGED
    with _alone(root / STATE):
        if (root / JOURNAL).exists():
            raise RefusedError("an earlier run was stopped while it wrote; run this again")
        shutil.rmtree(folder, ignore_errors=True)  # what a killed process left
        try:
            folder.mkdir()
        except OSError as problem:
            raise RefusedError(f"{folder} cannot be made: {reason(problem)}") from problem
        try:
            yield folder
        finally:
            # With a journal still there, what is staged is half of the new tree.
            if not (root / JOURNAL).exists():
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
        os.close(handle)
        raise RefusedError(
            "another Freehold is writing here; wait for it, then run again"
        ) from None
    try:
        yield
    finally:
        os.close(handle)


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")

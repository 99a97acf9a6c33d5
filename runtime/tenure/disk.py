"""Files and folders of the operating system: what makes, syncs, names and removes them here does it so."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["PRIVATE", "Disk", "Entry", "File", "make_folder"]

PRIVATE = 0o700  # the mode of a folder of data: secrets are plain in it


class Entry(NamedTuple):
    """A file below some folder: its path from there, its size in bytes, when it was last written (Unix time)."""

    path: str
    size: int
    at: float


class File:
    """A new file that is being written."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def write(self, piece: bytes) -> None:
        """Add all of `piece`, which until `sync` may be lost, or be there in part."""
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._handle, rest) :]

    def sync(self) -> None:
        """Make what was written outlive a power cut; the name of the file is another matter."""
        os.fsync(self._handle)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._handle)


class Disk:
    """The operating system itself. Every method blocks and raises OSError.

    Another one may stand in its place that fails and forgets as disks do: see the tests of faults.
    """

    def create(self, path: Path, mode: int = 0o666) -> File:
        """A new, empty file. Raises FileExistsError."""
        return File(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode))

    def link(self, path: Path, name: Path) -> None:
        """Give a file a second name. Raises FileExistsError: nothing is replaced."""
        os.link(path, name)

    def unlink(self, path: Path) -> None:
        """Take a name away. Raises FileNotFoundError."""
        os.unlink(path)  # noqa: PTH108  (the seam is spelled as the system spells it)

    def exists(self, path: Path) -> bool:
        """Whether something has this name."""
        return path.exists()

    def mkdir(self, path: Path, mode: int = 0o777) -> None:
        """A new folder. Raises FileExistsError."""
        path.mkdir(mode)

    def sync_file(self, path: Path) -> None:
        """Make the bytes of a file outlive a power cut, whoever wrote them."""
        self._sync(path, os.O_RDONLY)

    def sync_folder(self, path: Path) -> None:
        """Make the names that came to a folder, or went from it, outlive a power cut."""
        self._sync(path, os.O_RDONLY | os.O_DIRECTORY)

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of a file from `start` up to `end`, or to its own end."""
        with path.open("rb") as file:
            file.seek(start)
            return file.read() if end is None else file.read(end - start)

    def files(self, folder: Path) -> Iterator[Entry]:
        """Every file in a folder and the folders in it; what comes and goes meanwhile may be missed."""
        todo = [""]
        while todo:
            below = todo.pop()
            with suppress(FileNotFoundError), os.scandir(folder / below) as entries:
                for entry in entries:
                    path = f"{below}{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(f"{path}/")
                        continue
                    with suppress(FileNotFoundError):
                        found = entry.stat(follow_symlinks=False)
                        yield Entry(path, found.st_size, found.st_mtime)

    def _sync(self, path: Path, how: int) -> None:
        handle = os.open(path, how | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def make_folder(disk: Disk, folder: Path, lasting: set[Path], mode: int = 0o777) -> None:
    """Make a folder, and those above it, whose names outlive a power cut when this returns.

    `lasting` remembers those that are known to, for the next time; `mode` is that of the last one.
    """
    if folder in lasting:
        return
    if disk.exists(folder):
        # Whoever made it may have been killed before he synced; those above were synced before it
        # was made. Who may not read a folder has made nothing in it.
        with suppress(PermissionError):
            disk.sync_folder(folder.parent)
    else:
        make_folder(disk, folder.parent, lasting)
        with suppress(FileExistsError):
            disk.mkdir(folder, mode)
        disk.sync_folder(folder.parent)
    lasting.add(folder)

"""What a story may say: each line is something that a team, or the author of the spec, does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from freehold import cli

__all__ = ["VERBS", "Story"]

VERBS = ("edit", "spec", "change", "write", "append", "delete", "move", "link", "mode", "read")


class Story:
    """A project at `root`, and what happens to it."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.name = name  # of the spec
        self.arguments: tuple[str, ...] = ("generate",)

    def words(self, *more: str) -> dict[str, object]:
        """The verbs of a story, to run it with."""
        return {verb: getattr(self, verb) for verb in (*VERBS, *more)}

    def edit(self, path: str, before: str, after: str) -> None:
        text = self.read(path)
        assert text.count(before) == 1, f"{path} holds {before!r} {text.count(before)} times"
        (self.root / path).write_bytes(text.replace(before, after).encode())

    def spec(self, before: str, after: str) -> None:
        self.edit(self.name, before, after)

    def change(self, path: str, how: Callable[[str], str]) -> None:
        (self.root / path).write_bytes(how(self.read(path)).encode())

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        self.change(path, lambda held: held + text)

    def delete(self, path: str) -> None:
        (self.root / path).unlink()

    def move(self, path: str, place: str) -> None:
        (self.root / place).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).rename(self.root / place)

    def link(self, path: str, place: str) -> None:
        self.move(path, place)
        (self.root / path).symlink_to(self.root / place)

    def mode(self, path: str, mode: int) -> None:
        (self.root / path).chmod(mode)

    def generate(self, *arguments: str) -> None:
        """What is called, where that is not plain `freehold generate`."""
        self.arguments = ("generate", *arguments)

    def first(self, *arguments: str) -> None:
        """Something to call before."""
        assert cli.run(list(arguments)) == 0

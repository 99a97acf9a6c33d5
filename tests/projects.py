"""A small spec to generate from, and the command line as a test calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from freehold import cli

__all__ = ["SPEC", "Answer", "freehold", "tree"]

SPEC = """\
spec: 1
name: shelf
title: A Shelf
description: Things on a shelf.

roles:
  staff: People who tidy up.

resources:
  Thing:
    fields:
      title: {type: string, max: 80, search: true}
      weight?: {type: int, min: 1, index: true}
    allow:
      anyone: [read]
      staff: [create, update, delete]
"""


class Answer:
    """What a command said, and with which exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


def freehold(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Answer:
    capsys.readouterr()
    code = cli.run([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return Answer(code, said.out, said.err)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

"""What makers of edits share: finding places in a file, and putting lines there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.fuzz.places import (
    Draw,
    Site,
    bodies,
    body_at,
    label,
)
from tests.fuzz.words import with_import

__all__ = [
    "Do",
    "Drawn",
    "Edit",
    "Files",
    "Function",
    "Maker",
    "Swap",
    "decoration",
    "functions_of",
    "is_import",
    "nodes_of",
    "paths_of",
    "picked_of",
    "put_at",
]

Swap = Callable[[str], str]
Do = Callable[[str, Swap, str], str]
"""A version of the file, the names that are new in it, and which neighbour to stand by."""
Files = Callable[[str, Swap], Mapping[str, str]]
"""What an edit puts into files of the team's own, by their name beside the edited one."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing done to a file, with a word of its own in it."""

    kind: str
    path: str
    token: str
    do: Do
    files: Files | None = None
    is_whole: bool = False
    """Whether it goes over the whole file, so that it comes behind every other one."""


@dataclass(slots=True)
class Drawn:
    """An edit as its maker leaves it: what it does, and what it puts elsewhere."""

    do: Do
    files: Files | None = None
    is_whole: bool = field(default=False)


Maker = Callable[[Draw], "Drawn | Do | None"]


def paths_of(draw: Draw, of: str) -> list[tuple[str, ...]]:
    """The blocks of functions, of classes, or all of them."""
    found = [path for path, _ in bodies(draw.module)]
    if of == "def":
        return [path for path in found if any(step.startswith("def ") for step in path)]
    if of == "class":
        return [path for path in found if path and path[-1].startswith("class ")]
    return found


def nodes_of(draw: Draw, of: str) -> list[tuple[tuple[str, ...], ast.stmt]]:
    """Statements that their path leads to, in blocks of one kind."""
    found = []
    for path in paths_of(draw, of):
        body = body_at(draw.module, path, str)
        labels = [label(node) for node in body]
        found += [
            ((*path, told), node)
            for told, node in zip(labels, body, strict=True)
            if labels.count(told) == 1
        ]
    return found


def picked_of(
    draw: Draw, found: Sequence[tuple[tuple[str, ...], ast.stmt]]
) -> tuple[tuple[str, ...], ast.stmt] | None:
    path = draw.one([path for path, _ in found])
    return next((one for one in found if one[0] == path), None) if path else None


def functions_of(draw: Draw) -> list[tuple[tuple[str, ...], Function]]:
    """Functions of the module."""
    return [
        (path, node)
        for path, node in nodes_of(draw, "all")
        if len(path) == 1 and isinstance(node, Function)
    ]


def put_at(
    site: Site, lines: list[str], imports: tuple[str, ...] = (), *, is_about_ours: bool = False
) -> Do:
    """Put lines there; what is ours in them gets its new name, which other words may be by chance."""

    def do(text: str, swap: Swap, prefer: str) -> str:
        held = [swap(line) for line in lines] if is_about_ours else lines
        text = site.lines(text, swap, prefer, held)
        for one in imports:
            text = with_import(text, one)
        return text

    return do


def decoration(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)

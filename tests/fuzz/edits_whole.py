"""Edits of whole functions: decorated, moved up, renamed, taken away, moved to another file."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from tests.fuzz.drawing import (
    Do,
    Drawn,
    Function,
    Swap,
    decoration,
    functions_of,
    is_import,
    nodes_of,
    picked_of,
)
from tests.fuzz.places import (
    Draw,
    EitherError,
    GoneError,
    RivalError,
    Site,
    first_line,
    label,
    parsed,
    statement_at,
)
from tests.fuzz.words import with_import, without_unused

__all__ = [
    "between_decorators",
    "decorator",
    "deleted",
    "moved_out",
    "renamed",
    "reordered",
    "undecorated",
]


def _decorated(draw: Draw) -> list[tuple[tuple[str, ...], ast.stmt]]:
    return [
        (path, node)
        for path, node in nodes_of(draw, "all")
        if isinstance(node, Function) and node.decorator_list
    ]


def between_decorators(draw: Draw) -> Do | None:
    """A comment between the decorators of a function, or between them and the function."""
    picked = picked_of(draw, _decorated(draw))
    if picked is None:
        return None
    path, node = picked
    assert isinstance(node, Function)
    at = draw.seed.randint(1, len(node.decorator_list))
    told = [decoration(one) for one in node.decorator_list]

    def do(text: str, swap: Swap, prefer: str) -> str:
        here = statement_at(parsed(text), path, swap)
        assert isinstance(here, Function)
        if [decoration(one) for one in here.decorator_list] != [swap(one) for one in told]:
            raise GoneError
        last = here.decorator_list[at - 1]
        lines = text.split("\n")
        lines.insert(last.end_lineno or 0, f"{' ' * here.col_offset}# {draw.token}")
        return "\n".join(lines)

    return do


def decorator(draw: Draw) -> Do | None:
    """A decorator more, made in the same module."""
    functions = [(p, n) for p, n in nodes_of(draw, "all") if isinstance(n, Function)]
    picked = picked_of(draw, [one for one in functions if all(s.startswith("def") for s in one[0])])
    if picked is None:
        return None
    path, node = picked
    assert isinstance(node, Function)
    at_top = draw.seed.random() < 0.4
    if all(label(one) == "docstring" or is_import(one) for one in draw.module.body):
        return None
    follower = next(
        label(one) for one in draw.module.body if label(one) != "docstring" and not is_import(one)
    )
    made = [
        f'{draw.token}Held = TypeVar("{draw.token}Held")',
        "",
        "",
        f"def {draw.token}(held: {draw.token}Held) -> {draw.token}Held:",
        "    return held",
    ]

    def do(text: str, swap: Swap, prefer: str) -> str:
        here = statement_at(parsed(text), path, swap)
        assert isinstance(here, Function)
        line = first_line(here) if at_top else here.lineno
        lines = text.split("\n")
        lines.insert(line - 1, f"{' ' * here.col_offset}@{draw.token}")
        text = "\n".join(lines)
        rest = [label(one) for one in parsed(text).body]
        imported = [n for n, one in enumerate(parsed(text).body) if is_import(one)]
        start = imported[-1] + 1 if imported else (1 if rest[0] == "docstring" else 0)
        if prefer == "before" and swap(follower) in rest:
            start = rest.index(swap(follower))
        site = Site((), rest[start - 1] if start else None, rest[start])
        text = site.lines(text, str, "before", made)
        return with_import(text, "from typing import TypeVar")

    return do


def undecorated(draw: Draw) -> Do | None:
    """A decorator taken away: another test for every case, or a route off the net."""
    found = [
        (path, node)
        for path, node in _decorated(draw)
        if isinstance(node, Function)
        and decoration(node.decorator_list[-1])
        in ("pytest.mark.parametrize", "router.post", "router.get")
    ]
    picked = picked_of(draw, found)
    if picked is None:
        return None
    path, node = picked
    assert isinstance(node, Function)
    old = ast.unparse(node.decorator_list[-1])

    def do(text: str, swap: Swap, prefer: str) -> str:
        here = statement_at(parsed(text), path, swap)
        assert isinstance(here, Function)
        for one in here.decorator_list:
            if ast.unparse(one) in (old, swap(old)):
                lines = text.split("\n")
                del lines[one.lineno - 1 : one.end_lineno]
                return "\n".join(lines)
        raise RivalError(old)

    return do


def _block(text: str, node: ast.stmt) -> tuple[int, int]:
    """The lines of a statement, with the comments right above."""
    lines = text.split("\n")
    first = first_line(node) - 1
    while first and lines[first - 1].startswith("#"):
        first -= 1
    return first, node.end_lineno or first


def _above(text: str, node: ast.stmt, known: set[str]) -> int:
    """The first line of a statement with those right above it that are not among the known ones."""
    body = parsed(text).body
    at = next(number for number, one in enumerate(body) if one.lineno == node.lineno)
    while at and label(body[at - 1]) not in known:
        at -= 1
    return _block(text, body[at])[0]


def reordered(draw: Draw) -> Do | None:
    """A function moved up, before another one, with a line more in it."""
    every = functions_of(draw)
    if len(every) < 2:
        return None
    one, two = sorted(draw.seed.sample(range(len(every)), 2))
    target, moved = every[one][0], every[two][0]
    body = [label(node) for node in draw.module.body]
    at = body.index(target[0])
    site = Site((), body[at - 1] if at else None, target[0])
    is_edited = draw.seed.random() < 0.5
    order = [told for told in body if told != moved[0]]

    def do(text: str, swap: Swap, prefer: str) -> str:
        there = [label(node) for node in parsed(text).body]
        if swap(moved[0]) not in there and not is_edited:
            return text  # nothing of what is gone was changed
        both = [swap(told) for told in order if swap(told) in there]
        if [told for told in there if told in both] != both:
            raise GoneError  # the new text has another order too
        node = statement_at(parsed(text), moved, swap)
        assert isinstance(node, Function)
        lines = text.split("\n")
        first, last = _block(text, node)
        if prefer == "before":  # what is new right above it may stand before it here too
            first = _above(text, node, {swap(told) for told in body})
        held = lines[first:last]
        if is_edited:
            at = node.body[-1].lineno - 1 - first
            if len(node.body) == 1:
                raise GoneError
            held.insert(at, f'{" " * node.body[-1].col_offset}print("{draw.token}")')
        return site.lines("\n".join([*lines[:first], *lines[last:]]), swap, prefer, held)

    return do


def _unused(
    draw: Draw, found: list[tuple[tuple[str, ...], Function]]
) -> list[tuple[tuple[str, ...], ast.stmt]]:
    """Functions that nothing in the file names, routes and tests: nothing elsewhere names those."""
    return [
        (path, node)
        for path, node in found
        if len(re.findall(rf"\b{node.name}\b", draw.text)) == 1
        and (node.name.startswith("test_") or "router." in "".join(map(decoration, node.decorator_list)))
    ]  # fmt: skip


def renamed(draw: Draw) -> Do | None:
    """A function under another name."""
    picked = picked_of(draw, [one for one in _unused(draw, functions_of(draw)) if len(one[1].body) > 1])  # type: ignore[attr-defined]
    if picked is None:
        return None
    path, node = picked
    old = ast.unparse(node)

    def do(text: str, swap: Swap, prefer: str) -> str:
        name = swap(path[0]).removeprefix("def ")
        here = statement_at(parsed(text), path, swap)
        new = f"test_{draw.token}" if name.startswith("test_") else draw.token
        done = re.sub(rf"\bdef {name}\(", f"def {new}(", text)
        if ast.unparse(here) not in (old, swap(old)):
            raise EitherError(done)  # how much may change until it is another function?
        return done

    return do


def deleted(draw: Draw) -> Do | None:
    """A route or a test taken away."""
    picked = picked_of(draw, _unused(draw, functions_of(draw)))
    if picked is None:
        return None
    path, node = picked
    old = ast.unparse(node)

    def do(text: str, swap: Swap, prefer: str) -> str:
        body = parsed(text).body
        found = [one for one in body if label(one) in (path[0], swap(path[0]))]
        if not found:
            return text  # both took it away
        if ast.unparse(found[0]) not in (old, swap(old)):
            raise RivalError(path[0])
        lines = text.split("\n")
        first, last = _block(text, found[0])
        return "\n".join([*lines[:first], *lines[last:]])

    return do


def moved_out(draw: Draw) -> Drawn | None:
    """Functions moved to another file, and imported back: one, or some, so that the file is split."""
    names = {
        label(one).split()[-1] for one in draw.module.body if not isinstance(one, ast.ImportFrom)
    }
    free = [
        (path, node)
        for path, node in functions_of(draw)
        if not {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} & names
        and not node.decorator_list
    ]
    if not free:
        return None
    some = draw.seed.sample(free, min(len(free), draw.seed.choice([1, 1, 2, 3])))
    paths = [path for path, _ in some]
    olds = [ast.unparse(node) for _, node in some]

    def held(text: str, swap: Swap) -> list[tuple[ast.stmt, str]]:
        """Those that are there, with what they said; nothing of those that are gone was changed."""
        there = [label(node) for node in parsed(text).body]
        return [
            (statement_at(parsed(text), path, swap), swap(old))
            for path, old in zip(paths, olds, strict=True)
            if swap(path[0]) in there
        ]

    def do(text: str, swap: Swap, prefer: str) -> str:
        found = held(text, swap)
        nodes = [node for node, _ in found]
        if not nodes:
            return text
        lines = text.split("\n")
        for node in sorted(nodes, key=first_line, reverse=True):
            first, last = _block(text, node)
            del lines[first:last]
        # What only they need of a new text is imported where they are now.
        needed = {one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)}
        rest = without_unused("\n".join(lines), draw.text, needed)
        names = ", ".join(f"{node.name} as {node.name}" for node in nodes)  # type: ignore[attr-defined]
        done = with_import(rest, f"from .{draw.token} import {names}", at_end=True)
        if any(ast.unparse(node) != old for node, old in found):
            raise EitherError(done)
        return done

    def files(text: str, swap: Swap) -> Mapping[str, str]:
        nodes = [node for node, _ in held(text, swap)]
        lines = text.split("\n")
        parts = ["\n".join(lines[slice(*_block(text, node))]) for node in nodes]
        imports = [
            "\n".join(lines[node.lineno - 1 : node.end_lineno])
            for node in parsed(text).body
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        made = [f'"""What {draw.token} is about."""', "", *imports]
        return {f"{draw.token}.py": "\n".join([*made, *(f"\n\n{part}" for part in parts)]) + "\n"}

    return Drawn(do, files)

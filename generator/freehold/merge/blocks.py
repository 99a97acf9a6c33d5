"""A Python text as its declarations: each statement with the comments above it, classes with their members."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from freehold.merge.brackets import normal

__all__ = ["Block", "Item", "block_of", "parse"]

Kind = Literal["import", "def", "class", "assign", "compound", "other"]
COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


@dataclass(frozen=True)
class Block:
    """The statements of a module, a class or a function, and the comments behind the last one."""

    items: tuple[Item, ...]
    tail: tuple[str, ...]

    def lines(self) -> list[str]:
        return [*(line for item in self.items for line in item.text), *self.tail]


@dataclass(frozen=True)
class Item:
    """A statement: blank lines and comments above, then a head, and a body where it has one."""

    kind: Kind
    key: str
    is_named: bool
    like: str
    blank: int
    lead: tuple[str, ...]
    head: tuple[str, ...]
    body: Block | None
    node: ast.stmt

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """All of it, without what stands above."""
        return (*self.head, *(self.body.lines() if self.body else ()))

    @property
    def text(self) -> tuple[str, ...]:
        return ("",) * self.blank + self.lead + self.lines

    @cached_property
    def content(self) -> str:
        return "\n".join((*self.lead, normal(dedented(self.lines))))


def dedented(lines: Sequence[str]) -> str:
    """As a text of its own; what stands inside a string that goes over lines is left alone."""
    first = next((line for line in lines if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(margin) for line in lines)


def parse(text: str) -> Block | None:
    """The module; None when it is not Python."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    lines = text.splitlines() if "\f" not in text else text.split("\n")
    return block_of(lines, module.body, 0, len(lines))


def block_of(lines: Sequence[str], body: Sequence[ast.stmt], start: int, end: int) -> Block:
    """The statements between two lines."""
    items: list[Item] = []
    done = start
    groups = _by_line(body)
    for number, group in enumerate(groups):
        first = _first_line(group[0])
        last = group[-1].end_lineno or first
        limit = _first_line(groups[number + 1][0]) - 1 if number + 1 < len(groups) else end
        if len(group) == 1:
            last += _own_tail(lines, last, limit, group[0])
        blank, lead = _above(lines[done : first - 1])
        items.append(_item(lines, group, blank, lead, first - 1, last))
        done = last
    return Block(tuple(items), tuple(_stripped(lines[done:end])))


def _by_line(body: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    """Statements, those that share a line together."""
    groups: list[list[ast.stmt]] = []
    for node in body:
        if groups and _first_line(node) <= (groups[-1][-1].end_lineno or 0):
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _own_tail(lines: Sequence[str], last: int, limit: int, node: ast.stmt) -> int:
    """How many lines behind a block are comments that its indentation makes part of it."""
    if not getattr(node, "body", None):
        return 0
    own = 0
    for number, line in enumerate(lines[last:limit], 1):
        text = line.lstrip()
        if text.startswith("#") and len(line) - len(text) > node.col_offset:
            own = number
        elif text:
            break
    return own


def _above(trivia: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    blank = next((n for n, line in enumerate(trivia) if line.strip()), len(trivia))
    return blank, tuple(trivia[blank:])


def _stripped(lines: Sequence[str]) -> Sequence[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _item(
    lines: Sequence[str],
    group: Sequence[ast.stmt],
    blank: int,
    lead: tuple[str, ...],
    start: int,
    end: int,
) -> Item:
    node = group[0]
    kind, key, is_named, like = _named(node) if len(group) == 1 else ("other", "", False, "")
    inner = getattr(node, "body", None)
    body = None
    head_end = end
    if kind in ("def", "class", "compound") and inner and len(group) == 1 and _is_simple(node):
        opening = _head_end(lines, node, inner[0])
        if opening is not None:
            head_end = opening
            body = block_of(lines, inner, opening, end)
    if not is_named:
        key = normal(dedented(lines[start:end]))
    head = tuple(lines[start:head_end])
    return Item(kind, key, is_named, like, blank, lead, head, body, node)


def _is_simple(node: ast.stmt) -> bool:
    """Whether it has one body only."""
    return not any(
        getattr(node, name, None) for name in ("orelse", "handlers", "finalbody", "cases")
    )


def _head_end(lines: Sequence[str], node: ast.stmt, first: ast.stmt) -> int | None:
    """Where the head ends: behind the colon; None when the body stands on the same line."""
    top = _first_line(first) - 1
    begin = node.lineno - 1
    if lines[top][: first.col_offset].strip():
        return None
    while top > begin + 1 and (
        not lines[top - 1].strip() or lines[top - 1].lstrip().startswith("#")
    ):
        top -= 1
    return top


def _named(node: ast.stmt) -> tuple[Kind, str, bool, str]:
    """What kind it is, what it is called, whether that is a name, and what it is like."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return "def", f"def {name}{_variety(node)}", True, "def"
        case ast.ClassDef(name=name):
            return "class", f"class {name}", True, "class"
        case ast.Import():
            names = ",".join(
                one.name + (f" as {one.asname}" if one.asname else "") for one in node.names
            )
            return "import", f"import {names}", True, "import"
        case ast.ImportFrom():
            return "import", f"from {'.' * node.level}{node.module or ''}", True, "import"
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return "assign", f"= {ast.unparse(target)}", True, "assign"
        case ast.Expr(value=ast.Constant(value=str())):
            return "other", "docstring", True, "docstring"
        case ast.Expr(value=ast.Call(func=func)):
            return "other", "", False, f"call {ast.unparse(func)}"
    if isinstance(node, COMPOUND):
        return "compound", "", False, type(node).__name__
    return "other", "", False, type(node).__name__


def _variety(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Overloads, getters and setters share a name and are told apart by their decorator."""
    for decorator in node.decorator_list:
        text = ast.unparse(decorator)
        if re.fullmatch(r"(\w+\.(setter|deleter|getter|expression))|(typing\.)?overload", text):
            return f" {text}"
    return ""

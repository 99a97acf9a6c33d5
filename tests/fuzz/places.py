"""Places in a module that can be found again in another version of it: by the names around them."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "Body",
    "Draw",
    "EitherError",
    "GoneError",
    "RivalError",
    "Site",
    "bodies",
    "body_at",
    "first_line",
    "hot",
    "label",
    "parsed",
    "split_at",
    "statement_at",
]

Swap = Callable[[str], str]
Body = Sequence[ast.stmt]
Path = tuple[str, ...]


class GoneError(Exception):
    """The place of the edit is not there any more, though what it is in is."""


class RivalError(Exception):
    """What was edited is gone or was changed in another way: a person has to decide."""


class EitherError(Exception):
    """Both sides changed it, and yet it could be told what is meant: a conflict is right, and so is this text."""

    def __init__(self, text: str) -> None:
        super().__init__("both changed it")
        self.text = text


@lru_cache(maxsize=64)
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def label(node: ast.stmt) -> str:
    """What a statement is called as long as it says about the same."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return f"def {name}"
        case ast.ClassDef(name=name):
            return f"class {name}"
        case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target):
            return f"= {ast.unparse(target)}"
        case ast.Expr(value=ast.Constant(value=str())):
            return "docstring"
        case ast.Return():
            return "return"
        case ast.Expr(value=ast.Call(func=func, args=args)):
            first = (
                ast.unparse(args[0])
                if args and isinstance(args[0], ast.Name | ast.Constant)
                else ""
            )
            return f"call {ast.unparse(func)} {first}"
        case ast.If(test=test):
            return f"if {ast.unparse(test)}"
        case ast.With() | ast.AsyncWith():
            return "with"
    return ast.unparse(node)


def first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def bodies(module: ast.Module, path: Path = ()) -> Iterator[tuple[Path, Body]]:
    """Every block whose path of labels leads to it alone, the module first."""
    yield from _bodies(module.body, path)


def _bodies(body: Body, path: Path) -> Iterator[tuple[Path, Body]]:
    yield path, body
    labels = Counter(label(node) for node in body)
    for node in body:
        inner: Body = getattr(node, "body", [])
        told = label(node)
        if inner and labels[told] == 1 and inner[0].lineno > node.lineno:
            yield from _bodies(inner, (*path, told))


def body_at(module: ast.Module, path: Path, swap: Swap) -> Body:
    """The block at a path; RivalError when what holds it is gone."""
    body: Body = module.body
    for step in path:
        body = getattr(_named(body, _now(step, body, swap)), "body", [])
    return body


def _now(told: str, body: Body, swap: Swap) -> str:
    """What a statement is called now: its words may be those of a former name by chance, as in `status_code`."""
    labels = [label(node) for node in body]
    return told if swap(told) not in labels and told in labels else swap(told)


def _named(body: Body, told: str) -> ast.stmt:
    found = [node for node in body if label(node) == told]
    if len(found) != 1:
        raise RivalError(told)
    return found[0]


def statement_at(module: ast.Module, path: Path, swap: Swap) -> ast.stmt:
    """The statement whose label ends the path; RivalError when it is a function or class that is gone."""
    body = body_at(module, path[:-1], swap)
    told = _now(path[-1], body, swap)
    if not told.startswith(("def ", "class ")) and told not in [label(node) for node in body]:
        raise GoneError(told)
    return _named(body, told)


@dataclass(frozen=True, slots=True)
class Site:
    """A place between two statements of a block."""

    path: Path
    after: str | None
    before: str | None

    def lines(self, text: str, swap: Swap, prefer: str, new: Sequence[str]) -> str:
        """The text with lines put there: behind the one neighbour or before the other."""
        body = body_at(parsed(text), self.path, swap)
        labels = [label(node) for node in body]
        after = 0 if self.after is None else _place(labels, _now(self.after, body, swap), 1)
        before = (
            len(body) if self.before is None else _place(labels, _now(self.before, body, swap), 0)
        )
        if after is None and before is None:
            raise GoneError
        behind = after if after is not None and (prefer == "after" or before is None) else None
        at = behind if behind is not None else before
        assert at is not None
        if at == 0 or (behind is None and at < len(body)):
            line = first_line(body[at]) - 1
        else:
            line = body[at - 1].end_lineno or 0
        top = body[0]
        held = text.split("\n")
        while not self.path and 0 < line < len(held) and held[line].startswith(" "):
            line += 1  # comments at the end of a body
        opening = held[top.lineno - 1]
        margin = opening[: len(opening) - len(opening.lstrip())]
        added = [margin + one if one else "" for one in new]
        blank = [] if self.path else ["", ""]
        is_above = behind is None and at < len(body)
        added = [*added, *blank] if is_above else [*blank, *added]
        return "\n".join([*held[:line], *added, *held[line:]])


def _place(labels: list[str], told: str, more: int) -> int | None:
    return labels.index(told) + more if labels.count(told) == 1 else None


def split_at(text: str, line: int, column: int) -> int:
    """Where a place of ast's is in the text: lines from 1, columns in bytes."""
    lines = text.split("\n")
    start = sum(len(one) + 1 for one in lines[: line - 1])
    return start + len(lines[line - 1].encode()[:column].decode())


@dataclass(frozen=True, slots=True)
class Draw:
    """What a random edit is drawn from: a text, a word of its own, and what the spec changes in it."""

    text: str
    token: str
    seed: random.Random
    hot: frozenset[str]
    """Labels at the top of the module that the new text has otherwise, or next to them."""

    @property
    def module(self) -> ast.Module:
        return parsed(self.text)

    def one(self, paths: Sequence[Path]) -> Path | None:
        """One of the paths, more often than not where the spec changes something."""
        near = [path for path in paths if path and path[0] in self.hot]
        found = near if near and self.seed.random() < 0.6 else list(paths)
        return self.seed.choice(found) if found else None

    def site(self, paths: Sequence[Path], *, at_end: bool = False) -> Site | None:
        """A place in one of the blocks; never before the docstring or among imports."""
        path = self.one(paths)
        if path is None:
            return None
        body = body_at(self.module, path, str)
        labels = [label(node) for node in body]
        first = max([n + 1 for n, node in enumerate(body) if _opens(node)], default=0)
        last = len(body) - 1 if isinstance(body[-1], ast.Return | ast.Raise) else len(body)
        places = range(last, last + 1) if at_end else range(first, last + 1)
        if not path and self.hot:
            near = [n for n in places if {*labels[max(0, n - 1) : n + 1]} & self.hot]
            places = near if near and self.seed.random() < 0.6 else places  # type: ignore[assignment]
        if not places:
            return None
        at = self.seed.choice(places)
        counts = Counter(labels)
        around = labels[max(0, at - 1) : at + 1]
        if any(counts[one] > 1 for one in around):
            return None
        return Site(path, labels[at - 1] if at else None, labels[at] if at < len(body) else None)


def _opens(node: ast.stmt) -> bool:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Import | ast.ImportFrom)


def hot(base: str, new: str) -> frozenset[str]:
    """The labels at the top of `base` that say something else in `new`, or stand next to what it adds."""
    one = {label(node): ast.dump(node) for node in parsed(base).body}
    rows = [(label(node), ast.dump(node)) for node in parsed(new).body]
    two = dict(rows)
    found = {told for told, said in one.items() if two.get(told) != said}
    for number, (told, _) in enumerate(rows):
        if told not in one:
            found |= {near for near, _ in rows[max(0, number - 1) : number + 2] if near in one}
    return frozenset(found)

"""What a merge must keep: every word of both sides in its own function or class, and nothing twice."""

from __future__ import annotations

import ast
import io
import token as kinds
import tokenize
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

__all__ = ["holds", "words"]

Words = dict[str, Counter[str]]
LAYOUT = {
    kinds.NL, kinds.NEWLINE, kinds.INDENT, kinds.DEDENT, kinds.ENDMARKER, kinds.ENCODING,
}  # fmt: skip
# Black adds and removes these, so they say nothing about an edit.
OPTIONAL = {",", "(", ")"}
Span = tuple[tuple[int, int], tuple[int, int], str]


def holds(
    base: str, mine: str, new: str, result: str, renamed: Mapping[str, str] | None = None
) -> bool:
    """Whether the result is Python with all that both sides added, where they put it, and no more."""
    try:
        texts = [words(text, renamed or {}) for text in (base, mine, new, result)]
        defined = [_defined(text) for text in (mine, new, result)]
    except (SyntaxError, ValueError, tokenize.TokenError):
        return False
    of_mine, of_new, of_result = defined
    if any(count > max(of_mine[name], of_new[name], 1) for name, count in of_result.items()):
        return False
    return all(_adds_up(scope, *texts) for scope in set().union(*texts))


def _adds_up(scope: str, base: Words, mine: Words, new: Words, result: Words) -> bool:
    b, m, n, r = (one.get(scope, Counter()) for one in (base, mine, new, result))
    for word in {*b, *m, *n, *r}:
        by_mine, by_new = m[word] - b[word], n[word] - b[word]
        both = by_mine + by_new
        low = high = b[word] + both
        if by_mine > 0 and by_new > 0:
            low = b[word] + max(by_mine, by_new)
        elif by_mine < 0 and by_new < 0:
            high = b[word] + min(by_mine, by_new)
        if not max(low, 0) <= r[word] <= max(high, 0):
            return False
    return True


def words(text: str, renamed: Mapping[str, str]) -> Words:
    """How often each token and comment stands in each scope; a scope is a path of names."""
    return _words(text, tuple(sorted(renamed.items())))


@lru_cache(maxsize=64)  # one rung of the ladder after the other asks about the same texts
def _words(text: str, names: tuple[tuple[str, str], ...]) -> Words:
    renamed = dict(names)
    module = ast.parse(text)
    lines = text.split("\n")
    spans = sorted(_spans(module, "", lines, renamed), key=lambda one: (one[0], _backwards(one[1])))
    starts = [span[0] for span in spans]
    imports = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    in_imports = {line for first, last in imports for line in range(first, last + 1)}
    found: Words = {}
    before = (1, 0)
    for one in tokenize.generate_tokens(io.StringIO(text).readline):
        if one.type in LAYOUT or one.string in OPTIONAL:
            continue
        is_comment = one.type == kinds.COMMENT
        if one.start[0] in in_imports and not is_comment:
            before = one.start
            continue
        place = one.start
        if is_comment:
            # At the end of a line it belongs to what it stands behind, which it may be the end of.
            place = _after(lines, one.start) if _is_alone(lines, one.start) else before
        scope = _scope(spans, starts, place)
        found.setdefault(scope, Counter())[one.string] += 1
        before = one.start
    return found


def _backwards(place: tuple[int, int]) -> tuple[int, int]:
    return -place[0], -place[1]


def _is_alone(lines: list[str], start: tuple[int, int]) -> bool:
    return not lines[start[0] - 1][: start[1]].strip()


def _after(lines: list[str], start: tuple[int, int]) -> tuple[int, int]:
    """Where a comment on a line of its own belongs: to what its indentation puts it into.

    Behind the last statement of a body it would count as outside, and inside again once a
    statement follows; so the place of the line before it counts, as far as it is as deep.
    """
    row, column = start
    above = row - 1
    while above > 0:
        text = lines[above - 1]
        stripped = text.lstrip()
        if stripped and not stripped.startswith("#"):
            depth = len(text) - len(stripped)
            return (above, depth) if depth >= column > 0 else start
        above -= 1
    return start


def _scope(spans: list[Span], starts: list[tuple[int, int]], place: tuple[int, int]) -> str:
    """The innermost span that holds the place."""
    for number in range(bisect_right(starts, place) - 1, -1, -1):
        if spans[number][1] > place:
            return spans[number][2]
    return ""


def _spans(
    node: ast.AST, path: str, lines: list[str], renamed: Mapping[str, str]
) -> Iterator[Span]:
    for child in ast.iter_child_nodes(node):
        name = _name(child, renamed)
        inner = f"{path}/{name}" if name else path
        if name:
            decorators = getattr(child, "decorator_list", [])
            line = min([child.lineno, *(one.lineno for one in decorators)])  # type: ignore[attr-defined]
            column = 0 if decorators else _column(lines, line, child.col_offset)  # type: ignore[attr-defined]
            end_line = child.end_lineno  # type: ignore[attr-defined]
            end = _column(lines, end_line, child.end_col_offset)  # type: ignore[attr-defined]
            yield (line, column), (end_line, end), inner
        if isinstance(child, ast.Dict):
            yield from _keys(child, inner, lines)
        yield from _spans(child, inner, lines, renamed)


def _keys(node: ast.Dict, path: str, lines: list[str]) -> Iterator[Span]:
    """The values of a table, as scopes of their own where they go over lines."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and value.end_lineno != value.lineno:
            start = value.lineno, _column(lines, value.lineno, value.col_offset)
            end_line = value.end_lineno or value.lineno
            end = end_line, _column(lines, end_line, value.end_col_offset or 0)
            yield start, end, f"{path}/{key.value!r}"


def _name(node: ast.AST, renamed: Mapping[str, str]) -> str | None:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return renamed.get(name, name)
    return None


def _column(lines: list[str], line: int, offset: int) -> int:
    """A column in characters, out of ast's column in bytes."""
    text = lines[line - 1]
    return offset if text.isascii() else len(text.encode()[:offset].decode())


@lru_cache(maxsize=64)
def _defined(text: str) -> Counter[str]:
    """How often each function, class, field and key is defined, by its scope."""
    found: Counter[str] = Counter()
    _define(ast.parse(text), "", found)
    return found


def _define(node: ast.AST, path: str, found: Counter[str]) -> None:
    for child in ast.iter_child_nodes(node):
        inner = path
        match child:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                inner = f"{path}/{name}"
                found[inner] += 1
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[f"{path}/{name}"] += 1
            case ast.Assign(targets=[ast.Name(id=name)]) if isinstance(
                node, ast.Module | ast.ClassDef
            ):
                found[f"{path}/{name}"] += 1
            case ast.Dict():
                for key in child.keys:
                    if isinstance(key, ast.Constant):
                        found[f"{path}:{key.value!r}"] += 1
            case ast.Import() | ast.ImportFrom() if isinstance(node, ast.Module):
                for one in child.names:
                    found[f"import {one.asname or one.name}"] += 1
            case ast.Call(args=[first, *_]) if ast.unparse(child.func) == "sa.Column":
                found[f"{path}:column {ast.unparse(first)}"] += 1
        _define(child, inner, found)

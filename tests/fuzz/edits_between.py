"""Edits that put lines between others: statements, comments, members, functions, imports."""

from __future__ import annotations

import ast
import io
import re
import tokenize

from tests.fuzz.drawing import (
    Do,
    Drawn,
    Function,
    Swap,
    functions_of,
    nodes_of,
    paths_of,
    picked_of,
    put_at,
)
from tests.fuzz.places import (
    Draw,
    GoneError,
    Site,
    body_at,
    first_line,
    label,
    parsed,
    statement_at,
)
from tests.fuzz.words import MEMBERS, MODULE, STATEMENTS, with_import

__all__ = [
    "adjacent",
    "early_return",
    "handler",
    "imported",
    "member",
    "remark",
    "single_quotes",
    "statement",
    "top_level",
    "trailing",
    "two_spaces",
    "uses",
]


def statement(draw: Draw) -> Do | None:
    """A statement more in a function: f-strings, text that looks like code, blocks, walruses."""
    site = draw.site(paths_of(draw, "def"))
    lines, *imports = draw.seed.choice(STATEMENTS)
    return (
        None
        if site is None
        else put_at(site, [one.format(token=draw.token) for one in lines], tuple(imports))
    )


def early_return(draw: Draw) -> Do | None:
    """A function left early."""
    plain = [
        (label(node),)
        for _, node in functions_of(draw)
        if isinstance(node.returns, ast.Constant) and node.returns.value is None
    ]
    site = draw.site([path for path in plain if path in paths_of(draw, "def")])
    return None if site is None else put_at(site, [f'if len("{draw.token}") > 99:', "    return"])


def remark(draw: Draw) -> Do | None:
    """A comment on a line of its own."""
    site = draw.site(paths_of(draw, "all"))
    if site is None:
        return None
    put = put_at(site, [f"# {draw.token}: see the handbook"])

    def do(text: str, swap: Swap, prefer: str) -> str:
        labels = [label(node) for node in body_at(parsed(text), site.path, swap)]
        if any(one is not None and swap(one) not in labels for one in (site.after, site.before)):
            raise GoneError  # what it may have been about
        return put(text, swap, prefer)

    return do


def trailing(draw: Draw) -> Do | None:
    """A comment behind a statement."""
    simple = ast.Assign | ast.AnnAssign | ast.Expr | ast.Return | ast.Assert
    lines = draw.text.split("\n")
    found = picked_of(
        draw,
        [
            (path, node)
            for path, node in nodes_of(draw, "all")
            if isinstance(node, simple) and path[-1] != "docstring"
            and "#" not in lines[(node.end_lineno or 1) - 1]
        ],
    )  # fmt: skip
    return None if found is None else put_behind(found[0], f"  # {draw.token}")


def put_behind(path: tuple[str, ...], told: str) -> Do:
    def do(text: str, swap: Swap, prefer: str) -> str:
        node = statement_at(parsed(text), path, swap)
        lines = text.split("\n")
        line = (node.end_lineno or 1) - 1
        if "#" in lines[line]:
            raise GoneError
        lines[line] += told
        return "\n".join(lines)

    return do


def adjacent(draw: Draw) -> Do | None:
    """A comment behind one line and a statement on the next."""
    site = draw.site(paths_of(draw, "def"))
    if site is None or site.after in (None, "docstring"):
        return None
    path = (*site.path, str(site.after))
    node = statement_at(draw.module, path, str)
    if "#" in draw.text.split("\n")[(node.end_lineno or 1) - 1] or hasattr(node, "body"):
        return None
    behind, put = put_behind(path, f"  # {draw.token}a"), put_at(site, [f'print("{draw.token}b")'])

    def do(text: str, swap: Swap, prefer: str) -> str:
        return put(behind(text, swap, prefer), swap, prefer)

    return do


def member(draw: Draw) -> Do | None:
    """A method, a nested class, or a field more in a model."""
    models = [
        path
        for path in paths_of(draw, "class")
        if _is_model(statement_at(draw.module, path, str), draw.module)
    ]
    site = draw.site(models)
    return (
        None
        if site is None
        else put_at(site, [one.format(token=draw.token) for one in draw.seed.choice(MEMBERS)])
    )


def _is_model(node: ast.stmt, module: ast.Module) -> bool:
    if not isinstance(node, ast.ClassDef):
        return False
    models = [one for one in module.body if isinstance(one, ast.ClassDef)]
    known = {one.name for one in models if _bases(one) & {"BaseModel", "Query"}}
    return bool(_bases(node) & (known | {"BaseModel", "Query"}))


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base) for base in node.bases}


def top_level(draw: Draw) -> Do | None:
    """Something more in the module: functions, classes in classes, type aliases, dataclasses, conditional imports."""
    site = draw.site([()])
    lines, *imports = draw.seed.choice(MODULE)
    return (
        None
        if site is None
        else put_at(site, [one.format(token=draw.token) for one in lines], tuple(imports))
    )


def handler(draw: Draw) -> Do | None:
    """A function nearly like one that is there, behind it."""
    found = picked_of(draw, [(p, n) for p, n in functions_of(draw) if len(n.body) > 1])
    if found is None:
        return None
    path, node = found
    assert isinstance(node, Function)
    lines = draw.text.split("\n")[first_line(node) - 1 : node.end_lineno]
    copy = "\n".join(lines).replace(f"def {node.name}(", f"def {draw.token}(")
    copy = re.sub(r'operation_id="\w+"', f'operation_id="{draw.token}_op"', copy)
    body = [label(one) for one in draw.module.body]
    at = body.index(path[0]) + 1
    site = Site((), path[0], body[at] if at < len(body) else None)
    put = put_at(site, copy.split("\n"), _used(draw.module, node))

    def do(text: str, swap: Swap, prefer: str) -> str:
        if any(swap(name) not in _names(parsed(text)) for name in _globals(draw.module, node)):
            raise GoneError
        return put(text, swap, prefer)

    return do


def _used(module: ast.Module, node: ast.AST) -> tuple[str, ...]:
    """The imports that a part of the module needs, one statement for each name."""
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    found = []
    for one in module.body:
        if isinstance(one, ast.ImportFrom):
            source = "." * one.level + (one.module or "")
            for alias in one.names:
                if (alias.asname or alias.name) in names:
                    told = f" as {alias.asname}" if alias.asname else ""
                    found.append(f"from {source} import {alias.name}{told}")
        elif isinstance(one, ast.Import):
            found += [f"import {a.name}" for a in one.names if a.name.split(".")[0] in names]
    return tuple(found)


def _globals(module: ast.Module, node: ast.AST) -> set[str]:
    """Names of the module's own that a part of it uses."""
    own = {label(one).split()[-1] for one in module.body if not isinstance(one, ast.ImportFrom)}
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} & own


def _names(module: ast.Module) -> set[str]:
    return {label(one).split()[-1] for one in module.body}


def imported(draw: Draw) -> Do | None:
    """An import more: plain, among the names of another, or with a remark."""
    told = draw.seed.choice(
        [
            f"import json as {draw.token}",
            f"from collections.abc import Mapping as {draw.token}",
            f"from typing import Final as {draw.token}",
            f"from tenure import Actor as {draw.token}",
            f"import logging as {draw.token}  # ours",
        ]
    )

    def do(text: str, swap: Swap, prefer: str) -> str:
        return with_import(text, told)

    return do


def uses(draw: Draw) -> Do | None:
    """A function that reads a field of a model: what the spec renames is renamed in it."""
    models = [
        n for n in draw.module.body if isinstance(n, ast.ClassDef) and n.name.endswith("Base")
    ]
    fields = [
        ast.unparse(one.target)
        for model in models[:1]
        for one in model.body
        if isinstance(one, ast.AnnAssign)
    ]
    if not fields:
        return None
    owner, name = models[0].name, draw.seed.choice(fields)
    lines = [
        f"def {draw.token}(one: {owner}) -> object:",
        '    """Ours."""',
        f"    return one.{name}",
    ]
    body = [label(node) for node in draw.module.body]
    at = body.index(f"class {owner}") + 1
    site = Site((), body[at - 1], body[at] if at < len(body) else None)
    put = put_at(site, lines, is_about_ours=True)

    def do(text: str, swap: Swap, prefer: str) -> str:
        return put(text, swap, prefer)

    return do


def single_quotes(draw: Draw) -> Drawn | None:
    """The whole file with single quotes."""

    def do(text: str, swap: Swap, prefer: str) -> str:
        lines = text.split("\n")
        for one in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
            found = re.fullmatch(r"""([rb]?)"([^"'\\\n{}]*)\"""", one.string)
            if one.type == tokenize.STRING and found:
                row, start, end = one.start[0] - 1, one.start[1], one.end[1]
                lines[row] = f"{lines[row][:start]}{found[1]}'{found[2]}'{lines[row][end:]}"
        return "\n".join(lines)

    return Drawn(do, is_whole=True) if do(draw.text, str, "") != draw.text else None


def two_spaces(draw: Draw) -> Drawn | None:
    """The whole file with an indentation of two."""

    def do(text: str, swap: Swap, prefer: str) -> str:
        if any(
            len(part.split("\n")) > 1 for part in re.findall(r'"""(.*?)"""', text, re.DOTALL)[1:]
        ):
            raise GoneError  # what stands in a text over lines is no indentation
        return re.sub(r"^( +)", lambda found: " " * (len(found[1]) // 2), text, flags=re.MULTILINE)

    return Drawn(do, is_whole=True) if '"""' in draw.text else None

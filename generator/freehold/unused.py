"""Import lines cut down to what a module uses: a test file's imports depend on which tests it has."""

from __future__ import annotations

import ast
from collections.abc import Collection

__all__ = ["without_unused_imports"]


def without_unused_imports(text: str, among: Collection[str] | None = None) -> str:
    """The module without the imported names that nothing in it mentions; only those of `among`, if given."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = text.splitlines(keepends=True)
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        kept = [
            alias
            for alias in node.names
            if _bound(alias) in used or (among is not None and _bound(alias) not in among)
        ]
        if len(kept) == len(node.names):
            continue
        lines[node.lineno - 1 : node.end_lineno] = [_spelled(node, kept)] + [""] * (
            (node.end_lineno or node.lineno) - node.lineno
        )
    return "".join(lines)


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _spelled(node: ast.Import | ast.ImportFrom, kept: list[ast.alias]) -> str:
    if not kept:
        return ""
    return ast.unparse(type(node)(**{**vars(node), "names": kept})) + "\n"

"""The lines that edits put into files, and imports among those that are there."""

from __future__ import annotations

import ast
import re

from tests.fuzz.places import parsed

__all__ = ["MEMBERS", "MODULE", "STATEMENTS", "with_import", "without_unused"]

# Lines with `{token}` in them, then the imports that they need.
STATEMENTS: tuple[tuple[list[str], *tuple[str, ...]], ...] = (
    (['print(f"{token} {{1 + 1}}")'],),
    (["""print(f'{{", ".join(["{token}", "b"])!r:>20}} {{{{x}}}}')"""],),
    (['print(f"{{len(f"{token}"[:3])}}")'.replace('f"{token}"', "f'{token}'")],),
    (["{token} = [one for one in range(3) if one]", "print({token})"],),
    (['if ({token} := len("#")) > 99:', '    raise RuntimeError(f"{{{token}=}}")'],),
    (['{token} = """', "def other() -> None:", '    return {{"}}"}}  # not code', '"""'],),
    (["def {token}(value: int) -> int:", "    return value + 1"],),
    (['match len("{token}"):', "    case 0:", "        raise RuntimeError", "    case _:", "        pass"],),
    (["for {token} in range(2):  # twice", "    print({token})"],),
    (["with suppress(KeyError):", '    print("{token}")'], "from contextlib import suppress"),
    (["try:", '    print("{token}")', "except ValueError:", "    raise", "finally:", "    pass"],),
    (["class {token}:", "    class Inner:", "        heaviest = 1"],),
    (["# {token}: why", 'print("{token}b")  # and what'],),
    (["{token} = lambda value: value * 2  # noqa: E731", "print({token}(1))"],),
    (['assert len("{token}") < 99, "too long"'],),
)  # fmt: skip
MEMBERS: tuple[list[str], ...] = (
    ["", "def {token}(self) -> int:", '    """Ours."""', "    return 1", ""],
    ["", "class {token}:", "    class Inner:", "        heaviest = 1", ""],
    ["{token}: int = 1"],
    ["{token}: str | None = None  # ours"],
    ["", "@property", "def {token}(self) -> str:", '    return f"{{self!r}}"', ""],
    ["", "@staticmethod", "async def {token}(value: int = 1) -> int:", "    return value", ""],
)
MODULE: tuple[tuple[list[str], *tuple[str, ...]], ...] = (
    (["def {token}(value: int) -> int:", '    """Ours."""', "    return value + 1"],),
    (["async def {token}(value: int, *, more: str = 'a') -> str:", "    return f'{{more * value}}'"],),
    (["{token} = dict[str, list[int]]"],),
    (["{token}: int = 17  # of ours"],),
    (
        ["@dataclass(frozen=True)", "class {token}:", "    size: int = 1", "    name: str = ''"],
        "from dataclasses import dataclass",
    ),
    (
        ["@asynccontextmanager", "async def {token}() -> AsyncIterator[int]:", "    yield 1"],
        "from contextlib import asynccontextmanager",
        "from collections.abc import AsyncIterator",
    ),
    (
        ["class {token}:", '    """Ours."""', "", "    class Inner:", "        class Deep:", "            held = 1"],
    ),
    (
        ["if TYPE_CHECKING:", "    from collections.abc import Mapping as {token}"],
        "from typing import TYPE_CHECKING",
    ),
    (["try:", "    import tomllib as {token}", "except ImportError:", "    raise"],),
    (['{token} = """', "class Looks:", "    def like(self, code): ...", '"""'],),
    (["# {token}: a remark of its own", "def {token}b() -> None:", "    return None"],),
)  # fmt: skip


def with_import(text: str, told: str, *, at_end: bool = False) -> str:
    """The text with an import: among the names of one from the same module, else on a line of its own."""
    (wanted,) = ast.parse(told).body
    nodes = [one for one in parsed(text).body if isinstance(one, ast.Import | ast.ImportFrom)]
    lines = text.split("\n")
    if isinstance(wanted, ast.ImportFrom):
        for node in nodes:
            if not isinstance(node, ast.ImportFrom):
                continue
            if (node.module, node.level) != (wanted.module, wanted.level):
                continue
            have = {(one.name, one.asname) for one in node.names}
            names = [one for one in wanted.names if (one.name, one.asname) not in have]
            if not names:
                return text
            parts = ", ".join(ast.unparse(one) for one in names)
            last = (node.end_lineno or 1) - 1
            if node.end_lineno != node.lineno:
                lines.insert(last, f"    {parts},")
            elif "#" not in lines[last]:
                lines[last] += f", {parts}"
            else:
                lines.insert(last + 1, told)
            return "\n".join(lines)
    elif any(ast.dump(node) == ast.dump(wanted) for node in nodes):
        return text
    if at_end and nodes:
        line = nodes[-1].end_lineno or 0
    elif nodes and not re.search(r"\b__future__\b", ast.unparse(nodes[0])):
        line = nodes[0].lineno - 1
    elif nodes:
        line = nodes[0].end_lineno or 0
    else:
        first = parsed(text).body[0]
        is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        line = (first.end_lineno or 0) if is_text else first.lineno - 1
        if is_text:
            return "\n".join([*lines[:line], "", told, *lines[line:]])
    return "\n".join([*lines[:line], told, *lines[line:]])


def without_unused(text: str, known: str, among: set[str]) -> str:
    """The text without imports of these names that nothing in it uses; those of `known` always stood there."""
    module = parsed(text)
    held = {one for node in _imports(known) for one in map(ast.dump, node.names)}
    needless = among - {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    lines = text.split("\n")
    for node in reversed(_imports(text)):
        kept = [
            one
            for one in node.names
            if ast.dump(one) in held or (one.asname or one.name.split(".")[0]) not in needless
        ]
        if len(kept) < len(node.names):
            said = [ast.unparse(_importing(node, kept))] if kept else []
            lines[node.lineno - 1 : node.end_lineno] = said
    return "\n".join(lines)


def _imports(text: str) -> list[ast.Import | ast.ImportFrom]:
    return [one for one in parsed(text).body if isinstance(one, ast.Import | ast.ImportFrom)]


def _importing(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> ast.stmt:
    if isinstance(node, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(node.module, names, node.level)

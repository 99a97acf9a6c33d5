"""Random changes of a spec against random edits of a team, and an oracle that knows what must come out."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["EDITS", "Edit", "Verdict", "edits", "judge"]

Edited = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Edit:
    """A text with one thing done to it: what, and the words by which to find it again."""

    kind: str
    text: str
    token: str
    """A word that is in the edited text once, and nowhere before."""
    scope: str
    """The path of the function or class that holds it."""


Verdict = str  # "correct", "conflict", "lost", "moved", "twice", "broken"


def judge(edit: Edit, new: str, result: str | None, known: frozenset[str]) -> Verdict:
    """What a way of merging made of an edit; None stands for a conflict.

    `known` are the words that the new text holds and the old one does not.
    """
    if result is None:
        return "conflict"
    try:
        module = ast.parse(result)
    except (SyntaxError, ValueError):
        return "broken"
    count = len(re.findall(rf"\b{edit.token}\b", result))
    if count == 0:
        return "lost"
    if count > 1:
        return "twice"
    line = next(n for n, text in enumerate(result.split("\n"), 1) if edit.token in text)
    if scope_of(module, line) != edit.scope:
        return "moved"
    if twice(module) > twice(ast.parse(new)):
        return "twice"
    words = re.findall(r"\w+", result)
    fresh = re.findall(r"\w+", new)
    return "lost" if any(words.count(word) < fresh.count(word) for word in known) else "correct"


def twice(module: ast.Module) -> int:
    """How many functions and classes are defined a second time."""
    names = [path for path, _, _ in definitions(module)]
    return len(names) - len(set(names))


def definitions(node: ast.AST, path: str = "") -> Iterator[tuple[str, int, int]]:
    """Each function and class: its path, its first line with decorators, its last."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([child.lineno, *(one.lineno for one in child.decorator_list)])
            yield f"{path}/{child.name}", first, child.end_lineno or first
            yield from definitions(child, f"{path}/{child.name}")
        else:
            yield from definitions(child, path)


def scope_of(module: ast.Module, line: int) -> str:
    found = [one for one in definitions(module) if one[1] <= line <= one[2]]
    return max(found, key=lambda one: one[1])[0] if found else ""


def edits(text: str, seed: random.Random) -> Edit | None:
    """One random edit of a module; None when the kind that was drawn has no place in it."""
    kind = seed.choice(sorted(EDITS))
    token = f"ours{seed.randrange(10**6)}"
    done = EDITS[kind](text, token, seed)
    if done is None or done == text:
        return None
    try:
        module = ast.parse(done)
    except SyntaxError:
        return None
    lines = [n for n, line in enumerate(done.split("\n"), 1) if token in line]
    if len(lines) != 1:
        return None
    return Edit(kind, done, token, scope_of(module, lines[0]))


def _functions(text: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    module = ast.parse(text)
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body[0].lineno > node.lineno
    ]


def _inserted(text: str, line: int, *new: str) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[: line - 1], *new, *lines[line - 1 :]])


def _margin(text: str, line: int) -> str:
    held = text.split("\n")[line - 1]
    return held[: len(held) - len(held.lstrip())]


def statement(text: str, token: str, seed: random.Random) -> str | None:
    """A line more in a function, anywhere in it."""
    functions = _functions(text)
    if not functions:
        return None
    at = seed.choice(seed.choice(functions).body)
    return _inserted(text, at.lineno, f'{_margin(text, at.lineno)}print(f"{token} {{1 + 1}}")')


def remark(text: str, token: str, seed: random.Random) -> str | None:
    """A comment above a statement of a function or a class."""
    owners = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    owners = [node for node in owners if len(node.body) > 1]
    if not owners:
        return None
    at = seed.choice(seed.choice(owners).body[1:])
    line = min([at.lineno, *(one.lineno for one in getattr(at, "decorator_list", []))])
    return _inserted(text, line, f"{_margin(text, line)}# {token}")


def decorator(text: str, token: str, seed: random.Random) -> str | None:
    """A decorator nearest to the function, and what it calls at the end of the imports."""
    functions = [node for node in _functions(text) if node.col_offset == 0]
    if not functions:
        return None
    node = seed.choice(functions)
    return _inserted(text, node.lineno, f"@marked.{token}")


def function(text: str, token: str, seed: random.Random) -> str | None:
    """A function more, between two others."""
    nodes = [
        n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    made = ["", "", f"def {token}(value: int) -> int:", '    """Ours."""', "    return value + 1"]
    if not nodes:
        return "\n".join([text.rstrip("\n"), *made, ""])
    end = seed.choice(nodes).end_lineno or 0
    return _inserted(text, end + 1, *made)


def method(text: str, token: str, seed: random.Random) -> str | None:
    """A method more at the end of a class."""
    classes = [n for n in ast.parse(text).body if isinstance(n, ast.ClassDef)]
    if not classes:
        return None
    end = seed.choice(classes).end_lineno or 0
    return _inserted(text, end + 1, "", f"    def {token}(self) -> int:", "        return 1")


def nested(text: str, token: str, seed: random.Random) -> str | None:
    """A class in a class."""
    classes = [n for n in ast.parse(text).body if isinstance(n, ast.ClassDef)]
    if not classes:
        return None
    end = seed.choice(classes).end_lineno or 0
    return _inserted(text, end + 1, "", f"    class {token}:", "        heaviest = 1")


def imported(text: str, token: str, seed: random.Random) -> str | None:
    """An import more."""
    body = [n for n in ast.parse(text).body if isinstance(n, ast.Import | ast.ImportFrom)]
    if not body:
        return None
    return _inserted(text, seed.choice(body).lineno, f"import {token}")


def argument(text: str, token: str, seed: random.Random) -> str | None:
    """A keyword more in a call that goes over lines."""
    lines = text.split("\n")
    places = [
        number
        for number, line in enumerate(lines, 1)
        if re.fullmatch(r"\s+\w+=.*,", line) and lines[number].strip() in (")", "),")
    ]
    if not places:
        return None
    line = seed.choice(places)
    return _inserted(text, line + 1, f"{_margin(text, line)}{token}=1,")


def reordered(text: str, token: str, seed: random.Random) -> str | None:
    """A function moved before another one, with a line more in it."""
    nodes = [
        n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    if len(nodes) < 2:
        return None
    one, two = sorted(seed.sample(range(len(nodes)), 2))
    first, moved = nodes[one], nodes[two]
    lines = text.split("\n")
    begin = min([moved.lineno, *(d.lineno for d in moved.decorator_list)]) - 1
    end = moved.end_lineno or begin
    block = lines[begin:end]
    at = moved.body[-1].lineno - 1 - begin
    block.insert(at, f'{_margin(text, moved.body[-1].lineno)}print("{token}")')
    rest = lines[:begin] + lines[end:]
    place = min([first.lineno, *(d.lineno for d in first.decorator_list)]) - 1
    done = "\n".join([*rest[:place], *block, "", "", *rest[place:]])
    return re.sub(r"\n{4,}", "\n\n\n", done).rstrip("\n") + "\n"


def renamed(text: str, token: str, seed: random.Random) -> str | None:
    """A function under another name."""
    nodes = [
        n
        for n in ast.parse(text).body
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        and len(n.body) > 1
        and len(re.findall(rf"\b{n.name}\b", text)) == 1
    ]
    if not nodes:
        return None
    name = seed.choice(nodes).name
    return re.sub(rf"\bdef {name}\(", f"def {token}(", text)


def docstring(text: str, token: str, seed: random.Random) -> str | None:
    """Other words in the description of a function or a class."""
    found = list(re.finditer(r'^( +)"""([^"\n]+)"""$', text, re.MULTILINE))
    if not found:
        return None
    one = seed.choice(found)
    return text[: one.start(2)] + f"{token} " + text[one.start(2) :]


EDITS: dict[str, Callable[[str, str, random.Random], str | None]] = {
    one.__name__: one
    for one in (
        statement, remark, decorator, function, method, nested, imported, argument, reordered,
        renamed, docstring,
    )
}  # fmt: skip

"""Edits inside a statement: arguments, keys, numbers, defaults, descriptions."""

from __future__ import annotations

import ast
import re

from tests.fuzz.drawing import (
    Do,
    Function,
    Swap,
    nodes_of,
    picked_of,
)
from tests.fuzz.places import (
    Draw,
    EitherError,
    GoneError,
    RivalError,
    bodies,
    label,
    parsed,
    split_at,
    statement_at,
)

__all__ = [
    "argument",
    "default",
    "docstring",
    "inside_call",
    "key",
    "literal",
    "parameter",
    "wrapped",
]


def calls_in(node: ast.AST) -> list[ast.Call]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


def called_as(node: ast.Call) -> str:
    first = node.args[0] if node.args else None
    told = ast.unparse(first) if isinstance(first, ast.Constant) else ""
    return f"{ast.unparse(node.func)}({told}"


def _arguments(node: ast.Call) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for one in node.args:
        found[called_as(one) if isinstance(one, ast.Call) else ast.unparse(one)] = one
    for keyword in node.keywords:
        found[f"{keyword.arg}="] = keyword
    return found


def _call_at(text: str, path: tuple[str, ...], called: str, swap: Swap) -> ast.Call:
    node = statement_at(parsed(text), path, swap)
    held: list[ast.AST] = list(getattr(node, "decorator_list", [])) or [node]
    found = [one for part in held for one in calls_in(part) if called_as(one) == swap(called)]
    if len(found) != 1:
        raise GoneError(called)
    return found[0]


def _tall_calls(draw: Draw) -> list[tuple[tuple[str, ...], ast.Call]]:
    """Calls over several lines: in simple statements, and in decorators."""
    found = []
    for path, node in nodes_of(draw, "all"):
        held: list[ast.AST] = list(getattr(node, "decorator_list", []))
        if not hasattr(node, "body"):
            held = [node]
        calls = [one for part in held for one in calls_in(part)]
        told = [called_as(one) for one in calls]
        found += [
            (path, one)
            for one in calls
            if one.end_lineno != one.lineno and told.count(called_as(one)) == 1
        ]
    return found


def inside_call(draw: Draw) -> Do | None:
    """A comment in the middle of a call over several lines."""
    calls = [(path, one) for path, one in _tall_calls(draw) if len(_arguments(one)) > 1]
    path = draw.one([path for path, _ in calls])
    if path is None:
        return None
    call = draw.seed.choice([one for where, one in calls if where == path])
    called, argument = called_as(call), draw.seed.choice(list(_arguments(call)))
    starts = draw.text.split("\n")[_arguments(call)[argument].lineno - 1]  # type: ignore[attr-defined]
    if not starts.lstrip().startswith(argument[:4]):
        return None

    def do(text: str, swap: Swap, prefer: str) -> str:
        node = _arguments(_call_at(text, path, called, swap)).get(swap(argument))
        if node is None:
            raise GoneError(argument)
        at = split_at(text, node.lineno, node.col_offset)  # type: ignore[attr-defined]
        line = text.rfind("\n", 0, at) + 1
        if text[line:at].strip():
            return f"{text[:at]}\n# {draw.token}\n{text[at:]}"
        return f"{text[:line]}{text[line:at]}# {draw.token}\n{text[line:]}"

    return do


ELEMENTS = {
    "sa.Table": 'sa.Column("{token}", sa.Integer())',
    "may": '"{token}"',
    "own": '"{token}"',
    "router.get": 'summary="{token}"',
    "router.post": 'summary="{token}"',
    "router.put": 'summary="{token}"',
    "router.patch": 'summary="{token}"',
    "router.delete": 'summary="{token}"',
    "FastAPI": 'summary="{token}"',
    "Field": 'description="{token}"',
    "problems": "418",
    "answer": None,
}


def argument(draw: Draw) -> Do | None:
    """An argument more at the end of a call: a column, an action, a summary."""
    calls = [(p, one) for p, one in _tall_calls(draw) if ELEMENTS.get(ast.unparse(one.func))]
    path = draw.one([path for path, _ in calls])
    if path is None:
        return None
    call = draw.seed.choice([one for where, one in calls if where == path])
    return _appended(path, call, str(ELEMENTS[ast.unparse(call.func)]).format(token=draw.token))


def _appended(path: tuple[str, ...], call: ast.Call, told: str) -> Do | None:
    called = called_as(call)
    every = list(_arguments(call).items())
    if not every:
        return None
    last = every[-1][0]

    def do(text: str, swap: Swap, prefer: str) -> str:
        node = _call_at(text, path, called, swap)
        found = _arguments(node)
        place = found.get(swap(last)) if prefer == "after" else None
        place = place or list(found.values())[-1]
        end = split_at(text, place.end_lineno, place.end_col_offset)  # type: ignore[attr-defined]
        comma = re.match(r"\s*,", text[end:])
        end += comma.end() if comma else 0
        rest = text[end:]
        eol = rest.split("\n", 1)[0]
        if eol.strip().startswith("#"):
            end += len(eol)
        at_line = text.rfind("\n", 0, split_at(text, place.lineno, place.col_offset)) + 1  # type: ignore[attr-defined]
        held = text[at_line:]
        margin = held[: len(held) - len(held.lstrip())]
        if comma and "\n" in text[end : end + 2]:
            return f"{text[:end]}\n{margin}{told},{text[end:]}"
        comma_ = "" if comma else ","
        return f"{text[:end]}{comma_} {told}{text[end:]}"

    return do


def key(draw: Draw) -> Do | None:
    """A key more in a table over several lines, behind another one."""
    found = []
    for path, node in nodes_of(draw, "all"):
        if hasattr(node, "body"):
            continue
        tables = [one for one in ast.walk(node) if isinstance(one, ast.Dict)]
        is_tall = len(tables) == 1 and tables[0].end_lineno != tables[0].lineno
        if is_tall and all(isinstance(one, ast.Constant) for one in tables[0].keys):
            found.append((path, tables[0]))
    picked = draw.one([where for where, _ in found if "policy" not in where[-1]])
    if picked is None:
        return None
    path = picked
    table = next(one for where, one in found if where == path)
    at = draw.seed.randrange(len(table.keys))
    behind = ast.unparse(table.keys[at] or ast.Constant(""))
    following = [ast.unparse(one or ast.Constant("")) for one in table.keys[at + 1 : at + 2]]

    def do(text: str, swap: Swap, prefer: str) -> str:
        node = statement_at(parsed(text), path, swap)
        tables = [one for one in ast.walk(node) if isinstance(one, ast.Dict)]
        if len(tables) != 1:
            raise GoneError
        keys = [ast.unparse(one or ast.Constant("")) for one in tables[0].keys]
        told = f'"{draw.token}": 1'
        if not following and prefer == "before":
            value = tables[0].values[-1]
            end = split_at(text, value.end_lineno or 0, value.end_col_offset or 0)
            return f"{text[:end]},\n        {told}{text[end:]}"
        if (
            following
            and swap(following[0]) in keys
            and (prefer == "before" or swap(behind) not in keys)
        ):
            place = tables[0].keys[keys.index(swap(following[0]))]
            assert place is not None
            start = split_at(text, place.lineno, place.col_offset)
            return f"{text[:start]}{told},\n        {text[start:]}"
        if swap(behind) not in keys:
            raise GoneError
        value = tables[0].values[keys.index(swap(behind))]
        end = split_at(text, value.end_lineno or 0, value.end_col_offset or 0)
        return f"{text[:end]},\n        {told}{text[end:]}"

    return do


def literal(draw: Draw) -> Do | None:
    """Another number where the generated code has one."""
    found = []
    for path, node in nodes_of(draw, "all"):
        if isinstance(node, ast.ClassDef) or (
            hasattr(node, "body") and not isinstance(node, Function)
        ):
            continue
        held: list[ast.AST] = list(getattr(node, "decorator_list", [])) or [node]
        calls = [one for part in held for one in calls_in(part) if not hasattr(part, "body")]
        told = [called_as(one) for one in calls]
        for one in calls:
            for name, value in _arguments(one).items():
                value = getattr(value, "value", value)
                inner = value if isinstance(value, ast.Constant) else ast.Constant(None)
                if (
                    type(inner.value) is int
                    and name.endswith("=")
                    and told.count(called_as(one)) == 1
                ):
                    found.append((path, called_as(one), name, inner.value))
    chosen = draw.one([one[0] for one in found])
    if chosen is None:
        return None
    path = chosen
    _, called, name, old = draw.seed.choice([one for one in found if one[0] == path])
    new = old + draw.seed.randint(1, 9)

    def do(text: str, swap: Swap, prefer: str) -> str:
        try:
            node = _arguments(_call_at(text, path, called, swap)).get(swap(name))
        except GoneError as gone:
            raise RivalError(name) from gone
        value = getattr(node, "value", None)
        if not isinstance(value, ast.Constant) or value.value != old:
            raise RivalError(name)
        return replaced_at(text, value, str(new))

    return do


def replaced_at(text: str, node: ast.expr | ast.stmt, told: str) -> str:
    start = split_at(text, node.lineno, node.col_offset)
    end = split_at(text, node.end_lineno or 0, node.end_col_offset or 0)
    return text[:start] + told + text[end:]


def default(draw: Draw) -> Do | None:
    """Another default of a parameter."""
    found = [
        (path, node)
        for path, node in nodes_of(draw, "all")
        if isinstance(node, Function) and any("int | None" in one for one in _defaults(node))
    ]
    picked = picked_of(draw, found)
    if picked is None:
        return None
    path, node = picked
    assert isinstance(node, Function)
    wanted = next(one for one in _defaults(node) if "int | None" in one)

    def do(text: str, swap: Swap, prefer: str) -> str:
        value = _defaults(statement_at(parsed(text), path, swap)).get(wanted)
        if value is None:
            raise RivalError(wanted)
        return replaced_at(text, value, "7")

    return do


def _defaults(node: ast.stmt) -> dict[str, ast.expr]:
    if not isinstance(node, Function):
        return {}
    rows = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return {
        ast.unparse(one): value
        for one, value in rows
        if isinstance(value, ast.Constant) and value.value is None
    }


def parameter(draw: Draw) -> Do | None:
    """A parameter more, with a default."""
    found = [
        (path, node)
        for path, node in nodes_of(draw, "all")
        if isinstance(node, Function) and not node.args.kwarg and not node.args.vararg
        and (node.args.args or node.args.kwonlyargs)
    ]  # fmt: skip
    picked = picked_of(draw, found)
    if picked is None:
        return None
    path = picked[0]

    def do(text: str, swap: Swap, prefer: str) -> str:
        node = statement_at(parsed(text), path, swap)
        assert isinstance(node, Function)
        if node.args.kwarg or node.args.vararg:
            raise RivalError("arguments of any name")
        every: list[ast.arg | ast.expr] = [*node.args.args, *node.args.kwonlyargs]
        every += node.args.defaults
        every += [one for one in node.args.kw_defaults if one is not None]
        if not every:
            return re.sub(rf"def {node.name}\(", f"def {node.name}({draw.token}: int = 0", text)
        end = max(split_at(text, one.end_lineno or 0, one.end_col_offset or 0) for one in every)
        return f"{text[:end]}, {draw.token}: int = 0{text[end:]}"

    return do


def docstring(draw: Draw) -> Do | None:
    """Other words in a description."""
    found = [
        ((*path, "docstring"), node)
        for path, body in bodies(draw.module)
        for node in body[:1]
        if label(node) == "docstring" and draw.text.split("\n")[node.lineno - 1].count('"""') == 2
    ]
    picked = picked_of(draw, found)
    if picked is None:
        return None
    path, node = picked
    old = ast.unparse(node)

    def do(text: str, swap: Swap, prefer: str) -> str:
        here = statement_at(parsed(text), path, swap)
        start = split_at(text, here.lineno, here.col_offset) + 3
        done = f"{text[:start]}{draw.token}: {text[start:]}"
        if ast.unparse(here) == old:
            return done
        if ast.unparse(here) in (old, swap(old)):
            raise EitherError(
                done
            )  # words of a description that a rename changes are words all the same
        raise RivalError("docstring")

    return do


def wrapped(draw: Draw) -> Do | None:
    """A statement of a function put into `try`."""
    found = [
        (path, node)
        for path, node in nodes_of(draw, "def")
        if isinstance(node, ast.Expr | ast.Return) and path[-1] != "docstring"
        and '"""' not in ast.unparse(node)
    ]  # fmt: skip
    picked = picked_of(draw, found)
    if picked is None:
        return None
    path, node = picked
    old = ast.unparse(node)

    def do(text: str, swap: Swap, prefer: str) -> str:
        try:
            here = statement_at(parsed(text), path, swap)
        except GoneError as gone:
            raise RivalError(path[-1]) from gone
        lines = text.split("\n")
        first, last = here.lineno - 1, here.end_lineno or 0
        held = lines[first:last]
        margin = held[0][: len(held[0]) - len(held[0].lstrip())]
        inner = [f"    {line}" if line else line for line in held]
        rest = [
            f"{margin}except KeyError:",
            f'{margin}    raise RuntimeError("{draw.token}") from None',
        ]
        done = "\n".join([*lines[:first], f"{margin}try:", *inner, *rest, *lines[last:]])
        if ast.unparse(here) not in (old, swap(old)):
            raise EitherError(done)
        return done

    return do

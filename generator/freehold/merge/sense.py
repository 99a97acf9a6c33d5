"""What merged cleanly and no longer makes sense: names that are nowhere, validators of fields that went."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from freehold.merge.blocks import parse

__all__ = ["Note", "doubts", "gone_names", "lacking", "public", "undefined"]

KNOWN = {*dir(builtins), "__file__", "__name__", "__doc__", "__package__", "__path__", "__spec__"}
VALIDATORS = {"field_validator", "validator", "field_serializer"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
VERBS = {"get", "post", "put", "patch", "delete", "head", "options"}


@dataclass(frozen=True, slots=True)
class Note:
    """Something for a person to look at."""

    path: str
    line: int
    message: str


def undefined(module: ast.Module) -> dict[str, int]:
    """Names that are used and bound nowhere in the module, with the first line that uses them."""
    bound = set(KNOWN)
    used: dict[str, int] = {}
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.setdefault(name, node.lineno)
            case ast.Name(id=name):
                bound.add(name)
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                bound.add(name)
            case ast.arg(arg=name):
                bound.add(name)
            case ast.alias(name="*"):
                return {}
            case ast.alias(name=name, asname=other):
                bound.add(other or name.split(".")[0])
            case ast.ExceptHandler(name=str() as name):
                bound.add(name)
            case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                bound.add(name)
            case ast.MatchMapping(rest=str() as name):
                bound.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                bound |= set(names)
    return {name: line for name, line in used.items() if name not in bound}


def doubts(path: str, result: str, before: str | None) -> list[Note]:
    """What a merged module says that cannot be meant; nothing that the team's own text said already."""
    now = _said(path, result)
    known = {note.message for note in _said(path, before)} if before is not None else set()
    return [note for note in now if note.message not in known]


def _said(path: str, text: str) -> list[Note]:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    found = [
        Note(path, line, f"`{name}` is not defined any more")
        for name, line in undefined(module).items()
    ]
    found += _stray_validators(path, module)
    found += _double_routes(path, module)
    return sorted(found, key=lambda note: note.line)


def _stray_validators(path: str, module: ast.Module) -> Iterator[Note]:
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    for node in classes.values():
        fields, is_known = _fields(node, classes)
        if not is_known:
            continue
        for method in node.body:
            for name in _validated(method):
                if name != "*" and name not in fields:
                    message = f"`{node.name}` validates `{name}`, a field that it does not have"
                    yield Note(path, method.lineno, message)


def _fields(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> tuple[set[str], bool]:
    """The fields of a class and its bases in this module; False when a base is not a model we see."""
    found = {
        one.target.id
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    for base in node.bases:
        name = ast.unparse(base)
        if name in classes and classes[name] is not node:
            more, is_known = _fields(classes[name], classes)
            if not is_known:
                return found, False
            found |= more
        elif name not in ("BaseModel", "pydantic.BaseModel"):
            return found, False
    return found, True


def _validated(method: ast.stmt) -> Iterator[str]:
    for decorator in getattr(method, "decorator_list", []):
        if not isinstance(decorator, ast.Call):
            continue
        if ast.unparse(decorator.func).split(".")[-1] in VALIDATORS:
            for one in decorator.args:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def _double_routes(path: str, module: ast.Module) -> Iterator[Note]:
    """Two functions for one address, or one operation id for two."""
    routes: Counter[str] = Counter()
    for node in module.body:
        for decorator in getattr(node, "decorator_list", []):
            for told in _route(decorator):
                routes[told] += 1
                if routes[told] == 2:
                    yield Note(path, node.lineno, f"{told} is defined twice")


def _route(decorator: ast.expr) -> Iterator[str]:
    match decorator:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(), attr=verb),
            args=[ast.Constant(value=str() as address), *_],
        ) if (
            verb in VERBS
        ):
            yield f"the route {verb.upper()} {address!r}"
            for keyword in decorator.keywords:
                if keyword.arg == "operation_id":
                    yield f"the operation {ast.unparse(keyword.value)}"


def public(text: str) -> set[str]:
    """The names that a module has at its top, and the methods of its classes as `Class.method`."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return set()
    found: set[str] = set()
    for node in module.body:
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                found.add(name)
                if isinstance(node, ast.ClassDef):
                    found |= {
                        f"{name}.{one.name}" for one in node.body if isinstance(one, Function)
                    }
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def gone_names(path: str, text: str, package: str, gone: dict[str, set[str]]) -> list[Note]:
    """Where a module uses what another one had and has no more; `gone` is by dotted module name."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    aliases: dict[str, str] = {}
    notes: list[Note] = []
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            source = _absolute(node, package)
            for one in node.names:
                aliases[one.asname or one.name] = f"{source}.{one.name}"
                if one.name in gone.get(source, ()):
                    notes.append(
                        Note(path, node.lineno, f"`{source}` has no `{one.name}` any more")
                    )
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source = aliases.get(node.value.id, "")
            if node.attr in gone.get(source, ()):
                notes.append(Note(path, node.lineno, f"`{source}` has no `{node.attr}` any more"))
        if isinstance(node, Function):
            notes += _gone_methods(path, node, aliases, gone)
    return notes


def _gone_methods(
    path: str, node: Function, aliases: dict[str, str], gone: dict[str, set[str]]
) -> Iterator[Note]:
    """Where a function uses what the class of an argument has no more."""
    owners = {
        one.arg: aliases[one.annotation.id].rpartition(".")
        for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if isinstance(one.annotation, ast.Name) and one.annotation.id in aliases
    }
    for inner in ast.walk(node):
        match inner:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in owners:
                source, _, owner = owners[name]
                if f"{owner}.{attr}" in gone.get(source, ()):
                    yield Note(path, inner.lineno, f"`{owner}` has no `{attr}` any more")


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def lacking(path: str, base: str, new: str, mine: str) -> list[Note]:
    """What the generated code now expects of a file that it may not touch, with the lines to add."""
    block = parse(new)
    wanted = public(new) - public(base) - public(mine)
    found = []
    for item in block.items if block else ():
        names = {name for name in wanted if item.key.split()[:2] == ["def", name]}
        if names:
            lines = "\n".join(f"    {line}".rstrip() for line in item.lines)
            message = f"has no `{names.pop()}`, which the generated code calls now; add:\n{lines}"
            found.append(Note(path, len(mine.splitlines()), message))
    return found

"""What must come out of a merge, word for word: read with `ast` and `tokenize`, never with the merge's own parser.

An edit is something that can be done to any version of a file. So what must come out is known exactly: the edit,
done to the new text. A text is read as its items: each statement, argument, element and comment, with the
function or class that it is in and the path that leads to it. Two texts say the same when every scope has the
same items in the same order, and the module the same imports. Layout says nothing.

Where both sides add something at one place, either order is right; so there may be two texts that are right,
and two items may stand in the order of either.
"""

from __future__ import annotations

import ast
import inspect
import io
import token as kinds
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

__all__ = ["Reading", "Verdict", "judge", "read", "sums_up"]

Verdict = str  # "correct", "conflict", "lost", "moved", "twice", "broken", "wrong"
Item = tuple[str, str]
"""The path inside a function or class, and what stands there."""
DEFINED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True)
class Reading:
    """A text as its items: in order for each scope, and its imports, whose order says nothing."""

    scopes: dict[str, list[Item]]
    imports: Counter[str]

    def all(self) -> Counter[tuple[str, Item]]:
        found = Counter((scope, one) for scope, items in self.scopes.items() for one in items)
        found.update({("import", (name, "")): n for name, n in self.imports.items()})
        return found


@dataclass(slots=True)
class _Reader:
    found: dict[str, list[tuple[tuple[int, int], Item]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    imports: Counter[str] = field(default_factory=Counter)
    spans: list[tuple[int, int, int, str]] = field(default_factory=list)
    """First and last line, the column of the body, and the scope."""

    def say(self, scope: str, path: str, what: str, node: ast.AST) -> None:
        place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        self.found[scope].append((place, (path, what)))

    def block(self, body: Sequence[ast.stmt], scope: str, path: str) -> None:
        for node in body:
            self.statement(node, scope, path)

    def statement(self, node: ast.stmt, scope: str, path: str) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                source = ""
                if isinstance(node, ast.ImportFrom):
                    source = "." * node.level + (node.module or "")
                for one in node.names:
                    self.imports[f"{scope}{path}: {source} {one.name} as {one.asname}"] += 1
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.definition(node, scope, path)
            case ast.If(test=test) | ast.While(test=test):
                self.compound(node, f"{type(node).__name__} {_dump(test)}", scope, path)
            case ast.For() | ast.AsyncFor():
                told = f"for {_dump(node.target)} in {_dump(node.iter)}"
                self.compound(node, told, scope, path)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                told = ", ".join(_dump(one) for one in items)
                self.compound(node, f"{type(node).__name__} {told}", scope, path)
            case ast.Try():
                self.compound(node, "try", scope, path)
            case ast.Match(subject=subject):
                self.say(scope, path, f"match {_dump(subject)}", node)
                for case in node.cases:
                    self.block(case.body, scope, f"{path}/case {_dump(case.pattern)}")
            case ast.Assign(targets=targets, value=value):
                told = ", ".join(_dump(one) for one in targets)
                self.say(scope, path, f"= {told}", node)
                self.value(value, scope, f"{path}/{told}=")
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                told = _dump(target)
                self.say(scope, path, f": {told}", node)
                self.value(annotation, scope, f"{path}/{told}:")
                if value is not None:
                    self.value(value, scope, f"{path}/{told}=")
            case ast.Expr(value=ast.Constant(value=str() as text)):
                self.say(scope, path, f"text {inspect.cleandoc(text)}", node)
            case ast.Expr(value=value) | ast.Return(value=value):
                self.say(scope, path, type(node).__name__, node)
                if value is not None:
                    self.value(value, scope, f"{path}/{type(node).__name__}")
            case _:
                self.say(scope, path, _dump(node), node)

    def compound(self, node: ast.stmt, told: str, scope: str, path: str) -> None:
        self.say(scope, path, told, node)
        inner = f"{path}/{told[:60]}"
        self.block(getattr(node, "body", ()), scope, inner)
        for handler in getattr(node, "handlers", ()):
            caught = f"{_dump(handler.type) if handler.type else ''} {handler.name}"
            self.say(scope, inner, f"except {caught}", handler)
            self.block(handler.body, scope, f"{inner}/except {caught}")
        for name in ("orelse", "finalbody"):
            if getattr(node, name, ()):
                self.block(getattr(node, name), scope, f"{inner}/{name}")

    def definition(self, node: DEFINED, scope: str, path: str) -> None:
        inner = f"{scope}/{node.name}"
        self.say(scope, path, f"{type(node).__name__} {node.name}", node)
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        column = node.body[0].col_offset if node.body[0].lineno > node.lineno else 0
        self.spans.append((first, node.end_lineno or first, column, inner))
        for one in node.decorator_list:
            self.value(one, inner, "@")
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                self.say(inner, "base", _dump(base), base)
            for keyword in node.keywords:
                self.say(inner, "base", _dump(keyword), keyword)
        else:
            self.arguments(node.args, inner)
            if node.returns is not None:
                self.say(inner, "->", _dump(node.returns), node.returns)
        self.block(node.body, inner, "")

    def arguments(self, args: ast.arguments, scope: str) -> None:
        plain = [*args.posonlyargs, *args.args]
        none: list[ast.expr | None] = [None]
        values = none * (len(plain) - len(args.defaults)) + args.defaults + args.kw_defaults
        kind = ["/"] * len(args.posonlyargs) + [""] * len(args.args) + ["*"] * len(args.kwonlyargs)
        for one, value, how in zip([*plain, *args.kwonlyargs], values, kind, strict=True):
            told = _dump(value) if value is not None else ""
            self.say(scope, "arg", f"{how}{_dump(one)} = {told}", one)
        for more in (args.vararg, args.kwarg):
            if more is not None:
                self.say(scope, "arg", f"**{_dump(more)}", more)

    def value(self, node: ast.expr, scope: str, path: str) -> None:
        match node:
            case ast.Call(func=func, args=args, keywords=keywords):
                told = _dump(func)
                self.say(scope, path, f"call {told}", node)
                first = args[0] if args else None
                label = _dump(first) if isinstance(first, ast.Constant) else ""
                inner = f"{path}/{told}({label}"
                for one in args:
                    self.value(one, scope, inner)
                for keyword in keywords:
                    self.value(keyword.value, scope, f"{inner}/{keyword.arg}=")
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                self.say(scope, path, type(node).__name__, node)
                for one in elements:
                    self.value(one, scope, f"{path}/[]")
            case ast.Dict(keys=keys, values=values):
                self.say(scope, path, "{}", node)
                for key, value in zip(keys, values, strict=True):
                    self.value(value, scope, f"{path}/{_dump(key) if key else '**'}:")
            case ast.Await(value=value):
                self.value(value, scope, f"{path}/await")
            case ast.Subscript(value=value, slice=inner_node):
                self.say(scope, path, _dump(value), value)
                self.value(inner_node, scope, f"{path}/[")
            case ast.BinOp(left=left, right=right, op=op):
                self.value(left, scope, f"{path}/{type(op).__name__}")
                self.value(right, scope, f"{path}/{type(op).__name__}")
            case _:
                self.say(scope, path, _dump(node), node)

    def comments(self, text: str) -> None:
        lines = text.split("\n")
        above = 0  # the last line before with code on it
        for one in tokenize.generate_tokens(io.StringIO(text).readline):
            if one.type == kinds.COMMENT:
                row, column = one.start
                is_alone = not lines[row - 1][:column].strip()
                scope = self.scope_of(row, column, above if is_alone else row)
                self.found[scope].append((one.start, ("#", one.string)))
            elif one.type not in (kinds.NL, kinds.INDENT, kinds.DEDENT, kinds.ENDMARKER):
                above = one.end[0]

    def scope_of(self, row: int, column: int, above: int) -> str:
        """The innermost scope that holds the line, or that goes on to it by its indentation."""
        best, start = "", 0
        for first, last, deep, scope in self.spans:
            holds = first <= row <= last
            goes_on = first <= above <= last < row and column >= deep > 0
            if (holds or goes_on) and first >= start:
                best, start = scope, first
        return best


def _dump(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=value):
            return repr(value)
        case ast.Attribute(value=value, attr=attr):
            return f"{_dump(value)}.{attr}"
    return ast.dump(node)


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """The items of a text; SyntaxError when it is not Python."""
    reader = _Reader()
    reader.block(ast.parse(text).body, "", "")
    reader.comments(text)
    scopes = {
        scope: [item for _, item in sorted(items, key=lambda one: one[0])]
        for scope, items in reader.found.items()
    }
    return Reading(scopes, reader.imports)


def judge(result: str | None, right: Sequence[str]) -> tuple[Verdict, str]:
    """What a way of merging made of it, and where that shows; None stands for a conflict.

    `right` are the texts that say what must come out.
    """
    if result is None:
        return "conflict", ""
    try:
        got = read(result)
    except (SyntaxError, ValueError):
        return "broken", "it is not Python"
    wanted = [read(text) for text in right]
    different = _difference(got.all(), wanted[0].all())
    if different is not None:
        return different
    for scope, items in got.scopes.items():
        allowed = [one.scopes.get(scope, []) for one in wanted]
        if items not in allowed and not _in_some_order(items, allowed):
            return "moved", f"{scope or 'the module'}: in another order"
    return "correct", ""


def _difference(
    got: Counter[tuple[str, Item]], wanted: Counter[tuple[str, Item]]
) -> tuple[Verdict, str] | None:
    missing, more = wanted - got, got - wanted
    if not missing and not more:
        return None
    told = f"missing {_told(missing)}; too much {_told(more)}"
    if not more:
        return "lost", told
    if {one[1][1] for _, one in _pairs(missing)} & {one[1][1] for _, one in _pairs(more)}:
        return "moved", told
    if not missing and any(wanted[one] for one in more):
        return "twice", told
    return "wrong", told


def _pairs(counted: Counter[tuple[str, Item]]) -> Iterator[tuple[int, tuple[str, Item]]]:
    for one, number in counted.items():
        yield number, one


def _told(counted: Counter[tuple[str, Item]]) -> str:
    return " ".join(f"{scope}:{path}:{what}"[:160] for scope, (path, what) in list(counted)[:3])


def _in_some_order(items: list[Item], allowed: list[list[Item]]) -> bool:
    """Whether each two of the items stand as they do in one of the lists."""
    places = [_places(one) for one in allowed]
    mine = _numbered(items)
    for i, first in enumerate(mine):
        for second in mine[i + 1 :]:
            if not any(where[first] < where[second] for where in places):
                return False
    return True


def _numbered(items: list[Item]) -> list[tuple[Item, int]]:
    seen: Counter[Item] = Counter()
    found = []
    for item in items:
        found.append((item, seen[item]))
        seen[item] += 1
    return found


def _places(items: list[Item]) -> dict[tuple[Item, int], int]:
    return {item: place for place, item in enumerate(_numbered(items))}


def sums_up(base: str, mine: str, new: str, result: str) -> tuple[Verdict, str]:
    """For an edit at a place that is not there any more: whether every item of both sides is there once."""
    try:
        got = read(result).all()
    except (SyntaxError, ValueError):
        return "broken", "it is not Python"
    before, ours, theirs = (read(text).all() for text in (base, mine, new))
    wanted = theirs + (ours - before) - (before - ours)
    return _difference(got, wanted + _needed(base, mine, new, result)) or ("correct", "")


def _needed(base: str, mine: str, new: str, result: str) -> Counter[tuple[str, Item]]:
    """Imports that the new text dropped, where what the team added still uses what they bind."""
    used = {node.id for node in ast.walk(ast.parse(result)) if isinstance(node, ast.Name)}
    before, ours, theirs = (_bound(text) for text in (base, mine, new))
    return Counter(
        ("import", (told, ""))
        for name, told in ours.items()
        if before.get(name) == told and name in used - theirs.keys()
    )


def _bound(text: str) -> dict[str, str]:
    """The imports of a module by the name that they bind, as a reading tells of them."""
    reader, found = _Reader(), {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for one in node.names:
                reader.imports.clear()
                reader.statement(_alone(node, one), "", "")
                found[one.asname or one.name.split(".")[0]] = next(iter(reader.imports))
    return found


def _alone(node: ast.Import | ast.ImportFrom, one: ast.alias) -> ast.stmt:
    if isinstance(node, ast.ImportFrom):
        return ast.ImportFrom(node.module, [one], node.level)
    return ast.Import([one])

"""A rename of the spec, replayed on code where the syntax proves what a name means."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from freehold.domain import Resource
from freehold.merge.imports import sorted_again
from freehold.merge.sense import Note
from freehold.resolve.names import plural, snake

__all__ = ["Renames", "Renaming", "Tag", "mentions", "replayed", "uses"]

VALIDATORS = {"field_validator", "validator", "field_serializer"}
MAKERS = {"make", "samples"}  # what generated tests make bodies with
SAMPLES = "tests/samples.py"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Renaming:
    """A field of the classes in `owners`, or a member of one enum."""

    owners: tuple[str, ...]
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Tag(Renaming):
    """What tells the classes in `owners` from the other variants of their union."""

    key: str


@dataclass(frozen=True, slots=True)
class Renames:
    """Everything that got another name between two specs."""

    package: str
    fields: tuple[Renaming, ...] = ()
    members: tuple[Renaming, ...] = ()
    types: Mapping[str, str] | None = None
    resources: tuple[tuple[Resource, Resource], ...] = ()
    tags: tuple[Tag, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.members or self.types or self.resources or self.tags)

    def replaced(self) -> set[str]:
        """Every word that replaying may replace, or a part of it: without one, a text stays as it is."""
        found = {one.old for one in (*self.fields, *self.members, *self.tags)} | {
            *(self.types or ())
        }
        for old, _ in self.resources:
            found |= {old.singular, old.plural, old.path}
        return found

    def words(self) -> dict[str, str]:
        """Old names and new ones, to look for where nothing is proven."""
        found = {one.old: one.new for one in (*self.fields, *self.members)}
        found |= {f'"{one.old}"': f'"{one.new}"' for one in self.tags}
        for old, new in self.resources:
            # A singular is a word like any other, but between quotes it names the resource.
            found |= {old.name: new.name, old.plural: new.plural}
            found |= {f'"{old.singular}"': f'"{new.singular}"'}
        return found


@dataclass(frozen=True, slots=True)
class _Edit:
    line: int
    column: int  # in characters
    old: str
    new: str


def replayed(path: str, text: str, renames: Renames) -> str:
    """The text with every rename that its syntax proves; itself when it is not Python."""
    if not path.endswith(".py") or not any(word in text for word in renames.replaced()):
        return text
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return text
    lines = text.split("\n")
    edits = set(_Replay(path, lines, renames).edits(module))
    for edit in sorted(edits, key=lambda one: (-one.line, -one.column)):
        line = lines[edit.line - 1]
        end = edit.column + len(edit.old)
        if line[edit.column : end] == edit.old:
            lines[edit.line - 1] = line[: edit.column] + edit.new + line[end:]
    result = "\n".join(lines)
    if not renames.resources:
        return result
    return sorted_again(text, result, frozenset({renames.package, "tests"}))


def mentions(path: str, text: str, base: str | None, renames: Renames) -> list[Note]:
    """Lines of the team that still hold an old name: nothing proves that they mean it."""
    words = renames.words()
    if not words:
        return []
    pattern = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(map(re.escape, words))})(?![A-Za-z0-9_])")
    known = set(base.split("\n")) if base is not None else set()
    notes = []
    for number, line in enumerate(text.split("\n"), 1):
        found = pattern.search(line)
        if found and line not in known:
            old = found[1]
            message = f"still says `{old}`, which is `{words[old]}` now: {line.strip()[:80]}"
            notes.append(Note(path, number, message))
    return notes


def uses(path: str, text: str, generated: str | None, gone: Renames) -> list[Note]:
    """Lines of the team that use what the spec has no more, where the syntax proves that they do."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    lines = text.split("\n")
    known = set(generated.split("\n")) if generated is not None else set()
    found = {(one.line, one.old) for one in _Replay(path, lines, gone).edits(module)}
    return [
        Note(path, line, f"uses `{old}`, which the spec does not have any more")
        for line, old in sorted(found)
        if lines[line - 1] not in known and re.search(rf"\b{re.escape(old)}\b", lines[line - 1])
    ]


class _Replay:
    def __init__(self, path: str, lines: list[str], renames: Renames) -> None:
        self.path = path
        self.lines = lines
        self.renames = renames
        self.types = renames.types or {}

    def edits(self, module: ast.Module) -> Iterator[_Edit]:
        bound = _imported(module) | {
            node.name for node in module.body if isinstance(node, ast.ClassDef)
        }
        for renaming in self.renames.fields:
            owners = set(renaming.owners)
            owners |= {old for old, new in self.types.items() if new in owners}
            yield from self._field(module, renaming, owners)
        for renaming in self.renames.members:
            yield from self._member(module, renaming)
        for renaming in self.renames.tags:
            yield from self._tag(module, renaming)
        if self.types:
            yield from self._classes(module, bound)
        for old, new in self.renames.resources:
            yield from self._resource(module, old, new)

    # A field ----------------------------------------------------------------------------------------

    def _field(self, module: ast.Module, one: Renaming, owners: set[str]) -> Iterator[_Edit]:
        for node in ast.walk(module):
            match node:
                case ast.Constant(value=str() as text) if text.endswith(f"/blobs/{one.old}"):
                    if self._is_in_slice(owners):
                        yield from self._address(node, one)
                case ast.ClassDef(name=name) if name in owners:
                    yield from self._members_of(node, one)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield from self._typed(node, one, owners)
                    if self.path == SAMPLES and node.name in {snake(owner) for owner in owners}:
                        yield from self._sample(node, one)
                case ast.Call() if _called(node) in owners or self._makes(node, owners):
                    yield from self._keywords(node, one)
                case ast.Call(
                    func=ast.Attribute(attr="Column"), args=[ast.Constant() as first, *_]
                ):
                    if self.path.endswith("/tables.py") and self._is_in_slice(owners):
                        yield from self._text(first, one)
                case ast.Attribute(value=ast.Attribute(attr="c")) if node.attr == one.old:
                    if _table(node.value) in _plurals(owners):
                        yield self._attribute(node, one.new)

    def _members_of(self, node: ast.ClassDef, one: Renaming) -> Iterator[_Edit]:
        for inner in ast.walk(node):
            match inner:
                case ast.AnnAssign(target=ast.Name(id=name) as target) if inner in node.body:
                    if name == one.old or (
                        name.startswith(f"{one.old}__") and node.name.endswith("Query")
                    ):
                        yield self._at(target, name, one.new + name.removeprefix(one.old))
                case ast.Attribute(value=ast.Name(id="self"), attr=name) if name == one.old:
                    yield self._attribute(inner, one.new)
                case ast.Call() if _called(inner) in VALIDATORS:
                    for argument in inner.args:
                        if isinstance(argument, ast.Constant):
                            yield from self._text(argument, one)

    def _typed(self, node: Function, one: Renaming, owners: set[str]) -> Iterator[_Edit]:
        """Attributes of what the annotations, or the class that was called, say it is."""
        names = {
            arg.arg
            for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            if _is_of(arg.annotation, owners)
        }
        for inner in ast.walk(node):
            match inner:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    if isinstance(value, ast.Call) and _maker(value) in owners:
                        names.add(name)
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                    if _is_of(annotation, owners):
                        names.add(name)
        for inner in ast.walk(node):
            match inner:
                case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in names:
                    if attr == one.old:
                        yield self._attribute(inner, one.new)
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="model_copy")):
                    if name in names:
                        yield from self._update(inner, one)
        if node.name == "indexed" and names:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Dict):
                    yield from self._dict_keys(inner, one)

    def _update(self, node: ast.Call, one: Renaming) -> Iterator[_Edit]:
        for keyword in node.keywords:
            if keyword.arg == "update" and isinstance(keyword.value, ast.Dict):
                yield from self._dict_keys(keyword.value, one)

    def _sample(self, node: Function, one: Renaming) -> Iterator[_Edit]:
        """`return {...} | changes`: the body of a request."""
        for inner in ast.walk(node):
            match inner:
                case ast.Return(value=ast.Dict() as body):
                    yield from self._dict_keys(body, one)
                case ast.Return(value=ast.BinOp(left=ast.Dict() as body)):
                    yield from self._dict_keys(body, one)

    def _dict_keys(self, node: ast.Dict, one: Renaming) -> Iterator[_Edit]:
        for key in node.keys:
            if isinstance(key, ast.Constant):
                yield from self._text(key, one)

    def _keywords(self, node: ast.Call, one: Renaming) -> Iterator[_Edit]:
        for keyword in node.keywords:
            if keyword.arg == one.old:
                yield self._edit(keyword.lineno, keyword.col_offset, one.old, one.new)

    def _makes(self, node: ast.Call, owners: set[str]) -> bool:
        """`samples.product(...)` and `make.product(...)` of the generated tests."""
        match node.func:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in MAKERS:
                return attr in {snake(owner) for owner in owners}
        return False

    def _is_in_slice(self, owners: set[str]) -> bool:
        parts = self.path.split("/")
        return len(parts) > 2 and parts[-2] in _plurals(owners)

    def _address(self, node: ast.Constant, one: Renaming) -> Iterator[_Edit]:
        """`/products/{product_id}/blobs/photo`, in a route and in what asks for it."""
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            for found in re.finditer(
                rf"/blobs/({re.escape(one.old)})[\"']", self.lines[number - 1]
            ):
                yield _Edit(number, found.start(1), one.old, one.new)

    # A member of an enum ------------------------------------------------------------------------------

    def _member(self, module: ast.Module, one: Renaming) -> Iterator[_Edit]:
        owners = {*one.owners, *(old for old, new in self.types.items() if new in one.owners)}
        for node in ast.walk(module):
            match node:
                case ast.Attribute(value=value, attr=attr) if attr == one.old:
                    if ast.unparse(value).split(".")[-1] in owners:
                        yield self._attribute(node, one.new)
                case ast.ClassDef(name=name) if name in owners:
                    for inner in node.body:
                        if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Constant):
                            target = inner.targets[0]
                            if isinstance(target, ast.Name) and target.id == one.old:
                                yield self._at(target, one.old, one.new)
                                yield from self._text(inner.value, one)

    # What tells a variant from the others ---------------------------------------------------------------

    def _tag(self, module: ast.Module, one: Tag) -> Iterator[_Edit]:
        owners = {*one.owners, *(old for old, new in self.types.items() if new in one.owners)}
        for node in ast.walk(module):
            match node:
                case ast.ClassDef(name=name) if name in owners:
                    for inner in node.body:
                        match inner:
                            case ast.AnnAssign(target=ast.Name(id=key)) if key == one.key:
                                yield from self._texts(inner, one)
                case ast.Call() if _called(node) in owners:
                    for keyword in node.keywords:
                        if keyword.arg == one.key:
                            yield from self._texts(keyword, one)

    def _texts(self, node: ast.AST, one: Renaming) -> Iterator[_Edit]:
        """`Literal["card"]`, and the default beside it."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant):
                yield from self._text(inner, one)

    # A class --------------------------------------------------------------------------------------------

    def _classes(self, module: ast.Module, bound: set[str]) -> Iterator[_Edit]:
        for node in ast.walk(module):
            match node:
                case ast.Name(id=name) if name in self.types and name in bound:
                    yield self._at(node, name, self.types[name])
                case ast.ClassDef(name=name) if name in self.types:
                    yield self._word(node.lineno, name, self.types[name])
                case ast.Attribute(value=ast.Name(id=module_name), attr=attr):
                    if attr in self.types and module_name in ("models", "types"):
                        yield self._attribute(node, self.types[attr])
                case ast.ImportFrom(module=source, level=level):
                    if level or (source or "").split(".")[0] == self.renames.package:
                        for alias in node.names:
                            if alias.name in self.types:
                                new = self.types[alias.name]
                                yield self._edit(alias.lineno, alias.col_offset, alias.name, new)

    # A resource -----------------------------------------------------------------------------------------

    def _resource(self, module: ast.Module, old: Resource, new: Resource) -> Iterator[_Edit]:
        is_own = f"/{old.plural}/" in f"/{self.path}"
        words = {old.singular: new.singular, old.plural: new.plural}
        aliases = {
            alias.asname or alias.name
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith(f"{self.renames.package}.{old.plural}")
            for alias in node.names
        } & {old.plural}
        place = f"{self.renames.package}.{old.plural}"
        borrowed = {
            alias.name
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom) and _is_from(node, place)
            for alias in node.names
            if "_" in alias.name and not alias.asname
        }
        for node in ast.walk(module):
            match node:
                case ast.ImportFrom(level=0):
                    if _is_from(node, place):
                        column = self.lines[node.lineno - 1].find(f".{old.plural}") + 1
                        yield _Edit(node.lineno, column, old.plural, new.plural)
                    for alias in node.names:
                        if alias.asname in aliases and (alias.asname or "") == old.plural:
                            yield self._last_word(alias, old.plural, new.plural)
                    if _is_from(node, place):
                        yield from self._imports(node, words, is_own)
                case ast.ImportFrom() if is_own:
                    yield from self._imports(node, words, is_own)
                case ast.Name(id=name) if name in borrowed and _reworded(name, words) != name:
                    yield self._at(node, name, _reworded(name, words))
                case ast.Name(id=name) if name in aliases:
                    yield self._at(node, name, new.plural)
                case ast.Name(id=name) if is_own and _reworded(name, words) != name:
                    yield self._at(node, name, _reworded(name, words))
                case ast.arg(arg=name) if is_own and _reworded(name, words) != name:
                    yield self._at(node, name, _reworded(name, words))
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if is_own:
                    yield self._word(node.lineno, name, _reworded(name, words))
                    yield from self._addresses(node, words)
                case ast.Constant(value=str() as text) if self.path.startswith("tests/"):
                    if f"/{old.path}" in text:
                        yield from self._addressed(node, old, new)
                case ast.keyword(arg=str() as name) if is_own and name.endswith("_id"):
                    yield self._edit(node.lineno, node.col_offset, name, _reworded(name, words))
                case ast.Attribute(value=ast.Name(id=owner), attr=attr):
                    is_table = owner == "tables" and is_own
                    if (is_table or owner in MAKERS) and _reworded(attr, words) != attr:
                        yield self._attribute(node, _reworded(attr, words))

    def _addressed(self, node: ast.Constant, old: Resource, new: Resource) -> Iterator[_Edit]:
        """`"/vendors/vendor_000/revisions"`, which a test asks for."""
        place = rf"[\"']/({re.escape(old.path)})(?:/({re.escape(old.prefix)})_|(?=[/?\"']))"
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            for found in re.finditer(place, self.lines[number - 1]):
                yield _Edit(number, found.start(1), old.path, new.path)
                if found[2]:
                    yield _Edit(number, found.start(2), old.prefix, new.prefix)

    def _imports(
        self, node: ast.ImportFrom, words: Mapping[str, str], is_own: bool
    ) -> Iterator[_Edit]:
        """Functions of the resource's own files, where they are imported from those."""
        for alias in node.names:
            if "_" in alias.name and _reworded(alias.name, words) != alias.name:
                new = _reworded(alias.name, words)
                yield self._edit(alias.lineno, alias.col_offset, alias.name, new)
            if is_own and alias.asname and _reworded(alias.asname, words) != alias.asname:
                yield self._last_word(alias, alias.asname, _reworded(alias.asname, words))

    def _addresses(self, node: Function, words: Mapping[str, str]) -> Iterator[_Edit]:
        """`{vendor_id}` in the address of a route, which names an argument."""
        for decorator in node.decorator_list:
            for argument in decorator.args if isinstance(decorator, ast.Call) else ():
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    line = self.lines[argument.lineno - 1]
                    for found in re.finditer(r"\{(\w+)\}", line):
                        name = _reworded(found[1], words)
                        yield _Edit(argument.lineno, found.start(1), found[1], name)

    # Places ---------------------------------------------------------------------------------------------

    def _edit(self, line: int, offset: int, old: str, new: str) -> _Edit:
        text = self.lines[line - 1]
        column = offset if text.isascii() else len(text.encode()[:offset].decode())
        return _Edit(line, column, old, new)

    def _at(self, node: ast.expr | ast.arg, old: str, new: str) -> _Edit:
        return self._edit(node.lineno, node.col_offset, old, new)

    def _attribute(self, node: ast.Attribute, new: str) -> _Edit:
        line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._edit(line, end - len(node.attr.encode()), node.attr, new)

    def _text(self, node: ast.Constant, one: Renaming) -> Iterator[_Edit]:
        if node.value == one.old:
            yield self._edit(node.lineno, node.col_offset + 1, one.old, one.new)

    def _word(self, line: int, old: str, new: str) -> _Edit:
        found = re.search(rf"\b{re.escape(old)}\b", self.lines[line - 1])
        return _Edit(line, found.start() if found else 0, old, new)

    def _last_word(self, alias: ast.alias, old: str, new: str) -> _Edit:
        line, end = alias.end_lineno or alias.lineno, alias.end_col_offset or 0
        return self._edit(line, end - len(old.encode()), old, new)


def _is_from(node: ast.ImportFrom, place: str) -> bool:
    return not node.level and f"{node.module}.".startswith(f"{place}.")


def _imported(module: ast.Module) -> set[str]:
    return {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).split(".")[-1]


def _maker(node: ast.Call) -> str:
    """The class that a call makes one of: `Product(...)`, `models.Product.model_validate(...)`."""
    parts = ast.unparse(node.func).split(".")
    if parts[-1] in ("model_validate", "model_construct") and len(parts) > 1:
        return parts[-2]
    return parts[-1]


def _is_of(annotation: ast.expr | None, owners: set[str]) -> bool:
    """Whether an annotation is one of the classes, or that or None."""
    match annotation:
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return _is_of(left, owners)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in owners
    return False


def _table(node: ast.expr) -> str:
    return ast.unparse(node).split(".")[-2]


def _plurals(owners: set[str]) -> set[str]:
    return {plural(snake(owner)) for owner in owners}


def _reworded(name: str, words: Mapping[str, str]) -> str:
    """`create_vendor` as `create_supplier`: whole words only."""
    for old, new in words.items():
        name = re.sub(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])", new, name)
    return name

"""Functions, classes and constants that a team moved into another file: what changes in them is merged there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from freehold.merge import imports, sense
from freehold.merge.blocks import Block, Item, parse
from freehold.merge.files import Merged, Tidy, merge_file
from freehold.merge.moves import alike
from freehold.unused import without_unused_imports

__all__ = ["Split", "followed", "found", "is_searched", "laid_out", "without", "without_import"]

ALIKE = 0.6  # of the lines, where no import leads from the old place to the new one


@dataclass(frozen=True, slots=True)
class Split:
    """A definition of ours that stands elsewhere now."""

    path: str
    name: str
    place: str
    there: str
    """What the team calls it in its new place."""
    is_gone: bool = False
    """Whether the spec makes it no more."""


def is_searched(base: Mapping[str, str], mine: Mapping[str, str], tree: Mapping[str, str]) -> bool:
    """Whether anything of ours that changes now is gone from its file, and may be in another one."""
    return any(True for _ in _missing(base, mine, tree))


def found(
    base: Mapping[str, str],
    mine: Mapping[str, str],
    tree: Mapping[str, str],
    others: Mapping[str, str],
) -> list[Split]:
    """What changes now and was moved: led to by an import, or found by its name and its lines."""
    files = {**others, **mine}
    splits = []
    for path, name in _missing(base, mine, tree):
        split = _imported(path, name, base, files) or _alike(path, name, base, others)
        if split is not None and name not in _definitions(tree[path]):
            is_left = _is_used(split, base, files) or not _is_led_to_or_same(split, base, files)
            split = None if is_left else replace(split, is_gone=True)
        if split is not None:
            splits.append(split)
    return splits


def _is_led_to_or_same(split: Split, base: Mapping[str, str], files: Mapping[str, str]) -> bool:
    """Whether it is beyond doubt that what is there now is what was here."""
    was, there = base[split.path], files[split.place]
    is_same = _definitions(was)[split.name].content == _definitions(there)[split.there].content
    return is_same or without_import(files[split.path], [split.name]) != files[split.path]


def _is_used(split: Split, base: Mapping[str, str], files: Mapping[str, str]) -> bool:
    """Whether the team still uses it, anywhere but in itself; attributes count by their name alone."""
    names = {split.name, split.there}
    word = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    rest = {
        split.path: without_import(files[split.path], [split.name]),
        split.place: without(files[split.place], [split.there]),
    }
    if any(word.search(text) for text in rest.values()):
        return True
    homes = {_home(split.path), _home(split.place)}
    return any(
        word.search(text) and _uses(path, text, names, homes)
        for path, text in files.items()
        if path.endswith(".py") and path not in rest and text != base.get(path)
    )


def _uses(path: str, text: str, names: set[str], homes: set[str]) -> bool:
    if parse(text) is None:
        return True
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom() if _module(node, path) in homes:
                if names & {one.name for one in node.names}:
                    return True
            case ast.Attribute(attr=attr) if attr in names:
                return True
    return False


def _home(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__")


def _missing(
    base: Mapping[str, str], mine: Mapping[str, str], tree: Mapping[str, str]
) -> Iterable[tuple[str, str]]:
    for path, new in tree.items():
        before, held = base.get(path), mine.get(path)
        if not path.endswith(".py") or before is None or held is None:
            continue
        if before in (new, held):
            continue
        if parse(held) is None:
            continue
        was, now, there = (_definitions(text) for text in (before, new, held))
        for name in was:
            is_new = name not in now or _is_other(was[name], now[name])
            if name not in there and is_new:
                yield path, name


def _is_other(was: Item, now: Item) -> bool:
    return was.content != now.content


def _imported(
    path: str, name: str, base: Mapping[str, str], files: Mapping[str, str]
) -> Split | None:
    """Where an import of the file says that the definition is."""
    for node in ast.walk(ast.parse(files[path])):
        if not isinstance(node, ast.ImportFrom):
            continue
        for one in node.names:
            if (one.asname or one.name) != name:
                continue
            module = _module(node, path)
            for place in (f"{module}.py", f"{module}/__init__.py"):
                is_there = one.name in _definitions(files.get(place, ""))
                if is_there and one.name not in _definitions(base.get(place, "")):
                    return Split(path, name, place, one.name)
    return None


def _module(node: ast.ImportFrom, path: str) -> str:
    """The file that an import reads from, without its suffix."""
    parts = list(PurePosixPath(path).parent.parts)
    above = parts[: len(parts) - node.level + 1] if node.level else []
    return "/".join([*above, *(node.module or "").split(".")]).strip("/")


def _alike(
    path: str, name: str, base: Mapping[str, str], others: Mapping[str, str]
) -> Split | None:
    """The one file of the team's own with a definition of that name and nearly those lines."""
    ours = "\n".join(_definitions(base[path])[name].lines)
    places = [
        place
        for place, text in others.items()
        if place.endswith(".py") and place not in base and name in text
        for item in (_definitions(text).get(name),)
        if item is not None and alike(ours, "\n".join(item.lines)) >= ALIKE
    ]
    return Split(path, name, places[0], name) if len(places) == 1 else None


def without(text: str, names: Iterable[str], left: str = "") -> str:
    """The module without these definitions, and without the imports that only they needed.

    Imports that are in `left` too stay: who moved the definitions did not take them away.
    """
    block, gone = parse(text), set(names)
    if block is None or not gone:
        return text
    kept = [item for item in block.items if _name(item) not in gone]
    rest = _text(Block(tuple(kept), block.tail))
    here = parse(left)
    needless = _used(text) - _used(rest) - (imports.bound(here) if here else {}).keys()
    return without_unused_imports(rest, among=needless)


def without_import(text: str, names: Iterable[str]) -> str:
    """The module without the imports of these names, which it does not use."""
    return text if parse(text) is None else without_unused_imports(text, among=set(names))


def laid_out(text: str, before: str, tidy: Tidy) -> str:
    """The text as black leaves it, if what was before was so."""
    try:
        return tidy(text) if tidy(before) == before else text
    except ValueError:
        return text


def followed(
    text: str,
    splits: Sequence[Split],
    base: Mapping[str, str],
    tree: Mapping[str, str],
    *,
    tidy: Tidy,
    own: frozenset[str],
) -> Merged:
    """The text of the place that all of `splits` are in, with what is new in them."""
    before, after = text, text
    for split in splits:
        was = _definitions(base[split.path])[split.name]
        before = _put(before, split, was)
        if split.is_gone:
            after = without(after, [split.there])
            continue
        now = _definitions(tree[split.path])[split.name]
        after = _put(after, split, now)
        after = _with_imports(after, split, tree[split.path], own)
    after = without_unused_imports(after, among=_used(before) - _used(after))
    if any(split.is_gone for split in splits):
        after = laid_out(after, text, tidy)
    return merge_file(splits[0].place, before, text, after, tidy=tidy, own=own)


def _put(text: str, split: Split, item: Item) -> str:
    """The text with another version of a definition in the place of its own."""
    block = parse(text)
    if block is None:
        return text
    head = item.head
    if split.there != split.name:
        decorators = getattr(item.node, "decorator_list", [])
        at = item.node.lineno - min([item.node.lineno, *(one.lineno for one in decorators)])
        line = re.sub(rf"\b{split.name}\b", split.there, head[at], count=1)
        head = (*head[:at], line, *head[at + 1 :])
    items = [
        (
            replace(one, lead=item.lead, head=head, body=item.body)
            if _name(one) == split.there
            else one
        )
        for one in block.items
    ]
    return _text(Block(tuple(items), block.tail))


def _with_imports(text: str, split: Split, source: str, own: frozenset[str]) -> str:
    """The text with the imports of the old place that the new version needs."""
    module, origin, block = ast.parse(text), parse(source), parse(text)
    if origin is None or block is None:
        return text
    known = imports.bound(origin)
    lacking = [known[name] for name in sense.undefined(module) if name in known]
    if PurePosixPath(split.place).parent != PurePosixPath(split.path).parent:
        lacking = [_absolute(line, split.path) for line in lacking]
    more = parse("\n".join(lacking))
    return "\n".join(imports.added(block, more, own)) + "\n" if lacking and more else text


def _absolute(line: str, path: str) -> str:
    """An import as it reads from another folder."""
    node = ast.parse(line).body[0]
    if not isinstance(node, ast.ImportFrom) or not node.level:
        return line
    module = _module(node, path).replace("/", ".")
    return ast.unparse(ast.ImportFrom(module=module, names=node.names, level=0))


def _definitions(text: str) -> dict[str, Item]:
    block = parse(text)
    items = block.items if block else ()
    return {name: item for item in items for name in (_name(item),) if name}


def _name(item: Item) -> str:
    match item.node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return item.node.name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _used(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _text(block: Block) -> str:
    return "\n".join(block.lines()).lstrip("\n") + "\n"

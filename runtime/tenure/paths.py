"""Dotted paths into a document: `payment.token`, and `lines.*.product` for every item of a list."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str, ...]
Json: TypeAlias = dict[str, Any]  # a JSON object; its leaves are whatever JSON holds


def parse(path: str) -> Path:
    """The steps of a dotted path."""
    return tuple(path.split("."))


def walk(node: object, path: Path, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """(JSON pointer, value) of everything at `path` in a model or a JSON value; nulls are left out.

    A list where the path ends stands for its items.
    """
    if node is None:
        return
    if not path:
        if isinstance(node, list | tuple | set | frozenset):
            for at, item in enumerate(node):
                yield f"{pointer}/{at}", item
        else:
            yield pointer, node
        return
    step, rest = path[0], path[1:]
    if step != "*":
        yield from walk(_child(node, step), rest, f"{pointer}/{step}")
        return
    items = node.items() if isinstance(node, Mapping) else enumerate(_items(node))
    for key, item in items:
        yield from walk(item, rest, f"{pointer}/{_escaped(key)}")


def take(document: Json, path: Path) -> dict[str, Any]:
    """Take what is at `path` out of a JSON object; pointer to value of what was there."""
    taken = {}
    for pointer, holder in list(walk_holders(document, path)):
        if path[-1] in holder:
            taken[f"{pointer}/{path[-1]}"] = holder.pop(path[-1])
    return taken


def walk_holders(document: Json, path: Path) -> Iterator[tuple[str, Json]]:
    """The JSON objects that hold the last step of `path`."""
    for pointer, holder in walk(document, path[:-1]):
        if isinstance(holder, dict):
            yield pointer, holder


def put(document: Json, pointer: str, value: object) -> None:
    """Set what a JSON pointer points at; the objects and lists on the way must be there."""
    *way, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    node: Any = document
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value


def _child(node: object, step: str) -> object:
    if isinstance(node, Mapping):
        return node.get(step)
    return getattr(node, step, None)


def _items(node: object) -> list[object]:
    return list(node) if isinstance(node, list | tuple | set | frozenset) else []


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")

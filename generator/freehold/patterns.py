"""Strings that a pattern accepts: the smallest ones first, so that samples look alike and count up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

__all__ = ["matching"]

# What a class of characters is shown by: a few that people would choose.
CATEGORIES = {
    kinds.CATEGORY_DIGIT: "0123456789",
    kinds.CATEGORY_WORD: "abcdefghijklmnopqrstuvwxyz0123456789",
    kinds.CATEGORY_SPACE: " ",
    kinds.CATEGORY_NOT_DIGIT: "abcdefghijklmnopqrstuvwxyz",
    kinds.CATEGORY_NOT_SPACE: "abcdefghijklmnopqrstuvwxyz",
    kinds.CATEGORY_NOT_WORD: "-",
}
PRINTABLE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:;/+@#"
TRIES = 4096


def matching(pattern: str, *, least: int = 0, most: int | None = None, count: int = 3) -> list[str]:
    """Up to `count` different strings that `pattern` accepts, of `least` to `most` characters.

    Fewer, or none, when the pattern is beyond this small search; the caller asks for an example then.
    """
    wanted = re.compile(pattern)
    found: list[str] = []
    for longer in (0, 1, 2, 4, 8, 16, least):
        for text in islice(_expand(list(parser.parse(pattern)), longer), TRIES):
            fits = least <= len(text) and (most is None or len(text) <= most)
            if fits and text not in found and wanted.search(text) and text.strip("0") != "":
                found.append(text)
            if len(found) == count:
                return found
    return found


def _expand(nodes: list[tuple[object, object]], longer: int) -> Iterator[str]:
    """Every text of a sequence, its last part changing fastest."""
    parts = [_texts(node, longer) for node in nodes]
    for chosen in product(*parts):
        yield "".join(chosen)


def _texts(node: tuple[object, object], longer: int) -> list[str]:
    kind, value = node
    if kind is kinds.LITERAL:
        return [chr(_number(value))]
    if kind in (kinds.IN, kinds.NOT_LITERAL, kinds.ANY):
        return list(_characters(kind, value))
    if kind is kinds.SUBPATTERN:
        return list(islice(_expand(list(_tuple(value)[-1]), longer), TRIES))
    if kind is kinds.BRANCH:
        branches = _tuple(value)[1]
        return [t for b in branches for t in islice(_expand(list(b), longer), TRIES)]
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
        return _repeated(_tuple(value), longer)
    return [""]  # anchors and boundaries take no room


def _repeated(value: tuple[int, int, list[tuple[object, object]]], longer: int) -> list[str]:
    low, high, inner = value
    times = min(max(low, longer), int(high))
    return list(islice(_expand(list(inner) * times, longer), TRIES))


def _characters(kind: object, value: object) -> str:
    if kind is kinds.ANY:
        return PRINTABLE
    if kind is kinds.NOT_LITERAL:
        return PRINTABLE.replace(chr(_number(value)), "")
    items = list(_tuple(value))
    negated = bool(items) and items[0][0] is kinds.NEGATE
    chosen = "".join(_class(name, what) for name, what in items)
    return "".join(c for c in PRINTABLE if c not in chosen) if negated else chosen


def _class(name: object, what: object) -> str:
    if name is kinds.LITERAL:
        return chr(_number(what))
    if name is kinds.RANGE:
        low, high = _tuple(what)
        return "".join(chr(code) for code in range(low, min(high, low + 255) + 1))
    if name is kinds.CATEGORY:
        return CATEGORIES.get(what, "")
    return ""


def _number(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101 - the parser's own promise
    return value


def _tuple(value: object) -> tuple:  # type: ignore[type-arg]
    return tuple(value)  # type: ignore[arg-type]

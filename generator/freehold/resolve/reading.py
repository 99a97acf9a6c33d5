"""Reads the small things of a spec, a flag or a duration, and complains in the author's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from freehold.complaints import Complaints, did_you_mean
from freehold.domain import Place
from freehold.resolve import names
from freehold.spec import Entry, Map, Node, Scalar, Seq

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
BYTES = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(ms|s|m|h|d|w)\Z")
SIZE = re.compile(r"([0-9]{1,15}) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)\Z")

Word = TypeVar("Word", bound=str)


class Reader:
    """Every method complains and gives None when what is written is not what it reads."""

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints

    def add(self, code: str, place: Place, message: str, *hints: str | None) -> None:
        self.complaints.add(code, place, message, *hints)

    def wrong(self, node: Node, wanted: str, example: str | None = None) -> None:
        self.add(
            "F023",
            node.place,
            f"{wanted}, and this is {_described(node)}",
            f"like this: {example}" if example else None,
        )

    def entries(self, node: Node | None, what: str, example: str) -> tuple[Entry, ...]:
        """What a map holds; nothing for a key without a value."""
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return ()
        if isinstance(node, Map):
            return node.entries
        self.wrong(node, f"{what} is a map", example)
        return ()

    def keys(
        self, node: Node | None, allowed: Iterable[str], what: str, example: str
    ) -> dict[str, Node]:
        """A map with known keys; a key without a value counts as absent."""
        found: dict[str, Node] = {}
        known = tuple(allowed)
        for entry in self.entries(node, what, example):
            key = entry.key.text
            if key not in known:
                self.add(
                    "F012",
                    entry.key.place,
                    f"`{key}` is not a key of {what}",
                    did_you_mean(key, known),
                )
            elif isinstance(entry.value, Scalar) and entry.value.value is None:
                self.add(
                    "F024",
                    entry.key.place,
                    f"`{key}` has no value",
                    "write one behind the colon, or leave the key out",
                )
            else:
                found[key] = entry.value
        return found

    def text(self, node: Node | None, what: str) -> str | None:
        """A text; a number or a date is one too where a text is wanted."""
        if node is None:
            return None
        if isinstance(node, Scalar) and node.value is not None:
            return node.text
        self.wrong(node, f"{what} is a text")
        return None

    def flag(self, node: Node | None, what: str) -> bool:
        if node is None:
            return False
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.wrong(node, f"{what} is `true` or `false`")
        return False

    def whole(self, node: Node | None, what: str, least: int, most: int) -> int | None:
        if node is None:
            return None
        if (
            not isinstance(node, Scalar)
            or isinstance(node.value, bool)
            or not isinstance(node.value, int)
        ):
            self.wrong(node, f"{what} is a whole number")
            return None
        if not least <= node.value <= most:
            self.add(
                "F072",
                node.place,
                f"{what} is between {least} and {most:,}, and this is {node.text}",
            )
            return None
        return node.value

    def one_of(self, node: Node | None, what: str, allowed: tuple[Word, ...]) -> Word | None:
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.wrong(node, f"{what} is one word: {', '.join(allowed)}")
            return None
        for word in allowed:
            if node.text == word:
                return word
        self.add(
            "F071",
            node.place,
            f"{what} cannot be `{node.text}`",
            did_you_mean(node.text, allowed),
            f"allowed: {', '.join(allowed)}",
        )
        return None

    def words(self, node: Node | None, what: str, example: str) -> tuple[Scalar, ...]:
        """A list of names, or one alone; each once."""
        if node is None:
            return ()
        items = node.items if isinstance(node, Seq) else (node,)
        found: dict[str, Scalar] = {}
        for item in items:
            if not isinstance(item, Scalar) or item.value is None:
                self.wrong(item, f"{what} is a list of names", example)
            elif item.text in found:
                self.add("F094", item.place, f"`{item.text}` is in this list twice")
            else:
                found[item.text] = item
        return tuple(found.values())

    def duration(self, node: Node | None, what: str) -> float | None:
        """Seconds."""
        if node is None:
            return None
        match = DURATION.match(node.text) if isinstance(node, Scalar) else None
        if match:
            return float(match[1]) * SECONDS[match[2]]
        written = node.text if isinstance(node, Scalar) else "this"
        self.add(
            "F069",
            node.place,
            f"{what} is a time span, and `{written}` is none",
            "like this: 30s, 5m, 2h or 90d",
        )
        return None

    def size(self, node: Node | None, what: str) -> int | None:
        """Bytes."""
        if node is None:
            return None
        if isinstance(node, Scalar) and type(node.value) is int and 0 < node.value < 2**50:
            return node.value
        match = SIZE.match(node.text) if isinstance(node, Scalar) else None
        if match and 0 < int(match[1]) * BYTES[match[2]] < 2**50:
            return int(match[1]) * BYTES[match[2]]
        written = node.text if isinstance(node, Scalar) else "this"
        self.add(
            "F068",
            node.place,
            f"{what} is a size, and `{written}` is none",
            "like this: 5 MiB, 20 MB, 512 KiB or a number of bytes",
        )
        return None

    def reason(self, node: Node | None, what: str) -> str | None:
        """`deprecated: true` is "", `deprecated: because` is the reason."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return "" if node.value else None
        return self.text(node, what)

    def lower(self, key: Scalar, what: str) -> bool:
        """Whether this may be the name of a field, a role, a transition."""
        return self._name(key, what, names.LOWER, names.as_lower, "lower_case letters, digits")

    def upper(self, key: Scalar, what: str) -> bool:
        """Whether this may be the name of a type."""
        return self._name(key, what, names.UPPER, names.as_upper, "a capital, then letters, digits")

    def member(self, key: Scalar, what: str) -> bool:
        return self._name(key, what, names.MEMBER, names.as_member, "letters, digits")

    def _name(
        self,
        key: Scalar,
        what: str,
        shape: re.Pattern[str],
        nearest: Callable[[str], str],
        made_of: str,
    ) -> bool:
        if len(key.text) > names.LONGEST:
            self.add(
                "F031",
                key.place,
                f"{what} is called `{key.text[:50]}`, which is {len(key.text)} characters long",
                f"a name has at most {names.LONGEST}: databases cut longer ones",
            )
            return False
        if shape.match(key.text):
            return True
        better = nearest(key.text)
        self.add(
            "F030",
            key.place,
            f"{what} cannot be called `{key.text}`",
            f"try `{better}`" if better and shape.match(better) else None,
            (
                f"a name here is made of {made_of} and single `_` between them"
                if "capital" not in made_of
                else f"a name here is {made_of}"
            ),
        )
        return False


def _described(node: Node) -> str:
    if isinstance(node, Map):
        return "a map"
    if isinstance(node, Seq):
        return "a list"
    if node.value is None:
        return "empty"
    shown = node.text if len(node.text) <= 40 else node.text[:40] + "..."
    return f"`{shown}`"

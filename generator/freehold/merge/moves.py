"""Files that a team moved: found again by what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

__all__ = ["alike", "followed"]

SHORTEST = 4  # lines; less is no evidence
SAME_NAME, OTHER_NAME = 0.5, 0.7  # of the lines, to be the same file


def followed(missing: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    """By the path that we wrote: where the file is now. `there` are files that are not ours."""
    found = []
    for path, text in missing.items():
        if len(text.splitlines()) < SHORTEST:
            continue
        name, suffix = PurePosixPath(path).name, PurePosixPath(path).suffix
        for place, held in there.items():
            if PurePosixPath(place).suffix != suffix:
                continue
            score = alike(text, held)
            is_same_name = PurePosixPath(place).name == name
            if score >= (SAME_NAME if is_same_name else OTHER_NAME):
                found.append((score + is_same_name / 100, path, place))
    result: dict[str, str] = {}
    for _, path, place in sorted(found, key=lambda one: (-one[0], one[1], one[2])):
        if path not in result and place not in result.values():
            result[path] = place
    return result


def alike(one: str, two: str) -> float:
    """The share of lines that both have; blank lines say nothing."""
    first = Counter(line.strip() for line in one.splitlines() if line.strip())
    second = Counter(line.strip() for line in two.splitlines() if line.strip())
    total = max(first.total(), second.total())
    return (first & second).total() / total if total else 0.0

"""Three-way merging of sequences: patience to see what each side did, diff3 to bring both together."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Generic, TypeVar

__all__ = ["Agreed", "Clash", "merge3", "pairs", "strays"]

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Agreed(Generic[T]):
    """Lines that go into the result as they are."""

    lines: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Clash(Generic[T]):
    """Lines that both sides changed, each in its own way."""

    mine: tuple[T, ...]
    base: tuple[T, ...]
    new: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class _Edit:
    """`base[start:end]` became `side[first:last]`."""

    start: int
    end: int
    first: int
    last: int


def pairs(one: Sequence[T], two: Sequence[T]) -> list[tuple[int, int]]:
    """What stayed, as places in both, in order.

    Lines that occur once on both sides are the anchors, because the braces and blank lines around
    them would match anywhere; between anchors the longest common run decides.
    """
    found: list[tuple[int, int]] = []
    _between(one, two, (0, len(one)), (0, len(two)), found)
    return found


def _between(
    one: Sequence[T],
    two: Sequence[T],
    of_one: tuple[int, int],
    of_two: tuple[int, int],
    found: list[tuple[int, int]],
) -> None:
    (a, b), (c, d) = of_one, of_two
    while a < b and c < d and one[a] == two[c]:
        found.append((a, c))
        a, c = a + 1, c + 1
    tail: list[tuple[int, int]] = []
    while a < b and c < d and one[b - 1] == two[d - 1]:
        b, d = b - 1, d - 1
        tail.append((b, d))
    if a < b and c < d:
        anchors = _anchors(one, two, (a, b), (c, d))
        if anchors:
            for i, j in anchors:
                _between(one, two, (a, i), (c, j), found)
                found.append((i, j))
                a, c = i + 1, j + 1
            _between(one, two, (a, b), (c, d), found)
        else:
            matcher = SequenceMatcher(None, one[a:b], two[c:d], autojunk=False)
            for i, j, size in matcher.get_matching_blocks():
                found += [(a + i + k, c + j + k) for k in range(size)]
    found += reversed(tail)


def _anchors(
    one: Sequence[T], two: Sequence[T], of_one: tuple[int, int], of_two: tuple[int, int]
) -> list[tuple[int, int]]:
    """The longest rising run of lines that are unique on both sides."""
    left, right = one[slice(*of_one)], two[slice(*of_two)]
    in_left, in_right = Counter(left), Counter(right)
    places = {line: j for j, line in enumerate(right) if in_right[line] == 1}
    both = [
        (of_one[0] + i, of_two[0] + places[line])
        for i, line in enumerate(left)
        if in_left[line] == 1 and line in places
    ]
    ends: list[int] = []
    at: list[int] = []
    before: list[int | None] = []
    for number, (_, j) in enumerate(both):
        k = bisect_left(ends, j)
        before.append(at[k - 1] if k else None)
        if k == len(ends):
            ends.append(j)
            at.append(number)
        else:
            ends[k] = j
            at[k] = number
    run: list[tuple[int, int]] = []
    step = at[-1] if at else None
    while step is not None:
        run.append(both[step])
        step = before[step]
    return run[::-1]


def merge3(
    base: Sequence[T], mine: Sequence[T], new: Sequence[T], *, touching: bool
) -> list[Agreed[T] | Clash[T]]:
    """Both sides' changes to `base`; `touching` lets a change begin where one of the other ends."""
    edits = sorted(
        [(edit, True) for edit in _edits(base, mine)]
        + [(edit, False) for edit in _edits(base, new)],
        key=lambda pair: (pair[0].start, pair[0].end),
    )
    result: list[Agreed[T] | Clash[T]] = []
    done = 0
    while edits:
        group = [edits.pop(0)]
        start, end = group[0][0].start, group[0][0].end
        while edits and _meets(edits[0], group, end, touching):
            group.append(edits.pop(0))
            end = max(end, group[-1][0].end)
        result.append(Agreed(tuple(base[done:start])))
        left = _side(base, mine, [edit for edit, is_mine in group if is_mine], start, end)
        right = _side(base, new, [edit for edit, is_mine in group if not is_mine], start, end)
        old = tuple(base[start:end])
        if left == right or right == old:
            result.append(Agreed(left))
        elif left == old:
            result.append(Agreed(right))
        else:
            result.append(Clash(left, old, right))
        done = end
    result.append(Agreed(tuple(base[done:])))
    return result


def strays(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> bool:
    """Whether a remark would end up above something else than it stands above.

    It does where the new text puts other lines before the one that the remark is about, and
    changes that one too: then nothing that stayed tells which line it is.
    """
    theirs = {edit.start: edit for edit in _edits(base, new)}
    for edit in _edits(base, mine):
        other = theirs.get(edit.start)
        if edit.start < edit.end or other is None or other.start == other.end:
            continue
        is_remark = mine[edit.last - 1].lstrip().startswith("#")
        if is_remark and other.end - other.start != other.last - other.first:
            return True
    return False


def _edits(base: Sequence[T], side: Sequence[T]) -> list[_Edit]:
    edits = []
    i = j = 0
    for a, b in [*pairs(base, side), (len(base), len(side))]:
        if i < a or j < b:
            edits.append(_Edit(i, a, j, b))
        i, j = a + 1, b + 1
    return edits


def _meets(
    following: tuple[_Edit, bool], group: list[tuple[_Edit, bool]], end: int, touching: bool
) -> bool:
    edit, is_mine = following
    others = [one for one, its in group if its is not is_mine]
    if edit.start < end:
        return True
    if not others or edit.start > end:
        return False
    if not touching:
        return True
    # Two insertions at one place: nothing says which comes first.
    return any(one.start == one.end == edit.start == edit.end for one in others)


def _side(
    base: Sequence[T], side: Sequence[T], edits: list[_Edit], start: int, end: int
) -> tuple[T, ...]:
    lines: list[T] = []
    done = start
    for edit in edits:
        lines += base[done : edit.start]
        lines += side[edit.first : edit.last]
        done = edit.end
    lines += base[done:end]
    return tuple(lines)

"""Merging lists of named things: what is a version of what, which stay, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from freehold.merge.lines import pairs

__all__ = ["Both", "DisagreeError", "Part", "align", "merge_parts"]


class Part(Protocol):
    """A member of something: a statement of a block, an argument of a call, a key of a dict."""

    @property
    def key(self) -> str:
        """What it is called, or what it says where it has no name."""

    @property
    def is_named(self) -> bool:
        """Whether the key is a name that it keeps when it changes."""

    @property
    def content(self) -> str:
        """What it says, whatever its layout."""

    @property
    def like(self) -> str:
        """Parts that are alike may be versions of one another though their keys differ."""


P = TypeVar("P", bound=Part)


class DisagreeError(Exception):
    """Both sides changed the same thing in different ways."""


@dataclass(frozen=True, slots=True)
class Both(Generic[P]):
    """The three versions of one part; None where a side does not have it."""

    base: P | None
    mine: P | None
    new: P | None


def align(base: Sequence[P], side: Sequence[P]) -> dict[int, int]:
    """Places in `side` by places in `base`: which part became which."""
    found: dict[int, int] = {}
    in_base, in_side = Counter(p.key for p in base), Counter(p.key for p in side)
    places = {part.key: j for j, part in enumerate(side)}
    for i, part in enumerate(base):
        if in_base[part.key] == in_side[part.key] == 1:
            found[i] = places[part.key]
    left = [i for i in range(len(base)) if i not in found]
    right = [j for j in range(len(side)) if j not in found.values()]
    for a, b in pairs([base[i].key for i in left], [side[j].key for j in right]):
        found[left[a]] = right[b]
    _by_place(base, side, found)
    return found


def _by_place(base: Sequence[P], side: Sequence[P], found: dict[int, int]) -> None:
    """Pair what is left where its neighbours say that one became the other."""
    back = {j: i for i, j in found.items()}
    gaps: dict[int, tuple[list[int], list[int]]] = {}
    last = -1
    for i in range(len(base)):
        if i in found:
            last = i
        else:
            gaps.setdefault(last, ([], []))[0].append(i)
    last = -1
    for j in range(len(side)):
        if j in back:
            last = back[j]
        else:
            gaps.setdefault(last, ([], []))[1].append(j)
    for left, right in gaps.values():
        left = [i for i in left if not base[i].is_named]
        right = [j for j in right if not side[j].is_named]
        for i in list(left):
            for j in right:
                if base[i].like == side[j].like:
                    found[i] = j
                    left.remove(i)
                    right.remove(j)
                    break
        if len(left) == len(right) == 1:
            found[left[0]] = right[0]


Entity = tuple[int | None, int | None, int | None]


def merge_parts(
    base: Sequence[P],
    mine: Sequence[P],
    new: Sequence[P],
    aligned: Callable[[Sequence[P], Sequence[P]], dict[int, int]] = align,
) -> list[Both[P]]:
    """Every part that either side still has, in the order of the result.

    What one side removed and the other left alone is gone; what one side removed and the other
    changed is there with None for the side that removed it.
    """
    to_mine, to_new = aligned(base, mine), aligned(base, new)
    fresh_mine = [j for j in range(len(mine)) if j not in to_mine.values()]
    fresh_new = [k for k in range(len(new)) if k not in to_new.values()]
    twins = _twins(mine, new, fresh_mine, fresh_new)
    entities: list[Entity] = [(i, to_mine.get(i), to_new.get(i)) for i in range(len(base))]
    entities += [(None, j, twins.get(j)) for j in fresh_mine]
    entities += [(None, None, k) for k in fresh_new if k not in twins.values()]
    _refuse_rivals(base, mine, new, entities)
    alive = {e for e in entities if _lives(e, base, mine, new)}
    return [
        Both(
            None if i is None else base[i],
            None if j is None else mine[j],
            None if k is None else new[k],
        )
        for i, j, k in _ordered(entities, alive)
    ]


def _twins(
    mine: Sequence[P], new: Sequence[P], fresh_mine: list[int], fresh_new: list[int]
) -> dict[int, int]:
    """What both sides added under one name."""
    found: dict[int, int] = {}
    taken: set[int] = set()
    for j in fresh_mine:
        for k in fresh_new:
            if k not in taken and mine[j].key == new[k].key:
                found[j] = k
                taken.add(k)
                break
    return found


def _lives(entity: Entity, base: Sequence[P], mine: Sequence[P], new: Sequence[P]) -> bool:
    i, j, k = entity
    if i is None:
        return True
    if j is None and k is None:
        return False
    if j is None:
        return k is not None and new[k].content != base[i].content
    if k is None:
        return mine[j].content != base[i].content
    return True


def _refuse_rivals(
    base: Sequence[P], mine: Sequence[P], new: Sequence[P], entities: list[Entity]
) -> None:
    """Refuse where both sides removed a nameless part and each put another in its place."""
    gone = [i for i, j, k in entities if i is not None and j is None and k is None]
    if not any(not base[i].is_named for i in gone):
        return
    by_mine = [j for i, j, k in entities if i is None and j is not None and k is None]
    by_new = [k for i, j, k in entities if i is None and j is None and k is not None]
    if any(not mine[j].is_named for j in by_mine) and any(not new[k].is_named for k in by_new):
        raise DisagreeError


def _ordered(entities: list[Entity], alive: set[Entity]) -> list[Entity]:
    """In the team's order, unless only the generated side changed it; additions behind what they followed."""
    of_mine = sorted((e for e in entities if e[1] is not None), key=lambda e: e[1] or 0)
    of_new = sorted((e for e in entities if e[2] is not None), key=lambda e: e[2] or 0)
    common = [e for e in entities if None not in e]
    mine_moved = [e for e in of_mine if None not in e] != common
    new_moved = [e for e in of_new if None not in e] != common
    backbone, other = (of_new, of_mine) if new_moved and not mine_moved else (of_mine, of_new)
    result = list(backbone)
    placed = set(backbone)
    before: Entity | None = None
    for entity in other:
        if entity not in placed:
            if before is None:
                result.insert(_start(result, other, entity), entity)
            elif backbone is of_new:
                # The team's own come behind what the spec put at the same place.
                place = result.index(before) + 1
                while place < len(result) and result[place][0] is None and result[place][1] is None:
                    place += 1
                result.insert(place, entity)
            else:
                left = _left_by(before, entity, of_mine, of_new)
                result.insert(result.index(left or before) + 1, entity)
            placed.add(entity)
        before = entity
    return [entity for entity in result if entity in alive]


def _left_by(
    before: Entity, entity: Entity, of_mine: list[Entity], of_new: list[Entity]
) -> Entity | None:
    """What stands now where `before` stood, when the team took that away from what is added behind it.

    What is added stays where it is then: in front of what follows it, or at the end.
    """
    if None in before:
        return None
    mine, new = ([one for one in side if None not in one] for side in (of_mine, of_new))
    behind = of_new[of_new.index(entity) :]
    follower = next((one for one in behind if None not in one), None)
    at = mine.index(follower) if follower is not None else len(mine)
    place = new.index(before)
    there = mine[at - 1] if at else None
    was_behind = new[place - 1] if place else None
    return there if there != before and there == was_behind else None


def _start(result: list[Entity], other: list[Entity], entity: Entity) -> int:
    """Before what follows it, for a part that nothing precedes."""
    for following in other[other.index(entity) + 1 :]:
        if following in result:
            return result.index(following)
    return 0

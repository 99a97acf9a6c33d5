"""Two branches that both generated: their edits, out of git, merged onto what the merged spec asks for."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from freehold import disk
from freehold.merge import Change, Kind, Terms, merge
from freehold.plan import Keep, Output

__all__ = ["Branch", "NoMergeError", "joined", "merging"]

SIDES = ("HEAD", "MERGE_HEAD")


class NoMergeError(Exception):
    """Git is not in the middle of a merge here; the message says so."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What one side of the merge had: its files, and what we wrote last for each."""

    mine: Mapping[str, str]
    base: Mapping[str, str]


def merging(root: Path) -> tuple[Branch, Branch]:
    """Both sides of the merge that git is in; NoMergeError when it is in none."""
    ours, theirs = (_branch(root, side) for side in SIDES)
    return ours, theirs


def joined(
    outputs: Sequence[Output],
    tree: Mapping[str, str],
    sides: tuple[Branch, Branch],
    there: Mapping[str, str],
    terms: Terms,
) -> list[Change]:
    """Each side's edits onto the new text, then both results onto one another.

    What both branches edited in the same way is the same difference from the new text, so it is
    there once. `there` is what the work tree holds, where git has merged what is the team's alone.
    """
    mine, theirs = (
        {change.path: change for change in merge(outputs, tree, side.mine, side.base, terms)}
        for side in sides
    )
    known = {**sides[0].base, **sides[1].base}
    changes = []
    for output in outputs:
        one, two = mine.get(output.path), theirs.get(output.path)
        if one is None or two is None or output.keep is Keep.YOURS:
            held = there.get(output.path, tree[output.path])
            kind = Kind.KEPT if output.path in there or output.path in known else Kind.CREATE
            changes.append(Change(output.path, kind, held))
            continue
        is_gone = [output.path in side.base and output.path not in side.mine for side in sides]
        if any(is_gone):
            changes.append(Change(output.path, Kind.KEPT, tree[output.path]))
            continue
        texts = _text(one, tree), _text(two, tree)
        conflict = one if one.kind is Kind.CONFLICT else two if two.kind is Kind.CONFLICT else None
        if conflict is not None:
            changes.append(conflict)
            continue
        both = merge([output], {output.path: texts[1]}, {output.path: texts[0]}, tree, terms)
        changes.append(both[0])
    return changes


def _text(change: Change, tree: Mapping[str, str]) -> str:
    return tree[change.path] if change.kind is Kind.CREATE else change.text


def _branch(root: Path, side: str) -> Branch:
    """The project as it is in a commit, read without touching the work tree."""
    done = subprocess.run(  # noqa: S603
        ["git", "archive", "--format=tar", side, "."],  # noqa: S607
        cwd=root,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise NoMergeError(
            "git is not in the middle of a merge here; call this between `git merge` and the commit"
        )
    mine: dict[str, str] = {}
    base: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive:
            opened = archive.extractfile(member) if member.isfile() else None
            if opened is None:
                continue
            name = member.name.removeprefix("./")
            text = disk.plain(opened.read().decode("utf-8", "surrogateescape"))
            if name.startswith(f"{disk.BASE}/") and name.endswith(disk.SUFFIX):
                base[name.removeprefix(f"{disk.BASE}/").removesuffix(disk.SUFFIX)] = text
            elif not name.startswith(f"{disk.STATE}/"):
                mine[name] = text
    return Branch(mine, base)

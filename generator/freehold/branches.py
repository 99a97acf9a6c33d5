"""Two branches that both generated: their edits, out of git, merged onto what the merged spec asks for."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from freehold import disk, renaming
from freehold.complaints import SpecError
from freehold.domain import Domain
from freehold.merge import Change, Kind, Terms, merge
from freehold.merge.replay import Renames
from freehold.plan import Keep, Output
from freehold.resolve import resolve
from freehold.spec import parse_instead

__all__ = ["Branch", "NoMergeError", "joined", "left_over", "merging", "renamed"]

SIDES = ("HEAD", "MERGE_HEAD")


class NoMergeError(Exception):
    """Git is not in the middle of a merge here; the message says so."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What one side of the merge had: its files, and what we wrote last for each."""

    mine: Mapping[str, str]
    base: Mapping[str, str]
    spec: Mapping[str, str]
    """The spec that it generated from and what that includes, by name."""


def merging(root: Path) -> tuple[Branch, Branch]:
    """Both sides of the merge that git is in; NoMergeError when it is in none."""
    ours, theirs = (_branch(root, side) for side in SIDES)
    return ours, theirs


def joined(
    outputs: Sequence[Output],
    tree: Mapping[str, str],
    sides: Sequence[Branch],
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
    changes = []
    for output in outputs:
        one, two = mine.get(output.path), theirs.get(output.path)
        is_gone = any(output.path in side.base and output.path not in side.mine for side in sides)
        if is_gone and output.path not in there:
            changes.append(Change(output.path, Kind.KEPT, tree[output.path]))
            continue
        if one is None or two is None or output.keep is Keep.YOURS:
            changes.append(_owned(output.path, sides, there, tree))
            continue
        texts = _text(one, tree), _text(two, tree)
        conflict = one if one.kind is Kind.CONFLICT else two if two.kind is Kind.CONFLICT else None
        if conflict is not None:
            changes.append(conflict)
            continue
        both = merge([output], {output.path: texts[1]}, {output.path: texts[0]}, tree, terms)
        changes.append(_put_back(both[0], there))
    return changes


def _owned(
    path: str, sides: Sequence[Branch], there: Mapping[str, str], tree: Mapping[str, str]
) -> Change:
    """What is the team's alone: as git has merged it, else as the branch has it that has it."""
    if path in there:
        return Change(path, Kind.KEPT, there[path])
    texts = [side.mine[path] for side in sides if path in side.mine]
    return Change(path, Kind.CREATE, texts[0] if texts else tree[path])


def _put_back(change: Change, there: Mapping[str, str]) -> Change:
    """A file that git took away with its resource, which is in the merged spec after all."""
    is_quiet = change.kind in (Kind.UNCHANGED, Kind.KEPT)
    return replace(change, kind=Kind.CREATE) if is_quiet and change.path not in there else change


def left_over(
    outputs: Sequence[Output],
    sides: Iterable[Branch],
    there: Mapping[str, str],
    found: Renames,
) -> list[Change]:
    """What a side generated and nothing makes any more: gone, unless an edit is nowhere else.

    `sides` are as git has them, so that what git left at the old place of a renamed resource goes.
    """
    known = {output.path: output.keep for output in outputs}
    folders = renaming.paths(found)
    bases = [side.base for side in sides]
    changes = []
    for path in sorted({path for base in bases for path in base} - known.keys()):
        if path not in there:
            continue
        is_ours = any(there[path] == base.get(path) for base in bases)
        is_merged = known.get(renaming.moved(path, folders)) is Keep.MERGED
        kind = Kind.DELETE if is_ours or is_merged else Kind.ORPHAN
        changes.append(Change(path, kind, there[path]))
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
    spec: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive:
            opened = archive.extractfile(member) if member.isfile() else None
            if opened is None:
                continue
            name = member.name.removeprefix("./")
            text = disk.plain(opened.read().decode("utf-8", "surrogateescape"))
            if name.startswith(f"{disk.BASE}/") and name.endswith(disk.SUFFIX):
                base[name.removeprefix(f"{disk.BASE}/").removesuffix(disk.SUFFIX)] = text
            elif name.startswith(f"{disk.BASE}/"):
                spec[name.removeprefix(f"{disk.BASE}/")] = text
            elif not name.startswith(f"{disk.STATE}/"):
                mine[name] = text
    return Branch(mine, base, spec)


def renamed(
    sides: Iterable[Branch], domain: Domain, known: Mapping[str, Keep], tree: Mapping[str, str]
) -> tuple[tuple[Branch, ...], Renames]:
    """Each side with what the merged spec renames and it did not, yet; and all of those renames."""
    result = []
    every: list[Renames] = []
    for side in sides:
        last = _domain(side)
        found = renaming.renames(last, domain) if last is not None else None
        if last is None or not found:
            result.append(side)
            continue
        own = {path: text for path, text in side.mine.items() if path not in side.base}
        held = disk.Held(side.mine, side.base)
        carried = renaming.replayed_on(own, found, held, known, tree)
        result.append(replace(side, mine=carried.held.mine, base=carried.held.base))
        every.append(found)
    return tuple(result), _all(domain.name, every)


def _all(package: str, found: Sequence[Renames]) -> Renames:
    return Renames(
        package,
        tuple(dict.fromkeys(one for renames in found for one in renames.fields)),
        tuple(dict.fromkeys(one for renames in found for one in renames.members)),
        {old: new for renames in found for old, new in (renames.types or {}).items()},
        tuple(one for renames in found for one in renames.resources),
        tuple(dict.fromkeys(one for renames in found for one in renames.tags)),
    )


def _domain(side: Branch) -> Domain | None:
    """What a side was told when it last generated; None where that cannot be read any more."""
    folder = Path(disk.BASE)
    texts = {folder / name: text for name, text in side.spec.items()}
    try:
        return resolve(parse_instead(folder / "spec.yaml", texts)) if side.spec else None
    except SpecError:
        return None

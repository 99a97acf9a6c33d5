"""A project and its spec: what generating would do, decided here, and the doing of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Literal

from freehold import __version__, apply, branches, disk, renaming
from freehold.branches import Branch
from freehold.complaints import SpecError
from freehold.domain import Domain
from freehold.merge import Change, Kind, Note, Terms, markers, merge, moves, sense, splits
from freehold.merge.replay import Renames, uses
from freehold.plan import Keep, Output, plan
from freehold.renaming import Carried
from freehold.resolve import resolve
from freehold.spec import parse

__all__ = ["EJECTED", "WRITTEN", "Settle", "Work", "carry_out", "decide", "moved", "sources"]

WRITTEN = (Kind.CREATE, Kind.UPDATE, Kind.MERGE)
EJECTED = f"{disk.STATE}/ejected"
Settle = Literal["abort", "markers", "generated"]
"""What becomes of conflicts: nothing is written, markers are, or the generated side wins."""
# Not committed: it vouches for the base of this checkout, see `_voucher`.
VOUCHER = "rendered"


@dataclass(frozen=True, slots=True)
class Work:
    """What generating would do to the project in `root`; nothing of it is done yet."""

    root: Path
    domain: Domain
    whose: Mapping[str, Keep]
    changes: tuple[Change, ...]
    held: disk.Held
    texts: Mapping[str, str]
    """Every file that shall hold something: the project's, then ours below `.freehold`."""
    local: Mapping[str, str]
    """What only this checkout wants to know; whether it is there is nobody else's business."""
    gone: tuple[str, ...]
    """Files of ours that nothing needs any more."""

    notes: tuple[Note, ...] = ()
    """What merges and may not make sense any more."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where files were before their resource got another name."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Where files are that the team moved."""
    recovered: str | None = None
    """What was brought to an end that an earlier run left half done."""
    settle: Settle = "abort"

    @property
    def is_first(self) -> bool:
        """Whether nothing has been generated here before."""
        return not self.held.base

    @property
    def conflicts(self) -> list[Change]:
        """What only a person can decide; while there is any, nothing is written."""
        return [change for change in self.changes if change.kind is Kind.CONFLICT]


def sources(domain: Domain) -> dict[str, str]:
    """The spec and what it includes: name as seen from the spec's folder, and text."""
    folder = domain.files[0].resolve().parent
    texts = {}
    for file in domain.files:
        name = file.resolve().relative_to(folder).as_posix()
        texts[name] = disk.text_of(file).removeprefix("\ufeff")
    return texts


def moved(domain: Domain, root: Path) -> Domain:
    """The same domain, as if its spec lay in `root` under the project's name."""
    first, *rest = sources(domain)
    names = [f"{domain.name}{PurePosixPath(first).suffix or '.yaml'}", *rest]
    return replace(domain, files=tuple(root / name for name in names))


def decide(
    root: Path,
    domain: Domain,
    spec: Mapping[str, str],
    also: Mapping[str, str] | None = None,
    settle: Settle = "abort",
    is_merging: bool = False,
) -> Work:
    """Render everything and compare it with what is there. Writes nothing.

    `spec` is the text of the spec and what it includes; `also` are more files to write. With
    `is_merging`, what each branch of a git merge had counts, and not what git made of it.
    """
    recovered = apply.recover(root)
    ejected = set((disk.text_at(root / EJECTED) or "").splitlines())
    outputs = [
        replace(output, keep=Keep.YOURS) if output.path in ejected else output
        for output in plan(domain)
    ]
    raw = branches.merging(root) if is_merging else ()
    known = [path for side in raw for path in side.base]
    held = disk.read(root, [*(output.path for output in outputs), *known])
    last = _last(root) if _has_news(root, spec) and not is_merging else domain
    tree = _rendered(root, domain, spec, outputs, held.base, last)
    if last is not None:
        renaming.unsaid(last, domain, spec, domain.files[0].parent)
    whose = {output.path: output.keep for output in outputs}
    found = renaming.renames(last, domain) if last is not None else Renames(domain.name)
    sides: tuple[Branch, ...] = ()
    if is_merging:
        sides, found = branches.renamed(raw, domain, whose, tree)
    carried = renaming.carried(root, found, held, whose, tree)
    present, terms = _terms(root, domain, last, tree, carried)
    if is_merging:
        changed = branches.joined(outputs, tree, sides, present.mine, terms)
        changed += branches.left_over(outputs, raw, held.mine, found)
    else:
        changed = merge(outputs, tree, present.mine, present.base, terms)
    changes = [_told(_settled(change, settle, tree), held.mine, tree) for change in changed]
    seen = {p: text for p, text in terms.others.items() if p not in carried.texts}
    seen |= {**carried.seen, **held.mine, **{p: present.mine[p] for p in terms.moved.values()}}
    lost = renaming.removed(last, domain) if last is not None else Renames(domain.name)
    return Work(
        root=root,
        domain=domain,
        whose=whose,
        changes=tuple(changes),
        held=replace(held, mine=seen),
        texts=_written(domain, spec, changes, tree, settle, {**(also or {}), **carried.texts}),
        local={f"{disk.STATE}/{VOUCHER}": _voucher(tree)},
        gone=_gone(changes, held.base.keys() - tree.keys(), carried),
        notes=(*carried.notes, *_notes(root, changes, present, tree, carried, terms.others, lost)),
        origins=carried.origins,
        moved={**terms.moved, **_split(tree, present, terms)},
        recovered=recovered,
        settle=settle,
    )


def _written(
    domain: Domain,
    spec: Mapping[str, str],
    changes: Sequence[Change],
    tree: Mapping[str, str],
    settle: Settle,
    also: Mapping[str, str],
) -> dict[str, str]:
    """Every text that the run leaves behind: the project's, and our own base and state."""
    shown = (*WRITTEN, Kind.CONFLICT) if settle == "markers" else WRITTEN
    texts = dict(also)
    texts |= {c.path: c.text for c in changes if c.kind in shown or c.origin}
    texts |= {f"{disk.BASE}/{path}{disk.SUFFIX}": text for path, text in tree.items()}
    return texts | {f"{disk.STATE}/{path}": text for path, text in _state(domain, spec).items()}


def _gone(changes: Sequence[Change], stale: AbstractSet[str], carried: Carried) -> tuple[str, ...]:
    """Every path that the run takes away; `stale` are those of the base that nothing renders any more."""
    deleted = [change.path for change in changes if change.kind is Kind.DELETE]
    base = [f"{disk.BASE}/{path}{disk.SUFFIX}" for path in sorted(stale)]
    return *deleted, *carried.gone, *carried.origins.values(), *base


def _told(change: Change, there: Mapping[str, str], tree: Mapping[str, str]) -> Change:
    """A file that only a rename reaches is written too."""
    is_quiet = change.kind in (Kind.UNCHANGED, Kind.KEPT)
    if is_quiet and there.get(change.path, change.text) != change.text:
        is_ours = change.text == tree.get(change.path)
        return replace(change, kind=Kind.UPDATE if is_ours else Kind.MERGE)
    return change


def _has_news(root: Path, spec: Mapping[str, str]) -> bool:
    """Whether the spec is another one than that of the last run."""
    first, *rest = spec
    texts = {"base/spec.yaml": spec[first], **{f"base/{name}": spec[name] for name in rest}}
    return disk.held(root, texts) != texts


def _terms(
    root: Path,
    domain: Domain,
    last: Domain | None,
    tree: Mapping[str, str],
    carried: Carried,
) -> tuple[disk.Held, Terms]:
    """What merging has to know besides the texts; what is there with the files that the team moved."""
    held = carried.held
    missing = {path: held.base[path] for path in held.base if path not in held.mine}
    missing = {path: text for path, text in missing.items() if path in tree}
    moved: dict[str, str] = {}
    if missing:
        suffixes = {PurePosixPath(path).suffix for path in missing}
        there = disk.others(root, [*tree, *held.base], suffixes)
        moved = moves.followed(missing, there)
        held = disk.Held({**held.mine, **{p: there[p] for p in moved.values()}}, held.base)
    others: dict[str, str] = {}
    if splits.is_searched(held.base, held.mine, tree):
        others = disk.others(root, [*tree, *held.base, *carried.gone], {".py"})
        others |= {path: text for path, text in carried.texts.items() if path.endswith(".py")}
    was: dict[str, Keep] = {}
    if held.base.keys() - tree.keys():
        was = {output.path: output.keep for output in plan(last)} if last else {}
    own = frozenset({domain.name, "tests"})
    return held, Terms(_tidy, own, was, moved, carried.origins, others)


def _split(tree: Mapping[str, str], held: disk.Held, terms: Terms) -> dict[str, str]:
    """What the team moved out of its file, in words, and the file that it is in now."""
    found = splits.found(held.base, held.mine, tree, terms.others)
    return {f"`{split.name}` of {split.path}": split.place for split in found}


def _tidy(text: str) -> str:
    """Black, which is imported only where something is merged."""
    from freehold.render import tidy

    return tidy(text)


def _settled(change: Change, settle: Settle, tree: Mapping[str, str]) -> Change:
    """A conflict that is not one when the generated side wins."""
    if change.kind is not Kind.CONFLICT or settle != "generated":
        return change
    text = markers.settled(change.text, "new")
    return replace(
        change, kind=Kind.MERGE, text=tree[change.path] if markers.has_markers(text) else text
    )


def _notes(
    root: Path,
    changes: Sequence[Change],
    held: disk.Held,
    tree: Mapping[str, str],
    carried: Carried,
    others: Mapping[str, str],
    lost: Renames,
) -> tuple[Note, ...]:
    """What merged, or was left alone, and may not make sense any more.

    `lost` is what the spec had and has no more.
    """
    notes: list[Note] = []
    gone: dict[str, set[str]] = {}
    edited: dict[str, str] = {}
    for change in changes:
        before = held.base.get(change.path)
        if not change.path.endswith(".py") or change.kind is Kind.UNCHANGED:
            continue
        if change.kind is Kind.MERGE:
            there = held.mine.get(change.path, others.get(change.path))
            notes += sense.doubts(change.path, change.text, there)
        if before is None:
            continue
        if change.kind is Kind.KEPT and change.path in held.mine:
            notes += sense.lacking(change.path, before, tree[change.path], change.text)
        if change.kind in (Kind.MERGE, Kind.KEPT):
            edited[change.path] = change.text
        if change.kind in (Kind.MERGE, Kind.UPDATE, Kind.DELETE):
            names = sense.public(held.mine.get(change.path, before)) - sense.public(change.text)
            if names:
                gone.setdefault(_module(change.path), set()).update(names)
            if change.kind is Kind.DELETE:
                package, _, name = _module(change.path).rpartition(".")
                gone.setdefault(package, set()).add(name)
    if gone or lost:
        known = [*tree, *held.base, *carried.origins.values(), *carried.gone]
        edited |= disk.others(root, known, {".py"})
        edited |= {path: text for path, text in carried.texts.items() if path.endswith(".py")}
        edited |= {c.path: c.text for c in changes if c.kind is Kind.MERGE and c.path in edited}
        for path, text in edited.items():
            notes += sense.gone_names(path, text, _module(path).rpartition(".")[0], gone)
            # A validator was told of at its `def`, and is found again at its decorator.
            said = {note.line - up for note in notes if note.path == path for up in (0, 1)}
            found = uses(path, text, tree.get(path), lost)
            notes += [note for note in found if note.line not in said]
    return tuple(dict.fromkeys(notes))


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _rendered(
    root: Path,
    domain: Domain,
    spec: Mapping[str, str],
    outputs: Sequence[Output],
    base: Mapping[str, str],
    before: Domain | None,
) -> Mapping[str, str]:
    """The tree, as far as possible out of the base: what the last run wrote, if nothing is new since."""
    state = _state(domain, spec)
    last = disk.held(root, [*state, VOUCHER])
    trusted = last.pop(VOUCHER) == _voucher(base) and last["lock.yaml"] == state["lock.yaml"]
    if trusted and last == state and base.keys() == {output.path for output in outputs}:
        return base
    from freehold.render import Before, render  # black and Jinja, which nothing else waits for

    if not trusted or before is None:
        return render(domain, outputs)
    before = replace(before, files=domain.files)
    return render(domain, outputs, Before(before, plan(before), base))


def _voucher(tree: Mapping[str, str]) -> str:
    """That this generator made this tree.

    A base that git merged, that somebody edited, or that older templates made has none, and is
    rendered again.
    """
    digest = hashlib.sha256()
    for path, text in sorted(tree.items()):
        digest.update(f"{path}\0{text}\0".encode("utf-8", "surrogateescape"))
    return f"{disk.sources_digest()}\n{digest.hexdigest()}\n"


def _last(root: Path) -> Domain | None:
    """What the last run was told; None before the first, and when it cannot be read any more."""
    path = root / disk.BASE / "spec.yaml"
    try:
        return resolve(parse(path)) if path.is_file() else None
    except SpecError:
        return None


def carry_out(work: Work) -> list[str]:
    """Write it; the paths of the project's files that were written. RefusedError when it cannot."""
    wanted = apply.Write(
        work.texts, work.gone, work.held.mine, work.origins, work.is_first, work.local
    )
    written = apply.write(work.root, wanted)
    return [path for path in written if not path.startswith(f"{disk.STATE}/")]


def _state(domain: Domain, spec: Mapping[str, str]) -> dict[str, str]:
    """What the next run wants to know of this one, and what editors complete from."""
    from freehold.spec_schema import spec_schema_text

    first, *rest = spec
    return {
        "lock.yaml": _lock(first),
        "base/spec.yaml": spec[first],
        **{f"base/{name}": spec[name] for name in rest},
        "spec.schema.json": spec_schema_text(domain),
    }


def _lock(spec: str) -> str:
    """Names and versions only: no date and no hash, so that branches do not collide in it."""
    return (
        f"file: {spec}\n"
        f"freehold: {__version__}\n"
        "spec: 1\n"
        f"black: {version('black')}\n"
        f"datamodel-code-generator: {version('datamodel-code-generator')}\n"
    )

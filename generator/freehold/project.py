"""A project and its spec: what generating would do, decided here, and the doing of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from freehold import __version__, disk
from freehold.complaints import SpecError
from freehold.domain import Domain
from freehold.merge import Change, Kind, merge
from freehold.plan import Keep, Output, plan
from freehold.resolve import resolve
from freehold.spec import parse

if TYPE_CHECKING:
    from freehold.render import Before

__all__ = ["WRITTEN", "Work", "carry_out", "decide", "moved", "sources"]

WRITTEN = (Kind.CREATE, Kind.UPDATE)
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
    root: Path, domain: Domain, spec: Mapping[str, str], also: Mapping[str, str] | None = None
) -> Work:
    """Render everything and compare it with what is there. Writes nothing.

    `spec` is the text of the spec and what it includes; `also` are more files to write.
    """
    outputs = plan(domain)
    held = disk.read(root, [output.path for output in outputs])
    tree = _rendered(root, domain, spec, outputs, held.base)
    changes = merge(outputs, tree, held.mine, held.base)
    texts = dict(also or {})
    texts |= {change.path: change.text for change in changes if change.kind in WRITTEN}
    texts |= {f"{disk.BASE}/{path}{disk.SUFFIX}": text for path, text in tree.items()}
    texts |= {f"{disk.STATE}/{path}": text for path, text in _state(domain, spec).items()}
    gone = tuple(
        f"{disk.BASE}/{path}{disk.SUFFIX}" for path in sorted(held.base.keys() - tree.keys())
    )
    whose = {output.path: output.keep for output in outputs}
    local = {f"{disk.STATE}/{VOUCHER}": _voucher(tree)}
    return Work(root, domain, whose, tuple(changes), held, texts, local, gone)


def _rendered(
    root: Path,
    domain: Domain,
    spec: Mapping[str, str],
    outputs: Sequence[Output],
    base: Mapping[str, str],
) -> Mapping[str, str]:
    """The tree, as far as possible out of the base: what the last run wrote, if nothing is new since."""
    state = _state(domain, spec)
    last = disk.held(root, [*state, VOUCHER])
    trusted = last.pop(VOUCHER) == _voucher(base) and last["lock.yaml"] == state["lock.yaml"]
    if trusted and last == state and base.keys() == {output.path for output in outputs}:
        return base
    from freehold.render import render  # black and Jinja, which nothing else needs to wait for

    return render(domain, outputs, _before(root, domain, base) if trusted else None)


def _voucher(tree: Mapping[str, str]) -> str:
    """That this generator made this tree.

    A base that git merged, that somebody edited, or that older templates made has none, and is
    rendered again.
    """
    digest = hashlib.sha256()
    for path, text in sorted(tree.items()):
        digest.update(f"{path}\0{text}\0".encode("utf-8", "surrogateescape"))
    return f"{disk.sources_digest()}\n{digest.hexdigest()}\n"


def _before(root: Path, domain: Domain, base: Mapping[str, str]) -> Before | None:
    """The last run, read back from its spec; None when that cannot be read any more."""
    from freehold.render import Before

    try:
        last = resolve(parse(root / disk.STATE / "base" / "spec.yaml"))
    except SpecError:
        return None
    last = replace(last, files=domain.files)
    return Before(last, plan(last), base)


def carry_out(work: Work) -> list[str]:
    """Write it; the paths of the project's files that were written. RefusedError when it cannot."""
    written = disk.write(work.root, {**work.texts, **work.local}, work.held.mine, work.gone)
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

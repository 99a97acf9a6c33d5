"""Real projects at many versions of their specs, each rendered once."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from freehold import renaming
from freehold.complaints import SpecError
from freehold.domain import Domain
from freehold.merge.replay import Renames
from freehold.plan import Output, plan
from freehold.render import Before, render
from freehold.resolve import resolve
from freehold.spec import parse_text

from tests.fuzz.specs import CHANGES, Spec, Swap, changed

__all__ = ["NAMES", "Change", "Version", "first", "versions"]

ROOT = Path(__file__).parents[2]
NAMES = ("bakery", "tracker", "clinic", "forty")
FEW = ("Account", "Asset", "Badge", "Branch", "Course", "Country", "Box", "Batch")


@dataclass(frozen=True, eq=False)
class Version:
    """One version of a spec, and the project that it makes."""

    name: str
    text: str
    domain: Domain
    outputs: tuple[Output, ...]
    tree: Mapping[str, str]
    kinds: tuple[str, ...] = ()
    """What was done to the first version."""
    swaps: tuple[Swap, ...] = ()


@dataclass(frozen=True)
class Change:
    """From one version of a spec to another."""

    old: Version
    new: Version

    @property
    def kinds(self) -> tuple[str, ...]:
        undone = tuple(f"undo {kind}" for kind in self.old.kinds)
        return (*undone, *self.new.kinds)

    @property
    def renames(self) -> Renames:
        return renaming.renames(self.old.domain, self.new.domain)

    def swapped(self, text: str) -> str:
        """A text of the old project with the names of the new one."""
        for old, new in self.new.swaps:
            text = re.sub(rf"(?<![A-Za-z0-9]){old}(?![A-Za-z0-9])", new, text)
            # `ProductIn` is named after Product.
            text = re.sub(rf"(?<![A-Za-z0-9]){old}(?=[A-Z])", new, text) if old.istitle() else text
            text = re.sub(rf"\b([Aa])n (?={new}\b)", r"\1 ", text)  # none begins with a vowel
        return text

    @property
    def is_possible(self) -> bool:
        """Whether an author may do that without being asked what became of a field."""
        if self.old.swaps or (self.new.swaps and self.old.kinds):
            return False
        try:
            renaming.unsaid(self.old.domain, self.new.domain, {}, Path())
        except (SpecError, KeyError):
            return False
        return True


def source(name: str) -> Spec:
    """The spec of a project, as what YAML means; of the forty slices eight."""
    places = {"bakery": ROOT / "examples/bakery/bakery.yaml"}
    text = places.get(name, ROOT / f"tests/specs/{name}.yaml").read_text("utf-8")
    # In a flow map PyYAML reads `name?:` only between quotes.
    spec: Spec = yaml.safe_load(re.sub(r"([{,] *)(\w+\?):", r'\1"\2":', text))
    if name == "forty":
        spec["resources"] = {one: spec["resources"][one] for one in FEW}
    return spec


@cache
def first(name: str) -> Version:
    """The project as its spec stands in the repository."""
    return _version(name, source(name), None, (), ())


def versions(name: str, seed: int, kinds: list[tuple[str, ...]]) -> Iterator[Version]:
    """One version for each tuple of kinds of change that the spec has a place for."""
    for number, wanted in enumerate(kinds):
        for attempt in range(8):
            random_ = random.Random(f"{name} {seed} {number} {attempt}")
            found = changed(source(name), list(wanted), random_)
            if found is None:
                continue
            try:
                version = _version(name, found[0], first(name), wanted, tuple(found[1]))
            except SpecError:
                continue
            yield version
            break


def drawn(seed: random.Random, count: int) -> list[tuple[str, ...]]:
    """Tuples of kinds in which every kind comes up as early as it can."""
    order = seed.sample(sorted(CHANGES), len(CHANGES))
    found: list[tuple[str, ...]] = []
    while len(found) < count:
        size = seed.choice([1, 1, 2, 3])
        picked: list[str] = []
        while order and len(picked) < size:
            picked.append(order.pop())
        if not order:
            order = seed.sample(sorted(CHANGES), len(CHANGES))
        found.append(tuple(dict.fromkeys(picked)))
    return found


def _version(
    name: str, spec: Spec, last: Version | None, kinds: tuple[str, ...], swaps: tuple[Swap, ...]
) -> Version:
    text = yaml.safe_dump(spec, sort_keys=False, allow_unicode=True)
    domain = resolve(parse_text(Path(f"{name}.yaml"), text))
    outputs = tuple(plan(domain))
    before = Before(last.domain, last.outputs, last.tree) if last else None
    return Version(name, text, domain, outputs, render(domain, outputs, before), kinds, swaps)

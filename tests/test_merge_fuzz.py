"""Random edits against random changes of the spec: nothing lost, nothing moved, nothing twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzz.campaign import Dose, Tally, campaign
from tests.fuzz.corpus import NAMES
from tests.fuzz.edits import EDITS

CACHE = Path(__file__).parents[1] / ".mypy_cache"


def cache() -> Path:
    """A folder for what mypy learns; one for each worker, as two must not write into it."""
    folder = CACHE / f"fuzz-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keeps_its_word(tally: Tally) -> None:
    print(tally)
    told = "\n".join([str(tally), *tally.bad])
    conflicts = [one for one in tally.bad if one.startswith("conflict: ")]
    assert len(conflicts) == len(tally.bad), told
    assert tally.verdicts["conflict"] <= tally.verdicts.total() * 0.005, told


@pytest.mark.parametrize("name", NAMES)
def test_random_edits_survive_random_changes_of_the_spec(name: str) -> None:
    tally = campaign(name, 1, Dose(versions=6, pairs=500, type_check=50), cache())

    assert tally.total >= 500
    assert tally.by_command >= 5
    assert tally.checked["states"] >= 4
    assert len(tally.kinds) >= len(EDITS) - 5
    keeps_its_word(tally)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(2, 12))
@pytest.mark.parametrize("name", NAMES)
def test_many_more_random_edits_survive(name: str, seed: int) -> None:
    tally = campaign(name, seed, Dose(versions=8, pairs=1250, each=100), cache())

    assert tally.total >= 1250
    keeps_its_word(tally)

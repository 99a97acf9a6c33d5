"""Work spread over processes: the same answers, in the same order, and errors that come through."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from freehold import workers
from freehold.plan import plan
from freehold.render import render
from freehold.resolve import resolve
from freehold.spec import parse

from tests.environments import ROOT

SPEC = ROOT / "tests/specs/notes.yaml"


def labelled(shared: str, piece: int) -> tuple[str, int]:
    if piece == 17:
        raise ValueError("not this one")
    return f"{shared}{piece}", os.getpid()


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes, however little there is to do."""
    monkeypatch.setattr(workers, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(workers, "_cores", lambda: 2)


def test_few_pieces_stay_in_this_process() -> None:
    assert workers.spread(labelled, "a", [1, 2]) == [("a1", os.getpid()), ("a2", os.getpid())]


@pytest.mark.usefixtures("eager")
def test_many_pieces_come_back_in_order_from_other_processes() -> None:
    found = workers.spread(labelled, "a", list(range(17)))
    assert [label for label, _ in found] == [f"a{n}" for n in range(17)]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.usefixtures("eager")
def test_an_error_of_one_piece_is_raised_here() -> None:
    with pytest.raises(ValueError, match="not this one"):
        workers.spread(labelled, "a", list(range(30)))


@pytest.mark.usefixtures("eager")
def test_a_project_has_the_same_bytes_however_many_processes_made_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    domain = resolve(parse(Path(SPEC)))
    outputs = plan(domain)
    spread = render(domain, outputs)
    monkeypatch.setattr(workers, "_cores", lambda: 1)
    assert render(domain, outputs) == spread

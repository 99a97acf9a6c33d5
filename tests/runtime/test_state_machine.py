"""Any order of any verbs ends where a dictionary says it should; a broken rule is found."""

from collections.abc import Iterator
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tenure.errors import Refusal
from tenure.maintenance import Unloadable

from tests.runtime.breakages import BREAKAGES, Breakage
from tests.runtime.machine import Machine, forget_everything
from tests.runtime.places import PROFILES, Profile


def run(*, examples: int, steps: int, derandomize: bool = True, **given: object) -> None:
    """Run a machine with these for its class variables."""
    kind = type("Machine", (Machine,), given)
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=derandomize,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("drafts", [False, True], ids=["plain", "drafts"])
@pytest.mark.parametrize("profile", PROFILES)
def test_any_order_of_verbs_agrees_with_the_model(profile: Profile, drafts: bool) -> None:
    run(profile=profile, drafts=drafts, examples=20 if profile == "memory" else 6, steps=30)


@pytest.mark.heavy
@pytest.mark.parametrize("drafts", [False, True], ids=["plain", "drafts"])
@pytest.mark.parametrize("profile", PROFILES)
def test_so_do_very_many_orders(profile: Profile, drafts: bool) -> None:
    examples = 600 if profile == "memory" else 80
    run(profile=profile, drafts=drafts, examples=examples, steps=60, derandomize=False)


# What a broken rule may look like from outside.
FOUND = (
    AssertionError,
    pytest.fail.Exception,
    BaseExceptionGroup,
    FileNotFoundError,
    Refusal,
    Unloadable,
    ValueError,
    zstandard.ZstdError,
)


@pytest.fixture
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With one rule broken, and no statement left from before it was, nor afterwards."""
    breakage: Breakage = request.param
    forget_everything()
    breakage(monkeypatch)
    yield
    monkeypatch.undo()
    forget_everything()


@pytest.mark.parametrize(
    ("broken", "given"),
    BREAKAGES,
    indirect=["broken"],
    ids=[breakage.__name__ for breakage, _ in BREAKAGES],
)
@pytest.mark.usefixtures("broken")
def test_the_machine_finds_a_broken_rule(given: dict[str, Any]) -> None:
    with pytest.raises(FOUND):
        run(examples=200, steps=30, **given)

"""A process that is killed under load: what it acknowledged is there, the rest is whole or not at all."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from tests.runtime.survivors import (
    PROFILES,
    Options,
    everything_was_done,
    hoarding,
    look,
    options_of,
)


@pytest.fixture(params=PROFILES)
def options(request: pytest.FixtureRequest, tmp_path: Path) -> Options:
    """How the papers are opened, by us and by the process that will be killed."""
    return options_of(request, tmp_path, request.param)


@pytest.mark.parametrize("kills", [10, pytest.param(50, marks=pytest.mark.heavy)])
def test_a_killed_process_loses_nothing_it_acknowledged_and_leaves_nothing_half_done(
    options: Options, kills: int
) -> None:
    chance = random.Random(kills)
    with hoarding() as hoarder:
        for round_ in range(kills):
            pid = hoarder.begin(options, round_)
            hoarder.acknowledged(3)
            if round_ % 10 == 5:
                hoarder.tidied()
            time.sleep(chance.random() * 0.4)
            hoarder.end(pid)
            asyncio.run(look(options, hoarder.said))
    everything_was_done(hoarder.said, often=kills >= 50)

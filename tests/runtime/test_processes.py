"""Several processes in one storage: no lost update, nothing taken twice, nobody starved."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tenure.content import verify_chain

from tests.runtime import shop
from tests.runtime.shop import Profile, bread, plain

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["disk", "postgres"])
def profile(request: pytest.FixtureRequest) -> Profile:
    """Where several processes can write at once."""
    given: Profile = request.param
    return given


def start(
    stack: ExitStack, profile: Profile, folder: Path, *arguments: str
) -> "subprocess.Popen[str]":
    """A worker that has opened the storage and waits for the word."""
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", "tests.runtime.worker", profile, str(folder), *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    )
    stack.callback(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def run_all(profile: Profile, folder: Path, count: int, *arguments: str) -> list[list[list[str]]]:
    """The lines of `count` workers that began together."""
    return run_each(profile, folder, [arguments] * count)


def run_each(
    profile: Profile, folder: Path, jobs: Sequence[Sequence[str]]
) -> list[list[list[str]]]:
    """The lines of a worker for each of `jobs`; they began together."""
    with ExitStack() as stack:
        workers = [start(stack, profile, folder, *arguments) for arguments in jobs]
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        told = [worker.communicate(timeout=240)[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0] * len(jobs)
    return [[line.split() for line in text.splitlines()] for text in told]


def make(profile: Profile, folder: Path) -> str:
    async def run() -> str:
        storage = await shop.opened(profile, folder)
        made = await plain.create(storage, bread(sku="first"), by="ada")
        await storage.close()
        return made.id

    return asyncio.run(run())


def look(
    profile: Profile, folder: Path
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows, revisions and feed of the products."""

    async def run() -> tuple[Any, Any, Any]:
        storage = await shop.opened(profile, folder)
        found = (
            await shop.rows(storage, shop.products),
            await shop.rows(storage, shop.product_revisions),
            await shop.rows(storage, shop.metadata.tables["tenure_changes"]),
        )
        for revision in found[1]:
            if revision["body"] is None:
                revision["body"] = await storage.revisions.get(revision["key"])
        await storage.close()
        return found

    return asyncio.run(run())


@pytest.mark.parametrize("blind", ["", "blind"], ids=["if-match", "no-precondition"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_racing_updates_of_one_resource_lose_none(
    profile: Profile, tmp_path: Path, count: int, blind: str
) -> None:
    made = make(profile, tmp_path)
    each = 50
    told = run_all(
        profile, tmp_path, count, "increment", str(each), made, *([blind] if blind else [])
    )
    numbers = [int(line[1]) for lines in told for line in lines]
    # One winner for each revision, and every acknowledged update is in the content.
    assert sorted(numbers) == list(range(2, count * each + 2))
    (row,), revisions, feed = look(profile, tmp_path)
    assert (row["revision"], row["etag"]) == (count * each + 1, count * each + 1)
    assert revisions[-1]["body"].count(b'"x"') == count * each
    assert verify_chain(revisions) == []
    assert [line["number"] for line in feed] == list(range(1, count * each + 2))
    assert_counted(profile, feed)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_racing_for_a_unique_value_has_one_winner(
    profile: Profile, tmp_path: Path, count: int
) -> None:
    make(profile, tmp_path)
    told = run_all(profile, tmp_path, count, "claim", "60")
    winners = Counter(line[1] for lines in told for line in lines)
    assert winners == Counter({str(number): 1 for number in range(60)})
    assert len(look(profile, tmp_path)[0]) == 61


@pytest.mark.parametrize("count", [2, 4])
def test_nothing_refers_to_what_another_process_deletes(
    profile: Profile, tmp_path: Path, count: int
) -> None:
    async def fill() -> list[str]:
        storage = await shop.opened(profile, tmp_path)
        made = [await plain.create(storage, bread(number), by="ada") for number in range(40)]
        await storage.close()
        return [product.id for product in made]

    async def orders() -> list[dict[str, Any]]:
        storage = await shop.opened(profile, tmp_path)
        rows = await shop.rows(storage, shop.orders)
        await storage.close()
        return rows

    products = asyncio.run(fill())
    jobs = [
        ["refer", "1", *products] if mark % 2 else ["remove", "2", *reversed(products)]
        for mark in range(count)
    ]
    told = [line for lines in run_each(profile, tmp_path, jobs) for line in lines]
    went = [line[1] for line in told if line[0] == "went"]
    kept = {line[2] for line in told if line[0] == "took"}
    assert len(went) == len(set(went))
    assert not kept & set(went)
    assert kept | set(went) == set(products)
    rows, _, _ = look(profile, tmp_path)
    assert {row["id"] for row in rows if row["deleted_at"]} == set(went)
    assert {row["product_id"] for row in asyncio.run(orders())} == kept


@pytest.mark.parametrize(
    ("seconds", "worst", "share"),
    # While other tests run beside it, the machine makes some wait; alone, nobody waits for long.
    [(2, 5000, 0.3), pytest.param(15, 250, 0.5, marks=pytest.mark.heavy)],
    ids=["2s", "15s"],
)
def test_eight_writing_processes_all_get_their_turn(
    profile: Profile,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    seconds: int,
    worst: float,
    share: float,
) -> None:
    make(profile, tmp_path)
    jobs = [["wait", str(seconds), str(mark)] for mark in range(8)]
    told = [lines[0] for lines in run_each(profile, tmp_path, jobs)]
    waits, counts = [float(line[1]) for line in told], [int(line[2]) for line in told]
    mean = sum(counts) / len(counts)
    with capsys.disabled():
        print(
            f"\n  eight writers, {profile}: worst wait {max(waits):.0f} ms,"
            f" slowest {min(counts) / mean:.2f} of the mean of {mean / seconds:.0f}/s"
        )
    assert max(waits) <= worst
    assert min(counts) >= share * mean
    assert len(look(profile, tmp_path)[0]) == 1 + sum(counts)


def assert_counted(profile: Profile, feed: list[dict[str, Any]]) -> None:
    """The feed is in order; only SQLite, with its one writer, promises that no number is left out."""
    numbers = [line["seq"] for line in feed]
    assert numbers == sorted(set(numbers))
    if profile == "disk":
        assert numbers == list(range(1, len(feed) + 1))

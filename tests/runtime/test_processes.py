"""Several processes in one folder: no lost update, nothing taken twice, nobody starved, kills survived."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tenure.content import content_digest, verify_chain

from tests.runtime import shop
from tests.runtime.shop import bread, plain

ROOT = Path(__file__).parents[2]


def start(stack: ExitStack, folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A worker that has opened the storage and waits for the word."""
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", "tests.runtime.worker", str(folder), *arguments],
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


def run_all(folder: Path, count: int, *arguments: str) -> list[list[list[str]]]:
    """The lines of `count` workers that began together."""
    with ExitStack() as stack:
        workers = [start(stack, folder, *arguments) for _ in range(count)]
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        told = [worker.communicate(timeout=240)[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0] * count
    return [[line.split() for line in text.splitlines()] for text in told]


def make(folder: Path) -> str:
    async def run() -> str:
        storage = await shop.opened("disk", folder)
        made = await plain.create(storage, bread(sku="first"), by="ada")
        await storage.close()
        return made.id

    return asyncio.run(run())


def look(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows, revisions and feed of the products."""

    async def run() -> tuple[Any, Any, Any]:
        storage = await shop.opened("disk", folder)
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
@pytest.mark.parametrize("count", [2, 4])
def test_racing_updates_of_one_resource_lose_none(tmp_path: Path, count: int, blind: str) -> None:
    made = make(tmp_path)
    each = 50
    told = run_all(tmp_path, count, "increment", str(each), made, *([blind] if blind else []))
    numbers = [int(line[1]) for lines in told for line in lines]
    # One winner for each revision, and every acknowledged update is in the content.
    assert sorted(numbers) == list(range(2, count * each + 2))
    (row,), revisions, feed = look(tmp_path)
    assert (row["revision"], row["etag"]) == (count * each + 1, count * each + 1)
    assert revisions[-1]["body"].count(b'"x"') == count * each
    assert verify_chain(revisions) == []
    assert [line["seq"] for line in feed] == list(range(1, count * each + 2))


@pytest.mark.parametrize("count", [2, 4])
def test_racing_for_a_unique_value_has_one_winner(tmp_path: Path, count: int) -> None:
    make(tmp_path)
    told = run_all(tmp_path, count, "claim", "60")
    winners = Counter(line[1] for lines in told for line in lines)
    assert winners == Counter({str(number): 1 for number in range(60)})
    assert len(look(tmp_path)[0]) == 61


def test_eight_writing_processes_all_get_their_turn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path)
    with ExitStack() as stack:
        workers = [start(stack, tmp_path, "wait", "150", str(mark)) for mark in range(8)]
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        told = [worker.communicate(timeout=240)[0].split() for worker in workers]
    waits = [float(line[1]) for line in told]
    with capsys.disabled():
        print(f"\n  eight writers: worst wait {max(waits):.0f} ms of {float(told[0][2]):.0f} ms")
    assert max(waits) < 10_000
    assert len(look(tmp_path)[0]) == 1 + 8 * 150


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    make(tmp_path)
    kept: dict[tuple[str, int], str] = {}
    for round_ in range(10):
        with ExitStack() as stack:
            worker = start(stack, tmp_path, "write", "100000", f"r{round_}")
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
            time.sleep(0.05 + 0.03 * round_)
            worker.kill()
            for line in worker.stdout.read().splitlines():
                if line.startswith("kept") and len(words := line.split()) == 4:
                    kept[words[1], int(words[2])] = words[3]
        check(*look(tmp_path), kept)
    assert len(kept) > 100


def check(
    rows: list[dict[str, Any]],
    revisions: list[dict[str, Any]],
    feed: list[dict[str, Any]],
    kept: dict[tuple[str, int], str],
) -> None:
    """Everything acknowledged is there with its digest, nothing dangles, every chain holds."""
    by_id: dict[str, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for revision in revisions:
        by_id[revision["id"]].append(revision)
        assert content_digest(revision["body"], revision["secrets"]) == revision["content"]
    found = {(revision["id"], revision["number"]): revision["content"] for revision in revisions}
    assert {place: found.get(place) for place in kept} == {
        place: digest if len(digest) == 64 else found.get(place) for place, digest in kept.items()
    }
    for row in rows:
        assert row["head"] == row["revision"] == row["etag"] == len(by_id[row["id"]])
        assert verify_chain(by_id[row["id"]]) == []
    assert [line["seq"] for line in feed] == list(range(1, len(feed) + 1))
    assert len(feed) == len(revisions)

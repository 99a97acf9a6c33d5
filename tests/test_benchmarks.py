"""Every benchmark still runs, at the smallest size, and says what it is asked for; speed is not judged here."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tenure import open_storage
from tenure.maintenance import load, verify

from benchmarks import scale, shelf, storage
from benchmarks.places import PROFILES

ROOT = Path(__file__).parent.parent


def run(name: str, *arguments: str) -> Any:
    """What `python -m benchmarks.NAME ... --json` says."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def judge_storage(measured: Any, profiles: list[str], weighed: list[str]) -> None:
    calls = [(call["profile"], call["what"]) for call in measured["calls"]]
    assert len(set(calls)) == len(calls) == len(profiles) * 7
    assert all(call["ours"] > 0 and call["by_hand"] > 0 for call in measured["calls"])
    assert [size["profile"] for size in measured["sizes"]] == [it for it in weighed for _ in "123"]
    for size in measured["sizes"]:
        assert 800 < size["body"] < 1100
        # Of fifty revisions that differ in a field a tenth is left; of noise the half, as it is hex.
        assert size["packed"] < size["body"] / (8 if "one field" in size["document"] else 1.7)
        assert size["body"] < size["database"]
        assert size["database_packed"] < size["database"]


def judge_http(rows: Any, profiles: list[str]) -> None:
    assert [row["profile"] for row in rows] == [it for it in profiles for _ in range(8)]
    assert all(row["rate"] > 0 for row in rows)


def test_the_store_is_compared_with_hand_written_sql_and_its_revisions_are_weighed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = ["--profile=disk,files", "--count=60", "--rounds=2", "--copies=1", "--json"]
    storage.main(small)
    judge_storage(json.loads(capsys.readouterr().out), ["disk", "files"], ["disk"])


def test_http_is_measured_against_the_limits_and_crud_on_the_same_database() -> None:
    rows = run("http", "--profile=disk", "--seconds=0.05", "--rounds=1", "--products=4")
    judge_http(rows, ["disk"])


def test_questions_are_asked_to_shelves_of_several_sizes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scale.main(["--sizes=600,300", "--rounds=8", "--json"])
    shelves = json.loads(capsys.readouterr().out)
    assert [(it["profile"], it["size"]) for it in shelves] == [
        (profile, size) for profile in scale.PROFILES for size in (300, 600)
    ]
    assert all(it["rate"] > 0 and len(it["asked"]) == 15 for it in shelves)


@pytest.mark.heavy
def test_every_profile_is_compared_at_the_store_and_over_http() -> None:
    measured = run("storage", "--count=60", "--rounds=2", "--copies=1")
    judge_storage(measured, list(storage.PROFILES), ["disk", "postgres"])
    rows = run("http", "--profile=all", "--seconds=0.05", "--rounds=1", "--products=4")
    judge_http(rows, list(PROFILES))
    postgres = [row for row in rows if row["profile"] == "postgres"]
    assert {row["target"] for row in postgres if row["what"].startswith("GET / Fast")} == {0.45}


def test_what_a_shelf_is_filled_from_is_a_dump_that_verifies(tmp_path: Path) -> None:
    async def story() -> None:
        kept = await open_storage(data=tmp_path, resources=[shelf.manager])
        await kept.create_tables(shelf.metadata)
        await load(kept, scale.Dump(7))
        found = await verify(kept)
        await kept.close()
        assert (found.resources, found.revisions, found.problems) == (7, 7, [])

    asyncio.run(story())


def test_generating_is_measured() -> None:
    (row,) = run("generate", "--sizes=1")
    assert row


def test_starting_up_is_measured() -> None:
    sizes = run("startup", "--sizes=1", "--rounds=1")
    assert set(sizes) == {"1"}
    found = sizes["1"]
    assert set(found) == {"alone", "started", "first", "again"}
    assert all(seconds > 0 for seconds in found.values())


def test_merging_is_measured() -> None:
    few = ("--projects=clinic", "--versions=2", "--pairs=4", "--copier=1")
    table = run("merge", *few)
    assert set(table) == {"freehold", "git merge-file", "copier update"}
    assert table["freehold"]["pairs"] == 4

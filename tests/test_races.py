"""Sixteen clients at one, two and four servers of the bakery: one winner, nothing lost, a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests import postgres
from tests.environments import ROOT, run
from tests.runtime.served import served

BAKERY = ROOT / "examples" / "bakery"
CLIENTS = 16
RECIPE = {"title": "Rye", "ingredients": [{"name": "rye", "grams": 500}], "steps": "Knead;"}


@pytest.fixture(params=["disk", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the environment of every server says; its database is migrated."""
    settings = {
        "BAKERY_STORAGE": request.param,
        "BAKERY_DATA": str(tmp_path / "data"),
        "BAKERY_DEVELOPMENT": "true",
        "BAKERY_SECRET_KEY": "the same for every server, " * 2,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if request.param == "postgres":
        settings["BAKERY_DATABASE_URL"] = postgres.server().create()
    env = {**os.environ, **settings}
    run(sys.executable, "-m", "alembic", "upgrade", "head", cwd=BAKERY, env=env)
    yield settings
    postgres.stop_server()


@contextmanager
def bakeries(settings: dict[str, str], count: int) -> Iterator[list[str]]:
    """The URLs of so many servers of one storage."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(served("bakery.app:create_app", settings, cwd=BAKERY))
            for _ in range(count)
        ]
        yield [url for url, _ in started]


@asynccontextmanager
async def clients(urls: list[str]) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Sixteen of them, each at one of the servers."""
    async with AsyncExitStack() as stack:
        asked = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=urls[number % len(urls)], timeout=60)
            )
            for number in range(CLIENTS)
        ]
        admin = {"id": "ada", "roles": ["admin"]}
        token = (await asked[0].post("/dev/token", json=admin)).json()["token"]
        for client in asked:
            client.headers["Authorization"] = f"Bearer {token}"
        yield asked


def customer(number: int) -> dict[str, str]:
    return {"account": "ada", "name": "Ada", "email": f"ada{number}@example.com"}


@pytest.mark.parametrize(
    ("processes", "wins"),
    [
        (2, 3),
        *(pytest.param(count, 25, marks=pytest.mark.heavy) for count in (1, 2, 4)),
    ],
)
def test_one_winner_for_each_revision_and_for_each_unique_value(
    settings: dict[str, str], processes: int, wins: int
) -> None:
    with bakeries(settings, processes) as urls:
        asyncio.run(revisions(urls, wins))
        asyncio.run(values(urls, 4 * wins))


async def revisions(urls: list[str], wins: int) -> None:
    """Everybody adds a word of theirs to one recipe, so many times, on what they have read."""
    won: list[tuple[str, str, str]] = []  # the etag before, the etag after, the word
    lost: list[httpx.Response] = []

    async def race(client: httpx.AsyncClient, number: int, path: str) -> None:
        mine = 0
        while mine < wins:
            seen = await client.get(path, params={"draft": True})
            word = f"{number}.{mine};"
            steps, match = seen.json()["steps"] + word, {"If-Match": seen.headers["etag"]}
            answer = await client.patch(path, json={"steps": steps}, headers=match)
            if answer.status_code == 412:
                lost.append(answer)
                continue
            assert answer.status_code == 200, answer.text
            won.append((seen.headers["etag"], answer.headers["etag"], word))
            mine += 1

    async with clients(urls) as asked:
        made = await asked[0].post("/recipes", json=RECIPE)
        path = made.headers["location"]
        await asyncio.gather(*(race(client, at, path) for at, client in enumerate(asked)))
        found: dict[str, Any] = (await asked[-1].get(path, params={"draft": True})).json()
        history = (await asked[-1].get(f"{path}/revisions", params={"limit": 1})).json()
    # Each version was replaced once, by one: a chain from the first to the last.
    following = {before: after for before, after, _ in won}
    assert len(following) == len(won) == len(set(following.values())) == CLIENTS * wins
    words = Counter(found["steps"].rstrip(";").split(";"))
    assert words == Counter(["Knead", *(word.rstrip(";") for _, _, word in won)])
    assert history["items"][0]["number"] == len(won) + 1
    assert lost, "nobody raced"
    assert {answer.json()["code"] for answer in lost} == {"precondition_failed"}


async def values(urls: list[str], count: int) -> None:
    """Everybody wants each of these e-mail addresses."""
    async with clients(urls) as asked:
        for number in range(1, count + 1):
            answers = await asyncio.gather(
                *(client.post("/customers", json=customer(number)) for client in asked)
            )
            statuses = Counter(answer.status_code for answer in answers)
            assert statuses == {201: 1, 409: CLIENTS - 1}, statuses
        page = (await asked[0].get("/customers", params={"limit": 200})).json()
    emails = Counter(item["email"] for item in page["items"])
    assert set(emails.values()) == {1}
    assert len(emails) == count


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_server_that_ends_under_load_has_kept_what_it_answered(
    settings: dict[str, str], tmp_path: Path, how: signal.Signals
) -> None:
    log, made = tmp_path / "log", list[str]()
    with served("bakery.app:create_app", settings, cwd=BAKERY, log=log) as (url, pid):
        asyncio.run(until_ended(url, pid, how, made))
    if how == signal.SIGTERM:
        ended_well(settings, log.read_text(), tmp_path)
    env = {**os.environ, **settings}
    said = run(sys.executable, "-m", "bakery", "verify", "--json", cwd=BAKERY, env=env)
    assert json.loads(said)["problems"] == []
    with bakeries(settings, 1) as urls:
        there = asyncio.run(emails(urls))
    # What was answered is there, and nothing that nobody has sent.
    assert len(made) >= 40
    assert set(made) <= there
    assert len(there) - len(made) <= CLIENTS


def ended_well(settings: dict[str, str], said: str, folder: Path) -> None:
    """It was asked to stop: it finished what it had begun, and closed what it had open."""
    assert "Application shutdown complete" in said
    assert "Traceback" not in said, said
    if "BAKERY_DATABASE_URL" in settings:
        assert asyncio.run(left_open(settings["BAKERY_DATABASE_URL"])) == (0, 0)
    else:  # who closes the database last puts its log away
        assert [path.name for path in (folder / "data").glob("*-wal")] == []


async def until_ended(url: str, pid: int, how: signal.Signals, made: list[str]) -> None:
    """Everybody makes customers, as long as there is a server; note those that were answered."""

    async def make(client: httpx.AsyncClient, first: int) -> None:
        for number in range(first, first + 10_000):
            try:
                answer = await client.post("/customers", json=customer(number))
            except httpx.TransportError:
                return
            assert answer.status_code == 201, answer.text
            made.append(answer.json()["email"])
            if len(made) == 40:
                os.kill(pid, how)

    async with clients([url]) as asked, asyncio.timeout(60):
        await asyncio.gather(*(make(client, at * 10_000) for at, client in enumerate(asked)))


async def emails(urls: list[str]) -> set[str]:
    """Of all customers there are."""
    found, cursor = set[str](), None
    async with clients(urls) as asked:
        while True:
            params = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = (await asked[0].get("/customers", params=params)).json()
            found |= {item["email"] for item in page["items"]}
            if (cursor := page.get("next")) is None:
                return found


async def left_open(database: str) -> tuple[int, int]:
    """How many connections the application holds, and how many it went away from."""
    connection = await asyncpg.connect(database)
    held = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tenure'"
    lost = "SELECT sessions_abandoned FROM pg_stat_database WHERE datname = current_database()"
    found = await connection.fetchval(held), await connection.fetchval(lost)
    await connection.close()
    return found

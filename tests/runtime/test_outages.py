"""A database or a bucket that dies under a load: callers are told, go on later, and lose nothing."""

import asyncio
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tenure import open_storage
from tenure.ids import new_id
from tenure.maintenance import collect, verify

from tests import buckets, postgres
from tests.runtime import gallery
from tests.runtime.served import served
from tests.runtime.survivors import Options, hoarding, look


@pytest.fixture(scope="module")
def database() -> Iterator[postgres.Server]:
    """A server with all its syncs on, which may be killed."""
    server = postgres.Server(durable=True)
    yield server
    server.remove()


@pytest.fixture
def bucket_server(tmp_path: Path) -> Iterator[buckets.Server]:
    """A server of buckets, which may be killed."""
    (tmp_path / "s3").mkdir()
    with buckets.server(tmp_path / "s3") as server:
        yield server


def in_bucket(options: Options) -> Options:
    """The same, with bodies and blobs in a bucket."""
    place = f"{buckets.URL}/{new_id('t')}"
    return options | {"revisions_url": f"{place}/r", "blobs_url": f"{place}/b", "revisions": "s3"}


@pytest.mark.parametrize("bodies", ["inline", "s3"])
@pytest.mark.parametrize("kills", [3, pytest.param(48, marks=pytest.mark.heavy)])
def test_a_killed_database_loses_nothing_and_its_callers_go_on(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database: postgres.Server,
    bodies: str,
    kills: int,
) -> None:
    """The whole of it, its first process alone, or one that works for us, which takes all down."""
    options: Options = {"profile": "postgres", "data": str(tmp_path), "revisions": bodies}
    options["database_url"] = url = database.create()
    if bodies == "s3":
        request.getfixturevalue("bucket")
        options = in_bucket(options)
    chance = random.Random(kills)
    with hoarding() as hoarder:
        pid = hoarder.begin(options, 0)
        for number in range(kills):
            hoarder.acknowledged(8)
            time.sleep(chance.random() * 0.3)
            if number % 3 == 2:
                database.kill_backend(url)
            else:
                (database.kill, database.kill_first)[number % 3]()
                database.start()
        hoarder.acknowledged(8)
        hoarder.end(pid)
        assert len(hoarder.said.kept) >= 8 * kills
        asyncio.run(look(options, hoarder.said))


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.heavy)])
def test_a_killed_bucket_loses_nothing_and_its_callers_go_on(
    tmp_path: Path, bucket_server: buckets.Server, kills: int
) -> None:
    options = in_bucket({"profile": "s3", "data": str(tmp_path)})
    with hoarding() as hoarder:
        pid = hoarder.begin(options, 0)
        for number in range(kills):
            hoarder.acknowledged(8)
            time.sleep(0.05 * number)
            bucket_server.kill()
            time.sleep(0.2)
            bucket_server.start()
        hoarder.acknowledged(8)
        hoarder.end(pid)
        asyncio.run(look(options, hoarder.said))


def test_without_its_bucket_a_server_answers_503_and_recovers(
    tmp_path: Path, bucket_server: buckets.Server
) -> None:
    """What needs no bucket goes on; what does is refused in our words, and nothing of it is left."""
    place = f"{buckets.URL}/{new_id('t')}"
    blobs, revisions = f"{place}/b", f"{place}/r"
    long = {"title": "long " * 5000}
    environment = {"GALLERY": str(tmp_path), "GALLERY_BLOBS": blobs}
    environment["GALLERY_REVISIONS"] = revisions
    with served("tests.runtime.gallery:app", environment) as (url, _):
        client = httpx.Client(base_url=url, timeout=60)
        made = client.post("/pictures", json={"title": "short"}).json()["id"]
        assert client.put(f"/pictures/{made}/blobs/original", content=b"kept").status_code == 200
        lengthy = client.post("/pictures", json=long)
        assert lengthy.status_code == 201
        bucket_server.kill()

        def ask(method: str, path: str, **options: Any) -> httpx.Response:
            return httpx.request(method, url + path, timeout=60, **options)

        refused: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/pictures", {"json": long}),
            ("PUT", f"/pictures/{made}/blobs/original", {"content": b"small"}),
            ("PUT", f"/pictures/{made}/blobs/original", {"content": b"x" * 3_000_000}),
            ("GET", f"/pictures/{made}/blobs/original", {}),
        ]
        begun = time.monotonic()
        with ThreadPoolExecutor(5) as threads:
            asked = [threads.submit(ask, *one, **options) for *one, options in refused]
            while not all(done.done() for done in asked):
                # Meanwhile nobody who needs no bucket waits.
                before = time.monotonic()
                assert client.post("/pictures", json={"title": "short"}).status_code == 201
                assert time.monotonic() - before < 2
                time.sleep(0.05)
        assert time.monotonic() - begun < 40
        for done in asked:
            answer = done.result()
            assert answer.status_code == 503, answer.text
            assert answer.headers.get_list("retry-after") == ["5"]
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "unavailable"
            assert "tenure/" not in answer.text
            assert bucket_server.endpoint.removeprefix("http://") not in answer.text

        bucket_server.start()
        assert client.get(f"/pictures/{made}/blobs/original").content == b"kept"
        assert client.post("/pictures", json=long).status_code == 201
        again = client.put(f"/pictures/{made}/blobs/original", content=b"x" * 3_000_000)
        assert again.status_code == 200

    async def after() -> None:
        storage = await open_storage(
            data=tmp_path,
            resources=[gallery.manager()],
            blobs_url=blobs,
            revisions_url=revisions,
        )
        assert (await verify(storage)).problems == []
        await asyncio.sleep(1.1)  # a bucket tells time in seconds
        await collect(storage, age=timedelta(0))
        found = await verify(storage)
        assert (found.problems, found.orphans, found.blobs) == ([], 0, 2)
        await storage.close()

    asyncio.run(after())

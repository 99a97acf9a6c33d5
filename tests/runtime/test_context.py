"""What is written on behalf of a request says so, in the history and in the feed."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from tenure import Storage, context
from tenure.http import Gate

from tests.runtime import gallery, shop

Story = Callable[[FastAPI, httpx.AsyncClient], Awaitable[None]]


@pytest.fixture
def serve(tmp_path: Path) -> Callable[[Story], None]:
    """`serve(story)`: a story with the gallery and a client of it."""

    def serve(story: Story) -> None:
        async def run() -> None:
            app = gallery.create_app(tmp_path)
            async with app.router.lifespan_context(app):
                transport = httpx.ASGITransport(app=app)
                async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                    await story(app, client)

        asyncio.run(run())

    return serve


async def told(storage: Storage, table: str) -> list[Any]:
    rows = await shop.rows(storage, gallery.metadata.tables[table])
    return [row["request_id"] for row in rows]


def test_revisions_and_the_feed_carry_the_id_of_the_request(serve: Callable[[Story], None]) -> None:
    async def story(app: FastAPI, client: httpx.AsyncClient) -> None:
        answers = [
            await client.post("/pictures", json={"title": "a"}, headers={"x-request-id": "mine"}),
            await client.post("/pictures", json={"title": "b"}),
        ]
        ids = [answer.headers["x-request-id"] for answer in answers]
        assert ids[0] == "mine"
        storage = app.state.storage
        assert await told(storage, "tenure_changes") == ids
        assert sorted(await told(storage, "picture_revisions")) == sorted(ids)

    serve(story)


def test_requests_at_the_same_time_keep_their_own_ids(serve: Callable[[Story], None]) -> None:
    async def story(app: FastAPI, client: httpx.AsyncClient) -> None:
        posts = [
            client.post("/pictures", json={"title": f"r{n}"}, headers={"x-request-id": f"r{n}"})
            for n in range(20)
        ]
        titles = {
            answer.json()["id"]: answer.json()["title"] for answer in await asyncio.gather(*posts)
        }
        rows = await shop.rows(app.state.storage, gallery.metadata.tables["picture_revisions"])
        assert {row["id"]: row["request_id"] for row in rows} == titles

    serve(story)


def test_an_id_that_is_told_goes_before_and_none_is_left_behind(
    serve: Callable[[Story], None],
) -> None:
    kept = gallery.manager()

    async def story(app: FastAPI, client: httpx.AsyncClient) -> None:
        storage = app.state.storage

        @app.post("/told")
        async def create(request: Request) -> Response:
            await kept.create(storage, gallery.Picture(), by="ada", request_id="told")
            return Response()

        await client.post("/told", headers={"x-request-id": "mine"})
        await kept.create(storage, gallery.Picture(), by="ada")
        assert await told(storage, "tenure_changes") == ["told", None]

    serve(story)


def test_a_request_that_fails_leaves_no_id_behind() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        assert context.request_id.get() == "mine"
        raise RuntimeError("on purpose")

    async def run() -> None:
        scope = {"type": "http", "method": "GET", "headers": [(b"x-request-id", b"mine")]}
        with pytest.raises(RuntimeError, match="on purpose"):
            await Gate(failing)(scope, None, None)  # type: ignore[arg-type]
        assert context.request_id.get() is None

    asyncio.run(run())

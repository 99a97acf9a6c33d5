"""What the tests of the HTTP side share: an application asked in the same process."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests import buckets, postgres


@pytest.fixture(scope="session", autouse=True)
def _servers() -> Iterator[None]:
    """A server is started by the first test that wants it, and stopped after the last."""
    yield
    postgres.stop_server()
    buckets.stop_server()


@pytest.fixture(autouse=True)
def _databases() -> Iterator[None]:
    """No test finds what another has left."""
    yield
    postgres.drop_databases()


@pytest.fixture(scope="session")
def bucket() -> str:
    """The URL of a bucket on a real S3 server; AWS_... lead to it."""
    return buckets.bucket()


@pytest.fixture
def ask() -> Callable[..., httpx.Response]:
    """`ask(app, "GET", "/path", ...)`: one request; a failing application answers its 500."""

    def ask(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **options)

        return asyncio.run(run())

    return ask

"""The pages around the resources: docs without a network, health, a login for development."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import tenure.http
from fastapi import FastAPI, Request
from tenure.auth import Tokens, bearer
from tenure.http import development_login, health, install

Ask = Callable[..., httpx.Response]


class Meta:
    """A database that answers, or that does not."""

    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure
        self.asked: list[str] = []

    async def execute(self, statement: Any) -> object:
        self.asked.append(str(statement))
        if self.failure is not None:
            raise self.failure
        return [(1,)]


class Storage:
    def __init__(self, failure: Exception | None = None) -> None:
        self.meta = Meta(failure)


def shop(storage: Storage | None = None) -> FastAPI:
    app = FastAPI(title="Bakery")
    install(app)
    app.include_router(health())
    app.include_router(development_login())
    app.state.storage = storage or Storage()
    app.state.tokens = Tokens(b"k" * 32)

    @app.get("/me")
    async def me(request: Request) -> dict[str, object]:
        actor = bearer(request, request.app.state.tokens)
        return {"id": actor.id, "roles": sorted(actor.roles)}

    return app


def test_the_docs_load_nothing_from_elsewhere(ask: Ask) -> None:
    page = ask(shop(), "GET", "/docs")
    assert page.status_code == 200
    assert "Bakery" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert '"validatorUrl": null' in page.text


def test_every_file_of_the_docs_is_served(ask: Ask) -> None:
    page = ask(shop(), "GET", "/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) == 3
    for address in addresses:
        got = ask(shop(), "GET", address)
        assert got.status_code == 200
        assert got.content
        held = {"If-None-Match": got.headers["etag"]}
        assert ask(shop(), "GET", address, headers=held).status_code == 304
    bundle = ask(shop(), "GET", "/docs/files/swagger-ui-bundle.js")
    assert "SwaggerUIBundle" in bundle.text
    assert "javascript" in bundle.headers["content-type"]


@pytest.mark.parametrize(
    "path", ["/docs/files/nothing.js", "/docs/files/../main.py", "/docs/files/%2e%2e/main.py"]
)
def test_no_other_file_is_served(ask: Ask, path: str) -> None:
    got = ask(shop(), "GET", path)
    assert got.status_code == 404
    assert got.headers["content-type"] == "application/problem+json"


def test_the_pages_that_need_a_network_are_gone(ask: Ask) -> None:
    assert ask(shop(), "GET", "/redoc").status_code == 404
    app = FastAPI()
    install(app, docs=False)
    assert ask(app, "GET", "/docs/files/swagger-ui.css").status_code == 404


def test_the_docs_work_behind_a_proxy_with_a_prefix() -> None:
    async def run() -> str:
        transport = httpx.ASGITransport(app=shop(), root_path="/shop")
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.get("/shop/docs")).text

    page = asyncio.run(run())
    assert "'/shop/openapi.json'" in page
    assert '"/shop/docs/files/swagger-ui.css"' in page


def test_a_process_that_answers_lives(ask: Ask) -> None:
    broken = Storage(RuntimeError())
    assert ask(shop(broken), "GET", "/health/live").status_code == 204
    assert broken.meta.asked == []


def test_ready_means_that_the_database_was_read(ask: Ask) -> None:
    storage = Storage()
    assert ask(shop(storage), "GET", "/health/ready").status_code == 204
    assert storage.meta.asked == ["SELECT 1 FROM tenure_changes LIMIT 1"]


def test_not_ready_is_a_503_that_tells_nothing_of_the_inside(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    got = ask(shop(Storage(OSError("/var/lib/meta.sqlite is gone"))), "GET", "/health/ready")
    assert got.status_code == 503
    assert got.headers["content-type"] == "application/problem+json"
    assert got.headers["retry-after"] == "5"
    assert "sqlite" not in got.text
    assert "meta.sqlite is gone" in caplog.text


def test_a_developer_may_be_anybody(ask: Ask) -> None:
    app = shop()
    got = ask(app, "POST", "/dev/token", json={"id": "ada", "roles": ["admin"]})
    headers = {"Authorization": f"Bearer {got.json()['token']}"}
    assert ask(app, "GET", "/me", headers=headers).json() == {"id": "ada", "roles": ["admin"]}
    assert ask(app, "GET", "/me").json() == {"id": "anonymous", "roles": []}


def test_a_bad_token_is_a_401_that_says_how_to_ask(ask: Ask) -> None:
    got = ask(shop(), "GET", "/me", headers={"Authorization": "Bearer forged"})
    assert got.status_code == 401
    assert got.headers["content-type"] == "application/problem+json"
    assert got.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert "forged" not in got.text


def test_openapi_knows_problems_and_tokens(ask: Ask) -> None:
    document = ask(shop(), "GET", "/openapi.json").json()
    assert "errors" in document["components"]["schemas"]["Problem"]["properties"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["security"] == [{}, {"bearer": []}]


def test_any_route_that_asks_the_storage_may_be_told_that_it_is_away(ask: Ask) -> None:
    """Said once in the document; a route that knows more of its 503 says it itself."""
    app = shop()
    app.get("/plain")(lambda: None)
    app.get("/own", responses={503: {"description": "Closed on Sundays"}})(lambda: None)
    document = ask(app, "GET", "/openapi.json").json()
    said = {
        (method, path): operation["responses"].get("503")
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert said.pop(("get", "/health/live")) is None
    assert said.pop(("post", "/dev/token")) is None
    assert said.pop(("get", "/own")) == {"description": "Closed on Sundays"}
    assert {("get", "/plain"), ("get", "/health/ready")} <= said.keys()
    assert all(one == {"$ref": "#/components/responses/Unavailable"} for one in said.values())
    told = document["components"]["responses"]["Unavailable"]
    assert told["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    assert "Retry-After" in told["headers"]
    assert "x-tenure" not in json.dumps(document)


def test_the_package_tells_exactly_what_is_in_it() -> None:
    assert tenure.http.__all__ == sorted(tenure.http.__all__)
    for name in tenure.http.__all__:
        assert hasattr(tenure.http, name)
    assert tenure.http.__file__ is not None
    for module in Path(tenure.http.__file__).parent.glob("*.py"):
        assert len(module.read_text().splitlines()) <= 300

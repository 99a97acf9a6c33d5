"""What every request goes through: ids, limits on bodies, routers that are passed over."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, Body, FastAPI, Request, Response
from starlette.routing import Match
from starlette.types import Message, Scope
from tenure.http import Router, allow_body, install, request_id
from tenure.http.bodies import StrictRoute

Ask = Callable[..., httpx.Response]
LIMIT = 10_000


def shop() -> FastAPI:
    app = FastAPI()
    install(app, body_limit=LIMIT)
    router = Router("/products")

    @router.get("/id")
    async def name(request: Request) -> str:
        return request_id(request)

    @router.post("")
    async def post(body: dict[str, str]) -> int:
        return len(body["text"])

    @router.post("/stream")
    async def stream(request: Request) -> int:
        return sum([len(chunk) async for chunk in request.stream()])

    @router.put("/photo")
    async def photo(request: Request) -> int:
        allow_body(request, 3 * LIMIT)
        return sum([len(chunk) async for chunk in request.stream()])

    @router.post("/careless")
    async def careless() -> str:
        return "did not look"

    app.include_router(router)
    return app


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A real server, as the ASGI transport of httpx does not stream."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(shop(), port=port, log_level="error")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


def test_a_sane_request_id_is_taken_over(ask: Ask) -> None:
    for name in ("a", "0af7651916cd43dd8448eb211c80319c", "a.b_c:d-e", "x" * 64):
        got = ask(shop(), "GET", "/products/id", headers={"X-Request-ID": name})
        assert got.headers["x-request-id"] == got.json() == name


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a\tb", "<script>", "é", 'a"b', "a\n"])
def test_any_other_is_replaced(ask: Ask, name: str) -> None:
    headers = [(b"x-request-id", name.encode())]
    got = ask(shop(), "GET", "/products/id", headers=headers)
    assert got.headers["x-request-id"] == got.json() != name
    assert len(got.json()) >= 16


def test_ids_that_are_made_differ(ask: Ask) -> None:
    app = shop()
    assert len({ask(app, "GET", "/products/id").json() for _ in range(20)}) == 20


def test_every_answer_has_one_id(ask: Ask) -> None:
    for method, path in (("GET", "/nowhere"), ("PATCH", "/products"), ("GET", "/docs")):
        assert len(ask(shop(), method, path).headers.get_list("x-request-id")) == 1


def test_a_response_that_is_sent_twice_has_the_id_of_each_request(ask: Ask) -> None:
    app = FastAPI()
    install(app)
    same = Response("x")

    @app.get("/same")
    async def again() -> Response:
        return same

    for name in ("one", "two"):
        got = ask(app, "GET", "/same", headers={"X-Request-ID": name})
        assert got.headers.get_list("x-request-id") == [name]


@pytest.mark.parametrize("path", ["/products", "/products/stream"])
def test_a_declared_length_above_the_limit_is_a_413(ask: Ask, path: str) -> None:
    headers = {"content-type": "application/json"}
    got = ask(shop(), "POST", path, content=b"x" * (LIMIT + 1), headers=headers)
    assert got.status_code == 413
    assert got.headers["content-type"] == "application/problem+json"
    assert got.json()["code"] == "too_large"
    assert str(LIMIT) in got.json()["detail"]


def test_a_body_up_to_the_limit_passes(ask: Ask) -> None:
    body = b'{"text":"' + b"x" * (LIMIT - 11) + b'"}'
    assert len(body) == LIMIT
    headers = {"content-type": "application/json"}
    assert ask(shop(), "POST", "/products", content=body, headers=headers).json() == LIMIT - 11


def test_a_route_may_allow_more_for_itself_and_no_other(ask: Ask) -> None:
    app = shop()
    assert ask(app, "PUT", "/products/photo", content=b"x" * 3 * LIMIT).json() == 3 * LIMIT
    assert ask(app, "PUT", "/products/photo", content=b"x" * (3 * LIMIT + 1)).status_code == 413
    assert ask(app, "POST", "/products/stream", content=b"x" * 3 * LIMIT).status_code == 413


def test_a_stream_without_a_length_is_cut_while_it_comes(server: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50 * 1024 * 1024:
            sent += 1024
            yield b"x" * 1024
            await asyncio.sleep(0)

    async def run() -> int:
        async with httpx.AsyncClient(base_url=server, timeout=20) as client:
            try:
                return (await client.post("/products/stream", content=endless())).status_code
            except (httpx.WriteError, httpx.ReadError):
                return 0  # the connection was closed in the middle of what we sent

    assert asyncio.run(run()) in (413, 0)
    assert sent < 20 * 1024 * 1024


def test_a_chunked_body_above_the_limit_is_a_413(server: str) -> None:
    answer = raw(server, "transfer-encoding: chunked", b"4e20\r\n" + b"x" * 20_000 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in answer


def test_a_lie_about_the_length_is_refused_before_anything_is_sent(server: str) -> None:
    started = time.monotonic()
    answer = raw(server, "content-length: 999999999999", b"")
    assert answer.startswith(b"HTTP/1.1 413")
    assert time.monotonic() - started < 5


def raw(server: str, header: str, body: bytes) -> bytes:
    """The answer to a request written by hand, which never comes to its end."""
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        head = f"POST /products/stream HTTP/1.1\r\nhost: {host}\r\n{header}\r\n\r\n"
        line.sendall(head.encode() + body)
        answer = b""
        while b"}" not in answer:
            part = line.recv(65536)
            if not part:
                break
            answer += part
    return answer


def test_the_server_goes_on_after_a_refused_body(server: str) -> None:
    with httpx.Client(base_url=server) as client:
        assert client.post("/products/stream", content=b"x" * (LIMIT + 1)).status_code == 413
        assert client.post("/products/stream", content=b"x" * LIMIT).json() == LIMIT
        assert client.head("/products/id").content == b""
        assert client.get("/products/id").status_code == 200


def test_head_sends_no_body_to_a_server_that_would_not_drop_it() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "http_version": "1.1", "method": "HEAD", "path": "/products/id"}
    scope.update(query_string=b"", headers=[], root_path="", scheme="http")
    asyncio.run(shop()(scope, receive, send))
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent) == b""
    assert scope["method"] == "HEAD"


def test_a_router_is_passed_over_when_its_prefix_is_not_in_the_path(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    plain = StrictRoute.matches

    def watched(route: StrictRoute, scope: Scope) -> tuple[Match, Scope]:
        tried.append(route.path)
        return plain(route, scope)

    monkeypatch.setattr(StrictRoute, "matches", watched)
    app = FastAPI()
    install(app)
    for prefix in ("/breads", "/cakes"):
        router = Router(prefix)

        @router.get("/{name}")
        async def get(name: str, request: Request) -> str:
            return request.url.path

        app.include_router(router)
    assert ask(app, "GET", "/cakes/1").json() == "/cakes/1"
    assert set(tried) == {"/cakes/{name}"}


def test_a_router_works_wherever_it_is_included(ask: Ask) -> None:
    app, outer = FastAPI(), APIRouter(prefix="/v1")
    install(app)
    router = Router("/shops/{shop}/products", tags=["products"])

    @router.get("/{name}")
    async def get(shop: str, name: str) -> str:
        return f"{shop} {name}"

    outer.include_router(router)
    app.include_router(outer, prefix="/api")
    app.include_router(router)
    assert ask(app, "GET", "/api/v1/shops/a/products/b").json() == "a b"
    assert ask(app, "GET", "/shops/a/products/b").json() == "a b"
    assert "/shops/{shop}/products/{name}" in ask(app, "GET", "/openapi.json").json()["paths"]


def test_other_routes_of_the_team_are_limited_too(ask: Ask) -> None:
    app = FastAPI()
    install(app, body_limit=10)

    @app.post("/own")
    async def own(body: str = Body()) -> str:
        return body

    headers = {"content-type": "application/json"}
    assert ask(app, "POST", "/own", content=b'"12345678"', headers=headers).json() == "12345678"
    assert ask(app, "POST", "/own", content=b'"123456789"', headers=headers).status_code == 413
    assert ask(app, "POST", "/own", content=b"[" * 11, headers=headers).status_code == 413

"""The short way answers as FastAPI would, and leaves everything it does not know to FastAPI."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Path, Request, Response
from fastapi.routing import APIRoute
from tenure.errors import Forbidden
from tenure.http import Router, install
from tenure.http.direct import direct

Ask = Callable[..., httpx.Response]


async def storage(request: Request) -> str:
    return str(request.app.state.storage)


async def actor(request: Request) -> str:
    if "authorization" not in request.headers:
        raise Forbidden("sign in")
    return request.headers["authorization"]


async def nested(inner: Annotated[str, Depends(storage)]) -> str:
    return inner


async def header(x_name: Annotated[str, Header()] = "nobody") -> str:
    return x_name


async def closing(request: Request) -> AsyncIterator[str]:
    yield "open"
    request.app.state.closed = True


StorageDep = Annotated[str, Depends(storage)]
ActorDep = Annotated[str, Depends(actor)]


async def plain(name: str, request: Request, kept: StorageDep, who: ActorDep) -> Response:
    return Response(f"{name} {request.url.path} {kept} {who}")


async def bare() -> Response:
    return Response("bare")


async def untyped(name: str):  # type: ignore[no-untyped-def]
    return {"name": name}


async def document(name: str) -> dict[str, str]:
    return {"name": name}


async def number(name: int) -> Response:
    return Response(str(name + 1))


async def short_name(name: Annotated[str, Path(max_length=3)]) -> Response:
    return Response(name)


async def queried(name: str, q: str = "nothing") -> Response:
    return Response(q)


async def with_nested(name: str, inner: Annotated[str, Depends(nested)]) -> Response:
    return Response(inner)


async def with_header(name: str, who: Annotated[str, Depends(header)]) -> Response:
    return Response(who)


async def with_closing(name: str, state: Annotated[str, Depends(closing)]) -> Response:
    return Response(state)


async def twice(name: str, one: StorageDep, two: StorageDep) -> Response:
    return Response(one + two)


async def with_response(name: str, response: Response) -> Response:
    response.headers["x-extra"] = "1"
    return Response(name)


def blocking(name: str) -> Response:
    return Response(name)


def route(endpoint: Callable[..., Any]) -> APIRoute:
    return APIRoute("/{name}" if endpoint is not bare else "/bare", endpoint)


def shop(*endpoints: Callable[..., Any], router: APIRouter | None = None) -> FastAPI:
    app = FastAPI()
    install(app)
    app.state.storage = "disk"
    router = router or Router("/products")
    for endpoint in endpoints:
        router.get("/{name}")(endpoint)
    app.include_router(router)
    return app


@pytest.mark.parametrize("endpoint", [plain, bare])
def test_a_plain_endpoint_has_a_short_way(endpoint: Callable[..., Any]) -> None:
    assert direct(route(endpoint).get_route_handler()) is not None


OTHERS = [
    untyped,
    document,
    number,
    short_name,
    queried,
    with_nested,
    with_header,
    with_closing,
    twice,
    with_response,
    blocking,
]


@pytest.mark.parametrize("endpoint", OTHERS)
def test_everything_else_is_left_to_fastapi(endpoint: Callable[..., Any]) -> None:
    assert direct(route(endpoint).get_route_handler()) is None


@pytest.mark.parametrize("endpoint", [plain, *OTHERS])
@pytest.mark.parametrize("name", ["7", "a b", "long-name"])
def test_both_ways_give_the_same_answer(ask: Ask, endpoint: Callable[..., Any], name: str) -> None:
    headers = {"authorization": "ada", "x-name": "bob", "x-request-id": "same"}
    ours = ask(shop(endpoint), "GET", f"/products/{name}?q=x", headers=headers)
    theirs = APIRouter(prefix="/products")
    fastapi = ask(shop(endpoint, router=theirs), "GET", f"/products/{name}?q=x", headers=headers)
    assert (ours.status_code, ours.text) == (fastapi.status_code, fastapi.text)
    assert ours.headers == fastapi.headers


def test_a_dependency_that_refuses_refuses(ask: Ask) -> None:
    assert ask(shop(plain), "GET", "/products/1").status_code == 403


def test_overridden_dependencies_are_overridden(ask: Ask) -> None:
    app = shop(plain)

    async def other() -> str:
        return "memory"

    def get() -> str:
        return ask(app, "GET", "/products/1", headers={"authorization": "ada"}).text

    assert get() == "1 /products/1 disk ada"
    app.dependency_overrides[storage] = other
    assert get() == "1 /products/1 memory ada"
    app.dependency_overrides.clear()
    assert get() == "1 /products/1 disk ada"


def refusing() -> None:
    raise HTTPException(403, "not for you")


def test_dependencies_of_a_router_or_of_its_inclusion_are_never_left_out(ask: Ask) -> None:
    guard = [Depends(refusing)]
    within = Router("/products", dependencies=guard)
    assert ask(shop(bare, router=within), "GET", "/products/1").status_code == 403
    for nested in (True, False):
        app, outer, inner = FastAPI(), APIRouter(), Router("/products")
        install(app)
        inner.get("")(bare)
        if nested:
            outer.include_router(inner, dependencies=guard)
            app.include_router(outer)
        else:
            app.include_router(inner, dependencies=guard)
        assert ask(app, "GET", "/products").status_code == 403
    whole = FastAPI(dependencies=guard)
    install(whole)
    router = Router("/products")
    router.get("")(bare)
    whole.include_router(router)
    assert ask(whole, "GET", "/products").status_code == 403


def test_a_handler_that_hides_its_plan_has_no_short_way() -> None:
    async def handle(request: Request) -> Response:
        return Response()

    assert direct(handle) is None

"""Endpoints with and without a short way, and a shop that has them."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Form, Header, Path, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.routing import Mount
from tenure.errors import Conflict, Forbidden
from tenure.http import IfMatch, Patch, RevisionNumber, Router, install
from tenure.http.directory import Directory

Endpoint = Callable[..., Any]


def explosive(text: str) -> str:
    if text == "bomb":
        raise RuntimeError("a validator of the team that breaks")
    return text


class Price(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)]


class Product(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=20), BeforeValidator(explosive)]
    price: Price | None = None
    tags: list[str] = []
    weight: float = 0


async def storage(request: Request) -> str:
    request.app.state.calls.append("storage")
    return str(request.app.state.storage)


async def actor(request: Request) -> str:
    request.app.state.calls.append("actor")
    if "authorization" not in request.headers:
        raise Forbidden("sign in")
    return request.headers["authorization"]


async def reader(request: Request) -> str:
    """Reads the body once more."""
    return f"{await request.body()!r} {await request.json()}"


async def nested(inner: Annotated[str, Depends(storage)]) -> str:
    return inner


async def header(x_name: Annotated[str, Header()] = "nobody") -> str:
    return x_name


async def headers(x: Annotated[list[str] | None, Header(alias="X-Names")] = None) -> str:
    return repr(x)


async def closing(request: Request) -> AsyncIterator[str]:
    yield "open"


StorageDep = Annotated[str, Depends(storage)]
ActorDep = Annotated[str, Depends(actor)]


async def plain(name: str, request: Request, kept: StorageDep, who: ActorDep) -> Response:
    return Response(f"{name} {request.url.path} {kept} {who}")


async def bare() -> Response:
    return Response("bare")


async def number(name: int) -> Response:
    return Response(str(name + 1))


async def short_name(name: Annotated[str, Path(max_length=3)]) -> Response:
    return Response(name)


async def revision(name: str, number: RevisionNumber, who: ActorDep) -> Response:
    return Response(f"{name} {number!r} {who}")


async def create(body: Product, kept: StorageDep, who: ActorDep) -> Response:
    if body.title == "taken":
        raise Conflict("there is one")
    return Response(body.model_dump_json(), 201, {"x-by": f"{kept} {who}"})


async def update(name: str, body: Product, who: ActorDep, match: IfMatch) -> Response:
    return Response(f"{name} {body!r} {match!r}")


async def reread(body: Product, again: Annotated[str, Depends(reader)]) -> Response:
    return Response(again)


async def patch(name: str, changes: Patch, who: ActorDep, match: IfMatch) -> Response:
    return Response(f"{name} {changes.content} {match!r}")


async def untyped(name: str):  # type: ignore[no-untyped-def]
    return {"name": name}


async def document(name: str) -> dict[str, str]:
    return {"name": name}


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


async def listed(name: str, body: list[int]) -> Response:
    return Response(str(body))


async def optional(name: str, body: Product | None = None) -> Response:
    return Response(repr(body))


async def embedded(name: str, body: Annotated[Product, Body(embed=True)]) -> Response:
    return Response(repr(body))


async def two(name: str, body: Product, other: Price) -> Response:
    return Response(f"{body!r} {other!r}")


async def form(name: str, body: Annotated[Price, Form()]) -> Response:
    return Response(repr(body))


async def counted(name: str, body: Annotated[int, Body()]) -> Response:
    return Response(repr(body))


async def flagged(name: bool) -> Response:
    return Response(repr(name))


async def with_headers(name: str, found: Annotated[str, Depends(headers)]) -> Response:
    return Response(found)


PLAIN: list[Endpoint] = [plain, number, short_name, update, patch]
OTHERS: list[Endpoint] = [
    untyped,
    document,
    queried,
    with_nested,
    with_header,
    with_closing,
    twice,
    with_response,
    blocking,
    listed,
    optional,
    embedded,
    two,
    form,
    counted,
    flagged,
    with_headers,
]


def shop(*endpoints: Endpoint, short: bool = True) -> FastAPI:
    """`endpoints` at /products/{name}, else an endpoint of each kind; without short ways if told so."""
    app = FastAPI()
    install(app, body_limit=500)
    app.state.storage = "disk"
    app.state.calls = []
    router = Router("/products")
    if not endpoints:
        router.post("")(create)
        router.post("/again")(reread)
        router.put("/{name}")(update)
        router.patch("/{name}")(patch)
        router.get("/{name}")(plain)
        router.get("/{name}/revisions/{number}")(revision)
    for endpoint in endpoints:
        router.api_route("/{name}", methods=["GET", "POST"])(endpoint)
    app.include_router(router)
    return app if short else without_short_ways(app)


def without_short_ways(app: FastAPI) -> FastAPI:
    """`app`, and what is mounted in it, as FastAPI alone would run it."""
    routes = app.router.routes
    for route in routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            without_short_ways(route.app)
    routes[:] = [route for route in routes if not isinstance(route, Directory)]
    return app

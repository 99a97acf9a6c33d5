"""The directory takes a request where FastAPI would have taken it, and asks no route on the way."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match, Mount, Route
from starlette.types import Scope
from tenure.http import Router, install
from tenure.http.bodies import StrictRoute
from tenure.http.directory import Directory

from tests.runtime.endpoints import without_short_ways
from tests.runtime.raw import send

Ask = Callable[..., httpx.Response]
Build = Callable[[FastAPI], None]


def said(name: str) -> Callable[[Request], Any]:
    """An endpoint that tells its name, and what it got from the path."""

    async def tell(request: Request) -> Response:
        route = request.scope["route"]
        return Response(f"{name} {request.path_params} {route.path} {'app' in request.scope}")

    return tell


def add(router: APIRouter | FastAPI, path: str, name: str, method: str = "GET") -> None:
    router.add_api_route(path, said(name), methods=[method])


def general_first(app: FastAPI) -> None:
    router = Router("/breads")
    add(router, "/{name}", "any")
    add(router, "/rye", "rye")
    add(router, "/{name}", "any post", "POST")
    app.include_router(router)


def special_first(app: FastAPI) -> None:
    router = Router("/breads")
    add(router, "/rye", "rye")
    add(router, "/rye", "rye put", "PUT")
    add(router, "/{name}", "any")
    add(router, "/{name}", "any post", "POST")
    app.include_router(router)


def two_routers_with_one_prefix(app: FastAPI) -> None:
    first, second = Router("/breads"), Router("/breads")
    add(first, "/{name}", "first")
    add(second, "/rye", "second")
    add(second, "/{name}", "second post", "POST")
    app.include_router(first)
    app.include_router(second)


def a_route_of_the_application_in_front(app: FastAPI) -> None:
    add(app, "/breads/{own}", "own")
    special_first(app)


def a_route_of_the_application_behind(app: FastAPI) -> None:
    special_first(app)
    add(app, "/breads/{own}", "own")
    add(app, "/breads/{own}", "own patch", "PATCH")


def a_plain_router_in_front(app: FastAPI) -> None:
    router = APIRouter()
    add(router, "/breads/{own}", "own")
    app.include_router(router)
    special_first(app)


def a_mount_in_front(app: FastAPI) -> None:
    async def tell(request: Request) -> Response:
        return Response("mounted")

    app.router.routes.append(Mount("/breads", routes=[Route("/rye", tell)]))
    special_first(app)


def numbers_only(app: FastAPI) -> None:
    router = Router("/breads")
    add(router, "/{number:int}", "number")
    add(router, "/{name}", "any")
    app.include_router(router)


def whole_paths(app: FastAPI) -> None:
    router = Router("/breads")
    add(router, "/{path:path}", "path")
    add(router, "/{name}/crumbs", "crumbs")
    add(router, "/{name}", "any")
    app.include_router(router)


def an_odd_route_inside(app: FastAPI) -> None:
    class Odd(StrictRoute):
        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            return Match.NONE, {}

    router = Router("/breads")
    router.add_api_route("/{name}", said("odd"), route_class_override=Odd)
    add(router, "/{name}", "any")
    app.include_router(router)


def a_router_that_matches_otherwise(app: FastAPI) -> None:
    class Never(Router):
        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            return Match.NONE, {}

    router = Never("/breads")
    add(router, "/{name}", "never")
    app.include_router(router)
    special_first(app)


def a_router_in_a_router(app: FastAPI) -> None:
    outer, inner = Router("/breads"), Router("/{name}/crumbs")
    add(inner, "", "crumbs")
    add(inner, "/{crumb}", "crumb")
    outer.include_router(inner)
    add(outer, "/{name}", "any")
    app.include_router(outer, prefix="/v1")
    app.include_router(outer)


def included_twice(app: FastAPI) -> None:
    def refuse() -> None:
        raise HTTPException(403, "not for you")

    router = Router("/breads")
    add(router, "/{name}", "any")
    app.include_router(router, prefix="/v1", dependencies=[Depends(refuse)])
    app.include_router(router, prefix="/{shop}")
    app.include_router(router)


def a_mounted_application(app: FastAPI) -> None:
    inner = FastAPI()
    install(inner)
    special_first(inner)
    app.mount("/v1", inner)
    app.mount("/{shop}", inner)


@pytest.mark.parametrize(
    "build",
    [
        general_first,
        special_first,
        two_routers_with_one_prefix,
        a_route_of_the_application_in_front,
        a_route_of_the_application_behind,
        a_plain_router_in_front,
        a_mount_in_front,
        numbers_only,
        whole_paths,
        an_odd_route_inside,
        a_router_that_matches_otherwise,
        a_router_in_a_router,
        included_twice,
        a_mounted_application,
    ],
)
def test_the_route_is_the_one_that_fastapi_would_take(build: Build) -> None:
    ours, theirs = FastAPI(), FastAPI()
    for app in (ours, theirs):
        install(app)
        build(app)
    without_short_ways(theirs)
    paths = ["", "/", "/rye", "/7", "/a b", "/rye/", "/rye/crumbs", "/rye/crumbs/1", "/x\n"]
    for path in [
        start + path for start in ("/breads", "/v1/breads", "/a/breads") for path in paths
    ]:
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            assert send(ours, method, path).seen == send(theirs, method, path).seen


def test_no_route_is_tried_on_the_short_way(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(route: APIRoute, scope: Scope) -> tuple[Match, Scope]:
        raise AssertionError(f"{route.path} was tried")

    monkeypatch.setattr(APIRoute, "matches", tried)
    app = FastAPI()
    install(app)
    special_first(app)
    assert ask(app, "GET", "/breads/7").text.startswith("any")


def test_nothing_is_made_ready_for_a_router_that_nobody_asks_for(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = FastAPI()
    install(app)
    for prefix in ("/breads", "/cakes"):
        router = Router(prefix)
        add(router, "/{name}", prefix)
        app.include_router(router)
    made: list[str] = []
    plain = StrictRoute.get_route_handler

    def watched(route: StrictRoute) -> Any:
        made.append(route.path)
        return plain(route)

    monkeypatch.setattr(StrictRoute, "get_route_handler", watched)
    assert ask(app, "GET", "/cakes/7").status_code == 200
    assert made == ["/cakes/{name}"]


def test_routes_that_come_and_go_later_are_known() -> None:
    app, router, other = FastAPI(), Router("/breads"), Router("/cakes")
    install(app)

    def way(path: str) -> tuple[int, bool]:
        answer = send(app, "GET", path)
        return answer.status, answer.is_short

    @router.get("/{name}")
    async def bread(name: str) -> Response:
        return Response(name)

    app.include_router(router)
    assert way("/breads/7") == (200, True)
    assert way("/breads/7/crumbs") == (404, True)
    router.get("/{name}/crumbs")(bread)
    assert way("/breads/7/crumbs") == (200, True)
    other.get("/{name}")(bread)
    assert way("/cakes/7") == (404, True)
    app.include_router(other)
    assert way("/cakes/7") == (200, True)
    del app.router.routes[-2:]
    assert way("/breads/7") == (404, True)


@pytest.mark.parametrize("root", ["/api", "/b", "/breads", "/breads/7"])
def test_the_path_of_a_proxy_in_front_is_left_out(root: str) -> None:
    app = FastAPI()
    install(app)
    special_first(app)
    directory = next(route for route in app.routes if isinstance(route, Directory))
    router = app.routes[-1]
    scope: Scope = {"type": "http", "method": "GET", "root_path": root}
    for path in (f"{root}/breads/7", "/breads/7", root, f"{root}x/7", f"{root}/breads/rye/"):
        found = directory.matches({**scope, "path": path})[0]
        assert found is router.matches({**scope, "path": path})[0]


def test_addresses_are_still_made_by_name(ask: Ask) -> None:
    app, router = FastAPI(), Router("/breads")
    install(app)

    @router.get("/{name}")
    async def bread(name: str, request: Request) -> Response:
        return Response(str(request.url_for("bread", name="rye")))

    app.include_router(router)
    assert app.url_path_for("bread", name="rye") == "/breads/rye"
    assert ask(app, "GET", "/breads/1").text == "http://test/breads/rye"


def test_what_a_shorter_way_would_leave_out_is_left_to_fastapi() -> None:
    app, router = FastAPI(), Router("/breads")
    install(app)

    @router.post("/{name}")
    async def bread(name: str, request: Request) -> Response:
        return Response(await request.body())

    app.include_router(router, prefix="/small", max_body_size=5)
    app.include_router(router)
    assert send(app, "POST", "/breads/7", b"123456").is_short
    limited = send(app, "POST", "/small/breads/7", b"123456")
    assert (limited.status, limited.is_short) == (413, False)
    directory = next(route for route in app.routes if isinstance(route, Directory))
    scope: Scope = {"type": "http", "method": "POST", "path": "/breads/7"}
    assert directory.matches(scope)[0] is Match.FULL
    assert directory.matches({**scope, "fastapi.telemetry": object()})[0] is Match.NONE
    assert directory.matches({"type": "websocket", "path": "/breads/7"})[0] is Match.NONE

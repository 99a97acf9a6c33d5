"""A route of a Router waits until somebody asks, and nobody can tell: not even who declares a wrong one."""

import copy
import json
import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Form, Header, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from tenure.http import IfMatch, Listing, Patch, RevisionNumber, Router, install, problems, waiting
from tenure.http.bodies import StrictRoute

from tests.runtime.raw import send

Declare = Callable[[APIRouter], Any]
T = TypeVar("T")


class Bread(BaseModel):
    title: str


class Nameless:
    """Nothing that a schema could be made of."""


async def caller(
    request: Request, name: Annotated[str | None, Header(alias="X-Name")] = None
) -> str:
    return name or str(request.url)


async def baker(name: Annotated[str, Depends(caller)]) -> str:
    return name


Baker = Annotated[str, Depends(baker)]


async def read(bread_id: str, request: Request, who: Baker) -> Response:
    """A bread.\fNot for the documentation."""
    return Response(f"{bread_id} {who} {request.method}")


async def make(body: Bread, who: Baker, match: IfMatch) -> PlainTextResponse:
    """Bake
    one more.
    """
    return PlainTextResponse(f"{body.title} {who} {match}")


async def change(bread_id: str, number: RevisionNumber, changes: Patch) -> Response:
    return Response(f"{bread_id} {number} {changes.content}")


def declared(router: APIRouter) -> None:
    """Everything that may wait."""
    router.get("/{bread_id}", response_model=Bread, responses=problems(404))(read)
    router.post("", status_code=201, response_model=Bread, tags=["baking"], name="bake")(make)
    router.put("", summary="Bake", description="As\fsaid", deprecated=True)(make)
    router.patch("/{bread_id}/{number}", response_model=list[Bread], operation_id="change")(change)
    router.get("/{bread_id}/all", response_model=Listing[Bread], openapi_extra={"x-of": 1})(read)
    router.delete("/{bread_id}", status_code=204, include_in_schema=False)(read)
    router.add_api_route("/{bread_id}/any", read, methods=["post"], response_model=None)
    router.get("/{bread_id}/guarded", dependencies=[Depends(baker)], response_class=Response)(read)


def routers() -> tuple[Router, APIRouter]:
    """The same routes, waiting and not."""
    late, built = Router("/breads"), APIRouter(prefix="/breads", route_class=StrictRoute)
    declared(late)
    declared(built)
    return late, built


def is_waiting(route: object) -> bool:
    return "_late" in vars(route)


def test_what_a_waiting_route_tells_is_what_fastapi_would() -> None:
    late, built = routers()
    assert len(late.routes) == len(built.routes) == 8
    for waits, ready in zip(late.routes, built.routes, strict=True):
        early = {name: value for name, value in vars(waits).items() if name != "_late"}
        assert len(early) > 25
        assert early == {name: vars(ready)[name] for name in early}
        assert is_waiting(waits)


def test_a_route_is_built_when_more_is_asked_and_keeps_what_was_changed() -> None:
    late, built = routers()
    for waits, ready in zip(late.routes, built.routes, strict=True):
        assert isinstance(waits, APIRoute)
        assert isinstance(ready, APIRoute)
        waits.tags.append("mine")
        waits.summary = "Changed"
        assert waits.unique_id == ready.unique_id
        assert not is_waiting(waits)
        assert vars(waits).keys() == vars(ready).keys()
        assert waits.path_regex == ready.path_regex
        assert repr(waits.body_field) == repr(ready.body_field)
        assert (waits.tags, waits.summary) == ([*ready.tags, "mine"], "Changed")


def test_requests_need_no_route_that_was_declared() -> None:
    app, (late, _) = FastAPI(), routers()
    install(app)
    app.include_router(late)
    assert send(app, "GET", "/breads/7").status == 200
    refused = send(app, "POST", "/breads", b'{"title": NaN}', content_type="application/json")
    assert refused.status == 422
    assert b"NaN" in refused.body
    # What problems.py asks the route for, which FastAPI had refused, is all that was built.
    assert [is_waiting(route) for route in late.routes] == [True, False, *[True] * 6]
    assert send(app, "GET", "/breads/7/none/of/these").status == 404


def test_the_document_is_the_same_to_the_byte() -> None:
    documents = []
    for router in routers():
        app = FastAPI()
        install(app)
        app.include_router(router, prefix="/v1", tags=["first"])
        documents.append(json.dumps(app.openapi()))
    assert documents[0] == documents[1]
    assert '"/v1/breads/{bread_id}/guarded"' in documents[0]


def refused_by(declare: Declare, router: APIRouter) -> tuple[type[BaseException], str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which, FastAPI decides
        declare(router)
    return type(caught.value), str(caught.value)


def from_two_places(router: APIRouter) -> None:
    async def named(name: str) -> str:
        return name

    async def read(name: str, who: Annotated[str, Depends(named)], wrong: Nameless) -> Response:
        return Response(name + who + str(wrong))

    router.get("/{name}")(read)


def a_header_with_the_name_of_a_part_of_the_path(router: APIRouter) -> None:
    async def who(bread_id: Annotated[str | None, Header()] = None) -> str:
        return bread_id or ""

    async def read(bread_id: str, who: Annotated[str, Depends(who)]) -> Response:
        return Response(bread_id + who)

    router.get("/{bread_id}")(read)


def a_guard_that_asks_for_the_impossible(router: APIRouter) -> None:
    async def guard(what: Nameless) -> None:
        raise AssertionError(what)

    router.get("/{bread_id}", dependencies=[Depends(guard)])(read)


def a_header_of_no_text(router: APIRouter) -> None:
    async def who(name: Annotated[str | None, Header(ge=1)] = None) -> str:
        return name or ""

    async def read(who: Annotated[str, Depends(who)]) -> Response:
        return Response(who)

    router.get("")(read)


def a_model_that_lacks_something(router: APIRouter) -> None:
    class Half(BaseModel):
        other: "Missing"  # type: ignore[name-defined]  # noqa: F821

    async def make(body: Half) -> Response:
        return Response(str(body))

    router.post("")(make)


def a_query_in_the_path(router: APIRouter) -> None:
    async def read(bread_id: Annotated[str, Query()]) -> Response:
        return Response(bread_id)

    router.get("/{bread_id}")(read)


def text_that_is_too_large(router: APIRouter) -> None:
    async def read(bread_id: Annotated[str, Path(ge=1)]) -> Response:
        return Response(bread_id)

    router.get("/{bread_id}")(read)


def a_model_in_the_path(router: APIRouter) -> None:
    async def read(bread: Bread) -> Response:
        return Response(bread.title)

    router.get("/{bread}")(read)


REFUSED: list[Declare] = [
    from_two_places,
    a_header_with_the_name_of_a_part_of_the_path,
    a_guard_that_asks_for_the_impossible,
    a_query_in_the_path,
    a_model_in_the_path,
    lambda router: router.get("/{bread_id}", response_model=Nameless)(read),
    lambda router: router.get("/{bread_id}", response_model=list[Nameless])(read),
    lambda router: router.get("/{bread_id}", response_model=Bread, status_code=204)(read),
    lambda router: router.get("/{bread_id}", responses={404: {"model": Nameless}})(read),
    lambda router: router.get("/{bread_id}", responses={404: Nameless})(read),  # type: ignore[dict-item]
    lambda router: router.get("/{bread_id}/{bread_id}")(read),
    lambda router: router.get("/{bread_id:bread}")(read),
    lambda router: router.get("/{bread_id}", max_body_size=-1)(read),
    lambda router: router.get("/{bread_id}", nonsense=1)(read),  # type: ignore[call-arg]
]


@pytest.mark.parametrize("declare", REFUSED)
def test_a_route_that_fastapi_refuses_is_refused_where_it_is_declared(declare: Declare) -> None:
    expected = refused_by(declare, APIRouter(prefix="/breads", route_class=StrictRoute))
    assert refused_by(declare, Router("/breads")) == expected


def a_form(router: APIRouter) -> None:
    @router.post("")
    async def make(title: Annotated[str, Form()]) -> Response:
        return Response(title)


def a_body_with_a_name(router: APIRouter) -> None:
    @router.post("")
    async def make(body: Annotated[Bread, Body(embed=True)]) -> Response:
        return Response(body.title)


def two_bodies(router: APIRouter) -> None:
    @router.post("")
    async def make(one: Bread, other: Bread) -> Response:
        return Response(one.title + other.title)


def a_default(router: APIRouter) -> None:
    @router.get("")
    async def read(name: str = "rye") -> Response:
        return Response(name)


def a_value(router: APIRouter) -> None:
    @router.get("")
    async def read() -> Bread:
        return Bread(title="rye")


def a_thread(router: APIRouter) -> None:
    @router.get("")
    def read() -> Response:
        return Response("rye")


AT_ONCE: list[Declare] = [
    a_form,
    a_body_with_a_name,
    two_bodies,
    a_default,
    a_value,
    a_thread,
    a_header_of_no_text,
    a_model_that_lacks_something,
    text_that_is_too_large,
]


@pytest.mark.parametrize("declare", AT_ONCE)
def test_what_only_fastapi_understands_does_not_wait(declare: Declare) -> None:
    router = Router("/breads")
    declare(router)
    assert [is_waiting(route) for route in router.routes] == [False]


def test_a_fastapi_that_includes_copies_of_routes_gets_them_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "_can_wait", False)
    app, (late, _) = FastAPI(), routers()
    install(app)
    app.include_router(late)
    assert not any(is_waiting(route) for route in late.routes)
    assert send(app, "GET", "/breads/7").status == 200


def test_a_fastapi_that_reads_what_is_not_known_early_builds_the_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "_the_same_for_all", dict)
    app, (late, _) = FastAPI(), routers()
    install(app)
    app.include_router(late)
    assert send(app, "GET", "/breads/7").status == 200
    assert not is_waiting(late.routes[0])


def test_a_route_is_built_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    late, _ = routers()
    route, built, plain = late.routes[1], [], StrictRoute.__init__
    assert isinstance(route, StrictRoute)

    def slow(self: StrictRoute, *given: Any, **options: Any) -> None:
        built.append(self)
        time.sleep(0.05)
        plain(self, *given, **options)

    monkeypatch.setattr(StrictRoute, "__init__", slow)
    found: list[Any] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.append((route.dependant.call, route.body_field is not None, route.reads_json()))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(make, True, True)] * 8
    assert built == [route]


def test_a_route_that_could_not_be_built_says_so_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late, _ = routers()
    route = late.routes[0]

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no memory left")

    with monkeypatch.context() as patched:
        patched.setattr(StrictRoute, "__init__", broken)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="no memory left"):
                route.dependant  # type: ignore[attr-defined]  # noqa: B018
    assert route.dependant.call is read  # type: ignore[attr-defined]


def test_a_copy_waits_too_and_nothing_is_invented() -> None:
    late, _ = routers()
    twin = copy.copy(late.routes[0])
    assert is_waiting(twin)
    assert twin == late.routes[0]
    assert not hasattr(twin, "nonsense")
    assert not hasattr(twin, "__nonsense__")

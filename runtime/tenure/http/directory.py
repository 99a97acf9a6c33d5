"""Finds the route of a request among many, and goes there the short way."""

from typing import Any

from fastapi import FastAPI, routing
from starlette import convertors
from starlette.routing import BaseRoute, Match, Mount, NoMatchFound, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tenure.http.direct import direct
from tenure.http.routing import Router
from tenure.http.waiting import WaitingRoute

__all__ = ["Directory"]

_WAY = "tenure.way"
_WITHIN_A_SEGMENT = (
    convertors.StringConvertor,
    convertors.IntegerConvertor,
    convertors.FloatConvertor,
    convertors.UUIDConvertor,
)
# Without it FastAPI does not tell how including a router changed its routes: no short ways then.
_contexts = getattr(routing, "iter_route_contexts", None)


class Directory(BaseRoute):
    """The first route of an application: matches what has a short way, and leaves the rest alone.

    FastAPI tries one route after the other, those of an included router twice. Here the routes of a
    `Router` are found by method and number of segments. Which of several routes that fit is meant
    stays the same: the first one.
    """

    def __init__(self, app: FastAPI) -> None:
        self._routes = app.router.routes
        self._seen: list[BaseRoute] = []
        self._places: list[tuple[str, _Opaque | _Table]] = []

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Full when the route that FastAPI would take has a short way; asked for each request."""
        if scope["type"] != "http" or "fastapi.telemetry" in scope:  # which wants to see every step
            return Match.NONE, {}
        if self._seen != self._routes:  # identity in nearly every case, so this is cheap
            self._look_again()
        path = _local(scope)
        for mark, place in self._places:
            if mark in path:
                found = place.find(scope, path)
                if found is not None:
                    return found
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go the way that was found."""
        await scope[_WAY](scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """No address is made here."""
        raise NoMatchFound(name, path_params)

    def _look_again(self) -> None:
        self._seen = list(self._routes)
        self._places = [_place(route) for route in self._seen if route is not self]


def _local(scope: Scope) -> str:
    """The path without what a proxy, or the application this one is mounted in, has put in front."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and (path == root or path.startswith(f"{root}/")):
        return path[len(root) :]
    return path


class _Opaque:
    """A route that is asked itself: what it takes has no short way."""

    def __init__(self, route: BaseRoute) -> None:
        self._route = route

    def find(self, scope: Scope, path: str) -> tuple[Match, Scope] | None:  # noqa: ARG002
        """Match.NONE when it takes the request, None when others may."""
        return (Match.NONE, {}) if self._route.matches(scope)[0] is Match.FULL else None


class _Table:
    """The routes of an included router, by method and number of segments."""

    def __init__(self, included: BaseRoute, router: Router) -> None:
        self._included = included
        self._router = router
        self._seen: list[BaseRoute] | None = None
        self._rows: dict[tuple[str, int], list[_Row]] | None = None

    def find(self, scope: Scope, path: str) -> tuple[Match, Scope] | None:
        """What FastAPI would take, None when that is not here, Match.NONE when it has no short way."""
        if self._seen != self._router.routes:
            # Not before somebody asks: FastAPI needs most of a millisecond for each route.
            self._seen = list(self._router.routes)
            self._rows = _rows(self._included, self._seen)
        if self._rows is None:
            return _Opaque(self._included).find(scope, path)
        for row in self._rows.get((scope["method"], path.count("/")), ()):
            matched = row.regex.match(path)
            if matched:
                return row.take(scope, matched.groupdict())
        return None


class _Row:
    """One route, as including its router made it."""

    def __init__(self, context: Any) -> None:
        self.regex = context.path_regex
        self._route = context.original_route
        self._endpoint = context.endpoint
        self._convertors = context.param_convertors
        self._way = _way(context)

    def take(self, scope: Scope, given: dict[str, str]) -> tuple[Match, Scope]:
        """What FastAPI would put into the scope, and the way; Match.NONE without a way."""
        if self._way is None:
            return Match.NONE, {}
        found = dict(scope.get("path_params", ()))
        for name, text in given.items():
            found[name] = self._convertors[name].convert(text)
        told = {"endpoint": self._endpoint, "path_params": found, "route": self._route}
        return Match.FULL, {**told, _WAY: self._way}


def _place(route: BaseRoute) -> "tuple[str, _Opaque | _Table]":
    """Where to look, and a text that is in every path it can be found under."""
    router = getattr(route, "original_router", None)
    if type(router) is Router:  # what inherits from it may match in another way
        return router.mark, _Table(route, router)
    if type(route) in (Route, Mount):
        return getattr(route, "path", "").partition("{")[0], _Opaque(route)
    return "", _Opaque(route)


def _rows(
    included: BaseRoute, routes: list[BaseRoute]
) -> "dict[tuple[str, int], list[_Row]] | None":
    """None for a router that holds more than routes whose number of segments is known."""
    if _contexts is None or any(type(route) is not WaitingRoute for route in routes):
        return None
    rows: dict[tuple[str, int], list[_Row]] = {}
    for context in _contexts([included]):
        if any(type(kind) not in _WITHIN_A_SEGMENT for kind in context.param_convertors.values()):
            return None
        row = _Row(context)
        for method in context.methods:
            rows.setdefault((method, context.path.count("/")), []).append(row)
    return rows


def _way(context: Any) -> ASGIApp | None:
    if context.max_body_size is not None:
        return None
    return direct(
        context.dependant, context.body_field, context.dependency_overrides_provider, context.app
    )

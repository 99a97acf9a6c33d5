"""A short way to endpoints that leave FastAPI nothing to find out."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, get_type_hints

from fastapi.dependencies.models import Dependant
from fastapi.params import Body
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenure.http.bodies import parse_json

__all__ = ["direct"]

_EVERYWHERE = {"name", "call", "request_param_name"}
_WITHOUT_EFFECT = {"use_cache", "path", "scope"}  # on calls that differ, and do not yield


def direct(plan: Dependant, body: Any, owner: Any, app: ASGIApp) -> ASGIApp | None:
    """What FastAPI's `app` does for a plain endpoint, at a third of the cost; None if not plain.

    Plain is an `async def` that returns a Response and asks for text and numbers from the path, the
    request, one JSON body that is a model, and what `async def` dependencies make of the request and
    of optional headers. `body` is the field of the body, `owner` has the `dependency_overrides`.

    Everything else, and everything this does not know, is left to `app`. So is every request that
    does not fit: nothing has been called by then, and `app` finds the body as if it were unread.
    """
    endpoint = plan.call
    if endpoint is None or not _is_plain(plan, "path_params", "dependencies", "body_params"):
        return None
    steps = [_step(part) for part in plan.dependencies]
    known = [step for step in steps if step is not None]
    if len(known) < len(steps) or len({step.call for step in known}) < len(known):
        return None
    if not _answers(endpoint) or not all(map(_is_simple, plan.path_params)):
        return None
    if any(field is not body or not _is_model(field) for field in plan.body_params):
        return None
    texts = [field.name for field in plan.path_params if _is_text(field)]
    checked = [(field.name, field) for field in plan.path_params if not _is_text(field)]
    own = plan.request_param_name

    async def short(scope: Scope, receive: Receive, send: Send) -> None:
        if owner and owner.dependency_overrides:
            await app(scope, receive, send)
            return
        given = scope["path_params"]
        values = {name: given[name] for name in texts}
        # FastAPI reads the body first of all, and judges path and body after the dependencies. What
        # is wrong starts again with FastAPI, so that the dependencies have the first word.
        if body is not None:
            first = await receive()
            receive = _again(first, receive)
            values[body.name], wrong = _validated(body, scope, first)
            if wrong:
                await app(scope, receive, send)
                return
        for name, field in checked:
            values[name], errors = field.validate(given[name], {}, loc=("path", name))
            if errors:
                await app(scope, receive, send)
                return
        request = Request(scope, receive, send)
        for step in known:
            values[step.name] = await step.call(**step.arguments(request))
        if own is not None:
            values[own] = request
        response: Response = await endpoint(**values)
        await response(scope, receive, send)

    return short


@dataclass(frozen=True, slots=True)
class _Step:
    """A dependency: what it is called with, and what for."""

    name: str
    call: Callable[..., Awaitable[Any]]
    request: str | None
    headers: tuple[tuple[str, bytes], ...]

    def arguments(self, request: Request) -> dict[str, Any]:
        """What a call gets out of `request`."""
        found: dict[str, Any] = {} if self.request is None else {self.request: request}
        for name, key in self.headers:
            found[name] = _header(request.scope, key)
        return found


def _step(part: Dependant) -> _Step | None:
    """A dependency that wants nothing but the request and headers that may be missing; or None."""
    if not _is_plain(part, "header_params") or part.name is None or part.call is None:
        return None
    if not all(map(_is_optional_text, part.header_params)):
        return None
    headers = tuple((field.name, _key(field)) for field in part.header_params)
    return _Step(part.name, part.call, part.request_param_name, headers)


def _validated(body: Any, scope: Scope, first: Message) -> tuple[Any, bool]:
    """The value of the body, and whether something is wrong: to find out what, is FastAPI's task."""
    if first["type"] != "http.request" or first.get("more_body"):
        return None, True
    media = _header(scope, b"content-type") or ""
    if media.partition(";")[0].strip().lower() != "application/json":
        return None, True
    try:
        value, errors = body.validate(parse_json(first["body"]), {}, loc=("body",))
    except Exception:  # a validator of the team may raise anything; FastAPI will meet it again
        return None, True
    return value, bool(errors)


def _again(first: Message, receive: Receive) -> Receive:
    """A `receive` that gives `first` once more."""
    pending = [first]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


def _header(scope: Scope, key: bytes) -> str | None:
    # Building a Headers object would cost more than to look.
    value: bytes
    for name, value in scope["headers"]:
        if name == key:
            return value.decode("latin-1")
    return None


def _is_plain(plan: Dependant, *known: str) -> bool:
    """Whether a call asks only for what is `known` here, fields of later FastAPIs included."""
    touched = {
        field.name
        for field in fields(plan)
        if getattr(plan, field.name) not in (_default(field), [])
    }
    return touched <= {*_EVERYWHERE, *_WITHOUT_EFFECT, *known} and inspect.iscoroutinefunction(
        plan.call
    )


def _is_simple(field: Any) -> bool:
    info = field.field_info
    return info.annotation in (str, int) and {info.alias, info.validation_alias} <= {
        None,
        field.name,
    }


def _is_text(field: Any) -> bool:
    return field.field_info.annotation is str and not field.field_info.metadata


def _is_optional_text(field: Any) -> bool:
    info = field.field_info
    return (
        info.annotation == str | None
        and not info.metadata
        and info.default is None
        and info.default_factory is None
        and isinstance(info.alias, str)
        and info.validation_alias in (None, info.alias)
    )


def _key(field: Any) -> bytes:
    alias: str = field.field_info.alias
    return alias.lower().encode("latin-1")


def _is_model(field: Any) -> bool:
    info = field.field_info
    return (
        type(info) is Body
        and not info.metadata
        and isinstance(info.annotation, type)
        and issubclass(info.annotation, BaseModel)
    )


def _answers(endpoint: Callable[..., Any]) -> bool:
    told = get_type_hints(endpoint).get("return")
    return isinstance(told, type) and issubclass(told, Response)


def _default(field: "Field[Any]") -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()

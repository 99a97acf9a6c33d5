"""A short way to endpoints that leave FastAPI nothing to find out."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import MISSING, Field, fields
from typing import Any, get_type_hints

from fastapi.dependencies.models import Dependant
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["direct"]

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_SOLVED_HERE = {"path_params", "dependencies", "name", "call", "request_param_name"}
_WITHOUT_EFFECT = {"use_cache", "path", "scope"}  # on calls that differ, and do not yield


def direct(handle: Handler) -> Handler | None:
    """What FastAPI's `handle` does for a plain endpoint, at a third of the cost; None if not plain.

    Plain is an `async def` that returns a Response and asks for text from the path, the request, and
    what `async def` dependencies make of the request alone. Everything else, and everything this does
    not know, is FastAPI's: also when dependencies are overridden or telemetry is on.
    """
    # FastAPI has no way to ask what it would solve, counting what including a router added. What its
    # handler closes over is that very thing; should it not be there, there is no short way.
    enclosed = inspect.getclosurevars(handle).nonlocals
    plan = enclosed.get("dependant")
    if not isinstance(plan, Dependant) or "dependency_overrides_provider" not in enclosed:
        return None
    owner = enclosed["dependency_overrides_provider"]
    endpoint = plan.call
    if endpoint is None or not _is_plain(plan) or not _answers(endpoint):
        return None
    steps = [_step(part) for part in plan.dependencies]
    known = [step for step in steps if step is not None]
    if len(known) < len(steps) or len({call for _, call, _ in known}) < len(known):
        return None
    names = [field.name for field in plan.path_params]
    own = plan.request_param_name

    async def short(request: Request) -> Response:
        if "fastapi.telemetry" in request.scope or (owner and owner.dependency_overrides):
            return await handle(request)
        given = request.scope["path_params"]
        values: dict[str, Any] = {name: given[name] for name in names}
        for name, call, parameter in known:
            values[name] = await call(**{parameter: request})
        if own is not None:
            values[own] = request
        response: Response = await endpoint(**values)
        return response

    return short


def _is_plain(plan: Dependant) -> bool:
    """Whether a call asks only for what `short` can give, fields of later FastAPIs included."""
    touched = {
        field.name
        for field in fields(plan)
        if getattr(plan, field.name) not in (_default(field), [])
    }
    return (
        touched <= _SOLVED_HERE | _WITHOUT_EFFECT
        and inspect.iscoroutinefunction(plan.call)
        and all(
            field.field_info.annotation is str
            and not field.field_info.metadata
            and field.alias == field.name
            for field in plan.path_params
        )
    )


def _step(part: Dependant) -> tuple[str, Callable[..., Awaitable[Any]], str] | None:
    """A dependency as name, call and parameter; None when it wants more than the request."""
    if not _is_plain(part) or part.dependencies or part.path_params:
        return None
    if part.name is None or part.call is None or part.request_param_name is None:
        return None
    return part.name, part.call, part.request_param_name


def _answers(endpoint: Callable[..., Any]) -> bool:
    told = get_type_hints(endpoint).get("return")
    return isinstance(told, type) and issubclass(told, Response)


def _default(field: "Field[Any]") -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()

"""Endpoints that FastAPI has nothing to object to: told by their signatures, without asking it."""

import inspect
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

from fastapi.params import Depends, Header
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from starlette.requests import Request
from starlette.responses import Response

from tenure.http.parameters import RevisionNumber

__all__ = ["bodies", "is_dependency", "is_model"]

_IN_PATHS = (str, int, RevisionNumber)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def bodies(endpoint: Callable[..., Any], path: Collection[str]) -> int | None:
    """How many JSON bodies `endpoint` reads, 0 or 1; None if only FastAPI can say whether it is sound.

    Sound is an `async def` that returns a Response and asks for the names in `path` as text or
    numbers, the request, a model, and dependencies as `is_dependency` knows them.
    """
    signature = _signature(endpoint)
    if signature is None or not inspect.iscoroutinefunction(endpoint):
        return None
    returned, found = signature.return_annotation, 0
    if not isinstance(returned, type) or not issubclass(returned, Response):
        return None
    for parameter in signature.parameters.values():
        kind = parameter.annotation
        if parameter.kind not in _NAMED or parameter.default is not parameter.empty:
            return None
        if parameter.name in path:
            if not any(kind is known for known in _IN_PATHS):
                return None
        elif is_model(kind):
            found += 1
        elif kind is not Request and not _is_annotated_dependency(kind, path):
            return None
    return found if found < 2 else None


def is_model(kind: object) -> bool:
    """Whether it is a model that lacks nothing: a field of this type can be made."""
    return isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__pydantic_complete__


def is_dependency(told: object, path: Iterable[str]) -> bool:
    """Whether it is a plain `Depends(function)`, sound in a route with these names in its path.

    The function may ask for the request, for headers that may be missing, and for such dependencies.
    """
    if type(told) is not Depends or told.dependency is None or told != Depends(told.dependency):
        return False
    asked = _asked(told.dependency)
    # A name that is in the path, too, would be read from there.
    return asked is not None and asked.isdisjoint(path)


@lru_cache(maxsize=512)  # the same few in every route
def _asked(call: Callable[..., Any]) -> frozenset[str] | None:
    """The names of all parameters of a dependency and its dependencies; None if only FastAPI knows."""
    signature = _signature(call)
    if signature is None or inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
        return None
    found: set[str] = set()
    for parameter in signature.parameters.values():
        kind, default = parameter.annotation, parameter.default
        if parameter.kind not in _NAMED:
            return None
        found.add(parameter.name)
        if _is_optional_header(kind) and default is None:
            continue
        if default is not parameter.empty:
            return None
        if kind is not Request:
            deeper = _asked_by(kind)
            if deeper is None:
                return None
            found |= deeper
    return frozenset(found)


def _asked_by(kind: Any) -> frozenset[str] | None:
    if not _is_annotated_dependency(kind, ()):
        return None
    return _asked(get_args(kind)[1].dependency)


def _is_annotated_dependency(kind: Any, path: Iterable[str]) -> bool:
    if get_origin(kind) is not Annotated:
        return False
    _, *told = get_args(kind)
    return len(told) == 1 and is_dependency(told[0], path)


def _is_optional_header(kind: Any) -> bool:
    if get_origin(kind) is not Annotated:
        return False
    base, *told = get_args(kind)
    return (
        base == str | None
        and len(told) == 1
        and type(told[0]) is Header
        and told[0].default is PydanticUndefined
        and told[0].default_factory is None
        and not told[0].metadata
    )


def _signature(call: Callable[..., Any]) -> inspect.Signature | None:
    if not inspect.isfunction(call) or hasattr(call, "__wrapped__"):
        return None
    try:
        return inspect.signature(call, eval_str=True)
    except Exception:  # names that mean nothing yet; whether that is wrong, FastAPI says
        return None

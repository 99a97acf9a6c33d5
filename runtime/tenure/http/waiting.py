"""Routes that are not built before somebody asks: FastAPI builds those of included routers anew anyway."""

import inspect
import re
import threading
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin

from fastapi import routing
from fastapi.datastructures import DefaultPlaceholder
from starlette.responses import Response

from tenure.http.bodies import StrictRoute
from tenure.http.endpoints import bodies, is_dependency, is_model

__all__ = ["WaitingRoute"]

_PATH = re.compile(r"(/([^{}/]+|\{[A-Za-z_][A-Za-z_0-9]*\})?)+")
_NAME = re.compile(r"\{(.*?)\}")
_AS_GIVEN = (
    "callbacks",
    "dependency_overrides_provider",
    "deprecated",
    "generate_unique_id_function",
    "include_in_schema",
    "max_body_size",
    "openapi_extra",
    "operation_id",
    "response_class",
    "response_description",
    "response_model_by_alias",
    "response_model_exclude",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
    "response_model_exclude_unset",
    "response_model_include",
    "status_code",
    "strict_content_type",
    "summary",
)
_NOT_AS_GIVEN = (
    "dependencies",
    "description",
    "methods",
    "name",
    "response_model",
    "responses",
    "tags",
)
_BODILESS = (204, 205, 304)
# A FastAPI without it copies routes when it includes them, and tries the copies one by one: what
# waits until then would make the first request pay for everything at once.
_can_wait = hasattr(routing, "iter_route_contexts")
_building = threading.RLock()


class WaitingRoute(StrictRoute):
    """A route that FastAPI builds when an attribute is read that it was not simply given.

    To build one takes a millisecond or two, and what comes of it is hardly ever used: an included
    router builds its routes again for the place it is included at. What waits is only what FastAPI
    accepts in any case (`endpoints.py`); every other route is built, or refused, where it is declared.
    """

    _late: tuple[tuple[Any, ...], dict[str, Any], bool]

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        found = _early(path, endpoint, options) if _can_wait else None
        if found is None:
            super().__init__(path, endpoint, **options)
        else:
            early, has_body = found
            vars(self).update(early, _late=((path, endpoint), options, has_body))

    def __getattr__(self, name: str) -> Any:
        """What is not there yet: everything, after this."""
        if not name.startswith("__"):
            with _building:  # which a thread enters again for what is missing while it builds
                if "_late" in vars(self) and name != "_late":
                    self._build()
                if name in vars(self):
                    return vars(self)[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def reads_json(self) -> bool:
        """Whether there is a body."""
        late = vars(self).get("_late")
        return super().reads_json() if late is None else late[2]

    def _build(self) -> None:
        early = dict(vars(self))  # with what has been changed since
        late = vars(self).pop("_late")
        try:
            super().__init__(*late[0], **late[1])
        except BaseException:
            vars(self)["_late"] = late
            raise
        del early["_late"]
        vars(self).update(early)


def _early(
    path: str, endpoint: Callable[..., Any], options: dict[str, Any]
) -> tuple[dict[str, Any], bool] | None:
    """What FastAPI would make of this without a look at the endpoint, and whether that reads a body.

    None where FastAPI itself has to look: it may have something to say.
    """
    names = _NAME.findall(path)
    if not _PATH.fullmatch(path) or len(set(names)) < len(names):
        return None
    if not options.keys() <= {*_AS_GIVEN, *_NOT_AS_GIVEN} or not options.get("methods"):
        return None
    responses = options.get("responses") or {}
    if not all(isinstance(it, dict) and not it.get("model") for it in responses.values()):
        return None
    dependencies = list(options.get("dependencies") or ())
    if not all(is_dependency(it, names) for it in dependencies):
        return None
    found = bodies(endpoint, names)
    if found is None or not _is_answer(options) or options.get("max_body_size") is not None:
        return None
    model = options.get("response_model")
    said = options.get("description") or inspect.cleandoc(endpoint.__doc__ or "")
    return {
        **_the_same_for_all(),
        **{name: options[name] for name in _AS_GIVEN if name in options},
        "path": path,
        "endpoint": endpoint,
        "dependencies": dependencies,
        "description": said.split("\f")[0].strip(),
        "methods": {method.upper() for method in options["methods"]},
        "name": endpoint.__name__ if options.get("name") is None else options["name"],
        "response_model": None if isinstance(model, DefaultPlaceholder) else model,
        "responses": responses,
        "stream_item_type": None,
        "tags": options.get("tags") or [],
    }, found > 0


def _is_answer(options: dict[str, Any]) -> bool:
    """Whether FastAPI can document what is answered."""
    model, status = options.get("response_model"), options.get("status_code")
    if isinstance(status, Enum) or not isinstance(status, int | None):
        return False
    if not isinstance(options.get("response_class", Response), type | DefaultPlaceholder):
        return False
    if model is None or isinstance(model, DefaultPlaceholder):
        return True
    if status is not None and (status < 200 or status in _BODILESS):
        return False
    return is_model(get_args(model)[0] if get_origin(model) is list else model)


@cache
def _the_same_for_all() -> dict[str, Any]:
    """What FastAPI makes of options that nobody gave, under a name only some versions have."""
    # With a parameter: what FastAPI imports to make its first field, it does not in the first request.
    built = vars(StrictRoute("/{of}", _nothing))
    return {name: built[name] for name in ("form_limits",) if name in built}


async def _nothing(of: str) -> Response:  # noqa: ARG001
    return Response()

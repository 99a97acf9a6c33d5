"""Every answer that is not a success: a problem document (RFC 9457) in our own words."""

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from tenure.errors import FieldError, Invalid, Refusal, UnsupportedMedia
from tenure.http.gate import REQUEST_ID, request_id
from tenure.http.words import MOST_ERRORS, parameter_errors, places

__all__ = ["MEDIA_TYPE", "handle_problems", "problem", "problems"]

MEDIA_TYPE = "application/problem+json"

_MOST_ERRORS = 100
_PATIENCE = "5"  # seconds: a server that restarts, a lock that others hold

_log = logging.getLogger("tenure.http")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SAYS: Mapping[int, str] = {
    304: "Not changed since the ETag in If-None-Match",
    401: "The token is missing, expired or not valid",
    403: "The caller may not do this",
    404: "There is nothing with this id, or the caller may not know of it",
    409: "The state of the resource, or of another one, does not allow this",
    410: "It was deleted; its history remains",
    412: "Somebody else changed it since the ETag in If-Match",
    413: "The body is larger than the limit",
    415: "The content type is not one that is read here",
    416: "The content is shorter than where Range begins",
    422: "The request does not fit; `errors` says where",
    428: "An If-Match header is needed",
    503: "The storage cannot be reached; try again later",
}
_DETAILS: Mapping[int, str] = {
    404: "there is nothing at this address",
    405: "this address does not know the method",
}
_REFUSALS = {kind.status: kind for kind in Refusal.__subclasses__()}


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    code: str | None = None,
    title: str | None = None,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document; `code` is what clients switch on, `detail` what people read."""
    phrase = HTTPStatus(status).phrase
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": title or phrase,
        "status": status,
        "detail": detail or title or phrase,
        "code": code or phrase.lower().replace(" ", "_"),
        "request_id": request_id(request),
    }
    places = list(errors)
    if places:
        content["errors"] = [_place(error) for error in places[:_MOST_ERRORS]]
    if len(places) > _MOST_ERRORS:
        # Nobody reads more, and ten thousand of them would be an answer of megabytes.
        content["more_errors"] = len(places) - _MOST_ERRORS
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    body = text.encode("utf-8", "replace")
    sent = {"cache-control": "no-store", **(headers or {})}
    if status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" not in map(str.lower, sent):
        sent["retry-after"] = _PATIENCE
    return Response(body, status, sent, MEDIA_TYPE)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: what each of these statuses means, and its problem document."""
    return {status: _documented(status) for status in statuses}


def handle_problems(app: FastAPI) -> None:
    """Answer every refusal, FastAPI's own included, with a problem document."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _declined)
    app.add_exception_handler(Exception, _unexpected)


def _documented(status: int) -> dict[str, Any]:
    said: dict[str, Any] = {"description": _SAYS.get(status) or HTTPStatus(status).phrase}
    if status >= HTTPStatus.BAD_REQUEST:
        said["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return said


def _place(error: FieldError) -> dict[str, str]:
    if error.parameter is not None:
        return {"parameter": error.parameter, "detail": error.detail}
    return {"pointer": error.pointer, "detail": error.detail}


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - FastAPI looks handlers up by class
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request %s: %s", request_id(request), error.detail, exc_info=error)
    return problem(
        request,
        error.status,
        error.detail,
        code=error.code,
        title=error.title,
        errors=error.errors,
        headers=error.headers,
    )


async def _unfit(request: Request, error: Exception) -> Response:
    """A body or a parameter that FastAPI refused."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if isinstance(error.body, bytes):  # FastAPI leaves bytes when the content type is not JSON
        detail = "send the body as application/json"
        return await _refusal(
            request, UnsupportedMedia(detail, headers={"Accept": "application/json"})
        )
    return await _refusal(request, Invalid("the request does not fit", _found(request, error)))


def _found(request: Request, error: RequestValidationError) -> list[FieldError]:
    found: list[FieldError] = []
    field = getattr(request.scope.get("route"), "body_field", None)
    model = field.field_info.annotation if field is not None else None
    for item in islice(error.errors(), MOST_ERRORS):
        where, *path = item["loc"]
        if item["type"] == "json_invalid":
            found.append(FieldError("", f"is not JSON: {item['ctx']['error']}"))
        elif where == "body":
            found += places([{**item, "loc": path}], error.body, model)
        else:
            found += parameter_errors([{**item, "loc": path or [where]}])
    return found


async def _declined(request: Request, error: Exception) -> Response:
    """A refusal of the framework (404, 405, 413), or an HTTPException of the team."""
    assert isinstance(error, HTTPException)  # noqa: S101
    status = error.status_code
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = ", ".join(_allowed(request))
    detail = error.detail
    if detail == HTTPStatus(status).phrase:
        detail = _DETAILS.get(status, detail)
    same = _REFUSALS.get(status)
    if same is None:
        return problem(request, status, detail, headers=headers)
    return problem(request, status, detail, code=same.code, title=same.title, headers=headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    """A bug: our words and a request id; the trace goes to the log, with the same id."""
    name = request_id(request)
    # The server logs the error that Starlette raises again, so the id travels as a note on it.
    error.add_note(f"request id: {name}")
    detail = f"something went wrong on our side; the log tells more under {name}"
    return problem(request, 500, detail, headers={REQUEST_ID: name})


def _allowed(request: Request) -> list[str]:
    """The methods of an address. Starlette names only those of the first route that fits."""
    routes = request.app.routes
    found = [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]
    if "GET" in found and "HEAD" not in found:
        found.append("HEAD")
    return found

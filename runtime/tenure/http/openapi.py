"""The OpenAPI document: problems, schemas no route declares by type, and links between operations."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tenure.http.later import Later

__all__ = ["WITHOUT_STORAGE", "complete_openapi", "links", "query_parameters", "with_schemas"]

# Schemas travel in an operation under this key, as plain data, until they move to the components.
_CARRIED = "x-tenure-schemas"
_NEVER = "x-tenure-without-storage"
WITHOUT_STORAGE: dict[str, Any] = {_NEVER: True}
"""The `openapi_extra=` of a route that asks no storage, and so is never refused for want of one."""
_REFERENCE = "#/components/schemas/{model}"
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "example": "about:blank"},
        "title": {"type": "string", "example": "Invalid request"},
        "status": {"type": "integer", "example": 422},
        "detail": {
            "type": "string",
            "description": "For people",
            "example": "the request does not fit",
        },
        "code": {"type": "string", "description": "For programs", "example": "invalid"},
        "request_id": {"type": "string", "description": "Also in X-Request-ID, and in our log"},
        "errors": {
            "type": "array",
            "description": "Each place in the request that is wrong",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "Where in the body: a JSON pointer (RFC 6901)",
                        "example": "/price/amount",
                    },
                    "parameter": {
                        "type": "string",
                        "description": "Or which query parameter, path part or header",
                    },
                    "detail": {"type": "string", "example": "must be at least 0"},
                },
            },
        },
    },
}
# Of every route that does not say something else of 503: told once, as it is the same for all.
_UNAVAILABLE: dict[str, Any] = {
    "description": "The storage cannot be reached. What was asked has happened wholly or not at all",
    "headers": {
        "Retry-After": {
            "description": "After how many seconds to try again",
            "schema": {"type": "integer", "minimum": 0},
        }
    },
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
_OF_FASTAPI = "#/components/schemas/HTTPValidationError"


def complete_openapi(app: FastAPI) -> None:
    """Let `app.openapi()` tell what this package adds to what FastAPI sees."""
    plain: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def with_schemas(model: type[BaseModel]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The reference to a model's schema, and what of `openapi_extra` puts the schema in components."""
    found, schemas = models_json_schema([(model, "validation")], ref_template=_REFERENCE)
    reference = next(iter(found.values()))
    return dict(reference), {_CARRIED: schemas.get("$defs", {})}


@cache
def query_parameters(model: type[BaseModel]) -> dict[str, Any]:
    """The `openapi_extra=` of a route that reads `parameters(request, model)`.

    Not to be changed: routes of many routers share it. It is made when somebody looks into it.
    """
    return Later(partial(_query_parameters, model))


def _query_parameters(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=_REFERENCE)
    required = schema.get("required", ())
    described = [
        _parameter(name, dict(field), name in required)
        for name, field in schema.get("properties", {}).items()
    ]
    return {"parameters": described, _CARRIED: schema.get("$defs", {})}


def links(parameter: str, *operations: str) -> dict[str, Any]:
    """What of `responses=` leads on from a document: its `id` is the `parameter` of `operations`.

    For example `responses={201: links("product_id", "product_get", "product_update")}`.
    """
    given = {parameter: "$response.body#/id"}
    return {"links": {name: {"operationId": name, "parameters": given} for name in operations}}


def _parameter(name: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    # A query cannot say null: it leaves the parameter out.
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    schema = {**schema, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})}
    if schema.get("default", ...) is None:
        del schema["default"]
    described = {"name": name, "in": "query", "required": required}
    if "description" in schema:
        described["description"] = schema.pop("description")
    if schema.get("type") == "array":
        described |= {"style": "form", "explode": False}
    return {**described, "schema": schema}


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    components.setdefault("responses", {})["Unavailable"] = _UNAVAILABLE
    components.setdefault("securitySchemes", {})["bearer"] = _BEARER
    # One of these is enough: the empty one stands for what anybody may do.
    document.setdefault("security", [{}, {"bearer": []}])
    for path in document.get("paths", {}).values():
        for operation in path.values():
            if not isinstance(operation, dict):
                continue
            for name, schema in operation.pop(_CARRIED, {}).items():
                schemas.setdefault(name, schema)
            _say_problem(operation)
            if not operation.pop(_NEVER, False):
                answer = {"$ref": "#/components/responses/Unavailable"}
                operation.setdefault("responses", {}).setdefault("503", answer)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _say_problem(operation: dict[str, Any]) -> None:
    """Replace the 422 FastAPI documents by the problem document it is here."""
    said = operation.get("responses", {}).get("422")
    schema = (said or {}).get("content", {}).pop("application/json", {}).get("schema", {})
    if said is not None and schema.get("$ref") == _OF_FASTAPI:
        said["description"] = "The request does not fit; `errors` says where"
        said["content"] = {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }

"""The query is read once, strictly, and documented by the model that reads it."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from tenure.http import (
    Commas,
    HistoryPage,
    Reading,
    RevisionNumber,
    Router,
    install,
    links,
    parameters,
    problems,
    query_parameters,
)

Ask = Callable[..., httpx.Response]


class Kind(StrEnum):
    BREAD = "bread"
    CAKE = "cake"


class ProductQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(50, ge=1, le=200, description="At most so many.")
    order_by: Literal["title", "-title"] = "-title"
    kind: Kind | None = None
    kind__in: Commas[Kind] | None = None
    sku__in: Annotated[Commas[str] | None, Field(max_length=3)] = None
    deleted: bool = False


class Needed(BaseModel):
    q: str


def shop() -> FastAPI:
    app = FastAPI()
    install(app)
    router = Router("/products")

    @router.get("", openapi_extra=query_parameters(ProductQuery))
    async def find(request: Request) -> Any:
        return parameters(request, ProductQuery).model_dump(mode="json")

    @router.get("/native")
    async def native(query: Annotated[ProductQuery, Query()]) -> Any:
        return query.model_dump(mode="json")

    @router.get("/needed", openapi_extra=query_parameters(Needed))
    async def needed(request: Request) -> str:
        return parameters(request, Needed).q

    @router.get(
        "/{product_id}",
        operation_id="product_get",
        openapi_extra=query_parameters(Reading),
        responses={200: links("product_id", "product_get"), **problems(304, 404)},
    )
    async def get(product_id: str, request: Request) -> Any:
        read = parameters(request, Reading)
        return {**read.model_dump(mode="json"), "action": read.action}

    @router.get("/{product_id}/revisions", openapi_extra=query_parameters(HistoryPage))
    async def revisions(product_id: str, request: Request) -> Any:
        return parameters(request, HistoryPage).model_dump()

    @router.get("/{product_id}/revisions/{number}")
    async def revision(product_id: str, number: RevisionNumber) -> int:
        return number

    app.include_router(router)
    return app


def wrong(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422
    return {error["parameter"]: error["detail"] for error in answer.json()["errors"]}


def test_without_a_query_everything_is_at_its_default(ask: Ask) -> None:
    got = ask(shop(), "GET", "/products").json()
    assert got["limit"] == 50
    assert got["kind__in"] is None


@pytest.mark.parametrize("path", ["/products", "/products/native"])
@pytest.mark.parametrize(
    "query", ["kind__in=bread,cake", "kind__in=bread&kind__in=cake", "kind__in=bread%2Ccake"]
)
def test_a_list_may_have_commas_or_be_repeated(ask: Ask, path: str, query: str) -> None:
    assert ask(shop(), "GET", f"{path}?{query}").json()["kind__in"] == ["bread", "cake"]


def test_one_item_is_a_list_too(ask: Ask) -> None:
    assert ask(shop(), "GET", "/products?sku__in=BRD-1").json()["sku__in"] == ["BRD-1"]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("knd=bread", {"knd": "unknown; did you mean kind?"}),
        ("kind__im=bread", {"kind__im": "unknown; did you mean kind__in?"}),
        ("zzz=1", {"zzz": "unknown"}),
        ("limit=0", {"limit": "must be at least 1"}),
        ("limit=201&kind=brad", {"limit": "must be at most 200", "kind": None}),
        ("limit=ten", {"limit": "must be a valid integer"}),
        ("limit=", {"limit": "must be a valid integer"}),
        ("kind__in=", {"kind__in": None}),
        ("kind__in=bread,brad", {"kind__in": None}),
        ("sku__in=1,2,3,4", {"sku__in": "must have at most 3 items"}),
        ("order_by=-titel", {"order_by": "must be 'title' or '-title'; did you mean -title?"}),
        ("kind=bread&kind=cake", {"kind": "is given twice"}),
        ("deleted=maybe", {"deleted": "must be a valid boolean"}),
    ],
)
def test_a_wrong_parameter_is_named_and_never_dropped(
    ask: Ask, query: str, errors: dict[str, str | None]
) -> None:
    said = wrong(ask(shop(), "GET", f"/products?{query}"))
    assert said.keys() == errors.keys()
    for name, detail in errors.items():
        assert detail is None or said[name] == detail


def test_a_required_parameter_is_missed(ask: Ask) -> None:
    assert wrong(ask(shop(), "GET", "/products/needed")) == {"q": "is required"}
    assert ask(shop(), "GET", "/products/needed?q=x").json() == "x"


def test_how_to_read_decides_what_must_be_allowed(ask: Ask) -> None:
    def action(query: str) -> str:
        return str(ask(shop(), "GET", f"/products/1{query}").json()["action"])

    assert action("") == "read"
    assert action("?draft=true") == "update"
    assert action("?as_of=2026-01-01T00:00:00Z") == "history"


def test_a_time_needs_its_offset(ask: Ask) -> None:
    assert Reading(as_of=datetime(2026, 1, 1, tzinfo=UTC)).as_of
    assert "timezone" in wrong(ask(shop(), "GET", "/products/1?as_of=2026-01-01T00:00:00"))["as_of"]


def test_a_history_has_pages_and_numbers_from_one(ask: Ask) -> None:
    got = ask(shop(), "GET", "/products/1/revisions?limit=5&before=9").json()
    assert got == {"limit": 5, "before": 9}
    assert "before" in wrong(ask(shop(), "GET", "/products/1/revisions?before=0"))
    for number in ("0", "-1", "x", "9" * 30):
        assert "number" in wrong(ask(shop(), "GET", f"/products/1/revisions/{number}"))


def test_openapi_tells_every_parameter(ask: Ask) -> None:
    document = ask(shop(), "GET", "/openapi.json").json()
    told = document["paths"]["/products"]["get"]["parameters"]
    byname = {parameter["name"]: parameter for parameter in told}
    assert set(byname) == set(ProductQuery.model_fields)
    assert byname["limit"]["description"] == "At most so many."
    assert byname["limit"]["schema"]["maximum"] == 200
    assert byname["limit"]["schema"]["default"] == 50
    assert byname["kind__in"]["explode"] is False
    assert byname["kind__in"]["schema"]["items"] == {"$ref": "#/components/schemas/Kind"}
    assert "default" not in byname["kind__in"]["schema"]
    assert document["components"]["schemas"]["Kind"]["enum"] == ["bread", "cake"]
    assert document["paths"]["/products/needed"]["get"]["parameters"][0]["required"] is True
    assert [
        one["name"] for one in document["paths"]["/products/{product_id}"]["get"]["parameters"]
    ] == [
        "product_id",
        "as_of",
        "draft",
        "fields",
    ]


def test_openapi_links_a_document_to_what_can_be_done_with_it(ask: Ask) -> None:
    document = ask(shop(), "GET", "/openapi.json").json()
    answers = document["paths"]["/products/{product_id}"]["get"]["responses"]
    assert answers["200"]["links"]["product_get"] == {
        "operationId": "product_get",
        "parameters": {"product_id": "$response.body#/id"},
    }


def test_every_reference_of_the_openapi_document_resolves(ask: Ask) -> None:
    document = ask(shop(), "GET", "/openapi.json").json()
    schemas = document["components"]["schemas"]

    def references(value: object) -> list[str]:
        if isinstance(value, list):
            return [found for item in value for found in references(item)]
        if not isinstance(value, dict):
            return []
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in references(item)]

    found = set(references(document))
    assert "#/components/schemas/Problem" in found
    for reference in found:
        _, _, kind, name = reference.split("/")
        assert name in document["components"][kind]
    assert "HTTPValidationError" not in schemas


def test_every_documented_refusal_is_a_problem_document(ask: Ask) -> None:
    document = ask(shop(), "GET", "/openapi.json").json()
    answers = document["paths"]["/products/{product_id}"]["get"]["responses"]
    for status in ("404", "422"):
        assert list(answers[status]["content"]) == ["application/problem+json"]
        assert answers[status]["description"]
    assert "content" not in answers["304"]

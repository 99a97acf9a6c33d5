"""A patch changes what it names, or says which of its places is wrong."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from tenure.errors import Conflict, Invalid
from tenure.http import Patch, Patching, Router, install, patch_body

Ask = Callable[..., httpx.Response]
MERGE = "application/merge-patch+json"
STEPS = "application/json-patch+json"
DOCUMENT: dict[str, Any] = {
    "title": "Rye",
    "about": None,
    "price": {"amount": "1.50", "currency": "EUR"},
    "tags": ["a", "b"],
    "payment": {"kind": "card", "token": "hunter2"},
}


class Money(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: str
    currency: str = "EUR"


class ProductIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    price: Money
    tags: list[str] = []


class Product(ProductIn):
    computed: int = 0


class ProductPatch(BaseModel):
    title: str | None = None
    price: Money | None = None


def shop() -> FastAPI:
    app = FastAPI()
    install(app)
    router = Router("/products")

    @router.patch("/{product_id}", openapi_extra=patch_body(ProductPatch))
    async def patch(product_id: str, changes: Patch) -> dict[str, Any]:
        return changes.apply(DOCUMENT)

    app.include_router(router)
    return app


def patch(ask: Ask, content: object, media: str = MERGE) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return ask(shop(), "PATCH", "/products/1", content=body, headers={"content-type": media})


def wrong(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code in (409, 422)
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}


def step(op: str, path: str, **rest: object) -> dict[str, object]:
    return {"op": op, "path": path, **rest}


@pytest.mark.parametrize(
    ("target", "change", "result"),
    [
        # The examples of RFC 7396, appendix A, that are objects.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_the_rfc_says(
    target: dict[str, Any], change: dict[str, Any], result: dict[str, Any]
) -> None:
    before = json.dumps(target)
    assert Patching(change).apply(target) == result
    assert json.dumps(target) == before


def test_both_kinds_are_told_apart_by_the_content_type(ask: Ask) -> None:
    for media in (MERGE, "application/json", "Application/JSON; charset=utf-8"):
        assert patch(ask, {"title": "Spelt"}, media).json()["title"] == "Spelt"
    steps = [step("replace", "/title", value="Spelt"), step("remove", "/price/currency")]
    got = patch(ask, steps, STEPS).json()
    assert got["title"] == "Spelt"
    assert got["price"] == {"amount": "1.50"}


def test_every_operation_of_a_json_patch_works() -> None:
    steps = [
        step("test", "/title", value="Rye"),
        step("add", "/tags/-", value="c"),
        step("add", "/tags/0", value="z"),
        step("copy", "/about", **{"from": "/title"}),
        step("move", "/first", **{"from": "/tags/0"}),
        step("remove", "/price"),
    ]
    result = Patching(steps).apply(DOCUMENT)
    assert result["tags"] == ["a", "b", "c"]
    assert result["about"] == "Rye"
    assert result["first"] == "z"
    assert "price" not in result
    assert DOCUMENT["tags"] == ["a", "b"]


def test_a_patch_may_be_applied_again_when_a_race_was_lost() -> None:
    patch = Patching([step("add", "/tags", value=[]), step("add", "/tags/-", value="x")])
    assert patch.apply(DOCUMENT)["tags"] == ["x"]
    assert patch.apply(DOCUMENT)["tags"] == ["x"]


@pytest.mark.parametrize("media", ["text/plain", "", "application/xml"])
def test_another_content_type_is_a_415_that_says_what_is_read(ask: Ask, media: str) -> None:
    got = patch(ask, {"title": "x"}, media)
    assert got.status_code == 415
    assert MERGE in got.headers["accept-patch"]
    assert STEPS in got.headers["accept-patch"]


@pytest.mark.parametrize(
    ("content", "media", "where", "said"),
    [
        (b"{", MERGE, "", "is not JSON: line 1"),
        (b'{"a": NaN}', MERGE, "", "is not JSON: line 1"),
        ([], MERGE, "", "a merge patch is an object"),
        ("x", "application/json", "", "a merge patch is an object"),
        ({"id": "prd_2"}, MERGE, "/id", "cannot be changed"),
        ({"meta": None}, MERGE, "/meta", "cannot be changed"),
        ({}, STEPS, "", "a JSON patch is a list of operations"),
        ([1], STEPS, "/0", "an operation is an object"),
        ([{}], STEPS, "/0/op", "must be one of"),
        ([step("replce", "/a", value=1)], STEPS, "/0/op", "; did you mean replace?"),
        ([step("add", "/a")], STEPS, "/0/value", "is required"),
        ([step("move", "/a")], STEPS, "/0/from", "is required"),
        ([{"op": "remove"}], STEPS, "/0/path", "must be a JSON pointer"),
        ([step("remove", "title")], STEPS, "/0/path", "must be a JSON pointer"),
        ([step("replace", "", value={})], STEPS, "/0/path", "the whole document"),
        ([step("move", "/a", **{"from": ""})], STEPS, "/0/from", "the whole document"),
        ([step("remove", "/id")], STEPS, "/0/path", "cannot be changed"),
        ([step("add", "/meta/x", value=1)], STEPS, "/0/path", "cannot be changed"),
        ([step("copy", "/a", **{"from": "/meta/x"})], STEPS, "/0/from", "cannot be changed"),
        ([step("remove", "/nope")], STEPS, "/0", "there is no such place"),
        ([step("test", "/title", value="Rye"), step("remove", "/a/b")], STEPS, "/1", "there is no"),
        ([step("add", "/tags/9", value=1)], STEPS, "/0", "there is no such place"),
        ([step("add", "/tags/x", value=1)], STEPS, "/0", "there is no such place"),
        ([step("add", "/title/x", value=1)], STEPS, "/0", "there is no such place"),
        ([step("move", "/price/x", **{"from": "/price"})], STEPS, "/0", "there is no such place"),
        ([step("remove", "/title")] * 501, STEPS, "", "a patch has at most 500 operations"),
    ],
)
def test_each_wrong_place_of_a_patch_is_named(
    ask: Ask, content: object, media: str, where: str, said: str
) -> None:
    got = patch(ask, content, media)
    assert got.status_code == 422
    assert said in wrong(got)[where]


def test_a_failed_test_is_a_conflict_that_does_not_tell_the_value(ask: Ask) -> None:
    got = patch(ask, [step("test", "/title", value="Oat")], STEPS)
    assert got.status_code == 409
    assert wrong(got) == {"/0": "the value there is another one"}
    assert "Rye" not in got.text


def test_copies_cannot_blow_a_document_up() -> None:
    doubling = [step("add", "/x", value=["y" * 1000])]
    doubling += [step("copy", "/x/-", **{"from": "/x"})] * 40
    with pytest.raises(Invalid) as refused:
        Patching(doubling).apply(DOCUMENT)
    assert refused.value.errors[0].detail == "copies more than a patch may"


@pytest.mark.parametrize(
    "attempt",
    [
        step("copy", "/about", **{"from": "/payment/token"}),
        step("copy", "/about", **{"from": "/payment"}),
        step("move", "/about", **{"from": "/payment"}),
        step("test", "/payment/token", value="hunter2"),
        step("test", "/payment", value={}),
        step("copy", "/about", **{"from": "/cards/0/token"}),
    ],
)
def test_a_patch_cannot_look_at_a_secret(attempt: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        Patching([attempt]).apply(DOCUMENT, secret=["payment.token", "cards.*.token"])
    assert "secret" in refused.value.errors[0].detail


def test_a_patch_may_set_a_secret() -> None:
    patch = Patching([step("replace", "/payment/token", value="new")])
    assert patch.apply(DOCUMENT, secret=["payment.token"])["payment"]["token"] == "new"


def test_a_patch_onto_a_model_gives_a_model() -> None:
    product = Product(title="Rye", price=Money(amount="1"), computed=3)
    patched = Patching({"price": {"amount": "2"}}).onto(product, ProductIn)
    assert patched == ProductIn(title="Rye", price=Money(amount="2"))


def test_a_patch_that_leaves_something_wrong_says_where() -> None:
    product = Product(title="Rye", price=Money(amount="1"), computed=3)
    change = {"titel": "x", "title": None, "price": {"amount": 5}, "computed": 4}
    with pytest.raises(Invalid) as refused:
        Patching(change).onto(product, ProductIn)
    assert {error.pointer: error.detail for error in refused.value.errors} == {
        "/title": "is required",
        "/titel": "unknown; did you mean title?",
        "/price/amount": "must be a valid string",
        "/computed": "unknown",
    }


def test_a_test_that_fails_is_a_conflict_for_the_caller_in_code_too() -> None:
    with pytest.raises(Conflict):
        Patching([step("test", "/title", value="x")]).apply(DOCUMENT)


def test_openapi_documents_both_kinds_of_patch(ask: Ask) -> None:
    document = ask(shop(), "GET", "/openapi.json").json()
    body = document["paths"]["/products/{product_id}"]["patch"]["requestBody"]
    assert set(body["content"]) == {MERGE, STEPS, "application/json"}
    assert body["content"][MERGE]["schema"] == {"$ref": "#/components/schemas/ProductPatch"}
    assert body["content"][STEPS]["schema"]["items"]["properties"]["op"]["enum"]
    schemas = document["components"]["schemas"]
    assert "price" in schemas["ProductPatch"]["properties"]
    assert "amount" in schemas["Money"]["properties"]
    assert "x-tenure-schemas" not in json.dumps(document)

"""Whatever is refused, the answer is a problem document in our own words."""

import asyncio
import json
import logging
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field
from tenure.errors import Conflict, FieldError, Gone, Unavailable
from tenure.http import IfMatch, Router, install, problems

Ask = Callable[..., httpx.Response]
SECRET = "hunter2-hunter2"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Kind(StrEnum):
    BREAD = "bread"
    CAKE = "cake"


class Money(Strict):
    amount: Decimal = Field(ge=0, max_digits=10, decimal_places=2)
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")


class Card(Strict):
    kind: Literal["card"]
    last4: str = Field(min_length=4, max_length=4)


class Cash(Strict):
    kind: Literal["cash"]


class Product(Strict):
    title: str = Field(max_length=20)
    kind: Kind
    price: Money
    extras: list[Money] = Field([], max_length=2)
    prices: dict[str, Money] = {}
    payment: Annotated[Card | Cash, Field(discriminator="kind")] | None = None


def shop() -> FastAPI:
    app = FastAPI()
    install(app)
    router = Router("/products")

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError(f"SELECT * FROM products WHERE token = '{SECRET}' in /var/lib/x.sqlite")

    @router.get("/down")
    async def down() -> None:
        raise Unavailable("try again later") from OSError(SECRET)

    @router.get("/closed")
    async def closed() -> None:
        raise Unavailable("back after lunch", headers={"Retry-After": "3600"})

    @router.get("/gone", responses=problems(410))
    async def gone() -> None:
        raise Gone("it was deleted")

    @router.get("/taken")
    async def taken() -> None:
        errors = [FieldError("/sku", "is taken"), FieldError("", "is wrong", "cursor")]
        raise Conflict("another product has this sku", errors, {"Retry-After": "3"})

    @router.get("/many")
    async def many() -> None:
        raise Conflict("none of them exists", [FieldError(f"/{n}", "no") for n in range(10_000)])

    @router.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "short and stout")

    @router.get("/{number}")
    async def get(number: int, limit: Annotated[int, Query(le=200)] = 50) -> int:
        return number + limit

    @router.put("/{number}")
    async def put(number: int, match: IfMatch) -> int | None:
        return match

    @router.post("")
    async def post(body: Product) -> Product:
        return body

    app.include_router(router)
    return app


def places(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422
    return {
        error.get("pointer", error.get("parameter")): error["detail"]
        for error in answer.json()["errors"]
    }


def bread(**changes: object) -> dict[str, object]:
    return {"title": "Rye", "kind": "bread", "price": {"amount": "1.50"}, **changes}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/products", 405, "method_not_allowed"),
        ("GET", "/products/one", 422, "invalid"),
        ("POST", "/products", 422, "invalid"),
        ("GET", "/products/broken", 500, "internal_server_error"),
        ("GET", "/products/gone", 410, "gone"),
        ("GET", "/products/taken", 409, "conflict"),
        ("GET", "/products/down", 503, "unavailable"),
        ("GET", "/products/teapot", 418, "i'm_a_teapot"),
    ],
)
def test_every_refusal_is_a_problem_document(
    ask: Ask, method: str, path: str, status: int, code: str
) -> None:
    answer = ask(shop(), method, path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_a_bug_is_told_in_our_words_and_its_trace_stays_in_the_log(ask: Ask) -> None:
    answer = ask(shop(), "GET", "/products/broken", headers={"X-Request-ID": "abc-1"})
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "abc-1"
    assert "abc-1" in answer.json()["detail"]
    for leak in (SECRET, "SELECT", "/var", "RuntimeError", "Traceback"):
        assert leak not in answer.text


def test_the_log_of_a_bug_carries_the_request_id() -> None:
    transport = httpx.ASGITransport(app=shop())

    async def run() -> None:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await client.get("/products/broken", headers={"X-Request-ID": "abc-1"})

    with pytest.raises(RuntimeError) as raised:
        asyncio.run(run())
    assert raised.value.__notes__ == ["request id: abc-1"]


def test_an_unavailable_storage_tells_its_cause_to_the_log_only(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "tenure.http"):
        answer = ask(shop(), "GET", "/products/down")
    assert SECRET in caplog.text
    assert SECRET not in answer.text


def test_who_is_refused_for_want_of_a_storage_is_told_when_to_come_again(ask: Ask) -> None:
    assert ask(shop(), "GET", "/products/down").headers.get_list("retry-after") == ["5"]
    assert ask(shop(), "GET", "/products/closed").headers.get_list("retry-after") == ["3600"]
    assert "retry-after" not in ask(shop(), "GET", "/products/gone").headers


def test_a_refusal_carries_its_places_and_headers(ask: Ask) -> None:
    answer = ask(shop(), "GET", "/products/taken")
    assert answer.headers["retry-after"] == "3"
    assert answer.json()["errors"] == [
        {"pointer": "/sku", "detail": "is taken"},
        {"parameter": "cursor", "detail": "is wrong"},
    ]


def test_a_method_that_is_not_there_is_answered_with_all_that_are(ask: Ask) -> None:
    assert ask(shop(), "DELETE", "/products/7").headers["allow"] == "GET, PUT, HEAD"
    assert ask(shop(), "GET", "/products").headers["allow"] == "POST"


def test_a_missing_address_is_not_repeated(ask: Ask) -> None:
    assert SECRET not in ask(shop(), "GET", f"/{SECRET}").text


def test_each_wrong_place_of_a_body_has_a_pointer(ask: Ask) -> None:
    body = bread(
        title="x" * 21,
        kind="brad",
        price={"amount": "-1"},
        extras=[{"amount": "1"}, {"amount": "1.234"}],
        payment={"kind": "card", "last4": "1"},
    )
    assert places(ask(shop(), "POST", "/products", json=body)) == {
        "/title": "must have at most 20 characters",
        "/kind": "must be 'bread' or 'cake'; did you mean bread?",
        "/price/amount": "must be at least 0",
        "/extras/1/amount": "must have no more than 2 decimal places",
        "/payment/last4": "must have at least 4 characters",
    }


def test_an_unknown_field_is_answered_with_the_near_miss(ask: Ask) -> None:
    body = bread(titel="x", price={"amount": "1", "curency": "EUR"}, zzzzzz=1)
    body["payment"] = {"kind": "card", "last4": "1234", "last5": "1"}
    assert places(ask(shop(), "POST", "/products", json=body)) == {
        "/titel": "unknown; did you mean title?",
        "/price/curency": "unknown; did you mean currency?",
        "/payment/last5": "unknown; did you mean last4?",
        "/zzzzzz": "unknown",
    }


def test_what_is_missing_or_null_is_said_where_it_is(ask: Ask) -> None:
    body = {"title": None, "kind": "cake", "price": {}, "payment": {"kind": "card"}}
    assert places(ask(shop(), "POST", "/products", json=body)) == {
        "/title": "must not be null",
        "/price/amount": "is required",
        "/payment/last4": "is required",
    }
    assert places(ask(shop(), "POST", "/products")) == {"": "is required"}


def test_the_tag_of_a_union_is_where_the_error_is(ask: Ask) -> None:
    wrong = ask(shop(), "POST", "/products", json=bread(payment={"kind": SECRET}))
    assert places(wrong) == {"/payment/kind": "must be one of 'card', 'cash'"}
    missing = ask(shop(), "POST", "/products", json=bread(payment={}))
    assert places(missing) == {"/payment/kind": "is required"}


def test_slashes_and_tildes_in_names_are_escaped(ask: Ask) -> None:
    body = bread(**{"a/b~c": 1})
    assert "/a~1b~0c" in places(ask(shop(), "POST", "/products", json=body))


def test_no_answer_repeats_what_was_sent(ask: Ask) -> None:
    body = {
        "title": [SECRET],
        "kind": SECRET,
        "price": {"amount": SECRET, "currency": SECRET},
        "payment": {"kind": SECRET},
    }
    assert SECRET not in ask(shop(), "POST", "/products", json=body).text
    assert SECRET not in ask(shop(), "GET", f"/products/{SECRET}?limit={SECRET}").text


def test_a_million_wrong_things_are_cut_short(ask: Ask) -> None:
    body = bread(extras=[{}] * 2, prices={str(number): {} for number in range(5000)})
    answer = ask(shop(), "POST", "/products", json=body)
    assert len(answer.json()["errors"]) <= 100
    long = ask(shop(), "POST", "/products", json=bread(**{"x" * 100_000: 1}))
    assert len(long.content) < 2_000


def test_parameters_are_named(ask: Ask) -> None:
    assert places(ask(shop(), "GET", "/products/one?limit=500")) == {
        "number": "must be a valid integer",
        "limit": "must be at most 200",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is required"),
        (b'{"title": "Rye",\n "kind" }', "is not JSON: line 2, column 9: expected `:`"),
        (b'{"title": ', "is not JSON: line 1, column 10: it ends too early"),
        (b'{"title": NaN}', "is not JSON: line 1, column 11: a value is expected"),
        (b'{"title": -Infinity}', "is not JSON: line 1, column 12:"),
        (b'{"title": 1e999}', "is not JSON: a number is too large"),
        (b'{"title": -1E+308, "kind": [-2E+308]}', "is not JSON: a number is too large"),
        (b'{"title": ' + b"12345" * 60 + b"e99}", "is not JSON: a number is too large"),
        (b'{"title": ' + b"98765" * 80 + b".5}", "is not JSON: a number is too large"),
        (b'{"title": "\\ud800"}', "is not JSON: line 1, column"),
        (b"[" * 100_000, "is not JSON: line 1, column 202: it is nested too deeply"),
        (b'{"title": ' + b"9" * 5000 + b"}", "is not JSON: line 1,"),
        (b'\xff\xfe{"', "is not JSON: line 1, column 1:"),
        (b"[]", "must be an object"),
    ],
)
def test_what_is_not_json_is_answered_with_the_place(ask: Ask, text: bytes, said: str) -> None:
    headers = {"content-type": "application/json"}
    answer = ask(shop(), "POST", "/products", content=text, headers=headers)
    assert places(answer)[""].startswith(said)


@pytest.mark.parametrize("media", [None, "text/plain", "application/xml"])
def test_a_body_of_another_kind_is_a_415(ask: Ask, media: str | None) -> None:
    headers = {"content-type": media} if media else {}
    body = json.dumps(bread()).encode()
    answer = ask(shop(), "POST", "/products", content=body, headers=headers)
    assert answer.status_code == 415
    assert answer.headers["accept"] == "application/json"


def test_a_good_body_passes(ask: Ask) -> None:
    answer = ask(shop(), "POST", "/products", json=bread(payment={"kind": "cash"}))
    assert answer.status_code == 200
    assert answer.json()["price"] == {"amount": "1.50", "currency": "EUR"}


def test_of_ten_thousand_wrong_places_a_hundred_are_told(ask: Ask) -> None:
    answer = ask(shop(), "GET", "/products/many")

    assert len(answer.json()["errors"]) == 100
    assert answer.json()["more_errors"] == 9_900

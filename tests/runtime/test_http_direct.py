"""The short way answers as FastAPI would, and leaves everything it does not know to FastAPI."""

from typing import Any

import pytest
from fastapi import Request, Response
from tenure.http import problem

from tests.runtime.endpoints import OTHERS, PLAIN, Endpoint, shop, storage
from tests.runtime.raw import send

JSON = {"content_type": "application/json", "authorization": "ada"}
GOOD = b'{"title": "Rye", "price": {"amount": "1.50"}, "tags": ["a"]}'


@pytest.mark.parametrize(
    ("method", "path", "chunks", "headers"),
    [
        ("POST", "/products", [GOOD], JSON),
        ("POST", "/products", [GOOD], {**JSON, "content_type": "Application/JSON ; charset=utf-8"}),
        ("POST", "/products", [b'{"title":"B\xc3\xa4r","title":"last"}'], JSON),
        ("POST", "/products", [b'{"title": "taken"}'], JSON),
        ("POST", "/products/again", [GOOD], JSON),
        ("PUT", "/products/a b", [GOOD], {**JSON, "if_match": '"7"'}),
        ("PUT", "/products/1", [GOOD], {**JSON, "if_match": "*"}),
        ("PUT", "/products/1", [GOOD], {**JSON, "if_match": ['"7"', '"8"']}),
        ("PUT", "/products/1", [GOOD], JSON),
        ("PUT", "/products/1", [GOOD], {**JSON, "if_match": "seven"}),
        ("PUT", "/products/1", [GOOD], {**JSON, "if_match": 'W/"7"'}),
        ("PUT", "/products/1", [GOOD], {"content_type": "application/json", "if_match": "seven"}),
        ("PATCH", "/products/1", [b'{"title": null}'], {**JSON, "if_match": '"7"'}),
        ("PATCH", "/products/1", [b'{"title"', b": null}"], JSON),
        ("PATCH", "/products/1", [b'{"title": NaN}'], JSON),
        ("PATCH", "/products/1", [b"x" * 501], JSON),
        ("PATCH", "/products/1", [b"{}"], {"authorization": "ada"}),
        ("GET", "/products/1/revisions/3", [], JSON),
        ("GET", "/products/1/revisions/ 3", [], JSON),
        ("GET", "/products/1", [], {}),
        ("HEAD", "/products/1", [], JSON),
    ],
)
def test_the_short_way_and_fastapi_give_the_same_answer(
    method: str, path: str, chunks: list[bytes], headers: dict[str, Any]
) -> None:
    ours, theirs = shop(), shop(short=False)
    answer = send(ours, method, path, *chunks, **headers)
    assert answer.is_short
    fastapi = send(theirs, method, path, *chunks, **headers)
    assert fastapi.is_short == (method == "HEAD")  # whose scope is a copy
    assert answer.seen == fastapi.seen
    assert ours.state.calls == theirs.state.calls


NOBODY = {"content_type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "chunks", "headers"),
    [
        ("POST", "/products", [b""], JSON),
        ("POST", "/products", [b"null"], JSON),
        ("POST", "/products", [b"[]"], JSON),
        ("POST", "/products", [b"{}"], JSON),
        ("POST", "/products", [b'{"title": '], JSON),
        ("POST", "/products", [b'{"title": '], NOBODY),
        ("POST", "/products", [b'{"title": NaN}'], JSON),
        ("POST", "/products", [b'{"title": "Rye", "weight": NaN}'], JSON),
        ("POST", "/products", [b'{"title": "\xff"}'], JSON),
        ("POST", "/products", [b"[" * 300], JSON),
        ("POST", "/products", [b'{"title": "", "price": {"amount": "x"}, "tag": 1}'], JSON),
        ("POST", "/products", [b'{"title": ""}'], NOBODY),
        ("POST", "/products", [b'{"title": "bomb"}'], JSON),
        ("POST", "/products", [b'{"title": "bomb"}'], NOBODY),
        ("POST", "/products", [GOOD[:9], GOOD[9:]], JSON),
        ("POST", "/products", [GOOD, b"]"], JSON),
        ("POST", "/products", [b" " * 501], JSON),
        ("POST", "/products", [b" " * 300, b" " * 300], JSON),
        ("POST", "/products", [GOOD], {**JSON, "content_length": "501"}),
        ("POST", "/products", [GOOD], {"authorization": "ada"}),
        ("POST", "/products", [GOOD], {**JSON, "content_type": "text/plain"}),
        ("POST", "/products", [GOOD], {**JSON, "content_type": "application/x+json"}),
        ("POST", "/products", [GOOD], {**JSON, "content_type": ["text/plain", "application/json"]}),
        ("PUT", "/products/1", [b"{}"], {**JSON, "if_match": "seven"}),
        ("PUT", "/products/1", [b"{}"], NOBODY),
        ("GET", "/products/1/revisions/0", [], JSON),
        ("GET", "/products/1/revisions/x", [], JSON),
        ("GET", "/products/1/revisions/x", [], {}),
        ("GET", "/products/1/revisions/9007199254740993", [], JSON),
    ],
)
def test_what_does_not_fit_is_judged_by_fastapi(
    method: str, path: str, chunks: list[bytes], headers: dict[str, Any]
) -> None:
    ours, theirs = shop(), shop(short=False)
    answer = send(ours, method, path, *chunks, **headers)
    assert answer.seen == send(theirs, method, path, *chunks, **headers).seen
    assert ours.state.calls == theirs.state.calls


def test_a_client_that_goes_away_is_left_to_fastapi() -> None:
    ours = send(shop(), "POST", "/products", content_type="application/json")
    theirs = send(shop(short=False), "POST", "/products", content_type="application/json")
    assert ours.status == 400
    assert ours.seen == theirs.seen


@pytest.mark.parametrize("endpoint", PLAIN)
def test_a_plain_endpoint_has_a_short_way(endpoint: Endpoint) -> None:
    assert send(shop(endpoint), "POST", "/products/7", GOOD, **JSON).is_short


@pytest.mark.parametrize("body", [GOOD, b'{"amount": "1"}', b"7"])
@pytest.mark.parametrize("endpoint", OTHERS)
def test_everything_else_is_left_to_fastapi(endpoint: Endpoint, body: bytes) -> None:
    answer = send(shop(endpoint), "POST", "/products/1", body, **JSON)
    assert not answer.is_short
    assert (
        answer.seen == send(shop(endpoint, short=False), "POST", "/products/1", body, **JSON).seen
    )


@pytest.mark.parametrize("endpoint", [*PLAIN, *OTHERS])
@pytest.mark.parametrize("name", ["7", "a b", "long-name"])
def test_both_ways_give_the_same_answer_without_a_body(endpoint: Endpoint, name: str) -> None:
    headers: dict[str, Any] = {"authorization": "ada", "x_name": "bob", "x_names": ["a", "b"]}
    ours = send(shop(endpoint), "GET", f"/products/{name}", **headers)
    assert (
        ours.seen == send(shop(endpoint, short=False), "GET", f"/products/{name}", **headers).seen
    )


def test_overridden_dependencies_are_overridden() -> None:
    app = shop()

    async def other() -> str:
        return "memory"

    for overrides, told in (
        ({}, b"disk ada"),
        ({storage: other}, b"memory ada"),
        ({}, b"disk ada"),
    ):
        app.dependency_overrides = dict(overrides)
        assert (b"x-by", told) in send(app, "POST", "/products", GOOD, **JSON).headers


def test_the_handlers_of_a_team_are_asked() -> None:
    class OwnError(Exception):
        pass

    async def failing(name: str) -> Response:
        raise OwnError

    async def handled(request: Request, error: Exception) -> Response:
        return problem(request, 418, "no tea here")

    app = shop(failing)
    app.add_exception_handler(OwnError, handled)
    answer = send(app, "GET", "/products/1")
    assert (answer.status, answer.is_short) == (418, True)


def test_the_description_does_not_know_which_way_is_gone() -> None:
    assert shop().openapi() == shop(short=False).openapi()

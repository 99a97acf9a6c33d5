"""Answers carry the stored bytes, an ETag, and nothing the reader already has."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from tenure.http import (
    IfMatch,
    Reading,
    Router,
    answer,
    differences,
    history,
    install,
    listing,
    parameters,
)
from tenure.values import History, Page, Revision, Stored

Ask = Callable[..., httpx.Response]
AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
KNOWN = ("title", "kind", "price")


def bread(etag: int = 7, number: int = 3) -> Stored[dict[str, Any]]:
    return Stored(
        id="prd_1",
        number=number,
        status="stable",
        etag=etag,
        created_at=AT,
        created_by="ada",
        updated_at=AT + timedelta(days=1),
        updated_by="bob",
        draft=None,
        deleted_at=None,
        body='{"title":"Brötchen","kind":"bread","price":1.10}'.encode(),
        digest="d",
        read=lambda body, _: dict(json.loads(body)),
    )


def shop() -> FastAPI:
    app = FastAPI()
    install(app)
    router = Router("/products")

    @router.get("/one")
    async def one(request: Request) -> Response:
        return answer(bread(), request, fields=parameters(request, Reading).fields, known=KNOWN)

    @router.get("/one/revisions/3")
    async def revision(request: Request) -> Response:
        return answer(bread(), request, immutable=True)

    @router.get("/one/revisions")
    async def revisions() -> Response:
        line = Revision(2, 1, "update", "stable", 1, AT, "ada", None, "r-1", "d", 120)
        return history(History([line], "2"))

    @router.get("/one/diff")
    async def diff() -> Response:
        return differences([{"op": "remove", "path": "/title"}])

    @router.post("")
    async def create() -> Response:
        return answer(bread(1, 1), status=201, location="/products/prd_1")

    @router.put("/one")
    async def update(match: IfMatch) -> dict[str, int | None]:
        return {"expect": match}

    @router.get("")
    async def find(request: Request) -> Response:
        read = parameters(request, Reading)
        page = Page([bread(), bread(8)], 'a"b')
        return listing(page, fields=read.fields, known=KNOWN)

    app.include_router(router)
    return app


def test_a_document_is_the_stored_bytes_with_id_and_meta(ask: Ask) -> None:
    got = ask(shop(), "GET", "/products/one")
    assert got.status_code == 200
    assert got.content == bread().document()
    assert got.headers["content-type"] == "application/json"
    assert got.headers["content-length"] == str(len(got.content))
    assert got.headers["etag"] == '"7"'
    assert got.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    "known", ['"7"', 'W/"7"', "*", ' "6" , "7"', 'W/"1", W/"7"', '"6","a,b","7"']
)
def test_a_reader_who_has_it_gets_a_304_without_a_body(ask: Ask, known: str) -> None:
    got = ask(shop(), "GET", "/products/one", headers={"If-None-Match": known})
    assert got.status_code == 304
    assert got.content == b""
    assert got.headers["etag"] == '"7"'
    assert "content-type" not in got.headers


@pytest.mark.parametrize("known", ['"6"', '"77"', "7", "", '"6,7"', '"r3"', '"7'])
def test_a_reader_who_has_another_gets_the_document(ask: Ask, known: str) -> None:
    got = ask(shop(), "GET", "/products/one", headers={"If-None-Match": known})
    assert got.status_code == 200


def test_a_numbered_revision_may_be_kept_for_ever(ask: Ask) -> None:
    got = ask(shop(), "GET", "/products/one/revisions/3")
    assert got.headers["etag"] == '"r3"'
    assert "immutable" in got.headers["cache-control"]
    headers = {"If-None-Match": got.headers["etag"]}
    assert ask(shop(), "GET", "/products/one/revisions/3", headers=headers).status_code == 304


def test_a_draft_revision_may_change_and_is_not_kept(ask: Ask) -> None:
    draft = replace(bread(), status="draft")
    got = answer(draft, immutable=True)
    assert got.headers["etag"] == '"7"'
    assert got.headers["cache-control"] == "private, no-cache"


def test_what_was_current_once_cannot_be_taken_for_what_is(ask: Ask) -> None:
    got = answer(bread(), past=True)
    assert got.headers["etag"] == '"r3"'
    assert got.headers["cache-control"] == "private, no-cache"


def test_what_was_made_has_a_location(ask: Ask) -> None:
    got = ask(shop(), "POST", "/products")
    assert got.status_code == 201
    assert got.headers["location"] == got.headers["content-location"] == "/products/prd_1"
    assert got.headers["etag"] == '"1"'


def test_head_is_get_without_the_body(ask: Ask) -> None:
    got, head = (ask(shop(), method, "/products/one") for method in ("GET", "HEAD"))
    assert head.status_code == 200
    assert head.content == b""
    for name in ("etag", "content-length", "content-type", "cache-control"):
        assert head.headers[name] == got.headers[name]
    assert ask(shop(), "HEAD", "/nowhere").status_code == 404


def test_a_page_is_the_documents_and_the_next_cursor(ask: Ask) -> None:
    got = ask(shop(), "GET", "/products").json()
    assert [item["meta"]["revision"] for item in got["items"]] == [3, 3]
    assert got["items"][0] == json.loads(bread().document())
    assert got["next"] == 'a"b'
    assert json.loads(bytes(listing(Page([], None)).body)) == {"items": [], "next": None}


@pytest.mark.parametrize("query", ["fields=title,price", "fields=price&fields=title"])
def test_fields_leave_only_what_was_asked_for(ask: Ask, query: str) -> None:
    whole = json.loads(bread().document())
    wanted = {name: whole[name] for name in ("id", "title", "price", "meta")}
    assert ask(shop(), "GET", f"/products/one?{query}").json() == wanted
    assert ask(shop(), "GET", f"/products?{query}").json()["items"] == [wanted, wanted]


def test_a_field_that_is_not_there_is_a_422_with_the_near_miss(ask: Ask) -> None:
    for path in ("/products/one", "/products"):
        got = ask(shop(), "GET", f"{path}?fields=titel,kind")
        assert got.status_code == 422
        assert got.json()["errors"] == [
            {"parameter": "fields", "detail": "there is no such field; did you mean title?"}
        ]


def test_history_is_lines_without_contents(ask: Ask) -> None:
    got = ask(shop(), "GET", "/products/one/revisions").json()
    assert got["next"] == "2"
    assert got["items"][0]["at"] == "2026-01-02T03:04:05.678901Z"
    assert "body" not in got["items"][0]


def test_a_difference_is_a_json_patch(ask: Ask) -> None:
    assert ask(shop(), "GET", "/products/one/diff").json() == [{"op": "remove", "path": "/title"}]


@pytest.mark.parametrize(
    ("header", "expect"),
    [
        (None, None),
        ("*", None),
        (" * ", None),
        ('"7"', 7),
        ('"0"', 0),
        ('"7", "7"', 7),
        ('W/"6", "7", "abc"', 7),
    ],
)
def test_if_match_says_which_state_a_write_expects(
    ask: Ask, header: str | None, expect: int | None
) -> None:
    headers = {} if header is None else {"If-Match": header}
    assert ask(shop(), "PUT", "/products/one", headers=headers).json() == {"expect": expect}


@pytest.mark.parametrize("header", ['W/"7"', '"abc"', '"r3"', '"07"', '""', '"-1"', '"7 "'])
def test_a_tag_that_can_never_hold_is_a_412(ask: Ask, header: str) -> None:
    got = ask(shop(), "PUT", "/products/one", headers={"If-Match": header})
    assert got.status_code in (412, 422)
    assert got.status_code == (422 if header == '"7 "' else 412)


@pytest.mark.parametrize("header", ["7", "", '"7', '"7", 8', '"7", "8"', '*, "7"'])
def test_what_is_no_single_tag_is_a_422(ask: Ask, header: str) -> None:
    got = ask(shop(), "PUT", "/products/one", headers={"If-Match": header})
    assert got.status_code == 422
    assert got.json()["errors"][0]["parameter"] == "If-Match"


def test_a_long_malformed_tag_list_is_refused_at_once(ask: Ask) -> None:
    hostile = ", " * 20_000 + "x"
    assert ask(shop(), "PUT", "/products/one", headers={"If-Match": hostile}).status_code == 422

"""What products promise to those who use them through HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests import samples
from tests.conftest import Make

URL = "/products"
UNKNOWN = f"{URL}/prd_00000000000000000000000000"


@pytest.fixture
def product(make: Make) -> Any:
    """A product, published."""
    return make.product()


def test_creating_one_answers_with_its_place_and_its_tag(team: TestClient) -> None:
    answer = team.post(URL, json=samples.product())

    assert answer.status_code == 201
    assert answer.headers["location"] == f"{URL}/{answer.json()['id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["meta"]["created_by"] == "ada"


def test_what_is_required_must_be_there(team: TestClient) -> None:
    body = samples.product()
    del body["sku"]

    answer = team.post(URL, json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/sku"]


def test_a_field_that_does_not_exist_is_refused(team: TestClient) -> None:
    answer = team.post(URL, json=samples.product(surprise=1))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/surprise"


def test_what_was_created_is_read_back(team: TestClient, product: Any) -> None:
    answer = team.get(f"{URL}/{product['id']}")

    assert answer.status_code == 200
    assert answer.json() == product


def test_a_reader_who_has_it_already_is_sent_nothing(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}"
    tag = team.get(url).headers["etag"]

    answer = team.get(url, headers={"If-None-Match": tag})

    assert answer.status_code == 304
    assert answer.content == b""


def test_the_list_shows_it(team: TestClient, product: Any) -> None:
    answer = team.get(URL)

    assert [item["id"] for item in answer.json()["items"]] == [product["id"]]


def test_the_list_comes_a_page_at_a_time(team: TestClient, make: Make) -> None:
    made = {make.product(number)["id"] for number in (1, 2, 3)}

    first = team.get(URL, params={"limit": 2}).json()
    second = team.get(URL, params={"limit": 2, "cursor": first["next"]}).json()

    seen = [item["id"] for item in first["items"] + second["items"]]
    assert len(seen) == 3
    assert set(seen) == made
    assert second["next"] is None


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("title", "A title"),
        ("kind", "bread"),
        ("allergens__has", "gluten"),
    ],
)
def test_it_is_found_by_what_it_is(
    team: TestClient, product: Any, parameter: str, value: str
) -> None:
    answer = team.get(URL, params={parameter: value})

    assert [item["id"] for item in answer.json()["items"]] == [product["id"]]


def test_it_is_found_by_its_words(team: TestClient, product: Any) -> None:
    word = product["title"].split()[-1]

    assert len(team.get(URL, params={"q": word}).json()["items"]) == 1
    assert team.get(URL, params={"q": f"{word}zzz"}).json()["items"] == []


def test_an_unknown_one_is_not_found(team: TestClient) -> None:
    answer = team.get(UNKNOWN)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_filter_that_does_not_exist_is_refused(team: TestClient) -> None:
    answer = team.get(URL, params={"colour": "red"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "colour"


def test_no_two_have_the_same_sku(team: TestClient, make: Make) -> None:
    first = make.product(1)
    answer = team.post(URL, json=samples.product(2, sku=first["sku"]))

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/sku"


def test_a_change_is_a_new_revision(team: TestClient, product: Any) -> None:
    answer = team.patch(f"{URL}/{product['id']}", json={"title": "Another title"})

    assert answer.status_code == 200
    assert answer.json()["title"] == "Another title"
    assert answer.json()["meta"]["revision"] == 2


def test_a_change_that_changes_nothing_makes_no_revision(team: TestClient, product: Any) -> None:
    answer = team.patch(f"{URL}/{product['id']}", json={})

    assert answer.status_code == 200
    assert answer.json()["meta"] == product["meta"]


def test_a_json_patch_works_too(team: TestClient, product: Any) -> None:
    answer = team.patch(
        f"{URL}/{product['id']}",
        json=[{"op": "add", "path": "/title", "value": "Another title"}],
        headers={"Content-Type": "application/json-patch+json"},
    )

    assert answer.status_code == 200
    assert answer.json()["title"] == "Another title"


def test_whoever_comes_second_is_told(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}"
    body = {"title": "Another title"}
    tag = team.get(url, params={"draft": True}).headers["etag"]
    team.patch(url, json=body).raise_for_status()

    answer = team.patch(url, json=body, headers={"If-Match": tag})

    assert answer.status_code == 412


def test_photo_is_put_in_place(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}"
    content = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"

    answer = team.put(f"{url}/blobs/photo", content=content, headers={"Content-Type": "image/png"})

    assert answer.status_code == 200
    assert answer.json()["meta"]["revision"] == 2
    assert answer.json()["photo"]["size"] == len(content)
    got = team.get(f"{url}/blobs/photo", params={"draft": True})
    assert got.content == content
    assert got.headers["content-type"].startswith("image/png")
    assert got.headers["content-disposition"].startswith("attachment")


def test_photo_is_taken_away_again(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}/blobs/photo"
    content = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    put = team.put(url, content=content, headers={"Content-Type": "image/png"})
    late = {"If-Match": '"1"'}

    assert team.delete(url, headers=late).status_code == 412
    answer = team.delete(url, headers={"If-Match": put.headers["etag"]})

    assert answer.status_code == 200
    assert answer.json()["photo"] is None
    assert answer.json()["meta"]["revision"] == 3
    assert team.get(url, params={"draft": True}).status_code == 404


def test_photo_is_refused_when_it_is_something_else(team: TestClient, product: Any) -> None:
    answer = team.put(
        f"{URL}/{product['id']}/blobs/photo",
        content=b"<html><script>alert(1)</script></html>",
        headers={"Content-Type": "image/png"},
    )

    assert answer.status_code == 415


def test_what_it_refers_to_must_exist(team: TestClient, product: Any) -> None:
    answer = team.patch(
        f"{URL}/{product['id']}",
        json={"recipe": "recipe_00000000000000000000000000"},
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/recipe"


def test_readers_see_it_once_it_is_published(team: TestClient) -> None:
    url = team.post(URL, json=samples.product()).headers["location"]
    assert team.get(url).status_code == 404

    team.post(f"{url}/publish").raise_for_status()

    assert team.get(url).json()["meta"]["status"] == "stable"


def test_readers_see_the_published_one_while_a_draft_is_open(
    team: TestClient, product: Any
) -> None:
    url = f"{URL}/{product['id']}"
    team.patch(url, json={"title": "Another title"}).raise_for_status()

    assert team.get(url).json().get("title") == product.get("title")
    assert team.get(url, params={"draft": True}).json()["title"] == "Another title"

    team.post(f"{url}/publish").raise_for_status()
    assert team.get(url).json()["title"] == "Another title"


def test_a_draft_is_changed_in_place(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}"
    assert team.patch(f"{url}/draft", json={"title": "Another title"}).status_code == 409
    team.put(
        url, json={key: product[key] for key in samples.product()} | {"title": "Another title"}
    ).raise_for_status()

    answer = team.patch(f"{url}/draft", json={"title": product.get("title")})

    assert answer.status_code == 200
    assert answer.json()["meta"]["revision"] == 2
    assert answer.json()["meta"]["status"] == "draft"


def test_a_draft_can_be_discarded(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}"
    team.patch(url, json={"title": "Another title"}).raise_for_status()

    team.post(f"{url}/discard").raise_for_status()

    assert team.get(url, params={"draft": True}).json().get("title") == product.get("title")


def test_what_is_deleted_is_gone_and_can_come_back(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}"

    assert team.delete(url).status_code == 204
    assert team.get(url).status_code == 410
    assert team.get(URL).json()["items"] == []

    assert team.post(f"{url}/undelete").status_code == 200
    assert team.get(url).status_code == 200


def test_every_revision_stays_and_can_be_compared(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}"
    team.patch(url, json={"title": "Another title"}).raise_for_status()

    history = team.get(f"{url}/revisions").json()["items"]
    first = team.get(f"{url}/revisions/1").json()
    differences = team.get(f"{url}/revisions/1/diff/2").json()

    assert [revision["number"] for revision in history] == [2, 1]
    assert first.get("title") == product.get("title")
    assert [difference["path"] for difference in differences] == ["/title"]


def test_an_old_revision_is_restored_as_a_new_one(team: TestClient, product: Any) -> None:
    url = f"{URL}/{product['id']}"
    team.patch(url, json={"title": "Another title"}).raise_for_status()

    answer = team.post(f"{url}/revisions/1/restore")

    assert answer.status_code == 200
    assert answer.json().get("title") == product.get("title")
    assert answer.json()["meta"]["revision"] == 3

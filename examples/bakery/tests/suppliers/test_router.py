"""What suppliers promise to those who use them through HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests import samples
from tests.conftest import Make

URL = "/suppliers"
UNKNOWN = f"{URL}/supplier_00000000000000000000000000"


@pytest.fixture
def supplier(make: Make) -> Any:
    """A supplier."""
    return make.supplier()


def test_creating_one_answers_with_its_place_and_its_tag(team: TestClient) -> None:
    answer = team.post(URL, json=samples.supplier())

    assert answer.status_code == 201
    assert answer.headers["location"] == f"{URL}/{answer.json()['id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["meta"]["created_by"] == "ada"


def test_what_is_required_must_be_there(team: TestClient) -> None:
    body = samples.supplier()
    del body["name"]

    answer = team.post(URL, json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/name"]


def test_a_field_that_does_not_exist_is_refused(team: TestClient) -> None:
    answer = team.post(URL, json=samples.supplier(surprise=1))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/surprise"


def test_what_was_created_is_read_back(team: TestClient, supplier: Any) -> None:
    answer = team.get(f"{URL}/{supplier['id']}")

    assert answer.status_code == 200
    assert answer.json() == supplier


def test_a_reader_who_has_it_already_is_sent_nothing(team: TestClient, supplier: Any) -> None:
    url = f"{URL}/{supplier['id']}"
    tag = team.get(url).headers["etag"]

    answer = team.get(url, headers={"If-None-Match": tag})

    assert answer.status_code == 304
    assert answer.content == b""


def test_the_list_shows_it(team: TestClient, supplier: Any) -> None:
    answer = team.get(URL)

    assert [item["id"] for item in answer.json()["items"]] == [supplier["id"]]


def test_the_list_comes_a_page_at_a_time(team: TestClient, make: Make) -> None:
    made = {make.supplier(number)["id"] for number in (1, 2, 3)}

    first = team.get(URL, params={"limit": 2}).json()
    second = team.get(URL, params={"limit": 2, "cursor": first["next"]}).json()

    seen = [item["id"] for item in first["items"] + second["items"]]
    assert len(seen) == 3
    assert set(seen) == made
    assert second["next"] is None


def test_it_is_found_by_its_words(team: TestClient, supplier: Any) -> None:
    word = supplier["name"].split()[-1]

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


def test_no_two_have_the_same_name(team: TestClient, make: Make) -> None:
    first = make.supplier(1)
    answer = team.post(URL, json=samples.supplier(2, name=first["name"]))

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/name"


def test_contract_is_put_in_place(team: TestClient, supplier: Any) -> None:
    url = f"{URL}/{supplier['id']}"
    content = b"%PDF-1.7\n"

    answer = team.put(
        f"{url}/blobs/contract", content=content, headers={"Content-Type": "application/pdf"}
    )

    assert answer.status_code == 200
    assert answer.json()["meta"]["revision"] == 2
    assert answer.json()["contract"]["size"] == len(content)
    got = team.get(f"{url}/blobs/contract")
    assert got.content == content
    assert got.headers["content-type"].startswith("application/pdf")
    assert got.headers["content-disposition"].startswith("attachment")


def test_contract_is_taken_away_again(team: TestClient, supplier: Any) -> None:
    url = f"{URL}/{supplier['id']}/blobs/contract"
    content = b"%PDF-1.7\n"
    put = team.put(url, content=content, headers={"Content-Type": "application/pdf"})
    late = {"If-Match": '"1"'}

    assert team.delete(url, headers=late).status_code == 412
    answer = team.delete(url, headers={"If-Match": put.headers["etag"]})

    assert answer.status_code == 200
    assert answer.json()["contract"] is None
    assert answer.json()["meta"]["revision"] == 3
    assert team.get(url).status_code == 404


def test_contract_is_refused_when_it_is_something_else(team: TestClient, supplier: Any) -> None:
    answer = team.put(
        f"{URL}/{supplier['id']}/blobs/contract",
        content=b"<html><script>alert(1)</script></html>",
        headers={"Content-Type": "application/pdf"},
    )

    assert answer.status_code == 415


def test_what_is_deleted_is_gone_and_can_come_back(team: TestClient, supplier: Any) -> None:
    url = f"{URL}/{supplier['id']}"

    assert team.delete(url).status_code == 204
    assert team.get(url).status_code == 410
    assert team.get(URL).json()["items"] == []

    assert team.post(f"{url}/undelete").status_code == 200
    assert team.get(url).status_code == 200

"""What customers promise to those who use them through HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests import samples
from tests.conftest import Make

URL = "/customers"
UNKNOWN = f"{URL}/customer_00000000000000000000000000"


@pytest.fixture
def customer(make: Make) -> Any:
    """A customer."""
    return make.customer()


def test_creating_one_answers_with_its_place_and_its_tag(team: TestClient) -> None:
    answer = team.post(URL, json=samples.customer())

    assert answer.status_code == 201
    assert answer.headers["location"] == f"{URL}/{answer.json()['id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["meta"]["created_by"] == "ada"


def test_what_is_required_must_be_there(team: TestClient) -> None:
    body = samples.customer()
    del body["name"]

    answer = team.post(URL, json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/name"]


def test_a_field_that_does_not_exist_is_refused(team: TestClient) -> None:
    answer = team.post(URL, json=samples.customer(surprise=1))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/surprise"


def test_what_was_created_is_read_back(team: TestClient, customer: Any) -> None:
    answer = team.get(f"{URL}/{customer['id']}")

    assert answer.status_code == 200
    assert answer.json() == customer


def test_a_reader_who_has_it_already_is_sent_nothing(team: TestClient, customer: Any) -> None:
    url = f"{URL}/{customer['id']}"
    tag = team.get(url).headers["etag"]

    answer = team.get(url, headers={"If-None-Match": tag})

    assert answer.status_code == 304
    assert answer.content == b""


def test_the_list_shows_it(team: TestClient, customer: Any) -> None:
    answer = team.get(URL)

    assert [item["id"] for item in answer.json()["items"]] == [customer["id"]]


def test_the_list_comes_a_page_at_a_time(team: TestClient, make: Make) -> None:
    made = {make.customer(number)["id"] for number in (1, 2, 3)}

    first = team.get(URL, params={"limit": 2}).json()
    second = team.get(URL, params={"limit": 2, "cursor": first["next"]}).json()

    seen = [item["id"] for item in first["items"] + second["items"]]
    assert len(seen) == 3
    assert set(seen) == made
    assert second["next"] is None


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("name", "A name"),
    ],
)
def test_it_is_found_by_what_it_is(
    team: TestClient, customer: Any, parameter: str, value: str
) -> None:
    answer = team.get(URL, params={parameter: value})

    assert [item["id"] for item in answer.json()["items"]] == [customer["id"]]


def test_it_is_found_by_its_words(team: TestClient, customer: Any) -> None:
    word = customer["name"].split()[-1]

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


def test_no_two_have_the_same_email(team: TestClient, make: Make) -> None:
    first = make.customer(1)
    answer = team.post(URL, json=samples.customer(2, email=first["email"]))

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/email"


def test_a_change_is_a_new_revision(team: TestClient, customer: Any) -> None:
    answer = team.patch(f"{URL}/{customer['id']}", json={"name": "Another name"})

    assert answer.status_code == 200
    assert answer.json()["name"] == "Another name"
    assert answer.json()["meta"]["revision"] == 2


def test_a_change_that_changes_nothing_makes_no_revision(team: TestClient, customer: Any) -> None:
    answer = team.patch(f"{URL}/{customer['id']}", json={})

    assert answer.status_code == 200
    assert answer.json()["meta"] == customer["meta"]


def test_a_json_patch_works_too(team: TestClient, customer: Any) -> None:
    answer = team.patch(
        f"{URL}/{customer['id']}",
        json=[{"op": "add", "path": "/name", "value": "Another name"}],
        headers={"Content-Type": "application/json-patch+json"},
    )

    assert answer.status_code == 200
    assert answer.json()["name"] == "Another name"


def test_whoever_comes_second_is_told(team: TestClient, customer: Any) -> None:
    url = f"{URL}/{customer['id']}"
    body = {"name": "Another name"}
    tag = team.get(url).headers["etag"]
    team.patch(url, json=body).raise_for_status()

    answer = team.patch(url, json=body, headers={"If-Match": tag})

    assert answer.status_code == 412


def test_email_cannot_change(team: TestClient, customer: Any) -> None:
    answer = team.patch(f"{URL}/{customer['id']}", json={"email": "ada2@example.org"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/email"


def test_what_is_deleted_is_gone_and_can_come_back(team: TestClient, customer: Any) -> None:
    url = f"{URL}/{customer['id']}"

    assert team.delete(url).status_code == 204
    assert team.get(url).status_code == 410
    assert team.get(URL).json()["items"] == []

    assert team.post(f"{url}/undelete").status_code == 200
    assert team.get(url).status_code == 200


def test_every_revision_stays_and_can_be_compared(team: TestClient, customer: Any) -> None:
    url = f"{URL}/{customer['id']}"
    team.patch(url, json={"name": "Another name"}).raise_for_status()

    history = team.get(f"{url}/revisions").json()["items"]
    first = team.get(f"{url}/revisions/1").json()
    differences = team.get(f"{url}/revisions/1/diff/2").json()

    assert [revision["number"] for revision in history] == [2, 1]
    assert first.get("name") == customer.get("name")
    assert [difference["path"] for difference in differences] == ["/name"]


def test_it_can_be_read_as_it_was(team: TestClient, customer: Any) -> None:
    url = f"{URL}/{customer['id']}"
    before = customer["meta"]["updated_at"]
    team.patch(url, json={"name": "Another name"}).raise_for_status()

    assert team.get(url, params={"as_of": before}).json()["meta"]["revision"] == 1


def test_an_old_revision_is_restored_as_a_new_one(team: TestClient, customer: Any) -> None:
    url = f"{URL}/{customer['id']}"
    team.patch(url, json={"name": "Another name"}).raise_for_status()

    answer = team.post(f"{url}/revisions/1/restore")

    assert answer.status_code == 200
    assert answer.json().get("name") == customer.get("name")
    assert answer.json()["meta"]["revision"] == 3

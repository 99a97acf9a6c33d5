"""What orders promise to those who use them through HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Make

URL = "/orders"
UNKNOWN = f"{URL}/order_00000000000000000000000000"


@pytest.fixture
def order(make: Make) -> Any:
    """An order."""
    return make.order()


def test_what_was_created_is_read_back(team: TestClient, order: Any) -> None:
    answer = team.get(f"{URL}/{order['id']}")

    assert answer.status_code == 200
    assert answer.json() == order


def test_a_reader_who_has_it_already_is_sent_nothing(team: TestClient, order: Any) -> None:
    url = f"{URL}/{order['id']}"
    tag = team.get(url).headers["etag"]

    answer = team.get(url, headers={"If-None-Match": tag})

    assert answer.status_code == 304
    assert answer.content == b""


def test_the_list_shows_it(team: TestClient, order: Any) -> None:
    answer = team.get(URL)

    assert [item["id"] for item in answer.json()["items"]] == [order["id"]]


def test_the_list_comes_a_page_at_a_time(team: TestClient, make: Make) -> None:
    made = {make.order(number)["id"] for number in (1, 2, 3)}

    first = team.get(URL, params={"limit": 2}).json()
    second = team.get(URL, params={"limit": 2, "cursor": first["next"]}).json()

    seen = [item["id"] for item in first["items"] + second["items"]]
    assert len(seen) == 3
    assert set(seen) == made
    assert second["next"] is None


def test_an_unknown_one_is_not_found(team: TestClient) -> None:
    answer = team.get(UNKNOWN)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_filter_that_does_not_exist_is_refused(team: TestClient) -> None:
    answer = team.get(URL, params={"colour": "red"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "colour"


def test_what_it_refers_to_must_exist(team: TestClient, order: Any) -> None:
    answer = team.patch(
        f"{URL}/{order['id']}",
        json={"customer": "customer_00000000000000000000000000"},
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/customer"


def test_pay_leads_to_paid(team: TestClient, order: Any) -> None:
    url = f"{URL}/{order['id']}"

    answer = team.post(f"{url}/pay")

    assert answer.status_code == 200
    assert answer.json()["status"] == "paid"


def test_bake_leads_to_baking(team: TestClient, order: Any) -> None:
    url = f"{URL}/{order['id']}"
    team.post(f"{url}/pay").raise_for_status()

    answer = team.post(f"{url}/bake")

    assert answer.status_code == 200
    assert answer.json()["status"] == "baking"


def test_finish_leads_to_done(team: TestClient, order: Any) -> None:
    url = f"{URL}/{order['id']}"
    team.post(f"{url}/pay").raise_for_status()
    team.post(f"{url}/bake").raise_for_status()

    answer = team.post(f"{url}/finish")

    assert answer.status_code == 200
    assert answer.json()["status"] == "done"


def test_cancel_leads_to_cancelled(team: TestClient, order: Any) -> None:
    url = f"{URL}/{order['id']}"

    answer = team.post(f"{url}/cancel")

    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"


def test_a_step_cannot_be_skipped(team: TestClient, order: Any) -> None:
    answer = team.post(f"{URL}/{order['id']}/bake")

    assert answer.status_code == 409


def test_what_is_deleted_is_gone_and_can_come_back(team: TestClient, order: Any) -> None:
    url = f"{URL}/{order['id']}"

    assert team.delete(url).status_code == 204
    assert team.get(url).status_code == 410
    assert team.get(URL).json()["items"] == []

    assert team.post(f"{url}/undelete").status_code == 200
    assert team.get(url).status_code == 200


def test_customer_stays_while_order_names_it(team: TestClient, order: Any) -> None:
    held = team.get("/customers").json()["items"][0]["id"]

    assert team.delete(f"/customers/{held}").status_code == 409


def test_product_stays_while_order_names_it(team: TestClient, order: Any) -> None:
    held = team.get("/products").json()["items"][0]["id"]

    assert team.delete(f"/products/{held}").status_code == 409

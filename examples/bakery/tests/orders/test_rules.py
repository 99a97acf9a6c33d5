"""What we decided about orders ourselves: prices, numbers and pickups."""

from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient

from tests import samples
from tests.conftest import Make


def test_an_order_costs_what_its_products_cost(team: TestClient, make: Make) -> None:
    customer = make.customer()["id"]
    bread = make.product(1, price={"amount": "4.20"})["id"]
    cake = make.product(2, price={"amount": "18.50"})["id"]
    lines = [
        {"product": {"id": bread}, "quantity": 3},
        {"product": {"id": cake}, "quantity": 1},
    ]

    answer = team.post("/orders", json=samples.order(customer, bread, lines=lines))

    assert answer.json()["total"] == {"amount": "31.10", "currency": "EUR"}


def test_a_price_that_changes_later_does_not_change_the_order(team: TestClient, make: Make) -> None:
    customer = make.customer()["id"]
    bread = make.product(1, price={"amount": "4.20"})["id"]
    order = team.post("/orders", json=samples.order(customer, bread)).json()
    team.patch(f"/products/{bread}", json={"price": {"amount": "5.00"}}).raise_for_status()
    team.post(f"/products/{bread}/publish").raise_for_status()

    changed = team.patch(f"/orders/{order['id']}", json={"ship_to": None})

    assert changed.json()["total"] == {"amount": "4.20", "currency": "EUR"}


def test_an_order_gets_a_number_to_call_out(make: Make) -> None:
    assert make.order()["number"].startswith("B-")


def test_the_oven_needs_two_hours(team: TestClient, make: Make) -> None:
    customer, bread = make.customer()["id"], make.product()["id"]
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    answer = team.post("/orders", json=samples.order(customer, bread, pickup=soon))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/pickup"

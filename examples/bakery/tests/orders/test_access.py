"""Who may do what with orders, asked from outside."""

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Make


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/orders"),
        ("get", "/orders/order_00000000000000000000000000"),
        ("delete", "/orders/order_00000000000000000000000000"),
        ("get", "/orders/order_00000000000000000000000000/revisions"),
        ("post", "/orders/order_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_not_signed_in_is_asked_to(anonymous: TestClient, method: str, url: str) -> None:
    assert anonymous.request(method, url).status_code == 401


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("delete", "/orders/order_00000000000000000000000000"),
        ("get", "/orders/order_00000000000000000000000000/revisions"),
        ("post", "/orders/order_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_no_role_is_refused(stranger: TestClient, method: str, url: str) -> None:
    assert stranger.request(method, url).status_code == 403


def test_what_belongs_to_somebody_else_does_not_exist_for_them(
    stranger: TestClient, make: Make
) -> None:
    theirs = make.order()["id"]

    assert stranger.get(f"/orders/{theirs}").status_code == 404
    assert stranger.get("/orders").json()["items"] == []

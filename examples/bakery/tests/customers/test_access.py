"""Who may do what with customers, asked from outside."""

import pytest
from fastapi.testclient import TestClient

from tests import samples
from tests.conftest import Make


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/customers"),
        ("get", "/customers/customer_00000000000000000000000000"),
        ("delete", "/customers/customer_00000000000000000000000000"),
        ("get", "/customers/customer_00000000000000000000000000/revisions"),
        ("post", "/customers/customer_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_not_signed_in_is_asked_to(anonymous: TestClient, method: str, url: str) -> None:
    assert anonymous.request(method, url).status_code == 401


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("delete", "/customers/customer_00000000000000000000000000"),
        ("get", "/customers/customer_00000000000000000000000000/revisions"),
        ("post", "/customers/customer_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_no_role_is_refused(stranger: TestClient, method: str, url: str) -> None:
    assert stranger.request(method, url).status_code == 403


def test_what_belongs_to_somebody_else_does_not_exist_for_them(
    stranger: TestClient, make: Make
) -> None:
    theirs = make.customer()["id"]

    assert stranger.get(f"/customers/{theirs}").status_code == 404
    assert stranger.get("/customers").json()["items"] == []


def test_people_create_for_themselves(stranger: TestClient) -> None:
    mine = stranger.post("/customers", json=samples.customer())

    assert mine.status_code == 201
    assert mine.json()["account"] == "bob"


def test_people_do_not_create_for_others(stranger: TestClient) -> None:
    body = samples.customer(account="carol")

    assert stranger.post("/customers", json=body).status_code == 403

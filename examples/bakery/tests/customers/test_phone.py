"""Telephone numbers, however they are typed."""

import pytest
from fastapi.testclient import TestClient

from tests import samples


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("+49 30 1234-567", "+49301234567"), ("030 / 1234567", "0301234567")],
)
def test_a_number_is_kept_in_one_way(team: TestClient, typed: str, kept: str) -> None:
    answer = team.post("/customers", json=samples.customer(phone=typed))

    assert answer.json()["phone"] == kept


def test_what_is_no_number_is_refused(team: TestClient) -> None:
    answer = team.post("/customers", json=samples.customer(phone="call me"))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/phone"

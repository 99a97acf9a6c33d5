"""The label on the shelf."""

from fastapi.testclient import TestClient

from tests import samples
from tests.conftest import Make


def test_anybody_may_print_the_label_of_what_is_published(
    anonymous: TestClient, make: Make
) -> None:
    product = make.product(title="Rye loaf", price={"amount": "4.20"})["id"]

    label = anonymous.get(f"/products/{product}/label")

    assert label.text == "Rye loaf\n4.20 EUR\n"


def test_a_draft_has_no_label_yet(team: TestClient, anonymous: TestClient) -> None:
    draft = team.post("/products", json=samples.product()).json()["id"]

    assert anonymous.get(f"/products/{draft}/label").status_code == 404

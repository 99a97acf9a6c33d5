"""A running application for each test, kept in memory, and the people who use it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tenure import Tokens

from bakery.app import create_app
from bakery.settings import Settings
from tests import samples

KEY = "a key for tests that is long enough to sign with"


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """The application on the memory profile: built once, and empty again each time it starts."""
    return create_app(Settings.model_validate({"storage": "memory", "secret_key": KEY}))


@pytest.fixture
def anonymous(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who has not signed in."""
    with TestClient(app) as client:
        yield client


def signed_in(app: FastAPI, subject: str, *roles: str) -> TestClient:
    """Somebody with these roles; the application must be running."""
    token = Tokens(KEY.encode()).issue(subject, roles)
    return TestClient(app, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def team(app: FastAPI, anonymous: TestClient) -> TestClient:
    """Ada, who has every role."""
    return signed_in(app, "ada", "staff", "admin")


@pytest.fixture
def stranger(app: FastAPI, anonymous: TestClient) -> TestClient:
    """Bob, who has signed in and has no role."""
    return signed_in(app, "bob")


class Make:
    """Puts in place what a test needs, through the API, as Ada would. Each call gives the answer."""

    def __init__(self, team: TestClient) -> None:
        self._team = team

    def customer(self, number: int = 1, /, **changes: object) -> Any:
        """A customer."""
        return self._post("/customers", samples.customer(number, **changes))

    def recipe(self, number: int = 1, /, **changes: object) -> Any:
        """A recipe, published."""
        draft = self._post("/recipes", samples.recipe(number, **changes))
        return self._post(f"/recipes/{draft['id']}/publish")

    def product(self, number: int = 1, /, **changes: object) -> Any:
        """A product, published."""
        draft = self._post("/products", samples.product(number, **changes))
        return self._post(f"/products/{draft['id']}/publish")

    def order(self, number: int = 1, /, **changes: object) -> Any:
        """An order."""
        customer = self.customer(number)["id"]
        product = self.product(number)["id"]
        return self._post("/orders", samples.order(customer, product, number, **changes))

    def supplier(self, number: int = 1, /, **changes: object) -> Any:
        """A supplier."""
        return self._post("/suppliers", samples.supplier(number, **changes))

    def _post(self, url: str, body: samples.Body | None = None) -> Any:
        answer = self._team.post(url, json=body)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture
def make(team: TestClient) -> Make:
    """`make.customer()` and its like."""
    return Make(team)

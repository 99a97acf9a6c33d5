"""What the application promises as a whole."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from bakery.app import create_app
from bakery.settings import Settings
from tests.conftest import KEY


def test_it_is_alive_and_ready(anonymous: TestClient) -> None:
    assert anonymous.get("/health/live").status_code == 204
    assert anonymous.get("/health/ready").status_code == 204


def test_an_unknown_address_is_a_problem_document(anonymous: TestClient) -> None:
    answer = anonymous.get("/no-such-place")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_operation_has_a_name_of_its_own_and_documents_its_refusals(app: FastAPI) -> None:
    operations = [
        operation
        for path, methods in app.openapi()["paths"].items()
        if not path.startswith("/health")
        for operation in methods.values()
    ]

    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all("403" in operation["responses"] for operation in operations)


def test_the_docs_need_no_network(anonymous: TestClient) -> None:
    page = anonymous.get("/docs")

    assert page.status_code == 200
    assert "https://" not in page.text


def test_nobody_is_given_a_token_outside_development(anonymous: TestClient) -> None:
    answer = anonymous.post("/dev/token", json={"id": "mallory", "roles": []})

    assert answer.status_code == 404


def test_in_development_anybody_may_ask_for_a_token() -> None:
    values = {"storage": "memory", "secret_key": KEY, "development": True}
    with TestClient(create_app(Settings.model_validate(values))) as client:
        answer = client.post("/dev/token", json={"id": "ada", "roles": []})

    assert answer.status_code == 200
    assert answer.json()["token"]


def test_a_forged_token_is_refused(anonymous: TestClient) -> None:
    answer = anonymous.get("/customers", headers={"Authorization": "Bearer forged"})

    assert answer.status_code == 401

"""Who may do what with products, asked from outside."""

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Make


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("put", "/products/prd_00000000000000000000000000/blobs/photo"),
        ("delete", "/products/prd_00000000000000000000000000/blobs/photo"),
        ("delete", "/products/prd_00000000000000000000000000"),
        ("post", "/products/prd_00000000000000000000000000/publish"),
        ("get", "/products/prd_00000000000000000000000000/revisions"),
        ("post", "/products/prd_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_not_signed_in_is_asked_to(anonymous: TestClient, method: str, url: str) -> None:
    assert anonymous.request(method, url).status_code == 401


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("put", "/products/prd_00000000000000000000000000/blobs/photo"),
        ("delete", "/products/prd_00000000000000000000000000/blobs/photo"),
        ("delete", "/products/prd_00000000000000000000000000"),
        ("post", "/products/prd_00000000000000000000000000/publish"),
        ("get", "/products/prd_00000000000000000000000000/revisions"),
        ("post", "/products/prd_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_no_role_is_refused(stranger: TestClient, method: str, url: str) -> None:
    assert stranger.request(method, url).status_code == 403


def test_anybody_may_read(anonymous: TestClient, make: Make) -> None:
    made = make.product()["id"]

    assert anonymous.get(f"/products/{made}").status_code == 200

"""Who may do what with suppliers, asked from outside."""

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/suppliers"),
        ("get", "/suppliers/supplier_00000000000000000000000000"),
        ("get", "/suppliers/supplier_00000000000000000000000000/blobs/contract"),
        ("put", "/suppliers/supplier_00000000000000000000000000/blobs/contract"),
        ("delete", "/suppliers/supplier_00000000000000000000000000/blobs/contract"),
        ("delete", "/suppliers/supplier_00000000000000000000000000"),
        ("get", "/suppliers/supplier_00000000000000000000000000/revisions"),
        ("post", "/suppliers/supplier_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_not_signed_in_is_asked_to(anonymous: TestClient, method: str, url: str) -> None:
    assert anonymous.request(method, url).status_code == 401


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/suppliers"),
        ("get", "/suppliers/supplier_00000000000000000000000000"),
        ("get", "/suppliers/supplier_00000000000000000000000000/blobs/contract"),
        ("put", "/suppliers/supplier_00000000000000000000000000/blobs/contract"),
        ("delete", "/suppliers/supplier_00000000000000000000000000/blobs/contract"),
        ("delete", "/suppliers/supplier_00000000000000000000000000"),
        ("get", "/suppliers/supplier_00000000000000000000000000/revisions"),
        ("post", "/suppliers/supplier_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_no_role_is_refused(stranger: TestClient, method: str, url: str) -> None:
    assert stranger.request(method, url).status_code == 403

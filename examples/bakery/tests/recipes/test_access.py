"""Who may do what with recipes, asked from outside."""

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/recipes"),
        ("get", "/recipes/recipe_00000000000000000000000000"),
        ("delete", "/recipes/recipe_00000000000000000000000000"),
        ("post", "/recipes/recipe_00000000000000000000000000/publish"),
        ("get", "/recipes/recipe_00000000000000000000000000/revisions"),
        ("post", "/recipes/recipe_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_not_signed_in_is_asked_to(anonymous: TestClient, method: str, url: str) -> None:
    assert anonymous.request(method, url).status_code == 401


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/recipes"),
        ("get", "/recipes/recipe_00000000000000000000000000"),
        ("delete", "/recipes/recipe_00000000000000000000000000"),
        ("post", "/recipes/recipe_00000000000000000000000000/publish"),
        ("get", "/recipes/recipe_00000000000000000000000000/revisions"),
        ("post", "/recipes/recipe_00000000000000000000000000/revisions/1/restore"),
    ],
)
def test_who_has_no_role_is_refused(stranger: TestClient, method: str, url: str) -> None:
    assert stranger.request(method, url).status_code == 403

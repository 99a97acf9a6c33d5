"""What we decided about recipes ourselves."""

from fastapi.testclient import TestClient

from tests import samples


def test_a_recipe_weighs_what_its_ingredients_weigh(team: TestClient) -> None:
    ingredients = [{"name": "Flour", "grams": 500}, {"name": "Water", "grams": 350}]

    answer = team.post("/recipes", json=samples.recipe(ingredients=ingredients))

    assert answer.json()["weight"] == 850

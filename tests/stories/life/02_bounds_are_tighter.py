# Bounds are tightened. The team has a route of its own, and a test of it.
edit("bakery/products/router.py", '''@router.delete(
    "/{product_id}",''', '''@router.get("/{product_id}/label", operation_id="product_label", responses=problems(403, 404, 410))
async def print_label(product_id: str, storage: StorageDep, actor: ActorDep) -> Response:
    """The shelf label of a product: its name and its price, as plain text."""
    own = access.require(actor, "read", "product")
    product = (await store.manager.get(storage, product_id, own=own)).value
    text = label_of(product)
    return Response(text, media_type="text/plain; charset=utf-8")


def label_of(product: models.Product) -> str:
    """Two lines: what it is, and what it costs."""
    return f"{product.name}\\n{product.price.amount} {product.price.currency}\\n"


@router.delete(
    "/{product_id}",''')
write("tests/products/test_label.py", '''"""The shelf label, which is ours."""

from fastapi.testclient import TestClient

from tests.conftest import Make


def test_a_label_names_the_product_and_its_price(team: TestClient, make: Make) -> None:
    product = make.product(name="Rye bread", price={"amount": "3.20"})

    answer = team.get(f"/products/{product['id']}/label")

    assert answer.text == "Rye bread\\n3.20 EUR\\n"
    assert product["name"] == "Rye bread"
''')
spec("sku: {type: string, pattern: '^[A-Z]{3}-\\d{4}$', unique: true, example: BRD-0001}\n      name: {type: string, max: 120}", "sku: {type: string, pattern: '^[A-Z]{3}-\\d{4}$', unique: true, immutable: true, example: BRD-0001}\n      name: {type: string, max: 80}")
spec("      name: {type: string, max: 120}\n      email", "      name: {type: string, min: 1, max: 80}\n      email")
spec("quantity: {type: int, min: 1}", "quantity: {type: int, min: 1, max: 500}")
generate()

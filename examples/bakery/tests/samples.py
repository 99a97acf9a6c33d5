"""One valid body of each kind: a test changes what matters to it and leaves the rest.

Bodies of different numbers do not clash with each other.
"""

Body = dict[str, object]


def customer(number: int = 1, /, **changes: object) -> Body:
    """A customer as a client sends it."""
    return {
        "name": "A name",
        "email": f"ada{number}@example.org",
    } | changes


def recipe(number: int = 1, /, **changes: object) -> Body:
    """A recipe as a client sends it."""
    return {
        "title": "A title",
        "ingredients": [{"name": "A name", "grams": 1}],
        "steps": "Some steps",
    } | changes


def product(number: int = 1, /, **changes: object) -> Body:
    """A product as a client sends it."""
    return {
        "sku": f"BRD-{number:04d}",
        "title": "A title",
        "kind": "bread",
        "price": {"amount": "1.00"},
        "allergens": ["gluten"],
    } | changes


def order(customer: str, product: str, number: int = 1, /, **changes: object) -> Body:
    """An order as a client sends it."""
    return {
        "customer": customer,
        "lines": [{"product": {"id": product}, "quantity": 1}],
    } | changes


def supplier(number: int = 1, /, **changes: object) -> Body:
    """A supplier as a client sends it."""
    return {
        "name": f"Name {number}",
        "contact": f"ada{number}@example.org",
        "address": {"street": "A street", "city": "A city", "postcode": "A postcode"},
        "delivers": [],
    } | changes

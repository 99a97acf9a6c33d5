# A value object and a field of it get other names.
write("bakery/receipts.py", '''"""What is printed for the customer."""

from bakery.types import OrderLine


def printed(line: OrderLine) -> str:
    """One line of a receipt."""
    return f"{line.quantity} x {line.product.id}"
''')
spec("  OrderLine:\n    product: {type: Product, pin: true}\n    quantity: {type: int, min: 1, max: 500}\n", """  OrderItem:
    was: OrderLine
    fields:
      product: {type: Product, pin: true}
      count: {type: int, min: 1, max: 500, was: quantity}
""")
spec("{type: [OrderLine], min: 1}", "{type: [OrderItem], min: 1, max: 100}")
renamed(OrderLine="OrderItem", quantity="count")
generate()
assert "still says `quantity`" in told()
edit("bakery/orders/rules.py", "* line.quantity", "* line.count")

# Fields are added. The team has worked out totals, and looks at phone numbers.
edit("bakery/orders/rules.py", "import Actor, Storage\n", "import Actor, Storage\n\nfrom bakery.products.store import manager as products\n")
edit("bakery/orders/rules.py", '''    """The total of an order. Worked out whenever a client creates or changes one."""
    return Money(amount=Decimal("0"))
''', '''    """What all lines cost, at the prices of the revisions that were bought."""
    amount = Decimal(0)
    for line in order.lines:
        product = await products.get(storage, line.product.id)
        amount += product.value.price.amount * line.quantity
    return Money(amount=amount)
''')
edit("bakery/orders/rules.py", "store import manager as products\n\nfrom bakery.types", "store import manager as products\nfrom bakery.types")
edit("bakery/customers/models.py", "ConfigDict, Field\n", "ConfigDict, Field, field_validator\n")
edit("bakery/customers/models.py", '''    address: Address | None = None


class CustomerIn(''', '''    address: Address | None = None

    @field_validator("phone")
    @classmethod
    def digits_only(cls, phone: str | None) -> str | None:
        """One way to write a number, however it was typed."""
        if phone is None:
            return None
        digits = "".join(character for character in phone if character.isdigit())
        if len(digits) < 6:
            raise ValueError("must hold at least six digits")
        return digits


class CustomerIn(''')
spec("      address?: Address\n    allow:", "      address?: Address\n      birthday?: date\n    allow:")
spec("      allergens: [Allergen]\n", "      allergens: [Allergen]\n      about?: text\n      on_sale: {type: bool, default: true, index: true}\n")
generate()
migration("0003_on_sale")

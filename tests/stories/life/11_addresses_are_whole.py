# A value object changes. The team has given another one a method.
edit("bakery/types.py", '''    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
''', '''    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"

    def __str__(self) -> str:
        """As it is printed on a label."""
        return f"{self.amount} {self.currency}"
''')
edit("bakery/products/router.py", '{product.price.amount} {product.price.currency}', '{product.price}')
spec("    city: string\n", "    city: {type: string, max: 80}\n    postcode: {type: string, max: 12, default: '10115'}\n    country: {type: string, min: 2, max: 2, default: DE}\n")
spec("{type: decimal, min: 0, digits: 10, places: 2}", "{type: decimal, min: 0, max: 100000, digits: 10, places: 2}")
generate()

# The last decimal leaves the model's module; the team's own function needs the import.
edit("shelf/types.py", """    currency:""", """    def doubled(self) -> Decimal:
        return Decimal(self.amount * 2)

    currency:""")
spec("amount: {type: decimal, digits: 10, places: 2}", "amount: {type: int}")

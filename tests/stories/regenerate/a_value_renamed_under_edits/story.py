# A function of the team takes the value by its old name.
write("shelf/prices.py", """from shelf.types import Money


def euros(money: Money) -> str:
    return f"{money.amount} {money.currency}"
""")
spec("""  Money:
    amount: {type: decimal, digits: 10, places: 2}
    currency: {type: string, max: 3, default: EUR}
""", """  Price:
    was: Money
    fields:
      amount: {type: decimal, digits: 10, places: 2}
      currency: {type: string, max: 3, default: EUR}
""")
spec("price: Money", "price: Price")

# A variant joins the union, and a role may do more. The team tells the variants apart.
edit("bakery/orders/rules.py", '''    """Look at an order before it is created: return it, changed or not, or raise `tenure.Invalid`."""
    return body
''', '''    """Small change is paid in cash."""
    match body.payment:
        case CardPayment(last4="0000"):
            raise Invalid("not with this card", [FieldError("/payment/last4", "is no card")])
        case CashPayment() | None:
            return body
    return body
''')
edit("bakery/orders/rules.py", "import Actor, Storage\n", "import Actor, Invalid, Storage\nfrom tenure.errors import FieldError\n")
edit("bakery/orders/rules.py", "from bakery.types import Money\n", "from bakery.types import CardPayment, CashPayment, Money\n")
spec("      cash: {}\n", "      cash: {}\n      invoice: {vat_id: {type: string, max: 20}, due: date}\n")
generate()

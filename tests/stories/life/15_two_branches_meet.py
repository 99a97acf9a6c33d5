# Two branches change one line of the spec's neighbourhood, both generate, both edit: git merges, and asks.
def pickups():
    spec("      payment?: Payment\n", "      payment?: Payment\n      pickup?: {type: datetime, index: true}\n")
    generate()
    edit("bakery/orders/rules.py", '''    """Look at an order before it changes: return what it shall become, or raise `tenure.Invalid`."""
    return body
''', '''    """What is fetched already cannot be fetched later."""
    if current.status is OrderStatus.done and body.pickup != current.pickup:
        raise Invalid("it is fetched already", [FieldError("/pickup", "is past")])
    return body
''')
    edit("bakery/orders/rules.py", "CashPayment, Money\n", "CashPayment, Money, OrderStatus\n")
    edit("bakery/orders/store.py", '    """Create an order; it starts out placed."""\n', '    """Create an order; it starts out placed, and the till rings."""\n')
    migration("0009_pickups")


def notes():
    spec("      payment?: Payment\n", "      payment?: Payment\n      note?: {type: text, search: true}\n")
    spec("      title: {type: string, max: 80}\n      ingredients", "      title: {type: string, max: 80, index: true}\n      ingredients")
    generate()
    edit("bakery/orders/store.py", '    """What search can see of an order."""\n', '    """What search can see of an order, and the bookkeeper."""\n')
    migration("0010_notes")


fork = edits()
one = branch("pickups", pickups)
two = branch("notes", notes)
git("checkout", "-q", "pickups")
assert "CONFLICT" in git("merge", "notes", code=1)
change("bakery.yaml", lambda text: "".join(line for line in text.splitlines(True) if line[:7] not in ("<<<<<<<", "=======", ">>>>>>>")))
freehold_says("merge-state")
merged([one, two], fork)
edit("migrations/versions/0010_notes.py", '"0008_drafts"', '"0009_pickups"')
git("add", "-A")
git("commit", "-qm", "merged")
git("checkout", "-q", "main")
git("merge", "-q", "--ff-only", "pickups")

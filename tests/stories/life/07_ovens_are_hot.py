# The workflow changes. The team has another name for a helper, and another order of functions.
def patch_first(text):
    at, end = text.index("async def patch("), text.index("async def pay(")
    moved, rest = text[at:end], text[:at] + text[end:]
    return rest.replace("async def update(", moved + "async def update(", 1)

change("bakery/orders/store.py", patch_first)
change("bakery/orders/store.py", lambda text: text.replace("replaced(", "rewritten("))
called("bakery/orders/store.py", replaced="rewritten")
spec("  OrderStatus: [placed, paid, done, cancelled]", "  OrderStatus: [placed, paid, baking, done, cancelled]")
spec("        finish: {from: paid, to: done, allow: [staff]}\n", '''        bake: {from: paid, to: baking, allow: [staff]}
        finish: {from: baking, to: done, allow: [staff]}
        cancel: {from: [placed, paid], to: cancelled, allow: [staff]}
''')
generate()

# The spec changes the body of a function that stands elsewhere now.
def up(text):
    at = text.index("def indexed(")
    end = text.index("manager = ")
    moved = text[at:end]
    rest = text[:at] + text[end:]
    place = rest.index("async def replaced(")
    return rest[:place] + moved + rest[place:]
change("shelf/things/store.py", up)
spec("price: Money", "price: {type: Money, index: [amount]}")

# The spec changes the body of a function that stands elsewhere now.
def up(text):
    at = text.index("async def create(")
    end = text.index("async def replaced(")
    moved = text[at:end]
    rest = text[:at] + text[end:]
    place = rest.index("def indexed(")
    return rest[:place] + moved + rest[place:]
change("shelf/things/store.py", up)
spec("  Thing:\n    fields:\n", "  Thing:\n    owner: account\n    fields:\n      account: {type: string, index: true}\n")

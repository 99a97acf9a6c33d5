# The patch went into a file of its own; the spec changes what is left.
change("shelf/things/store.py", lambda text: text[: text.index("async def patch(")].rstrip() + "\n")
write("shelf/things/patching.py", "# the patch is here now\n")
spec("price: Money", "price: {type: Money, index: [amount]}")

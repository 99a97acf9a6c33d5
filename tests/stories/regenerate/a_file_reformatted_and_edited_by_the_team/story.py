# The layout gives way, the edit does not.
change("shelf/things/store.py", lambda text: text.replace("    ", "  ").replace('return await manager.create(storage, thing, by=by.id)', 'print("made")\n  return await manager.create(storage, thing, by=by.id)'))
spec("price: Money", "price: {type: Money, index: [amount]}")

# The team calls it otherwise; the spec changes its body.
change("shelf/things/store.py", lambda text: text.replace("indexed", "searchable_fields"))
spec("price: Money", "price: {type: Money, index: [amount]}")

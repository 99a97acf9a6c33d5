# It is followed, and what was edited is kept.
edit("shelf/things/tables.py", "sa.Column(\"weight\", sa.BigInteger(), nullable=True)", "sa.Column(\"weight\", sa.BigInteger(), nullable=True, comment=\"grams\")")
move("shelf/things/tables.py", "shelf/storage/thing_tables.py")
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")

# They stay.
change("shelf/things/tables.py", lambda text: text.replace("\n", "\r\n"))
edit("shelf/things/tables.py", "sa.BigInteger(), nullable=True)", 'sa.BigInteger(), nullable=True, comment="grams")')
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")

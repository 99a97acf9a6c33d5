# It stays missing.
change("shelf/things/tables.py", lambda text: text.rstrip("\n"))
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")

# It is written, and read-only again.
mode("shelf/things/tables.py", 0o444)
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")

# It stays executable.
mode("shelf/things/tables.py", 0o755)
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")

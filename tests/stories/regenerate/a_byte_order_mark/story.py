# It stays.
change("shelf/things/tables.py", lambda text: "\ufeff" + text)
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")

# It is followed.
move("shelf/things/tables.py", "shelf/storage/thing_tables.py")
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")

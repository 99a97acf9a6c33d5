# What it leads to is written.
link("shelf/things/tables.py", "shelf/storage/tables_of_things.py")
spec("      weight?: {", "      note?: {type: string, index: true}\n      weight?: {")
